"""How the hub's processes begin and end: in words, with an exit code, and without dropping what they hold."""

import asyncio
import socket

from tests.acceptance import stored
from tests.acceptance.conftest import Settle
from tests.acceptance.hub_process import free_port, started
from tests.acceptance.steady_load import pouring
from tests.acceptance.town import Town, new_number


async def test_sigterm_under_load_ends_in_seconds_with_exit_code_0_and_loses_nothing(own_town: Settle) -> None:
    town = own_town()
    async with pouring(town.place.url, per_second=100) as load:
        with started(town.place, "serve") as process:
            await asyncio.to_thread(process.until_ready)
            await load.until_acknowledged(50)
            assert await asyncio.to_thread(process.stop) == 0
        acknowledged = list(load.acknowledged)
        found = stored.texts(town.place)
        assert [sid for sid in acknowledged if found[sid] != 1] == []
        again = town.place.start("serve")
        await asyncio.to_thread(again.until_ready)
    again.end()


def test_a_busy_port_is_one_sentence(own_town: Settle) -> None:
    town = own_town()
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", town.place.port))
        taken.listen()
        done = town.place.attempt("serve")
    assert done.returncode == 1
    assert str(town.place.port) in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_a_web_process_alone_refuses_sqlite_in_one_sentence(own_town: Settle) -> None:
    done = own_town().place.attempt("web")
    assert done.returncode == 1
    assert "PostgreSQL" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_a_second_hub_on_the_same_sqlite_database_refuses_in_one_sentence(town: Town) -> None:
    done = town.place.attempt("serve")
    assert done.returncode == 1
    assert len(done.stderr.strip().splitlines()) == 1
    assert town.text(new_number(), "Still there?").status_code == 200


def test_a_simulator_without_its_secrets_is_one_sentence(own_town: Settle) -> None:
    smtp = f"127.0.0.1:{free_port()}"
    done = own_town(HUB_SIMULATOR="1", HUB_SIMULATOR_SMTP=smtp, WEXCOMBE_TOKEN="").place.attempt("serve")
    assert done.returncode == 1
    assert "WEXCOMBE_TOKEN" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
