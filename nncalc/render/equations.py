r"""Rows of a page as lines of aligned equations in LaTeX's letters, broken where they are long.

What LaTeX and Markdown share: each line has an `&` before its sign, and what is said of a row stands beside it, after
`&&`, or below.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple, TypeAlias

from nncalc.language.formula import Formula
from nncalc.language.latex import pieces, slashed
from nncalc.language.printer import Style, show
from nncalc.page import Note, Page, Ratio, Row, Side
from nncalc.progress import told
from nncalc.render.columns import law, said, spelled
from nncalc.render.metrics import width
from nncalc.render.typeset import sized

#: The least that a remark leaves to the equalities beside it, and the room between them; in points, as all widths are.
_LEAST, _GAP = 130, 15
#: The room of a sign, and how far a line that goes on stands in.
_SIGN, _INDENT = 13.4, 10
_UNDER = 20

#: Words, or mathematics in their midst.
Piece: TypeAlias = tuple[bool, str]


class Setting(NamedTuple):
    """How equations are set: the width of a line, and how pieces are written beside one, how wide, how far `apart`.

    What is too wide for a line even in small print is `shrunk` to it.
    """

    room: float
    written: Callable[[Sequence[Piece]], str]
    wide: Callable[[Sequence[Piece]], float]
    apart: str = ""
    shrunk: Callable[[str, float], str] = lambda text, _: text


class Remark(NamedTuple):
    """What is said beside a row: its shape, and pieces."""

    shape: tuple[Piece, ...]
    words: tuple[Piece, ...]


class Measured(NamedTuple):
    """A row, its quantity, and its sides with their signs and how wide they are."""

    row: Row
    name: str
    sides: list[tuple[str, Side, float]]

    @property
    def width(self) -> float:
        """The width of the sides, on one line."""
        return sum(width for _, _, width in self.sides)


def equations(rows: Sequence[Row], page: Page, style: Style, setting: Setting) -> list[list[str]]:
    """Return the lines of each row."""
    measured = [_measured(row, style) for row in told(rows, "measuring")]
    room = setting.room - max((width(each.name) for each in measured), default=0)
    remarks = [_remark(each.row, page, style) for each in measured]
    return _placed(measured, remarks, style, setting._replace(room=room)) if measured else []


def _measured(row: Row, style: Style) -> Measured:
    name = spelled(row.name, style) if row.name is not None else ""
    sides = [(_sign(row, side), side, _SIGN + width(spelled(side.formula, style))) for side in said(row, style)]
    return Measured(row, name, sides)


def _placed(rows: list[Measured], remarks: list[Remark], style: Style, setting: Setting) -> list[list[str]]:
    """Return the lines of `rows` with their remarks beside or below them, whichever takes fewer lines.

    A shape stays beside its row where it fits there.
    """
    room, wide = setting.room, setting.wide
    shape = max(wide(remark.shape) for remark in remarks)
    shape += _GAP * bool(shape)
    every = max(wide([*remark.shape, *remark.words]) for remark in remarks)
    least = room - every - _GAP * bool(every)
    above = shape if room - shape >= _LEAST else 0
    beside: list[list[str]] = []
    below: list[list[str]] = []
    for row, remark in zip(told(rows, "laying out"), remarks, strict=True):
        beside.append(_beside(_lines(row, style, least, setting), _joined(remark.shape, remark.words), setting))
        lines = _beside(_lines(row, style, room - above, setting), remark.shape if above else (), setting)
        under = remark.words if above else _joined(remark.shape, remark.words)
        under_lines = _wrapped(under, setting, room - above - _UNDER)
        below.append([*lines, *(rf"&\qquad {setting.written(line)}" for line in under_lines)])
    fits = least >= max(min(_LEAST, max(row.width for row in rows)), *(_unbreakable(row, style, least) for row in rows))
    return beside if fits and sum(map(len, beside)) <= sum(map(len, below)) else below


def _unbreakable(row: Measured, style: Style, room: float) -> float:
    """Return the width of the widest part of a row that stays on one line, of sides wider than `room`."""
    wide = (side for _, side, size in row.sides if size > room)
    return max((_SIGN + width(text) for side in wide for text, _ in _parts(side.whole, style)), default=0)


def _joined(shape: tuple[Piece, ...], words: tuple[Piece, ...]) -> tuple[Piece, ...]:
    return tuple(merged((*shape, (False, " "), *words))) if shape and words else shape or words


def _beside(lines: list[str], remark: Sequence[Piece], setting: Setting) -> list[str]:
    return [*lines[:-1], f"{lines[-1]} && {setting.apart}{setting.written(remark)}"] if remark else lines


def _wrapped(found: Sequence[Piece], setting: Setting, room: float) -> list[list[Piece]]:
    """Return pieces in lines of at most `room`, broken between words."""
    units: list[list[Piece]] = [[]]
    for math, text in found:
        for part in [text] if math else re.findall(r"\S+|\s+", text):
            if not math and part.isspace():
                units.append([])
            else:
                units[-1].append((math, part))
    lines: list[list[Piece]] = []
    for unit in filter(None, units):
        longer = [*lines[-1], (False, " "), *unit] if lines else []
        if lines and setting.wide(longer) <= room:
            lines[-1] = longer
        else:
            lines.append(unit)
    return [merged(line) for line in lines]


def merged(found: Sequence[Piece]) -> list[Piece]:
    """Return pieces with words that follow each other as one.

    >>> merged([(False, "a"), (False, " "), (True, "x")])
    [(False, 'a '), (True, 'x')]
    """
    pieces: list[Piece] = []
    for math, text in found:
        if pieces and not math and not pieces[-1][0]:
            pieces[-1] = (False, pieces[-1][1] + text)
        else:
            pieces.append((math, text))
    return pieces


def _lines(measured: Measured, style: Style, room: float, setting: Setting) -> list[str]:
    """Return what a quantity equals after its name: on one line where it fits, else one a line."""
    row, name, sides = measured
    if not sides and row.shape is not None:
        return [rf"{name} &\in \mathbb{{R}}^{{{sized(row.shape, style)}}}"]
    if measured.width <= room or not sides:
        return [f"{name} &" + " ".join(f"{sign} {spelled(side.formula, style)}" for sign, side, _ in sides)]
    lines: list[str] = []
    for sign, side, wide in sides:
        texts = [spelled(side.formula, style)]
        if wide > room:
            texts = broken(side.whole, style, room - _SIGN, setting.shrunk)
        lines += [f"&{sign} {texts[0]}", *(rf"&\quad {text}" for text in texts[1:])]
    return [f"{name} {lines[0]}", *lines[1:]]


def broken(
    formula: Formula | tuple[Ratio, ...], style: Style, room: float, shrunk: Callable[[str, float], str]
) -> list[str]:
    """Return a formula, or a product, in lines of at most `room`, each but the first with a sign before it."""
    lines: list[str] = []
    wide = 0.0
    for text, bare in _parts(formula, style):
        size = width(text)
        fitting = _smaller(text) if size > room else text
        if size > room and width(fitting) > room - _UNDER:
            fitting = shrunk(fitting, room - _UNDER)
        if lines and wide + size <= room:
            lines[-1] += f" {fitting}"
            wide += size
        else:
            lines.append(rf"{{}} \cdot {fitting}" if bare and lines else f"{{}} {fitting}" if lines else fitting)
            wide = size + (_INDENT + 7 * bare if lines[1:] else 0)
    return lines


def _parts(formula: Formula | tuple[Ratio, ...], style: Style) -> Iterable[tuple[str, bool]]:
    if isinstance(formula, tuple):
        signs = ["", *[r"\cdot "] * (len(formula) - 1)]
        return [(sign + spelled(each, style), False) for sign, each in zip(signs, formula, strict=True)]
    return pieces(formula, style)


def _smaller(text: str) -> str:
    """Return a text with its matrices in small print."""
    small = text.replace(r"\begin{bmatrix}", r"\left[\begin{smallmatrix}")
    return small.replace(r"\end{bmatrix}", r"\end{smallmatrix}\right]")


def _sign(row: Row, side: Side) -> str:
    if row.holds is False:
        return r"\neq"
    return r"\leftarrow" if side.taken else "=" if side.equal else r"\approx"


def _remark(row: Row, page: Page, style: Style) -> Remark:
    """Return what is said beside a row: its shape, why it holds, what it updates and reuses, what decided."""
    found: list[Sequence[Piece]] = [noted(row.why, style)] if row.why else []
    found += [[(True, law(each, style))] for each in row.laws]
    if row.updates is not None:
        found.append([(False, "updates "), (True, show(row.updates, style))])
    if row.reuses:
        names = [[(False, ", "), (True, slashed(used, style))] for used in row.reuses]
        found.append([(False, "reuses "), *[each for name in names for each in name][1:]])
    others: list[Sequence[Piece]] = [noted(each, style) for each in row.remarks]
    if row.holds is not None:
        mark = (True, r"\checkmark" if row.holds else r"\times")
        others[:1] = [[mark, (False, " "), *others[0]] if others else [mark]]
    words = [each for part in (*found, *others) for each in ((False, "; "), *part)][1:]
    shape = sized(row.shape, style) if row.shape is not None and row.sides and page.sized else ""
    return Remark(((True, f"({shape})"),) if shape else (), tuple(merged(words)))


def noted(note: Note, style: Style) -> list[Piece]:
    """Return the pieces of a note."""
    return [
        (False, each) if isinstance(each, str)
        else (True, sized(each, style)) if isinstance(each, tuple) and not isinstance(each, Ratio)
        else (True, spelled(each, style))
        for each in note
    ]  # fmt: skip
