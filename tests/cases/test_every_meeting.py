"""Faults sit where two features meet: every verb and every event from outside, in every status that a case may have,
and with whatever else it may have (an alarm, a rule that restricts it, a clock of the law, a second department).

No outcome is listed here. After each step is asked what must hold always: `broken` says in words what doesn't.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import Session, select

from hub.actions.casework.presence import set_presence
from hub.actions.intake.arrivals import Arrival
from hub.errors import HubError, NotFound
from hub.models import (
    Case,
)  # fmt: skip
from tests.cases.always import Before, of_case, of_change
from tests.cases.anytown import Town, living, mailed
from tests.cases.scenes import ANYTOWN, EVENTS, PLIGHTS, STATUSES, STEPS_OF, Scene, taken_back


@pytest.fixture
async def town(database_url: str, tmp_path: Path) -> Any:
    async with living(database_url, tmp_path, council=ANYTOWN) as town:
        yield town


@pytest.mark.parametrize("plight", PLIGHTS)
@pytest.mark.parametrize(
    "thorough", [False, pytest.param(True, marks=pytest.mark.soak)], ids=["each pair", "everything"]
)
async def test_whatever_meets_whatever_what_must_hold_holds(town: Town, plight: str, thorough: bool) -> None:
    said = {"case": PLIGHTS[plight].said, "other": PLIGHTS[plight].said, "plain": "My missed bin"}
    mails = {name: mailed(text, f"{name}@example.org") for name, text in said.items()}
    mails["more"], mails["danger"] = (
        mailed("Elm Road", "case@example.org"),
        mailed("I will end my life", "case@example.org"),
    )
    words = {name: await town.desk._arrival(mail) for name, mail in mails.items()}
    found = await town.db.write(_all_meetings, town, plight, words, thorough)
    assert found == [], "\n".join(found)


def _all_meetings(session: Session, town: Town, name: str, words: Mapping[str, Arrival], thorough: bool) -> list[str]:
    """What is broken, after which steps; everything is taken back. Else than thorough each two of status, step and
    plight meet at least once."""
    plight, nth = PLIGHTS[name], list(PLIGHTS).index(name)
    scene = Scene(session=session, town=town, words=words, case=0, other=0, plain=0, who=town.agents[plight.who])
    cases: dict[str, Any] = {each: scene.hear(each) for each in ("other", "plain", "case")}
    scene = replace(scene, **cases)
    scene.do(lambda s: plight.done(s, s.other))
    scene.do(lambda s: plight.done(s, s.case))
    scene.do(lambda s: set_presence(s.session, s.who, "here"))
    found: list[str] = []
    for row, (status, way) in enumerate(STATUSES.items()):
        with taken_back(session):
            try:
                for step in way:
                    scene.do(STEPS_OF[step])
            except HubError:
                continue  # it can't come to be so
            before = Before.of(scene)
            for name in list(STEPS_OF) if thorough else list(STEPS_OF)[(nth - row) % len(PLIGHTS) :: len(PLIGHTS)]:
                with taken_back(session):
                    found += [f"{status}, {name}: {words}" for words in _step(scene, before, name)]
    return found


def _step(s: Scene, before: Before, name: str) -> Iterator[str]:
    try:
        s.do(STEPS_OF[name])
    except HubError as error:
        if not error.message.endswith(".") or (name in EVENTS and not isinstance(error, NotFound)):
            yield f"refused: {error.message}"
        return
    except Exception as error:  # noqa: BLE001  # a fault like any other
        yield f"{type(error).__name__}: {error}"
        return
    after = Before.of(s)
    yield from of_change(s, before, after, name)
    for case in s.session.exec(select(Case)).all():
        if case.seq == before.seqs.get(case.id):
            continue
        yield from (f"case {case.id}, {case.status}, {words}" for words in of_case(s.session, case))
