"""Web processes and a worker side by side on PostgreSQL."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace

from tests.acceptance.carrier import Carrier
from tests.acceptance.conftest import Settle
from tests.acceptance.hub_process import free_port, started
from tests.acceptance.town import Town, eventually, new_number, said


def test_fifty_texts_of_one_new_number_at_two_web_processes_make_one_case(
    own_town: Settle, carrier: Carrier, postgres_url: str
) -> None:
    one = own_town(postgres_url)
    other = Town(replace(one.place, port=free_port()), one.token)
    number = new_number()
    with ExitStack() as stack:
        webs = [stack.enter_context(started(town.place, "web")) for town in (one, other)]
        stack.enter_context(started(one.place, "worker"))
        for web in webs:
            web.until_ready()
        with ThreadPoolExecutor(16) as citizens:
            answers = list(citizens.map(lambda n: (one, other)[n % 2].text(number, f"Text {n}"), range(50)))
        assert {answer.status_code for answer in answers} == {200}
        [case] = one.cases_of(number)
        assert sorted(said(case)) == sorted(f"Text {n}" for n in range(50))
        assert len(eventually(lambda: carrier.sent_to(number), 10)) == 1
        other.reply(case["reference"], "We have all fifty.")
        eventually(lambda: carrier.sent_to(number)[1:], 5)
    assert [text["Body"] for text in carrier.sent_to(number)[1:]] == ["We have all fifty."]
