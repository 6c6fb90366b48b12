"""An inbox's words and menu are checked before they are used."""

import pytest

from channels.voice.adapter import channel
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
        ({"provider": "vonage"}, ["provider"]),
        ({"greting": "Hello"}, ["greting"]),
    ],
)
def test_a_wrong_setting_is_named(config: dict[str, object], wrong: list[str]) -> None:
    sentences = channel.check(phone_inbox("voice", config).config)
    assert [sentence.partition(":")[0] for sentence in sentences] == wrong
