"""`make bench`: intake a second through the signed webhook, beside the raw limit of the same database; then mail
(tests/bench/mail.py). `python -m tests.bench texts` or `mail` for one part.

One hub process (`hub serve`: HTTP, intake, worker, acknowledgements, ten rules, full text), one load process (this
one), on SQLite with synchronous=FULL and on a PostgreSQL with fsync. The hub's slices and the raw ones take turns, so
that a noisy machine hits both. After every slice each acknowledged text must be stored exactly once: exit 1 when one
was lost or doubled, never for speed.
"""

import shutil
import statistics
import sys
import tempfile
from collections import Counter, deque
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
from sqlalchemy import text as sql

from hub.db.engine import reader_engine
from hub.settings import Settings
from tests.acceptance.hub_process import Place, started
from tests.bench import mail, raw, single, single_costs
from tests.bench.load import Answers, fire
from tests.bench.texts import Citizens, Text
from tests.support import postgres

CONNECTIONS = (1, 8, 64)
ROUNDS = 3
HUB_SECONDS = 2.0  # a slice
RAW_SECONDS = 1.0
FASTEST = 6000  # texts a second that are made ready for a slice; more than any hub takes
COUNCIL = Path(__file__).with_name("council.toml")


@dataclass(slots=True)
class Line:
    """One line of the table."""

    engine: str
    connections: int
    hub: list[float] = field(default_factory=list)  # texts a second, a slice each
    raw: list[float] = field(default_factory=list)
    milliseconds: list[tuple[float, float]] = field(default_factory=list)  # p50, p99

    def __str__(self) -> str:
        ratio = statistics.median(ours / limit for ours, limit in zip(self.hub, self.raw, strict=True))
        half, most = (statistics.median(column) for column in zip(*self.milliseconds, strict=True))
        return (
            f"{self.engine:<11}{self.connections:>11}{statistics.median(self.hub):>9.0f}"
            f"{statistics.median(self.raw):>14.0f}{ratio:>8.2f}{half:>9.1f}{most:>9.1f}"
        )


HEADING = f"{'engine':<11}{'connections':>11}{'hub/s':>9}{'raw grouped/s':>14}{'ratio':>8}{'p50 ms':>9}{'p99 ms':>9}"


@dataclass(slots=True)
class Bench:
    """One engine's: a hub at work on one database, the plain driver on another of the same kind."""

    engine: str
    place: Place
    driver: raw.Driver
    citizens: Citizens
    wrong: list[str] = field(default_factory=list)
    _acknowledged: int = 0
    _ready: deque[Text] = field(default_factory=deque)  # made and not posted yet: the next slice goes on with them

    def measure(self) -> None:
        rows = raw.RowMaker()
        crowd = _endless(Citizens(self.place.url))
        raw.pace(self.driver, rows.groups(crowd, 64), 0.5)
        self._fire(8, 0.5)
        for connections in CONNECTIONS:
            line = Line(self.engine, connections)
            groups = rows.groups(crowd, connections)
            for _ in range(ROUNDS):
                answers = self._fire(connections, HUB_SECONDS)
                line.hub.append(answers.per_second)
                line.milliseconds.append((answers.milliseconds(0.5), answers.milliseconds(0.99)))
                line.raw.append(raw.pace(self.driver, groups, RAW_SECONDS))
            print(line, flush=True)

    def _fire(self, connections: int, seconds: float) -> Answers[Text]:
        """A slice, and the proof that nothing of it was lost or doubled."""
        self._ready += self.citizens.texts(int(FASTEST * seconds) - len(self._ready))
        answers = fire(self.place.port, iter(self._ready.popleft, None), connections, seconds)
        self.wrong += [f"{self.engine}: answered {status}" for status in answers.refused]
        stored = _stored(self.place)
        self.wrong += [
            f"{self.engine}: {text.external_id} is stored {stored[text.external_id]} times"
            for text in answers.acknowledged
            if stored[text.external_id] != 1
        ]
        self._acknowledged += len(answers.acknowledged)
        if self._acknowledged != sum(stored.values()):
            self.wrong.append(f"{self.engine}: {self._acknowledged} acknowledged, {sum(stored.values())} stored")
        return answers


