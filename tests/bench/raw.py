"""The raw limit: the rows that the hub would make of the same texts, written by the plain driver in one process.

Grouped inserts into the hub's own schema, full text and foreign keys included; the rows lie ready before the clock
runs, and nothing is looked up, decided or answered. A group is one transaction.
"""

import json
import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count, islice
from pathlib import Path
from typing import Any, Protocol

import psycopg

from tests.bench.texts import INBOX_ADDRESS, Text

Values = tuple[Any, ...]

COLUMNS = {
    "receipts": ("inbox_id", "external_id", "message_id", "at"),
    "contacts": ("id", "name", "language", "created_at"),
    "addresses": ("id", "uri", "contact_id", "verification", "created_at"),
    "cases": (
        *("id", "reference", "subject", "status", "priority", "priority_rank", "queue_id", "contact_id", "inbox_id"),
        *("channel", "tags", "seq", "rule", "rule_set_version", "facts", "opened_at", "updated_at", "due_at"),
        *("acknowledged_at", "outcome"),
    ),
    "messages": (
        *("id", "case_id", "inbox_id", "direction", "channel", "sender", "recipient", "subject", "text", "html"),
        *("transcript", "status", "automatic", "automatic_why", "external_id", "message_id", "references", "problems"),
        *("at", "due_at", "attempts", "error", "error_code"),
    ),
    "case_events": ("id", "case_id", "seq", "kind", "at", "message_id", "detail"),
}
UPDATE = "UPDATE cases SET seq = {mark}, status = {mark}, priority = {mark}, updated_at = {mark} WHERE id = {mark}"
FACTS = '{"message":%d,"at":"2026-03-02T09:30:00.000000+00:00","known":true,"open_cases":1}'


@dataclass(slots=True)
class Group:
    """The rows of one transaction, by table."""

    rows: dict[str, list[Values]] = field(default_factory=lambda: {table: [] for table in COLUMNS})
    touched: list[Values] = field(default_factory=list)  # cases that a returning number wrote to
    size: int = 0  # texts


@dataclass(slots=True)
class _OpenCase:
    id: int
    seq: int


class RowMaker:
    """What the texts become; remembers numbers, so that a returning one joins its case."""

    def __init__(self) -> None:
        self._ids = count(1)
        self._case_ids = count(1)
        self._cases: dict[str, _OpenCase] = {}

    def groups(self, texts: Iterable[Text], size: int) -> Iterator[Group]:
        waiting = iter(texts)
        while together := list(islice(waiting, size)):
            group = Group(size=len(together))
            for text in together:
                self._add(group, text, datetime.now(UTC))
            yield group

    def _add(self, group: Group, text: Text, now: datetime) -> None:
        message_id = next(self._ids)
        group.rows["receipts"].append((1, text.external_id, message_id, now))
        case = self._cases.get(text.number)
        if case is None:
            self._open(group, text, message_id, now)
            return
        case.seq += 1
        group.rows["messages"].append(_inbound(message_id, case.id, text, now))
        group.rows["case_events"].append((next(self._ids), case.id, case.seq, "received", now, message_id, "{}"))
        group.touched.append((case.seq, "new", "normal", now, case.id))

    def _open(self, group: Group, text: Text, message_id: int, now: datetime) -> None:
        case_id, contact_id, answer_id = next(self._case_ids), next(self._ids), next(self._ids)
        uri, reference = f"tel:{text.number}", f"{case_id:08d}"
        self._cases[text.number] = _OpenCase(case_id, 2)
        rows = group.rows
        rows["contacts"].append((contact_id, "", "", now))
        rows["addresses"].append((next(self._ids), uri, contact_id, "delivered", now))
        began = (case_id, reference, text.body[:80], "new", "normal", -1, 1, contact_id, 1, "sms", "[]", 2)
        rows["cases"].append((*began, "Missed bin", 1, FACTS % message_id, now, now, now, now, ""))
        rows["messages"].append(_inbound(message_id, case_id, text, now))
        rows["messages"].append(_answer(answer_id, case_id, uri, reference, now))
        detail = json.dumps({"queue": "waste", "rule": "Missed bin"})
        rows["case_events"].append((next(self._ids), case_id, 1, "opened", now, message_id, detail))
        rows["case_events"].append((next(self._ids), case_id, 2, "acknowledged", now, answer_id, "{}"))


def _inbound(message_id: int, case_id: int, text: Text, now: datetime) -> Values:
    head = (message_id, case_id, 1, "in", "sms", f"tel:{text.number}", INBOX_ADDRESS, "", text.body, "", "")
    return (*head, "received", False, "", text.external_id, "", "[]", "[]", now, None, 0, "", "")


def _answer(message_id: int, case_id: int, uri: str, reference: str, now: datetime) -> Values:
    words = f"Thank you for writing to Benchmark Council. Your reference is {reference}."
    head = (message_id, case_id, 1, "out", "sms", INBOX_ADDRESS, uri, "", words, "", "")
    return (*head, "queued", True, "acknowledgement", "", "", "[]", "[]", now, now, 0, "", "")


class Driver(Protocol):
    """A database at its own pace."""

    def write(self, group: Group) -> None:
        """One transaction; durable when it returns."""
        ...


class PlainSqlite:
    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._inserts = {table: _insert(table, ["?"] * len(columns)) for table, columns in COLUMNS.items()}
        self._update = UPDATE.format(mark="?")

    def write(self, group: Group) -> None:
        run = self._connection.executemany
        self._connection.execute("BEGIN IMMEDIATE")
        for table, rows in group.rows.items():
            run(self._inserts[table], rows)
        run(self._update, group.touched)
        self._connection.execute("COMMIT")


class PlainPostgres:
    """executemany is psycopg's pipeline: a statement a row, without waiting for each."""

    def __init__(self, connection: "psycopg.Connection[Any]") -> None:
        self._connection = connection
        self._inserts = {table: _insert(table, ["%s"] * len(columns)) for table, columns in COLUMNS.items()}
        self._update = UPDATE.format(mark="%s")

    def write(self, group: Group) -> None:
        with self._connection.transaction(), self._connection.cursor() as cursor:
            for table, rows in group.rows.items():
                if rows:
                    cursor.executemany(self._inserts[table], rows)
            if group.touched:
                cursor.executemany(self._update, group.touched)


def _insert(table: str, marks: Sequence[str]) -> str:
    columns = ", ".join(f'"{name}"' for name in COLUMNS[table])
    return f"INSERT INTO {table} ({columns}) VALUES ({', '.join(marks)})"


def sqlite_driver(path: Path) -> "closing[sqlite3.Connection]":
    """As the hub opens it: WAL, synchronous=FULL, foreign keys."""
    sqlite3.register_adapter(datetime, lambda at: at.strftime("%Y-%m-%d %H:%M:%S.%f"))
    connection = sqlite3.connect(path, isolation_level=None)
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "cache_size=-65536"):
        connection.execute(f"PRAGMA {pragma}")
    return closing(connection)


def pace(
    driver: Driver, groups: Iterator[Group], seconds: float, clock: Callable[[], float] = time.perf_counter
) -> float:
    """Texts a second, over so many seconds. The groups are made outside of the clock."""
    written, spent = 0, 0.0
    while spent < seconds:
        group = next(groups)
        begun = clock()
        driver.write(group)
        spent += clock() - begun
        written += group.size
    return written / spent
