"""No log line and no exception that leaves the hub holds a citizen's words, whatever goes wrong."""

import asyncio
import gc
import json
import logging
from collections.abc import Iterator
from contextlib import redirect_stderr
from datetime import datetime
from io import StringIO

import pytest
import structlog

from hub.actions.casework.cases import note
from hub.actions.sending.reply import reply
from hub.errors import HubError
from hub.logs import configure_logs, places
from hub.models import Message
from tests.cases.anytown import MAIL_DOMAIN, Town, said

MARK = "elderberry-7391"
NUMBER = "+447700900739"


@pytest.fixture
def lines() -> Iterator[StringIO]:
    """What this process logs."""
    handlers, level = logging.root.handlers[:], logging.root.level
    with redirect_stderr(StringIO()) as written:
        configure_logs("debug")
    yield written
    structlog.reset_defaults()
    logging.root.handlers[:] = handlers
    logging.root.setLevel(level)


def quiet(lines: StringIO) -> str:
    """What was logged, if it holds nobody's words."""
    assert MARK not in lines.getvalue()
    assert NUMBER not in lines.getvalue()
    return lines.getvalue()


async def test_poison_is_logged_without_its_words(town: Town, lines: StringIO) -> None:
    await town.receive(said(MARK, NUMBER, at=datetime(2026, 1, 1)))
    [line] = [json.loads(line) for line in quiet(lines).splitlines()]
    assert (line["level"], line["error"]) == ("error", "TypeError")


async def test_an_exception_with_words_in_it_is_logged_as_its_places(lines: StringIO) -> None:
    try:
        try:
            raise KeyError(MARK)
        except KeyError:
            raise ValueError(MARK) from None
    except ValueError:
        structlog.get_logger().exception("something failed")
        logging.getLogger("a.library").exception("a library failed")
    written = quiet(lines)
    assert "ValueError" in written
    assert "test_logs.py" in written


async def test_a_task_whose_failure_nobody_heard_is_logged_without_its_words(
    lines: StringIO,
) -> None:
    async def fails() -> None:
        raise ValueError(MARK)

    task = asyncio.create_task(fails())
    await asyncio.wait([task])
    del task
    gc.collect()
    assert "never retrieved" in quiet(lines)


async def test_errors_of_actions_hold_no_words(town: Town, lines: StringIO) -> None:
    receipt = await town.say(MARK, NUMBER)
    for verb, arguments, more in (
        (note, (MARK * 2_000,), {}),
        (reply, (MARK,), {"mail_domain": MAIL_DOMAIN, "channel": "email"}),
        (reply, (MARK,), {"mail_domain": MAIL_DOMAIN, "seq": 99}),
    ):
        with pytest.raises(HubError) as error:
            await town.act(verb, receipt, "ann", *arguments, **more)
        assert MARK not in f"{error.value!r} {error.value.fields}"
        assert NUMBER not in f"{error.value!r} {error.value.fields}"
    quiet(lines)


async def test_a_statement_that_fails_does_not_show_its_values(town: Town) -> None:
    receipt = await town.say(MARK, NUMBER)
    message = await town.one(Message, id=receipt.message_id)
    with pytest.raises(Exception, match=r"(?i)null") as error:
        await town.change(Message, message.id, channel=None)
    assert MARK not in str(error.value)


async def test_what_travels_shows_nothing_of_a_citizen() -> None:
    shown = repr(said(MARK, NUMBER, subject=MARK, html=MARK, sender_name=MARK, raw=MARK.encode()))
    assert MARK not in shown
    assert NUMBER not in shown


def test_endless_recursion_is_no_endless_line() -> None:
    def again(depth: int) -> None:
        if depth:
            again(depth - 1)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError) as raised:
        again(200)
    assert 20 < len(places(raised.value)) < 100
