"""What the console says about times, numbers, addresses and states. Pure: the moment is given, in UTC.

Times are told in the council's time zone, in working words, with the exact moment beside them for screen readers
and on hover.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

import phonenumbers
from markupsafe import Markup

from hub.queries.views import AddressView
from hub.reference import spoken

CHANNELS: Mapping[str, str] = {
    "sms": "text",
    "whatsapp": "WhatsApp",
    "voice": "call",
    "email": "mail",
    "webchat": "chat",
}
REPLY_BY: Mapping[str, str] = {"sms": "text", "whatsapp": "WhatsApp", "email": "mail", "webchat": "chat"}
STATUSES: Mapping[str, str] = {
    "new": "New",
    "open": "Open",
    "waiting": "Waiting for the citizen",
    "snoozed": "Put off",
    "resolved": "Resolved",
    "closed": "Closed",
}
SHORT_STATUSES: Mapping[str, str] = {**STATUSES, "waiting": "Waiting"}
VERIFICATIONS: Mapping[str, str] = {
    "claimed": "claimed: somebody typed it in",
    "delivered": "delivered: messages came from it",
    "verified": "verified: proven to be theirs",
}
_RIGHT_TO_LEFT = re.compile(
    "[\u0590-\u08ff\u200e\u200f\ufb1d-\ufdff\ufe70-\ufefc\U00010800-\U00010fff\U0001e800-\U0001efff]"
)
_TURNS = dict.fromkeys((*range(0x202A, 0x202F), *range(0x2066, 0x206A)))  # marks that turn what stands behind them
_KILO = 1000
_MINUTE, _HOUR, _DAY = 60, 3600, 86400


@dataclass(frozen=True, slots=True)
class Delivery:
    """What a caseworker hears about a message that they sent. `tone`: quiet, gone, done, doubt, bad."""

    word: str
    tone: str
    advice: str = ""


DELIVERIES: Mapping[str, Delivery] = {
    "queued": Delivery("Waiting to be sent", "quiet"),
    "sending": Delivery("Being sent", "quiet"),
    "sent": Delivery("Sent", "gone"),
    "delivered": Delivery("Delivered", "done"),
    "failed": Delivery("Failed", "bad", "It didn't arrive. Answer another way, or ask for another address."),
    "unknown": Delivery(
        "Unknown",
        "doubt",
        "It may have gone out; the hub is asking the provider. Don't send it again before you know.",
    ),
}


@dataclass(frozen=True, kw_only=True)
class Wording:
    """Speaks for one council at one moment."""

    zone: ZoneInfo
    country: str  # ISO 3166 alpha-2
    now: datetime  # aware

    @cached_property
    def today(self) -> date:
        return self.local(self.now).date()

    def local(self, moment: datetime) -> datetime:
        return moment.astimezone(self.zone)

    def exact(self, moment: datetime) -> str:
        """Monday 23 November 2026, 14:02"""
        local = self.local(moment)
        return f"{local:%A} {local.day} {local:%B %Y, %H:%M}"

    def clock(self, moment: datetime) -> Markup:
        return self._time(moment, f"{self.local(moment):%H:%M}")

    def ago(self, moment: datetime) -> Markup:
        return self._time(moment, self.ago_words(moment))

    def due(self, moment: datetime) -> Markup:
        return self._time(moment, self.due_words(moment))

    def ago_words(self, moment: datetime) -> str:
        """just now, 4 min ago, 2 h ago, yesterday 14:02, Fri 14:02, 3 Nov, 3 Nov 2025"""
        seconds = (self.now - moment).total_seconds()
        if seconds < _MINUTE:
            return "just now"
        local = self.local(moment)
        if seconds < 12 * _HOUR and local.date() == self.today:
            return f"{duration(seconds)} ago"
        return self._on_day(local)

    def due_words(self, moment: datetime) -> str:
        """in 20 min, in 2 h, tomorrow 10:00, Fri 10:00, 3 Dec; 2 h over, 3 days over"""
        seconds = (moment - self.now).total_seconds()
        if seconds < 0:
            return f"{duration(-seconds)} over"
        local = self.local(moment)
        if seconds < 12 * _HOUR and local.date() == self.today:
            return f"in {duration(seconds)}"
        return self._on_day(local)

    def is_over(self, moment: datetime) -> bool:
        return moment < self.now

    def is_near(self, moment: datetime) -> bool:
        """Due within three days: near for a clock that runs for weeks."""
        return timedelta() <= moment - self.now <= timedelta(days=3)

    def is_soon(self, moment: datetime) -> bool:
        """Due within the hour."""
        return timedelta() <= moment - self.now <= timedelta(hours=1)

    def day(self, moment: datetime) -> str:
        """Today, Yesterday, Friday 20 November"""
        local = self.local(moment)
        days = (self.today - local.date()).days
        if days in (0, 1):
            return ("Today", "Yesterday")[days]
        return f"{local:%A} {local.day} {local:%B}" + ("" if local.year == self.today.year else f" {local.year}")

    def _on_day(self, local: datetime) -> str:
        days = (local.date() - self.today).days
        if days in (-1, 0, 1):
            return f"{('yesterday', 'today', 'tomorrow')[days + 1]} {local:%H:%M}"
        if abs(days) < 7:
            return f"{local:%a %H:%M}"
        return f"{local.day} {local:%b}" + ("" if local.year == self.today.year else f" {local.year}")

    def _time(self, moment: datetime, words: str) -> Markup:
        exact = self.exact(moment)
        return Markup('<time datetime="{}" title="{}">{}</time>').format(moment.isoformat(), exact, words)

    def address(self, address: AddressView) -> str:
        return self.place(address.scheme, address.value)

    def place(self, scheme: str, value: str) -> str:
        """A phone number as the country writes it, a mail address as it is; a chat has no address of its own."""
        if scheme in ("tel", "whatsapp"):
            return phone_number(value, self.country) + (" (WhatsApp)" if scheme == "whatsapp" else "")
        return "Website chat" if scheme == "chat" else value


def unturned(text: str) -> str:
    """One line of others' words, without marks that make `exe.pdf` of `fdp.exe` on the screen (UAX #9)."""
    return text if text.isascii() else text.translate(_TURNS)


