"""Citizens' mails as programs write them, and the requests that carry them: made beforehand, so that this is no load.

Half are plain, half have HTML beside the text as phones and web mail write it, one in ten brings a photo of 40 kB.
A reply goes to the signed address of its case and names the mail that it answers; one in four has lost that address,
as some programs do, and is told by its References alone. Below its own words it quotes what it answers.
"""

import base64
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime

from tests.bench.texts import SAID

INBOX = "help"
ADDRESS = "help@bench.example"
TOKEN = "the bench's own token for mail"
_PHOTO = 40_000  # bytes
_FOOTNOTE = "Sent from my phone"


@dataclass(frozen=True, slots=True)
class Citizen:
    name: str
    address: str


@dataclass(frozen=True, slots=True)
class Answered:
    """A mail of the hub's that a citizen may answer."""

    citizen: str  # their address
    reply_to: str  # the case's signed address
    message_id: str
    subject: str
    reference: str  # of its case


@dataclass(frozen=True, slots=True)
class CitizensMail:
    external_id: str  # its Message-ID, which no other mail of the run has
    sender: str
    recipient: str
    raw: bytes
    request: bytes  # HTTP/1.1, ready to be sent
    answers: str  # the reference of the case that it belongs to, "" for a new one


class Writers:
    """An endless crowd, each with something to say. The same seed and run, the same mails."""

    def __init__(self, host: str, run: str, seed: int = 11) -> None:
        self._host = host
        self._run = run
        self._random = random.Random(seed)
        self._written = 0
        self._people = 0

    def new(self, count: int) -> Iterator[CitizensMail]:
        """From people who have never written before."""
        for _ in range(count):
            citizen, subject, words = self.next_words()
            yield self._mail(citizen, ADDRESS, subject, words, None)

    def next_words(self) -> tuple[Citizen, str, str]:
        """Of the next person: who, the subject, the text."""
        self._people += 1
        citizen = Citizen(f"Jo Doe {self._people}", f"jo.{self._run}.{self._people}@home.example")
        return citizen, self._random.choice(SAID).format(n=self._people)[:60], self._words()

    def replies(self, count: int, answered: Sequence[Answered]) -> Iterator[CitizensMail]:
        """To mails picked at random, so that all of the database is touched."""
        for _ in range(count):
            about = self._random.choice(answered)
            citizen = Citizen("Jo Doe", about.citizen)
            recipient = ADDRESS if self._written % 4 == 0 else about.reply_to
            yield self._mail(citizen, recipient, f"Re: {about.subject}", self._words(), about)

    def _words(self) -> str:
        paragraphs = (self._random.choice(SAID).format(n=self._random.randrange(999)) for _ in range(3))
        return "\n\n".join(["Dear Sir or Madam,", *paragraphs, "Kind regards\nJo Doe"])

    def _mail(self, citizen: Citizen, recipient: str, subject: str, words: str, about: Answered | None) -> CitizensMail:
        self._written += 1
        message_id = f"{self._run}.{self._written}.{self._random.getrandbits(48):x}@home.example"
        threading = f"In-Reply-To: <{about.message_id}>\r\nReferences: <{about.message_id}>\r\n" if about else ""
        head = (
            f"Return-Path: <{citizen.address}>\r\n"
            "Received: from out.home.example (out.home.example [192.0.2.7]) by mx.bench.example with ESMTPS\r\n"
            f" id 4VXp{self._written:08x}; {format_datetime(datetime.now(UTC))}\r\n"
            "DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=home.example; s=s1; t=1700000000;\r\n"
            f" h=from:to:subject:date:message-id; bh={'Bh' * 21}=;\r\n b={'Signed' * 40}==\r\n"
            f"From: {citizen.name} <{citizen.address}>\r\nTo: {recipient}\r\nSubject: {subject}\r\n"
            f"Date: {format_datetime(datetime.now(UTC))}\r\nMessage-ID: <{message_id}>\r\n{threading}"
            "X-Mailer: Home Mail 16.4\r\nMIME-Version: 1.0\r\n"
        )
        raw = (head + self._body(words, about is not None)).encode()
        reference = about.reference if about else ""
        return CitizensMail(message_id, citizen.address, recipient, raw, self._request(raw), reference)

    def _body(self, words: str, answers: bool) -> str:
        quoted = (
            "\n\nOn Mon, 2 Mar 2026 at 09:30, Benchmark Council wrote:\n> Thank you for writing.\n" if answers else ""
        )
        text = f"{words}\n\n{_FOOTNOTE}{quoted}".replace("\n", "\r\n")
        plain = f"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n{text}\r\n"
        body = plain if self._written % 2 else _alternative(plain, words, quoted)
        if self._written % 10:
            return body
        photo = base64.encodebytes(self._random.randbytes(_PHOTO)).decode().replace("\n", "\r\n")
        return (
            'Content-Type: multipart/mixed; boundary="outer-7"\r\n\r\n--outer-7\r\n'
            f'{body}\r\n--outer-7\r\nContent-Type: image/jpeg; name="IMG_0{self._written}.jpeg"\r\n'
            f'Content-Disposition: attachment; filename="IMG_0{self._written}.jpeg"\r\n'
            f"Content-Transfer-Encoding: base64\r\n\r\n{photo}\r\n--outer-7--\r\n"
        )

    def _request(self, raw: bytes) -> bytes:
        head = (
            f"POST /in/email/{INBOX} HTTP/1.1\r\nHost: {self._host}\r\nAuthorization: Bearer {TOKEN}\r\n"
            f"Content-Type: message/rfc822\r\nContent-Length: {len(raw)}\r\n\r\n"
        )
        return head.encode() + raw


def _alternative(plain: str, words: str, quoted: str) -> str:
    paragraphs = "".join(
        f'<p style="margin:0 0 12pt;font-family:Calibri,sans-serif"><span lang="EN-GB">{each}</span></p>\r\n'
        for each in words.split("\n\n")
    )
    quote = f'<blockquote type="cite"><div>{quoted.strip()}</div></blockquote>' if quoted else ""
    return (
        'Content-Type: multipart/alternative; boundary="inner-7"\r\n\r\n--inner-7\r\n'
        f"{plain}\r\n--inner-7\r\nContent-Type: text/html; charset=utf-8\r\n\r\n"
        "<html><head><style>p {margin: 0}</style></head><body>"
        f"<div class=WordSection1>{paragraphs}</div>{quote}<div>{_FOOTNOTE}</div></body></html>\r\n--inner-7--\r\n"
    )
