"""hub route: where a message would go by the rules in force, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from hub.commands import database, streams

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from hub.directory import Directory, InboxEntry
    from hub.languages import Languages
    from hub.settings import Settings
    from routing.topics.classifier import Said

    Judge = Callable[[str], Said]


def register(app: typer.Typer) -> None:
    app.command()(route)


def route(
    channel: Annotated[str | None, typer.Option(help="sms, voice, email or webchat.")] = None,
    text: Annotated[str | None, typer.Option(help="What the citizen said.")] = None,
    subject: Annotated[str, typer.Option(help="Of a mail.")] = "",
    sender: Annotated[str, typer.Option("--from", help="A number or an e-mail address.")] = "",
    inbox: Annotated[str, typer.Option(help="NAME or CHANNEL/NAME. Default: the channel's first.")] = "",
    at: Annotated[str | None, typer.Option(help="When, in ISO 8601; local time unless it has a zone.")] = None,
    batch: Annotated[bool, typer.Option("--batch", help="Read such facts from stdin, a JSON object a line.")] = False,
) -> None:
    """The decision on a message as JSON: queue, rule, and every rule tried with what it compared."""
    from hub.errors import Invalid
    from hub.languages import Languages
    from hub.queries.directory import load_directory

    if not batch and (channel is None or text is None):
        raise typer.BadParameter("give --channel and --text, or --batch")
    settings = database.opened()
    directory = database.read(settings, load_directory, settings.base_url)
    judge, languages = _judge(settings), Languages(directory.told_apart)
    if batch:
        streams.answer_lines(lambda line: _decision(directory, judge, languages, line))
        return
    facts = {"channel": channel, "text": text, "subject": subject, "from": sender, "inbox": inbox, "at": at}
    try:
        streams.print_json(_decision(directory, judge, languages, facts))
    except ValueError as error:
        raise Invalid(f"The message can't be routed: {error}.") from None


def _decision(directory: Directory, judge: Judge | None, languages: Languages, line: Any) -> dict[str, Any]:
    """Raises ValueError naming the key that is wrong."""
    import asyncio
    from datetime import UTC, datetime

    from hub.queries.topics import whole_text
    from hub.replay.trying import as_addressed
    from hub.topics import with_topic
    from routing.engine import explain
    from routing.facts import Facts

    if not isinstance(line, dict):
        raise ValueError("the line isn't a JSON object")
    facts = Facts.from_line(line, directory.local(datetime.now(UTC)))
    entry = _inbox(directory, facts.channel, facts.inbox)
    facts = as_addressed(directory, facts, entry)
    if not facts.language and not facts.automatic:
        facts = facts.changed(language=asyncio.run(languages.of(facts.text)))
    if judge is not None and not facts.topic and not facts.supposed:
        facts = with_topic(facts, judge(whole_text(facts.subject, facts.text)))
    otherwise = directory.queue_of_nobody(facts, entry)
    return explain(facts, directory.rules, otherwise, directory.names).to_json()


def _judge(settings: Settings) -> Judge | None:
    """What says the topics, when a version is in use."""
    from hub.queries.topics import model_content, model_in_use
    from hub.topics import said
    from routing.topics.classifier import Said, Unloadable, load

    version = database.read(settings, model_in_use)
    content = database.read(settings, model_content, version) if version else None
    if version is None or content is None:
        return None
    try:
        classifier = load(content)
    except Unloadable as error:
        why = str(error)
        return lambda text: Said(by=why)
    return lambda text: said(classifier, classifier.guesses([text])[0], version)


def _inbox(directory: Directory, channel: str, written: str) -> InboxEntry:
    named, slash, name = written.rpartition("/")
    if slash and named != channel:
        raise ValueError(f'inbox: "{written}" isn\'t an inbox of the channel {channel}')
    found = _first(directory.inbox_by_name, channel, name)
    if found is None:
        missing = f'inbox: there is no inbox "{channel}/{name}"'
        raise ValueError(missing if name else f'channel: there is no inbox of "{channel}"')
    return found


def _first(inboxes: Mapping[tuple[str, str], InboxEntry], channel: str, name: str) -> InboxEntry | None:
    if name:
        return inboxes.get((channel, name))
    offered = (entry for entry in inboxes.values() if entry.channel == channel)
    return min(offered, key=lambda entry: entry.id, default=None)
