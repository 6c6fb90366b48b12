"""The demo council with its simulator: every scene goes over the wire to a real hub, and the answer comes back."""

import io
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from PIL import Image
from playwright.async_api import FilePayload, Page, expect

from hub.commands.demo import PASSWORD
from tests.acceptance.hub_process import Place, free_port, started
from tests.acceptance.town import Town, eventually, said
from tests.support.browser import Visitors, axe_violations

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


PHONE = "+441632960950"  # the agent's own


def phone(town: Town, verb: str = "", **order: Any) -> dict[str, Any]:
    """The agent's telephone through the API; with a verb something is done with it first."""
    headers = {"Authorization": f"Bearer {town.token}"}
    url = f"{town.place.url}/api/v1/phone"
    answer = httpx.post(f"{url}/{verb}", json=order, headers=headers) if verb else httpx.get(url, headers=headers)
    assert answer.is_success, answer.text
    told: dict[str, Any] = answer.json()
    return told


def ringing(town: Town, number: str) -> str:
    """The call that rings at this number."""
    calls = eventually(lambda: [one for one in state(town, "calls") if one["phone"] == number and one["waiting"]], 10)
    eventually(lambda: state_of(town, calls[-1]["id"])["waiting"] == "ringing", 5)
    return str(calls[-1]["id"])


def state_of(town: Town, sid: str) -> dict[str, Any]:
    return next(one for one in state(town, "calls") if one["id"] == sid)


def picked_up(town: Town) -> str:
    """The agent answers their own phone and presses a key."""
    sid = ringing(town, PHONE)
    play(town, f"call/{sid}/answer")
    play(town, f"call/{sid}/press", digits="5")
    return sid


def wrapped_up(town: Town, note: str) -> dict[str, Any]:
    [call] = eventually(lambda: phone(town)["unwrapped"], 10)
    headers = {"Authorization": f"Bearer {town.token}"}
    order = {"outcome": next(iter(call["outcomes"])), "note": note}
    answer = httpx.post(f"{town.place.url}/api/v1/calls/{call['id']}/wrap-up", json=order, headers=headers)
    assert answer.is_success, answer.text
    told: dict[str, Any] = answer.json()
    return told


def test_a_call_goes_from_the_menu_to_voicemail_and_a_callback_as_one_case(demo: Town) -> None:
    number = "+447700900813"
    call = play(demo, "call", **{"from": number})
    play(demo, f"call/{call['id']}/press", digits="4")
    play(demo, f"call/{call['id']}/speak", text="A street light is out at Mill Lane", hang_up=False)
    waiting = play(demo, "call", **{"from": number})
    queued = play(demo, f"call/{waiting['id']}/press", digits="0")
    assert queued["queue"]
    play(demo, f"call/{waiting['id']}/press", digits="1")
    phone(demo, "number", number=PHONE)
    headers = {"Authorization": f"Bearer {demo.token}"}
    promised = httpx.get(f"{demo.place.url}/api/v1/callbacks", headers=headers).json()["items"]
    [callback] = [one for one in promised if one["number"] == number]
    url = f"{demo.place.url}/api/v1/callbacks/{callback['id']}/call"
    assert httpx.post(url, json={}, headers=headers).json()["state"] == "calling"
    own = picked_up(demo)
    theirs = ringing(demo, number)
    play(demo, f"call/{theirs}/answer")
    play(demo, f"call/{own}/speak", text="We repair it tomorrow.")
    assert any("We repair it tomorrow." in line["text"] for line in state_of(demo, theirs)["said"])
    play(demo, f"call/{own}/hangup")
    assert wrapped_up(demo, "Repaired tomorrow")["note"] == "Repaired tomorrow"
    [case] = demo.cases_of(number)

    def files() -> bool:
        messages = demo.case(case["reference"])["messages"]
        return any(file["size"] > 0 for message in messages for file in message["attachments"])

    eventually(files, 10)
    said_there = [message["text"] for message in demo.case(case["reference"])["messages"]]
    assert said_there[0].startswith("Voicemail, ")
    assert said_there[1] == "Call: asked to be called back"
    assert said_there[2].startswith("We called: ")
    done = httpx.get(f"{demo.place.url}/api/v1/callbacks?all=true", headers=headers).json()["items"]
    assert [one["state"] for one in done if one["number"] == number] == ["done"]


@pytest.mark.parametrize("scene", ["missed-bin", "out-of-hours", "callback", "opt-out"])
def test_a_scene_is_replayed_with_one_click(demo: Town, scene: str) -> None:
    assert play(demo, f"scene/{scene}")["played"]


