"""What a browser would send: the forms of a page, with the fields that it filled in by itself."""

import re
from dataclasses import dataclass, field
from html import unescape
from html.parser import HTMLParser

_FORM = re.compile(r'<form\b(?:[^>]*?\baction="([^"]*)")?[^>]*>.*?</form>', re.DOTALL)
_MARKUP = re.compile(r"<!--.*?-->|<[^>]*>", re.DOTALL)


@dataclass
class Form:
    action: str
    method: str
    fields: dict[str, str] = field(default_factory=dict)


class _Fields(HTMLParser):
    """Of one form."""

    def __init__(self) -> None:
        super().__init__()
        self.form = Form("", "")
        self._textarea: str | None = None
        self._select: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.form = Form(given.get("action", ""), given.get("method", "get"))
        elif tag == "input" and _is_filled_in(given):
            self.form.fields[given.get("name", "")] = given.get("value", "")
        elif tag == "textarea":
            self._textarea = given["name"]
            self.form.fields[self._textarea] = ""
        elif tag == "select":
            self._select = given["name"]
        elif self._select and tag == "option" and (self._select not in self.form.fields or "selected" in given):
            self.form.fields[self._select] = given.get("value", "")

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            self._textarea = None
        elif tag == "select":
            self._select = None

    def handle_data(self, data: str) -> None:
        if self._textarea is not None:
            self.form.fields[self._textarea] += data


def _is_filled_in(given: dict[str, str]) -> bool:
    """Of buttons to choose among, and of boxes that aren't ticked, a browser sends nothing."""
    return given.get("type") != "radio" and (given.get("type") != "checkbox" or "checked" in given)


def form_to(html: str, action: str) -> Form:
    """The page's form for this address."""
    found = next((form for form in _FORM.finditer(html) if unescape(form[1] or "") == action), None)
    assert found, f"no form for {action}; there are {actions(html)}"
    fields = _Fields()
    fields.feed(found[0])
    return fields.form


def actions(html: str) -> set[str]:
    return {unescape(form[1] or "") for form in _FORM.finditer(html)}


def words(html: str) -> str:
    """What can be read on the page, in single spaces."""
    return " ".join(unescape(_MARKUP.sub(" ", html)).split())
