"""Whose turn it is: urgency that ages, so that on a storm day nothing starves.

Every case has a moment by which it should be in somebody's hands: when it is due, or a while after it was opened where
nothing is due. Its priority brings that moment forward by a fixed head start. The earliest moment is next. Since no
head start is endless, whatever waits is next some day, however many more urgent cases keep coming.
"""

from datetime import datetime, timedelta

UNDUE = timedelta(days=5)  # the patience of a case that nothing is due for

HEAD_START = {  # by rank: low 0 to urgent 3
    0: timedelta(days=-5),
    1: timedelta(0),
    2: timedelta(days=10),
    3: timedelta(days=90),
}


def turn(rank: int, due_at: datetime | None, opened_at: datetime) -> datetime:
    """`rank`: of the priority, 0 for low to 3 for urgent."""
    return (due_at or opened_at + UNDUE) - HEAD_START[rank]
