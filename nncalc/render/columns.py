"""A row of a page as texts, a page as lines of text in columns. What the forms share."""

from __future__ import annotations

import shutil
import textwrap
import unicodedata
from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

from nncalc.graph.sizes import Shape, text_of
from nncalc.language.alphabet import in_ascii
from nncalc.language.formula import Formula, names_in
from nncalc.language.printer import Style, show
from nncalc.language.wording import Filled
from nncalc.page import Note, Page, Ratio, Role, Row, Side
from nncalc.problems import safe

#: What a quantity equals, in the order in which it is said.
ROLES: tuple[Role, ...] = ("chain", "plain", "formula", "substituted", "value", "")
#: As wide as any line.
WIDE = 100_000
#: How much wider than the next one a line may be, and how wide anyway, before it pushes its own remark away.
WIDER, ORDINARY = 20, 40
#: How far the sides of a row stand in on a narrow page at most.
MOST_INDENT = 12


class Marked(NamedTuple):
    """A line of text, and which of it a terminal may set apart.

    `role` is that of the whole line: `heading`, `remark` or nothing; else its first `left` characters after the
    indentation are a quantity, and what follows the first `said` characters a remark.
    """

    text: str
    role: str = ""
    left: int = 0
    said: int | None = None


# -- a row as texts -----------------------------------------------------------------------------------


class Texts(NamedTuple):
    """A row's texts: the quantity, what it equals with the sign before it, one for each of `ROLES`, and the rest.

    `valued` says that there is a value among them, `matched` that the row says whether something holds.
    """

    name: str
    sides: tuple[str, ...]
    shape: str
    why: str
    remarks: str
    valued: bool
    matched: bool


def texts(row: Row, page: Page, style: Style) -> Texts:
    """Return the texts of a row."""
    found = {side.role: f"{sign(row, side, style)} {spelled(side.formula, style)}" for side in said(row, style)}
    return Texts(
        spelled(row.name, style) if row.name is not None else "",
        tuple(found.get(role, "") for role in ROLES),
        sized(row.shape, style) if row.shape is not None and page.sized else "",
        reason(row, style),
        remarks(row, style),
        "value" in found,
        row.holds is not None,
    )


def said(row: Row, style: Style) -> list[Side]:
    """Return the sides of a row, without numbers put in that read as the formula before them."""
    found: list[Side] = []
    for side in row.sides:
        again = side.role == "substituted" and side.equal and found and found[-1].role == "formula"
        if not (again and spelled(found[-1].formula, style) == spelled(side.formula, style)):
            found.append(side)
    return found


def spelled(what: Formula | Filled | Ratio | tuple[Ratio, ...], style: Style) -> str:
    """Return the text of a formula, of a derivative, or of a product of derivatives."""
    if isinstance(what, Filled):
        return what.text(style)
    if isinstance(what, Ratio):
        of, by = show(what.of, style), show(what.by, style)
        if style.latex:
            return rf"\frac{{\partial {of}}}{{\partial {by}}}"
        return f"∂{of}/∂{by}" if style.paper else f"d({of})/d({by})"
    if isinstance(what, tuple):
        return (r" \cdot " if style.latex else words(" · ", style)).join(spelled(each, style) for each in what)
    return show(what, style)


def sign(row: Row, side: Side, style: Style) -> str:
    """Return the sign before a side."""
    if row.holds is False:
        return "≠" if style.paper else "!="
    return words("←", style) if side.taken else "=" if side.equal else words("≈", style)


def reason(row: Row, style: Style) -> str:
    """Return why a row holds, and the rules it uses."""
    return "; ".join([*([note(row.why, style)] if row.why else []), *(law(each, style) for each in row.laws)])


def law(found: tuple[Formula, Formula], style: Style) -> str:
    """Return a rule for any letters, which are all the quantities there are in it."""
    own = style._replace(whole=frozenset(n.base for formula in found for n in names_in(formula)))
    return " = ".join(show(each, own) for each in found)


def remarks(row: Row, style: Style) -> str:
    """Return what is said beside a row: what it updates, what it reuses, which convention decided, whether it holds."""
    found: list[str] = []
    if row.updates is not None:
        found.append(f"updates {show(row.updates, style)}")
    if row.reuses:
        found.append("reuses " + ", ".join(show(used, style) for used in row.reuses))
    return (mark(row, style) + "; ".join([*found, *(note(each, style) for each in row.remarks)])).rstrip()


def mark(row: Row, style: Style) -> str:
    """Return the sign for whether a row holds, nothing where that is not the question."""
    right, wrong = ("✓ ", "✗ ") if style.paper else ("ok: ", "no: ")
    return "" if row.holds is None else right if row.holds else wrong


def note(found: Note, style: Style) -> str:
    """Return the words of a note with its formulas."""
    return "".join(words(safe(each, WIDE), style) if isinstance(each, str) else part(each, style) for each in found)


def part(found: Formula | Shape | Ratio, style: Style) -> str:
    """Return what a note has beside words."""
    if isinstance(found, tuple) and not isinstance(found, Ratio):
        return sized(found, style)
    return spelled(found, style)


def as_said(row: Row, style: Style) -> str:
    """Return the remarks of a row for a program: words as they are, formulas in `style`."""
    if not row.remarks and row.holds is None:
        return ""
    found = ("".join(each if isinstance(each, str) else part(each, style) for each in note) for note in row.remarks)
    return (mark(row, style) + "; ".join(found)).rstrip()


def words(text: str, style: Style) -> str:
    """Return words in the alphabet of a style."""
    return text if style.paper else in_ascii(text)


