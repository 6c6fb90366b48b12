"""The hub was away: the provider's lists tell which calls came meanwhile, and what callers left."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import httpx

from channels.voice.adapter import Voice
from hub.actions.council.watching import set_bookmark
from hub.actions.telephone.rings import take_next
from hub.models import Attachment, Call, CallResult, CallState, Case, Inbox, Queue
from hub.models.base import utcnow
from hub.worker.catching_up import PLACE, CatchingUp
from tests.calls.line import CALLER, NUMBER, Line

ACCOUNT = "/2010-04-01/Accounts/AC1"


class Lists:
    """The provider's lists of calls and recordings; `asked` are the queries."""

    def __init__(self) -> None:
        self.calls: list[dict[str, Any]] = []
        self.recordings: list[dict[str, Any]] = []
        self.asked: list[httpx.URL] = []
        self.away = False

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request.url)
        if self.away:
            return httpx.Response(503)
        name = "calls" if request.url.path.endswith("/Calls.json") else "recordings"
        listed = getattr(self, name) if request.url.path.startswith(ACCOUNT) else []
        return httpx.Response(200, json={name: listed, "next_page_uri": None, "page": 0})

    def call(self, sid: str, at: datetime, **changed: Any) -> None:
        call = {"sid": sid, "from": CALLER, "to": NUMBER, "status": "completed", "direction": "inbound"}
        self.calls.append({**call, "start_time": format_datetime(at), "duration": "20", **changed})

    def recording(self, sid: str, call_sid: str, at: datetime, **changed: Any) -> None:
        recording = {"sid": sid, "call_sid": call_sid, "duration": "12", "status": "completed", "source": "RecordVerb"}
        uri = f"{ACCOUNT}/Recordings/{sid}.json"
        self.recordings.append({**recording, "uri": uri, "date_created": format_datetime(at), **changed})


def listing(line: Line) -> tuple[Lists, CatchingUp]:
    lists = Lists()
    http = httpx.AsyncClient(transport=httpx.MockTransport(lists))
    return lists, CatchingUp(replace(line.town.hub, channels={"voice": Voice()}, http=http))


async def until(line: Line, moment: datetime) -> None:
    """The inbox is caught up until then."""
    inbox = await line.town.one(Inbox, channel="voice", name="main")
    await line.town.db.write(set_bookmark, inbox.id or 0, PLACE, {"at": moment.isoformat()})


async def test_calls_that_never_reached_the_hub_become_missed_calls_and_voicemails(line: Line) -> None:
    (lists, catching_up), now = listing(line), utcnow().replace(microsecond=0)
    began = now - timedelta(hours=3)
    await until(line, now - timedelta(hours=4))
    lists.call("CA1", began)
    lists.call("CA2", began + timedelta(minutes=5), duration="9")
    lists.call("CA3", began + timedelta(hours=1), **{"from": "anonymous"})
    lists.call("CA4", began, status="in-progress")
    lists.call("CA5", began, direction="outbound-api")
    lists.call("CA6", now - timedelta(hours=5))
    lists.recording("RE3", "CA3", began + timedelta(hours=1))
    lists.recording("RE9", "CA9", began)  # of another line of the account
    for _ in range(2):
        await catching_up.round()
        await until(line, now - timedelta(hours=4))
    calls = {call.sid: call for call in await line.town.rows(Call)}
    assert sorted(calls) == ["CA1", "CA2", "CA3"]
    assert (calls["CA1"].started_at, calls["CA1"].seconds, calls["CA1"].is_listed) == (began, 20, True)
    assert calls["CA1"].case_id == calls["CA2"].case_id, "seen as one"
    assert calls["CA3"].result is CallResult.VOICEMAIL
    [missed] = await line.messages((await line.case_of("CA1")).id)
    assert missed.text == "Missed call: the hub couldn't be reached, called 2 times"
    assert (missed.at, missed.problems) == (began, ["The hub couldn't be reached when this call came. "
        "The provider's list told of it later."])  # fmt: skip
    [left] = await line.messages((await line.case_of("CA3")).id)
    assert left.text == "Voicemail, 12 seconds"
    assert [file.ref for file in await line.town.rows(Attachment)] == [
        f"http://127.0.0.1:9{ACCOUNT}/Recordings/RE3.wav"
    ]
    assert len(await line.town.rows(Case)) == 2


async def test_what_the_hub_never_heard_of_a_call_that_it_knows_is_added(line: Line) -> None:
    """It died between the tone and the recording's report; and a caller in line was never said to have gone."""
    (lists, catching_up), now = listing(line), datetime.now(UTC)
    await line.hear("/in/voice/main/voicemail")
    await line.wait_in_line("CA2", "+447700900124")
    lists.call("CA1", now)
    lists.call("CA2", now, **{"from": "+447700900124"})
    lists.recording("RE1", "CA1", now)
    await catching_up.round()
    assert {(call.sid, call.state, call.is_listed) for call in await line.town.rows(Call)} == {
        ("CA1", CallState.ENDED, False),
        ("CA2", CallState.ENDED, False),
    }
    [message] = await line.messages((await line.case_of("CA1")).id)
    assert (message.text, len(await line.town.rows(Attachment))) == ("Voicemail, 12 seconds", 1)


async def test_a_conversations_recording_finds_the_call_by_the_agents_leg(line: Line) -> None:
    (lists, catching_up), now = listing(line), datetime.now(UTC)
    await line.wait_in_line()
    queue = await line.town.one(Queue, slug="triage")
    await line.town.db.write(take_next, line.town.agents["ann"], [queue.id or 0])
    ring = await line.ring()
    await line.agent_takes(ring)
    await line.hear(f"/in/voice/main/meet?ring={ring.id}")
    lists.recording("RE1", ring.sid, now, source="DialVerb")
    lists.recording("RE2", "CAother", now, source="DialVerb")
    for _ in range(2):
        await catching_up.round()
    assert [file.filename for file in await line.town.rows(Attachment)] == ["call-RE1.wav"]


async def test_a_list_that_can_not_be_read_leaves_no_gap(line: Line) -> None:
    """Where the inbox stood is remembered, although calls have come since."""
    (lists, catching_up), now = listing(line), utcnow().replace(microsecond=0)
    await until(line, now - timedelta(hours=4))
    lists.call("CA1", now - timedelta(hours=3))
    lists.away = True
    await catching_up.round()
    await line.hear("/in/voice/main/voicemail", "CA2", "+447700900124")
    lists.away = False
    await catching_up.round()
    assert {call.sid for call in await line.town.rows(Call)} == {"CA1", "CA2"}
    query = lists.asked[-2].params
    assert (query["To"], query["StartTime>"][:10]) == (
        NUMBER,
        (now - timedelta(hours=4, minutes=10)).date().isoformat(),
    )
