"""An inbox's words and menu are checked before they are used."""

import pytest

from channels.voice.adapter import channel
from channels.voice.phrases import ENGLISH, WELSH
from channels.voice.script import label_of, script
from tests.channels.phone_desk import phone_inbox


@pytest.mark.parametrize(
    ("config", "wrong"),
    [
        ({}, []),
        ({"menu": {}}, []),
        ({"menu": {"1": {"say": "For bins, press 1.", "tag": "bins-2"}, "*": {"say": "Else"}, "#": {"say": "x"}}}, []),
        ({"greeting": "Hello", "closed": "Closed", "voicemail": "Speak", "language": "en-GB", "voice": "Amy"}, []),
        ({"greeting": ""}, ["greeting"]),
        ({"voicemail": 5}, ["voicemail"]),
        ({"language": "English please"}, ["language"]),
        ({"menu": "1 for bins"}, ["menu"]),
        ({"menu": ["bins"]}, ["menu"]),
        ({"menu": {"10": {"say": "x"}}}, ["menu.10"]),
        ({"menu": {"a": {"say": "x"}}}, ["menu.a"]),
        ({"menu": {"1": "bins"}}, ["menu.1"]),
        ({"menu": {"1": {"tag": "waste"}}}, ["menu.1.say"]),
        ({"menu": {"1": {"say": " "}}}, ["menu.1.say"]),
        ({"menu": {"1": {"say": "x", "tag": "Waste and more"}}}, ["menu.1.tag"]),
        ({"menu": {"1": {"say": "x", "tag": 5}}}, ["menu.1.tag"]),
        ({"menu": {"1": {"say": "x", "queue": "waste"}}}, ["menu.1.queue"]),
        ({"menu": {"1": {"say": "x", "words": "bins"}}}, ["menu.1.words"]),
        ({"menu": {"1": {"say": "x", "words": ["bins"]}, "2": {"say": "y", "words": ["Bins"]}}}, ["menu.2.words"]),
        ({"menu": {"1": {"say": "x", "then": "fly"}}}, ["menu.1.then"]),
        ({"menu": {"1": {"say": "x", "then": "person", "menu": {"1": {"say": "y"}}}}}, ["menu.1.then"]),
        ({"menu": {"1": {"say": "x", "menu": {}}}}, ["menu.1.menu"]),
        ({"menu": {"1": {"say": "x", "menu": {"2": {"tag": "y"}}}}}, ["menu.1.menu.2.say"]),
        ({"menu": {"say": "How can we help?", "1": {"say": "x"}}}, []),
        ({"languages": {"cy": {"choose": "Cymraeg"}}}, ["choose"]),
        ({"choose": "English", "languages": {"cy": {}}}, ["languages.cy.choose"]),
        ({"choose": "English", "languages": {"cy": {"choose": "x", "waiting": {}}}}, ["languages.cy.waiting"]),
        ({"choose": "English", "languages": {"welsh please": {"choose": "x"}}}, ["languages.welsh please"]),
        (
            {"holidays": {"2026-12-25": "Closed.", "26 December": "x", "2026-12-27": ""}},
            ["holidays.26 December", "holidays.2026-12-27"],
        ),
        ({"phrases": {"goodbye": "Bye.", "goodby": "Bye."}}, ["phrases.goodby"]),
        ({"phrases": {"reference": "It is {number}."}}, ["phrases.reference"]),
        ({"phrases": {"reference": "It is {digits"}}, ["phrases.reference"]),
        ({"waiting": {}, "patience": 20, "ring_seconds": 20, "speech": True, "messages_only": True}, []),
        (
            {"waiting": {"longest": 0, "music": "ftp://x", "callback": "yes", "queue": "x"}},
            ["waiting.queue", "waiting.music", "waiting.longest", "waiting.callback"],
        ),
        (
            {"patience": 1, "longest_message": 5, "speech": "yes", "when_closed": "sleep"},
            ["speech", "patience", "longest_message", "when_closed"],
        ),
        ({"outcomes": {"Not a code": "x", "fine": ""}}, ["outcomes.Not a code", "outcomes.fine"]),
        ({"provider": "vonage"}, ["provider"]),
        ({"greting": "Hello"}, ["greting"]),
    ],
)
def test_a_wrong_setting_is_named(config: dict[str, object], wrong: list[str]) -> None:
    sentences = channel.check(phone_inbox("voice", config).config)
    assert [sentence.partition(":")[0] for sentence in sentences] == wrong


def test_a_choices_label_is_what_it_is_about() -> None:
    for say, label in (
        ("For bins and recycling, press 1.", "bins and recycling"),
        ("Press 2 for housing.", "housing"),
        ("bins", "bins"),
        ("Os yw am finiau, pwyswch 1.", "Os yw am finiau, pwyswch 1"),
        ("Press 1.", "Press 1."),
    ):
        assert label_of(say) == label


def test_welsh_is_spoken_where_the_council_wrote_nothing_of_its_own() -> None:
    config = {"choose": "x", "languages": {"cy": {"choose": "y", "phrases": {"goodbye": "Hwyl!"}}}}
    words = script(phone_inbox("voice", config), "cy")
    assert words.phrases["goodbye"] == "Hwyl!"
    assert words.voicemail == WELSH["voicemail"]
    assert set(WELSH) <= set(ENGLISH)
