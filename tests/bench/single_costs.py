"""What one text costs in the parts that can be measured alone: routing and the signature check."""

import time
import tomllib
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from channels.twilio_webhook import fields_of, is_signed
from routing.engine import decide
from routing.facts import Facts
from routing.rules import BESIDE, RuleSet
from tests.bench.texts import AUTH_TOKEN, Citizens

DEMO = Path(__file__).parents[2] / "hub" / "demo" / "council.toml"
HUB_URL = "https://hub.anytown.example"


def deciding(rules: int) -> float:
    """Microseconds for one decision over so many rules, mean over a hundred texts; facts are made anew each time."""
    rule_set = _rule_set(rules)
    at = datetime(2026, 3, 2, 9, 30, tzinfo=ZoneInfo("Europe/London"))
    bodies = [text.body for text in Citizens(HUB_URL).texts(100)]

    def decide_all() -> None:
        for body in bodies:
            decide(Facts(channel="sms", inbox="main", text=body, sender="+447700900123", at=at), rule_set, "triage")

    return _microseconds(decide_all) / len(bodies)


def checking_a_signature() -> float:
    """Microseconds to parse one posted form and check its signature."""
    text = next(Citizens(HUB_URL).texts(1))
    head, _, body = text.request.partition(b"\r\n\r\n")
    signature = next(line.split(b": ")[1] for line in head.split(b"\r\n") if line.startswith(b"X-Twilio")).decode()
    urls = [f"{HUB_URL}/in/sms/main"]

    def check() -> None:
        assert is_signed(urls, fields_of(body), signature, AUTH_TOKEN)

    return _microseconds(check)


def _rule_set(wanted: int) -> RuleSet:
    """The demo council's dangers and rules; the rules again under other names and with other words, until there are
    enough."""
    council = tomllib.loads(DEMO.read_text(encoding="utf-8"))
    rules: list[Mapping[str, Any]] = []
    while len(rules) < wanted:
        again = len(rules) // len(council["rule"])
        rules += [_varied(rule, again) for rule in council["rule"]]
    beside = {name: council[name] for name in BESIDE if name in council}
    return RuleSet.parse(rules[:wanted], {queue["slug"] for queue in council["queue"]}, 1, beside=beside)


def _varied(rule: Mapping[str, Any], again: int) -> Mapping[str, Any]:
    if not again:
        return rule
    words = {"text_contains": [f"{rule['name'].lower()} {again}", f"word {again}"]}
    return {**rule, "name": f"{rule['name']} {again}", "when": words}


def _microseconds(call: Callable[[], None], seconds: float = 0.3) -> float:
    calls = 0
    started = time.perf_counter()
    while time.perf_counter() - started < seconds:
        call()
        calls += 1
    return (time.perf_counter() - started) / calls * 1e6
