"""Real `hub` processes: the installed command with settings of its own, on free ports, ended by their process id."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx

HUB = Path(sys.executable).with_name("hub")
SECONDS_TO_START = 180.0  # only a bound: a busy machine with cold files takes its time
SECONDS_TO_STOP = 15.0

# made once, since a client reads all certificates first; hubs come and go, so no connection is kept
http = httpx.Client(timeout=15, limits=httpx.Limits(max_keepalive_connections=0))


def free_port() -> int:
    """A port of this machine that nobody listens on at the moment."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        port: int = bound.getsockname()[1]
        return port


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where a hub lives, whichever processes serve it: a data folder, a database, ports, and its settings."""

    folder: Path
    port: int = field(default_factory=free_port)
    smtp_port: int = field(default_factory=free_port)
    database_url: str = ""  # "" = SQLite in the folder
    more: Mapping[str, str] = field(default_factory=dict)  # further HUB_ settings

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def log(self) -> Path:
        """What its processes have said on stderr, one after the other."""
        return self.folder / "stderr.log"

    def environment(self) -> dict[str, str]:
        """This process's own, without any HUB_ setting that isn't the place's."""
        own = {name: value for name, value in os.environ.items() if not name.startswith("HUB_")}
        settings = {
            "HUB_DATA_DIR": str(self.folder),
            "HUB_DATABASE_URL": self.database_url,
            "HUB_PORT": str(self.port),
            "HUB_SMTP_LISTEN": f"127.0.0.1:{self.smtp_port}",
            "HUB_SECRET_KEY": "a secret of these tests alone",
            "HUB_LOG_LEVEL": "warning",
        }
        return own | settings | dict(self.more)

    def command(self, *arguments: str, stdin: str = "") -> str:
        """What a short command prints on stdout. Raises RuntimeError with its words on stderr when it fails."""
        done = self.attempt(*arguments, stdin=stdin)
        if done.returncode:
            raise RuntimeError(f"hub {arguments[0]} failed: {done.stderr}")
        return done.stdout

    def attempt(self, *arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(HUB), *arguments],
            env=self.environment(),
            cwd=self.folder,
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
            timeout=SECONDS_TO_START,
        )

    def start(self, *arguments: str) -> "HubProcess":
        """A process that stays. `arguments`: ("serve",), ("web",), ("worker",) …"""
        with self.log.open("ab") as said:
            process = subprocess.Popen(
                [str(HUB), *arguments], env=self.environment(), cwd=self.folder, stdin=subprocess.DEVNULL, stderr=said
            )
        return HubProcess(self, process)


@dataclass(frozen=True)
class HubProcess:
    place: Place
    process: "subprocess.Popen[bytes]"

    def until_ready(self) -> "HubProcess":
        """Returns once /health answers 200. Raises RuntimeError with what it said when it ends instead."""
        deadline = time.monotonic() + SECONDS_TO_START
        while not _is_healthy(self.place.url):
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"the hub did not start: {self.place.log.read_text()}")
            time.sleep(0.05)
        return self

    def kill(self) -> None:
        """kill -9: no handler runs, nothing is finished."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(SECONDS_TO_STOP)

    def stop(self) -> int:
        """SIGTERM; the exit code. Raises TimeoutExpired when it doesn't end in SECONDS_TO_STOP."""
        self.process.terminate()
        return self.process.wait(SECONDS_TO_STOP)

    def end(self) -> None:
        """Whatever state it is in."""
        if self.process.poll() is not None:
            return
        try:
            self.stop()
        except subprocess.TimeoutExpired:
            self.kill()


def _is_healthy(url: str) -> bool:
    try:
        return http.get(f"{url}/health", timeout=5).status_code == 200
    except httpx.TransportError:
        return False


@contextmanager
def started(place: Place, *arguments: str) -> Iterator[HubProcess]:
    """A process that is gone when the block ends; it may not be ready yet."""
    process = place.start(*arguments)
    try:
        yield process
    finally:
        process.end()
