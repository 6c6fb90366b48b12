"""Must show 3: answers leave by the documented REST call, and what becomes of them is never guessed."""

from tests.acceptance.carrier import Carrier
from tests.acceptance.conftest import Settle
from tests.acceptance.hub_process import started
from tests.acceptance.town import NUMBER, Town, answer_of, eventually, new_number


def opened(town: Town, number: str, body: str = "When is the library open?") -> str:
    """The reference of a new case of this number's."""
    assert town.text(number, body).status_code == 200
    [case] = town.cases_of(number)
    reference: str = case["reference"]
    return reference


def test_a_reply_reaches_the_provider_within_two_seconds(town: Town, carrier: Carrier) -> None:
    number = new_number()
    town.reply(opened(town, number), "On weekdays from nine.")
    [sent] = eventually(lambda: [one for one in carrier.sent_to(number) if one["Body"] == "On weekdays from nine."], 2)
    assert sent["From"] == NUMBER
    assert sent["StatusCallback"] == f"{town.place.url}/in/sms/city/status"


def test_a_late_sent_never_overwrites_delivered(town: Town, carrier: Carrier) -> None:
    number = new_number()
    reference = opened(town, number)
    town.reply(reference, "We have told the crew.")
    [sent] = eventually(lambda: [one for one in carrier.sent_to(number) if one["Body"] == "We have told the crew."], 2)
    assert town.report(sent["sid"], "delivered").status_code == 204
    assert town.report(sent["sid"], "sent").status_code == 204
    eventually(lambda: answer_of(town.case(reference))["status"] == "delivered", 2)


def test_an_opted_out_number_leaves_the_reply_failed_with_a_reason(town: Town, carrier: Carrier) -> None:
    number = new_number()
    reference = opened(town, number)
    eventually(lambda: carrier.sent_to(number), 2)  # the acknowledgement: refused, it would tell too early
    carrier.refuses[number] = 21610
    town.reply(reference, "Are you still there?")
    eventually(lambda: answer_of(town.case(reference))["status"] == "failed", 2)
    assert "opted out" in answer_of(town.case(reference))["error"]


def test_a_reply_that_a_killed_hub_left_with_a_silent_provider_is_unknown_and_not_sent_again(
    own_town: Settle, carrier: Carrier
) -> None:
    left_with_a_silent_provider(own_town(), carrier)


def test_the_same_on_postgresql_where_no_other_worker_lives(
    own_town: Settle, carrier: Carrier, postgres_url: str
) -> None:
    left_with_a_silent_provider(own_town(postgres_url), carrier)


def left_with_a_silent_provider(town: Town, carrier: Carrier) -> None:
    number = new_number()
    with started(town.place, "serve") as process:
        process.until_ready()
        reference = opened(town, number)
        eventually(lambda: carrier.sent_to(number), 5)  # the acknowledgement
        carrier.silent.add(number)
        town.reply(reference, "Your new card is on its way.")
        eventually(lambda: len(carrier.sent_to(number)) == 2, 5)
        process.kill()
    with started(town.place, "serve") as process:
        process.until_ready()
        eventually(lambda: answer_of(town.case(reference))["status"] == "unknown", 10)
        eventually(lambda: number in carrier.asked_for, 10)
        assert answer_of(town.case(reference))["status"] == "unknown"
        assert len(carrier.sent_to(number)) == 2