def sized(shape: Shape, style: Style) -> str:
    """Return a shape in the alphabet of a style."""
    return words(text_of(shape), style)


# -- a page as lines ------------------------------------------------------------------------------------


def lines(page: Page, style: Style, most: int = WIDE) -> list[Marked]:
    """Return the lines of a page: in columns where those are at most `most` wide, else one thing under the other."""
    blocks = [[Marked(safe(page.title), "heading")]] if page.title else []
    blocks += _notes([note(each, style) for each in page.before], most)
    for section in page.sections:
        rows = [texts(row, page, style) for row in section.rows]
        block = beside(rows)
        if any(width(line.text) > most for line in block):
            block = stacked(rows, most)
        remarks = [Marked(line) for each in section.notes for line in wrapped(note(each, style), most, "  ")]
        blocks.append([Marked(section.heading, "heading"), *joined([each for each in (block, remarks) if each])])
    blocks += _notes([note(each, style) for each in page.after], most)
    return joined([*blocks, *_notes([f"note: {words(safe(each), style)}" for each in page.notes], most)])


def _notes(found: list[str], most: int) -> list[list[Marked]]:
    return [[Marked(line, "remark") for each in found for line in wrapped(each, most)]] if found else []


def beside(rows: Sequence[Texts]) -> list[Marked]:
    """Return rows in columns, a line each; beside numbers a shape is in brackets, and a little further away."""
    said = aligned([[row.name, *row.sides] for row in rows], 1)
    said = [f"{text}:" if row.matched else text for text, row in zip(said, rows, strict=True)]
    shapes = [f"({row.shape})" if row.shape and row.valued else row.shape for row in rows]
    rest = aligned([[shape, row.why, row.remarks] for shape, row in zip(shapes, rows, strict=True)], 2)
    widths = sorted(map(width, said)) or [0]
    most = max(max((width(row.name) for row in rows), default=0) + ORDINARY, widths[len(widths) // 2])
    for each in widths:
        most = max(most, each) if each <= most + WIDER else most
    gap = 3 if any(row.valued for row in rows) else 2
    found: list[Marked] = []
    for row, text, line in zip(rows, said, aligned(list(zip(said, rest, strict=True)), gap, most), strict=True):
        end = len(text) if any(row.sides) else line.index(row.shape, len(text)) + len(row.shape)
        found.append(Marked(f"  {line}", "", len(row.name), end + 2))
    return found


def stacked(rows: Sequence[Texts], most: int) -> list[Marked]:
    """Return rows on a narrow page: what a quantity equals one under the other, and what is said of it below."""
    found: list[Marked] = []
    indent = ""
    for row in rows:
        indent = " " * min(MOST_INDENT, width(row.name)) if row.name else indent
        sides = [text for text in row.sides if text]
        first, *more = sides or [f" {row.shape}"]
        lines = [f"  {row.name or indent} {first}".rstrip(), *(f"  {indent} {text}" for text in more)]
        shape = f"({row.shape})" if row.shape and sides else ""
        fits = width(lines[-1]) + width(shape) + 2 <= most
        last = f"{lines[-1]}  {shape}" if shape and fits else lines[-1]
        lefts = [len(row.name), *[0] * len(more)]
        found += [
            Marked(line, "", left, len(text))
            for line, left, text in zip([*lines[:-1], last], lefts, lines, strict=True)
        ]
        below = "  ".join(each for each in ("" if fits else shape, row.why, row.remarks) if each)
        under = f"  {indent}{'   ' if sides else '  '}"
        found += [Marked(each, "remark") for each in wrapped(below, most, under)]
    return found


def joined(blocks: Sequence[Sequence[Marked]]) -> list[Marked]:
    """Return the lines of blocks, an empty line between them."""
    lines = [line for block in blocks for line in (Marked(""), *block)]
    return lines[1:]


# -- text in columns ------------------------------------------------------------------------------------


def width(text: str) -> int:
    """Return how many columns of a terminal `text` takes.

    >>> width("ŷ = 1"), width("x̂"), width("漢")
    (5, 1, 2)
    """
    if text.isascii():
        return len(text)
    return len(text) + sum(text.count(c) * _more(c) for c in set(text) if _more(c))


@cache
def _more(character: str) -> int:
    """Return how many columns more than one a character takes."""
    if unicodedata.combining(character):
        return -1
    return int(unicodedata.east_asian_width(character) in "WF")


def padded(text: str, columns: int) -> str:
    return text + " " * (columns - width(text))


def aligned(rows: Sequence[Sequence[str]], gap: int, most: int | None = None) -> list[str]:
    """Return rows with their cells under each other, `gap` blanks between; a cell that no row fills takes no room.

    What is wider than `most` pushes the rest of its own line away, not that of the others.

    >>> aligned([["x", "", "1"], ["yhat", "", "2", "!"]], 2)
    ['x     1', 'yhat  2  !']
    """
    places = range(max(map(len, rows), default=0))
    widths = [max(width(row[place]) for row in rows if place < len(row)) for place in places]
    widths = [min(each, most or each) for each in widths]
    between = " " * gap
    return [between.join(padded(cell, w) for cell, w in zip(row, widths, strict=False) if w).rstrip() for row in rows]


def room() -> int:
    """Return how wide the terminal is."""
    return max(20, shutil.get_terminal_size().columns)


def wrapped(text: str, room: int, indent: str = "", more: str = "  ") -> list[str]:
    """Return words in lines of at most `room` characters, those after the first with `more` before them."""
    return textwrap.wrap(text, room, initial_indent=indent, subsequent_indent=indent + more)
