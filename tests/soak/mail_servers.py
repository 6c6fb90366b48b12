"""A real Postfix and a real Dovecot of the test's own: processes with configuration in a folder, on free ports.

They need root, since both start as root and give it up. Nothing of the system's own mail is read or changed.
"""

import contextlib
import os
import pwd
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from string import Template

import pytest

from tests.acceptance.hub_process import free_port
from tests.channels.email.certificates import Certificate, made_for

PASSWORD = "geheim"
SECONDS = 60.0  # only a bound

_HERE = Path(__file__).parent


def require_mail_servers() -> None:
    """Fails saying what is missing."""
    missing = [name for name in ("postfix", "dovecot") if shutil.which(name, path=_search_path()) is None]
    if missing:
        pytest.fail(
            f"There is no {' and no '.join(missing)} here: apt-get install postfix dovecot-imapd dovecot-lmtpd",
            pytrace=False,
        )
    if os.geteuid() != 0:
        pytest.fail("Postfix and Dovecot start as root only: run this test as root.", pytrace=False)


def _search_path() -> str:
    return f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin"


@dataclass
class Dovecot:
    """Takes mail by LMTP for any address, and shows each in a mailbox of its own by IMAP, which offers STARTTLS."""

    folder: Path
    imap_port: int = field(default_factory=free_port)
    lmtp_port: int = field(default_factory=free_port)
    process: "subprocess.Popen[bytes] | None" = None

    @cached_property
    def certificate(self) -> Certificate:
        return made_for(self.folder, "127.0.0.1")

    def sign_ins(self, user: str) -> list[str]:
        """What its log says of each: "TLS" stands in those that were encrypted."""
        lines = (self.folder / "dovecot.log").read_text(encoding="utf-8").splitlines()
        return [line for line in lines if "imap-login: Info: Login:" in line and f"user=<{user}>" in line]

    def start(self) -> None:
        owner = pwd.getpwnam("nobody")
        mail = self.folder / "mail"
        mail.mkdir(exist_ok=True)
        os.chown(mail, owner.pw_uid, owner.pw_gid)
        config = self.folder / "dovecot.conf"
        values = {"folder": self.folder, "imap": self.imap_port, "lmtp": self.lmtp_port, "password": PASSWORD}
        who = {"uid": owner.pw_uid, "gid": owner.pw_gid}
        proofs = {"chain": self.certificate.chain, "key": self.certificate.key}
        template = Template((_HERE / "dovecot.conf").read_text(encoding="utf-8"))
        config.write_text(template.substitute(values, **who, **proofs), encoding="utf-8")
        self.process = subprocess.Popen(["dovecot", "-F", "-c", str(config)], env=_environment())
        _until_listening(self.imap_port)
        _until_listening(self.lmtp_port)

    def stop(self) -> None:
        _end(self.process)
        self.process = None


@dataclass
class Postfix:
    """Relays by a table of "address transport" lines; `aliases` by lines of "/pattern/ address"; `more` of main.cf."""

    folder: Path
    transport: str
    aliases: str = ""
    more: str = ""
    port: int = field(default_factory=free_port)
    process: "subprocess.Popen[bytes] | None" = None

    def start(self) -> None:
        self.folder.mkdir(exist_ok=True)
        (self.folder / "transport").write_text(self.transport, encoding="utf-8")
        (self.folder / "aliases").write_text(self.aliases, encoding="utf-8")
        data = self.folder / "data"
        (self.folder / "queue").mkdir(exist_ok=True)
        data.mkdir(exist_ok=True)
        shutil.chown(data, "postfix")
        for name in ("main.cf", "master.cf"):
            template = Template((_HERE / f"postfix_{name}").read_text(encoding="utf-8"))
            written = template.substitute(folder=self.folder, port=self.port)
            more = self.more if name == "main.cf" else ""
            (self.folder / name).write_text(_each_once(written, more), encoding="utf-8")
        command = ["postfix", "-c", str(self.folder), "start-fg"]
        with (self.folder / "start.log").open("ab") as said:
            self.process = subprocess.Popen(command, env=_environment(), stdout=said, stderr=said)
        _until_listening(self.port)

    def stop(self) -> None:
        """Not by `postfix stop`: that hangs together with a Postfix that hangs."""
        noted = self.folder / "queue" / "pid" / "master.pid"
        master = int(noted.read_text(encoding="ascii") or 0) if noted.exists() else 0
        _end(self.process, by=master)
        if master:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(master, signal.SIGKILL)  # a session of its own, which outlives the command that began it
        noted.unlink(missing_ok=True)
        self.process = None

    def queued(self) -> int:
        """How many mails it still holds."""
        held = [self.folder / "queue" / name for name in ("maildrop", "incoming", "active", "deferred")]
        return sum(each.is_file() for folder in held for each in folder.rglob("*"))


@contextmanager
def running(server: Dovecot | Postfix) -> Iterator[None]:
    try:
        server.start()
        yield
    finally:
        server.stop()


def _environment() -> dict[str, str]:
    return {**os.environ, "PATH": _search_path()}


def _end(process: "subprocess.Popen[bytes] | None", by: int = 0) -> None:
    """Asks it to end, or the process `by` that it waits for."""
    if process is None:
        return
    if process.poll() is None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(by or process.pid, signal.SIGTERM)
    try:
        process.wait(SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _each_once(main: str, more: str) -> str:
    """The lines of `more` in the place of those of the same names. Of a name given twice each of Postfix's processes
    warns as it starts; a dozen such lines fill the way to the log before postlogd reads from it, which warns there,
    too, and then all of them wait for ever."""
    renewed = set(re.findall(r"^(\w+) *=", more, re.MULTILINE))
    kept = [line for line in main.splitlines() if line.partition("=")[0].strip() not in renewed]
    return "\n".join([*kept, more])


def _until_listening(port: int) -> None:
    """By the kernel's table: a connection made only to look would be one that the server has to talk to."""
    wanted = f":{port:04X} 00000000:0000 0A "  # local port, no other end, listening
    deadline = time.monotonic() + SECONDS
    while wanted not in Path("/proc/net/tcp").read_text(encoding="ascii"):
        if time.monotonic() > deadline:
            raise RuntimeError(f"nothing listens on port {port}")
        time.sleep(0.05)
