"""Where a TOML document says what: the line of every table, key and list entry.

The standard library's parser tells no positions. This one reads documents that it has accepted (TOML 1.0, toml.io):
it only has to find its way, not to judge.
"""

import re
import tomllib
from bisect import bisect_left
from collections.abc import Mapping

Path = tuple[str | int, ...]  # ("queue", 2, "hours", "mon-fri"): keys, and places in lists counted from 0

_GAP = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*+")
_STRING = r'"""(?:\\.|[^\\])*?"{3,5}|' r"'''.*?'{3,5}|" r'"(?:\\.|[^"\\\n])*"|' r"'[^'\n]*'"
_NAME = re.compile(rf"{_STRING}|[A-Za-z0-9_-]+", re.DOTALL)
_SCALAR = re.compile(rf"{_STRING}|[^,\]}}#\n]+", re.DOTALL)


class Lines:
    """Lines count from 1."""

    def __init__(self, lines: Mapping[Path, int]) -> None:
        self._lines = lines

    def __contains__(self, path: Path) -> bool:
        return path in self._lines

    def of(self, path: Path) -> int:
        """The line of this place, or of the nearest one around it that the document has."""
        while path and path not in self._lines:
            path = path[:-1]
        return self._lines.get(path, 1)


def locate(document: str) -> Lines:
    """The lines of a document that tomllib has accepted. Raises RecursionError when it is nested too deeply."""
    scanner = _Scanner(document)
    scanner.scan()
    return Lines(scanner.lines)


class _Scanner:
    def __init__(self, document: str) -> None:
        self.lines: dict[Path, int] = {}
        self._text = document
        self._at = 0
        self._breaks = [found.start() for found in re.finditer("\n", document)]
        self._entries: dict[Path, int] = {}  # how many [[tables]] a list has so far

    def scan(self) -> None:
        table: Path = ()
        self._skip()
        while self._at < len(self._text):
            if self._next_is("["):
                table = self._header(2 if self._next_is("[[") else 1)
            else:
                self._pair(table)
            self._skip()

    def _header(self, brackets: int) -> Path:
        line = self._line()
        self._at += brackets
        names = self._key()
        self._at += brackets
        path: Path = ()
        for name in names[:-1]:
            path = (*path, name)
            self.lines.setdefault(path, line)
            if path in self._entries:
                path = (*path, self._entries[path] - 1)
        path = (*path, names[-1])
        self.lines.setdefault(path, line)
        if brackets == 2:
            self._entries[path] = self._entries.get(path, 0) + 1
            path = (*path, self._entries[path] - 1)
            self.lines[path] = line
        return path

    def _pair(self, table: Path) -> None:
        line = self._line()
        path = table
        for name in self._key():
            path = (*path, name)
            self.lines.setdefault(path, line)
        self._at += 1  # =
        self._value(path)

    def _key(self) -> list[str]:
        """The names of a dotted key; stops behind it and the blanks that follow."""
        names: list[str] = []
        while True:
            self._skip()
            names.append(_decoded(self._take(_NAME)))
            self._skip()
            if not self._next_is("."):
                return names
            self._at += 1

    def _value(self, path: Path) -> None:
        self._skip()
        if self._next_is("["):
            self._list(path)
        elif self._next_is("{"):
            self._inline_table(path)
        else:
            self._take(_SCALAR)

    def _list(self, path: Path) -> None:
        self._at += 1
        self._skip()
        index = 0
        while not self._next_is("]"):
            self.lines[(*path, index)] = self._line()
            self._value((*path, index))
            self._skip_comma()
            index += 1
        self._at += 1

    def _inline_table(self, path: Path) -> None:
        self._at += 1
        self._skip()
        while not self._next_is("}"):
            self._pair(path)
            self._skip_comma()
        self._at += 1

    def _skip_comma(self) -> None:
        self._skip()
        if self._next_is(","):
            self._at += 1
            self._skip()

    def _skip(self) -> None:
        self._take(_GAP)

    def _take(self, pattern: re.Pattern[str]) -> str:
        found = pattern.match(self._text, self._at)
        if found is None:
            raise AssertionError("tomllib accepts what the line finder doesn't know")
        self._at = found.end()
        return found.group()

    def _next_is(self, mark: str) -> bool:
        return self._text.startswith(mark, self._at)

    def _line(self) -> int:
        return bisect_left(self._breaks, self._at) + 1


def _decoded(name: str) -> str:
    return next(iter(tomllib.loads(f"{name} = 0"))) if name[0] in "\"'" else name
