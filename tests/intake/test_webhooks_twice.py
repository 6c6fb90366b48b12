"""Twilio's texting webhooks in the shapes that it really sends, at the hub's own door: each twice and in disorder."""

import random
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest
from asgi_lifespan import LifespanManager
from sqlmodel import Session, col, func, select
from starlette.applications import Starlette
from twilio.request_validator import RequestValidator

from channels.contract import SendResult
from hub.actions.sending.fates import record_sent
from hub.actions.sending.outbox import claim_due
from hub.actions.sending.reply import reply
from hub.main import create_app
from hub.models import Attachment, CaseEvent, EarlyUpdate, Message, MessageStatus, Unreadable
from hub.models.base import utcnow
from hub.running import Hub
from tests.cases.anytown import MAIL_DOMAIN, living
from tests.support.settings import settings_of

URL = "http://hub.anytown.example"
TOKEN = "t"  # of both inboxes in tests/cases/anytown.py
LOCAL = "http://127.0.0.1:9/2010-04-01/Accounts/AC1/Messages"  # the inbox's api_url


def sid(number: int, kind: str = "SM") -> str:
    return f"{kind}{number:032x}"


def inbound(number: int, **changed: str) -> dict[str, str]:
    """The fields of a long code's inbound text, as captured; places are empty for British numbers."""
    own = sid(number, "MM" if changed.get("NumMedia", "0") != "0" else "SM")
    places = {f"{end}{place}": "" for end in ("From", "To") for place in ("City", "State", "Zip")}
    return {
        "ToCountry": "GB", "SmsMessageSid": own, "NumMedia": "0", "SmsSid": own, "SmsStatus": "received",
        "Body": "My missed bin", "FromCountry": "GB", "To": "+441632960100", "NumSegments": "1",
        "MessageSid": own, "AccountSid": "AC1", "From": f"+4477009{number:05d}", "ApiVersion": "2010-04-01",
        **places, **changed,
    }  # fmt: skip


def media(number: int, count: int, *types: str, **changed: str) -> dict[str, str]:
    files = {f"MediaUrl{n}": f"{LOCAL}/{sid(number, 'MM')}/Media/{sid(n, 'ME')}" for n in range(len(types))}
    files |= {f"MediaContentType{n}": media_type for n, media_type in enumerate(types)}
    return inbound(number, NumMedia=str(count), **files, **changed)


def whatsapp(number: int, **changed: str) -> dict[str, str]:
    said = {"ProfileName": "Jo", "WaId": f"4477009{number:05d}", "MessageType": "text", **changed}
    return inbound(number, From=f"whatsapp:+4477009{number:05d}", To="whatsapp:+441632960100", **said)


TEXTS: list[dict[str, str]] = [
    inbound(1),
    inbound(2, Body=""),
    inbound(3, Body="x" * 20_000, NumSegments="131"),
    inbound(4, Body="a\0b"),
    inbound(5, Body="שלום عليكم 👩‍👩‍👧‍👦 🇬🇧 e\u0301"),
    inbound(6, Body="\u202eevil\u202c\r\nline\u2028two"),
    inbound(7, From="60006"),
    inbound(8, From="AnytownNHS"),
    inbound(9, From="+266696687"),
    inbound(10, From="07700 900010"),
    inbound(11, Body="STOP", OptOutType="STOP", MessagingServiceSid=sid(1, "MG")),
    inbound(12, Body="stop please"),
    inbound(13, Body="Opt Out"),
    inbound(14, Body="HELP"),
    inbound(15, Body="START"),
    inbound(16, Body="STATUS 4821 0937"),
    inbound(17, SomethingNew="2027", AddOns="{}"),
    media(18, 1, "image/jpeg"),
    media(19, 3, "image/jpeg", "image/png"),
    media(20, 0, "image/jpeg", "text/x-vcard", "video/3gpp"),
    {**media(21, 1, "image/jpeg"), "MediaUrl0": "https://evil.example/a.jpg"},
    {**media(22, 1, ""), "Body": "", "MediaContentType0": ""},
    whatsapp(23),
    whatsapp(24, MessageType="location", Body="", Latitude="51.5", Longitude="-0.1", Label="Elm Road"),
    {**whatsapp(25, MessageType="image"), "NumMedia": "1", "MediaUrl0": f"{LOCAL}/MM1/Media/ME1"},
    whatsapp(26, MessageType="button", Body="Yes, please", ButtonText="Yes, please", ButtonPayload="yes"),
]  # fmt: skip


