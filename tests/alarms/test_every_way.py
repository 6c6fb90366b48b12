"""Every address of the hub, taken from its route table, refuses or leaves out a restricted case for whoever may not see
it. A new address is walked by itself; one that names something new fails here until it is said what to fill in."""

import re
from collections.abc import AsyncIterator, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pytest
from sqlmodel import Session, col, select
from starlette.applications import Starlette
from starlette.routing import Route

from hub.actions.casework.alarms import acknowledge_alarms
from hub.actions.council.people import create_token
from hub.actions.intake.arrivals import StoredFile
from hub.models import (
    Alarm,
    Attachment,
    Call,
    Callback,
    CallResult,
    CallState,
    Case,
    Inbox,
    Message,
    Notice,
    Restriction,
    Unreadable,
)
from hub.models.base import utcnow
from hub.queries.cases import CaseFilter, list_cases
from hub.queries.people import agent_view
from hub.reference import case_id_of, spoken
from hub.web.api.routes import OPERATIONS, V1
from hub.web.console import telephone
from hub.web.console.case import changes
from tests.console.people import Council, Person, council_at_work

WORDS = "fire at the zebra house"
NUMBER = "+447700900321"  # of the call, not otherwise known

# addresses that open nothing of a case's to anybody who signs in
OF_CITIZENS = ("/in/", "/chat/", "/media/", "/unsubscribe/")
OF_NOBODY = ("/health", "/sign-in", "/sign-out", "/api", "/api/{path:path}")
NOT_HTTP = {"/in/webchat/{inbox}", "/live", "/static/{version}"}  # the live tail: test_restricted

VERBS: Mapping[str, tuple[str, ...]] = {
    "/cases/{reference}/{verb}": tuple(changes._ACTS),
    "/phone/{verb}": tuple(telephone._ACTS),
    "/rules/draft/{verb}": ("discard", "try", "replay", "cancel-replay", "move"),
    "/unreadable/{id:int}/{verb}": ("case", "again", "put-away"),
}
NAMED = re.compile(r"/(?:cases/\{reference\}|(?:attachments|calls|callbacks|unreadables?)/\{id)")
NOT_THERE = ("no such case", "no such attachment", "no such call", "no such callback", "no such thing")


class Hidden(NamedTuple):
    """Ids and words of the restricted case, and of what hangs on it."""

    reference: str
    message: int
    ids: Mapping[str, int]  # by the part of an address before them

    @property
    def marks(self) -> tuple[str, ...]:
        return self.reference, spoken(self.reference), "zebra", NUMBER, "07700 900321"


class Way(NamedTuple):
    method: str
    template: str
    path: str

    @property
    def is_named(self) -> bool:
        """The address itself names the case, or something of it."""
        return NAMED.search(self.template) is not None


def hide(session: Session, case_id: int, tied_id: int) -> Hidden:
    """Makes the case as restricted as an alarm does, with everything that may hang on one."""
    case = session.get_one(Case, case_id)
    message = session.exec(select(Message).where(Message.case_id == case_id).order_by(col(Message.id))).first()
    line = session.exec(select(Inbox).where(Inbox.channel == "voice")).one()
    assert message is not None
    session.get_one(Case, tied_id).follow_up_of = case_id
    queue_id = session.get_one(Case, tied_id).queue_id  # the call and the promise stand in a queue of everybody's
    session.add(Restriction(case_id=case_id, why="Fire"))
    session.add(Alarm(id=901, case_id=case_id, message_id=message.id, name="Fire", calls=[], every=60))
    session.add(Notice(id=902, agent_id=1, case_id=case_id, text="It is nearly due."))
    session.add(Notice(id=907, agent_id=3, case_id=case_id, text="It is nearly due."))
    more: dict[str, Any] = {"uri": f"tel:{NUMBER}", "case_id": case_id, "queue_id": queue_id}
    session.add(Call(id=903, inbox_id=line.id or 0, sid="CA1", state=CallState.WAITING, waiting_at=utcnow(), **more))
    session.add(Call(id=904, inbox_id=line.id or 0, sid="CA2", state=CallState.ENDED, result=CallResult.MISSED, **more))
    session.add(Callback(id=905, inbox_id=line.id or 0, due_at=utcnow(), **more))
    session.add(Unreadable(id=906, inbox_id=line.id or 0, raw=b"zebra", settled_at=utcnow(), became=case.reference))
    file_id = session.exec(select(Attachment.id).where(Attachment.message_id == message.id)).one()
    ids = {"attachments": file_id, "calls": 904, "callbacks": 905, "unreadable": 906, "unreadables": 906}
    return Hidden(case.reference, message.id, {**ids, "contacts": case.contact_id, "messages": message.id})


def ways(app: Starlette, hidden: Hidden) -> Iterator[Way]:
    """Every method of every address, filled in so that it leads to the hidden case."""
    for route in app.routes:
        path: str = getattr(route, "path", "")
        if not isinstance(route, Route):
            assert path in NOT_HTTP, f"say how {path} hides a restricted case"
        elif path.startswith(V1):
            methods = [operation.method for operation in OPERATIONS if operation.path == path]
            assert methods, f"{path} isn't in the API's table"
            yield from (Way(method, path, filled(path, hidden)) for method in methods)
        elif path not in OF_NOBODY and not path.startswith(OF_CITIZENS):
            for method in sorted((route.methods or set()) - {"HEAD"}):
                for verb in VERBS.get(path, ("",)):
                    yield Way(method, path, filled(path, hidden).replace("{verb}", verb))


