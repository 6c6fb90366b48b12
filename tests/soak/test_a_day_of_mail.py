"""Must show 6 of the mail issue: a day's mail through a real Postfix and a real Dovecot, each restarted on the way.

Half of it comes from a mailbox by IMAP over STARTTLS, the rest is relayed by SMTP and by LMTP; acknowledgements go
out through the same Postfix. The hub itself is killed once, too. Every mail is stored once, in a case of its own.
"""

import imaplib
import re
import shutil
import smtplib
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from email import message_from_bytes
from email.message import EmailMessage, Message
from email.policy import default
from pathlib import Path
from string import Template
from typing import Any

import pytest
from sqlalchemy import text as sql
from sqlmodel import Session

from hub.actions.council.apply_council import apply_council
from hub.actions.council.people import create_token
from hub.council_file import parse
from hub.db import migrate
from hub.db.engine import reader_engine, writer_engine
from hub.settings import Settings
from tests.acceptance.hub_process import HubProcess, Place, free_port
from tests.acceptance.town import Town, eventually
from tests.soak.mail_servers import PASSWORD, Dovecot, Postfix, require_mail_servers, running

MAILS = 2_000
SENDERS_AT_ONCE = 8
SECONDS = 20 * 60.0  # only a bound for all of it; on two idle cores it takes less than a minute
CITIZENS = "citizens@citizen.example"
INBOXES = ("help", "help", "waste", "roads")  # help: by IMAP; waste: by SMTP; roads: by LMTP

pytestmark = pytest.mark.soak


@pytest.fixture
def folder() -> Iterator[Path]:
    """Where the mail servers' own users may look, unlike pytest's folders."""
    require_mail_servers()
    made = Path(tempfile.mkdtemp(prefix="hub-soak-"))
    made.chmod(0o755)
    yield made
    shutil.rmtree(made)


def test_a_day_of_mail_with_restarts_loses_and_doubles_nothing(folder: Path) -> None:
    day = Day(folder)
    with running(day.dovecot), running(day.postfix), day.hub_at_work():
        with ThreadPoolExecutor(SENDERS_AT_ONCE) as citizens:
            sending = [citizens.submit(day.send, number) for number in range(MAILS)]
            try:
                for part, restart in ((0.3, day.restart_dovecot), (0.5, day.restart_postfix), (0.7, day.kill_hub)):
                    eventually(lambda part=part: sum(each.done() for each in sending) >= part * MAILS, day.left)  # type: ignore[misc]
                    restart()
                for each in sending:
                    each.result(day.left)
            finally:
                citizens.shutdown(wait=False, cancel_futures=True)
        eventually(lambda: day.count("messages WHERE direction = 'in'") >= MAILS, day.left)
        eventually(lambda: day.postfix.queued() == 0, day.left)
        eventually(lambda: not day.count("messages WHERE status IN ('queued', 'sending')"), day.left)

        stored = Counter(day.column("SELECT subject FROM messages WHERE direction = 'in'"))
        assert stored == Counter(f"No {number}" for number in range(MAILS))
        assert len(set(day.column("SELECT case_id FROM messages WHERE direction = 'in'"))) == MAILS
        assert day.column("SELECT why FROM unreadables") == []
        sign_ins = day.dovecot.sign_ins("help@anytown.example")
        assert sign_ins
        assert [line for line in sign_ins if ", TLS" not in line] == []

        eventually(lambda: day.postfix.queued() == 0, day.left)
        arrived = day.acknowledged()
        doubtful = set(day.column("SELECT recipient FROM messages WHERE direction = 'out' AND status = 'unknown'"))
        assert [citizen for citizen, times in arrived.items() if times > 1] == []
        missing = {f"mailto:jane{number}@citizen.example" for number in range(MAILS)} - set(arrived)
        assert missing <= doubtful, "an acknowledgement is missing, and the hub doesn't say so"

        day.converse()


