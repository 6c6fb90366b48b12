"""What is queued leaves once, in order, at the inbox's pace; what fails says so; what nobody knows is asked."""

import asyncio
import contextlib
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import Session

from channels.contract import DeliveryUpdate, OutboundMessage, Receipt, SendResult
from hub.actions.casework.cases import note
from hub.actions.sending._bucket import BURST
from hub.actions.sending._history import said_before
from hub.actions.sending.begin import Beginning, begin
from hub.actions.sending.fates import GIVE_UP, give_up_sending, record_sent
from hub.actions.sending.landing import Failure, Landed, record_landed
from hub.actions.sending.outbox import _ALARMS_DUE, _INBOXES_DUE, _OTHERS_DUE, _REPLIES_DUE, claim_due, next_due
from hub.actions.sending.participants import add_participant
from hub.actions.sending.reply import Enclosed, Sent, reply
from hub.db.engine import reader_engine
from hub.errors import Invalid
from hub.models import Address, Council, EarlyUpdate, Inbox, Message, MessageStatus
from hub.models.base import utcnow
from hub.signed.unsubscribe_link import unsubscribe_link
from hub.worker.worker import LEASE, Worker, _backoff
from tests.cases.anytown import MAIL_DOMAIN, Town, living, said
from tests.outbox.carrier import DELIVERED, FAILED, SENT, Carrier, failed, opted_out, retry


@pytest.fixture
def carrier() -> Carrier:
    return Carrier()


@pytest.fixture
async def town(database_url: str, tmp_path: Path, carrier: Carrier) -> AsyncIterator[Town]:
    mail = Carrier(name="email", scheme="mailto")
    async with living(database_url, tmp_path, {"sms": carrier, "email": mail}) as town:
        yield town


@asynccontextmanager
async def working(town: Town) -> AsyncIterator[Worker]:
    worker = Worker(town.hub)
    task = asyncio.create_task(worker.run())
    try:
        yield worker
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def until(true: Callable[[], Awaitable[bool]]) -> None:
    """Looks again and again until it is so, at most five seconds."""
    async with asyncio.timeout(5):
        while not await true():
            await asyncio.sleep(0.01)


