"""Pages from templates: autoescaped, undefined names are errors, and every page knows how to say times."""

from functools import lru_cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import HTTPConnection
from starlette.responses import HTMLResponse

from hub.models.base import utcnow
from hub.running import hub_of
from hub.web.console import words
from hub.web.console.assets import asset
from hub.web.console.call_words import call_length, call_result
from hub.web.console.media_types import PICTURES, SOUNDS
from hub.web.console.security import content_policy, secured

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
        delivery=words.delivery,
        file_size=words.size,
        call_length=call_length,
        call_result=call_result,
    )
    return made


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
