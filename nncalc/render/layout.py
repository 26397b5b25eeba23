"""A page as lines of text: rows in columns where they fit, else one thing under the other.

Matrices stand over several lines, their row's formula on the middle one. Knows what each piece of a line is, not how a
terminal sets it apart.
"""

from __future__ import annotations

import shutil
import sys
import textwrap
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from nncalc.language.printer import Style
from nncalc.page import NARROW, Page
from nncalc.problems import safe
from nncalc.progress import told
from nncalc.render.colour import is_forced
from nncalc.render.columns import ROLES, WIDE, Texts, note, texts
from nncalc.render.plot import drawn
from nncalc.render.tall import broken, in_line, narrowed, padded, placed, width

#: How much wider than the next one a line may be, and how wide anyway, before it pushes its own remark away.
WIDER, ORDINARY = 20, 40
#: From how many columns on a remark goes on below its line.
PLENTY = 120
#: How far the sides of a row stand in on a narrow page at most, and how far what goes on from the line above.
MOST_INDENT, MORE = 12, "    "


class Piece(NamedTuple):
    """A part of a line: a `heading`, a `name`, one of the sides of a row, or a `remark`; else nothing in particular."""

    text: str
    role: str = ""


class Line(NamedTuple):
    """Pieces beside each other, without blanks at their end."""

    pieces: tuple[Piece, ...]

    @property
    def text(self) -> str:
        return "".join(piece.text for piece in self.pieces)


def line_of(*pieces: Piece) -> Line:
    """Return a line of pieces, without the blanks at its end."""
    found = list(pieces)
    while found and not found[-1].text.rstrip():
        found.pop()
    if found:
        found[-1] = found[-1]._replace(text=found[-1].text.rstrip())
    return Line(tuple(found))


def lines(page: Page, style: Style, most: int = WIDE) -> list[Line]:
    """Return the lines of a page: in columns where those are at most `most` wide, else one thing under the other."""
    style = style._replace(tall=not page.inline)
    notes = [f"note: {note(each, style._replace(tall=False))}" for each in page.conventions()]
    blocks = [_paragraph(safe(page.title), most, "heading")] if page.title else []
    blocks += _notes([note(each, style._replace(tall=False)) for each in page.before], most)
    for section in page.sections:
        rows = [texts(row, page, style) for row in told(section.rows, "laying out")]
        block = beside(rows)
        if any(width(line.text) > most for line in block):
            block, cut = stacked(rows, most, full=page.full)
            if cut and f"note: {NARROW}" not in notes:
                notes.append(f"note: {NARROW}")
        said = [note(each, style._replace(tall=False)) for each in section.notes]
        remarks = [line_of(Piece(line)) for each in said for line in wrapped(each, most, "  ")]
        heading = [line_of(Piece(section.heading, "heading"))]
        curve = (
            [line_of(Piece(f"  {each}")) for each in drawn(section.plot, ascii_only=not style.paper)]
            if section.plot
            else []
        )
        blocks.append([*heading, *joined([each for each in (block, curve, remarks) if each])])
    blocks += _notes([note(each, style._replace(tall=False)) for each in page.after], most)
    return joined([*blocks, *_notes(notes, most)])


def _paragraph(text: str, most: int, role: str) -> list[Line]:
    return [line_of(Piece(line, role)) for line in wrapped(text, most)]


def _notes(found: list[str], most: int) -> list[list[Line]]:
    return [[line for each in found for line in _paragraph(each, most, "remark")]] if found else []


# -- rows beside each other ---------------------------------------------------------------------------