def test_what_leaves_is_found_in_the_outboxes_index_however_much_is_queued(sqlite_url: str) -> None:
    engine = reader_engine(sqlite_url)
    with engine.connect() as connection:
        for sql in (_INBOXES_DUE, _ALARMS_DUE, _REPLIES_DUE, _OTHERS_DUE):
            values = {"now": "2026-03-02", "inbox": 1, "count": 8}
            plan = [step[3] for step in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", values)]
            reading = [step for step in plan if step.startswith(("SEARCH m ", "SCAN m"))]
            assert reading
            assert all("USING INDEX ix_messages_" in step for step in reading), plan
            assert sql == _ALARMS_DUE or not [step for step in plan if "TEMP B-TREE" in step], plan
    engine.dispose()


async def answer(town: Town, receipt: Receipt, text: str = "Hello") -> Sent:
    sent: Sent = await town.act(reply, receipt, "ann", text, mail_domain=MAIL_DOMAIN)
    return sent


async def asked(town: Town, sender: str = "+447700900123") -> Receipt:
    """A case without an acknowledgement in the outbox."""
    return await town.say("My missed bin", sender, inbox="brief")


async def status(town: Town, message_id: int) -> MessageStatus:
    return (await town.one(Message, id=message_id)).status


BUSY = Failure(outcome="retry", error="Busy.", code="20429", delay=1.0)


async def land(town: Town, message_id: int, end: SendResult | Failure) -> None:
    """As the worker records what became of a sending."""
    await town.db.write_batched(record_landed, Landed(message_id, end))


def becomes(town: Town, message_id: int, wanted: MessageStatus) -> Callable[[], Awaitable[bool]]:
    async def is_so() -> bool:
        return await status(town, message_id) is wanted

    return is_so


# --- the way out -----------------------------------------------------------------------------------------------


async def test_a_mail_to_many_leaves_with_the_link_by_which_its_reader_says_no(town: Town) -> None:
    wanted = Beginning(channel="email", to="jo@example.org", text="The library opens again.", purpose="bulk")
    begun = await town.db.write(begin, town.agents["ann"], wanted, mail_domain=MAIL_DOMAIN)
    async with working(town):
        await until(becomes(town, begun.message_id, MessageStatus.SENT))
    mail = town.hub.channels["email"]
    assert isinstance(mail, Carrier)
    settings = town.hub.settings
    assert [each.unsubscribe for each in mail.tries] == [
        unsubscribe_link(settings.base_url, settings.secret, begun.message_id)
    ]


async def test_a_reply_leaves_and_is_recorded_with_its_event(town: Town, carrier: Carrier) -> None:
    receipt = await asked(town)
    async with working(town):
        sent = await answer(town, receipt)
        await until(becomes(town, sent.message_id, MessageStatus.SENT))
    [message] = carrier.tries
    assert (message.text, str(message.to), message.author) == ("Hello", "tel:+447700900123", "Ann Ash")
    assert await town.kinds((await town.case(receipt)).id) == ["opened", "replied", "sent"]


async def test_agents_replies_leave_before_automatic_messages(town: Town, carrier: Carrier) -> None:
    receipts = [await town.say("My missed bin", f"+44770090012{n}") for n in range(3)]
    await answer(town, receipts[0], "from Ann")
    out = await town.db.write(claim_due, utcnow(), {1: 1}, "s")
    assert [outgoing.message.text for outgoing in out] == ["from Ann"]


async def test_two_workers_never_send_twice(database_url: str, tmp_path: Path) -> None:
    carrier = Carrier()
    async with (
        living(database_url, tmp_path, {"sms": carrier}) as one,
        living(database_url, tmp_path, {"sms": carrier}) as two,
    ):
        receipts = [await asked(one, f"+4477009001{n:02}") for n in range(30)]
        for inbox in await one.rows(Inbox):
            await one.change(Inbox, inbox.id, rate=0.0)
        sent = [await answer(one, receipt, f"text {n}") for n, receipt in enumerate(receipts)]
        # two processes on SQLite would take each other for dead: there only the claims are raced
        rounds = [Worker(town.hub)._outbox() for town in (one, two) for _ in range(4)]
        await asyncio.gather(*rounds)
        while len(carrier.tries) < 30:
            await asyncio.gather(Worker(one.hub)._outbox(), Worker(two.hub)._outbox())
            await asyncio.sleep(0)
        for each in sent:
            await until(becomes(one, each.message_id, MessageStatus.SENT))
    assert sorted(carrier.sent) == sorted(f"text {n}" for n in range(30))


async def test_the_rate_is_a_bucket_of_tokens_with_a_burst(town: Town) -> None:
    receipt = await asked(town)
    for n in range(24):
        await answer(town, receipt, f"text {n}")
    inbox = (await town.rows(Inbox, name="brief"))[0].id or 0
    now = utcnow()

    async def left(seconds: float) -> int:
        return len(await town.db.write(claim_due, now + timedelta(seconds=seconds), {inbox: 100}, "s"))

    assert await left(0) == BURST
    assert await left(0) == 0
    assert await town.db.read(next_due, now) == pytest.approx(1.0)
    assert await left(0.9) == 0
    assert await left(1.0) == 1
    assert await left(3.5) == 2
    assert await left(3600) == BURST  # a pause saves up no more than that


async def test_a_full_flight_lets_nothing_more_leave(town: Town) -> None:
    receipt = await asked(town)
    await answer(town, receipt)
    inbox = (await town.rows(Inbox, name="brief"))[0].id or 0
    assert await town.db.write(claim_due, utcnow(), {inbox: 0}, "s") == []


# --- failures --------------------------------------------------------------------------------------------------


async def test_a_retry_waits_as_long_as_the_provider_asked(town: Town, carrier: Carrier) -> None:
    carrier.answers = [retry(after=300)]
    sent = await answer(town, await asked(town))
    async with working(town):
        await asyncio.wait_for(carrier.tried.wait(), 5)
        await until(becomes(town, sent.message_id, MessageStatus.QUEUED))
    message = await town.one(Message, id=sent.message_id)
    assert message.due_at is not None
    assert message.due_at - utcnow() > timedelta(seconds=290)
    assert (message.attempts, message.error_code) == (1, "20429")


def test_the_pause_doubles_with_jitter_up_to_a_quarter_of_an_hour() -> None:
    for attempts in range(1, 20):
        pauses = [_backoff(attempts, None) for _ in range(50)]
        middle = min(900.0, 2.0**attempts)
        assert middle * 0.5 <= min(pauses) < max(pauses) <= middle * 1.5
    assert _backoff(1, 1_000.0) >= 1_000.0


async def test_what_could_not_leave_for_a_day_has_failed(town: Town) -> None:
    sent = await answer(town, await asked(town))
    await town.db.write(claim_due, utcnow(), dict.fromkeys(range(9), 9), "s")
    await town.change(Message, sent.message_id, at=utcnow() - GIVE_UP)
    await land(town, sent.message_id, BUSY)
    assert await status(town, sent.message_id) is MessageStatus.FAILED


async def test_a_failure_is_visible_on_the_case_and_the_next_message_leaves(town: Town, carrier: Carrier) -> None:
    carrier.answers = [failed()]
    receipt = await asked(town)
    bad = await answer(town, receipt, "bad")
    good = await answer(town, receipt, "good")
    async with working(town):
        await until(becomes(town, bad.message_id, MessageStatus.FAILED))
        await until(becomes(town, good.message_id, MessageStatus.SENT))
    assert (await town.one(Message, id=bad.message_id)).error == "This is no number."
    assert "failed" in await town.kinds((await town.case(receipt)).id)


async def test_whatever_else_a_channel_raises_counts_as_unknown(town: Town, carrier: Carrier) -> None:
    carrier.answers = [RuntimeError("a bug")]
    sent = await answer(town, await asked(town))
    async with working(town):
        await until(becomes(town, sent.message_id, MessageStatus.UNKNOWN))


async def test_opting_out_at_the_provider_refuses_later_replies(town: Town, carrier: Carrier) -> None:
    carrier.answers = [opted_out()]
    receipt = await asked(town)
    sent = await answer(town, receipt)
    async with working(town):
        await until(becomes(town, sent.message_id, MessageStatus.FAILED))
    assert (await town.one(Address)).opted_out_at is not None
    with pytest.raises(Invalid, match="opted out"):
        await answer(town, receipt)


async def test_stop_fails_texts_that_are_still_queued_but_not_its_own_answer(town: Town, carrier: Carrier) -> None:
    receipt = await asked(town)
    queued = [await answer(town, receipt, f"text {n}") for n in range(12)]
    await town.receive(said("STOP", inbox="brief", keyword="stop"))
    async with working(town):
        for each in queued:
            await until(becomes(town, each.message_id, MessageStatus.FAILED))
        await until(lambda: _is_sent(carrier))
    assert len(carrier.tries) == 1
    assert "no more texts" in carrier.sent[0]


async def _is_sent(carrier: Carrier) -> bool:
    return bool(carrier.tries)


async def test_one_row_that_nobody_can_send_does_not_hold_up_the_others(town: Town, carrier: Carrier) -> None:
    receipt = await asked(town)
    bad = await answer(town, receipt, "bad")
    good = await answer(town, receipt, "good")
    await town.change(Message, bad.message_id, recipient="nowhere")
    async with working(town):
        await until(becomes(town, good.message_id, MessageStatus.SENT))
        await until(becomes(town, bad.message_id, MessageStatus.FAILED))


# --- what providers say ----------------------------------------------------------------------------------------


def word(status: object, external_id: str) -> DeliveryUpdate:
    return DeliveryUpdate(channel="sms", inbox="brief", external_id=external_id, status=status)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("words", "end"),
    [
        ([DELIVERED, SENT], "delivered"),
        ([SENT, DELIVERED, FAILED], "delivered"),
        ([FAILED, SENT], "failed"),
        ([FAILED, DELIVERED], "delivered"),
    ],
)
@pytest.mark.parametrize("early", [False, True])
async def test_a_late_word_never_overwrites_a_higher_one(
    town: Town, words: list[object], end: str, *, early: bool
) -> None:
    sent = await answer(town, await asked(town))
    await town.db.write(claim_due, utcnow(), dict.fromkeys(range(9), 9), "s")
    result = SendResult(external_id="SM1")
    if not early:
        await land(town, sent.message_id, result)
    for each in words:
        await town.receive(word(each, "SM1"))
    if early:
        await land(town, sent.message_id, result)
    assert await status(town, sent.message_id) == end
    assert await town.rows(EarlyUpdate) == []