async def test_in_a_browser_a_citizen_calls_waits_and_is_answered_and_called_back(
    demo: Town, visitors: Visitors
) -> None:
    clerk, outside = await visitors.arrive(), await visitors.arrive()
    await sign_in(clerk, demo)
    await outside.goto(f"{demo.place.url}/simulator/?citizen=idris")
    citizen, own = outside.locator("[data-telephone]").nth(0), outside.locator("[data-telephone]").nth(1)
    await outside.get_by_role("button", name="A caller waits in line").click()
    await expect(citizen.get_by_text("In line “main-phones”.")).to_be_visible()
    await clerk.goto(f"{demo.place.url}/phone")
    await clerk.get_by_role("button", name="Take the next caller").click()
    await own.get_by_role("button", name="Answer", exact=True).click()
    await own.get_by_role("button", name="5").click()
    await expect(clerk.get_by_text("In a call", exact=True)).to_be_visible()
    await own.get_by_label("Say to the citizen").fill("How can I help?")
    await own.get_by_role("button", name="Say it").click()
    await expect(citizen.get_by_text("How can I help?")).to_be_visible()
    await citizen.get_by_role("button", name="Hang up").click()
    await clerk.get_by_label("How did the call with").select_option(index=1)
    await clerk.get_by_role("button", name="Keep it").click()
    await expect(clerk.get_by_text("It is noted how the call ended.")).to_be_visible()
    assert await axe_violations(clerk) == []


async def test_in_a_browser_a_citizen_sends_a_photo_of_their_own_and_is_called_back(
    demo: Town, visitors: Visitors
) -> None:
    clerk, outside = await visitors.arrive(), await visitors.arrive()
    await sign_in(clerk, demo)
    await outside.goto(f"{demo.place.url}/simulator/?citizen=tom")
    await outside.get_by_label("Your text").fill("The bench in Quay Street is broken")
    photo: FilePayload = {"name": "bench.png", "mimeType": "image/png", "buffer": bench()}
    await outside.get_by_label("A picture of your own").set_input_files([photo])
    await outside.get_by_role("button", name="Send text").click()
    sent = outside.get_by_role("log", name="Texts").get_by_role("img", name="bench.png")
    assert await sent.evaluate("e => e.decode().then(() => e.naturalWidth)") == 320

    citizen, own = outside.locator("[data-telephone]").nth(0), outside.locator("[data-telephone]").nth(1)
    await citizen.get_by_role("button", name="Call", exact=True).click()
    await expect(citizen.get_by_text("Waiting for a key.")).to_be_visible()
    await citizen.get_by_role("button", name="0", exact=True).click()
    await expect(citizen.get_by_text("In line “main-phones”.")).to_be_visible()
    await citizen.get_by_role("button", name="1", exact=True).click()
    await expect(citizen.get_by_text("The call is over.")).to_be_visible()
    await clerk.goto(f"{demo.place.url}/phone")
    await clerk.get_by_role("button", name="Call back 07700 900102").click()
    await own.get_by_role("button", name="Answer", exact=True).click()
    await own.get_by_role("button", name="5", exact=True).click()
    await citizen.get_by_role("button", name="Answer", exact=True).click()
    await expect(clerk.get_by_text("In a call", exact=True)).to_be_visible()
    await own.get_by_label("Say to the citizen").fill("You asked us to call.")
    await own.get_by_role("button", name="Say it").click()
    await expect(citizen.get_by_text("You asked us to call.")).to_be_visible()
    assert await axe_violations(outside) == []
    await citizen.get_by_role("button", name="Hang up").click()
    await clerk.get_by_role("link", name="Case").first.click()
    talk = clerk.get_by_role("region", name="Conversation")
    await expect(talk.get_by_text("We called: ")).to_be_visible()
    files = [
        file
        for case in demo.cases_of("+447700900102")
        for message in case["messages"]
        for file in message["attachments"]
    ]
    assert len(bench()) in [file["size"] for file in files]


def bench() -> bytes:
    """A picture that isn't the simulator's own."""
    file = io.BytesIO()
    Image.new("RGB", (320, 200), "peru").save(file, "PNG")
    return file.getvalue()


async def sign_in(page: Page, town: Town) -> None:
    await page.goto(f"{town.place.url}/sign-in")
    await page.locator("input[name=email]").fill("triage1@anytown.example")
    await page.locator("input[name=password]").fill(PASSWORD)
    await page.locator("form[action='/sign-in'] button").click()
    await expect(page.get_by_role("heading", name="My desk")).to_be_visible()
