"""Anytown with dangers, groups of rules and effects in its council file."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.cases.anytown import COUNCIL, Town, living

RULES = """
[[queue]]
slug = "care"
department = "town"
name = "Care"

[[agent]]
email = "cat@anytown.example"
name = "Cat Cedar"
queues = ["care"]

[[agent]]
email = "adm@anytown.example"
name = "Ada Alder"
role = "admin"

[[danger]]
name = "Self-harm"
queue = "care"
phrases = { en = ["kill myself", "end my life"], cy = ["lladd fy hun"], pl = ["zabić się"] }
patterns = ["hang(ing)? my ?self"]
menu = ["crisis"]
unless = ["kill myself laughing"]
answer = { en = "Call 999 now. Your reference is {reference}.", cy = "Ffoniwch 999 nawr." }
call = [["cat@anytown.example", "+447700900001"], ["lea@anytown.example"]]
acknowledge_within = "15m"

[[danger]]
name = "Gas leak"
queue = "roads"
phrases = ["smell gas"]
restricted = false

[[group]]
name = "labels"
mode = "collect"

[[rule]]
name = "A business"
group = "labels"
when = { text_contains = ["our shop", "my shop"] }
then = { tags = ["business"], language = "cy", notify = ["trade@anytown.example", "+447700900002"], restricted = true }

[[rule]]
name = "Needs an address"
group = "labels"
when = { tag = "business", none = [{ text_matches = "[0-9]" }] }
then = { ask = { en = "What is the address?", cy = "Beth yw’r cyfeiriad?" } }

[[rule]]
name = "Later"
group = "labels"
when = { text_contains = "next month" }
then = { hold = "2d" }

[[template]]
slug = "skips"
name = "What a skip needs"
text = "Dear {name}, a skip needs a permit. Your reference is {reference}."

[[rule]]
name = "A skip"
group = "labels"
when = { text_contains = "a skip" }
then = { template = "skips" }

[[rule]]
name = "Chased"
group = "labels"
when = { repeat_contact = 7, contact_flag = "vulnerable" }
then = { tags = ["chased"], priority = "high" }

[[rule]]
name = "Closed now"
group = "labels"
when = { queue_open = { queue = "triage", is = false } }
then = { tags = ["never: it is always open"] }
"""


@pytest.fixture
async def town(database_url: str, tmp_path: Path) -> AsyncIterator[Town]:
    async with living(database_url, tmp_path, council=COUNCIL + RULES) as town:
        yield town