def report(number: int, word: str, **changed: str) -> dict[str, str]:
    return {
        "SmsSid": sid(number), "SmsStatus": word, "MessageStatus": word, "To": "+447700900123",
        "MessageSid": sid(number), "AccountSid": "AC1", "From": "+441632960100", "ApiVersion": "2010-04-01", **changed,
    }  # fmt: skip


def reports() -> list[dict[str, str]]:
    """Of three texts that we sent (900 to 902), and of one that never was ours."""
    done = {"RawDlrDoneDate": "2603020930"}
    return [
        *(report(900, word) for word in ("queued", "sent")),
        report(900, "delivered", **done),
        *(report(901, word) for word in ("accepted", "scheduled", "sending", "sent")),
        report(901, "undelivered", ErrorCode="30005", **done),
        report(902, "sent"),
        report(902, "read", ChannelToAddress="whatsapp:+447700900123", ChannelInstallSid=sid(1, "XE")),
        report(903, "failed", ErrorCode="30007"),
        report(900, "teleported"),
        report(902, "partially_delivered"),
        {"MessageStatus": "sent"},
    ]


@dataclass
class Door:
    hub: Hub
    http: httpx.AsyncClient

    async def post(self, path: str, form: Mapping[str, str]) -> tuple[int, str]:
        signature = RequestValidator(TOKEN).compute_signature(URL + path, form)
        headers = {"X-Twilio-Signature": signature, "Content-Type": "application/x-www-form-urlencoded"}
        answer = await self.http.post(path, content=urlencode(form), headers=headers)
        return answer.status_code, answer.text


@pytest.fixture
async def door(database_url: str, tmp_path: Path) -> AsyncIterator[Door]:
    settings = settings_of(tmp_path / "var", database_url, public_url=URL)
    async with living(database_url, tmp_path):
        pass  # the council is applied
    app: Starlette = create_app(settings, parts=["web"])
    transport = httpx.ASGITransport(app)
    async with LifespanManager(app), httpx.AsyncClient(transport=transport, base_url="http://10.0.0.7") as http:
        yield Door(app.state.hub, http)


async def test_every_text_is_one_entry_however_often_and_in_whatever_order(door: Door) -> None:
    sent = [form for form in TEXTS for _ in range(2)]
    random.Random(1).shuffle(sent)
    answers = {await door.post("/in/sms/main", form) for form in sent}
    assert answers == {(200, '<?xml version="1.0" encoding="UTF-8"?><Response/>')}
    kept = await door.hub.db.read(_external_ids)
    assert kept == Counter({form["MessageSid"]: 1 for form in TEXTS})
    assert await door.hub.db.read(_count, Unreadable) == 0
    texts = {row.external_id: row for row in await door.hub.db.read(_inbound)}
    assert texts[sid(3)].text == "x" * 20_000
    assert texts[sid(4)].text == "a␀b"
    assert texts[sid(5)].text == TEXTS[4]["Body"]
    assert texts[sid(6)].text == TEXTS[5]["Body"]
    assert "https://evil.example/a.jpg" in texts[sid(21, "MM")].text
    assert "Location: 51.5, -0.1 (Elm Road)" in texts[sid(24)].text
    assert texts[sid(9)].sender == ""
    kinds = Counter(row.disposition for row in await door.hub.db.read(_attachments))
    assert kinds == {"attachment": 8, "raw": 3}  # the originals of what was odd: NUL, a foreign address, one too few


