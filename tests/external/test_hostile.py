"""The payloads that others collected, as mails: xss/*.json in the material, each a list of strings."""

import json
import os
from pathlib import Path

import pytest
from playwright.async_api import Page

from tests.channels.email.hostile import harm_done

pytestmark = pytest.mark.material("xss/*.json")


@pytest.fixture(scope="module")
def payloads() -> list[str]:
    collections = sorted(Path(os.environ["HUB_MATERIAL"], "xss").glob("*.json"))
    return list(dict.fromkeys(each for path in collections for each in json.loads(path.read_text("utf-8"))))


async def test_no_collected_payload_runs_loads_or_leads_away(page: Page, payloads: list[str]) -> None:
    print(f"{len(payloads)} payloads")

    assert await harm_done(page, payloads) == []
