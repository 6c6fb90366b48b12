"""A caseworker reads the sender's own words first."""

import pytest

from channels.email.quoting import own_words


@pytest.mark.parametrize(
    "quoted",
    [
        "On Mon, 23 Nov 2026 at 10:15, Anytown Council <help@anytown.example> wrote:\n> Which bin?",
        "On Mon, 23 Nov 2026 at 10:15, Anytown Council <\nhelp@anytown.example> wrote:\n\n> Which bin?\n>\n> Thanks",
        "Am 23.11.2026 um 10:15 schrieb Anytown Council:\n> Welche Tonne?",
        "Le lun. 23 nov. 2026 à 10:15, Anytown <help@anytown.example> a écrit :\n> Quelle poubelle ?",
        "Ar Llun, 23 Tach 2026 am 10:15 ysgrifennodd Cyngor <help@anytown.example>:\n> Pa fin?",
        "-----Original Message-----\nFrom: Anytown Council\nSent: Monday\nTo: Jane\nSubject: Bin\n\nWhich bin?",
        "From: Anytown Council <help@anytown.example>\nSent: Monday 10:15\nTo: Jane\nSubject: Bin\n\nWhich bin?",
        "Von: Anytown\nGesendet: Montag, 23. November 2026\nAn: Jane\nBetreff: Tonne\n\nWelche?",
        "---------- Forwarded message ---------\nFrom: Bob <bob@b.example>\nDate: Mon\nSubject: x\nTo: Jane\n\nOld",
        "-- \nJane Doe\n1 Elm Road",
        "Sent from my iPhone",
        "> Which bin?\n> Thanks",
    ],
)
def test_what_follows_the_answer_is_left_out(quoted: str) -> None:
    assert own_words(f"The green one.\n\nElm Road\n\n{quoted}\n") == "The green one.\n\nElm Road"


def test_an_answer_below_its_quote_is_found() -> None:
    assert own_words("On 23 Nov 2026, at 10:15, Anytown wrote:\n> Which bin?\n\nThe green one.") == "The green one."


def test_answers_between_quotes_stay_with_them() -> None:
    text = "On 23 Nov 2026, at 10:15, Anytown wrote:\n> Which bin?\nGreen.\n> Which road?\nElm Road."

    assert own_words(f"See below.\n{text}").endswith("> Which bin?\nGreen.\n> Which road?\nElm Road.")


@pytest.mark.parametrize(
    "text",
    [
        "> only a quote",
        "Sent from my iPhone",
        "--\nJane Doe",
        "On this day I wrote to you:\n\nno answer came.",
        "Sent by recorded delivery on Monday.",
        "I want to complain.\n\nFrom: where I stand this is wrong.\n\nTo: be clear, very wrong.",
    ],
)
def test_words_are_never_lost_altogether(text: str) -> None:
    assert own_words(text) == text.strip()


def test_a_letter_without_quotes_is_left_alone() -> None:
    letter = "Dear council,\n\n- the bin\n- the lamp\n\n1. broken\n\nYours,\nJane"

    assert own_words(letter) == letter


def test_an_empty_text_is_empty() -> None:
    assert own_words("") == ""
