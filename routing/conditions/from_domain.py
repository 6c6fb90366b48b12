"""from_domain: the domain of the sender's mail address, or one that lies below it."""

import re
from dataclasses import dataclass
from typing import Any, Self

from routing import arguments
from routing.condition import Clause, Condition, ConditionError, Names, in_words
from routing.conditions.sender import FromIs
from routing.facts import Facts
from routing.fields import Field

_DOMAIN = re.compile(r"[^\s@.]+(\.[^\s@.]+)*")


@dataclass(frozen=True, slots=True)
class FromDomain(Condition):
    name = "from_domain"
    subject = "the sender's domain"
    title = "The sender’s mail domain"
    about = "who writes"
    splits = True
    fields = (Field(kind="lines", label="Domains, one on each line", hint="nhs.uk also means ward.city.nhs.uk."),)

    domains: tuple[str, ...]

    @classmethod
    def parse(cls, argument: object) -> Self:
        domains = tuple(word.casefold().removeprefix("@") for word in arguments.words(argument))
        for domain in domains:
            if not _DOMAIN.fullmatch(domain):
                raise ConditionError(f"{domain!r} is not a domain such as nhs.uk")
        return cls(domains)

    def covers(self, other: Clause) -> bool:
        if isinstance(other, FromIs):
            return all(self.matches(_domain(address)) for address in other.addresses)
        return isinstance(other, FromDomain) and all(map(self.matches, other.domains))

    def excludes(self, other: Clause) -> bool:
        if isinstance(other, FromIs):
            return not any(self.matches(_domain(address)) for address in other.addresses)
        if not isinstance(other, FromDomain):
            return False
        return not any(map(self.matches, other.domains)) and not any(map(other.matches, self.domains))

    def expected(self) -> Any:
        return list(self.domains)

    def actual(self, facts: Facts) -> Any:
        return _domain(facts.sender)

    def matches(self, actual: Any) -> bool:
        return any(actual == domain or actual.endswith(f".{domain}") for domain in self.domains)

    def wants(self, names: Names) -> str:
        return f"it comes from an address at {names.any_of(self.domains)}"

    def why(self, actual: Any, matched: bool, names: Names) -> str:
        if not actual:
            return "it came from no mail address"
        found = f"it came from an address at {in_words(actual)}"
        return found if matched else f"{found}, not at {in_words(self.expected())}"


def _domain(sender: str) -> str:
    return sender.rpartition("@")[2].strip().casefold() if "@" in sender else ""


condition = FromDomain
