"""What happens while PostgreSQL is away, and that everything goes on when it is back."""

import asyncio
import smtplib

import pytest

from tests.acceptance import stored
from tests.acceptance.conftest import Settle
from tests.acceptance.hub_process import started
from tests.acceptance.steady_load import pouring
from tests.acceptance.test_mail import mail, send
from tests.acceptance.town import Town, eventually, new_number
from tests.support.postgres import Server


async def test_texts_get_503_mail_451_and_health_503_until_the_database_is_back(
    own_town: Settle, postgres: Server, postgres_url: str
) -> None:
    town: Town = own_town(postgres_url)
    with started(town.place, "serve") as process:
        await asyncio.to_thread(process.until_ready)
        async with pouring(town.place.url) as load:
            await asyncio.to_thread(eventually, lambda: len(load.acknowledged) > 10, 10)
            with postgres.away():
                number = new_number()
                assert (await asyncio.to_thread(town.text, number, "Hello?")).status_code == 503
                assert (await asyncio.to_thread(town.health)).status_code == 503
                with pytest.raises(smtplib.SMTPResponseException) as refused:
                    await asyncio.to_thread(send, town, mail("away@citizens.example", "Hello", "Anybody there?\n"))
                assert refused.value.smtp_code == 451
            await asyncio.to_thread(eventually, lambda: town.health().status_code == 200, 10)
            assert (await asyncio.to_thread(town.text, number, "Hello again")).status_code == 200
        assert process.process.poll() is None
        found = stored.texts(town.place)
        assert {sid: found[sid] for sid in load.acknowledged if found[sid] != 1} == {}
        assert sum(found.values()) == len(load.acknowledged) + 1


def test_a_hub_does_not_start_without_its_database_and_says_so(
    own_town: Settle, postgres: Server, postgres_url: str
) -> None:
    town = own_town(postgres_url)
    with postgres.away():
        done = town.place.attempt("serve")
    assert done.returncode == 1
    assert "database" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
