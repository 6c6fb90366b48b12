"""The phone in the browser: the provider's own software in a real chromium, against a stand-in for the provider."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import jwt
from playwright.async_api import Page, Response, WebSocketRoute, expect
from sqlmodel import Session, select

from channels.simulator.media import recording
from hub.actions.telephone.rings import claim_rings, record_ringing, take_next
from hub.models import Inbox
from hub.models.base import utcnow
from tests.console.browsing import enter
from tests.console.people import Council
from tests.console.test_telephone import rung, tell
from tests.support.browser import axe_violations

FAR_END = Path(__file__).with_name("far_end.js")
SHARED = {"Access-Control-Allow-Origin": "*", "Access-Control-Allow-Headers": "*"}
SECRET = "softly, softly: nobody else may sign"
KEY = {"account_sid": "AC1", "softphone_key": "SK1", "softphone_secret": SECRET}


@dataclass
class Signalling:
    """Speaks as the provider's SDK has it in lib/twilio/pstream.ts: JSON messages of type and payload."""

    page: Page
    heard: list[dict[str, Any]] = field(default_factory=list)
    socket: WebSocketRoute | None = None
    seconds: list[float] = field(default_factory=list)  # that the first passes are still good for; then as they say

    async def open(self) -> None:
        await self.page.add_init_script(path=FAR_END)
        await self.page.route_web_socket("wss://voice-js.*.twilio.com/**", self._meet)
        await self.page.route(
            "https://sdk.twilio.com/**", lambda route: route.fulfill(body=recording(1), headers=SHARED)
        )
        await self.page.route("https://eventgw.twilio.com/**", lambda route: route.fulfill(status=200, headers=SHARED))

    def _meet(self, socket: WebSocketRoute) -> None:
        self.socket = socket
        socket.on_message(lambda words: self._answer(str(words)))

    def _answer(self, words: str) -> None:
        if not words.strip():
            self.send_raw("\n")  # heartbeat
            return
        message = json.loads(words)
        self.heard.append(message)
        if message["type"] == "listen":
            claims = jwt.decode(message["payload"]["token"], options={"verify_signature": False})
            seconds = self.seconds.pop(0) if self.seconds else claims["exp"] - claims["nbf"]
            token = {"identity": claims["grants"]["identity"], "ttl": seconds}
            self.send("connected", region="EU_IRELAND", edge="dublin", token=token)
        if message["type"] == "register":
            self.send("ready")

    def send_raw(self, words: str) -> None:
        assert self.socket is not None
        self.socket.send(words)

    def send(self, kind: str, **payload: Any) -> None:
        self.send_raw(json.dumps({"type": kind, "payload": payload}))

    async def invite(self, sid: str = "CAring") -> None:
        self.send("invite", callsid=sid, sdp=await self.page.evaluate("farEnd.offer()"), parameters={"CallSid": sid})

    def said(self, kind: str) -> list[dict[str, Any]]:
        return [message["payload"] for message in self.heard if message["type"] == kind]


async def with_softphone(council: Council, **more: str) -> None:
    def change(session: Session) -> None:
        inbox = session.exec(select(Inbox).where(Inbox.channel == "voice")).one()
        inbox.config = {**inbox.config, **KEY, **more}

    await council.db.write(change)
    await council.hub.desk.reload()


