"""The telephone page: who waits, my phone, calls on the case, promises to call back."""

from sqlmodel import Session, col, select

from channels.calling import CallKind, CallNews, RingNews
from channels.contract import Address, InboundMessage
from hub.actions.telephone.rings import claim_rings, record_ringing
from hub.models import Ring
from hub.models.base import utcnow
from hub.queries.callbacks import list_callbacks
from hub.queries.calls import CallFilter, list_calls
from tests.console.people import Council, Person

CALLER = Address("tel", "+447700900123")


async def tell(council: Council, kind: CallKind, sid: str = "CA1", **more: object) -> None:
    """What the line tells of a caller; with `text` the call becomes a message."""
    message = InboundMessage(channel="voice", inbox="main", external_id=sid, sender=CALLER, text="Call")
    has_message = kind in ("waiting", "voicemail", "ended", "left")
    news = CallNews(
        inbox="main",
        sid=sid,
        kind=kind,
        sender=CALLER,
        message=message if has_message else None,
        **more,  # type: ignore[arg-type]  # as the test says
    )
    await council.hub.desk.calls.tell(news)


async def rung(council: Council, state: str, **more: object) -> None:
    ring = (await council.db.read(_newest_ring)).id
    await council.hub.desk.calls.rung(RingNews(inbox="main", ring=ring, state=state, **more))  # type: ignore[arg-type]  # as the test says


def _newest_ring(session: Session) -> Ring:
    return session.exec(select(Ring).order_by(col(Ring.id).desc()).limit(1)).one()


async def with_phone(person: Person) -> str:
    await person.see("/phone")
    return await person.send("/phone/number", phone="01632 960555")


async def test_nobody_waits_and_nothing_is_owed(ann: Person) -> None:
    page = await ann.see("/phone")
    assert "Nobody waits in line." in page
    assert "We owe nobody a call." in page
    assert "doesn’t know your phone yet" in page


async def test_a_number_that_is_none_is_refused_and_kept_in_the_form(ann: Person) -> None:
    await ann.see("/phone")
    for number in ("bins", "12"):
        page = await ann.send("/phone/number", phone=number)
        assert ann.status == 422, number
        assert "That isn&#39;t a telephone number." in page
        assert f'value="{number}"' in page


async def test_an_agent_takes_the_next_caller_and_says_how_it_ended(council: Council, ann: Person) -> None:
    assert "01632 960555" in await with_phone(ann)
    await tell(council, "waiting", about="bins")
    page = await ann.see("/phone")
    assert "In line: 1 caller" in page
    assert "07700 900123" in page
    page = await ann.send("/phone/next")
    assert "Your phone is being rung." in page
    [due] = await council.db.write(claim_rings, utcnow())
    await council.db.write(record_ringing, due.id, "CAring")
    assert "Your phone rings." in await ann.see("/phone")
    await rung(council, "accepted", sid="CAring")
    await rung(council, "connected", caller_sid="CA1")
    page = await ann.see("/phone")
    assert "<strong>In a call</strong>" in page
    await rung(council, "ended", result="completed", seconds=20)
    await tell(council, "ended", seconds=30)
    await ann.see("/phone")
    page = await ann.send("/phone/wrap-up", outcome="answered", note="Told the day")
    assert "It is noted how the call ended." in page
    [call] = await council.db.read(list_calls, CallFilter())
    page = await ann.see(f"/cases/{call.reference}")
    assert "Call about bins" in page
    assert "Call, answered by Ann Ash" in page
    assert "Answered at once: Told the day" in page


async def test_an_outcome_that_there_is_not_is_refused(council: Council, ann: Person) -> None:
    await tell(council, "waiting")
    [call] = await council.db.read(list_calls, CallFilter())
    await ann.see("/phone")
    form = ann.form("/phone/number")
    page = await ann.post(form, "/phone/wrap-up", call=str(call.id), outcome="nonsense")
    assert page.status_code == 422
    assert "Say how the call ended." in page.text


async def test_a_promised_call_is_shown_carried_out_and_dropped(council: Council, ann: Person) -> None:
    await with_phone(ann)
    await tell(council, "waiting")
    await tell(council, "callback", number=CALLER)
    await tell(council, "ended", seconds=9)
    [promised] = await council.db.read(list_callbacks)
    page = await ann.see(f"/cases/{promised.reference}")
    assert "Wants to be called back" in page
    assert "Call: asked to be called back" in page
    await ann.see("/phone")
    page = await ann.send("/phone/callback")
    assert "Ann Ash is calling" in page
    await ann.send("/phone/withdraw")
    page = await ann.send("/phone/drop", outcome="They called again")
    assert "We owe nobody a call." in page
    assert "dropped the callback: They called again" in await ann.see(f"/cases/{promised.reference}")


async def test_an_agent_calls_from_the_case(council: Council, ann: Person) -> None:
    case = await council.case()
    await ann.see(case)
    page = await ann.send("/phone/call")
    assert "The hub doesn&#39;t know your phone." in page
    await with_phone(ann)
    await ann.see(case)
    assert "Your phone is being rung." in await ann.send("/phone/call")


async def test_an_auditor_sees_the_line_and_touches_nothing(council: Council) -> None:
    await tell(council, "waiting")
    aud = await council.person("aud")
    page = await aud.see("/phone")
    assert "In line: 1 caller" in page
    assert 'action="/phone/next"' not in page
    assert 'action="/phone/number"' not in page