async def test_sendings_that_end_together_are_recorded_each_as_it_ended(town: Town) -> None:
    receipt, other = await asked(town), await asked(town, "+447700900999")
    sent = [
        await answer(town, receipt),
        await answer(town, receipt),
        await answer(town, other),
        await answer(town, other),
    ]
    ids = [each.message_id for each in sent]
    await town.db.write(claim_due, utcnow(), dict.fromkeys(range(9), 9), "s")
    ends: list[SendResult | Failure] = [
        SendResult(external_id="SM1"),
        BUSY,
        SendResult(external_id="SM1"),  # a name that the provider has given already
        Failure(outcome="failed", error="No such number.", code="21211"),
    ]
    together = (land(town, message_id, end) for message_id, end in zip(ids, ends, strict=True))
    await asyncio.gather(*together)
    assert [await status(town, message_id) for message_id in ids] == ["sent", "queued", "sending", "failed"]
    messages = [await town.one(Message, id=message_id) for message_id in ids]
    assert [(each.external_id, each.error, each.error_code) for each in messages] == [
        ("SM1", "", ""),
        ("", "Busy.", "20429"),
        ("", "", ""),
        ("", "No such number.", "21211"),
    ]
    kinds = [(await town.kinds((await town.case(each)).id))[-2:] for each in (receipt, other)]
    assert kinds == [["sent", "delayed"], ["failed", "undelivered"]]


