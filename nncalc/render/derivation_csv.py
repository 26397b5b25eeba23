"""A derivation as comma-separated values: a row a line, in the input language."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

from nncalc.derive.result import Result
from nncalc.render.derivation import spelled

if TYPE_CHECKING:
    from nncalc.derive.numbers import AtNumbers

HEADS = ("section", "name", "formula", "shape", "why")


def render(result: Result, numbers: AtNumbers | None, *, ascii_only: bool) -> str:  # noqa: ARG001 -- always ASCII
    """Return the derivation as a table with a heading; formulas are in the ASCII alphabet."""
    page, speller = spelled(result, numbers, ascii_only=True)
    found = io.StringIO()
    table = csv.writer(found, lineterminator="\n")
    table.writerow(HEADS)
    for section in page.sections:
        left = ""
        for row in section.rows:
            texts = speller.texts(row)
            left = texts.left or left
            table.writerow([section.heading.lower(), left, texts.right.partition(" ")[2], texts.shape, texts.why])
    return found.getvalue()
