"""What becomes of an agent's wish that needs days reckoned while the calendar can't be read."""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

import structlog
from sqlalchemy.exc import SQLAlchemyError

from hub.errors import Conflict, HubError

_UNREADABLE = (
    "The calendar can’t be read, so no last day can be reckoned. Nothing was changed. "
    "Try again later, and tell an administrator: the hub’s log says why."
)

P = ParamSpec("P")
T = TypeVar("T")

log = structlog.get_logger()


def reckoned(verb: Callable[P, T]) -> Callable[P, T]:
    """For a verb of (session, case_id, agent_id, …). Agents are refused in words; the hub itself (no agent), whose
    timer tries again, gets what the calendar raised."""

    @wraps(verb)
    def told(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return verb(*args, **kwargs)
        except (HubError, SQLAlchemyError):
            raise
        except Exception as error:
            _, case_id, agent_id = args[:3]
            if agent_id is None:
                raise
            log.exception("a case's clocks can't be reckoned", case=case_id, error=type(error).__name__)
            raise Conflict(_UNREADABLE) from error

    return told
