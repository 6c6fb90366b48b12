"""The packaged council file, with its providers where this machine's simulator is."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from importlib.resources import files
from typing import Any, Self

from hub.council_file import CouncilFile, parse
from hub.settings import Settings, split_address

_HERE = re.compile(r"(http://(?:127\.0\.0\.1|localhost)):\d+")


@dataclass(frozen=True, slots=True)
class SimulatorPlace:
    """Where the simulator of these settings is: it shares the hub's port, and takes mail on one of its own."""

    port: int
    smtp_port: int

    @classmethod
    def of(cls, settings: Settings) -> Self:
        return cls(settings.port, split_address(settings.simulator_smtp)[1])

    def config(self, channel: str, config: Mapping[str, Any]) -> dict[str, Any]:
        """An inbox's config with the ports of this place; whatever isn't on this machine stays as it is."""
        moved = dict(config)
        if channel in ("sms", "voice") and str(moved.get("api_url", "")).endswith("/simulator"):
            moved["api_url"] = self._url(moved["api_url"])
        if channel == "email" and moved.get("smtp_host") == "127.0.0.1" and "smtp_port" in moved:
            moved["smtp_port"] = self.smtp_port
        if channel == "webchat" and "origins" in moved:
            moved["origins"] = [self._url(origin) for origin in moved["origins"]]
        return moved

    def _url(self, url: str) -> str:
        return _HERE.sub(rf"\1:{self.port}", url)


def demo_name() -> str:
    """What the demo council is called."""
    name: str = tomllib.loads(_written())["council"]["name"]
    return name


def demo_council(settings: Settings) -> CouncilFile:
    """hub/demo/council.toml, its providers moved to this simulator."""
    file = parse(_written())
    place = SimulatorPlace.of(settings)
    moved = (inbox.model_copy(update={"config": place.config(inbox.channel, inbox.config)}) for inbox in file.inboxes)
    return replace(file, inboxes=tuple(moved))


def _written() -> str:
    return files("hub.demo").joinpath("council.toml").read_text(encoding="utf-8")
