"""The carrier between phones and the hub: texts in both directions, and what it says about them.

Fields: https://www.twilio.com/docs/messaging/guides/webhook-request and
https://www.twilio.com/docs/messaging/guides/track-outbound-message-status
"""

import re
from collections.abc import Callable, Sequence
from datetime import timedelta

import structlog

from channels.simulator.citizens import is_reachable, name_of
from channels.simulator.errands import Errands
from channels.simulator.settings import MOUNT, PhoneInbox, SimulatorSettings
from channels.simulator.town import WHATSAPP, Picture, Text, Town, new_sid
from channels.simulator.twiml import TwimlError, parse
from channels.simulator.webhooks import UndeliveredError, Webhooks

API_VERSION = "2010-04-01"
UNREACHABLE = 30003

_E164 = re.compile(r"\+[1-9]\d{6,14}")
_STOP = frozenset({"STOP", "STOPALL", "UNSUBSCRIBE", "END", "QUIT", "CANCEL", "REVOKE", "OPTOUT"})
_START = frozenset({"START", "YES", "UNSTOP"})
_STOPPED = "You will get no more texts from this number. Text START to get them again."
_STARTED = "You will get texts from this number again. Text STOP to get none."

log = structlog.get_logger()


class RestError(Exception):
    """What the REST API answers instead: its own code and the HTTP status. https://www.twilio.com/docs/api/errors"""

    def __init__(self, status: int, code: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code


def is_number(phone: str) -> bool:
    """E.164."""
    return bool(_E164.fullmatch(phone))


class Carrier:
    def __init__(self, settings: SimulatorSettings, town: Town, webhooks: Webhooks, errands: Errands) -> None:
        self._settings = settings
        self._town = town
        self._webhooks = webhooks
        self._errands = errands

    # --- from a phone to the hub ---

    async def text(
        self, sender: str, phone: PhoneInbox, body: str, *, picture: Picture | None = None, whatsapp: bool = False
    ) -> Text:
        """A citizen texts the council. Raises UndeliveredError; the carrier keeps the text even so."""
        text = Text(
            sid=new_sid("SM"),
            account_sid=phone.account_sid,
            sender=(WHATSAPP if whatsapp else "") + sender,
            to=(WHATSAPP if whatsapp else "") + phone.address,
            body=body,
            direction="inbound",
            status="received",
            at=self._settings.now(),
            media=(self._town.take_picture(picture),) if picture else (),
        )
        self._town.add(text)
        self._keyword(text)
        answer = await self._webhooks.post(
            phone, f"{self._settings.hub_url}/in/sms/{phone.name}", inbound_form(text, self._town, self.media_url)
        )
        self._answered(text, answer)
        return text

    def media_url(self, text: Text, media: str) -> str:
        base = f"{self._settings.hub_url}{MOUNT}/{API_VERSION}/Accounts/{text.account_sid}"
        return f"{base}/Messages/{text.sid}/Media/{media}"

    def _keyword(self, text: Text) -> None:
        """The carrier's own opt-out: it confirms, and refuses later texts with 21610 until START. WhatsApp has none."""
        if text.is_whatsapp:
            return
        word, pair = text.body.strip().upper(), (text.sender, text.to)
        if word in _STOP:
            self._town.opted_out.add(pair)
            self._reply(text, _STOPPED)
        elif word in _START and pair in self._town.opted_out:
            self._town.opted_out.discard(pair)
            self._reply(text, _STARTED)

    def _answered(self, text: Text, answer: str) -> None:
        """<Message> in the webhook's answer is a text back to the sender."""
        try:
            verbs = parse(answer) if answer.strip() else []
        except TwimlError:
            log.warning("the hub answered a text with something else than TwiML")
            return
        for verb in verbs:
            if verb.name == "Message":
                self._reply(text, verb.text)

    def _reply(self, text: Text, body: str) -> None:
        self._town.add(
            Text(
                sid=new_sid("SM"),
                account_sid=text.account_sid,
                sender=text.to,
                to=text.sender,
                body=body,
                direction="outbound-reply",
                status="delivered",
                at=self._settings.now(),
            )
        )

    # --- from the hub to a phone ---

    def accept(self, account_sid: str, form: dict[str, str], media: Sequence[str] = ()) -> Text:
        """POST Messages.json: queued, and on its way. Raises RestError."""
        to, sender, body = form.get("To", ""), form.get("From", ""), form.get("Body", "")
        phone = self.phone(account_sid, sender.removeprefix(WHATSAPP))
        if not is_number(to.removeprefix(WHATSAPP)) or to.startswith(WHATSAPP) != sender.startswith(WHATSAPP):
            raise RestError(400, 21211, "Invalid 'To' Phone Number")
        if phone is None:
            raise RestError(400, 21606, "The 'From' phone number provided is not a valid message-capable number")
        if not body:
            raise RestError(400, 21602, "Message body is required.")
        if len(body) > 1_600:
            raise RestError(400, 21617, "The concatenated message body exceeds the 1600 character limit.")
        if to.startswith(WHATSAPP) and not self._wrote_lately(to):
            raise RestError(400, 63016, "Freeform messages are allowed within 24 hours of the recipient's last one")
        if (to, sender) in self._town.opted_out:
            raise RestError(400, 21610, "Attempt to send to unsubscribed recipient")
        text = Text(
            sid=new_sid("SM"),
            account_sid=account_sid,
            sender=sender,
            to=to,
            body=body,
            direction="outbound-api",
            status="queued",
            at=self._settings.now(),
            links=tuple(media),
        )
        self._town.add(text)
        self._errands.start(self._carry(text, phone, form.get("StatusCallback", "")))
        return text

    def _wrote_lately(self, whatsapp: str) -> bool:
        since = self._settings.now() - timedelta(hours=24)
        return any(text.sender == whatsapp and text.at > since for text in self._town.texts)

    def phone(self, account_sid: str, address: str) -> PhoneInbox | None:
        """The council's number of that account."""
        numbers = (phone for phone in self._settings.phones if phone.account_sid == account_sid)
        return next((phone for phone in numbers if phone.address == address), None)

    async def _carry(self, text: Text, phone: PhoneInbox, callback: str) -> None:
        reachable = is_reachable(text.citizen)
        for status in ("sent", "delivered" if reachable else "undelivered"):
            text.status = status
            text.error_code = UNREACHABLE if status == "undelivered" else None
            self._town.changed(text)
            await self._report(text, phone, callback)

    async def _report(self, text: Text, phone: PhoneInbox, callback: str) -> None:
        """Status callbacks are best-effort: one that isn't taken is gone."""
        if not callback:
            return
        try:
            await self._webhooks.post(phone, callback, self._status_form(text))
        except UndeliveredError as error:
            log.warning("a status callback was not taken", why=str(error))

    def _status_form(self, text: Text) -> dict[str, str]:
        form = {
            "MessageSid": text.sid,
            "MessageStatus": text.status,
            "SmsSid": text.sid,
            "SmsStatus": text.status,
            "AccountSid": text.account_sid,
            "From": text.sender,
            "To": text.to,
            "ApiVersion": API_VERSION,
        }
        if text.status != "sent":
            form["RawDlrDoneDate"] = self._settings.now().strftime("%y%m%d%H%M")
        if text.error_code:
            form["ErrorCode"] = str(text.error_code)
        return form


def inbound_form(text: Text, town: Town, media_url: Callable[[Text, str], str]) -> dict[str, str]:
    """The fields of an inbound text; places are empty, as they are for most British numbers."""
    places = {f"{end}{place}": "" for end in ("From", "To") for place in ("City", "State", "Zip")}
    form = {
        "MessageSid": text.sid,
        "SmsSid": text.sid,
        "SmsMessageSid": text.sid,
        "AccountSid": text.account_sid,
        "MessagingServiceSid": "MG" + text.account_sid[2:],
        "From": text.sender,
        "To": text.to,
        "Body": text.body,
        "NumMedia": str(len(text.media)),
        "NumSegments": "1",
        "SmsStatus": "received",
        "ApiVersion": API_VERSION,
        "FromCountry": "GB",
        "ToCountry": "GB",
        **places,
    }
    if text.is_whatsapp:
        kind = "image" if text.media else "text"
        form |= {"ProfileName": name_of(text.citizen), "WaId": text.citizen.lstrip("+"), "MessageType": kind}
    for number, media in enumerate(text.media):
        form[f"MediaUrl{number}"] = media_url(text, media)
        form[f"MediaContentType{number}"] = town.pictures[media].media_type
    return form
