"""Finds the channels: every folder of this package that has an adapter.py."""

import importlib
import pkgutil
from collections.abc import Iterable, Mapping
from typing import Any

import channels
from channels.abilities import HasMenus
from channels.contract import Channel


class RegistryError(Exception):
    """The channels on disk don't make a set."""


def discover() -> dict[str, Channel]:
    """All channels by name. Raises RegistryError for a folder without a `channel`, or for two of one kind."""
    found: dict[str, Channel] = {}
    for module in pkgutil.iter_modules(channels.__path__):
        if not module.ispkg:
            continue
        try:
            adapter = importlib.import_module(f"channels.{module.name}.adapter")
        except ModuleNotFoundError as error:
            if error.name == f"channels.{module.name}.adapter":
                continue  # a folder without an adapter is no channel: the simulator
            raise
        channel = getattr(adapter, "channel", None)
        if not isinstance(channel, Channel):
            raise RegistryError(f"channels/{module.name}/adapter.py offers no `channel`")
        if channel.name in found:
            raise RegistryError(f"two channels are called {channel.name}: one is channels/{module.name}")
        found[channel.name] = channel
    return found


def menu_tags(there_are: Mapping[str, Channel], inboxes: Iterable[tuple[str, Mapping[str, Any]]]) -> frozenset[str]:
    """What citizens may choose in the menus of these inboxes: pairs of a channel's name and a config."""
    tags: set[str] = set()
    for name, config in inboxes:
        channel = there_are.get(name)
        if isinstance(channel, HasMenus):
            tags |= channel.menu_tags(config)
    return frozenset(tags)