async def test_a_failure_that_is_told_late_sends_nothing_twice(town: Town) -> None:
    """The process had been given up meanwhile, and the provider was asked: it has the message."""
    sent = await answer(town, await asked(town))
    await town.db.write(claim_due, utcnow(), dict.fromkeys(range(9), 9), "s")
    await town.db.write(give_up_sending, None)
    await town.db.write(record_sent, sent.message_id, SendResult(external_id="SM1"))
    await land(town, sent.message_id, BUSY)
    assert await status(town, sent.message_id) == "sent"


async def test_the_same_word_twice_is_one_event(town: Town) -> None:
    receipt = await asked(town)
    sent = await answer(town, receipt)
    await town.db.write(claim_due, utcnow(), dict.fromkeys(range(9), 9), "s")
    await land(town, sent.message_id, SendResult(external_id="SM1"))
    await town.receive(word(DELIVERED, "SM1"), word(DELIVERED, "SM1"))
    assert (await town.kinds((await town.case(receipt)).id)).count("delivered") == 1


async def test_a_word_that_comes_while_the_sending_is_recorded_is_not_lost(postgres_url: str, tmp_path: Path) -> None:
    """The worker has looked for early words and not committed yet; the web process takes the callback just then."""
    async with living(postgres_url, tmp_path) as worker, living(postgres_url, tmp_path) as web:
        sent = await answer(worker, await asked(worker))
        await worker.db.write(claim_due, utcnow(), dict.fromkeys(range(9), 9), "s")
        recorded, go_on = threading.Event(), threading.Event()

        def record_slowly(session: Session) -> None:
            record_landed(session, [Landed(sent.message_id, SendResult(external_id="SM1"))])
            session.flush()
            recorded.set()
            go_on.wait(5)

        recording = asyncio.create_task(worker.db.write(record_slowly))
        await asyncio.to_thread(recorded.wait, 5)
        told = asyncio.create_task(web.receive(word(DELIVERED, "SM1")))
        await asyncio.wait([told], timeout=0.3)
        go_on.set()
        await recording
        await told
        assert await status(web, sent.message_id) is MessageStatus.DELIVERED


