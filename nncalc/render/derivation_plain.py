"""A derivation one line a step, nothing aligned: for grep, awk and diff. Remarks follow a `#`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nncalc.derive.result import Result
from nncalc.render.derivation import spelled

if TYPE_CHECKING:
    from nncalc.derive.numbers import AtNumbers


def render(result: Result, numbers: AtNumbers | None, *, ascii_only: bool) -> str:
    """Return the derivation as text; a line that goes on from the one above repeats what it is about."""
    page, speller = spelled(result, numbers, ascii_only=ascii_only)
    lines = [f"# {speller.note(note)}" for note in page.before]
    for section in page.sections:
        left = ""
        for row in section.rows:
            texts = speller.texts(row)
            left = texts.left or left
            beside = "; ".join(each for each in (texts.shape, texts.why) if each)
            lines.append(f"{left} {texts.right}" + (f"  # {beside}" if beside else ""))
        lines += [f"# {speller.note(note)}" for note in section.notes]
    return "".join(f"{line}\n" for line in [*lines, *(f"# {speller.note(note)}" for note in page.after)])
