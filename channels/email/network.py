"""Hosts and ports as an inbox's config writes them."""

import ipaddress
from typing import Any


def is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.lower() == "localhost" or host.lower().endswith(".localhost")


def is_port(value: Any) -> bool:
    if isinstance(value, bool) or not (isinstance(value, int) or (isinstance(value, str) and value.isdecimal())):
        return False
    return 1 <= int(value) <= 65535


def is_from_environment(value: Any) -> bool:
    """`env:NAME`: nobody can check it before it is used."""
    return isinstance(value, str) and value.startswith("env:")
