"""A derivation as Markdown: a table a section, in the letters of the blackboard."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nncalc.derive.result import Result
from nncalc.render.derivation import spelled
from nncalc.render.escaping import listed, table

if TYPE_CHECKING:
    from nncalc.derive.numbers import AtNumbers

HEADS = ("quantity", "equals", "shape", "because")


def render(result: Result, numbers: AtNumbers | None, *, ascii_only: bool) -> str:
    """Return the derivation as Markdown."""
    page, speller = spelled(result, numbers, ascii_only=ascii_only)
    blocks = [listed([speller.note(note) for note in page.before])]
    for section in page.sections:
        blocks.append(f"## {section.heading}")
        blocks += [table(HEADS, [speller.texts(row) for row in section.rows])] if section.rows else []
        blocks += [listed([speller.note(note) for note in section.notes])] if section.notes else []
    blocks.append(listed([speller.note(note) for note in page.after]))
    return "\n\n".join(blocks) + "\n"
