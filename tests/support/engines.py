"""One SQLAlchemy dialect and one cache of compiled statements for all engines of a kind.

Each test's hub has engines of its own; without this it would compile the same statements anew, which takes longer than
most tests do. Nothing else is shared: every engine keeps its own connections.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import Engine, create_engine
from sqlalchemy.engine import Connection, Dialect

import hub.db.engine


@contextmanager
def sharing_statements() -> Iterator[None]:
    """Whoever asks the hub for an engine meanwhile gets one that compiles only what no other has compiled."""
    kinds: dict[str, tuple[Dialect, dict[Any, Any]]] = {}

    def create(url: str, **options: Any) -> Engine:
        behaviour = {name: value for name, value in options.items() if name != "connect_args"}
        kind = f"{url.partition(':')[0]} {behaviour}"
        _, compiled = kinds.get(kind, (None, {}))
        execution = {**options.pop("execution_options", {}), "compiled_cache": compiled}
        engine = create_engine(url, execution_options=execution, **options)
        shared, _ = kinds.setdefault(kind, (engine.dialect, compiled))
        if shared is not engine.dialect:
            _hand_over(engine, shared)
        return engine

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(hub.db.engine, "create_engine", create)
        yield


def _hand_over(engine: Engine, shared: Dialect) -> None:
    """What the engine's own dialect would ask the server at its first connection is known already."""

    def initialize(connection: Connection) -> None:
        if not hasattr(shared, "server_version_info"):
            shared.initialize(connection)

    engine.dialect.initialize = initialize  # type: ignore[method-assign]  # of this one instance
    engine.dialect = shared
