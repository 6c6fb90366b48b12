"""hub demo sets up a council to look around in, and harms none that is there."""

import asyncio
import io
import re
import wave
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import structlog
from sqlalchemy import func
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from hub.commands.demo import PASSWORD
from hub.db.database import Database
from hub.demo.place import SimulatorPlace
from hub.demo.traffic import When, scenes
from hub.models import (
    Assignment,
    Attachment,
    AttachmentState,
    Case,
    CaseEvent,
    CaseStatus,
    Contact,
    Direction,
    Inbox,
    Message,
    MessageStatus,
    Queue,
    Share,
)
from hub.models.base import utcnow
from hub.passwords import verify_password
from hub.queries.people import agent_for_password
from tests.commands.conftest import Ended, Run, run_here, surroundings_in
from tests.conftest import DATABASES
from tests.support.postgres import Server


def ask(url: str, query: Any, *arguments: Any) -> Any:
    async def asked() -> Any:
        db = Database(url)
        try:
            return await db.read(query, *arguments)
        finally:
            await db.close()

    return asyncio.run(asked())


def counts(session: Session) -> dict[str, int]:
    """Messages by direction, cases by status, and the channels that they came on."""
    by_direction = session.exec(select(Message.direction, func.count()).group_by(Message.direction)).all()
    by_status = session.exec(select(Case.status, func.count()).group_by(Case.status)).all()
    channels = session.exec(select(Case.channel).distinct()).all()
    return {
        **{str(direction): count for direction, count in by_direction},
        **{str(status): count for status, count in by_status},
        "channels": len(channels),
    }


def configs(session: Session) -> str:
    return " ".join(str(inbox.config) for inbox in session.exec(select(Inbox).order_by(col(Inbox.id))))


@dataclass(frozen=True)
class Demo:
    """A hub that the demo has been set up in."""

    url: str
    run: Run
    at: datetime  # just after
    first: Ended