class Day:
    """The servers, the hub, and the citizens."""

    def __init__(self, folder: Path) -> None:
        self.dovecot, lmtp_port = Dovecot(_sub(folder, "dovecot")), free_port()
        authority = folder / "authority.pem"
        self.dovecot.certificate.authority.cert_pem.write_to_path(str(authority))
        more = {
            "HUB_LMTP_LISTEN": f"127.0.0.1:{lmtp_port}",
            "MAILBOX_PASSWORD": PASSWORD,
            "SSL_CERT_FILE": str(authority),
        }
        self.place = Place(folder=_sub(folder, "hub"), more=more)
        transport = (
            f"help@anytown.example lmtp:inet:127.0.0.1:{self.dovecot.lmtp_port}\n"
            f"waste@anytown.example smtp:[127.0.0.1]:{self.place.smtp_port}\n"
            f"roads@anytown.example lmtp:inet:127.0.0.1:{lmtp_port}\n"
            f"{CITIZENS} lmtp:inet:127.0.0.1:{self.dovecot.lmtp_port}\n"
        )
        self.postfix = Postfix(_sub(folder, "postfix"), transport, rf"/@citizen\.example$/ {CITIZENS}" + "\n")
        self._engine = writer_engine(_url(self.place))
        self._ends = time.monotonic() + SECONDS
        self._hub: HubProcess | None = None
        self.town = self._settled()

    def _settled(self) -> Town:
        written = Template((Path(__file__).parent / "council.toml").read_text(encoding="utf-8"))
        migrate.upgrade_if_empty(_url(self.place))
        with Session(self._engine) as session:
            apply_council(session, parse(written.substitute(smtp=self.postfix.port, imap=self.dovecot.imap_port)))
            token = create_token(session, "robin@anytown.example")
            session.commit()
        self._engine.dispose()
        self._engine = reader_engine(_url(self.place))
        return Town(self.place, token)

    @contextmanager
    def hub_at_work(self) -> Iterator[None]:
        self._hub = self.place.start("serve")
        try:
            self._hub.until_ready()
            yield
        finally:
            self._hub.end()
            self._engine.dispose()

    @property
    def left(self) -> float:
        """Seconds."""
        return max(self._ends - time.monotonic(), 0.0)

    # --- what goes wrong on that day ---------------------------------------------------------------------------

    def restart_dovecot(self) -> None:
        self.dovecot.stop()
        self.dovecot.start()

    def restart_postfix(self) -> None:
        self.postfix.stop()
        self.postfix.start()

    def kill_hub(self) -> None:
        assert self._hub is not None
        self._hub.kill()
        self._hub = self.place.start("serve")
        self._hub.until_ready()

    # --- the citizens ------------------------------------------------------------------------------------------

    def send(self, number: int) -> None:
        """As a mail server does: the same mail again and again until Postfix has said that it has it."""
        mail = EmailMessage()
        mail["From"], mail["Subject"] = f"Jane <jane{number}@citizen.example>", f"No {number}"
        mail["To"] = f"{INBOXES[number % len(INBOXES)]}@anytown.example"
        mail["Message-ID"] = f"<{number}@citizen.example>"
        mail.set_content(f"Hello, this is number {number}.")
        self._handed_over(mail)

    def _handed_over(self, mail: EmailMessage) -> None:
        while self.left:
            try:
                with smtplib.SMTP("127.0.0.1", self.postfix.port, timeout=30) as smtp:
                    smtp.send_message(mail)
                return
            except (OSError, smtplib.SMTPException):
                time.sleep(0.2)
        raise AssertionError("Postfix hasn't taken all mails in time")

    def acknowledged(self) -> Counter[str]:
        """How many mails each citizen has got."""
        box = imaplib.IMAP4("127.0.0.1", self.dovecot.imap_port, timeout=60)
        box.login(CITIZENS, PASSWORD)
        box.select(readonly=True)
        _, fetched = box.fetch("1:*", "(BODY.PEEK[HEADER.FIELDS (TO)])")
        box.logout()
        found = [re.search(rb"[^\s<]+@citizen\.example", part[1]) for part in fetched if isinstance(part, tuple)]
        return Counter(f"mailto:{each[0].decode()}" for each in found if each)

    def converse(self) -> None:
        """A caseworker answers a mail from the mailbox; the citizen answers that, and is heard while the hub idles."""
        [case] = self.town.cases_of("jane0@citizen.example")
        self.town.reply(case["reference"], "We look into it.")
        answer = eventually(lambda: self._latest("We look into it."), 60.0)
        assert answer is not None
        assert "help+" in str(answer["Reply-To"])
        words = EmailMessage()
        words["From"], words["To"], words["Subject"] = "jane0@citizen.example", answer["Reply-To"], "Re: No 0"
        words["Message-ID"], words["In-Reply-To"] = "<again@citizen.example>", answer["Message-ID"]
        words.set_content("Thank you kindly.")
        self._handed_over(words)
        eventually(lambda: "Thank you kindly." in str(self.town.case(case["reference"])["messages"]), 60.0)

    def _latest(self, text: str) -> Message | None:
        box = imaplib.IMAP4("127.0.0.1", self.dovecot.imap_port, timeout=60)
        box.login(CITIZENS, PASSWORD)
        box.select(readonly=True)
        _, [found] = box.search(None, "BODY", f'"{text}"')
        mail = None
        if found:
            _, [part, *_] = box.fetch(found.split()[-1].decode(), "(BODY.PEEK[])")
            mail = message_from_bytes(part[1], policy=default) if isinstance(part, tuple) else None
        box.logout()
        return mail

    # --- what the hub has --------------------------------------------------------------------------------------

    def count(self, what: str) -> int:
        return int(self.column(f"SELECT count(*) FROM {what}")[0])

    def column(self, statement: str) -> list[Any]:
        with self._engine.connect() as connection:
            return list(connection.execute(sql(statement)).scalars())


def _url(place: Place) -> str:
    return Settings(data_dir=place.folder, database_url=place.database_url).url


def _sub(folder: Path, name: str) -> Path:
    made = folder / name
    made.mkdir()
    return made
