"""How far a folder has been read: every case as plain values."""

from datetime import date

import pytest

from channels.email.imap_position import Folder, Position, first_position, is_start, position_in

TODAY = date(2026, 6, 10)
FOLDER = Folder(validity=7, next_uid=101)


def test_from_now_on_means_what_is_there_already_is_left_alone() -> None:
    position = first_position(FOLDER, "now", TODAY)

    assert position.criteria == ["UID", "101:*"]
    assert position.wanted([100]) == []  # the last mail, as RFC 9051 answers
    assert position.wanted([102, 101]) == [101, 102]


def test_the_last_days_are_taken_by_their_date_and_all_that_comes_by_its_uid() -> None:
    position = first_position(FOLDER, "7d", TODAY)
    assert position.criteria == ["UID", "1:100", "SINCE", "3-Jun-2026"]
    assert position.is_belated(100)
    assert not position.is_belated(101)

    position = position.after(90)
    assert position.criteria == ["UID", "91:100", "SINCE", "3-Jun-2026"]
    position = position.with_nothing_left(TODAY)
    assert position.criteria == ["UID", "101:*"]
    assert not position.is_belated(100)


def test_all_is_all() -> None:
    position = first_position(FOLDER, "all", TODAY)
    assert position.criteria == ["UID", "1:100"]
    assert position.after(100).criteria == ["UID", "101:*"]
    assert first_position(Folder(7, 1), "all", TODAY).criteria == ["UID", "1:*"]


def test_it_is_stored_and_found_again() -> None:
    for position in (first_position(FOLDER, "7d", TODAY), first_position(FOLDER, "now", TODAY)):
        assert Position.from_json(position.to_json()) == position
        assert position_in(FOLDER, position.to_json(), "all", TODAY) == position


def test_a_folder_that_numbers_anew_is_gone_through_since_the_last_good_look() -> None:
    before = Position(validity=7, uid=5000, checked=date(2026, 6, 8))

    now = position_in(Folder(validity=8, next_uid=31), before.to_json(), "now", TODAY)

    assert now.criteria == ["UID", "1:30", "SINCE", "6-Jun-2026"]
    assert not now.is_belated(5)  # whoever wrote meanwhile is acknowledged
    assert now.with_nothing_left(TODAY).criteria == ["UID", "31:*"]


def test_a_folder_that_numbers_anew_during_the_first_catching_up_begins_it_again() -> None:
    before = first_position(FOLDER, "7d", TODAY).after(50)

    now = position_in(Folder(validity=8, next_uid=31), before.to_json(), "7d", TODAY)

    assert now.criteria == ["UID", "1:30", "SINCE", "3-Jun-2026"]
    assert now.is_belated(5)


def test_an_emptied_folder_that_numbers_anew_has_nothing_old() -> None:
    before = Position(validity=7, uid=5000, checked=TODAY)
    assert position_in(Folder(validity=8, next_uid=1), before.to_json(), "now", TODAY).criteria == ["UID", "1:*"]


@pytest.mark.parametrize(
    ("written", "expected"), [("now", True), ("all", True), ("7d", True), ("", False), ("7", False)]
)
def test_what_may_be_asked_for(written: str, expected: bool) -> None:
    assert is_start(written) is expected
