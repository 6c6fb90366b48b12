"""`python -m tests.bench mail`: new mails and replies a second, with ten thousand cases in the database and with a
hundred thousand; through `POST /in/email/{inbox}`, and beside it through the SMTP door.

The hub is whole: it parses, cleans the HTML, keeps the originals and the files with fsync, threads, routes by ten
rules, indexes the words and queues acknowledgements. Every mail that it said it has must be stored once, and every
reply in the case that it answers: exit 1 when one isn't, never for speed.
"""

import multiprocessing
import statistics
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from pydantic import SecretStr
from sqlalchemy import text as sql

from hub.db.engine import reader_engine
from hub.settings import Settings
from hub.signed.reply_token import reply_token
from tests.acceptance.hub_process import Place, started
from tests.bench.filling import fill
from tests.bench.load import Answers, fire
from tests.bench.mails import ADDRESS, Answered, CitizensMail, Writers
from tests.bench.smtp_load import relay

SIZES = (10_000, 100_000)  # cases
CONNECTIONS = {"http": 48, "smtp": 16}  # by SMTP one address may open only so many
ROUNDS = 3
SECONDS = 2.0  # a slice
_FASTEST = 2_000  # mails a second that are made ready for a slice
_KINDS = (("http", "new"), ("http", "reply"), ("smtp", "new"), ("smtp", "reply"))
_STORED = (
    "SELECT m.message_id, c.reference FROM messages m JOIN cases c ON c.id = m.case_id "
    "WHERE m.direction = 'in' AND m.message_id LIKE :run"
)
_ANSWERABLE = (
    "SELECT c.reference, m.recipient, m.message_id, m.subject FROM messages m JOIN cases c ON c.id = m.case_id "
    "WHERE m.direction = 'out' AND m.automatic_why = 'acknowledgement' ORDER BY m.id"
)

HEADING = f"{'engine':<11}{'cases':>9}{'door':>6}{'kind':>7}{'mails/s':>9}{'p50 ms':>9}{'p99 ms':>9}"


@dataclass(slots=True)
class MailBench:
    """One engine's."""

    engine: str
    place: Place
    wrong: list[str] = field(default_factory=list)
    pace: dict[tuple[int, str, str], float] = field(default_factory=dict)  # by size, door and kind: mails a second

    @property
    def settings(self) -> Settings:
        secret = SecretStr(self.place.environment()["HUB_SECRET_KEY"])
        return Settings(data_dir=self.place.folder, database_url=self.place.database_url, secret_key=secret)

    def measure(self, cases: int) -> None:
        """With so many cases in the database: a line of the table for each door and kind of mail."""
        answered = self._answerable()
        run = f"run{cases}"
        writers = Writers(self.place.url.removeprefix("http://"), run)
        taken: list[CitizensMail] = []
        with started(self.place, "serve") as process:
            process.until_ready()
            for kind in ("new", "reply"):
                taken += self._slice("http", kind, writers, answered, 0.5).acknowledged
            slices: dict[tuple[str, str], list[Answers[CitizensMail]]] = defaultdict(list)
            for _ in range(ROUNDS):
                for door, kind in _KINDS:
                    slices[door, kind].append(self._slice(door, kind, writers, answered, SECONDS))
        for (door, kind), answers in slices.items():
            self.pace[cases, door, kind] = statistics.median(each.per_second for each in answers)
            taken += (mail for each in answers for mail in each.acknowledged)
            print(self._line(cases, door, kind, answers), flush=True)
        self._prove(run, taken)

    def _line(self, cases: int, door: str, kind: str, answers: Sequence[Answers[CitizensMail]]) -> str:
        half, most = (statistics.median(each.milliseconds(share) for each in answers) for share in (0.5, 0.99))
        pace = self.pace[cases, door, kind]
        return f"{self.engine:<11}{cases:>9,}{door:>6}{kind:>7}{pace:>9.0f}{half:>9.1f}{most:>9.1f}"

    def _slice(
        self, door: str, kind: str, writers: Writers, answered: Sequence[Answered], seconds: float
    ) -> Answers[CitizensMail]:
        count = int(_FASTEST * seconds)
        ready = list(writers.new(count) if kind == "new" else writers.replies(count, answered))
        if door == "http":
            answers = fire(self.place.port, iter(ready), CONNECTIONS[door], seconds)
        else:
            answers = relay(self.place.smtp_port, iter(ready), CONNECTIONS[door], seconds)
        self.wrong += [f"{self.engine}: {door} answered {code}" for code in answers.refused]
        return answers

    def _prove(self, run: str, taken: Sequence[CitizensMail]) -> None:
        """Each once, each reply where it belongs, and nothing else."""
        stored: dict[str, list[str]] = defaultdict(list)
        for message_id, reference in self._rows(_STORED, run=f"{run}.%"):
            stored[message_id].append(reference)
        for mail in taken:
            cases = stored[mail.external_id]
            if len(cases) != 1:
                self.wrong.append(f"{self.engine}: {mail.external_id} is stored {len(cases)} times")
            elif mail.answers and cases[0] != mail.answers:
                self.wrong.append(f"{self.engine}: {mail.external_id} answers {mail.answers} and is in {cases[0]}")
        if len(taken) != sum(map(len, stored.values())):
            self.wrong.append(f"{self.engine}: {len(taken)} mails taken, {sum(map(len, stored.values()))} stored")

    def _answerable(self) -> list[Answered]:
        local, _, domain = ADDRESS.partition("@")
        secret = self.settings.secret
        return [
            Answered(
                citizen=recipient.removeprefix("mailto:"),
                reply_to=f"{local}+{reply_token(secret, reference)}@{domain}",
                message_id=message_id,
                subject=subject,
                reference=reference,
            )
            for reference, recipient, message_id, subject in self._rows(_ANSWERABLE)
        ]

    def _rows(self, query: str, **values: str) -> list[tuple[str, ...]]:
        engine = reader_engine(self.settings.url)
        with engine.connect() as connection:
            rows = [tuple(row) for row in connection.execute(sql(query), values)]
        engine.dispose()
        return rows


def run(places: Iterator[tuple[str, Place]]) -> list[str]:
    """Prints the table; what was lost, doubled or misplaced."""
    benches = [MailBench(engine, place) for engine, place in places]
    print(HEADING, flush=True)
    for cases in SIZES:
        _fill_all(benches, cases)
        for bench in benches:
            bench.measure(cases)
    for bench in benches:
        ratios = [bench.pace[SIZES[-1], *kind] / bench.pace[SIZES[0], *kind] for kind in _KINDS]
        told = ", ".join(f"{door} {kind} {ratio:.2f}" for (door, kind), ratio in zip(_KINDS, ratios, strict=True))
        print(f"{bench.engine}: with {SIZES[-1]:,} cases the pace is that with {SIZES[0]:,} times {told}")
    return [line for bench in benches for line in bench.wrong]


def _fill_all(benches: Sequence[MailBench], cases: int) -> None:
    """Each in a process of its own, side by side."""
    started_from = multiprocessing.get_context("spawn")
    fillers = [started_from.Process(target=fill, args=(bench.settings, cases)) for bench in benches]
    for filler in fillers:
        filler.start()
    for filler in fillers:
        filler.join()
        if filler.exitcode:
            raise RuntimeError("a database couldn't be filled")
