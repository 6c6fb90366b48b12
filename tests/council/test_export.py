"""What `hub apply` made of a council file is told as one again."""

import tomllib
from collections.abc import Mapping
from dataclasses import replace
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel
from sqlmodel import Session, select

from channels.registry import discover
from hub.actions.council.apply_council import apply_council
from hub.council_file import AgentTable, CouncilFile, CouncilTable, DepartmentTable, InboxTable, QueueTable, parse
from hub.council_file.time_tables import HolidayTable, OverflowTable, TypeTable
from hub.council_file.writing import written
from hub.council_file.writing_tables import TemplateTable
from hub.db.database import Database
from hub.errors import Invalid, NotFound
from hub.models import AgentPhone, Inbox
from hub.queries.council_tables import council_tables

EVERYTHING = Path(__file__).with_name("everything.toml").read_text(encoding="utf-8")
DEMO = files("hub.demo").joinpath("council.toml").read_text(encoding="utf-8")


async def exported(db: Database) -> str:
    secrets = {name: channel.secrets for name, channel in discover().items()}
    return written((await db.read(council_tables, secrets)).document)


def without_doubts(file: CouncilFile) -> CouncilFile:
    return replace(file, doubts=())


@pytest.mark.parametrize("text", [EVERYTHING, DEMO], ids=["everything", "the demo council"])
async def test_applying_an_export_changes_nothing(db: Database, text: str) -> None:
    await db.write(apply_council, parse(text))

    assert await db.write(apply_council, parse(await exported(db))) == []


async def test_an_export_says_all_that_the_file_said(db: Database) -> None:
    text = EVERYTHING.replace("told to nobody", "env:SMTP_PASSWORD")
    await db.write(apply_council, parse(text))

    assert without_doubts(parse(await exported(db))) == without_doubts(parse(text))


@pytest.mark.parametrize(
    ("name", "table"),
    [
        ("council", CouncilTable),
        ("holiday", HolidayTable),
        ("type", TypeTable),
        ("department", DepartmentTable),
        ("queue", QueueTable),
        ("inbox", InboxTable),
        ("template", TemplateTable),
        ("agent", AgentTable),
    ],
)
def test_the_file_of_these_tests_says_everything(name: str, table: type[BaseModel]) -> None:
    """A new key of the council file is missed here until its export is tried, too."""
    found = tomllib.loads(EVERYTHING)[name]
    tables: list[Mapping[str, Any]] = [found] if isinstance(found, dict) else found
    assert {key for entry in tables for key in entry} == set(table.model_fields)
    if table is QueueTable:
        assert set(tables[0]["overflow"]) == set(OverflowTable.model_fields)


async def test_what_is_disabled_is_left_out(db: Database) -> None:
    await db.write(apply_council, parse(EVERYTHING))
    less = EVERYTHING.replace('[[inbox]]\nchannel = "webchat"\nname = "site"\nqueue = "front"\n', "")
    await db.write(apply_council, parse(less))

    told = await exported(db)
    assert "webchat" not in {inbox["channel"] for inbox in tomllib.loads(told)["inbox"]}
    assert await db.write(apply_council, parse(told)) == []


async def test_a_secret_is_not_told_and_stays(db: Database) -> None:
    await db.write(apply_council, parse(EVERYTHING))

    told = await exported(db)
    assert "told to nobody" not in told
    assert "env:HELP_TOKEN" in told
    await db.write(apply_council, parse(told.replace('"Bob"', '"Robert"')))
    assert await db.read(password_of_other) == "told to nobody"


async def test_another_hub_is_not_made_without_its_secrets(db: Database, small: str) -> None:
    text = small.replace("very-secret-token", "hub:unchanged")
    with pytest.raises(Invalid, match="The hub has no auth_token of inbox sms/main"):
        await db.write(apply_council, parse(text))
    with pytest.raises(NotFound):
        await db.read(council_tables, {})


async def test_a_phone_that_an_agent_has_set_is_told(db: Database) -> None:
    await db.write(apply_council, parse(EVERYTHING))
    await db.write(take_calls_at, "+353201234568")

    told = await exported(db)
    assert tomllib.loads(told)["agent"][0]["phone"] == "+353201234568"
    assert await db.write(apply_council, parse(told)) == []


def password_of_other(session: Session) -> str:
    config = session.exec(select(Inbox).where(Inbox.name == "other")).one().config
    return str(config["smtp_password"])


def take_calls_at(session: Session, number: str) -> None:
    session.exec(select(AgentPhone)).one().number = number
