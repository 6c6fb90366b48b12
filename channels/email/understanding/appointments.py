"""An invitation in words (iCalendar, RFC 5545), for a mail that has no others: what, when and where."""

import re
from datetime import date, datetime

_FIELD = re.compile(r"^(SUMMARY|DTSTART|DTEND|LOCATION|DESCRIPTION)((?:;[^:\n]{0,300})?):(.*)$", re.MULTILINE)
_FOLD = re.compile(r"\n[ \t]")
_ESCAPED = re.compile(r"\\(.)")
_ZONE = re.compile(r'TZID="?([^";]{1,100})')
_LONGEST = 100_000  # letters that are looked at


def in_words(calendar: str) -> str:
    """Of the first event; the calendar as it is when it holds none."""
    _, begins, event = _FOLD.sub("", calendar[:_LONGEST]).partition("BEGIN:VEVENT")
    found: dict[str, str] = {}
    for name, parameters, value in _FIELD.findall(event.partition("BEGIN:VALARM")[0].partition("END:VEVENT")[0]):
        found.setdefault(name, _moment(value, parameters) if name.startswith("DT") else _plain(value))
    if not begins or not found:
        return calendar
    when = " – ".join(filter(None, (found.get("DTSTART"), found.get("DTEND"))))
    lines = (found.get("SUMMARY"), when and f"When: {when}", (where := found.get("LOCATION")) and f"Where: {where}")
    return "\n\n".join(filter(None, ("\n".join(filter(None, lines)), found.get("DESCRIPTION"))))


def _plain(value: str) -> str:
    return _ESCAPED.sub(lambda sign: "\n" if sign[1] in "nN" else sign[1], value).strip()


def _moment(value: str, parameters: str) -> str:
    """With its zone, which may be a name that only its sender's programs know; as it is when it is no moment."""
    try:
        if len(value) == len("20270105"):
            return f"{date.fromisoformat(value):%-d %B %Y}"
        moment = datetime.fromisoformat(value.removesuffix("Z"))
    except ValueError:
        return _plain(value)
    zone = _ZONE.search(parameters)
    known = "UTC" if value.endswith("Z") else zone[1] if zone else ""
    return f"{moment:%-d %B %Y, %H:%M} {known}".strip()
