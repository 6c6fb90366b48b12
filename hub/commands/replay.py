"""hub replay: where past cases would have gone under other rules."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hub.commands import database, streams

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from hub.replay.replaying import Replayed


def register(app: typer.Typer) -> None:
    app.command()(replay)


def replay(
    file: Annotated[Path, typer.Argument(metavar="FILE.toml", help="A council file, or one with rules alone.")],
    since: Annotated[str | None, typer.Option(help="Only cases opened since this day, such as 2026-03-01.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Everything, as JSON.")] = False,
    minutes: Annotated[float, typer.Option(help="The work that one case takes, in minutes.", min=0.1)] = 10.0,
) -> None:
    """Runs the rules of the file over past cases: which would move, what it means for queues, which rules are idle."""
    from channels.registry import discover
    from hub.council_file.rules_alone import read_rules
    from hub.errors import Invalid
    from hub.queries.directory import load_directory
    from hub.replay.replaying import replay as run

    settings = database.opened()
    directory = database.read(settings, load_directory, settings.base_url)
    try:
        text = streams.content(file).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Invalid(f"{file} isn't UTF-8 text: look at byte {error.start + 1}.") from None
    rules = read_rules(text, directory.queue_by_slug.keys(), {"channel": discover().keys()})
    moment = _day(since, directory.zone) if since else None
    with _bar() as told:
        found = run(settings.url, rules.rules, rules.beside, moment, minutes, told)
    if as_json:
        streams.print_json(found.to_json())
    else:
        typer.echo("\n".join(_told(found)))


def _day(written: str, zone: object) -> datetime:
    from datetime import datetime, tzinfo

    from hub.errors import Invalid

    assert isinstance(zone, tzinfo)
    try:
        moment = datetime.fromisoformat(written)
    except ValueError:
        raise Invalid("--since must be a day such as 2026-03-01.") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=zone)


@contextmanager
def _bar() -> Iterator[Callable[[int, int], None]]:
    """A bar on stderr where that is a terminal; it is told how many cases are done, of how many."""
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("Replaying past cases", total=None)
        yield lambda done, total: progress.update(task, completed=done, total=total)


def _told(found: Replayed) -> list[str]:
    """In plain words, for a terminal."""
    tally = found.tally
    moved = tally.moved.total()
    lines = [f"{tally.cases:,} past cases: {tally.cases - moved:,} stay, {moved:,} would move."]
    if tally.unreadable:
        lines.append(f"{tally.unreadable:,} more can't be replayed: their facts weren't kept.")
    for (before, after), count in tally.moved.most_common(20):
        examples = ", ".join(tally.examples[before, after][:3])
        lines.append(f"  {count:>7,}  {before} → {after}{f'   such as {examples}' if examples else ''}")
    lines.append("")
    lines.append(f"{'queue':<28}{'before':>9}{'after':>9}{'work a week':>14}{'busiest hour':>15}{'people then':>18}")
    for queue in found.queues:
        counts = f"{queue.total_before:>9,}{queue.total_after:>9,}"
        hours, people = f"{queue.staff_hours:+.1f} h", f"{queue.people_before:g} → {queue.people_after:g}"
        lines.append(f"{queue.queue:<28}{counts}{hours:>14}{queue.busiest_hour:>12}:00{people:>18}")
    lines.append(f"(at {found.minutes:g} minutes of work a case; people on an average day; --json has every hour)")
    for title, names in (
        ("Rules that never matched", [each.rule for each in found.rules if each.never]),
        ("Rules that matched whatever reached them", [each.rule for each in found.rules if each.always]),
    ):
        if names:
            lines += ["", f"{title}:", *(f"  {name}" for name in names)]
    if found.asks:
        lines += ["", f"Older cases may lack what newer rules ask about: {'; '.join(found.asks_in_words)}."]
    return lines
