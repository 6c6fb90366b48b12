"""What a browser would send: the forms of a page, with the fields that it filled in by itself."""

from dataclasses import dataclass, field
from html.parser import HTMLParser


@dataclass
class Form:
    action: str
    method: str
    fields: dict[str, str] = field(default_factory=dict)


class _Forms(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.texts: list[str] = []
        self._inside = False
        self._textarea: str | None = None
        self._select: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append(Form(given.get("action", ""), given.get("method", "get")))
            self._inside = True
        elif self._inside and tag == "input" and _is_filled_in(given):
            self.forms[-1].fields[given.get("name", "")] = given.get("value", "")
        elif self._inside and tag == "textarea":
            self._textarea = given["name"]
            self.forms[-1].fields[self._textarea] = ""
        elif self._inside and tag == "select":
            self._select = given["name"]
        elif self._select and tag == "option" and (self._select not in self.forms[-1].fields or "selected" in given):
            self.forms[-1].fields[self._select] = given.get("value", "")

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._inside = False
        elif tag == "textarea":
            self._textarea = None
        elif tag == "select":
            self._select = None

    def handle_data(self, data: str) -> None:
        if self._textarea is not None:
            self.forms[-1].fields[self._textarea] += data
        self.texts.append(data)


def _is_filled_in(given: dict[str, str]) -> bool:
    """Of buttons to choose among, and of boxes that aren't ticked, a browser sends nothing."""
    return given.get("type") != "radio" and (given.get("type") != "checkbox" or "checked" in given)


def form_to(html: str, action: str) -> Form:
    """The page's form for this address."""
    found = [form for form in _parsed(html).forms if form.action == action]
    assert found, f"no form for {action}; there are {[form.action for form in _parsed(html).forms]}"
    return found[0]


def actions(html: str) -> set[str]:
    return {form.action for form in _parsed(html).forms}


def words(html: str) -> str:
    """What can be read on the page, in single spaces."""
    return " ".join(" ".join(_parsed(html).texts).split())


def _parsed(html: str) -> _Forms:
    parser = _Forms()
    parser.feed(html)
    return parser
