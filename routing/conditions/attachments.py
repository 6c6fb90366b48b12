"""attachments: true or false (some, none), or the fewest that must be there."""

from dataclasses import dataclass
from typing import Any, Self

from routing import arguments
from routing.condition import Clause, Condition, ConditionError, Names, counted
from routing.facts import Facts
from routing.fields import Field


@dataclass(frozen=True, slots=True)
class HasAttachments(Condition):
    name = "attachments"
    subject = "the number of attachments"
    title = "Attachments"
    about = "what it says"
    fields = (
        Field(
            kind="one",
            label="The message has",
            choices=(("true", "Some"), ("false", "None"), ("2", "2 or more"), ("3", "3 or more"), ("5", "5 or more")),
        ),
    )

    wanted: bool | int  # True: some, False: none, a number: at least so many

    @classmethod
    def parse(cls, argument: object) -> Self:
        if isinstance(argument, bool):
            return cls(argument)
        try:
            return cls(arguments.count(argument))
        except ConditionError as error:
            raise ConditionError(f"{error} (or true, false)") from None

    def covers(self, other: Clause) -> bool:
        if not isinstance(other, HasAttachments) or (self.wanted is False) is not (other.wanted is False):
            return False
        return self.wanted is False or int(self.wanted) <= int(other.wanted)

    def excludes(self, other: Clause) -> bool:
        return isinstance(other, HasAttachments) and (self.wanted is False) is not (other.wanted is False)

    def completes(self, other: Clause) -> bool:
        return isinstance(other, HasAttachments) and {self.wanted, other.wanted} == {True, False}

    def expected(self) -> Any:
        return self.wanted

    def actual(self, facts: Facts) -> Any:
        return facts.attachments

    def matches(self, actual: Any) -> bool:
        return bool(actual == 0 if self.wanted is False else actual >= self.wanted)

    def wants(self, names: Names) -> str:
        if int(self.wanted) < 2:
            return f"it has {'an' if self.wanted else 'no'} attachment"
        return f"it has at least {self.wanted} attachments"

    def why(self, actual: Any, matched: bool, names: Names) -> str:
        found = f"it has {counted(actual, 'attachment')}"
        return found if matched or isinstance(self.wanted, bool) else f"{found}, fewer than {self.wanted}"


condition = HasAttachments