def isolated(text: str) -> str:
    """The same in the middle of our words: Arabic and Hebrew stand in their own order, and turn nothing around them."""
    plain = unturned(text)
    return f"\u2068{plain}\u2069" if _RIGHT_TO_LEFT.search(plain) else plain


def duration(seconds: float) -> str:
    """1 min, 59 min, 2 h, 3 days"""
    if seconds < _HOUR:
        return f"{max(1, int(seconds // _MINUTE))} min"
    if seconds < _DAY:
        return f"{int(seconds // _HOUR)} h"
    days = int(seconds // _DAY)
    return "1 day" if days == 1 else f"{days} days"


def phone_number(value: str, country: str) -> str:
    """As the country writes its own numbers; others with their country code; what is no number, as it is."""
    try:
        number = phonenumbers.parse(value, country)
    except phonenumbers.NumberParseException:
        return value
    at_home = phonenumbers.region_code_for_number(number) == country or (
        number.country_code == phonenumbers.country_code_for_region(country)
    )
    style = phonenumbers.PhoneNumberFormat.NATIONAL if at_home else phonenumbers.PhoneNumberFormat.INTERNATIONAL
    return phonenumbers.format_number(number, style)


def size(count: int) -> str:
    """A file's size: 312 bytes, 24 kB, 1.8 MB"""
    if count < _KILO:
        return f"{count} bytes"
    if count < _KILO * _KILO:
        return f"{round(count / _KILO)} kB"
    return f"{count / _KILO / _KILO:.1f} MB"


def number_of(count: int, one: str, many: str = "") -> str:
    """1 case, 2 cases, 1,200 cases"""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def reference(digits: str) -> str:
    return spoken(digits)


def channel(name: str) -> str:
    return CHANNELS.get(name, name)


def status(word: str) -> str:
    return STATUSES.get(word, word)


def short_status(word: str) -> str:
    return SHORT_STATUSES.get(word, word)


def verification(word: str) -> str:
    return VERIFICATIONS.get(word, word)


def delivery(word: str) -> Delivery:
    return DELIVERIES.get(word, Delivery(word, "quiet"))
