r"""LaTeX: a block of aligned lines a section, for a document with amsmath and amssymb.

Titles and notes may hold what a file says, so nothing of them acts in LaTeX.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from nncalc.language.formula import Call, Formula, name
from nncalc.language.latex import slashed
from nncalc.language.printer import Style, show
from nncalc.language.wording import Filled
from nncalc.page import Note, Page, Ratio, Row, Section, Side
from nncalc.problems import safe
from nncalc.progress import told
from nncalc.render.columns import law, said, spelled
from nncalc.render.typeset import aligned, broken, prose, seen, sized

#: About how many digits fit between the margins of a page.
_PAGE = 66
#: The least that a remark leaves to the equalities beside it.
_LEAST = 26
#: About how wide a shape is, and small print beside ordinary.
_SHAPE, _SMALL = 9, 0.9


class Remark(NamedTuple):
    """What is said beside a row: its shape, and words, which are about `width` wide."""

    shape: str
    words: str
    width: float


class Measured(NamedTuple):
    """A row and its sides, each with about how wide it is with its sign."""

    row: Row
    sides: list[tuple[Side, float]]

    @property
    def width(self) -> float:
        """The width of them all, on one line."""
        return sum(width for _, width in self.sides)

    @property
    def unbreakable(self) -> float:
        """The width of the widest that stays on one line."""
        return max((width for side, width in self.sides if not _is_sum(side)), default=0.0)


def render(page: Page, style: Style) -> str:
    """Return the page as LaTeX."""
    blocks = [_comment(page.title, ascii_only=not style.paper)] if page.title else []
    style = style._replace(latex=True, paper=True)
    blocks.append(_paragraphs(page.before, style))
    blocks += [_section(section, page, style) for section in page.sections]
    blocks.append(_paragraphs(page.after, style))
    blocks.append(_paragraphs([(f"Note: {each}",) for each in page.notes], style))
    return "\n".join(block for block in blocks if block)


def _comment(title: str, *, ascii_only: bool) -> str:
    text = safe(title)
    return f"% {text.encode('ascii', 'backslashreplace').decode() if ascii_only else text}\n"


def _paragraphs(notes: Iterable[Note], style: Style) -> str:
    return "".join(f"\\par\\noindent {_note(each, style)}\n" for each in notes)


def _note(note: Note, style: Style) -> str:
    return "".join(
        prose(each) if isinstance(each, str)
        else f"${sized(each, style)}$" if isinstance(each, tuple) and not isinstance(each, Ratio)
        else f"${spelled(each, style)}$"
        for each in note
    )  # fmt: skip


def _section(section: Section, page: Page, style: Style) -> str:
    rows = [
        Measured(row, [(side, _seen(side.formula, style) + 3) for side in said(row, style)])
        for row in told(section.rows, "measuring")
    ]
    rows = [each for each in rows if not each.row.again or max(width for _, width in each.sides) <= _PAGE]
    block = f"\\paragraph{{{section.heading}}}\n"
    if rows:
        room = _PAGE - 2 - max(_seen(each.row.name, style) for each in rows if each.row.name is not None)
        block += aligned(_placed(rows, [_remark(each.row, page, style) for each in rows], style, room))
    return block + _paragraphs(section.notes, style)


def _is_sum(side: Side) -> bool:
    return isinstance(side.formula, Call) and side.formula.op == "add"


def _placed(rows: list[Measured], remarks: list[Remark], style: Style, room: float) -> list[str]:
    """Return the lines of `rows` with their remarks beside or below them, whichever takes fewer lines.

    A shape stays beside its row where it fits there.
    """
    shape = _SHAPE * any(remark.shape for remark in remarks)
    least = room - shape - max(remark.width for remark in remarks)
    needed = max(row.unbreakable for row in rows)
    above = shape if room - shape >= needed else 0
    beside: list[str] = []
    below: list[str] = []
    for row, remark in zip(told(rows, "laying out"), remarks, strict=True):
        beside += _beside(_lines(row, style, least), _small(remark.shape, remark.words))
        below += _beside(_lines(row, style, room - above), _small(remark.shape if above else "", ""))
        under = _small("" if above else remark.shape, remark.words)
        below += [rf"&\qquad {under}"] if under else []
    fits = least >= max(needed, min(_LEAST, max(row.width for row in rows)))
    return beside if fits and len(beside) <= len(below) else below


def _beside(lines: list[str], remark: str) -> list[str]:
    return [*lines[:-1], f"{lines[-1]} && {remark}"] if remark else lines


def _small(shape: str, words: str) -> str:
    found = " ".join(filter(None, (f"$({shape})$" if shape else "", words)))
    return rf"\text{{\footnotesize {found}}}" if found else ""


def _lines(measured: Measured, style: Style, room: float) -> list[str]:
    """Return what a quantity equals after its name: on one line where it fits, else one a line."""
    row, sides = measured.row, [side for side, _ in measured.sides]
    name = spelled(row.name, style) if row.name is not None else ""
    if not sides and row.shape is not None:
        return [rf"{name} &\in \mathbb{{R}}^{{{sized(row.shape, style)}}}"]
    if measured.width <= room or not sides:
        return [f"{name} &" + " ".join(f"{_sign(row, side)} {spelled(side.formula, style)}" for side in sides)]
    lines: list[str] = []
    for side in sides:
        what = side.formula
        first, *rest = [spelled(what, style)] if isinstance(what, Filled | tuple) else broken(what, style, room)
        lines += [f"&{_sign(row, side)} {first}", *(rf"&\quad {part}" for part in rest)]
    return [f"{name} {lines[0]}", *lines[1:]]


def _seen(what: Formula | Filled | Ratio | tuple[Ratio, ...], style: Style) -> float:
    """Return about how many digits wide something is, as it is seen."""
    if isinstance(what, Filled):
        what = what.formula
    if isinstance(what, Ratio):
        return 1 + max(seen(what.of, style), seen(what.by, style))
    if isinstance(what, tuple):
        return sum(_seen(each, style) + 1 for each in what)
    return seen(what, style)


def _sign(row: Row, side: Side) -> str:
    if row.holds is False:
        return r"\neq"
    return r"\leftarrow" if side.taken else "=" if side.equal else r"\approx"


def _remark(row: Row, page: Page, style: Style) -> Remark:
    """Return what is said beside a row: its shape, why it holds, what it updates and reuses, what decided."""
    laws = [f"${law(each, style)}$" for each in row.laws]
    found = [r"\quad ".join([*([_note(row.why, style)] if row.why else []), *laws])]
    width = _width(row.why, style) + sum(seen(side, style) + 1.5 for each in row.laws for side in each)
    if row.updates is not None:
        found.append(f"updates ${show(row.updates, style)}$")
        width += 9
    if row.reuses:
        found.append("reuses " + ", ".join(f"${slashed(used, style)}$" for used in row.reuses))
        width += 6.5 + sum((5.5 if used.of else 2) + seen(name(used.base, used.index), style) for used in row.reuses)
    mark = "" if row.holds is None else r"$\checkmark$ " if row.holds else r"$\times$ "
    said = mark + "; ".join(_note(each, style) for each in row.remarks)
    width += sum(_width(each, style) for each in row.remarks)
    shape = sized(row.shape, style) if row.shape is not None and row.sides and page.sized else ""
    return Remark(shape, "; ".join(filter(None, [*found, said])), width * _SMALL)


def _width(note: Note, style: Style) -> float:
    return sum(
        len(each) if isinstance(each, str)
        else _SHAPE if isinstance(each, tuple) and not isinstance(each, Ratio)
        else _seen(each, style)
        for each in note
    )  # fmt: skip
