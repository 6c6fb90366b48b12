"""References and reply tokens: what a citizen reads out, keys in or answers to."""

import re
import time

from hypothesis import given
from hypothesis import strategies as st

from hub.actions.intake.rows import mail_message_id
from hub.reference import case_id_of, is_reference, quoted_case_ids, reference_of, spoken
from hub.signed.reply_token import bounce_token, case_of_token, message_of_bounce, reply_token

case_ids = st.integers(1, 10**12 - 1)
references = case_ids.map(reference_of)
digits = st.text("0123456789", min_size=1, max_size=20)


@given(case_ids)
def test_a_reference_leads_back_to_its_case_in_any_spelling(case_id: int) -> None:
    reference = reference_of(case_id)
    assert (
        case_id_of(reference)
        == case_id_of(spoken(reference))
        == case_id_of(spoken(reference).replace(" ", "-"))
        == case_id
    )
    assert len(reference) >= 8


@given(case_ids, case_ids)
def test_two_cases_never_share_a_reference(one: int, other: int) -> None:
    assert (reference_of(one) == reference_of(other)) is (one == other)


@given(references, st.data())
def test_one_wrong_digit_is_caught(reference: str, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(reference) - 1))
    digit = data.draw(st.sampled_from([each for each in "0123456789" if each != reference[place]]))
    assert not is_reference(reference[:place] + digit + reference[place + 1 :])


@given(references, st.data())
def test_two_neighbours_swapped_are_caught(reference: str, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(reference) - 2))
    one, other = reference[place], reference[place + 1]
    swapped = reference[:place] + other + one + reference[place + 2 :]
    assert is_reference(swapped) is (one == other)


@given(st.text(max_size=40) | st.text("0123456789- ", max_size=40) | digits.map(lambda few: few * 5_000))
def test_whatever_is_keyed_in_is_a_possible_case_or_none(keyed: str) -> None:
    found = case_id_of(keyed)
    assert found is None or 0 <= found < 2**63


def test_who_lists_all_references_names_the_first_ones_only() -> None:
    listed = " ".join(reference_of(case_id) for case_id in range(1, 100_000))
    start = time.process_time()
    assert quoted_case_ids(listed) == list(range(1, 201))
    assert time.process_time() - start < 0.1


@given(st.lists(st.integers(1, 10**11 - 1), max_size=5, unique=True))
def test_quoted_references_are_found_in_their_order(ids: list[int]) -> None:
    text = " and ".join(f"case {spoken(reference_of(case_id))}." for case_id in ids)
    assert quoted_case_ids(text) == ids


@given(st.text())
def test_any_text_may_be_looked_through(text: str) -> None:
    assert all(case_id >= 0 for case_id in quoted_case_ids(text))


@given(case_ids, st.text(min_size=1))
def test_a_token_leads_back_to_its_case_also_in_upper_case(case_id: int, secret: str) -> None:
    secret = secret.encode("utf-8", "replace").decode()
    token = reply_token(secret, reference_of(case_id))
    assert case_of_token(secret, token) == case_of_token(secret, token.upper()) == case_id


@given(references, st.data())
def test_a_token_with_one_letter_changed_is_nobodys(reference: str, data: st.DataObject) -> None:
    token = reply_token("a secret", reference)
    place = data.draw(st.integers(0, len(token) - 1))
    letter = data.draw(st.sampled_from([each for each in "abcdefghijklmnopqrstuvwxyz234567" if each != token[place]]))
    assert case_of_token("a secret", token[:place] + letter + token[place + 1 :]) is None


@given(st.text(max_size=60))
def test_no_made_up_token_is_signed(token: str) -> None:
    assert case_of_token("a secret", token) is None


@given(references)
def test_another_hubs_token_is_nobodys(reference: str) -> None:
    assert case_of_token("a secret", reply_token("another", reference)) is None


def test_nobody_can_guess_the_message_id_of_a_mail() -> None:
    """Whoever knows it could pretend that our mail had bounced."""
    made = {mail_message_id(7, "10014325", "hub.anytown.example") for _ in range(50)}
    assert len(made) == 50
    assert all(re.fullmatch(r"7\.10014325\.[0-9a-f]{16}@hub\.anytown\.example", each) for each in made)


@given(case_ids, st.integers(1, 2**63 - 1), st.text(min_size=1))
def test_a_bounce_token_names_message_and_case_in_any_letter_case(case_id: int, message_id: int, secret: str) -> None:
    token = bounce_token(secret, reference_of(case_id), message_id)
    assert message_of_bounce(secret, token.upper()) == message_id
    assert case_of_token(secret, token.upper()) == case_id
    assert len(token) < 50


def test_a_bounce_token_for_another_message_or_of_another_kind_is_nobodys() -> None:
    token = bounce_token("a secret", reference_of(1), 7)
    for forged in (token.replace("b7x", "b8x"), token[:-1], "x" + token, reply_token("a secret", reference_of(1))):
        assert message_of_bounce("a secret", forged) is None
    assert message_of_bounce("another", token) is None
    assert case_of_token("a secret", token.replace("b7x", "b8x")) is None
