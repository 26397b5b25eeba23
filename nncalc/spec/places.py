"""Places: where in a text a key and its value stand.

Knows offsets, lines and columns; no file format.
"""

from __future__ import annotations

from typing import NamedTuple

from nncalc.problems import Problem, Where
from nncalc.spec.words import Path

_LONGEST_LINE = 2000


class Place(NamedTuple):
    """Offsets of a key and of its value, each from start up to its end; a table's header is both."""

    key: tuple[int, int]
    value: tuple[int, int]


class Misread(Exception):
    """A text that breaks its format's rules: what is wrong, from where to where, and a remedy.

    `path` is the key path of the value that is wrong, as far as it is known.
    """

    def __init__(self, message: str, start: int, end: int, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.start = start
        self.end = end
        self.hint = hint
        self.path: Path = ()

    def under(self, part: str | int) -> Misread:
        """Return this error as seen from outside the member `part`."""
        self.path = (part, *self.path)
        return self


def line_at(text: str, offset: int) -> int:
    """Return the line of `offset`, counted from 1."""
    return text.count("\n", 0, offset) + 1


def at_line(message: str, line: int, hint: str | None = None, code: str = "file") -> Problem:
    """Return a problem in a line of a data file, whose name is not known here."""
    return Problem(message, Where("", line), hint, code)


def where_at(source: str, text: str, start: int, end: int, path: str | None) -> Where:
    """Return the place from `start` up to `end`, no further than the end of its first line."""
    begin = text.rfind("\n", 0, start) + 1
    stop = text.find("\n", start)
    stop = len(text) if stop < 0 else stop
    line = _drawable(text[begin:stop]) if stop - begin <= _LONGEST_LINE else None
    width = max(1, min(end, max(stop, start)) - start)
    return Where(source, line_at(text, start), start - begin + 1, path, line, width)


def _drawable(line: str) -> str:
    """Return the line with every character a terminal acts on replaced by one it only draws."""
    if line.isprintable():
        return line
    return "".join(c if c.isprintable() else " " if c.isspace() else "\ufffd" for c in line)
