"""Rules from a council file, or from an export, into the draft: all of them, or, when one can't be used, none."""

from collections.abc import Sequence

from sqlmodel import Session
from starlette.responses import Response

from hub.actions.council.rule_drafts import change_draft
from hub.council_file.problems import CouncilFileErrors, Problem
from hub.council_file.rules_alone import RuleTables, read_rules
from hub.errors import Conflict, HubError, Invalid
from hub.queries.rules import names_for_rules, require_draft
from hub.web.console.filled_in import FilledIn
from hub.web.console.rules.access import edition, read_draft, require_writer
from hub.web.console.visit import Form, Visit

_FIELD = "rules-text"


async def show_import(visit: Visit) -> Response:
    """GET /rules/draft/import"""
    require_writer(visit.agent)
    return await _import_page(visit)


async def import_rules(visit: Visit, sent: Form) -> Response:
    """POST /rules/draft/import: the file when there is one, else the text. What is refused stands in the form again."""
    require_writer(visit.agent)
    text = sent.get("text", "")
    try:
        text = _text_of(sent)
        tables = await _tables(visit, text)
        await _take(visit, sent, tables)
    except CouncilFileErrors as errors:
        return await _import_page(visit, text=text, problems=errors.problems)
    except (Invalid, Conflict) as error:
        return await _import_page(visit, text=text, error=error)
    return visit.go("/rules/draft/review", "draft-changed")


def _text_of(sent: Form) -> str:
    files = sent.files if isinstance(sent, FilledIn) else ()
    if not files:
        return sent.get("text", "")
    try:
        return files[0].content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = files[0].content.count(b"\n", 0, error.start) + 1
        raise CouncilFileErrors([Problem(line, "", "the file isn’t text in UTF-8")]) from None


async def _tables(visit: Visit, text: str) -> RuleTables:
    if not text.strip():
        raise Invalid("There is nothing to import.", {_FIELD: "Choose a file, or paste its text."})
    draft = await visit.hub.db.read(require_draft)
    known = await visit.hub.db.read(names_for_rules)
    tables = read_rules(text, known["queue"], known, draft.beside)
    if not tables.rules:
        raise CouncilFileErrors([Problem(1, "rule", "there is none: write [[rule]] tables, as an export has them")])
    return tables


async def _take(visit: Visit, sent: Form, tables: RuleTables) -> None:
    def take(session: Session) -> None:
        draft = require_draft(session)
        change_draft(session, draft.id, visit.agent.id, edition(sent), tables.rules, tables.beside)

    await visit.hub.db.write(take)


async def _import_page(
    visit: Visit, *, text: str = "", problems: Sequence[Problem] = (), error: HubError | None = None
) -> Response:
    found = await visit.hub.db.read(read_draft, visit.agent)
    status = error.http_status if error else 422 if problems else 200
    return visit.render(
        "rule_import.html",
        http_status=status,
        beside=found.navigation,
        draft=found.draft,
        text=text,
        problems=problems,
        error=error,
    )
