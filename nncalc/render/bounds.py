"""How long a text for people is at most: what is longer loses its middle, and says so."""

from __future__ import annotations

from collections.abc import Sequence

from nncalc.language.formula import length
from nncalc.page import Page, Row, Section, left_out

#: How many lines and bytes a text has at most, beside the line that says how many are left out.
MOST_LINES, MOST_BYTES = 4_990, 999_000
#: How many rows a section of a document has at most, and how many names, numbers and signs.
MOST_ROWS, MOST_SIGNS = 1_000, 10_000


def shortened(page: Page) -> Page:
    """Return a page with rows left out in the middle of each section that has too many, or too long ones."""
    sections: list[Section] = []
    for section in page.sections:
        first = _ahead(section.rows)
        last = _ahead(section.rows[first:][::-1])
        left = len(section.rows) - first - last
        rows = (*section.rows[:first], *section.rows[first + left :])
        sections.append(section._replace(rows=rows, notes=((left_out(left),), *section.notes)) if left else section)
    return page._replace(sections=tuple(sections))


def _ahead(rows: Sequence[Row]) -> int:
    """Return how many of these rows are in a document before some are left out."""
    room = MOST_SIGNS // 2
    for place, row in enumerate(rows):
        room -= sum(length(side.whole) for side in row.sides if not isinstance(side.whole, tuple))
        if room < 0 or place == MOST_ROWS // 2:
            return place
    return len(rows)


def cut(text: str) -> str:
    """Return a text with the middle left out where it has too many lines or characters."""
    if len(text.encode()) <= MOST_BYTES and text.count("\n") <= MOST_LINES:
        return text
    lines = text.splitlines(keepends=True)
    ends: tuple[list[str], list[str]] = ([], [])
    for found, way in zip(ends, (lines, reversed(lines)), strict=True):
        room = MOST_BYTES // 2
        for line in way:
            room -= len(line.encode())
            if room < 0 or len(found) >= MOST_LINES // 2:
                break
            found.append(line)
    left = len(lines) - len(ends[0]) - len(ends[1])
    return "".join([*ends[0], f"... {left_out(left)}\n", *reversed(ends[1])])
