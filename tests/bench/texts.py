"""Citizens' texts as the provider posts them: whole HTTP requests, signed beforehand so that this is no load."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlencode

from twilio.request_validator import RequestValidator

ACCOUNT_SID = "AC00000000000000000000000000000000"
AUTH_TOKEN = "the bench's own token"
INBOX_ADDRESS = "+441632960100"
WARM_UP = 400  # texts of new numbers before any number returns

SAID = (
    "My missed bin again, Elm Road, third week in a row. Please send somebody.",
    "The street light outside number {n} has been off since Tuesday",
    "Hello, how do I pay my council tax by direct debit? My account is {n}",
    "There is a pothole the size of a bath on Station Road near house {n}, someone will get hurt",
    "Boiler is broken and we have no hot water, flat {n}, two small children",
    "When is the library open on Saturday?",
    "I would like to book a bulky waste collection for a sofa and a mattress",
    "Neighbours at {n} Mill Lane play loud music every night until 3 in the morning",
    "I moved house last week, new address is {n} Church Street. Who do I tell?",
    "Fly-tipping behind the shops at Market Square, looks like builders' rubble, {n} bags",
    "My mum needs a carer twice a day, she is {n}. Who can I talk to?",
    "Diolch! Please call me back about planning application {n}",
)


@dataclass(frozen=True, slots=True)
class Text:
    external_id: str
    number: str
    body: str
    returning: bool  # its number has texted before
    request: bytes  # HTTP/1.1, ready to be sent


class Citizens:
    """An endless crowd: every second text comes from a number that has texted before. The same seed, the same texts."""

    def __init__(self, hub_url: str, seed: int = 7) -> None:
        self._url = f"{hub_url}/in/sms/main"
        self._host = hub_url.removeprefix("http://")
        self._validator = RequestValidator(AUTH_TOKEN)
        self._random = random.Random(seed)
        self._texted = 0
        self._numbers: list[str] = []

    def texts(self, count: int) -> Iterator[Text]:
        for _ in range(count):
            yield self._text()

    def _text(self) -> Text:
        self._texted += 1
        settled = len(self._numbers) - WARM_UP // 2
        returning = self._texted % 2 == 0 and settled > 0
        if returning:
            number = self._numbers[self._random.randrange(settled)]
        else:
            number = f"+4477{len(self._numbers):08d}"
            self._numbers.append(number)
        body = self._random.choice(SAID).format(n=self._texted)
        external_id = f"SM{self._texted:032x}"
        return Text(external_id, number, body, returning, self._request(external_id, number, body))

    def _request(self, external_id: str, number: str, body: str) -> bytes:
        form = {
            "ToCountry": "GB",
            "ToState": "Newcastle",
            "SmsMessageSid": external_id,
            "NumMedia": "0",
            "ToCity": "",
            "FromZip": "",
            "SmsSid": external_id,
            "FromState": "",
            "SmsStatus": "received",
            "FromCity": "",
            "Body": body,
            "FromCountry": "GB",
            "To": INBOX_ADDRESS,
            "ToZip": "",
            "NumSegments": "1",
            "MessageSid": external_id,
            "AccountSid": ACCOUNT_SID,
            "From": number,
            "ApiVersion": "2010-04-01",
        }
        payload = urlencode(form).encode()
        head = (
            f"POST /in/sms/main HTTP/1.1\r\nHost: {self._host}\r\nUser-Agent: TwilioProxy/1.1\r\n"
            f"Content-Type: application/x-www-form-urlencoded; charset=utf-8\r\nContent-Length: {len(payload)}\r\n"
            f"I-Twilio-Idempotency-Token: {external_id}\r\nAccept: */*\r\n"
            f"X-Twilio-Signature: {self._validator.compute_signature(self._url, form)}\r\n\r\n"
        )
        return head.encode() + payload
