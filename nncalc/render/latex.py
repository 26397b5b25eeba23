r"""LaTeX: a block of aligned lines a section, for a document with amsmath and amssymb.

Titles and notes may hold what a file says, so nothing of them acts in LaTeX.
"""

from __future__ import annotations

from typing import NamedTuple

from nncalc.language.formula import Call, name
from nncalc.language.latex import slashed
from nncalc.language.printer import Style, show
from nncalc.problems import safe
from nncalc.render.columns import Side, sides
from nncalc.render.sections import sections, with_shapes
from nncalc.render.typeset import aligned, broken, prose, seen, sized
from nncalc.sheet.worksheet import Line, Worksheet

#: About how many digits fit between the margins of a page.
_PAGE = 66
#: The least that a remark leaves to the equalities beside it.
_LEAST = 26


class Remark(NamedTuple):
    """What is said beside a line, and about how wide it is."""

    text: str
    width: float


def render(worksheet: Worksheet, style: Style) -> str:
    """Return the worksheet as LaTeX."""
    ascii_only = not style.paper
    style = style._replace(latex=True, paper=True)
    shapes = with_shapes(worksheet)
    blocks = [_comment(worksheet.title, ascii_only=ascii_only)] if worksheet.title else []
    blocks += [_section(heading, lines, style, shapes=shapes) for heading, lines in sections(worksheet)]
    if worksheet.notes:
        blocks.append("".join(f"\\par\\noindent Note: {prose(note)}\n" for note in worksheet.notes))
    return "\n".join(blocks)


def _comment(title: str, *, ascii_only: bool) -> str:
    text = safe(title)
    return f"% {text.encode('ascii', 'backslashreplace').decode() if ascii_only else text}\n"


def _section(heading: str, lines: list[Line], style: Style, *, shapes: bool) -> str:
    remarks = [_remark(line, style, shapes=shapes) for line in lines]
    names = max(seen(line.name, style) for line in lines) + 2
    rows = _placed(lines, remarks, style, _PAGE - names)
    block = aligned(rows)
    return f"\\paragraph{{{heading}}}\n{block}"


def _placed(lines: list[Line], remarks: list[Remark], style: Style, room: float) -> list[str]:
    """Return the rows of `lines` with their remarks beside or below them, whichever takes fewer rows."""
    below: list[str] = []
    beside: list[str] = []
    least = room - max(remark.width for remark in remarks)
    for line, remark in zip(lines, remarks, strict=True):
        below += [*_rows(line, style, room), *([rf"&\quad {remark.text}"] if remark.text else [])]
        *before, last = _rows(line, style, least)
        beside += [*before, f"{last} && {remark.text}" if remark.text else last]
    fits = least >= max(_LEAST, *(_unbreakable(line, style) for line in lines))
    return beside if fits and len(beside) <= len(below) else below


def _unbreakable(line: Line, style: Style) -> float:
    """Return the width of the widest side of `line` that stays on one row."""
    whole = [side.formula for side in sides(line, style) if side is not None]
    return max((3 + seen(f, style) for f in whole if not (isinstance(f, Call) and f.op == "add")), default=0.0)


def _rows(line: Line, style: Style, room: float) -> list[str]:
    """Return a line's equalities after its name: on one row where they fit, else one a row."""
    found = [side for side in sides(line, style) if side is not None]
    name = show(line.name, style)
    if sum(seen(side.formula, style) + 3 for side in found) <= room:
        return [f"{name} &" + " ".join(rf"{_sign(side)} {show(side.formula, style)}" for side in found)]
    rows: list[str] = []
    for side in found:
        first, *rest = broken(side.formula, style, room)
        rows += [f"&{_sign(side)} {first}", *(rf"&\quad {part}" for part in rest)]
    return [f"{name} {rows[0]}", *rows[1:]]


def _sign(side: Side) -> str:
    return "=" if side.equal else r"\approx"


def _remark(line: Line, style: Style, *, shapes: bool) -> Remark:
    """Return what is said beside a line: its shape, what it updates, what it reuses, which convention decided."""
    found: list[str] = []
    width = 0.0
    if line.updates is not None:
        found.append(f"updates ${show(line.updates, style)}$")
        width += 9
    if line.phase == "backward" and line.reuses:
        found.append("reuses " + ", ".join(f"${slashed(used, style)}$" for used in line.reuses))
        width += 6.5 + sum((5.5 if used.of else 2) + seen(name(used.base, used.index), style) for used in line.reuses)
    found += [prose(note) for note in line.notes]
    width += sum(map(len, line.notes)) + 9 * shapes
    size = f"({sized(line.shape, style)})" if shapes else ""
    said = rf"\text{{{'; '.join(found)}}}" if found else ""
    return Remark(r"\quad ".join(filter(None, (size, said))), width)
