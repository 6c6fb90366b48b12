"""A message to try on the rules: nobody sent it and nothing is stored, but the hub finds out about it what it would."""

from dataclasses import replace

from hub.actions._backgrounds import open_hours
from hub.desk import HubDesk
from hub.queries.topics import whole_text
from hub.topics import with_topic
from routing.facts import Facts
from routing.rules import RuleSet


async def as_received(desk: HubDesk, facts: Facts, rules: RuleSet | None = None) -> Facts:
    """With its language and its topic, unless these are given, and the hours of the queues that `rules` (None: those in
    force) ask about."""
    if not facts.language:
        facts = facts.changed(language=await desk.languages.of(facts.text))
    if not facts.topic:
        said = await desk.topics.about(whole_text(facts.subject, facts.text))
        facts = with_topic(facts, said) if said is not None else facts
    directory = desk.directory if rules is None else replace(desk.directory, rules=rules)
    return facts if facts.hours else facts.changed(hours=open_hours(directory, facts.at))
