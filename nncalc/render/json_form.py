"""One JSON object: what the command knows, every number at full precision, and the rows as steps.

Formulas are in the ASCII input language.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from nncalc.language.figures import plain, unwrapped
from nncalc.language.formula import Name
from nncalc.language.printer import Style
from nncalc.page import Page, Row
from nncalc.render.columns import as_said, note, reason, spelled

VERSION = 1

#: The facts of a row that a page may name as those of a step, beside those the row has for programs.
_FACTS: Mapping[str, Callable[[Row, Style], Any]] = {
    "id": lambda row, _: row.name.id if isinstance(row.name, Name) else None,
    "name": lambda row, style: spelled(row.name, style._replace(paper=True)) if row.name is not None else None,
    "formula": lambda row, style: _side(row, "formula", style),
    "substituted": lambda row, style: _side(row, "substituted", style),
    "value": lambda row, _: _numbers(row, "rows", plain),
    "exact": lambda row, _: _numbers(row, "exacts", lambda value: None if value is None else str(value)),
    "rule": reason,
    "shape": lambda row, _: row.shape,
    "updates": lambda row, _: row.updates is not None,
    "note": as_said,
}


def render(page: Page, style: Style) -> Iterator[str]:
    """Yield the object as text, closed by a newline, in pieces."""
    style = style._replace(paper=False)
    notes = [note(each, style) for section in page.sections for each in section.notes]
    yield f'{{"nncalc": {VERSION}'
    for key, value in (page.data if page.data is not None else _as_read(page, style)).items():
        yield f", {_text(key)}: "
        if key == "steps" and value is None:
            yield "["
            for count, row in enumerate(row for _, row in page.rows() if row.facts):
                yield (", " if count else "") + _text(_step(row, page, style))
            yield "]"
        else:
            yield _text(notes if key == "notes" and value is None else value)
    yield "}\n"


def _text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False)


def _as_read(page: Page, style: Style) -> dict[str, Any]:
    """Return what a page says, where its command has said nothing for programs."""
    rows = [
        {"section": section.heading, "name": spelled(row.name, style) if row.name is not None else None,
         "sides": [spelled(side.formula, style) for side in row.sides],
         "shape": row.shape, "why": reason(row, style), "note": as_said(row, style)}
        for section in page.sections for row in section.rows
    ]  # fmt: skip
    notes = [note(each, style) for section in page.sections for each in section.notes]
    said = [[note(each, style) for each in found] for found in (page.before, page.after)]
    return {"title": page.title, "rows": rows, "notes": [*said[0], *notes, *said[1], *page.notes]}


def _step(row: Row, page: Page, style: Style) -> dict[str, Any]:
    facts = row.facts or {}
    return {key: facts[key] if key in facts else _FACTS[key](row, style) for key in page.steps}


def _side(row: Row, role: str, style: Style) -> str:
    """Return the side of this role, the value where there is none."""
    return next(spelled(side.formula, style) for side in row.sides if side.role in (role, "value"))


def _numbers(row: Row, fact: str, cell: Callable[[Any], Any]) -> Any:
    rows = (row.facts or {})[fact]
    return unwrapped(rows, cell) if rows is not None else None
