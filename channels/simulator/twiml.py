"""TwiML as a phone's carrier reads it: verbs in order, with their attributes and nested verbs.

https://www.twilio.com/docs/voice/twiml
"""

import xml.etree.ElementTree as ET
from collections.abc import Mapping
from dataclasses import dataclass


class TwimlError(Exception):
    """What the hub answered isn't TwiML."""


@dataclass(frozen=True, slots=True)
class Verb:
    """One element below <Response>, or a prompt within <Gather>."""

    name: str
    attributes: Mapping[str, str]
    text: str
    nested: tuple["Verb", ...]

    def number(self, attribute: str, default: int) -> int:
        """A whole-number attribute; the default also where it is not a number."""
        value = self.attributes.get(attribute, "")
        return int(value) if value.isdecimal() else default

    def yes(self, attribute: str) -> bool:
        return self.attributes.get(attribute, "").lower() == "true"


def parse(document: str) -> list[Verb]:
    """The verbs of a <Response>. Raises TwimlError."""
    try:
        response = ET.fromstring(document)  # noqa: S314 - the hub's own answer, and the parser takes no entities from it
    except ET.ParseError:
        raise TwimlError("the hub's answer isn't XML") from None
    if response.tag != "Response":
        raise TwimlError("the hub's answer isn't a <Response>")
    return [_verb(element) for element in response]


def _verb(element: ET.Element) -> Verb:
    nested = tuple(_verb(child) for child in element)
    return Verb(element.tag, element.attrib, " ".join("".join(element.itertext()).split()), nested)
