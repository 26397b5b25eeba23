"""What a derivation tells programs: every formula in the ASCII input language, numbers as lists."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nncalc.deriving.result import Result
from nncalc.language.figures import unwrapped
from nncalc.language.formula import Call, Formula, call, parts, replace
from nncalc.language.printer import show
from nncalc.page import Row
from nncalc.shaping.declaration import quantities_in

if TYPE_CHECKING:
    from nncalc.deriving.numbers import AtNumbers


def data(result: Result, numbers: AtNumbers | None) -> dict[str, Any]:
    """Return the data of a result, with places for its steps and notes."""
    derivation = result.derivation
    setting = derivation.setting
    named = [*quantities_in(setting.formula), setting.wrt]
    found: dict[str, Any] = {
        "command": "derive", "expression": show(setting.body), "name": setting.of.id,
        "wrt": setting.wrt.id, "method": "chain" if result.wanted.chain else result.wanted.method,
        "layout": setting.layout,
        "kind": "hessian" if setting.hessian else "vectorised" if derivation.vectorised else "derivative",
        "derivative": show(derivation.shown), "shape": list(derivation.shape),
        "gradient": show(derivation.gradient) if setting.hessian else None,
        "definitions": {each.name.id: show(each.formula) for each in setting.definitions[:-1]},
        "slopes": {each.name.id: show(each.formula) for each in derivation.slopes},
        "shapes": {each.id: list(setting.shapes.of(each)) for each in dict.fromkeys(named)},
        "assumed": list(result.declaration.assumed), "verified": result.drawn,
        **_stationary(result), "steps": None, "notes": None,
    }  # fmt: skip
    if result.verdict is not None:
        verdict, part = result.verdict, result.verdict.part
        message = "".join(each if isinstance(each, str) else show(each) for each in verdict.words)
        found["answer"] = {
            "right": verdict.right, "kind": verdict.kind, "message": message,
            "part": show(part) if part is not None else None,
        }  # fmt: skip
    if numbers is not None:
        found["at"] = {of.id: unwrapped(rows, float) for of, _, rows in numbers.given}
        found["values"] = {each.name.id: unwrapped(each.rows, float) for each in numbers.values}
        points = [unwrapped(each.rows, float) for each in numbers.points.values()]
        found["point"], found["points_at"] = points[0] if points else None, points
    return found


def _stationary(result: Result) -> dict[str, Any]:
    found = result.stationary
    if found is None:
        return {"stationary": None, "reason": "not asked for: --solve"}
    return {
        "stationary": show(found.point) if found.point is not None else None,
        "points": [show(each) for each in found.points],
        "unknown": show(found.unknown) if found.unknown is not None else None,
        "condition": [show(found.condition.left), show(found.condition.right)] if found.condition is not None else None,
        "reason": found.reason or None,
        "invertible": [show(each) for each in found.invertible],
        "needs": [{"formula": show(each), "is": word, "of": None} for each, word in found.needs]
        + [{"formula": show(each), "is": word, "of": show(of)} for of, (each, word) in found.own],
        "extremum": result.extremum.kind or None,
        "extrema": [each.kind or None for each in result.extrema],
    }


def facts_of(place: int, row: Row) -> dict[str, Any]:
    """Return what a step says otherwise than its row: its number, its name as it is typed, ⟨A, B⟩ in other words."""
    name, right = row.name, row.sides[0].whole
    assert not isinstance(name, tuple)
    assert not isinstance(right, tuple)
    return {"id": place, "name": show(name) if name is not None else None, "formula": show(spread(right))}


def spread(formula: Formula) -> Formula:
    """Return a formula with ⟨A, B⟩ written as sum(A .* B), which every reader of formulas knows."""
    new: dict[Formula, Formula] = {}
    for part in parts(formula):
        if isinstance(part, Call):
            args = [new.get(arg, arg) for arg in part.args]
            made = call(part.op, *args)
            new[part] = call("sum", call("hadamard", *args)) if part.op == "inner" else made
    return replace(formula, new) if new else formula