def beside(rows: Sequence[Texts]) -> list[Line]:
    """Return rows in columns; beside numbers a shape is in brackets, and a little further away."""
    bands = in_columns([[Piece(row.name, "name"), *_sides(row)] for row in rows], 1)
    said = [
        [line_of(*line, Piece(":")) if row.matched and place == band.middle else line_of(*line)
         for place, line in enumerate(band.lines)]
        for band, row in zip(bands, rows, strict=True)
    ]  # fmt: skip
    rest = in_columns([[_shape(row), Piece(row.why, "remark"), Piece(row.remarks, "remark")] for row in rows], 2)
    wide = [max(width(line.text) for line in found) for found in said]
    widths = sorted(wide) or [0]
    most = max(max((width(row.name) for row in rows), default=0) + ORDINARY, widths[len(widths) // 2])
    for each in widths:
        most = max(most, each) if each <= most + WIDER else most
    gap = 3 if any(row.valued for row in rows) else 2
    most = min(most, max(widths))
    found: list[Line] = []
    for row, band, beyond, size, why in zip(said, bands, rest, wide, [_why(row) for row in rows], strict=True):
        for place, line in enumerate(row):
            blank = Piece(" " * (max(most, size) - width(line.text) + gap * bool(most)))
            after = (blank, *beyond.lines[0]) if place == band.middle else ()
            beside = [Piece("  "), *line.pieces, *after]
            found += _reasoned(beside, why) if after and why else [line_of(*beside)]
    return found


def _reasoned(line: list[Piece], reasons: str) -> list[Line]:
    """Return a line that ends in reasons; those of one that grows too wide go on below it."""
    whole = line_of(*line)
    if width(whole.text) <= PLENTY:
        return [whole]
    before = line[: next(place for place, piece in enumerate(line) if piece.text.startswith(reasons))]
    *others, last = reasons.split("; ")
    texts = [*(f"{each};" for each in others), last]
    start = max(len(MORE), min(_wide(before), PLENTY - max(map(width, texts))))
    found = [before]
    for each in texts:
        if _wide(found[-1]) + width(each) > PLENTY:
            found.append([Piece(" " * start)])
        found[-1] += [Piece(f"{each} ", "remark")]
    return [line_of(*pieces) for pieces in found]


def _why(row: Texts) -> str:
    """Return the reasons that end a row, nothing where remarks end it."""
    return "" if row.remarks else row.why


def _sides(row: Texts) -> list[Piece]:
    return [Piece(side, role or "formula") for side, role in zip(row.sides, ROLES, strict=True)]


def _shape(row: Texts) -> Piece:
    if not any(row.sides):
        return Piece(row.shape, "formula")
    return Piece(f"({row.shape})" if row.shape and row.valued else row.shape, "remark")


class Band(NamedTuple):
    """The lines that a row takes, and which of them it stands on."""

    lines: list[list[Piece]]
    middle: int


def in_columns(rows: Sequence[Sequence[Piece]], gap: int) -> list[Band]:
    """Return rows with their pieces under each other, `gap` blanks between; what no row fills takes no room."""
    places = range(max(map(len, rows), default=0))
    widths = [max(width(row[place].text) for row in rows) for place in places]
    found: list[Band] = []
    for row in rows:
        lines, middle = placed([piece.text for piece in row])
        filled = [
            [[Piece(" " * gap), Piece(padded(text, most), piece.role)]
             for text, piece, most in zip(line, row, widths, strict=True) if most]
            for line in lines
        ]  # fmt: skip
        found.append(Band([[piece for pair in line for piece in pair][1:] for line in filled], middle))
    return found


# -- one thing under the other ------------------------------------------------------------------------


def stacked(rows: Sequence[Texts], most: int, *, full: bool = False) -> tuple[list[Line], bool]:
    """Return rows on a narrow page, what is said of one below it, and whether a matrix lost columns to fit.

    What a quantity equals stands beside it where there is room, else one under the other. In `full` a matrix that does
    not fit stands in one line.
    """
    found: list[Line] = []
    indent, cut = "", False
    for row in rows:
        indent = " " * min(MOST_INDENT, width(row.name)) if row.name else indent
        parts, narrower = _parts(row, indent, most, full=full)
        cut = cut or narrower
        first = [Piece(row.name or indent, "name")]
        if width(row.name) + 3 + _wide(parts[0]) > most:
            found.append(line_of(Piece("  "), *first))
            first = [Piece(indent)]
        shape = f"({row.shape})" if row.shape and any(row.sides) else ""
        fits = 5 + _wide([*(first if len(parts) == 1 else [Piece(indent)]), *parts[-1], Piece(shape)]) <= most
        if shape and fits:
            parts[-1] += [Piece("  "), Piece(shape, "remark")]
        for place, part in enumerate(parts):
            found += _drawn([Piece("  "), *([Piece(indent)] if place else first), Piece(" "), *part])
        below = "  ".join(each for each in ("" if fits else shape, row.why, row.remarks) if each)
        under = f"  {indent}{'   ' if any(row.sides) else '  '}"
        found += [line_of(Piece(each, "remark")) for each in wrapped(below, most, under)]
    return found, cut


def _parts(row: Texts, indent: str, most: int, *, full: bool) -> tuple[list[list[Piece]], bool]:
    """Return the sides of a row, all on a line where they fit on one, else broken over several; whether one is cut."""
    sides = [piece for piece in _sides(row) if piece.text] or [Piece(f" {row.shape}", "formula")]
    line = [piece for side in sides for piece in (Piece(" "), side)][1:]
    if 3 + _wide([Piece(row.name or indent), *line]) <= most:
        return [line], False
    room, cut = most - 3 - len(indent), False
    found: list[list[Piece]] = []
    for side in sides:
        texts = broken(side.text, room, MORE)
        if any(width(text) > room for text in texts):
            less = in_line(side.text) if full else narrowed(side.text, room - len(MORE) - 3)  # a sign stands before it
            cut = cut or (less != side.text and not full)
            texts = broken(less, room, MORE)
        found += [[side._replace(text=text)] for text in texts]
    return found, cut


def _wide(pieces: Iterable[Piece]) -> int:
    return sum(width(piece.text) for piece in pieces)


def _drawn(pieces: Sequence[Piece]) -> list[Line]:
    """Return pieces beside each other as lines."""
    found, _ = placed([piece.text for piece in pieces])
    return [line_of(*(piece._replace(text=text) for text, piece in zip(line, pieces, strict=True))) for line in found]


def joined(blocks: Sequence[Sequence[Line]]) -> list[Line]:
    """Return the lines of blocks, an empty line between them."""
    lines = [line for block in blocks for line in (Line(()), *block)]
    return lines[1:]


def room() -> int:
    """Return how wide the terminal is; a pipe, in which colour is forced, has no end."""
    piped = sys.stdout is None or not sys.stdout.isatty()
    return WIDE if piped and is_forced() else max(20, shutil.get_terminal_size().columns)


def wrapped(text: str, room: int, indent: str = "", more: str = "  ") -> list[str]:
    """Return words in lines of at most `room` characters, those after the first with `more` before them."""
    return textwrap.wrap(
        text, room, initial_indent=indent, subsequent_indent=indent + more, break_long_words=False,
        break_on_hyphens=False,
    )  # fmt: skip