# --- what nobody knows -----------------------------------------------------------------------------------------


async def lost(town: Town, *, minutes: float = 0) -> int:
    """A message that was being sent when the hub stopped, so long ago."""
    sent = await answer(town, await asked(town))
    await town.db.write(claim_due, utcnow(), dict.fromkeys(range(9), 9), "s")
    await town.change(Message, sent.message_id, claimed_at=utcnow() - LEASE - timedelta(minutes=minutes))
    return sent.message_id


async def test_a_message_left_in_sending_is_unknown_after_a_restart_and_not_sent_again(
    town: Town, carrier: Carrier
) -> None:
    carrier.knows = RuntimeError("no list at present")
    message_id = await lost(town)
    async with working(town):
        await until(becomes(town, message_id, MessageStatus.UNKNOWN))
        await until(lambda: _was_asked(carrier))
    assert carrier.tries == []
    assert (await town.one(Message, id=message_id)).error


async def _was_asked(carrier: Carrier) -> bool:
    return bool(carrier.asked)


async def test_what_the_provider_has_is_sent(town: Town, carrier: Carrier) -> None:
    message_id = await lost(town)
    async with working(town):
        await until(becomes(town, message_id, MessageStatus.SENT))
    assert carrier.tries == []


async def test_what_is_proven_absent_is_sent_once_more(town: Town, carrier: Carrier) -> None:
    carrier.knows = False
    message_id = await lost(town, minutes=5)
    async with working(town):
        await until(becomes(town, message_id, MessageStatus.SENT))
    assert len(carrier.tries) == 1


async def test_absent_proves_nothing_in_the_first_five_minutes(town: Town, carrier: Carrier) -> None:
    carrier.knows = False
    message_id = await lost(town)
    async with working(town):
        await until(lambda: _was_asked(carrier))
        await asyncio.sleep(0.2)
        assert await status(town, message_id) is MessageStatus.UNKNOWN
    assert carrier.tries == []


async def test_one_message_that_cannot_be_asked_after_does_not_keep_the_others_unknown(
    town: Town, carrier: Carrier
) -> None:
    first = await lost(town)
    await answer(town, await town.say("Hello", "+447700900124", inbox="brief"))
    await town.db.write(claim_due, utcnow(), dict.fromkeys(range(9), 9), "s")
    second = max(message.id for message in await town.rows(Message))
    await town.change(Message, second, claimed_at=utcnow() - LEASE)
    find = carrier.find

    async def faulty(message: OutboundMessage, *more: object) -> SendResult | None:
        if message.id == first:
            raise RuntimeError("a bug")
        return await find(message, *more)  # type: ignore[arg-type]

    carrier.find = faulty  # type: ignore[method-assign,assignment]
    async with working(town):
        await until(becomes(town, second, MessageStatus.SENT))
        assert await status(town, first) is MessageStatus.UNKNOWN


async def test_a_record_that_could_not_be_written_is_found_out_later_without_a_restart(
    town: Town, carrier: Carrier
) -> None:
    """The database was away when the sending should have been recorded: the row says `sending` for ever else."""
    async with working(town) as worker:
        message_id = await lost(town)
        await worker._timers()
        assert await status(town, message_id) is MessageStatus.SENT


# --- stopping --------------------------------------------------------------------------------------------------


