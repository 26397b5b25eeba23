"""What a calculation tells programs: every value and gradient at full precision, in the shape the user typed."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from nncalc.language.figures import fraction_of, plain, unwrapped
from nncalc.language.formula import Name, name
from nncalc.numbers.run import ScalarMachine
from nncalc.sheet.calculation import Calculation
from nncalc.spec.model import Model


def data(command: str, calculation: Calculation, notes: Iterable[str], *, exact: bool, steps: bool) -> dict[str, Any]:
    """Return the data of a calculation, with a place for its steps; `exact` adds the rationals as texts."""
    model, machine = calculation.model, calculation.machine
    groups = grouped(calculation)
    if command == "forward":
        del groups["gradients"]
    found: dict[str, Any] = {"command": command, "name": model.title}
    for group, names in groups.items():
        found[group] = {of.base: shaped(model, of, machine.rows(of)) for of in names}
    if command == "backward":
        found["parameters"] = [of.base for of in model.parameters]
        found["output"] = calculation.output.base if calculation.output else None
    if exact:
        assert isinstance(machine, ScalarMachine)
        found["exact"] = {
            group: {of.base: shaped(model, of, machine.exact_rows(of), fraction_of) for of in names}
            for group, names in groups.items()
        }
    if model.conventions:
        found["conventions"] = model.conventions.data
    said = list(dict.fromkeys(notes))
    if said:
        found["notes"] = said
    return {**found, "steps": None} if steps else found


def grouped(calculation: Calculation) -> dict[str, list[Name]]:
    """Return the quantities that have values, and those that have gradients, in their order."""
    return {
        "values": [*calculation.model.graph.leaves, *(equation.name for equation in calculation.forward.equations)],
        "gradients": [equation.name for equation in calculation.backward.equations],
    }


def shaped(model: Model, of: Name, rows: Any, cell: Callable[[Any], Any] = plain) -> Any:
    """Return the numbers of a quantity, or of a gradient, in the shape the user typed the quantity in.

    Of a batch that nobody typed there is one example a row.
    """
    own = name(of.base)
    entries = [[cell(value) for value in row] for row in rows]
    dims = model.dims.get(own)
    if own in model.per_example and dims != 1:
        return entries if model.conventions.rows else [list(column) for column in zip(*entries, strict=True)]
    if dims is None:
        return unwrapped(rows, cell)
    if dims == 0 and len(entries) == len(entries[0]) == 1:
        return entries[0][0]
    if dims == 1:
        return [entry for row in entries for entry in row]
    return entries