def filled(path: str, hidden: Hidden) -> str:
    values = {"reference": hidden.reference, "message_id": hidden.message, "slug": "highways", "place": 0, "version": 1}
    values |= {"until": 2_000_000_000, "signature": "forged"}
    parts = path.split("/")
    for place, part in enumerate(parts):
        name = part.partition("{")[2].partition("}")[0].partition(":")[0]
        if name and name != "verb":
            value = hidden.ids[parts[place - 1]] if name == "id" else values[name]
            parts[place] = re.sub(r"\{.*\}", str(value), part)
    return "/".join(parts)


class Walker:
    """Somebody who tries an address, signed in to the console and with a token."""

    def __init__(self, person: Person, token: str) -> None:
        self._person, self._token = person, token
        self._form = person.form("/sign-out").fields["token"]

    async def tries(self, way: Way, hidden: Hidden) -> httpx.Response:
        http = self._person.http
        if way.template.startswith(V1):
            bearer = {"Authorization": f"Bearer {self._token}"}
            return await http.request(way.method, way.path, headers=bearer, json={} if way.method == "POST" else None)
        if way.method == "GET":
            return await http.get(way.path, follow_redirects=True)
        sent = {"token": self._form, "reference": hidden.reference, "into": hidden.reference, "outcome": "x"}
        sent |= {"call": str(hidden.ids["calls"]), "callback": str(hidden.ids["callbacks"])}
        return await http.post(way.path, data=sent, follow_redirects=True)


@pytest.fixture
async def council(sqlite_url: str, tmp_path: Path) -> AsyncIterator[Council]:
    async with council_at_work(sqlite_url, tmp_path) as council:
        yield council


async def walker(council: Council, name: str) -> Walker:
    person = await council.person(name)
    await person.see("/desk")
    return Walker(person, await council.db.write(create_token, f"{name}@anytown.example"))


async def hidden_in(council: Council) -> Hidden:
    file = StoredFile(filename="zebra.txt", media_type="text/plain", size=1, sha256="0" * 64)
    tied = await council.town.case("hello")
    case = await council.town.case(WORDS, "+447700900555", files=(file,))
    return await council.db.write(hide, case, tied)


@pytest.mark.parametrize("who", ["ann", "lea"])
async def test_no_address_shows_it_to_an_agent_without_the_right(council: Council, who: str) -> None:
    hidden = await hidden_in(council)
    somebody = await walker(council, who)
    leaks = []
    for way in ways(council.app, hidden):
        if who == "lea" and way.is_named:
            continue  # they are an agent like ann there
        answered = await somebody.tries(way, hidden)
        if way.is_named and answered.status_code != 404:
            leaks.append(f"{way.method} {way.path}: {answered.status_code}")
        leaks += [f"{way.method} {way.path}: {mark}" for mark in hidden.marks if mark in answered.text]
        assert answered.status_code < 500, way
    assert leaks == []


@pytest.mark.parametrize("who", ["bob", "aud"])
async def test_every_address_opens_to_those_who_have_it(council: Council, who: str) -> None:
    hidden = await hidden_in(council)
    somebody = await walker(council, who)
    shown = set()
    for way in sorted(ways(council.app, hidden), key=lambda way: way.method):
        if way.method == "GET" or (way.is_named and way.template.startswith(V1) and who == "bob"):
            answered = await somebody.tries(way, hidden)
            assert not (answered.status_code == 404 and any(each in answered.text for each in NOT_THERE)), way
            shown |= {way.template} if hidden.marks[0] in answered.text and way.method == "GET" else set()
    assert shown >= {
        "/cases",
        "/cases/{reference}",
        "/queues/{slug}",
        "/phone",
        f"{V1}/cases",
        f"{V1}/cases/{{reference}}",
    }
    assert shown >= {f"{V1}/calls", f"{V1}/calls/{{id}}", f"{V1}/callbacks", f"{V1}/contacts/{{id}}"}


async def test_a_case_is_joined_to_it_only_by_those_who_see_it_and_never_it_to_an_open_one(council: Council) -> None:
    hidden = await hidden_in(council)
    ann, bob = await walker(council, "ann"), await walker(council, "bob")
    bins = (await council.case("missed bin", "+447700900777")).rpartition("/")[2]

    async def joins(who: Walker, reference: str, into: str) -> httpx.Response:
        bearer = {"Authorization": f"Bearer {who._token}"}
        return await who._person.http.post(f"{V1}/cases/{reference}/merge", headers=bearer, json={"into": into})

    assert (await joins(ann, bins, hidden.reference)).json()["detail"] == "There is no such case."
    await council.db.write(
        acknowledge_alarms, case_id_of(hidden.reference) or 0, council.town.agent_ids["bob@anytown.example"]
    )
    told = await joins(bob, hidden.reference, bins)
    assert (told.status_code, told.json()["detail"][:41]) == (409, "This case is restricted and the other isn")
    assert (await joins(bob, bins, hidden.reference)).status_code == 200

    def listed(session: Session) -> list[str]:
        views = list_cases(
            session, CaseFilter(viewer=agent_view(session, council.town.agent_ids["lea@anytown.example"]))
        )
        return [view.reference for view in views.items]

    assert bins not in await council.db.read(listed)
