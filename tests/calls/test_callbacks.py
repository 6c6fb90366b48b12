"""A promise to call back has a date in the working time of its queue, and somebody is told when it is broken."""

from datetime import UTC, datetime, timedelta

from hub.actions.casework.cases import resolve
from hub.actions.council.apply_council import apply_council
from hub.actions.telephone.callbacks import due_after
from hub.actions.telephone.rings import call_back, drop_callback
from hub.actions.time.firing import due_timers, fire_timer
from hub.council_file import parse
from hub.models import Agent, Callback, Case, CaseEvent, Notice, Queue, Role, Timer
from tests.calls.line import _VOICE, MENUS, Line
from tests.cases.anytown import COUNCIL

OWN = """
[[escalation]]
name = "Call soon"
of = "callback"
before = "2m"
then = { notify = ["queue"], priority = "high" }
"""


async def promised(line: Line) -> Callback:
    await line.wait_in_line()
    await line.hear("/in/voice/main/line", Digits="1")
    return await line.town.one(Callback)


async def fire(line: Line, now: datetime) -> None:
    for timer_id in await line.town.db.read(due_timers, now):
        await line.town.db.write(fire_timer, timer_id, now)


async def told(line: Line, case: Case) -> list[str]:
    events = await line.town.rows(CaseEvent, case_id=case.id)
    return [event.detail["name"] for event in events if event.kind == "escalated"]


async def test_it_is_due_when_the_queue_works(line: Line) -> None:
    queue = await line.town.one(Queue, slug="triage")
    await line.town.change(Queue, queue.id, hours={"mon-fri": "09:00-17:00"})
    friday = datetime(2026, 11, 20, 16, 55, tzinfo=UTC)
    for wait, due in (
        (timedelta(minutes=4), datetime(2026, 11, 20, 16, 59, tzinfo=UTC)),
        (timedelta(minutes=20), datetime(2026, 11, 23, 9, 15, tzinfo=UTC)),
        (timedelta(hours=9), datetime(2026, 11, 24, 9, 55, tzinfo=UTC)),
    ):
        assert await line.town.db.read(due_after, queue.id or 0, friday, wait) == due


async def test_a_late_one_is_told_to_those_who_lead_once_for_each_time_that_it_is_due(line: Line) -> None:
    callback = await promised(line)
    case = await line.case_of()
    assert case.due_at == callback.due_at, "what the case owes first is the call"
    await fire(line, callback.due_at - timedelta(seconds=1))
    assert await told(line, case) == []
    for _ in range(2):
        await fire(line, callback.due_at)
    assert await told(line, case) == ["Callback is late"]
    [notice] = await line.town.rows(Notice)
    assert notice.agent_id == line.town.agents["lea"]
    assert notice.text.startswith("The promised call was due on ")

    await line.town.db.write(call_back, callback.id, line.town.agents["ann"])
    ring = await line.ring()
    await line.agent_takes(ring)
    await line.post(f"/in/voice/main/over?ring={ring.id}", ring.sid, DialCallStatus="no-answer")
    tried = await line.town.one(Callback)
    assert (tried.attempts, tried.due_at > callback.due_at) == (1, True)
    assert (await line.case_of()).due_at == tried.due_at
    await fire(line, tried.due_at)
    assert await told(line, case) == ["Callback is late"] * 2


async def test_one_is_owed_though_its_case_has_moved_and_is_resolved(line: Line) -> None:
    """Told to those who lead where the case is now, and where the caller stood in line."""
    callback = await promised(line)
    case, elsewhere = await line.case_of(), await line.town.one(Queue, slug="roads")
    await line.town.change(Case, case.id, queue_id=elsewhere.id)
    await line.town.change(Agent, line.town.agents["bob"], role=Role.LEADER)
    await line.town.db.write(resolve, case.id, line.town.agents["ann"], "Done")
    assert (await line.case_of()).due_at is None
    await fire(line, callback.due_at)
    notices = await line.town.rows(Notice)
    assert {notice.agent_id for notice in notices} >= {line.town.agents["lea"], line.town.agents["bob"]}
    assert await told(line, case) == ["Callback is late"]
    await fire(line, callback.due_at + timedelta(days=1))
    assert len(await line.town.rows(Notice)) == len(notices)


async def test_one_that_is_not_needed_is_no_longer_due(line: Line) -> None:
    callback = await promised(line)
    await line.town.db.write(drop_callback, callback.id, line.town.agents["ann"], "They came by.")
    assert (await line.case_of()).due_at != callback.due_at
    assert await line.town.rows(Timer) == []


async def test_a_council_says_itself_what_happens_with_its_callbacks(line: Line) -> None:
    await line.town.db.write(apply_council, parse(COUNCIL.replace(_VOICE, MENUS) + OWN))
    await line.town.desk.reload()
    callback = await promised(line)
    await fire(line, callback.due_at - timedelta(minutes=2))
    case = await line.case_of()
    assert (await told(line, case), case.priority.value) == (["Call soon"], "high")
    await fire(line, callback.due_at + timedelta(days=1))
    assert await told(line, case) == ["Call soon"]
