"""Real processes for the acceptance tests: one hub that most of them share, a provider, a mail sink."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.acceptance.carrier import AUTH_TOKEN, Carrier, open_carrier
from tests.acceptance.hub_process import Place, started
from tests.acceptance.mail_sink import MailSink, open_sink
from tests.acceptance.town import Town, settle

Settle = Callable[..., Town]


@pytest.fixture(scope="session")
def carrier() -> Iterator[Carrier]:
    with open_carrier() as carrier:
        yield carrier
        assert carrier.refused == []


@pytest.fixture(scope="session")
def sink() -> Iterator[MailSink]:
    with open_sink() as sink:
        yield sink


@pytest.fixture(scope="session")
def town(tmp_path_factory: pytest.TempPathFactory, carrier: Carrier, sink: MailSink) -> Iterator[Town]:
    """A hub on SQLite that runs for all tests which don't harm it; each uses numbers and addresses of its own."""
    place = Place(folder=tmp_path_factory.mktemp("town"), more={"WEXCOMBE_TOKEN": AUTH_TOKEN})
    settled = settle(place, carrier.url, sink.port)
    with started(place, "serve") as process:
        process.until_ready()
        yield settled


@pytest.fixture
def own_town(tmp_path: Path, carrier: Carrier, sink: MailSink) -> Settle:
    """`own_town(database_url="", **settings)`: a council of the test's own, without a process yet."""

    def settled(database_url: str = "", **settings: str) -> Town:
        folder = tmp_path / "hub"
        folder.mkdir()
        place = Place(folder=folder, database_url=database_url, more={"WEXCOMBE_TOKEN": AUTH_TOKEN, **settings})
        return settle(place, carrier.url, sink.port)

    return settled
