"""One line of text a row, nothing aligned: for grep, awk and diff.

Remarks follow a `#`, so that every line is still a formula.
"""

from __future__ import annotations

from collections.abc import Iterable

from nncalc.language.printer import Style
from nncalc.page import Note, Page
from nncalc.progress import told
from nncalc.render.columns import note, texts
from nncalc.render.plot import drawn


def render(page: Page, style: Style) -> str:
    """Return the page as text; a row that goes on from the one above repeats what it is about."""
    lines = _said(page.before, style)
    for section in page.sections:
        name = ""
        for row in told(section.rows, "laying out"):
            found = texts(row, page, style)
            name = found.name or name
            sides = [side for side in found.sides if side]
            said = [name, *sides] if sides or not found.shape else [name, found.shape]
            beside = "; ".join(each for each in (found.shape if sides else "", found.why, found.remarks) if each)
            lines.append(" ".join(said) + (f"  # {beside}" if beside else ""))
        lines += [f"# {each}" for each in drawn(section.plot, ascii_only=not style.paper)] if section.plot else []
        lines += _said(section.notes, style)
    return "".join(f"{line}\n" for line in [*lines, *_said(page.after, style)])


def _said(notes: Iterable[Note], style: Style) -> list[str]:
    return [f"# {note(each, style)}" for each in notes]
