"""Markdown: a table a section, in the letters of the blackboard, for viewers with or without mathematics.

Titles and notes may hold what a file says, so nothing in a cell acts in Markdown or HTML.
"""

from __future__ import annotations

from nncalc.language.printer import Style
from nncalc.page import Page
from nncalc.problems import safe
from nncalc.progress import told
from nncalc.render.columns import note, texts, words
from nncalc.render.escaping import escaped, listed, table

_HEADS = (
    "quantity", "chain rule", "definition", "formula", "with numbers", "value", "equals", "shape", "because", "remarks",
)  # fmt: skip


def render(page: Page, style: Style) -> str:
    """Return the page as Markdown."""
    blocks = [f"# {escaped(safe(page.title))}"] if page.title else []
    blocks.append(listed([note(each, style) for each in page.before]))
    for section in page.sections:
        found = [texts(row, page, style) for row in told(section.rows, "laying out")]
        rows = [[row.name, *row.sides, row.shape, row.why, row.remarks] for row in found]
        blocks += [f"## {section.heading}", table(_HEADS, rows) if rows else ""]
        blocks.append(listed([note(each, style) for each in section.notes]))
    blocks.append(listed([note(each, style) for each in page.after]))
    blocks.append(listed([words(safe(each), style) for each in page.notes]))
    return "\n\n".join(block for block in blocks if block) + "\n"
