"""Statutory clocks that a message to the citizen met, which then didn't arrive."""

from datetime import datetime

from sqlmodel import Session, col, select

from hub.actions.time.targets import rules_of
from hub.models import Case, CaseClock, CaseType, ClockState, TypedCase


def run_again(session: Session, case: Case, at: datetime, stands: datetime | None) -> list[str]:
    """Clocks met at `at` run again, and those after them wait again; unless an answer of the moment `stands` meets them
    all the same. The caller retargets the case, which is locked. Returns the titles of what runs again."""
    typed = session.get(TypedCase, case.id)
    if typed is None:
        return []
    rules = rules_of(session.get_one(CaseType, typed.type_id))
    found = select(CaseClock).where(CaseClock.case_id == case.id, CaseClock.type_id == typed.type_id)
    clocks = [clock for clock in session.exec(found.order_by(col(CaseClock.id))) if clock.name in rules]
    again = [clock for clock in clocks if clock.state is ClockState.MET and clock.met_at == at]
    for clock in again:
        clock.met_at = stands
        if stands is None:
            clock.state = ClockState.RUNNING
    unmet = {clock.name for clock in again if stands is None}
    for clock in clocks:
        if rules[clock.name].after in unmet and clock.state is not ClockState.MET:
            clock.state, clock.started_on, clock.due_at = ClockState.PENDING, None, None
    return [rules[clock.name].title for clock in again if clock.state is ClockState.RUNNING]
