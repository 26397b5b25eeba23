"""A derivation in columns, for a terminal, a pipe or a file; where a terminal is too narrow, one thing a line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nncalc.derive.result import Result
from nncalc.render.columns import Marked, aligned, joined, padded, width, wrapped
from nncalc.render.derivation import Texts, spelled

if TYPE_CHECKING:
    from nncalc.derive.numbers import AtNumbers

#: As wide as any line.
WIDE = 100_000
#: How much wider than half of the lines one may be, and how wide anyway, before it pushes its own remark away.
WIDER, ORDINARY = 20, 40


def render(result: Result, numbers: AtNumbers | None, *, ascii_only: bool) -> str:
    """Return the derivation as text, one line each however long."""
    return "".join(f"{line.text}\n" for line in lines(result, numbers, WIDE, ascii_only=ascii_only))


def lines(result: Result, numbers: AtNumbers | None, most: int, *, ascii_only: bool) -> list[Marked]:
    """Return the lines of the derivation, in columns where those are at most `most` wide."""
    page, speller = spelled(result, numbers, ascii_only=ascii_only)
    blocks = [[line for note in page.before for line in _note(speller.note(note), most, role="remark")]]
    for section in page.sections:
        texts = [speller.texts(row) for row in section.rows]
        block = _beside(texts)
        if any(width(line.text) > most for line in block):
            block = _stacked(texts, most)
        notes = [line for note in section.notes for line in _note(speller.note(note), most, indent="  ")]
        blocks.append([Marked(section.heading, "heading"), *joined([each for each in (block, notes) if each])])
    blocks.append([line for note in page.after for line in _note(speller.note(note), most, role="remark")])
    return joined(blocks)


def _note(text: str, most: int, *, role: str = "", indent: str = "") -> list[Marked]:
    return [Marked(line, role) for line in wrapped(text, most, indent)]


def _beside(rows: list[Texts]) -> list[Marked]:
    """Return the lines in columns."""
    said = aligned([[row.left, row.right] for row in rows], 1)
    lefts = max((width(row.left) for row in rows), default=0)
    usual = sorted(map(width, said))[len(said) // 2] if said else 0
    most = max(lefts + ORDINARY, usual + WIDER)
    cells = [[text, row.shape, row.why] for text, row in zip(said, rows, strict=True)]
    return [
        Marked(f"  {line}", "", len(row.left), len(text) + 2)
        for line, row, text in zip(aligned(cells, 2, most), rows, said, strict=True)
    ]


def _stacked(rows: list[Texts], most: int) -> list[Marked]:
    """Return a derivation on a narrow page: why a line holds stands under it."""
    found: list[Marked] = []
    lefts = min(12, max((width(row.left) for row in rows), default=0))
    for row in rows:
        line = f"  {padded(row.left, lefts)} {row.right}"
        shape = f"({row.shape})" if row.shape else ""
        fits = width(line) + width(shape) + 2 <= most
        found.append(Marked(f"{line}  {shape}".rstrip() if fits else line, "", len(row.left), len(line)))
        beside = "  ".join(each for each in ("" if fits else shape, row.why) if each)
        found += [Marked(each, "remark") for each in wrapped(beside, most, " " * 6)]
    return found
