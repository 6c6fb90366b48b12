"""Logs: one line an event on stderr, JSON unless somebody reads along at a terminal.

No line ever holds a secret or a citizen's words: events name ids and kinds, and of an exception only its type and
where it happened are written, since its text may quote a row.
"""

import logging
import sys
import traceback
from copy import copy
from types import TracebackType
from typing import Any

import structlog

ExcInfo = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]

_MOST_PLACES = 40  # of one exception: endless recursion has a thousand


def configure_logs(level: str) -> None:
    """For this process, once."""
    number = getattr(logging, level.upper())
    readable = sys.stderr.isatty()
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _where,
            structlog.dev.ConsoleRenderer() if readable else structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    through = logging.StreamHandler(sys.stderr)
    through.setFormatter(_Discreet("%(levelname)s %(name)s %(message)s"))
    logging.basicConfig(level=max(number, logging.WARNING), handlers=[through], force=True)


def places(error: BaseException) -> list[str]:
    """Type and places of an exception and its causes, innermost last; never its text, and not a thousand places."""
    lines = [type(error).__name__]
    frames = traceback.extract_tb(error.__traceback__)[-_MOST_PLACES:]
    lines += [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames]
    cause = error.__cause__ or error.__context__
    return [*places(cause), *lines] if cause is not None else lines


def _where(logger: Any, method: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    if event.pop("exc_info", None):
        error = sys.exc_info()[1]
        event["where"] = places(error) if error is not None else []
    return event


class _Discreet(logging.Formatter):
    """For the libraries that log through the standard library."""

    def format(self, record: logging.LogRecord) -> str:
        """asyncio's first line says what happened; those below it show tasks, exceptions and their texts."""
        if record.name == "asyncio":
            record = copy(record)
            record.msg, record.args = record.getMessage().partition("\n")[0], None
        return super().format(record)

    def formatException(self, ei: ExcInfo) -> str:  # noqa: N802  # the base class names it
        return "\n".join(places(ei[1])) if ei[1] is not None else ""
