"""Words for messages: how a key path, a name or a value of a document is said.

Knows Python's plain values; nothing of files, formulas or networks. What it returns is safe
to print: characters that a terminal would act on are escaped.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from types import NoneType
from typing import NamedTuple, TypeAlias

from nncalc.language.figures import text_of

#: Where a value stands in a document: `("layers", 0, "weights")`.
Path: TypeAlias = tuple[str | int, ...]

_BARE = re.compile(r"\w+")
_LONGEST = 60


class Odd(NamedTuple):
    """A number that was read but cannot be used, and why: `nan`, `1e999`."""

    text: str
    reason: str

    @property
    def said(self) -> str:
        """What is wrong, as a message."""
        return f"{shown(self.text)} {self.reason}" if self.text else "a number is missing"


def shown(text: str) -> str:
    r"""Return `text` between backticks, shortened, with nothing in it that a terminal acts on.

    >>> print(shown("a\x1b[1m"))
    `a\x1b[1m`
    """
    return f"`{printable(text)}`"


def printable(text: str) -> str:
    """Return `text` shortened, with what does not print escaped."""
    short = text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
    return "".join(c if c.isprintable() and c != "\\" else c.encode("unicode_escape").decode() for c in short)


def path_text(path: Path) -> str:
    """Return the key path as a person writes it.

    >>> path_text(("layers", 0, "weights", "a b"))
    'layers[0].weights."a b"'
    """
    parts = [f"[{part}]" if isinstance(part, int) else f".{_key(part)}" for part in path]
    return "".join(parts).removeprefix(".")


def _key(key: str) -> str:
    plain = len(key) <= _LONGEST and _BARE.fullmatch(key) is not None and key.isprintable()
    return key if plain else f'"{printable(key)}"'


def argument(name: str) -> str:
    """Return what the place is called where the numbers of a quantity are set beside its spec."""
    return f"argument {name}"


def kind(value: object) -> str:
    """Return what `value` is, as the end of "must be a number, not …"."""
    if isinstance(value, str):
        return f'the string "{printable(value)}"'
    if isinstance(value, Odd):
        return shown(value.text)
    if isinstance(value, bool):
        return "`true`" if value else "`false`"
    if isinstance(value, int | float):
        return f"the number {printable(text_of(value))}"
    if value == []:
        return "an empty list"
    if isinstance(value, tuple):
        return "an array"
    return {NoneType: "null", list: "a list", dict: "a table"}.get(type(value), "a date or a time")


def either(words: Iterable[str]) -> str:
    """Return the words between backticks, as a list to choose from.

    >>> either(["a", "b", "c"])
    '`a`, `b` or `c`'
    """
    ticked = [f"`{word}`" for word in words]
    return " or ".join(filter(None, [", ".join(ticked[:-1]), ticked[-1]]))


def joined(words: Sequence[str]) -> str:
    """Return the words as a list: `a, b and c`."""
    return " and ".join(filter(None, [", ".join(words[:-1]), words[-1]]))


def counted(count: int, noun: str) -> str:
    """Return the count with its noun: `1 value`, `2 values`."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def size(rows: int, columns: int) -> str:
    """Return a shape: `2×3`."""
    return f"{rows}×{columns}"
