"""Pages from templates: autoescaped, undefined names are errors, and every page knows how to say times."""

from functools import lru_cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from starlette.requests import HTTPConnection
from starlette.responses import HTMLResponse

from channels.formatting import html_of
from hub.models.base import utcnow
from hub.queries.views import CaseView, MessageView
from hub.running import hub_of
from hub.web.console import words
from hub.web.console.assets import asset
from hub.web.console.call_words import call_length, call_result
from hub.web.console.files.dangers import danger_of, purpose_of
from hub.web.console.files.media_types import PICTURES, SOUNDS
from hub.web.console.files.remote_pictures import has_remote_pictures
from hub.web.console.security import content_policy, secured
from routing.languages import language

TEMPLATES = Path(__file__).resolve().parents[1] / "templates"


@lru_cache
def environment() -> Environment:
    """Compiled templates of this process."""
    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals.update(asset=asset, number_of=words.number_of, pictures=PICTURES, sounds=SOUNDS)
    made.filters.update(
        reference=words.reference,
        channel=words.channel,
        status=words.status,
        short_status=words.short_status,
        verification=words.verification,
        language=language,
        delivery=words.delivery,
        isolated=words.isolated,
        unturned=words.unturned,
        file_size=words.size,
        danger=danger_of,
        formatted=formatted,
        purpose=purpose_of,
        has_remote_pictures=has_remote_pictures,
        call_length=call_length,
        call_result=call_result,
    )
    made.tests["stranger"] = is_stranger
    return made


def formatted(text: str) -> Markup:
    """An agent's words as the citizen's mail program shows them."""
    return Markup(html_of(text))  # noqa: S704  # made of escaped words


def is_stranger(message: MessageView, case: CaseView) -> bool:
    """Did somebody else than the case's contact write this mail?"""
    known = {address.value for address in case.contact.addresses}
    return message.channel == "email" and bool(message.sender) and message.sender not in known


def wording(connection: HTTPConnection) -> words.Wording:
    """How this council's times and numbers are said, now."""
    directory = hub_of(connection).directory
    return words.Wording(zone=directory.zone, country=directory.country, now=utcnow())


def rendered(connection: HTTPConnection, template: str, *, http_status: int = 200, **values: Any) -> HTMLResponse:
    """A whole page, or a part of one, with the headers that every page has."""
    hub = hub_of(connection)
    page = environment().get_template(template)
    html = page.render(council=hub.directory.council or "Contact hub", say=wording(connection), **values)
    response = HTMLResponse(html, http_status)
    secured(response, content_policy(hub.settings))
    return response