async def test_an_agent_is_rung_answers_mutes_and_hangs_up_by_keys(page: Page, served: Council) -> None:
    await with_softphone(served)
    provider = Signalling(page, seconds=[60.1])  # it is renewed a minute before its end
    await provider.open()
    await enter(page, served, path="/phone")
    await page.get_by_label("This browser").check()
    await page.get_by_role("button", name="Remember this").click()
    await expect(page.get_by_text("You take calls in the browser")).to_be_visible()
    await page.goto(f"{served.settings.base_url}/phone/window")
    passes: list[str] = []
    async with page.expect_response(lambda answer: is_second_pass(answer, passes)):
        await page.get_by_role("button", name="Switch the phone on").click()
    state = page.locator("#handset-state")
    await expect(state).to_have_text("Switched on: calls ring here.")
    claims = jwt.decode(provider.said("listen")[0]["token"], SECRET, algorithms=["HS256"])
    agent = served.town.agent_ids["ann@anytown.example"]
    assert (claims["iss"], claims["sub"], claims["exp"] - claims["nbf"]) == ("SK1", "AC1", 600)
    assert claims["grants"] == {"voice": {"incoming": {"allow": True}}, "identity": f"agent_{agent}"}

    await tell(served, "waiting", about="bins")
    await served.db.write(take_next, agent, [served.hub.directory.queue_by_slug["triage"].id])
    [due] = await served.db.write(claim_rings, utcnow())
    assert str(due.to) == f"client:agent_{agent}"
    await served.db.write(record_ringing, due.id, "CAring")
    await provider.invite("CAring")
    await expect(state).to_have_text("Your phone rings.")
    assert await axe_violations(page) == []
    await page.keyboard.press("a")
    await expect(state).to_have_text("Connected.")
    [answer] = provider.said("answer")
    await page.evaluate("sdp => farEnd.answered(sdp)", answer["sdp"])
    await page.wait_for_function("farEnd.heard().then((energy) => energy > 0)")
    await rung(served, "accepted", sid="CAring")
    await rung(served, "connected", caller_sid="CA1")
    await expect(page.get_by_text("07700 900123")).to_be_visible()
    await page.keyboard.press("m")
    await expect(page.get_by_role("button", name="Mute")).to_have_attribute("aria-pressed", "true")
    await expect(state).to_contain_text("You are muted")
    assert await axe_violations(page) == []
    await page.keyboard.press("h")
    await expect(state).to_have_text("Switched on: calls ring here.")
    assert [gone["callsid"] for gone in provider.said("hangup")] == ["CAring"]

    await provider.invite("CAagain")
    await expect(state).to_have_text("Your phone rings.")
    await page.keyboard.press("d")
    await expect(state).to_have_text("Switched on: calls ring here.")
    assert [gone["callsid"] for gone in provider.said("reject")] == ["CAagain"]
    assert len(provider.said("listen")) == 2, "the pass was renewed in the open window, once"


def is_second_pass(answer: Response, passes: list[str]) -> bool:
    if answer.url.endswith("/phone/pass"):
        passes.append(answer.url)
    return len(passes) == 2


async def test_only_the_window_speaks_with_the_provider_and_only_agents_get_a_pass(served: Council) -> None:
    ann, aud = await served.person("ann"), await served.person("aud")
    assert "No line of this council rings browsers." in await ann.see("/phone/window")
    assert "What rings?" not in await ann.see("/phone")
    form = ann.form("/phone/number")
    assert (await ann.post(form, "/phone/pass")).json()["error"] == "No line of this council rings browsers."
    await with_softphone(served, softphone_edge="dublin", softphone_secret="env:NO_SUCH_SECRET")
    window = await ann.http.get("/phone/window")
    policy = window.headers["content-security-policy"]
    assert "connect-src 'self' ws://127.0.0.1" in policy
    assert "wss://voice-js.dublin.twilio.com https://eventgw.twilio.com https://sdk.twilio.com;" in policy
    assert "twilio" not in (await ann.http.get("/phone")).headers["content-security-policy"]
    lacking = await ann.post(form, "/phone/pass")
    assert (lacking.status_code, "NO_SUCH_SECRET" in lacking.text) == (409, True)
    await with_softphone(served)
    [given] = (await ann.post(form, "/phone/pass")).json()["passes"]
    assert given.keys() == {"account", "token", "seconds", "edge"}
    assert (await aud.http.get("/phone/window")).status_code == 403
    assert (await aud.post(form, "/phone/pass")).status_code == 403
    stranger = await served.visitor()
    assert (await stranger.post(form, "/phone/pass")).status_code == 401
