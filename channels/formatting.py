"""An agent's words as HTML: paragraphs, lists, emphasis and links of CommonMark; never markup, never a picture.

What an agent types without thinking of formatting must stay what it was: no line becomes a heading because of the
dashes below it, no indentation becomes code, and every line end is one.
"""

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from markdown_it import MarkdownIt

_SAFE = ("http:", "https:", "mailto:", "tel:")
_FROM_THE_RIGHT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]")  # Arabic, Hebrew and their kin
_BLOCKS = {"paragraph_open", "bullet_list_open", "ordered_list_open", "blockquote_open", "heading_open"}
_OFF = ("lheading", "code", "html_block", "html_inline", "image", "reference", "entity")


def html_of(text: str) -> str:
    """Harmless HTML of these words; links open nothing but the web, mail and telephone."""
    return str(_formatter().render(text, {"turns": bool(turned(text))})).strip()


def turned(text: str) -> str:
    """The attribute for HTML around words of which some run from right to left: each block as its first word does."""
    return ' dir="auto"' if _FROM_THE_RIGHT.search(text) else ""


@lru_cache
def _formatter() -> "MarkdownIt":
    from markdown_it import MarkdownIt

    formatter = MarkdownIt("commonmark", {"html": False, "breaks": True, "linkify": True})
    formatter.enable("linkify").disable(list(_OFF))
    formatter.validateLink = _is_safe  # type: ignore[method-assign]  # its own way of being configured
    formatter.add_render_rule("link_open", _outward)
    formatter.core.ruler.push("turn", _turn)
    return formatter


def _turn(state: Any) -> None:
    if state.env.get("turns"):
        for token in state.tokens:
            if token.type in _BLOCKS:
                token.attrSet("dir", "auto")


def _is_safe(url: str) -> bool:
    return url.strip().lower().startswith(_SAFE)


def _outward(renderer: Any, tokens: Any, place: int, options: Any, env: Any) -> str:
    tokens[place].attrSet("rel", "noopener noreferrer")
    tokens[place].attrSet("target", "_blank")
    return str(renderer.renderToken(tokens, place, options, env))
