"""hub learn: topics, from the cases that people have handled."""

from __future__ import annotations

from itertools import dropwhile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hub.commands import database, streams

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hub.queries.topics import ModelView
    from hub.settings import Settings
    from routing.topics.classifier import Labelled, Trained
    from routing.topics.measures import Measures

MUCH_WORSE = 0.01  # of the accuracy: what is learned carefully isn't put into use when it lost more


def register(app: typer.Typer) -> None:
    app.command()(learn)


def learn(
    source: Annotated[
        Path | None,
        typer.Option("--from", metavar="FILE", help='Learn also from JSON lines {"text": …, "topic": …}.'),
    ] = None,
    use: Annotated[int | None, typer.Option(metavar="VERSION", help="Go back, or forward, to this version.")] = None,
    off: Annotated[bool, typer.Option("--off", help="Route by rules alone; what was learned is kept.")] = False,
    listed: Annotated[bool, typer.Option("--list", help="The versions that there are.")] = False,
    careful: Annotated[bool, typer.Option("--careful", help="Don't use what is worse than versions before.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the measures as JSON.")] = False,
) -> None:
    """Learns what messages are about from handled cases, says how good it is at it, and puts it into use."""
    from hub.actions.council.topics import use_model
    from hub.queries.topics import models

    if sum((source is not None, use is not None, off, listed)) > 1:
        raise typer.BadParameter("give one of --from, --use, --off and --list")
    settings = database.opened()
    if use is not None or off:
        database.write(settings, use_model, use)
        typer.echo(f"Version {use} is in use." if use is not None else "No topics are in use.", err=True)
    elif listed:
        _list(database.read(settings, models), as_json=as_json)
    else:
        _learn(settings, source, careful=careful, as_json=as_json)


def _learn(settings: Settings, source: Path | None, *, careful: bool, as_json: bool) -> None:
    from hub.actions.council.topics import keep_model, replace_examples
    from hub.queries.topics import labelled_messages, models, queue_slugs

    if source is not None:
        database.write(settings, replace_examples, list(_examples(source)))
    trained = _with_queues(_trained(database.read(settings, labelled_messages)), database.read(settings, queue_slugs))
    better = _better(trained.measures, database.read(settings, models)) if careful else None
    content, measures = trained.classifier.dump(), {**trained.measures.to_json(), "careful": careful}
    version = database.write(settings, keep_model, content, measures, use=better is None)
    if as_json:
        streams.print_json({"version": version, "in_use": better is None, **measures})
        return
    _report(trained.measures)
    kept = "It is in use from now on." if better is None else f"Version {better} was better: the one in use stays."
    typer.echo(f"\nVersion {version}. {kept}")


def _better(measures: Measures, found: list[ModelView]) -> int | None:
    """The version that is clearly better than what was learned now, if there is one.

    Not only the one in use counts, or quality could slide a little every night without end; but none before the
    newest that somebody has learned by hand, who took it as it is.
    """
    line = []
    for model in dropwhile(lambda model: not model.in_use, found):
        line.append((measures.accuracy_of(model.measures), model.version))
        if not model.measures.get("careful"):
            break
    best, version = max(line, default=(0.0, None))
    return version if measures.accuracy < best - MUCH_WORSE else None


def _with_queues(trained: Trained, queues: tuple[list[str], list[str]]) -> Trained:
    """Says beside the figures which topics are no queues, and which queues no topics."""
    from dataclasses import replace

    from routing.topics.remarks import of_queues

    told = (*trained.measures.remarks, *of_queues(trained.classifier.topics, *queues))
    return trained._replace(measures=replace(trained.measures, remarks=told))


def _trained(labelled: list[Labelled]) -> Trained:
    from rich.console import Console
    from rich.progress import Progress

    from hub.errors import Invalid
    from routing.topics.classifier import NotEnough, Unloadable, train

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("Reading", total=1.0)
        try:
            return train(labelled, progress=lambda what, done: bar.update(task, description=what, completed=done))
        except NotEnough as error:
            raise Invalid(f"There is too little to learn from yet. {error}") from None
        except Unloadable as error:
            raise Invalid(str(error)) from None


def _examples(source: Path) -> Iterator[Labelled]:
    """Raises Invalid naming the line; never what it says."""
    import orjson

    from hub.characters import printable
    from hub.errors import Invalid
    from routing.topics.classifier import Labelled

    for number, line in enumerate(streams.content(source).splitlines(), 1):
        if not line.strip():
            continue
        try:
            said = orjson.loads(line)
        except orjson.JSONDecodeError:
            raise Invalid(f"{source}, line {number}: this isn't JSON.") from None
        topic = said.get("topic") or said.get("queue") if isinstance(said, dict) else None
        text = said.get("text") if isinstance(said, dict) else None
        if not (isinstance(text, str) and isinstance(topic, str) and text.strip() and topic.strip()):
            raise Invalid(f'{source}, line {number}: it needs "text" and "topic", both with words in them.')
        yield Labelled(printable(text), printable(topic.strip()))


def _list(found: list[ModelView], *, as_json: bool) -> None:
    if as_json:
        streams.print_json([_told(model) for model in found])
        return
    for model in found:
        mark, at = "*" if model.in_use else " ", model.created_at.isoformat(timespec="minutes")
        typer.echo(f"{mark} {model.version:4}  {at}  {_summary(model.measures)}")
    if not found:
        typer.echo("Nothing was learned yet: run hub learn.", err=True)


def _told(model: ModelView) -> dict[str, Any]:
    at = model.created_at.isoformat(timespec="seconds")
    return {"version": model.version, "learned_at": at, "in_use": model.in_use, **model.measures}


def _summary(measures: dict[str, Any]) -> str:
    alone = f"routes {measures['alone']:.0%} alone, {measures['alone_precision']:.1%} of them rightly"
    return f"{measures['messages']} messages, {measures['accuracy']:.1%} right, {alone}"


def _report(measures: Measures) -> None:
    """In words and tables, for whoever answers for it."""
    from rich.console import Console
    from rich.table import Table

    console = Console()
    console.print(
        f"Judged on {measures.messages} messages, each by a classifier that had not seen it: "
        f"{measures.accuracy:.1%} right (macro F1 {measures.macro_f1:.3f})."
    )
    console.print(
        f"It is sure enough to route {measures.alone:.0%} of them without a person, "
        f"{measures.alone_precision:.1%} of those rightly; the rest goes to triage with its three best guesses."
    )
    table = Table(box=None)
    table.add_column("Topic", overflow="fold")
    for name in ("Messages", "Precision", "Recall", "F1", "Sure from", "Alone", "of them right"):
        table.add_column(name, justify="right")
    for topic, of_it in measures.topics.items():
        right = f"{of_it.alone_right / of_it.alone:.0%}" if of_it.alone else "–"
        figures = (f"{of_it.precision:.0%}", f"{of_it.recall:.0%}", f"{of_it.f1:.2f}")
        needed = "never" if of_it.needed is None else f"{of_it.needed:.0%}"
        table.add_row(topic, str(of_it.messages), *figures, needed, str(of_it.alone), right)
    console.print(table)
    for remark in measures.remarks:
        console.print(f"• {remark}", highlight=False, markup=False)
    if measures.confused:
        confusion = Table("Was", "Taken for", "Times", title="Most often confused", box=None)
        for truth, said, count in measures.confused:
            confusion.add_row(truth, said, str(count))
        console.print(confusion)
