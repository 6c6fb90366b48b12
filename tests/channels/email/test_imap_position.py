"""How far a folder has been read: every case as plain values."""

from datetime import UTC, date, datetime, timedelta

import pytest

from channels.email.imap.position import Folder, Position, first_position, is_start, position_in

NOW = datetime(2026, 6, 10, 12, 30, 15, 500_000, tzinfo=UTC)
TODAY = NOW.date()
FOLDER = Folder(validity=7, next_uid=101)


def test_from_now_on_means_what_is_there_already_is_left_alone() -> None:
    position = first_position(FOLDER, "now", NOW)

    assert position.criteria == ["UID", "101:*"]
    assert position.wanted([100]) == []  # the last mail, as RFC 9051 answers
    assert position.wanted([102, 101]) == [101, 102]


def test_the_last_days_are_taken_by_their_date_and_all_that_comes_by_its_uid() -> None:
    position = first_position(FOLDER, "7d", NOW)
    assert position.criteria == ["UID", "1:100", "SINCE", "3-Jun-2026"]
    assert position.is_belated(100)
    assert not position.is_belated(101)

    position = position.after(90)
    assert position.criteria == ["UID", "91:100", "SINCE", "3-Jun-2026"]
    position = position.with_nothing_left(TODAY)
    assert position.criteria == ["UID", "101:*"]
    assert not position.is_belated(100)


def test_all_is_all() -> None:
    position = first_position(FOLDER, "all", NOW)
    assert position.criteria == ["UID", "1:100"]
    assert position.after(100).criteria == ["UID", "101:*"]
    assert first_position(Folder(7, 1), "all", NOW).criteria == ["UID", "1:*"]


def test_it_is_stored_and_found_again() -> None:
    for position in (first_position(FOLDER, "7d", NOW), first_position(FOLDER, "now", NOW)):
        assert Position.from_json(position.to_json()) == position
        assert position_in(FOLDER, position.to_json(), "all", NOW) == position


def test_a_folder_that_numbers_anew_is_gone_through_since_the_last_good_look() -> None:
    before = Position(validity=7, uid=5000, checked=date(2026, 6, 8))

    now = position_in(Folder(validity=8, next_uid=31), before.to_json(), "now", NOW)

    assert now.criteria == ["UID", "1:30", "SINCE", "6-Jun-2026"]
    assert not now.is_belated(5)  # whoever wrote meanwhile is acknowledged
    assert now.with_nothing_left(TODAY).criteria == ["UID", "31:*"]


def test_what_lay_there_when_from_now_on_was_said_is_old_by_its_time_once_its_number_is_gone() -> None:
    before = first_position(FOLDER, "now", NOW)
    assert not before.is_old(101, NOW - timedelta(days=1))  # moved into the folder: its number is new

    now = position_in(Folder(validity=8, next_uid=31), before.to_json(), "now", NOW + timedelta(hours=1))

    assert now.criteria == ["UID", "1:30", "SINCE", "8-Jun-2026"]
    moments = (NOW - timedelta(seconds=2), NOW.replace(microsecond=0))
    assert [now.is_old(5, each) for each in moments] == [True, False]
    assert not now.is_old(31, moments[0])


def test_a_position_of_an_earlier_version_knows_no_beginning() -> None:
    stored = {key: value for key, value in first_position(FOLDER, "now", NOW).to_json().items() if key != "began"}
    assert position_in(FOLDER, stored, "now", NOW).began is None


def test_a_folder_that_numbers_anew_during_the_first_catching_up_begins_it_again() -> None:
    before = first_position(FOLDER, "7d", NOW).after(50)

    now = position_in(Folder(validity=8, next_uid=31), before.to_json(), "7d", NOW)

    assert now.criteria == ["UID", "1:30", "SINCE", "3-Jun-2026"]
    assert now.is_belated(5)


def test_an_emptied_folder_that_numbers_anew_has_nothing_old() -> None:
    before = Position(validity=7, uid=5000, checked=TODAY)
    assert position_in(Folder(validity=8, next_uid=1), before.to_json(), "now", NOW).criteria == ["UID", "1:*"]


@pytest.mark.parametrize(
    ("written", "expected"), [("now", True), ("all", True), ("7d", True), ("", False), ("7", False)]
)
def test_what_may_be_asked_for(written: str, expected: bool) -> None:
    assert is_start(written) is expected
