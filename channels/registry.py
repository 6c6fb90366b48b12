"""Finds the channels: every folder of this package that has an adapter.py."""

import importlib
import pkgutil

import channels
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