async def test_reports_in_any_order_end_in_the_same_states(door: Door) -> None:
    for seed in range(2):
        offset = seed * 10
        answered = await door.post("/in/sms/brief", inbound(500 + seed))
        assert answered[0] == 200
        [first, *_] = await door.hub.db.read(_inbound)
        ids = [await _answered(door, first.case_id, sid(900 + offset + n)) for n in range(3)]
        forms = [{**form, **_moved(form, offset)} for form in reports() for _ in range(2)]
        random.Random(seed).shuffle(forms)
        answers = {await door.post("/in/sms/brief/status", form) for form in forms}
        assert answers == {(204, "")}
        found = [await door.hub.db.read(_status, message_id) for message_id in ids]
        assert found == [MessageStatus.DELIVERED, MessageStatus.FAILED, MessageStatus.DELIVERED]
        for message_id, word in zip(ids, ("delivered", "failed", "delivered"), strict=True):
            assert (await door.hub.db.read(_kinds, message_id))[word] == 1
    assert await door.hub.db.read(_count, EarlyUpdate) > 0  # the word on 903 waits for its text
    assert await door.hub.db.read(_count, Unreadable) == 2 * 2 + 1  # each once; without a MessageSid both are the same


@pytest.mark.parametrize("signature", [None, "", "wrong", "é".encode("latin-1")])
async def test_what_is_not_signed_is_403_and_stores_nothing(door: Door, signature: Any) -> None:
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    if signature is not None:
        headers["X-Twilio-Signature"] = signature
    for path in ("/in/sms/main", "/in/sms/main/status"):
        answer = await door.http.post(path, content=urlencode(TEXTS[0]), headers=headers)
        assert answer.status_code == 403
    assert (await door.http.post("/in/sms/nowhere", content=b"")).status_code == 404
    assert await door.hub.db.read(_count, Message) == 0


async def test_bytes_that_are_no_text_are_kept_and_said(door: Door) -> None:
    form = inbound(1)
    body = urlencode(form).replace("My+missed+bin", "%ED%A0%80+and+%FF")  # half a surrogate pair, and no UTF-8
    signed = {**form, "Body": "\ufffd\ufffd\ufffd and \ufffd"}
    signature = RequestValidator(TOKEN).compute_signature(URL + "/in/sms/main", signed)
    headers = {"X-Twilio-Signature": signature, "Content-Type": "application/x-www-form-urlencoded"}
    assert (await door.http.post("/in/sms/main", content=body, headers=headers)).status_code == 200
    [row] = await door.hub.db.read(_inbound)
    assert row.text.endswith(" and \ufffd")
    assert any("UTF-8" in problem for problem in row.problems)


def _moved(form: Mapping[str, str], offset: int) -> dict[str, str]:
    if "MessageSid" not in form:
        return {}
    moved = sid(int(form["MessageSid"][2:], 16) + offset)
    return {"MessageSid": moved, "SmsSid": moved}


async def _answered(door: Door, case_id: int, external_id: str) -> int:
    """A reply that the provider took under that name."""
    sent = await door.hub.db.write(reply, case_id, 1, "Tomorrow.", mail_domain=MAIL_DOMAIN, inbox="brief")
    free = dict.fromkeys(door.hub.directory.inboxes, 100)
    await door.hub.db.write(claim_due, utcnow(), free, "s")
    await door.hub.db.write(record_sent, sent.message_id, SendResult(external_id=external_id))
    return sent.message_id


def _external_ids(session: Session) -> Counter[str]:
    return Counter(row.external_id for row in _inbound(session))


def _inbound(session: Session) -> list[Message]:
    return [row for row in session.exec(select(Message).order_by(col(Message.id).desc())) if row.direction == "in"]


def _attachments(session: Session) -> list[Attachment]:
    return list(session.exec(select(Attachment)))


def _count(session: Session, model: type[Any]) -> int:
    return session.exec(select(func.count()).select_from(model)).one()


def _status(session: Session, message_id: int) -> MessageStatus:
    return session.get_one(Message, message_id).status


def _kinds(session: Session, message_id: int) -> Counter[str]:
    return Counter(session.exec(select(CaseEvent.kind).where(CaseEvent.message_id == message_id)).all())
