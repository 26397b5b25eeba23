"""A derivation in columns, for a terminal, a pipe or a file; where a terminal is too narrow, one thing a line."""

from __future__ import annotations

import shutil
import sys
import textwrap
from typing import TYPE_CHECKING

from nncalc.derive.result import Result
from nncalc.render.columns import padded, width
from nncalc.render.derivation import Texts, spelled

if TYPE_CHECKING:
    from nncalc.derive.numbers import AtNumbers

#: As wide as any line.
WIDE = 100_000


def render(result: Result, numbers: AtNumbers | None, *, ascii_only: bool) -> str:
    """Return the derivation as text."""
    page, speller = spelled(result, numbers, ascii_only=ascii_only)
    room = _room()
    blocks = [_notes([speller.note(note) for note in page.before], "", room)]
    for section in page.sections:
        texts = [speller.texts(row) for row in section.rows]
        lines = _aligned(texts)
        if any(width(line) > room for line in lines):
            lines = _stacked(texts, room)
        notes = [_notes([speller.note(note)], "  ", room) for note in section.notes]
        blocks.append("\n".join([section.heading, *lines, *([""] if lines and notes else []), *notes]))
    blocks.append(_notes([speller.note(note) for note in page.after], "", room))
    return "\n\n".join(blocks) + "\n"


def _room() -> int:
    """Return how wide a line may be: as the terminal, or as it likes in a pipe or a file."""
    if sys.stdout is None or not sys.stdout.isatty():
        return WIDE
    return max(30, shutil.get_terminal_size((WIDE, 24)).columns)


def _notes(notes: list[str], indent: str, room: int) -> str:
    """Return notes a line each, words that do not fit on the next."""
    wrapped = [textwrap.wrap(note, room, initial_indent=indent, subsequent_indent=indent + "  ") for note in notes]
    return "\n".join(line for lines in wrapped for line in lines)


def _aligned(rows: list[Texts]) -> list[str]:
    """Return the lines in columns; a line much longer than the others does not push the remarks away."""
    lefts = max((width(row.left) for row in rows), default=0)
    rights = sorted(width(row.right) for row in rows)
    room = min(rights[-1], max(40, rights[len(rights) // 2] + 20)) if rights else 0
    shapes = max((width(row.shape) for row in rows), default=0)
    return [
        f"  {padded(row.left, lefts)} {padded(row.right, room)}  {padded(row.shape, shapes)}  {row.why}".rstrip()
        for row in rows
    ]


def _stacked(rows: list[Texts], room: int) -> list[str]:
    """Return a derivation on a narrow page: why a line holds stands under it."""
    lines: list[str] = []
    lefts = min(12, max((width(row.left) for row in rows), default=0))
    for row in rows:
        line = f"  {padded(row.left, lefts)} {row.right}"
        shape = f"({row.shape})" if row.shape else ""
        fits = width(line) + width(shape) + 2 <= room
        lines.append(f"{line}  {shape}".rstrip() if fits else line)
        beside = "  ".join(each for each in ("" if fits else shape, row.why) if each)
        lines += textwrap.wrap(beside, room, initial_indent=" " * 6, subsequent_indent=" " * 8) if beside else []
    return lines
