"""The demo council with its simulator: every scene goes over the wire to a real hub, and the answer comes back."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from hub.commands.demo import PASSWORD
from tests.acceptance.hub_process import Place, free_port, started
from tests.acceptance.town import Town, eventually, said

HELP = "help@anytown.example"


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """`hub demo` and `hub serve` with the simulator on."""
    settings = {"HUB_SIMULATOR": "1", "HUB_SIMULATOR_SMTP": f"127.0.0.1:{free_port()}"}
    place = Place(folder=tmp_path_factory.mktemp("demo"), more=settings)
    printed = place.command("demo")
    assert PASSWORD in printed
    agent = next(word for word in printed.split() if "@" in word)
    town = Town(place, place.command("token", "create", agent).strip())
    with started(place, "serve") as process:
        process.until_ready()
        yield town


def play(town: Town, scene: str, **order: Any) -> dict[str, Any]:
    answer = httpx.post(f"{town.place.url}/simulator/api/{scene}", json=order, timeout=15)
    assert answer.is_success, answer.text
    played: dict[str, Any] = answer.json()
    return played


def state(town: Town, kind: str) -> list[dict[str, Any]]:
    """What has happened on the citizens' side: texts, calls or mails."""
    happened: list[dict[str, Any]] = httpx.get(f"{town.place.url}/simulator/api/state", timeout=15).json()[kind]
    return happened


def test_a_text_becomes_a_case_and_the_answer_arrives_on_the_phone(demo: Town) -> None:
    number = "+447700900811"
    play(demo, "text", **{"from": number, "text": "Our street light is broken, third night now"})
    [case] = eventually(lambda: demo.cases_of(number), 2)
    demo.reply(case["reference"], "An engineer comes tomorrow.")
    eventually(lambda: [one for one in state(demo, "texts") if one["text"] == "An engineer comes tomorrow."], 5)
    eventually(lambda: demo.case(case["reference"])["messages"][-1]["status"] == "delivered", 5)


def test_a_call_leaves_a_voicemail_on_the_case_of_its_number(demo: Town) -> None:
    number = "+447700900812"
    call = play(demo, "call", **{"from": number})
    assert call["waiting"] == "digits"
    assert any("bins and recycling" in line["text"] for line in call["said"])
    pressed = play(demo, f"call/{call['id']}/press", digits="1")
    assert pressed["waiting"] == "recording"
    play(demo, f"call/{call['id']}/speak", text="My bin was missed", hang_up=True)
    [case] = eventually(lambda: demo.cases_of(number), 2)
    assert case["queue"] == "waste"

    def recordings() -> list[int]:
        [heard] = demo.case(case["reference"])["messages"][:1]
        return [file["size"] for file in heard["attachments"] if file["size"] > 0]

    eventually(recordings, 10)


def test_a_mail_becomes_a_case_and_the_answer_lies_in_the_mailbox(demo: Town) -> None:
    citizen = "sam.mailer@citizens.example"
    written = play(
        demo, "mail", **{"from": citizen, "to": HELP, "subject": "Hole in the road", "text": "A pothole at Mill Lane"}
    )
    [case] = eventually(lambda: demo.cases_of(citizen), 2)
    demo.reply(case["reference"], "It is filled on Friday.")
    [answer] = eventually(lambda: [one for one in state(demo, "mails") if "filled on Friday" in one["text"]], 5)
    assert written["message_id"] in answer["references"]
    play(
        demo,
        "mail",
        **{
            "from": citizen,
            "to": answer["reply_to"],
            "subject": "Re: Hole",
            "text": "Thank you",
            "in_reply_to": answer["message_id"],
        },
    )
    eventually(lambda: [text.strip() for text in said(demo.case(case["reference"]))][1:] == ["Thank you"], 2)
