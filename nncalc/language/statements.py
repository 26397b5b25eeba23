"""Several statements in one text: where each begins and ends. Knows no formulas."""

from __future__ import annotations

import re
from collections.abc import Iterator

#: What a line ends in that goes on, and what the next line begins with then.
_GOES_ON = re.compile(r"[-−+*/^=,.@⊙(\[]\s*$")
_FOLLOWS = re.compile(r"\s*[+*/^=.@⊙)\]]|\s+[-−]")


def statements(text: str) -> Iterator[tuple[int, int]]:
    r"""Yield where each statement begins and ends: a `;` or the end of a line parts them, but not within brackets.

    >>> text = "u = x*y; f = u +\n  1"
    >>> [text[start:stop].strip() for start, stop in statements(text)]
    ['u = x*y', 'f = u +\n  1']
    """
    depth, start, place = 0, 0, 0
    while place < len(text):
        character = text[place]
        if character == "#":
            stop = text.find("\n", place)
            place = len(text) if stop < 0 else stop
            continue
        depth += (character in "([") - (character in ")]")
        apart = character == ";" or (character == "\n" and not _goes_on(text, start, place))
        if apart and depth <= 0:
            yield from _filled(text, start, place)
            start, depth = place + 1, 0
        place += 1
    yield from _filled(text, start, len(text))


def _goes_on(text: str, start: int, place: int) -> bool:
    """Return whether what stands before the end of a line goes on behind it."""
    before = re.sub(r"#.*", "", text[start:place])
    after = text[place + 1 :]
    return bool(_GOES_ON.search(before) or _FOLLOWS.match(after)) and bool(before.strip())


def _filled(text: str, start: int, stop: int) -> Iterator[tuple[int, int]]:
    """Yield a stretch of the text that says something, comments aside."""
    if re.sub(r"#.*", "", text[start:stop]).strip():
        yield start, stop