def main(parts: Sequence[str]) -> int:
    if unknown := set(parts) - set(PARTS):
        print(f"There is no part {', '.join(sorted(unknown))}: there are {' and '.join(PARTS)}.", file=sys.stderr)
        return 2
    wrong = [line for name, measure in PARTS.items() if name in (parts or PARTS) for line in measure()]
    for line in wrong[:20]:
        print(line, file=sys.stderr)
    print("Something was lost, doubled or misplaced." if wrong else "Everything acknowledged is stored exactly once.")
    return 1 if wrong else 0


def _texts() -> list[str]:
    print(HEADING, flush=True)
    wrong: list[str] = []
    with tempfile.TemporaryDirectory(prefix="hub-bench-") as folder, ExitStack() as stack:
        wrong += _on_sqlite(Path(folder))
        server = stack.enter_context(postgres.running(durable=True))
        wrong += _on_postgres(Path(folder), server)
    print(
        f"\ndeciding: {single_costs.deciding(30):.0f} µs with 30 rules, {single_costs.deciding(300):.0f} µs with 300"
        f" · parsing and checking a signed form: {single_costs.checking_a_signature():.0f} µs\n"
    )
    return wrong


def _mail() -> list[str]:
    with tempfile.TemporaryDirectory(prefix="hub-bench-") as folder, ExitStack() as stack:
        server = stack.enter_context(postgres.running(durable=True))
        urls = {"sqlite": "", "postgresql": server.create("hub")}
        return mail.run((engine, _place(Path(folder, engine), url)) for engine, url in urls.items())


PARTS = {"texts": _texts, "mail": _mail}


def _on_sqlite(folder: Path) -> list[str]:
    place = _place(folder / "sqlite", "")
    copies = [folder / "raw.db", folder / "single.db"]
    for copy in copies:
        shutil.copy(place.folder / "hub.db", copy)
    with raw.sqlite_driver(copies[0]) as connection:
        return _measure("sqlite", place, raw.PlainSqlite(connection), f"sqlite:///{copies[1]}")


def _on_postgres(folder: Path, server: postgres.Server) -> list[str]:
    place = _place(folder / "postgresql", server.create("hub"))
    limit, alone = server.create("raw", template="hub"), server.create("single", template="hub")
    with psycopg.connect(limit, autocommit=True) as connection:
        driver = raw.PlainPostgres(connection)
        return _measure("postgresql", place, driver, alone.replace("postgresql:", "postgresql+psycopg:"))


def _measure(engine: str, place: Place, driver: raw.Driver, single_url: str) -> list[str]:
    with started(place, "serve") as process:
        process.until_ready()
        bench = Bench(engine, place, driver, Citizens(place.url))
        bench.measure()
    commits = single.pace(single_url, _endless(Citizens(place.url)), 1.5)
    print(f"{engine:<11}{'a session and a commit a message':>33}: {commits:.0f}/s", flush=True)
    return bench.wrong


def _place(folder: Path, database_url: str) -> Place:
    """A hub with the bench's council, not yet running."""
    folder.mkdir()
    place = Place(folder=folder, database_url=database_url, more={"HUB_LOG_LEVEL": "error"})
    place.command("apply", str(COUNCIL))
    return place


def _stored(place: Place) -> Counter[str]:
    """How often each text is stored, by the provider's id."""
    settings = Settings(data_dir=place.folder, database_url=place.database_url)
    engine = reader_engine(settings.url)
    with engine.connect() as connection:
        rows = connection.execute(sql("SELECT external_id FROM messages WHERE direction = 'in'"))
        stored = Counter(rows.scalars())
    engine.dispose()
    return stored


def _endless(citizens: Citizens) -> Iterator[Text]:
    while True:
        yield from citizens.texts(100)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
