"""The companies that carry texts, one file each: whatever file here offers a `provider` is found by scanning."""

import importlib
import pkgutil
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any, Protocol

import httpx
from starlette.requests import Request
from starlette.responses import Response

from channels.contract import Desk, Event, File, FileLimits, Inbox, NotConfigured, OutboundMessage, SendResult


class Provider(Protocol):
    """What a company must do to carry an inbox's texts. Errors are those of channels/contract.py."""

    @property
    def name(self) -> str:
        """As `provider` in the council file."""
        ...

    @property
    def longest(self) -> int:
        """How many characters one text may have."""
        ...

    @property
    def secrets(self) -> Collection[str]:
        """Those of its own keys whose values `hub export` must not tell."""
        ...

    def check(self, config: Mapping[str, Any], also: Collection[str]) -> Sequence[str]:
        """What is wrong with its own keys, a sentence each. also: keys that every text inbox may have."""
        ...

    def file_limits(self, inbox: Inbox) -> FileLimits | None:
        """Which files an answer may carry; None: none."""
        ...

    async def text(self, request: Request, inbox: Inbox, desk: Desk) -> Response:
        """A webhook that brings a text. Raises Refused when it isn't authentic."""
        ...

    async def report(self, request: Request, inbox: Inbox, desk: Desk) -> Response:
        """A webhook that says what became of a text of ours. Raises Refused when it isn't authentic."""
        ...

    async def send(self, message: OutboundMessage, inbox: Inbox, http: httpx.AsyncClient) -> SendResult: ...

    async def find(self, message: OutboundMessage, inbox: Inbox, http: httpx.AsyncClient) -> SendResult | None: ...

    async def missed(self, since: datetime, inbox: Inbox, http: httpx.AsyncClient) -> Sequence[Event]: ...

    async def fetch(self, ref: str, inbox: Inbox, http: httpx.AsyncClient) -> File: ...


@cache
def providers() -> dict[str, Provider]:
    """All of this folder, by name."""
    modules = (importlib.import_module(f"{__name__}.{found.name}") for found in pkgutil.iter_modules(__path__))
    offered: list[Provider] = [module.provider for module in modules]
    return {provider.name: provider for provider in offered}


def provider_of(inbox: Inbox) -> Provider:
    """Raises NotConfigured."""
    name = inbox.setting("provider", "twilio")
    provider = providers().get(name)
    if provider is None:
        raise NotConfigured(f"inbox {inbox.channel}/{inbox.name}: there is no text provider {name}")
    return provider
