r"""A derivation as LaTeX: an `align*` a section, for a document with amsmath and amssymb."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nncalc.derive.derivation import Law
from nncalc.derive.page import WRITTEN_OUT, Note, Row
from nncalc.derive.result import Result
from nncalc.language.printer import show
from nncalc.render.derivation import Speller, spelled
from nncalc.render.typeset import aligned, broken, prose, seen, sized

if TYPE_CHECKING:
    from nncalc.derive.numbers import AtNumbers

#: About how many characters of a formula fit between the margins of a page.
PAGE = 62
#: About how wide a shape is.
SHAPE = 8


def render(result: Result, numbers: AtNumbers | None, *, ascii_only: bool) -> str:  # noqa: ARG001 -- LaTeX is ASCII
    """Return the derivation as LaTeX."""
    page, speller = spelled(result, numbers, ascii_only=False, latex=True)
    blocks = [_paragraphs(page.before, speller)]
    for section in page.sections:
        rows = [row for row in section.rows if row.why != WRITTEN_OUT or seen(row.right, speller.style) <= PAGE]
        block = f"\\paragraph{{{section.heading}}}\n"
        if rows:
            block += aligned(_placed(rows, speller))
        blocks.append(block + _paragraphs(section.notes, speller))
    blocks.append(_paragraphs(page.after, speller))
    return "\n".join(blocks)


def _paragraphs(notes: tuple[Note, ...], speller: Speller) -> str:
    return "".join(f"\\par\\noindent {_note(note, speller)}\n" for note in notes)


def _note(note: Note, speller: Speller) -> str:
    return "".join(
        prose(each) if isinstance(each, str)
        else f"${sized(each, speller.style)}$" if isinstance(each, tuple)
        else f"${show(each, speller.style)}$"
        for each in note
    )  # fmt: skip


def _placed(rows: list[Row], speller: Speller) -> list[str]:
    """Return the lines: the quantity, what it equals, and beside it, or below a long one, shape and reason."""
    style = speller.style
    lines: list[str] = []
    remarks = [_remark(row, speller) for row in rows]
    lefts = max(seen(row.left, style) for row in rows if row.left is not None)
    widest = max(seen(row.right, style) for row in rows)
    room = PAGE - lefts - widest
    beside = max(width for _, width in remarks) + SHAPE <= room
    for row, (remark, _) in zip(rows, remarks, strict=True):
        left = show(row.left, style) if row.left is not None else ""
        first, *rest = broken(row.right, style, PAGE - lefts)
        lines.append(rf"  {left} &{'=' if row.exact else chr(92) + 'approx'} {first}")
        lines += [rf"  &\quad {part}" for part in rest]
        shape = rf"({sized(row.shape, speller.style)})" if row.shape is not None else ""
        if beside:
            lines[-1] += f" && {_small(shape, remark)}" if shape or remark else ""
        else:
            lines[-1] += f" && {_small(shape, '')}" if shape and room >= SHAPE else ""
            lines += [rf"  &\qquad {_small('', remark)}"] if remark else []
    return lines


def _small(shape: str, remark: str) -> str:
    return rf"\text{{\footnotesize {' '.join(filter(None, (f'${shape}$' if shape else '', remark)))}}}"


def _remark(row: Row, speller: Speller) -> tuple[str, float]:
    """Return why a line holds, and about how wide that is."""
    said = [prose(row.why)] if row.why else []
    laws = [f"${_law(law, speller)}$" for law in row.laws]
    width = len(row.why) + sum(seen(law.left, speller.style) + seen(law.right, speller.style) + 3 for law in row.laws)
    return r"\quad ".join([*said, *laws]), width * 0.9


def _law(law: Law, speller: Speller) -> str:
    return f"{show(law.left, speller.style)} = {show(law.right, speller.style)}"
