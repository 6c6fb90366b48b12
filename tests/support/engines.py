"""What the engines of many tests share, so that a test needn't pay for it: one dialect and one cache of compiled
statements for all engines of a kind and, to a PostgreSQL database that test after test gets, the connections.

Each test's hub makes engines of its own and disposes of them. Without this it would compile the same statements anew
and have the server start a process for each of its connections, which takes longer than most tests do.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import Engine, create_engine
from sqlalchemy.engine import Connection, Dialect
from sqlalchemy.pool import Pool

import hub.db.engine


class SharedParts:
    """Makes the engines that the hub asks for."""

    def __init__(self) -> None:
        self._kinds: dict[str, tuple[Dialect, dict[Any, Any]]] = {}
        self._kept: dict[str, dict[str, Pool]] = {}  # by database, then by kind of engine

    def keep_connections(self, url: str) -> None:
        """From now on engines to this database leave their connections to those that come after them."""
        self._kept.setdefault(url, {})

    def idle(self, url: str) -> bool:
        """Whether every kept connection to it has been given back."""
        return not any(pool.checkedout() for pool in self._kept.get(url, {}).values())  # type: ignore[attr-defined]  # of every QueuePool

    def let_go(self, url: str) -> None:
        for pool in self._kept.pop(url, {}).values():
            pool.dispose()

    def let_go_of_all(self) -> None:
        for url in list(self._kept):
            self.let_go(url)

    def create_engine(self, url: str, **options: Any) -> Engine:
        behaviour = {name: value for name, value in options.items() if name != "connect_args"}
        kind = f"{url.partition(':')[0]} {behaviour}"
        _, compiled = self._kinds.get(kind, (None, {}))
        execution = {**options.pop("execution_options", {}), "compiled_cache": compiled}
        engine = create_engine(url, execution_options=execution, **options)
        shared, _ = self._kinds.setdefault(kind, (engine.dialect, compiled))
        if shared is not engine.dialect:
            _hand_over(engine, shared)
        pools = self._kept.get(url.replace("+psycopg", ""))
        if pools is not None:
            engine.pool = pools.setdefault(kind, engine.pool)
            engine.dispose = _keep  # type: ignore[method-assign]  # of this one instance
        return engine


@contextmanager
def sharing() -> Iterator[SharedParts]:
    """Whoever asks the hub for an engine meanwhile gets one with shared parts."""
    parts = SharedParts()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(hub.db.engine, "create_engine", parts.create_engine)
        yield parts
    parts.let_go_of_all()


def _keep(close: bool = True) -> None:
    """In place of an engine's dispose()."""


def _hand_over(engine: Engine, shared: Dialect) -> None:
    """What the engine's own dialect would ask the server at its first connection is known already."""

    def initialize(connection: Connection) -> None:
        if shared.server_version_info is None:
            shared.initialize(connection)

    engine.dialect.initialize = initialize  # type: ignore[method-assign]  # of this one instance
    engine.dialect = shared
