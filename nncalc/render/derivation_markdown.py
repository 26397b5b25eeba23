"""A derivation as Markdown: a table a section, in the letters of the blackboard."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nncalc.derive.result import Result
from nncalc.render.derivation import spelled
from nncalc.render.escaping import escaped

if TYPE_CHECKING:
    from nncalc.derive.numbers import AtNumbers

HEADS = ("quantity", "equals", "shape", "because")


def render(result: Result, numbers: AtNumbers | None, *, ascii_only: bool) -> str:
    """Return the derivation as Markdown."""
    page, speller = spelled(result, numbers, ascii_only=ascii_only)
    blocks = ["\n".join(f"- {escaped(speller.note(note))}" for note in page.before)]
    for section in page.sections:
        rows = [speller.texts(row) for row in section.rows]
        kept = [place for place in range(len(HEADS)) if any(row[place] for row in rows)]
        table = [
            "| " + " | ".join(HEADS[place] for place in kept) + " |",
            "|" + " --- |" * len(kept),
            *("| " + " | ".join(escaped(row[place]) for place in kept) + " |" for row in rows),
        ]
        notes = [f"- {escaped(speller.note(note))}" for note in section.notes]
        blocks.append(
            "\n\n".join(
                [f"## {section.heading}", *(["\n".join(table)] if rows else []), *(["\n".join(notes)] if notes else [])]
            )
        )
    blocks.append("\n".join(f"- {escaped(speller.note(note))}" for note in page.after))
    return "\n\n".join(blocks) + "\n"
