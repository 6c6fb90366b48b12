"""The rules in force and the versions before them: looked at, compared, exported, and brought back."""

from dataclasses import dataclass

import tomli_w
from sqlmodel import Session
from starlette.responses import Response

from hub.actions.council.rule_drafts import roll_back
from hub.models.base import utcnow
from hub.queries.rules import ChangeView, VersionView, changes_of, version_and_before, versions
from hub.queries.views import AgentView
from hub.web.console.reading import Navigation, navigation
from hub.web.console.rules.access import may_write, read_versions, require_writer
from hub.web.console.rules.words import summaries, told
from hub.web.console.visit import Form, Visit
from routing.differences import all_differences
from routing.rules import BESIDE


@dataclass(frozen=True, slots=True, kw_only=True)
class _Compared:
    navigation: Navigation
    version: VersionView
    before: VersionView | None
    changes: tuple[ChangeView, ...]
    is_in_force: bool


async def show_rules(visit: Visit) -> Response:
    """GET /rules: in force, and every version before."""
    found = await visit.hub.db.read(read_versions, visit.agent)
    current = found.versions[0] if found.versions else None
    return visit.render(
        "rules.html",
        found=found,
        beside=found.navigation,
        current=current,
        rules=summaries(current.rules, visit.hub.directory.names) if current else [],
        may_write=may_write(visit.agent),
    )


async def show_version(visit: Visit) -> Response:
    """GET /rules/{version}: what it changed, by whom, and the way back to it."""
    found = await visit.hub.db.read(_read_version, visit.agent, visit.request.path_params["version"])
    version, before = found.version, found.before
    changed = all_differences(before.rules, version.rules, before.beside, version.beside) if before else ()
    return visit.render(
        "rule_version.html",
        beside=found.navigation,
        found=found,
        version=version,
        rules=summaries(version.rules, visit.hub.directory.names),
        differences=told(changed, visit.hub.directory.names),
        may_write=may_write(visit.agent),
    )


async def export_rules(visit: Visit) -> Response:
    """GET /rules/{version}.toml: as they stand in the council file, without the rest of it."""
    wanted, _ = await visit.hub.db.read(version_and_before, visit.request.path_params["version"])
    document = {**{name: wanted.beside[name] for name in BESIDE if name in wanted.beside}, "rule": wanted.rules}
    return Response(
        tomli_w.dumps(document),
        media_type="application/toml",
        headers={
            "Content-Disposition": f'attachment; filename="rules-{wanted.version}.toml"',
            "X-Content-Type-Options": "nosniff",
            "Cache-Control": "private, no-store",
        },
    )


async def go_back(visit: Visit, sent: Form) -> Response:
    """POST /rules/{version}/roll-back"""
    require_writer(visit.agent)
    version = visit.request.path_params["version"]
    await visit.hub.db.write(roll_back, version, visit.agent.id, sent.get("note", ""))
    return visit.go("/rules", "rules-published")


def _read_version(session: Session, agent: AgentView, number: int) -> _Compared:
    version, before = version_and_before(session, number)
    return _Compared(
        navigation=navigation(session, agent, utcnow()),
        version=version,
        before=before,
        changes=changes_of(session, version=number),
        is_in_force=versions(session)[0].version == number,
    )
