"""Lists and searches stay quick when there are many cases: SQLite answers them from an index, in few statements."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import Engine, event
from sqlmodel import Session

from hub.db.engine import reader_engine
from hub.models.base import utcnow
from hub.queries.case_page import case_page
from hub.queries.cases import CaseFilter, list_cases
from hub.queries.contacts import contact_view
from hub.queries.decisions import derive_decisions
from hub.queries.queues import over_time, queue_views
from tests.queries.town import Town, living_in

SMALL = ("agents", "council", "departments", "inboxes", "queues", "rule_sets")  # tables that may be read through

Statement = tuple[str, Any]


@contextmanager
def overheard(engine: Engine) -> Iterator[list[Statement]]:
    """Every SELECT that the engine executes meanwhile, with its values."""
    heard: list[Statement] = []

    def hear(connection: Any, cursor: Any, statement: str, values: Any, context: Any, many: bool) -> None:
        if statement.startswith("SELECT"):
            heard.append((statement, values))

    event.listen(engine, "before_cursor_execute", hear)
    yield heard
    event.remove(engine, "before_cursor_execute", hear)


def statements_of(url: str, query: Callable[..., Any], *args: Any) -> tuple[list[Statement], list[str]]:
    """What a query executes, and SQLite's plan for all of it."""
    engine = reader_engine(url)
    try:
        with overheard(engine) as heard, Session(engine) as session:
            query(session, *args)
        with engine.connect() as connection:
            plans = [
                str(step[3])
                for statement, values in heard
                for step in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)
            ]
        return heard, plans
    finally:
        engine.dispose()


def scans(plan: list[str]) -> list[str]:
    """Steps that read a large table from end to end without an index. What another step made isn't a table."""
    read_through = [step for step in plan if step.startswith("SCAN ") and " INDEX " not in step]
    return [step for step in read_through if step.split()[1] not in (*SMALL, "(subquery-1)") and "CONSTANT" not in step]


LISTS: list[tuple[dict[str, Any], str]] = [
    ({"queue": "waste"}, "ix_cases_queue_id_id"),
    ({"status": "new"}, "ix_cases_status_id"),
    ({"channel": "email"}, "ix_cases_channel_id"),
    ({"queue": "waste", "channel": "sms", "open_only": True, "sort": "urgent"}, "ix_cases_open"),
    ({"agent": "ann@anytown.example"}, "ix_cases_agent_id_id"),
    ({"contact_id": 3}, "ix_cases_contact_id_id"),
    ({"queue": "waste", "open_only": True, "sort": "urgent"}, "ix_cases_open"),
    ({"queue_ids": frozenset({1, 2}), "open_only": True, "sort": "urgent"}, "ix_cases_open"),
    ({"q": "elm road"}, "VIRTUAL TABLE INDEX"),
    ({"q": "+447700900001"}, "ix_cases_contact_id_id"),
    ({"q": "zoe@home.example"}, "sqlite_autoindex_addresses_1"),
    ({"after": "12"}, "INTEGER PRIMARY KEY"),
]


@pytest.fixture
async def filled_url(sqlite_url: str) -> str:
    async with living_in(sqlite_url) as town:
        await fill(town)
    return sqlite_url


async def fill(town: Town) -> None:
    for n in range(12):
        await town.case("My missed bin, Elm Road", f"+4477009000{n:02}")


@pytest.mark.parametrize(("wanted", "index"), LISTS)
def test_a_list_is_read_from_an_index(filled_url: str, wanted: dict[str, Any], index: str) -> None:
    _, plan = statements_of(filled_url, list_cases, CaseFilter(**wanted))

    assert index in "\n".join(plan)
    assert scans(plan) == []


def test_the_few_that_a_search_finds_are_read_by_their_ids(filled_url: str) -> None:
    heard, _ = statements_of(filled_url, list_cases, CaseFilter(q="elm road"))
    [listing] = [statement for statement, _ in heard if "ORDER BY cases.id DESC" in statement]

    assert "messages" not in listing


@pytest.mark.parametrize("wanted", [w for w, _ in LISTS if "sort" not in w and "q" not in w] + [{}, {"channel": "sms"}])
def test_the_newest_are_in_order_without_sorting(filled_url: str, wanted: dict[str, Any]) -> None:
    heard, _ = statements_of(filled_url, list_cases, CaseFilter(**wanted))
    [listing] = [statement for statement in heard if "LIMIT" in statement[0]]
    engine = reader_engine(filled_url)
    with engine.connect() as connection:
        plan = [step[3] for step in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {listing[0]}", listing[1])]
    engine.dispose()

    assert not [step for step in plan if "TEMP B-TREE" in step]


@pytest.mark.parametrize(
    ("query", "args"),
    [(case_page, (1,)), (derive_decisions, ([1, 2, 3],)), (queue_views, (utcnow,)), (over_time, (utcnow,))],
)
def test_what_hangs_on_cases_is_read_from_an_index(filled_url: str, query: Any, args: tuple[Any, ...]) -> None:
    _, plan = statements_of(filled_url, query, *(arg() if callable(arg) else arg for arg in args))

    assert scans(plan) == []


@pytest.mark.parametrize(
    ("query", "few", "many", "at_most"),
    [
        (list_cases, CaseFilter(limit=1), CaseFilter(limit=12), 6),
        (list_cases, CaseFilter(queue="waste", q="elm", limit=1), CaseFilter(queue="waste", q="elm", limit=12), 9),
        (derive_decisions, [1], list(range(1, 13)), 3),
    ],
)
def test_many_cases_take_no_more_statements_than_one(
    filled_url: str, query: Any, few: Any, many: Any, at_most: int
) -> None:
    alone, _ = statements_of(filled_url, query, few)
    together, _ = statements_of(filled_url, query, many)

    assert len(alone) == len(together) <= at_most


def test_a_whole_page_takes_nineteen_statements_at_most(filled_url: str) -> None:
    page, _ = statements_of(filled_url, case_page, 1)
    contact, _ = statements_of(filled_url, contact_view, 3)

    assert len(page) <= 19
    assert len(contact) <= 9


def test_a_scan_is_recognised() -> None:
    plan = ["SCAN cases", "SCAN queues", "SEARCH cases USING INDEX x", "SCAN m USING INDEX y", "SCAN messages"]

    assert scans(plan) == ["SCAN cases", "SCAN messages"]
