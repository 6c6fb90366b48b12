"""A telephone provider on a real port: takes the documented REST calls, refuses whatever isn't one, and remembers.

Source of the calls: https://www.twilio.com/docs/messaging/api/message-resource. Its behaviour hangs on the number
that is texted, so that tests may share one carrier.
"""

import base64
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from typing import Any
from urllib.parse import parse_qs, urlsplit

ACCOUNT_SID = "AC11112222333344445555666677778888"
AUTH_TOKEN = "a token of the acceptance tests"
RECORDING = b"RIFF$\0\0\0WAVEfmt \x10\0\0\0\x01\0\x01\0\x40\x1f\0\0\x40\x1f\0\0\x01\0\x08\0data\0\0\0\0"
MESSAGES = f"/2010-04-01/Accounts/{ACCOUNT_SID}/Messages.json"
ACCOUNT = f"/2010-04-01/Accounts/{ACCOUNT_SID}/"


@dataclass
class Carrier:
    """`texts`: what was asked to be sent, in order, each with the sid that was given for it."""

    texts: list[dict[str, str]] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)  # calls that the documentation doesn't have
    refuses: dict[str, int] = field(default_factory=dict)  # by number: the error code
    silent: set[str] = field(default_factory=set)  # numbers that it takes texts for and never answers
    asked_for: list[str] = field(default_factory=list)  # numbers whose texts were listed
    url: str = ""
    _released: threading.Event = field(default_factory=threading.Event)
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def sent_to(self, number: str) -> list[dict[str, str]]:
        return [text for text in self.texts if text["To"] == number]

    def post(self, path: str, authorization: str, form: dict[str, str]) -> tuple[int, dict[str, Any]]:
        """Status and body of the answer. Blocks for a silent number until the carrier is closed."""
        wrong = _wrong(path, authorization, form)
        if wrong:
            self.refused.append(wrong)
            return 400, {"code": 20001, "message": wrong, "status": 400}
        if code := self.refuses.get(form["To"]):
            return 400, {"code": code, "message": f"Refused {form['To']}", "status": 400}
        sid = f"SM{next(self._numbers):032x}"
        self.texts.append({**form, "sid": sid})
        if form["To"] in self.silent:
            self._released.wait()
        return 201, _record(form, sid)

    def listed(self, number: str) -> tuple[int, dict[str, Any]]:
        """A silent number's list can't be had either: nobody knows what became of a text."""
        self.asked_for.append(number)
        if number in self.silent:
            return 503, {}
        records = [_record(text, text["sid"]) for text in self.sent_to(number)]
        return 200, {"messages": records, "next_page_uri": None}

    def close(self) -> None:
        self._released.set()


def _wrong(path: str, authorization: str, form: dict[str, str]) -> str:
    """ "" when this is the documented call."""
    if path != MESSAGES:
        return f"no such resource: {path}"
    if authorization != "Basic " + base64.b64encode(f"{ACCOUNT_SID}:{AUTH_TOKEN}".encode()).decode():
        return "not authenticated"
    missing = {"To", "From", "Body", "StatusCallback"} - {name for name, value in form.items() if value}
    return f"missing: {sorted(missing)}" if missing else ""


def _record(form: dict[str, str], sid: str) -> dict[str, Any]:
    return {
        "sid": sid,
        "account_sid": ACCOUNT_SID,
        "from": form["From"],
        "to": form["To"],
        "body": form["Body"],
        "status": "queued",
        "direction": "outbound-api",
        "num_media": "0",
        "date_created": formatdate(usegmt=True),
        "date_sent": None,
    }


class _Handler(BaseHTTPRequestHandler):
    """One request of the hub's."""

    carrier: Carrier
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:  # the base class names it
        length = int(self.headers["Content-Length"] or 0)
        body = self.rfile.read(length)
        if len(body) < length:  # the hub was killed while it was asking
            self.close_connection = True
            return
        form = {name: values[0] for name, values in parse_qs(body.decode(), keep_blank_values=True).items()}
        self._answer(*self.carrier.post(self.path, self.headers.get("Authorization", ""), form))

    def do_GET(self) -> None:  # as above
        asked = urlsplit(self.path)
        if asked.path == MESSAGES:
            number = parse_qs(asked.query).get("To", [""])[0]
            self._answer(*self.carrier.listed(number))
        elif asked.path.startswith(ACCOUNT + "Recordings/"):
            self._send(200, "audio/x-wav", RECORDING)
        else:
            self._answer(404, {})

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  # the base class names it
        """Says nothing."""

    def _answer(self, status: int, body: dict[str, Any]) -> None:
        self._send(status, "application/json", json.dumps(body).encode())

    def _send(self, status: int, media_type: str, content: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", media_type)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def handle_error(self, request: object, client_address: object) -> None:
        """A hub that was killed left its connection."""


@contextmanager
def open_carrier() -> Iterator[Carrier]:
    carrier = Carrier()
    server = _Server(("127.0.0.1", 0), type("Handler", (_Handler,), {"carrier": carrier}))
    carrier.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield carrier
    finally:
        carrier.close()
        server.shutdown()
        server.server_close()
