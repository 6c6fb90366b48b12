"""What docs/channels/email.md gives for Postfix does in a real one what the page says."""

import asyncio
import re
import shutil
import smtplib
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from channels.contract import InboundMessage
from channels.waiting import MailDoors
from tests.channels.email.mail_server import RAW, desk_of, listening
from tests.soak.mail_servers import Postfix, require_mail_servers
from tests.support import documentation

PAGE = documentation.page("channels/email.md")
HUB, ELSEWHERE = "127.0.0.1", "127.0.0.9"  # in mynetworks, and not
THE_REST = f"""
mynetworks = {HUB}/32
smtpd_relay_restrictions = permit_mynetworks, defer_unauth_destination
address_verify_poll_delay = 1s
"""
# Postfix has users of the same domain
SHARED = """
mydestination = anytown.example
local_recipient_maps = hash:/etc/postfix/users
local_transport = error:5.1.1 unknown user
relay_domains =
"""

pytestmark = pytest.mark.soak


@pytest.fixture
def folder() -> Iterator[Path]:
    """Where Postfix's own users may look, unlike pytest's folders."""
    require_mail_servers()
    made = Path(tempfile.mkdtemp(prefix="hub-soak-"))
    made.chmod(0o755)
    yield made
    shutil.rmtree(made)


def documented(table: str) -> tuple[str, str]:
    """The lines of main.cf and those of the table, from the block that gives both."""
    block = rf"^# /etc/postfix/main.cf\n([^`]*?)\n# /etc/postfix/{table}[^\n]*\n(.*?)^```"
    [(settings, lines)] = re.findall(block, PAGE, re.DOTALL | re.MULTILINE)
    return settings, lines


@pytest.mark.parametrize("domain", ["the hub's alone", "shared"])
async def test_it_refuses_what_the_hub_refuses_delivers_the_rest_and_relays_answers(folder: Path, domain: str) -> None:
    settings, table = documented("transport")
    if domain == "shared":
        settings = SHARED + re.sub("^relay_domains.*\n", "", settings, flags=re.MULTILINE)
        known, names = documented("virtual")
        settings += known
        (folder / "virtual").write_text(names, encoding="utf-8")
        (folder / "users").write_text("robin x\n", encoding="utf-8")
    desk = desk_of(mail_doors=MailDoors(lmtp=("127.0.0.1", 0)))
    async with listening(desk) as port, asyncio.timeout(60):
        postfix = Postfix(
            folder,
            transport=table.replace("hub.internal:2424", f"127.0.0.1:{port}"),
            more=THE_REST + settings.replace("hash:/etc/postfix", f"texthash:{folder}"),
        )
        try:
            await asyncio.to_thread(postfix.start)
            answers = await asyncio.to_thread(_answers, postfix.port)
            while postfix.queued():
                await asyncio.sleep(0.1)
        finally:
            await asyncio.to_thread(postfix.stop)

    assert "warning" not in (folder / "start.log").read_text(encoding="utf-8"), "it may hang for warnings at its start"
    assert [answer[:9] for answer in answers] == ["250", "250", "550 5.1.1", "550 5.1.1", "454 4.7.1", "250 2.1.5"]
    events = [each for each in desk.events if isinstance(each, InboundMessage)]
    assert sorted((each.inbox, each.reply_token) for each in events) == [("help", None), ("waste", "good")]


def _answers(port: int) -> list[str]:
    known = ("help@anytown.example", "waste+good@anytown.example")
    unknown = ("waste+forged@anytown.example", "nobody@anytown.example", "jane@citizen.example")
    return [*(_answer(port, to) for to in (*known, *unknown)), _answer_to_the_hub(port, "jane@citizen.example")]


def _answer(port: int, to: str) -> str:
    """To somebody elsewhere who sends a mail."""
    with smtplib.SMTP("127.0.0.1", port, timeout=20, source_address=(ELSEWHERE, 0)) as smtp:
        try:
            smtp.sendmail("jane@citizen.example", [to], RAW)
        except smtplib.SMTPRecipientsRefused as refused:
            return _as_line(*refused.recipients[to])
        return "250"


def _answer_to_the_hub(port: int, to: str) -> str:
    """Whether it may write to that address."""
    with smtplib.SMTP("127.0.0.1", port, timeout=20, source_address=(HUB, 0)) as smtp:
        smtp.ehlo()
        smtp.mail("help@anytown.example")
        return _as_line(*smtp.rcpt(to))


def _as_line(code: int, text: bytes) -> str:
    return f"{code} {text.decode()}"
