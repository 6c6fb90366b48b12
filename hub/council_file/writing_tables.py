"""[[template]]: words that agents begin a reply with."""

import re
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, StrictStr, field_validator
from pydantic_core.core_schema import ValidationInfo

from hub.council_file.time_tables import Line, Slug

LONGEST_TEMPLATE = 10_000  # characters
PLACEHOLDERS = ("reference", "name", "agent", "council")

_PLACEHOLDER = re.compile(r"\{(\w*)\}")
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")


def _texts(written: Any) -> dict[str, str]:
    """By language; a text alone is of no particular one ("")."""
    texts = {"": written} if isinstance(written, str) else written
    if not isinstance(texts, dict) or not texts or not all(isinstance(text, str) for text in texts.values()):
        raise ValueError("must be a text, or a table of texts by language")
    for language, text in texts.items():
        if language and not _LANGUAGE.fullmatch(language):
            raise ValueError(f'"{language}" is no language tag such as en or cy')
        _check(text)
    return {language: text.strip() for language, text in texts.items()}


def _check(text: str) -> None:
    if not text.strip():
        raise ValueError("must not be empty")
    if len(text) > LONGEST_TEMPLATE:
        raise ValueError(f"longer than {LONGEST_TEMPLATE} characters")
    for name in _PLACEHOLDER.findall(text):
        if name not in PLACEHOLDERS:
            there_are = ", ".join(f"{{{each}}}" for each in PLACEHOLDERS)
            raise ValueError(f"there is no {{{name}}}; there are {there_are}")


class TemplateTable(BaseModel):
    """Validated with the channels' names as context."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    slug: Slug
    name: Line
    text: Annotated[dict[str, str], BeforeValidator(_texts)]
    channels: tuple[StrictStr, ...] = ()  # () = all

    @field_validator("channels")
    @classmethod
    def _known_channels(cls, written: tuple[str, ...], known: ValidationInfo) -> tuple[str, ...]:
        channels = sorted(getattr(known.context, "channels", ()))
        for name in written:
            if name not in channels:
                raise ValueError(f'there is no channel "{name}"; there are {", ".join(channels)}')
        return written
