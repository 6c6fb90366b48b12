"""How long a text may be, by what the provider of its inbox takes: it is refused before it is anywhere."""

from collections.abc import Callable

from hub.errors import Invalid

Longest = Callable[[int], int | None]  # inbox id → characters; None: as long as any text here


def any_length(inbox_id: int) -> int | None:
    return None


def refuse_too_long(text: str, inbox_id: int | None, longest: Longest) -> None:
    """Raises Invalid."""
    most = longest(inbox_id or 0)
    if most is not None and len(text) > most:
        words = f"At most {most:,} characters go by this way, these are {len(text):,}. Shorten it or send it in parts."
        raise Invalid("The text is too long for this way.", {"text": words})