async def test_stopping_waits_for_what_flies(town: Town, carrier: Carrier) -> None:
    flying, land = asyncio.Event(), asyncio.Event()

    async def slowly(message: OutboundMessage) -> SendResult:
        flying.set()
        await land.wait()
        return SendResult(external_id="SM1")

    carrier.answers = [slowly]
    sent = await answer(town, await asked(town))
    task = asyncio.create_task(Worker(town.hub).run())
    await asyncio.wait_for(flying.wait(), 5)
    task.cancel()
    await asyncio.sleep(0)
    land.set()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await status(town, sent.message_id) is MessageStatus.SENT


async def test_stopping_in_the_middle_of_a_claim_leaves_nothing_in_sending(town: Town, carrier: Carrier) -> None:
    receipt = await asked(town)
    sent = await answer(town, receipt)
    inside, go = threading.Event(), threading.Event()

    def hold(session: Session) -> None:
        inside.set()
        go.wait(5)

    holding = asyncio.create_task(town.db.write(hold))
    await asyncio.to_thread(inside.wait, 5)
    worker = Worker(town.hub)
    round_ = asyncio.create_task(worker._outbox())
    await asyncio.sleep(0.2)  # it has read what is due, and its claim waits for the lane
    round_.cancel()
    go.set()
    with pytest.raises(asyncio.CancelledError):
        await round_
    await holding
    await town.db.write(lambda session: None)  # behind the claim
    await asyncio.gather(*worker._flying)
    assert await status(town, sent.message_id) in (MessageStatus.QUEUED, MessageStatus.SENT)


async def test_stopping_ends_only_when_a_claim_that_is_being_made_has_flown(town: Town, carrier: Carrier) -> None:
    """Else it flies without the provider's connection, and the message is `unknown` though it never left."""
    worker = Worker(town.hub)
    begun, go = asyncio.Event(), asyncio.Event()
    claims = worker._outbox

    async def slowly() -> float | None:
        begun.set()
        try:
            await go.wait()
        except asyncio.CancelledError:  # as a claim does that must be seen to its end
            await go.wait()
            await claims()
            raise
        return None

    worker._outbox = slowly  # type: ignore[method-assign]
    sent = await answer(town, await asked(town))
    task = asyncio.create_task(worker.run())
    await asyncio.wait_for(begun.wait(), 5)
    task.cancel()
    asyncio.get_running_loop().call_later(0.1, go.set)
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await status(town, sent.message_id) is MessageStatus.SENT


async def test_a_mail_takes_along_what_its_reader_wrote_and_got_and_nothing_else(town: Town) -> None:
    await town.change(Council, 1, timezone="America/Halifax")
    begun = await town.mail("My missed bin")
    answered: Sent = await town.act(reply, begun, "ann", "Which street?", mail_domain=MAIL_DOMAIN)
    lost: Sent = await town.act(reply, begun, "ann", "This never left.", mail_domain=MAIL_DOMAIN)
    await town.change(Message, lost.message_id, status=MessageStatus.FAILED)
    await town.act(note, begun, "ann", "A secret among us.")
    [original] = await town.rows(Message, id=answered.message_id)
    await town.mail("High Street.", references=(original.message_id,))
    await town.mail("I am away.", references=(original.message_id,), automatic="a header")
    await town.act(add_participant, begun, "ann", "son@example.org")
    joining = await town.mail("I am the son.", "son@example.org", references=(original.message_id,))
    assert joining.reference == begun.reference
    given = Enclosed(quotes=True)
    sent: Sent = await town.act(reply, begun, "ann", "We come.", mail_domain=MAIL_DOMAIN, enclosed=given)

    before = await town.db.read(said_before, sent.message_id)

    assert [(each.author, each.text) for each in before] == [
        ("jo@example.org", "High Street."), ("", "Which street?"), ("jo@example.org", "My missed bin"),
    ]  # fmt: skip
    assert {str(each.at.tzinfo) for each in before} == {"America/Halifax"}  # as clocks there say it
