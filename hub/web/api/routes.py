"""What there is, as one table: the routes and the description are both made from it, so neither has what the other
hasn't."""

from collections.abc import Sequence
from functools import cache
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from hub.web.api import (
    alarm_schemas,
    alarms,
    attachments,
    beginning,
    calls,
    cases,
    clocks,
    contacts,
    mailboxes,
    queues,
    rules,
    schemas,
    sent,
    unreadable_schemas,
    unreadables,
    work,
    work_schemas,
)
from hub.web.api.answers import answer
from hub.web.api.doors import Door, Endpoint
from hub.web.api.openapi import Operation, describe
from hub.web.compressing import compressed

V1 = "/api/v1"


async def description(request: Request) -> Response:
    return answer(_described())


@cache
def _described() -> dict[str, Any]:
    return describe(OPERATIONS)


def _get(
    path: str,
    endpoint: Endpoint,
    summary: str,
    answers: Any,
    refuses: Sequence[int] = (401, 404, 503),
    **more: Any,
) -> Operation:
    return Operation(
        method="GET",
        path=f"{V1}{path}",
        endpoint=endpoint,
        name=endpoint.__name__,
        summary=summary,
        answers=answers,
        refuses=refuses,
        **more,
    )


def _post(verb: cases.Verb) -> Operation:
    return Operation(
        method="POST",
        path=f"{V1}/cases/{{reference}}/{verb.name}",
        endpoint=verb.endpoint,
        name=verb.name,
        summary=verb.summary,
        answers=schemas.Case,
        status=verb.status,
        body=verb.body,
        refuses=(401, 403, 404, 409, 413, 422, 503),
    )


def _work(
    path: str,
    endpoint: Endpoint,
    summary: str,
    answers: Any,
    body: type[sent.Given] | None,
    refuses: Sequence[int] = (401, 403, 404, 413, 422, 503),
    **more: Any,
) -> Operation:
    return Operation(
        method="POST",
        path=f"{V1}{path}",
        endpoint=endpoint,
        name=more.pop("name", endpoint.__name__),
        summary=summary,
        answers=answers,
        body=body,
        refuses=refuses,
        **more,
    )


def _routes(operations: Sequence[Operation]) -> list[BaseRoute]:
    doors: dict[str, dict[str, Endpoint]] = {}
    for operation in operations:
        doors.setdefault(operation.path, {})[operation.method] = operation.endpoint
    files = {operation.path for operation in operations if operation.answers is None}
    return [Route(path, Door(doors[path]) if path in files else compressed(Door(doors[path]))) for path in doors]


OPERATIONS = (
    _get(
        "/cases",
        cases.list_of_cases,
        "Cases, newest first",
        schemas.Cases,
        (401, 422, 503),
        parameters=sent.CasesWanted,
    ),
    _work(
        "/cases",
        beginning.begin_case,
        "Write to a citizen first",
        schemas.Case,
        sent.NewCase,
        (401, 403, 413, 422, 503),
        status=201,
    ),
    _get("/cases/{reference}", cases.one_case, "One case with all that was said and done", schemas.Case),
    _get(
        "/cases/{reference}/messages/{id}/whole",
        cases.whole_message,
        "A message with what it quotes",
        schemas.WholeMessage,
    ),
    *(_post(verb) for verb in (*cases.VERBS, *clocks.VERBS)),
    _work("/next", work.next_case, "Be given the most urgent case", work_schemas.NextCase, work_schemas.NextWanted),
    _get("/presences", work.all_presences, "Who is here, and who is on a break", work_schemas.Presences, (401, 503)),
    _work(
        "/presence",
        work.my_presence,
        "Be here, on a break or away",
        work_schemas.PresenceOfAgent,
        work_schemas.NewPresence,
    ),
    _get("/notices", work.my_notices, "What you were told, the latest first", work_schemas.Notices, (401, 503)),
    _work("/notices/seen", work.notices_seen, "Have seen your notices", work_schemas.Notices, work_schemas.NoticesSeen),
    _get("/types", clocks.all_types, "The types that a case may be given", work_schemas.Types, (401, 503)),
    *calls.operations(V1),
    _get(
        "/alarms",
        alarms.all_alarms,
        "Alarms, newest first",
        alarm_schemas.Alarms,
        (401, 404, 422, 503),
        parameters=alarm_schemas.AlarmsWanted,
    ),
    _get("/queues", queues.all_queues, "Queues with what stands in them", schemas.Queues, (401, 503)),
    _get("/contacts/{id}", contacts.one_contact, "A contact with their cases", schemas.ContactPage),
    _work(
        "/contacts/{id}/consents",
        contacts.note_consent,
        "Write down whether they want messages sent to many",
        schemas.ContactPage,
        sent.NewConsent,
    ),
    _get("/contacts/{id}/flags", rules.contact_flags, "The flags that a contact bears", rules.Flags),
    _work("/contacts/{id}/flags", rules.change_flag, "Set or take away a flag", rules.Flags, rules.NewFlag),
    _get("/rules", rules.rules_in_force, "The rules in force", rules.Rules),
    _work("/rules/try", rules.try_message, "Where a message would go, and why", schemas.Decision, rules.TriedMessage),
    _get("/attachments/{id}", attachments.one_attachment, "A file, as a download", None),
    _work(
        "/attachments",
        attachments.new_attachment,
        "Hand in a file for a reply, which names its id within a day",
        schemas.Upload,
        None,
        (401, 403, 413, 422, 503),
        status=201,
        parameters=sent.FileName,
        takes_file=True,
    ),
    _get("/mailboxes", mailboxes.all_mailboxes, "How the mailboxes are doing", schemas.Mailboxes, (401, 403, 503)),
    _get(
        "/unreadables",
        unreadables.all_unreadables,
        "What became part of no case and nobody has settled, newest first",
        unreadable_schemas.Unreadables,
        (401, 403, 422, 503),
        parameters=unreadable_schemas.UnreadablesWanted,
    ),
    _get("/unreadables/{id}", unreadables.one_unreadable, "The original as it came", None, (401, 403, 404, 503)),
    _work(
        "/unreadables/{id}/settle",
        unreadables.settle,
        "Read it again, make it a case, or put it away",
        unreadable_schemas.Settled,
        unreadable_schemas.NewSettlement,
        (401, 403, 404, 409, 413, 422, 503),
        name="settle_unreadable",
    ),
    _work(
        "/attachments/{id}/fetch",
        beginning.fetch_attachment,
        "Ask the provider once more for a file that could not be fetched",
        schemas.Case,
        sent.Nothing,
        (401, 403, 404, 409, 413, 422, 503),
    ),
    _get("/openapi.json", description, "This description", dict[str, Any], (), public=True),
)

ROUTES: list[BaseRoute] = [*_routes(OPERATIONS), Route("/api", Door({})), Route("/api/{path:path}", Door({}))]