@pytest.fixture(scope="module", params=DATABASES)
def demo(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """One for the tests that only look at it, or show that something leaves it alone."""
    folder = tmp_path_factory.mktemp("demo")
    postgres: Server | None = None
    if request.param == "sqlite":
        url = f"sqlite:///{folder / 'hub.db'}"
    else:
        postgres = request.getfixturevalue("postgres")
        url = postgres.create(folder.name)
    place = {"HUB_PORT": "9001", "HUB_SIMULATOR_SMTP": "127.0.0.1:9002"}
    run = run_here({**surroundings_in(folder), "HUB_DATABASE_URL": url, **place})
    first = run("demo", "--if-empty")
    yield Demo(url, run, utcnow(), first)
    structlog.reset_defaults()
    if postgres is not None:
        postgres.drop(folder.name)


def test_a_new_hub_gets_council_people_and_traffic(demo: Demo) -> None:
    ended = demo.first
    assert ended.code == 0
    assert "Anytown Council is set up: 17 queues" in ended.out
    assert PASSWORD in ended.out
    assert len(re.findall(r"@anytown\.example", ended.out)) == 21
    seen = ask(demo.url, counts)
    assert seen[Direction.IN] == sum(1 + len(scene.copies) for scene in scenes()) >= 30
    assert seen[Direction.NOTE] >= 4
    assert seen["channels"] == 4
    assert all(seen[status] for status in (CaseStatus.NEW, CaseStatus.OPEN, CaseStatus.WAITING, CaseStatus.RESOLVED))
    assert ask(demo.url, shares) == [("triage", "planning")]
    found = ask(demo.url, agent_for_password, "waste1@anytown.example")
    assert verify_password(PASSWORD, found[1])
    sounds = ask(demo.url, voicemails)
    assert len(sounds) == 5
    assert all(transcript and state is AttachmentState.STORED and size > 50_000 for transcript, state, size in sounds)
    assert all(subject.startswith("Voicemail (draft): “") for subject in ask(demo.url, subjects_of_calls))


def shares(session: Session) -> list[tuple[str, str]]:
    """The queue of each shared case, and the other one."""
    own, other = aliased(Queue), aliased(Queue)
    found = select(own.slug, other.slug).join(Case, col(Case.queue_id) == own.id)
    joined = found.join(Share, col(Share.case_id) == col(Case.id)).join(other, col(Share.queue_id) == other.id)
    return [tuple(row) for row in session.exec(joined)]  # type: ignore[misc]  # a row


def subjects_of_calls(session: Session) -> list[str]:
    return list(session.exec(select(Case.subject).where(Case.channel == "voice")).all())


def voicemails(session: Session) -> list[tuple[str, AttachmentState, int]]:
    found = select(Message.transcript, Attachment.state, Attachment.size)
    joined = found.join(Attachment, col(Attachment.message_id) == col(Message.id))
    return [tuple(row) for row in session.exec(joined.where(Message.channel == "voice"))]  # type: ignore[misc]  # a row


def test_the_demos_voicemails_last_as_long_as_is_said() -> None:
    for scene in scenes():
        for file in scene.message.files:
            assert scene.transcript is not None
            with wave.open(io.BytesIO(file.content)) as sound:
                lasting = round(sound.getnframes() / sound.getframerate())
            assert scene.transcript.text == f"Voicemail, {lasting} seconds"


def test_the_demo_twice_is_the_demo_once(demo: Demo) -> None:
    before = ask(demo.url, counts)
    ended = demo.run("demo")
    assert ended.code == 0
    assert "0 new messages" in ended.out
    assert ask(demo.url, counts) == before


def test_if_empty_leaves_a_demo_alone_but_reminds_of_the_password(demo: Demo) -> None:
    before = ask(demo.url, counts)
    ended = demo.run("demo", "--if-empty")
    assert (ended.code, ended.out) == (0, "")
    assert PASSWORD in ended.err
    assert ask(demo.url, counts) == before


def test_another_council_is_never_touched(hub: Run, tmp_path: Path) -> None:
    path = tmp_path / "council.toml"
    path.write_text('[council]\nname = "Realham"\n', encoding="utf-8")
    hub("apply", str(path))
    refused = hub("demo")
    assert (refused.code, refused.out) == (1, "")
    assert refused.err.startswith("This hub serves Realham.")
    assert hub("demo", "--if-empty") == (0, "", "A council is here already; nothing was changed.\n")
    assert hub("apply", str(path)).out == "Nothing to change.\n"


def test_providers_are_where_the_hub_is_also_after_it_moved(demo: Demo) -> None:
    first = ask(demo.url, configs)
    assert first.count("http://127.0.0.1:9001/simulator") == 3
    assert first.count("9002") == 2
    moved = {"HUB_PORT": "9003", "HUB_SIMULATOR_SMTP": "127.0.0.1:9004"}
    demo.run("demo", "--if-empty", **moved)
    assert ask(demo.url, configs) == first
    demo.run("demo", "--if-empty", HUB_SIMULATOR="1", **moved)
    assert ask(demo.url, configs) == first.replace("9001", "9003").replace("9002", "9004")
    demo.run("demo", "--if-empty", HUB_SIMULATOR="1")
    assert ask(demo.url, configs) == first


@pytest.mark.parametrize(
    ("channel", "config"),
    [
        ("sms", {"api_url": "https://api.twilio.com"}),
        ("sms", {"api_url": "http://127.0.0.1:7000/other"}),
        ("email", {"smtp_host": "mail.anytown.example", "smtp_port": 25}),
        ("webchat", {"origins": ["https://www.anytown.example"]}),
        ("webchat", {}),
    ],
)
def test_a_real_provider_stays_where_it_is(channel: str, config: dict[str, Any]) -> None:
    assert SimulatorPlace(9001, 9002).config(channel, config) == config


def test_every_case_of_the_demo_stands_where_a_reader_expects_it(demo: Demo) -> None:
    def unrouted(session: Session) -> list[str]:
        return list(session.exec(select(Case.subject).where(Case.rule == None)))  # noqa: E711  # SQL's IS NULL

    assert ask(demo.url, unrouted) == ["Hello? Is anyone there?", "Whom do I write to?"]


def moments(session: Session) -> dict[str, list[datetime]]:
    return {
        "opened": list(session.exec(select(Case.opened_at).order_by(col(Case.id)))),
        "due": [due for due in session.exec(select(Case.due_at).where(Case.resolved_at == None)) if due],  # noqa: E711
        "said": list(session.exec(select(Message.at).order_by(col(Message.case_id), col(Message.id)))),
        "happened": list(session.exec(select(CaseEvent.at))),
        "held": list(session.exec(select(Assignment.since))),
        "known": list(session.exec(select(Contact.created_at))),
    }


def test_the_demo_has_happened_over_the_last_days_and_nothing_in_the_future(demo: Demo) -> None:
    now = demo.at
    seen = ask(demo.url, moments)
    assert seen["opened"] == sorted(seen["opened"])
    assert now - timedelta(days=8) < seen["opened"][0] < now - timedelta(days=3)
    assert now - timedelta(minutes=10) < seen["opened"][-1] <= now
    assert all(max(seen[name]) <= now for name in ("said", "happened", "held", "known"))
    assert max(seen["happened"]) < now - timedelta(minutes=4)
    assert min(seen["due"]) < now < max(seen["due"])


def when_rules_saw_them(session: Session) -> list[tuple[datetime, datetime]]:
    cases = session.exec(select(Case)).all()
    return [(case.opened_at, datetime.fromisoformat(case.facts["at"])) for case in cases if case.facts]


def test_rules_saw_the_demos_messages_when_they_came(demo: Demo) -> None:
    """So that a replay shows the hours of its days."""
    assert [at for opened, at in ask(demo.url, when_rules_saw_them) if abs(at - opened) > timedelta(minutes=1)] == []


def answered_at_once(session: Session) -> list[str]:
    cases = session.exec(select(Case).where(Case.first_reply_at != None)).all()  # noqa: E711
    assert len(cases) >= 8
    return [case.subject for case in cases if case.first_reply_at and case.first_reply_at <= case.opened_at]


def test_answers_of_the_demo_come_after_the_questions(demo: Demo) -> None:
    assert ask(demo.url, answered_at_once) == []


def waiting_to_be_sent(session: Session) -> list[str]:
    settled = (MessageStatus.SENT, MessageStatus.DELIVERED)
    sent = select(Message.text).where(Message.direction == Direction.OUT, col(Message.status).not_in(settled))
    return list(session.exec(sent))


def welsh_thanks(session: Session) -> Sequence[str]:
    return session.exec(select(Message.text).where(col(Message.text).contains("Eich cyfeirnod yw"))).all()


def test_a_citizen_of_the_demo_who_writes_in_welsh_is_thanked_in_welsh(demo: Demo) -> None:
    assert len(ask(demo.url, welsh_thanks)) == 1


def test_the_demo_leaves_nothing_to_be_sent_again(demo: Demo) -> None:
    assert ask(demo.url, waiting_to_be_sent) == []


@pytest.mark.parametrize(
    ("when", "now", "moment"),
    [
        (When(ago=33), "2026-11-23 09:20", "2026-11-23 08:47"),
        (When(ago=33), "2026-11-23 00:10", "2026-11-22 23:37"),
        (When(days_ago=1, time="15:42"), "2026-11-24 09:20", "2026-11-23 15:42"),
        (When(days_ago=1, time="15:42"), "2026-11-23 09:20", "2026-11-20 15:42"),
        (When(days_ago=1, time="15:42"), "2026-11-22 09:20", "2026-11-20 15:42"),
        (When(days_ago=4, time="09:35"), "2026-11-24 09:20", "2026-11-18 09:35"),
        (When(days_ago=2, time="08:25"), "2026-10-26 09:00", "2026-10-22 08:25"),  # the clocks changed between
    ],
)
def test_the_demos_days_are_working_days_of_the_council(when: When, now: str, moment: str) -> None:
    zone = ZoneInfo("Europe/London")
    told = datetime.fromisoformat(now).replace(tzinfo=zone)
    assert when.moment(told) == datetime.fromisoformat(moment).replace(tzinfo=zone)
