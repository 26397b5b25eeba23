"""A derivation as one JSON object: every formula in the ASCII input language."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from nncalc.derive.page import Row
from nncalc.derive.result import Result
from nncalc.graph.sizes import Shape
from nncalc.language.formula import Call, Formula, call, parts, replace
from nncalc.language.printer import ASCII, show
from nncalc.render.derivation import spelled
from nncalc.shaping.declaration import quantities_in

if TYPE_CHECKING:
    from nncalc.derive.numbers import AtNumbers


def render(result: Result, numbers: AtNumbers | None, *, ascii_only: bool) -> str:  # noqa: ARG001 -- always ASCII
    """Return the object as text, closed by a newline."""
    page, speller = spelled(result, numbers, ascii_only=True)
    derivation = result.derivation
    setting = derivation.setting
    inside = quantities_in(setting.formula)
    found: dict[str, Any] = {
        "nncalc": 1, "command": "derive", "expression": show(setting.formula), "name": setting.of.id,
        "wrt": setting.wrt.id, "method": result.wanted.method, "layout": setting.layout,
        "kind": "hessian" if setting.hessian else "vectorised" if derivation.vectorised else "derivative",
        "derivative": show(derivation.derivative), "shape": list(derivation.shape),
        "gradient": show(derivation.gradient) if setting.hessian else None,
        "shapes": {each.id: list(setting.shapes.of(each)) for each in inside},
        "assumed": list(result.declaration.assumed), "verified": result.drawn,
        **_stationary(result),
        "steps": [_step(place, row, speller.texts(row).why) for place, row in enumerate(page.sections[0].rows, 1)],
        "notes": [speller.note(note) for section in page.sections for note in section.notes],
    }  # fmt: skip
    if result.verdict is not None:
        part = result.verdict.part
        message = (
            f"{result.verdict.says} {show(part)}{result.verdict.after}" if part is not None else result.verdict.says
        )
        found["answer"] = {
            "right": result.verdict.right, "kind": result.verdict.kind, "message": message,
            "part": show(part) if part is not None else None,
        }  # fmt: skip
    if numbers is not None:
        found["at"] = {of.id: _bare(rows) for of, _, rows in numbers.given}
        found["values"] = {each.name.id: _bare(each.rows) for each in numbers.values}
        found["point"] = _bare(numbers.point.rows) if numbers.point is not None else None
    return json.dumps(found, ensure_ascii=False, allow_nan=False) + "\n"


def _stationary(result: Result) -> dict[str, Any]:
    found = result.stationary
    if found is None:
        return {"stationary": None, "reason": "not asked for: --solve"}
    return {
        "stationary": show(found.point) if found.point is not None else None,
        "reason": found.reason or None,
        "invertible": [show(each) for each in found.invertible],
        "needs": [{"formula": show(each), "is": word} for each, word in found.needs],
        "extremum": result.extremum.kind or None,
    }


def _step(place: int, row: Row, why: str) -> dict[str, Any]:
    shape: Shape | None = row.shape
    return {
        "id": place,
        "name": show(row.left) if row.left is not None else None,
        "formula": show(spread(row.right), ASCII),
        "rule": why,
        "shape": list(shape) if shape is not None else None,
    }


def spread(formula: Formula) -> Formula:
    """Return a formula with ⟨A, B⟩ written as sum(A .* B), which every reader of formulas knows."""
    new: dict[Formula, Formula] = {}
    for part in parts(formula):
        if isinstance(part, Call):
            args = [new.get(arg, arg) for arg in part.args]
            made = call(part.op, *args)
            new[part] = call("sum", call("hadamard", *args)) if part.op == "inner" else made
    return replace(formula, new) if new else formula


def _bare(rows: list[list[float]]) -> Any:
    """Return the numbers of a quantity: a number, a list for a column, else a list a row."""
    entries = [[float(value) for value in row] for row in rows]
    if len(entries) == len(entries[0]) == 1:
        return entries[0][0]
    return [row[0] for row in entries] if len(entries[0]) == 1 else entries
