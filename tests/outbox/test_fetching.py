"""The worker's other rounds: files that wait at providers, messages that were missed, cases that close."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from channels.contract import File, RemoteFile, SendError
from hub.actions.casework.cases import resolve
from hub.files.store import FolderFiles
from hub.models import Attachment, AttachmentState, CaseStatus, Message
from hub.models.base import utcnow
from hub.worker.worker import Worker
from tests.cases.anytown import Town, living, said
from tests.outbox.carrier import Carrier

REF = "https://provider.example/ME1"
PICTURE = File(filename="a.jpg", media_type="image/jpeg", content=b"picture")
REMOTE = RemoteFile(ref=REF, filename="a.jpg", media_type="image/jpeg")


@pytest.fixture
def carrier() -> Carrier:
    return Carrier(files={REF: PICTURE})


@pytest.fixture
async def town(database_url: str, tmp_path: Path, carrier: Carrier) -> AsyncIterator[Town]:
    async with living(database_url, tmp_path, {"sms": carrier}) as town:
        yield town


async def test_a_file_is_fetched_stored_and_told(town: Town, carrier: Carrier, tmp_path: Path) -> None:
    receipt = await town.say("See", remote_files=(REMOTE, REMOTE), inbox="brief")
    await Worker(town.hub)._attachments()
    attachment = await town.one(Attachment)
    assert (attachment.state, attachment.size) == (AttachmentState.STORED, 7)
    assert FolderFiles(tmp_path / "files").read(attachment.sha256) == b"picture"
    assert await town.kinds((await town.case(receipt)).id) == ["opened", "fetched"]
    await Worker(town.hub)._attachments()
    assert carrier.fetches[REF] == 1


@pytest.mark.parametrize("fault", [SendError("Busy.", "retry"), RuntimeError("a bug"), TimeoutError()])
async def test_a_file_that_does_not_come_is_tried_again_later(town: Town, carrier: Carrier, fault: Exception) -> None:
    carrier.files[REF] = fault
    await town.say("See", remote_files=(REMOTE,), inbox="brief")
    worker = Worker(town.hub)
    await worker._attachments()
    attachment = await town.one(Attachment)
    assert (attachment.state, attachment.attempts) == (AttachmentState.PENDING, 1)
    assert attachment.error
    assert attachment.due_at is not None
    assert attachment.due_at > utcnow()
    carrier.files[REF] = PICTURE
    await town.change(Attachment, attachment.id, due_at=utcnow() - timedelta(seconds=1))
    await worker._attachments()
    assert (await town.one(Attachment)).state is AttachmentState.STORED


async def test_a_file_that_never_comes_is_given_up_visibly(town: Town, carrier: Carrier) -> None:
    carrier.files[REF] = SendError("It is gone at the provider.", "failed")
    receipt = await town.say("See", remote_files=(REMOTE,), inbox="brief")
    await Worker(town.hub)._attachments()
    assert (await town.one(Attachment)).state is AttachmentState.FAILED
    assert (await town.kinds((await town.case(receipt)).id))[-1] == "unfetched"


async def test_a_file_is_not_asked_for_without_end(town: Town, carrier: Carrier) -> None:
    carrier.files[REF] = RuntimeError("a bug")
    await town.say("See", remote_files=(REMOTE,), inbox="brief")
    attachment = await town.one(Attachment)
    for _ in range(20):
        await town.change(Attachment, attachment.id, due_at=utcnow() - timedelta(seconds=1))
        await Worker(town.hub)._attachments()
        if (await town.one(Attachment)).state is AttachmentState.FAILED:
            break
    assert carrier.fetches[REF] == 8


async def test_one_bad_file_does_not_keep_the_next_waiting(town: Town, carrier: Carrier) -> None:
    bad = RemoteFile(ref="bad", filename="b", media_type="image/png")
    carrier.files["bad"] = RuntimeError("a bug")
    await town.say("See", remote_files=(bad, REMOTE), inbox="brief")
    await Worker(town.hub)._attachments()
    states = {row.ref: row.state for row in await town.rows(Attachment)}
    assert states == {"bad": AttachmentState.PENDING, REF: AttachmentState.STORED}


async def test_missed_messages_are_received_once(town: Town, carrier: Carrier) -> None:
    await town.say("Before the outage", external_id="SM1")
    carrier.missing = [said("Before the outage", external_id="SM1"), said("Missed", external_id="SM2")]
    worker = Worker(town.hub)
    await worker._catching_up.round()
    await worker._catching_up.round()
    assert [m.text for m in await town.rows(Message, direction="in")] == ["Before the outage", "Missed"]
    assert carrier.since[0] < utcnow() - timedelta(minutes=9)


async def test_one_inbox_that_can_not_be_asked_keeps_no_other_from_catching_up(town: Town, carrier: Carrier) -> None:
    await town.receive(said("one"), said("two", inbox="brief"))
    missed = carrier.missed

    async def faulty(since: object, inbox: object, http: object) -> object:
        if getattr(inbox, "name", "") == "main":
            raise RuntimeError("a bug")
        return await missed(since, inbox, http)  # type: ignore[arg-type]

    carrier.missed = faulty  # type: ignore[method-assign,assignment]
    carrier.missing = [said("Missed", inbox="brief")]
    await Worker(town.hub)._catching_up.round()
    assert len(await town.rows(Message, text="Missed")) == 1


async def test_the_worker_closes_what_was_resolved_two_weeks_ago(town: Town) -> None:
    receipt = await town.say("My missed bin")
    await town.act(resolve, receipt, "ann", "Collected")
    await town.age((await town.case(receipt)).id, days=15)
    await Worker(town.hub)._timers()
    assert (await town.case(receipt)).status is CaseStatus.CLOSED


async def test_a_worker_that_is_stopped_at_once_stops_cleanly(town: Town) -> None:
    task = asyncio.create_task(Worker(town.hub).run())
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
