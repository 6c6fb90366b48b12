"""Clocks, presence and notices on the pages, through their forms."""

from typing import Any

from sqlmodel import Session, select

from hub.actions.casework.distribute import distribute
from hub.actions.casework.notices import tell_agents
from hub.models import Agent, Case, CaseType, Queue
from hub.models.base import utcnow
from hub.reference import case_id_of
from tests.console.people import Council, Person

CLOCKS: list[dict[str, Any]] = [
    {"name": "answer", "title": "Answer by law", "within": "20 working days", "extension": "10 working days"},
    {"name": "second", "within": "1 month", "pauses": {"proof": "continues", "proof of identity": "restarts"}},
]


def add_type(session: Session) -> None:
    session.add(CaseType(slug="foi", name="Freedom of information", clocks=CLOCKS))


def tell(session: Session, path: str, email: str) -> None:
    agent = session.exec(select(Agent).where(Agent.email == email)).one()
    case = session.get_one(Case, case_id_of(path.rpartition("/")[2]))
    tell_agents(session, case, [agent.id or 0], "It is nearly due.")


def push(session: Session) -> None:
    queue = session.exec(select(Queue).where(Queue.slug == "waste")).one()
    queue.assignment, queue.accept_within = "round-robin", "10m"


async def test_a_caseworker_gives_a_case_its_type_and_changes_its_clocks(council: Council, ann: Person) -> None:
    await council.db.write(add_type)
    case = await council.case()
    await ann.see(case)
    page = await ann.send(f"{case}/type", type="foi")
    assert "The case has its type; its clocks run." in page
    assert "Answer by law" in page
    assert "made it “Freedom of information”" in page
    page = await ann.send(f"{case}/extend-clock", by="5", reason="Many papers")
    assert "extended “Answer by law” by 5 working days" in page
    assert "(20 working days, extended by 5 working days)" in page
    assert "proof (then it goes on)" in page
    assert "proof of identity (then it begins anew)" in page
    page = await ann.send(f"{case}/pause-clock", reason="proof")
    assert "proof" in page
    assert "Paused since" in page
    assert "proof. Once it runs again, what was left is left." in page
    await ann.send(f"{case}/resume-clock")
    page = await ann.send(f"{case}/meet-clock")
    assert "Done in time: Answer by law" in page
    assert "Freedom of information" in await ann.see("/queues/waste")
    assert "Change the type" in await ann.see(case)


async def test_signing_in_is_being_here_and_a_break_has_its_reason(council: Council, ann: Person, bob: Person) -> None:
    await ann.see("/desk")
    page = await ann.send("/presence", state="break", reason="lunch")
    assert "You are on a break: no case is given to you." in page
    assert "On a break: lunch" in page
    people = await bob.see("/people")
    assert people.index("Here") < people.index("lunch")
    assert "1 here · 1 on a break" in people


async def test_notices_are_counted_until_they_are_seen(council: Council, ann: Person) -> None:
    case = await council.case()
    await council.db.write(tell, case, "ann@anytown.example")
    page = await ann.see("/notices")
    assert "It is nearly due." in page
    assert "1 notice that you haven’t seen" in page
    page = await ann.send("/notices")
    assert "0 notices that you haven’t seen" in page


async def test_what_is_given_to_me_i_accept(council: Council, ann: Person) -> None:
    await council.db.write(push)
    case = await council.case()
    await council.db.write(distribute, utcnow())
    page = await ann.see(case)
    assert "Given to Ann Ash" in page
    assert "Accept" in page
    assert "You hold it" in page
    page = await ann.send(f"{case}/claim")
    assert "accepted it" in page
    assert "Accept <kbd" not in page
