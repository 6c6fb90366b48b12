"""A message to try on the rules: nobody sent it and nothing is stored, but the hub finds out about it what it would."""

from hub.desk import HubDesk
from hub.queries.topics import whole_text
from hub.topics import with_topic
from routing.facts import Facts


async def as_received(desk: HubDesk, facts: Facts) -> Facts:
    """With its language and its topic, unless these are given."""
    if not facts.language:
        facts = facts.changed(language=await desk.languages.of(facts.text))
    if not facts.topic:
        said = await desk.topics.about(whole_text(facts.subject, facts.text))
        facts = with_topic(facts, said) if said is not None else facts
    return facts
