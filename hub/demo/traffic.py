"""The last days at the demo council: citizens' messages through the real intake, and what caseworkers do with them."""

import hashlib
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from importlib.resources import files
from typing import Any

from channels.contract import Address, Desk, File, InboundMessage, MessageUpdate
from hub.actions.casework import cases
from hub.actions.casework.alarms import acknowledge_alarms
from hub.actions.council.backdate import backdate
from hub.actions.sending.reply import reply
from hub.db.database import Database
from hub.errors import HubError
from hub.models.base import utcnow
from hub.queries.people import agent_for_password
from hub.reference import case_id_of

_SATURDAY = 5
_SCHEMES = {"sms": "tel", "voice": "tel", "email": "mailto", "webchat": "chat"}


@dataclass(frozen=True, slots=True, kw_only=True)
class When:
    """So many minutes ago, or at a time of the council's day so many working days ago."""

    ago: int = 0  # minutes
    days_ago: int = 0
    time: str = ""  # 14:20

    def moment(self, now: datetime) -> datetime:
        """`now` is aware, in the council's time zone."""
        if not self.days_ago:
            return now - timedelta(minutes=self.ago)
        day, left = now.date(), self.days_ago
        while left:
            day -= timedelta(days=1)
            left -= day.weekday() < _SATURDAY
        return datetime.combine(day, time.fromisoformat(self.time), now.tzinfo)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What a caseworker does next with the case."""

    after: int  # minutes
    does: str  # claim, note, reply, resolve, transfer
    agent: str  # e-mail address
    text: str = ""
    queue: str = ""  # of a transfer


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """One message of a citizen's, and what follows."""

    when: When
    message: InboundMessage
    copies: tuple[str, ...]  # further inboxes of its channel that the same mail went to
    transcript: MessageUpdate | None
    steps: tuple[Step, ...]


def scenes() -> Iterator[Scene]:
    """Those of hub/demo/traffic.toml, in order."""
    script = tomllib.loads(files("hub.demo").joinpath("traffic.toml").read_text(encoding="utf-8"))
    for number, entry in enumerate(script["message"], start=1):
        yield _scene(f"demo-{number:02}", entry)


def _scene(external_id: str, entry: Mapping[str, Any]) -> Scene:
    channel, inbox = entry["inbox"].split("/")
    is_mail = channel == "email"
    message = InboundMessage(
        channel=channel,
        inbox=inbox,
        external_id=external_id,
        sender=_address(_SCHEMES[channel], entry["from"]),
        sender_name=entry.get("name", ""),
        subject=entry.get("subject", ""),
        text=entry["text"].strip(),
        language=entry.get("language", ""),
        menu=tuple(entry.get("menu", ())),
        automatic=entry.get("automatic"),
        message_id=f"{external_id}@mail.example.org" if is_mail else "",
        files=(_sound(entry["sound"]),) if "sound" in entry else (),
    )
    steps = tuple(Step(**step) for step in entry.get("then", ()))
    return Scene(
        when=When(**entry["when"]),
        message=message,
        copies=tuple(entry.get("copies", ())),
        transcript=_transcript(message, entry),
        steps=steps,
    )


def _address(scheme: str, written: str) -> Address:
    """A chat is known by a digest, as its channel makes one of the browser's secret."""
    value = hashlib.sha256(written.encode()).hexdigest()[:32] if scheme == "chat" else written
    return Address(scheme, value)


def _sound(name: str) -> File:
    """A voicemail, spoken by tools/voicemails.py."""
    content = files("hub.demo").joinpath("voicemails", name).read_bytes()
    return File(filename=f"voicemail-{name}", media_type="audio/wav", content=content)


def _transcript(message: InboundMessage, entry: Mapping[str, Any]) -> MessageUpdate | None:
    if "transcript" not in entry:
        return None
    return MessageUpdate(
        channel=message.channel,
        inbox=message.inbox,
        external_id=message.external_id,
        text=entry["voicemail"],
        transcript=entry["transcript"].strip(),
    )


async def play(db: Database, desk: Desk, mail_domain: str, now: datetime) -> int:
    """Plays every scene that wasn't played before, as if it had happened before `now`, which is aware and in the
    council's time zone; returns how many. Raises HubError."""
    return sum([await _play(db, desk, mail_domain, now, scene) for scene in scenes()])


async def _play(db: Database, desk: Desk, mail_domain: str, now: datetime, scene: Scene) -> bool:
    """Whether it was new."""
    at, since = scene.when.moment(now), utcnow()
    receipt = (await desk.receive([scene.message]))[0]
    await desk.receive([replace(scene.message, inbox=inbox) for inbox in scene.copies])
    case_id = case_id_of(receipt.reference)
    if receipt.duplicate or case_id is None:
        return False
    if scene.transcript is not None:
        await desk.receive([scene.transcript])
    await db.write(backdate, case_id, since, at)
    for step in scene.steps:
        at, since = min(at + timedelta(minutes=step.after), now), utcnow()
        await _take(db, case_id, step, mail_domain)
        await db.write(backdate, case_id, since, at)
    return True


async def _take(db: Database, case_id: int, step: Step, mail_domain: str) -> None:
    found = await db.read(agent_for_password, step.agent)
    if found is None:
        raise HubError(f"The demo's traffic needs the agent {step.agent}.")
    agent_id = found[0].id
    if step.does == "claim":
        await db.write(cases.claim, case_id, agent_id)
    elif step.does == "acknowledge":
        await db.write(acknowledge_alarms, case_id, agent_id)
    elif step.does == "note":
        await db.write(cases.note, case_id, agent_id, step.text)
    elif step.does == "reply":
        await db.write(reply, case_id, agent_id, step.text, mail_domain=mail_domain)
    elif step.does == "resolve":
        await db.write(cases.resolve, case_id, agent_id, step.text)
    else:
        await db.write(cases.transfer, case_id, agent_id, step.queue, step.text)
