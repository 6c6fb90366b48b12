"""Every mail of the material goes into a running hub by both doors: each ends as a message of a case, as a word on a
mail of ours, or in the visible quarantine; none takes long, and the process lives.

The material: `*.eml`, `*.box` and `*.mbox` files at any depth.
"""

import hashlib
import mailbox
import os
import re
import smtplib
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from channels.email.understanding.parsing import understand
from tests.acceptance.hub_process import HubProcess, Place, started

pytestmark = pytest.mark.material("**/*.eml", "**/*.box", "**/*.mbox")

_SEPARATOR = re.compile(rb"\AFrom [^\r\n]*(?:\r\n?|\n)")  # as mbox files have it
SECONDS = 5.0  # for one mail, from the first byte to the answer
TOKEN = "the doors' own token"
COUNCIL = """
[council]
name = "Anytown Council"
country = "GB"
timezone = "Europe/London"

[[department]]
slug = "contact-centre"
name = "Contact centre"

[[queue]]
slug = "triage"
department = "contact-centre"
name = "Triage"
"""
INBOX = """
[[inbox]]
channel = "email"
name = "{name}"
address = "{name}@anytown.example"
queue = "triage"
rate = 0.1
[inbox.config]
smtp_host = "127.0.0.1"
smtp_port = 9
token = "{token}"
"""
_ORIGINALS = (
    "SELECT a.sha256 FROM attachments a JOIN messages m ON m.id = a.message_id JOIN inboxes i ON i.id = m.inbox_id "
    "WHERE a.disposition = 'raw' AND i.name = ?"
)
_KEPT = "SELECT u.raw FROM unreadables u JOIN inboxes i ON i.id = u.inbox_id WHERE u.settled_at IS NULL AND i.name = ?"


@dataclass(frozen=True, slots=True)
class Sent:
    path: Path
    raw: bytes
    took: float  # seconds
    taken: bool  # the hub said that it has it


@pytest.fixture(scope="module")
def mails() -> list[tuple[Path, bytes]]:
    return list(_mails(Path(os.environ["HUB_MATERIAL"])))


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HubProcess]:
    place = Place(folder=tmp_path_factory.mktemp("doors"))
    council = place.folder / "council.toml"
    council.write_text(COUNCIL + "".join(INBOX.format(name=name, token=TOKEN) for name in ("pushed", "relayed")))
    place.command("apply", str(council))
    with started(place, "serve") as process:
        yield process.until_ready()


def test_every_mail_pushed_over_http_is_accounted_for(mails: list[tuple[Path, bytes]], hub: HubProcess) -> None:
    with httpx.Client(base_url=hub.place.url, headers={"Authorization": f"Bearer {TOKEN}"}, timeout=60) as http:

        def push(raw: bytes) -> bool:
            return http.post("/in/email/pushed", content=raw).status_code == 200

        sent = [_timed(path, raw, push) for path, raw in mails]

    _judge(sent, hub, "pushed")


def test_every_mail_relayed_by_smtp_is_accounted_for(mails: list[tuple[Path, bytes]], hub: HubProcess) -> None:
    def relay(raw: bytes) -> bool:
        with smtplib.SMTP("127.0.0.1", hub.place.smtp_port, timeout=60) as smtp:
            return smtp.sendmail("relay@elsewhere.example", "relayed@anytown.example", raw) == {}

    sent = [_timed(path, _as_smtp_carries(raw), relay) for path, raw in mails]

    _judge(sent, hub, "relayed")


def _judge(sent: list[Sent], hub: HubProcess, inbox: str) -> None:
    """The original of each is kept byte by byte, beside its message or in quarantine; of twins one is enough."""
    with closing(sqlite3.connect(hub.place.folder / "hub.db")) as database:
        stored = {row[0] for row in database.execute(_ORIGINALS, (inbox,))}
        kept = {hashlib.sha256(row[0]).hexdigest() for row in database.execute(_KEPT, (inbox,))}
    known = {_identity(each.raw) for each in sent if _sha256(each.raw) in stored | kept}
    lost = [str(each.path) for each in sent if not each.taken or _identity(each.raw) not in known]
    slow = [str(each.path) for each in sent if each.took > SECONDS]
    longest = max(each.took for each in sent)
    print(f"{inbox}: {len(sent)} mails, {len(stored)} in cases, {len(kept)} in quarantine, {longest:.2f} s at most")
    assert (lost, slow) == ([], [])
    assert hub.process.poll() is None
    assert httpx.get(f"{hub.place.url}/health").status_code == 200


def _identity(raw: bytes) -> str:
    """By which the hub knows a mail again."""
    return understand(raw).identity


def _sha256(raw: bytes) -> str:
    return hashlib.sha256(raw).hexdigest()


def _timed(path: Path, raw: bytes, hand_in: Callable[[bytes], bool]) -> Sent:
    begun = time.perf_counter()
    taken = hand_in(raw)
    return Sent(path, raw, time.perf_counter() - begun, taken)


def _as_smtp_carries(raw: bytes) -> bytes:
    """With CRLF, and a line end at the end (RFC 5321 §2.3.8)."""
    lines = raw.replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n")
    return b"\r\n".join(lines).removesuffix(b"\r\n") + b"\r\n"


def _mails(folder: Path) -> Iterator[tuple[Path, bytes]]:
    for path in sorted(folder.rglob("*")):
        if path.suffix in (".eml", ".box") and path.is_file():
            yield path, _SEPARATOR.sub(b"", path.read_bytes())
        elif path.suffix == ".mbox" and path.is_file():
            with closing(mailbox.mbox(path, create=False)) as box:
                yield from ((path, box.get_bytes(key)) for key in box.iterkeys())
