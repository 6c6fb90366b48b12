"""A caseworker reads the sender's own words first."""

import pytest

from channels.email.quoting import own_words, passes_on


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
        '23.11.2026, 10:15, "Anytown Council" <help@anytown.example>:\n\nWhich bin?',
        "Mon, 23 Nov 2026 10:15:51 +0400 от Anytown <help@anytown.example>:\nWhich bin?",
        "ma 23. marraskuuta 2026 klo 10.15 Anytown\n<help@anytown.example> kirjoitti:\n\nWhich bin?",
        "On Mon, 23 Nov 2026 10:15:43 -0200 Anytown <help@anytown.example> wrote\n\nWhich bin?",
        "-------- Oprindelig besked --------\nWhich bin?",
        "Date: Mon, 23 Nov 2026 10:15:00 +0000\nTo: jane@citizen.example\n\nWhich bin?",
        "This email and any attachments are confidential and intended solely for the addressee.\n\nACME Ltd",
        "CONFIDENTIALITY NOTICE\nThe contents are privileged.",
        "Diese E-Mail enthält vertrauliche Informationen.",
    ],
)
def test_what_follows_the_answer_is_left_out(quoted: str) -> None:
    assert own_words(f"The green one.\n\nElm Road\n\n{quoted}\n") == "The green one.\n\nElm Road"


def test_an_answer_below_its_quote_is_found() -> None:
    assert own_words("On 23 Nov 2026, at 10:15, Anytown wrote:\n> Which bin?\n\nThe green one.") == "The green one."


def test_answers_between_quotes_stay_with_them() -> None:
    text = "On 23 Nov 2026, at 10:15, Anytown wrote:\n> Which bin?\nGreen.\n> Which road?\nElm Road."

    assert own_words(f"See below.\n{text}").endswith("> Which bin?\nGreen.\n> Which road?\nElm Road.")


def test_an_answer_on_the_attributions_line_is_found() -> None:
    assert own_words("Green. On Wed, Apr 4, 2026 at 3:59 PM, a@b.example wrote:\n> Which bin?") == "Green."


def test_a_thumb_is_an_answer() -> None:
    assert own_words("\N{THUMBS UP SIGN}\n\n> Which bin?") == "\N{THUMBS UP SIGN}"


@pytest.mark.parametrize(
    ("subject", "text", "passed_on"),
    [
        ("Fwd: Bins", "FYI", True),
        ("WG: Tonne", "", True),
        ("Bins", "Please see.\n\n---------- Forwarded message ---------\nFrom: Bob\n\nMy bin", True),
        ("Re: Bins", "Forward it please.\n\nOn 23 Nov 2026 Bob wrote:\n> My bin", False),
        ("Forward planning", "My view", False),
    ],
)
def test_a_mail_that_is_handed_on_is_told(subject: str, text: str, passed_on: bool) -> None:
    assert passes_on(text, subject) is passed_on


@pytest.mark.parametrize(
    "text",
    [
        "Dear Ms Ash,\n\nThis message is intended only for you. My landlord threatens me.",
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
