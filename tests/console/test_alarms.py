"""Alarms on the pages and over HTTP: acknowledged, recorded as false, and found again in their record."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlmodel import Session, col, select

from hub.actions.council.people import create_token
from hub.models import Alarm, Message, Restriction
from hub.reference import case_id_of
from tests.console.people import Council, Person, council_at_work
from tests.queries.town import add_dangers


@pytest.fixture
async def council(sqlite_url: str, tmp_path: Path) -> AsyncIterator[Council]:
    async with council_at_work(sqlite_url, tmp_path) as council:
        yield council


def raise_it(session: Session, path: str, name: str, number: int) -> None:
    """What the intake leaves where a message spoke of danger."""
    case_id = case_id_of(path.rpartition("/")[2]) or 0
    message = session.exec(select(Message.id).where(Message.case_id == case_id).order_by(col(Message.id))).first() or 0
    session.add(Restriction(case_id=case_id, why=name))
    session.add(Alarm(id=number, case_id=case_id, message_id=message, name=name, calls=[], every=60, step=2))


async def test_an_alarm_is_acknowledged_recorded_as_false_and_kept_in_the_record(council: Council) -> None:
    bob, ann = await council.person("bob"), await council.person("ann")
    assert "Alarms" not in await bob.see("/desk")
    fire = await council.case("fire in the hall", "+447700900001")
    gas = await council.case("gas in the cellar", "+447700900002")
    await council.db.write(raise_it, fire, "Fire", 901)
    await council.db.write(raise_it, gas, "Gas leak", 902)

    assert "Nobody has acknowledged it" in await bob.see("/alarms")
    await bob.see(fire)
    page = await bob.send(f"{fire}/acknowledge-alarm")
    assert "You are dealing with it: nobody else is called." in page
    assert "Bob Birch is dealing with it" in page
    page = await bob.send(f"{fire}/false-alarm", note="A song about <fire>")
    assert "It is recorded as a false alarm." in page

    assert await listed(bob, "/alarms") == ["Gas leak", "Fire"]
    assert await listed(bob, "/alarms?state=waiting") == ["Gas leak"]
    assert await listed(bob, "/alarms?danger=Fire") == ["Fire"]
    page = await bob.see("/alarms?state=false")
    assert "said Bob Birch" in page
    assert "A song about &lt;fire&gt;" in page
    assert "There is no such alarm." in await bob.see("/alarms?state=acknowledged")
    assert await listed(ann, "/alarms") == ["Fire"]  # an ordinary case by now; the other one isn't hers to see
    assert "Gas leak" not in await ann.see("/alarms")
    await bob.see("/alarms?state=loud")
    assert bob.status == 422


async def test_a_queue_whose_open_cases_are_all_restricted_is_not_called_empty(council: Council) -> None:
    await council.db.write(raise_it, await council.case("fire in the hall", "+447700900001"), "Fire", 901)
    ann, bob = await council.person("ann"), await council.person("bob")
    assert "Nothing here is yours to see" in await ann.see("/queues/highways")
    assert "yours to see" not in await bob.see("/queues/highways")


async def test_of_many_alarms_the_oldest_stand_on_every_page_and_the_rest_is_counted(council: Council) -> None:
    bob = await council.person("bob")
    for number in range(5):
        fire = await council.case("fire in the hall", f"+44770090000{number}")
        await council.db.write(raise_it, fire, f"Fire {number}", 901 + number)
    page = await bob.see("/desk")
    assert [f"Fire {number}" in page for number in range(5)] == [True, True, True, False, False]
    assert "2 more alarms" in page
    assert len(await listed(bob, "/alarms?state=waiting")) == 5


async def listed(person: Person, path: str) -> list[str]:
    page = await person.see(path)
    return [part.partition(">")[2].partition("<")[0] for part in page.split('class="case-link"')[1:]]


async def test_programs_acknowledge_alarms_and_record_false_ones(council: Council) -> None:
    fire = await council.case("fire in the hall", "+447700900001")
    await council.db.write(raise_it, fire, "Fire", 901)
    bob = await council.visitor()
    bob.http.headers["Authorization"] = f"Bearer {await council.db.write(create_token, 'bob@anytown.example')}"

    answered = await bob.http.post(f"/api/v1{fire}/acknowledge-alarm", json={})
    assert (answered.status_code, answered.json()["events"][-1]["kind"]) == (200, "alarm_acknowledged")
    assert (await bob.http.post(f"/api/v1{fire}/acknowledge-alarm", json={})).status_code == 409
    answered = await bob.http.post(f"/api/v1{fire}/false-alarm", json={"note": "A song"})
    assert (answered.status_code, answered.json()["events"][-1]["detail"]["note"]) == (200, "A song")
    assert (await bob.http.post(f"/api/v1{fire}/false-alarm", json={"note": ""})).status_code == 409


async def test_whoever_raises_an_alarm_reads_that_the_emergency_text_could_not_be_sent(council: Council) -> None:
    ann = await council.person("ann")
    path = await council.case("a burning smell here", "+447700900003")
    await council.db.write(add_dangers)
    await council.hub.desk.reload()
    await ann.see(path)
    page = await ann.send(f"{path}/raise-alarm", danger="Gas leak", answer="yes")
    assert "The alarm is raised. The emergency text could not be sent" in page
    assert "The emergency text could not be sent: This danger has none." in page


async def test_an_agent_raises_an_alarm_by_hand_and_leaders_read_of_the_words_that_were_missed(
    council: Council,
) -> None:
    ann, aud = await council.person("ann"), await council.person("aud")
    path = await council.case("a burning smell here", "+447700900003")
    assert "Raise an alarm" not in await ann.see(path)  # the council names no danger
    await council.db.write(add_dangers)
    await council.hub.desk.reload()
    assert "Raise an alarm" not in await aud.see(path)
    page = await ann.see(path)
    assert "Send the citizen the emergency text" in page

    page = await ann.send(f"{path}/raise-alarm", danger="", reason="It <hisses>", answer="yes")
    assert ann.status == 422
    assert 'value="It &lt;hisses&gt;"' in page

    form = ann.form(f"{path}/raise-alarm")
    form.fields.pop("answer", None)
    page = (await ann.post(form, f"{path}/raise-alarm", danger="Fire")).text
    assert "The alarm is raised. It calls people" in page
    assert "Ann Ash raised an alarm by hand: Fire. It &lt;hisses&gt;" in page
    assert "Call 999 now." not in page
    assert "Raise the alarm" not in page  # one is waiting

    assert await listed(aud, "/alarms?state=by-hand") == ["Fire"]
    assert "<strong>Raised by hand</strong>, Ann Ash: It &lt;hisses&gt;" in await aud.see("/alarms")
