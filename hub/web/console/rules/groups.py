"""The form of one group: its name, what a match in it means, and its end when no rule is in it."""

from collections.abc import Mapping

from starlette.responses import Response

from hub.actions.council.rule_drafts import change_draft
from hub.errors import Conflict, HubError, Invalid, NotFound
from hub.queries.rules import DraftView
from hub.web.console.reading import Navigation
from hub.web.console.rules.access import edition, read_draft, require_writer
from hub.web.console.rules.words import mode_in_words
from hub.web.console.visit import Form, Visit
from routing.arranging import group_kept, group_of
from routing.rules import DANGER, LONGEST_NAME, MODES


async def show_group(visit: Visit) -> Response:
    """GET /rules/draft/groups/{place}: the place after the last is a new one's."""
    navigation, draft, place = await _asked_for(visit)
    groups = draft.beside.get("group", [])
    fields = {"mode": "first", **groups[place]} if place < len(groups) else {"name": "", "mode": "collect"}
    return _page(visit, navigation, draft, place, fields)


async def keep_group(visit: Visit, sent: Form) -> Response:
    """POST /rules/draft/groups/{place}: its rules go along when it gets another name."""
    navigation, draft, place = await _asked_for(visit)
    groups = draft.beside.get("group", [])
    try:
        name = _name(sent, draft, place)
        if sent.get("mode") not in MODES:
            raise Invalid("Say what a match means.", {"mode": "Choose one of the two."})
        rules, kept = group_kept(draft.rules, groups, place, name, sent["mode"])
        beside = {**draft.beside, "group": kept}
        await visit.hub.db.write(change_draft, draft.id, visit.agent.id, edition(sent), rules, beside)
    except (Invalid, Conflict) as error:
        return _page(visit, navigation, draft, place, sent, error)
    return visit.go("/rules/draft", "draft-changed")


async def remove_group(visit: Visit, sent: Form) -> Response:
    """POST /rules/draft/groups/{place}/remove"""
    navigation, draft, place = await _asked_for(visit)
    groups = list(draft.beside.get("group", []))
    if place >= len(groups):
        raise NotFound("There is no such group.")
    try:
        if count := _rules_in(draft, place):
            raise Invalid("The group isn’t empty.", {"rules": f"Give its rules ({count}) another group first."})
        del groups[place]
        beside = {**draft.beside, "group": groups}
        await visit.hub.db.write(change_draft, draft.id, visit.agent.id, edition(sent), draft.rules, beside)
    except (Invalid, Conflict) as error:
        return _page(visit, navigation, draft, place, draft.beside["group"][place], error)
    return visit.go("/rules/draft", "draft-changed")


def _name(sent: Form, draft: DraftView, place: int) -> str:
    name = " ".join(sent.get("name", "").split())
    others = [group_of({"group": each.get("name", "")}) for each in draft.beside.get("group", [])]
    del others[place : place + 1]
    reason = (
        "Give it a name."
        if not name
        else f"At most {LONGEST_NAME} characters."
        if len(name) > LONGEST_NAME
        else "Another group has this name."
        if name in others
        else "Dangers have turns of their own, before all groups: choose another name."
        if name == DANGER
        else ""
    )
    if reason:
        raise Invalid("This name can’t be used.", {"name": reason})
    return name


def _rules_in(draft: DraftView, place: int) -> int:
    groups = draft.beside.get("group", [])
    name = group_of({"group": groups[place].get("name", "")}) if place < len(groups) else None
    return sum(group_of(rule) == name for rule in draft.rules)


async def _asked_for(visit: Visit) -> tuple[Navigation, DraftView, int]:
    require_writer(visit.agent)
    found = await visit.hub.db.read(read_draft, visit.agent)
    assert found.draft is not None
    place = visit.request.path_params["place"]
    if place > len(found.draft.beside.get("group", [])):
        raise NotFound("There is no such group.")
    return found.navigation, found.draft, place


def _page(
    visit: Visit,
    navigation: Navigation,
    draft: DraftView,
    place: int,
    fields: Mapping[str, str],
    error: HubError | None = None,
) -> Response:
    return visit.render(
        "rule_group.html",
        http_status=error.http_status if error else 200,
        beside=navigation,
        draft=draft,
        place=place,
        is_new=place >= len(draft.beside.get("group", [])),
        rules=_rules_in(draft, place),
        fields=fields,
        modes={mode: mode_in_words(mode) for mode in MODES},
        error=error,
    )
