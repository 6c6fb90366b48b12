"""A provider that others have written: `emulate` speaks Twilio's contract; installed by npm, a process of its own."""

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from string import Template
from typing import Any

import httpx

from tests.acceptance.hub_process import free_port

PACKAGES = ("emulate@0.12.2", "node@22")  # it needs a newer node than many a machine has
SEED = Template("""twilio:
  account: {sid: $account, auth_token: $token}
  phone_numbers:
    - phone_number: "$number"
      sms_url: $hub/in/sms/city
      voice_url: $hub/in/voice/city
      status_callback: $hub/in/voice/city/status
""")


@dataclass(frozen=True)
class Emulator:
    url: str
    account: str
    token: str
    number: str

    def simulate(self, what: str, **form: str) -> dict[str, Any]:
        """Something that happens on a telephone, such as an inbound-message; what the provider made of it."""
        answer = httpx.post(
            f"{self.url}/_twilio/simulate/{what}", data=form, auth=(self.account, self.token), timeout=20
        )
        assert answer.is_success, answer.text
        made: dict[str, Any] = answer.json()
        return made

    def listed(self, what: str) -> list[dict[str, Any]]:
        url = f"{self.url}/2010-04-01/Accounts/{self.account}/{what}.json"
        records: list[dict[str, Any]] = httpx.get(url, auth=(self.account, self.token), timeout=20).json()[what.lower()]
        return records


@contextmanager
def running(folder: Path, hub_url: str, account: str, token: str, number: str) -> Iterator[Emulator]:
    npm = shutil.which("npm")
    assert npm, "the emulator is installed by npm, which isn't here"
    subprocess.run(
        [npm, "install", "--prefix", str(folder), "--no-audit", "--no-fund", *PACKAGES],
        check=True, capture_output=True, timeout=300,
    )  # fmt: skip
    seed = folder / "seed.yaml"
    seed.write_text(SEED.substitute(hub=hub_url, account=account, token=token, number=number), encoding="utf-8")
    port, modules = free_port(), folder / "node_modules"
    command = [
        str(modules / ".bin/node"), str(modules / "emulate/dist/index.js"), "start", "--service", "twilio",
        "--port", str(port), "--seed", str(seed),
    ]  # fmt: skip
    with (folder / "emulator.log").open("wb") as said:
        process = subprocess.Popen(command, cwd=folder, stdout=said, stderr=said, env=dict(os.environ))
    try:
        emulator = Emulator(f"http://127.0.0.1:{port}", account, token, number)
        _until_ready(emulator, process, folder)
        yield emulator
    finally:
        process.terminate()
        process.wait(15)


def _until_ready(emulator: Emulator, process: "subprocess.Popen[bytes]", folder: Path) -> None:
    deadline = time.monotonic() + 30
    while True:
        try:
            emulator.listed("Calls")
        except (httpx.TransportError, KeyError, ValueError):
            assert process.poll() is None and time.monotonic() < deadline, (folder / "emulator.log").read_text()  # noqa: PT018
            time.sleep(0.1)
        else:
            return
