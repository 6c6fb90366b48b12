"""What every test may ask for: a migrated database, on SQLite and on a real PostgreSQL, and a real browser.

Nothing is started before a test asks for it. A test that takes `database_url` runs twice, once on each database.
"""

import gc
import itertools
import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import hypothesis
import pytest
import structlog
from playwright.async_api import Browser, Page

from tests.support import browser as browsers
from tests.support import engines, scratch
from tests.support import postgres as postgresql

DATABASES = ("sqlite", "postgresql")

_numbers = itertools.count(1)


def pytest_configure(config: pytest.Config) -> None:
    """Files in memory; and a property holds or it doesn't, however busy the machine is: no deadline for an example."""
    scratch.keep_in_memory()
    hypothesis.settings.register_profile("hub", deadline=None, max_examples=1000 if is_soaking(config) else 50)
    hypothesis.settings.load_profile("hub")
    gc.set_threshold(50_000, 10, 20)  # a twentieth of the suite's time went into looking for garbage
    # a logged fault in colours, with the locals of each frame, costs a second
    structlog.dev.ConsoleRenderer.get_active().exception_formatter = structlog.dev.plain_traceback


def is_soaking(config: pytest.Config) -> bool:
    return bool(config.option.markexpr == "soak")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Whatever takes a browser is marked so: `pytest -m "not browser"` is quick. The long tests try properties, too."""
    for item in items:
        if "browser" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.browser)
        if is_soaking(config) and hypothesis.is_hypothesis_test(getattr(item, "obj", None)):
            item.add_marker(pytest.mark.soak)


# --- databases ---------------------------------------------------------------------------------------------


@pytest.fixture(scope="session", autouse=True)
def shared() -> Iterator[engines.SharedParts]:
    """What one hub's engines have compiled, the next one's needn't."""
    with engines.sharing() as parts:
        yield parts


@pytest.fixture(scope="session")
def postgres(shared: engines.SharedParts) -> Iterator[postgresql.Server]:
    """A PostgreSQL of this session's own; tests of the database lane may make and drop databases in it."""
    with postgresql.running() as server:
        yield server
        shared.let_go_of_all()


@pytest.fixture(scope="session")
def postgres_template(postgres: postgresql.Server) -> str:
    """The name of a migrated database that is only ever copied."""
    from hub.db.migrate import upgrade

    upgrade(postgres.create("hub_template"))
    return "hub_template"


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated database that is only ever copied."""
    from hub.db.migrate import upgrade

    path = tmp_path_factory.mktemp("template") / "hub.db"
    upgrade(f"sqlite:///{path}")
    return path


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    """A migrated SQLite database in the test's own folder."""
    return f"sqlite:///{shutil.copyfile(sqlite_template, tmp_path / 'hub.db')}"


@pytest.fixture(scope="session")
def spare_databases() -> list[str]:
    """Names of migrated PostgreSQL databases that earlier tests have left empty."""
    return []


@pytest.fixture
def postgres_url(
    postgres: postgresql.Server, postgres_template: str, spare_databases: list[str], shared: engines.SharedParts
) -> Iterator[str]:
    """A migrated PostgreSQL database of the test's own, as long as it lasts; a test may not change its tables."""
    if spare_databases:
        name = spare_databases.pop()
    else:
        name = f"test_{next(_numbers)}"
        postgres.create(name, template=postgres_template)
    url = postgres.url(name)
    shared.keep_connections(url)
    yield url
    if shared.idle(url) and postgres.empty(name, kept=["alembic_version"]):
        spare_databases.append(name)
    else:
        shared.let_go(url)
        postgres.drop(name)


@pytest.fixture(params=DATABASES)
def database_url(request: pytest.FixtureRequest) -> str:
    """A migrated, empty hub: each test that takes it runs on SQLite and on PostgreSQL."""
    url: str = request.getfixturevalue("sqlite_url" if request.param == "sqlite" else "postgres_url")
    return url


@pytest.fixture
def empty_postgres_url(postgres: postgresql.Server) -> Iterator[str]:
    """A PostgreSQL database without a single table."""
    name = f"test_{next(_numbers)}"
    yield postgres.create(name)
    postgres.drop(name)


@pytest.fixture(params=DATABASES)
def empty_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database without a single table, on SQLite and on PostgreSQL: for the tests of migrations."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'empty.db'}"
    url: str = request.getfixturevalue("empty_postgres_url")
    return url


# --- browsers ----------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def chromium() -> str | None:
    """The browser's path, None for playwright's own; fails saying what to install when there is none."""
    try:
        return browsers.installed_chromium()
    except browsers.MissingBrowserError as missing:
        pytest.fail(str(missing), pytrace=False)


@pytest.fixture(scope="session")
async def browser(chromium: str | None) -> AsyncIterator[Browser]:
    async with browsers.launched(chromium) as launched:
        yield launched


@pytest.fixture
async def visitors(browser: Browser) -> AsyncIterator[browsers.Visitors]:
    """Several people at once: `await visitors.arrive()` gives each a page. A page's script error fails the test."""
    people = browsers.Visitors(browser)
    yield people
    await people.leave()
    assert not people.complaints


@pytest.fixture
async def page(visitors: browsers.Visitors) -> Page:
    """One person's page."""
    return await visitors.arrive()
