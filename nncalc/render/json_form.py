"""One JSON object: every value at full precision, and the lines as formulas in the input language."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from nncalc.language.figures import Exact, Figure
from nncalc.language.formula import Name, name
from nncalc.language.printer import ASCII, PAPER, Style, show
from nncalc.numbers.run import ScalarMachine
from nncalc.sheet.calculation import Calculation
from nncalc.sheet.worksheet import Line, Worksheet

VERSION = 1


def render(command: str, calculation: Calculation, worksheets: list[Worksheet], *, exact: bool) -> str:
    """Return the object as text, closed by a newline."""
    model = calculation.model
    quantities = [*model.graph.leaves, *(equation.name for equation in calculation.forward.equations)]
    found: dict[str, Any] = {
        "nncalc": VERSION,
        "command": command,
        "name": model.title,
        "values": {of.base: shaped(calculation, of, calculation.machine.rows(of)) for of in quantities},
    }
    gradients = [equation.name for equation in calculation.backward.equations]
    if command == "backward":
        found["gradients"] = {of.base: shaped(calculation, of, calculation.machine.rows(of)) for of in gradients}
        found["parameters"] = [of.base for of in model.parameters]
        found["output"] = calculation.output.base if calculation.output else None
    if exact:
        found["exact"] = _exact(calculation, quantities, gradients, command)
    if model.notes or model.starts:
        found["notes"] = list(dict.fromkeys(note for sheet in worksheets for note in sheet.notes)) or list(model.notes)
    if worksheets:
        found["steps"] = [_step(line, sheet) for sheet in worksheets for line in sheet.lines if line.phase != "given"]
    return json.dumps(found, ensure_ascii=False, allow_nan=False) + "\n"


def _exact(calculation: Calculation, quantities: list[Name], gradients: list[Name], command: str) -> dict[str, Any]:
    machine = calculation.machine
    assert isinstance(machine, ScalarMachine)
    found: dict[str, Any] = {
        "values": {of.base: shaped(calculation, of, machine.exact_rows(of), str) for of in quantities}
    }
    if command == "backward":
        found["gradients"] = {of.base: shaped(calculation, of, machine.exact_rows(of), str) for of in gradients}
    return found


def shaped(calculation: Calculation, of: Name, rows: Any, cell: Callable[[Any], Any] | None = None) -> Any:
    """Return the numbers of a quantity, or of a gradient, in the shape the user typed the quantity in."""
    plain = name(of.base)
    convert = cell or _number
    entries = [[convert(value) for value in row] for row in rows]
    if plain in calculation.model.per_example:
        return [list(column) for column in zip(*entries, strict=True)]
    dims = calculation.model.dims.get(plain)
    if dims is None:
        dims = 0 if len(entries) == len(entries[0]) == 1 else 1 if len(entries[0]) == 1 else 2
    if dims == 0 and len(entries) == len(entries[0]) == 1:
        return entries[0][0]
    if dims == 1:
        return [entry for row in entries for entry in row]
    return entries


def _number(value: float) -> float:
    return float(value) if isinstance(value, Figure) else value


def _step(line: Line, sheet: Worksheet) -> dict[str, Any]:
    paper = Style(paper=True, dot=PAPER.dot, whole=sheet.whole)
    return {
        "id": line.name.id,
        "name": show(line.name, paper),
        "form": sheet.form,
        "pass": line.phase,
        "rule": line.rule,
        "formula": show(line.formula if line.formula is not None else line.value, ASCII),
        "substituted": show(line.substituted if line.substituted is not None else line.value, ASCII),
        "value": _bare(line.rows),
        "exact": _bare(line.exacts, _text) if line.exacts is not None else None,
        "shape": list(line.shape) if sheet.form == "vector" else [],
        "uses": [used.id for used in line.uses],
        "reuses": [used.id for used in line.reuses],
        "updates": line.updates is not None,
        "note": "; ".join(line.notes),
    }


def _text(value: Exact | None) -> str | None:
    return None if value is None else str(value)


def _bare(rows: Any, cell: Callable[[Any], Any] = _number) -> Any:
    """Return the numbers of a line: a number, a list for a column, else a list a row."""
    entries = [[cell(value) for value in row] for row in rows]
    if len(entries) == len(entries[0]) == 1:
        return entries[0][0]
    return [row[0] for row in entries] if len(entries[0]) == 1 else entries
