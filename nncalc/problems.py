"""Problems: what is wrong, where, and what to do about it; what is safe to show; the nearest known name.

`Problem` is the only form a mistake of the user takes.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple


class Span(NamedTuple):
    """A stretch of one expression's text, from `start` up to but not including `end`."""

    start: int
    end: int


class Where(NamedTuple):
    """A place a person can open: lines and columns count from 1; None is not known.

    `path` is the key path in a document (`layers[0].weights`), `text` the whole line,
    `width` how many of its characters the place covers.
    """

    source: str
    line: int | None = None
    column: int | None = None
    path: str | None = None
    text: str | None = None
    width: int = 1


class Problem(Exception):
    """A mistake in what the user gave: one sentence, a place, a remedy.

    `code` is a stable word for scripts: `syntax`, `name`, `shape`, `domain`, `spec`, `file`, `usage`. To Python it is
    `nncalc.Problem`.
    """

    __module__ = "nncalc"

    def __init__(
        self, message: str, where: Where | Span | None = None, hint: str | None = None, code: str = "spec"
    ) -> None:
        super().__init__(message)
        self.message = message
        self.where = where
        self.hint = hint
        self.code = code

    def __str__(self) -> str:
        """Return it as it is printed: place, message, the line with a mark under it, the hint.

        >>> print(Problem("unknown name `z`", in_text("-e", "f = x*z", Span(6, 7)), "known are `x`, `y`", "name"))
        -e:1:7: error: unknown name `z`
          1 | f = x*z
            |       ^
        hint: known are `x`, `y`
        """
        where = self.where if isinstance(self.where, Where) else None
        place = ""
        if where is not None:
            numbers = [str(number) for number in (where.line, where.column) if number is not None]
            place = ":".join([safe(where.source, 300), *numbers]) + ": "
        lines = [f"{place}error: {safe(self.message)}"]
        if where is not None and where.text is not None and where.line is not None:
            lines += _quoted(where)
        if self.hint:
            lines.append(f"hint: {safe(self.hint)}")
        return "\n".join(lines)

    def at(self, where: Where | Span | None) -> Problem:
        """Return the same problem at another place."""
        return Problem(self.message, where, self.hint, self.code)


class Unknown(Problem, KeyError):
    """A name that nothing is called, where it was looked up as a key."""

    __module__ = "nncalc"
    __str__ = Problem.__str__


def _quoted(where: Where) -> list[str]:
    """Return the line a problem stands in, a window of a long one, and a mark under the place."""
    text = where.text or ""
    column = (where.column or 1) - 1
    start = max(0, column - 60) if len(text) > 140 else 0
    window = text[start : start + 140]
    before = safe(window[: column - start].replace("\t", " "))
    inside = safe(window[column - start : column - start + where.width].replace("\t", " "))
    after = safe(window[column - start + where.width :].replace("\t", " "))
    number = str(where.line)
    return [
        f"  {number} | {before}{inside}{after}".rstrip(),
        f"  {' ' * len(number)} | {' ' * len(before)}{'^' * max(1, len(inside))}",
    ]


def in_text(source: str, text: str, span: Span) -> Where:
    """Return the place of `span` in `text`, an expression that stands by itself."""
    start = min(span.start, len(text))
    line = text.count("\n", 0, start) + 1
    begin = text.rfind("\n", 0, start) + 1
    end = text.find("\n", start)
    shown = text[begin : end if end >= 0 else len(text)]
    return Where(source, line, start - begin + 1, None, shown, max(1, min(span.end, begin + len(shown)) - start))


def nearest(word: str, known: Iterable[str]) -> str | None:
    """Return the one of `known` that `word` was most likely meant to be, or None.

    >>> nearest("sigmod", ["relu", "sigmoid", "tanh"])
    'sigmoid'
    """
    if len(word) > 100:
        return None
    best: tuple[float, str] | None = None
    for candidate in known:
        distance = _distance(word, candidate)
        if word.casefold() == candidate.casefold():
            distance = 0.5
        elif len(word) >= 3 and (candidate.startswith(word) or word.startswith(candidate)):
            distance = min(distance, 1.5)
        near = distance < len(word) and distance <= max(1, min(len(word), len(candidate)) / 3)
        if near and (best is None or distance < best[0]):
            best = (distance, candidate)
    return best[1] if best else None


def one_of(option: str, word: str, allowed: tuple[str, ...]) -> None:
    """Raise Problem (`usage`) unless `word` is one of those that `option` takes."""
    if word not in allowed:
        meant = nearest(word, allowed)
        hint = f"did you mean `{meant}`?" if meant else None
        raise Problem(f"{option} is one of {', '.join(allowed)}, not `{word[:80]}`", None, hint, "usage")


def _distance(a: str, b: str) -> float:
    """Count the insertions, deletions, changes and swaps of neighbours that turn `a` into `b`."""
    before: list[int] = []
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        before, above, row = row, before, [i]
        for j, y in enumerate(b, 1):
            cost = min(before[j] + 1, row[-1] + 1, before[j - 1] + (x != y))
            if i > 1 and j > 1 and x == b[j - 2] and a[i - 2] == y:
                cost = min(cost, above[j - 2] + 1)
            row.append(cost)
    return row[-1]


def safe(text: str, most: int = 4_000) -> str:
    """Return `text` with every character that is not printable escaped, cut to `most` characters."""
    if len(text) > most:
        text = text[:most] + " ..."
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)
