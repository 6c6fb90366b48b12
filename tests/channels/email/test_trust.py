"""Whom a mail is believed to be from: only by the words of the council's own mail server."""

from collections.abc import Sequence

import pytest

from channels.contract import Authentication, InboundMessage, Verification
from channels.email.intake import Delivery, event_of
from channels.email.trust import Trust, results_of, trust_in
from channels.email.understanding.parsing import understand
from tests.channels.desk import inbox_of

OURS = "mx.anytown.example"
DMARC_PASS = (
    f"{OURS}; spf=pass smtp.mailfrom=j@x.example; dkim=pass header.d=x.example; dmarc=pass header.from=x.example"
)
DMARC_FAIL = f"{OURS}; dmarc=fail (p=REJECT sp=REJECT dis=NONE) header.from=x.example"
EXCHANGE = (
    "spf=fail (sender IP is 203.0.113.9) smtp.mailfrom=x.example; dkim=none (message not signed) "
    "header.d=none;dmarc=fail action=quarantine header.from=x.example;compauth=fail reason=000"
)


def judged(*values: str, authserv_id: str = OURS, sender: str = "j@x.example") -> Trust:
    return trust_in(values, sender, inbox_of("email", "help", "help@anytown.example", authserv_id=authserv_id))


def verdicts(trust: Trust) -> tuple[str, str, str] | None:
    found = trust.authentication
    return (found.spf, found.dkim, found.dmarc) if found else None


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([DMARC_PASS], ("pass", "pass", "pass")),
        ([DMARC_FAIL], ("none", "none", "fail")),
        ([DMARC_PASS.upper()], ("pass", "pass", "pass")),
        ([f"{OURS} 1; dmarc=pass"], ("none", "none", "pass")),
        ([f'"{OURS}"; dmarc = pass (good; really) header.from=x.example'], ("none", "none", "pass")),
        ([f"{OURS} (a; dmarc=pass (nested) comment); dmarc=fail"], ("none", "none", "fail")),
        ([f"{OURS}; spf=softfail; dkim=fail; dkim=pass; dmarc=none"], ("fail", "pass", "none")),
        ([f"{OURS}; spf=temperror; dkim=permerror; dmarc=bestguesspass"], ("none", "none", "none")),
        ([f"{OURS}; spf=pass", f"{OURS}; dkim=pass", f"{OURS}; dmarc=pass"], ("pass", "pass", "pass")),
        ([f"{OURS}; none"], ("none", "none", "none")),
        (["mx.elsewhere.example; dmarc=pass"], None),
        ([f"{OURS}.evil.example; dmarc=pass"], None),
        ([f"evil.example ({OURS}); dmarc=pass"], None),
        ([f"evil.example; {OURS}; dmarc=pass"], None),
        (["", ";;;", "=", '"', "(((", "spf=pass"], None),
        ([], None),
    ],
)
def test_only_our_own_servers_words_count(values: Sequence[str], expected: tuple[str, str, str] | None) -> None:
    assert verdicts(judged(*values)) == expected


def test_without_a_named_server_nobody_is_believed() -> None:
    assert judged(DMARC_PASS, authserv_id="") == Trust()


def test_several_servers_of_ours_may_be_named() -> None:
    assert verdicts(judged(DMARC_FAIL, authserv_id=f"mx2.anytown.example, {OURS.upper()}")) == ("none", "none", "fail")


@pytest.mark.parametrize("order", [[DMARC_FAIL, DMARC_PASS], [DMARC_PASS, DMARC_FAIL]])
def test_a_forged_pass_beside_our_fail_helps_nobody(order: Sequence[str]) -> None:
    trust = judged(*order)

    assert trust.verification is Verification.CLAIMED
    assert any("contradict" in problem for problem in trust.problems)


def test_a_pass_for_another_address_than_the_visible_one_shows_that_this_one_is_forged() -> None:
    trust = judged(DMARC_PASS, sender="victim@bank.example")

    assert (verdicts(trust), trust.verification) == (("pass", "pass", "fail"), Verification.CLAIMED)
    assert "x.example" in trust.problems[0]


def test_one_domain_may_be_written_in_two_ways() -> None:
    results = f"{OURS}; dmarc=pass header.from=bücher.example"

    assert judged(results, sender="j@xn--bcher-kva.example").verification is Verification.VERIFIED


def test_exchange_online_names_no_server_and_only_its_topmost_word_counts() -> None:
    assert verdicts(judged(EXCHANGE, "spf=pass; dmarc=pass", authserv_id="-")) == ("fail", "none", "fail")
    assert verdicts(judged(EXCHANGE, authserv_id=OURS)) is None


def test_a_header_of_any_size_is_read_in_a_moment() -> None:
    nasty = f"{OURS}; " + "(" * 20_000 + ";" * 20_000 + '"' * 20_001
    assert verdicts(judged(*[nasty] * 100)) == ("none", "none", "none")
    assert results_of("a;" * 30_000)[0] == "a"


@pytest.mark.parametrize(
    ("value", "verification"),
    [
        (DMARC_PASS, Verification.VERIFIED),
        (DMARC_FAIL, Verification.CLAIMED),
        (f"{OURS}; spf=fail", Verification.DELIVERED),
    ],
)
def test_the_message_carries_what_was_found(value: str, verification: Verification) -> None:
    raw = f"Authentication-Results: {value}\r\nFrom: Jane <j@x.example>\r\nSubject: Bin\r\n\r\nhello\r\n".encode()
    inbox = inbox_of("email", "help", "help@anytown.example", authserv_id=OURS)

    event = event_of(understand(raw), raw, Delivery(inbox, None, lambda address: False))

    assert isinstance(event, InboundMessage)
    assert event.verification is verification
    assert isinstance(event.authentication, Authentication)
    assert event.authentication.by == OURS
    assert ("disowns" in " ".join(event.problems)) is (verification is Verification.CLAIMED)
