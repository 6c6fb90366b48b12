"""A database to apply council files to, and a small council that is right."""

from collections.abc import AsyncIterator

import pytest

from hub.db.database import Database

SMALL = """\
[council]
name = "Smallham Council"

[[department]]
slug = "waste"
name = "Waste"

[[queue]]
slug = "triage"
department = "waste"
name = "Triage"

[[queue]]
slug = "waste"
department = "waste"
name = "Waste and recycling"
first_response = "4h"
resolution = "5d"
hours = { mon-fri = "09:00-17:00" }

[[inbox]]
channel = "sms"
name = "main"
address = "01632 960100"
queue = "triage"
[inbox.config]
provider = "twilio"
account_sid = "env:TWILIO_ACCOUNT_SID"
auth_token = "very-secret-token"

[[inbox]]
channel = "webchat"
name = "site"
queue = "triage"

[[rule]]
name = "Missed bin"
when = { text_contains = "missed bin" }
then = { queue = "waste", tags = ["missed"] }

[[agent]]
email = "Ann@Smallham.example"
name = "Ann"
queues = ["triage", "waste"]

[[agent]]
email = "bob@smallham.example"
name = "Bob"
role = "leader"
"""


@pytest.fixture
def small() -> str:
    return SMALL


@pytest.fixture
async def db(database_url: str) -> AsyncIterator[Database]:
    database = Database(database_url)
    yield database
    await database.close()
