"""A message to try on the rules: nobody sent it and nothing is stored, but the hub finds out about it what it would."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from hub.actions.intake.backgrounds import open_hours
from hub.languages import Languages
from hub.queries.topics import whole_text
from hub.topics import with_topic

if TYPE_CHECKING:
    from hub.desk import HubDesk
    from hub.directory import Directory, InboxEntry
    from routing.facts import Facts
    from routing.rules import RuleSet

_SEEN = "delivered"  # what comes in by a channel comes from where it says, unless it is known better


def as_addressed(directory: Directory, facts: Facts, entry: InboxEntry, rules: RuleSet | None = None) -> Facts:
    """With what the inbox and the moment say, unless it is given: the address written to, how sure it is who writes,
    and the hours of the queues that `rules` (None: those in force) ask about."""
    asking = directory if rules is None else replace(directory, rules=rules)
    return facts.changed(
        inbox=entry.port.name,
        to=facts.to or entry.port.address,
        verification=facts.verification or _SEEN,
        hours=facts.hours or open_hours(asking, facts.at),
    )


async def as_received(desk: HubDesk, facts: Facts, entry: InboxEntry, rules: RuleSet | None = None) -> Facts:
    """The same, and with its language and its topic, unless these are given: the language as the hub would know it if
    `rules` were in force, which may ask about one that nobody has asked about so far."""
    facts = as_addressed(desk.directory, facts, entry, rules)
    if not facts.language:
        facts = facts.changed(language=await _languages(desk, rules).of(facts.text))
    if not facts.topic:
        said = await desk.topics.about(whole_text(facts.subject, facts.text))
        facts = with_topic(facts, said) if said is not None else facts
    return facts


def _languages(desk: HubDesk, rules: RuleSet | None) -> Languages:
    told_apart = desk.directory.told_apart
    asked = told_apart if rules is None else replace(desk.directory, rules=rules).told_apart
    return desk.languages if asked == told_apart else Languages(asked)
