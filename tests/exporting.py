"""Programs that export writes, run in this process."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from expressions import QUANTITIES, Grower, numbers
from test_render_derivation import calls

from nncalc.export.library import Library
from nncalc.export.program import Program, in_batch
from nncalc.graph.graph import Equation, Graph
from nncalc.graph.shapes import SCALAR, Shapes
from nncalc.language.formula import Formula, Name, call, name, names_in, num, replace
from nncalc.language.parser import parse
from nncalc.ops import OPS
from nncalc.problems import Problem
from nncalc.sheet.calculation import Calculation, calculate
from nncalc.spec.model import Model


def agrees(model: Model, library: Library, wrt: list[str] | None = None, tolerance: float = 1e-12) -> None:
    """Write a model for a library, run it, and compare every number, as parts of the largest."""
    found = calculate(in_batch(model), wrt=wrt, backward=model.output is not None, lines=False)
    compared(ran(found, library), tolerance)


def ran(found: Calculation, library: Library) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return what a program finds, and the numbers it has written in it."""
    space: dict[str, Any] = {"__name__": "program"}
    exec(compile(Program(found, library).text(), "program", "exec"), space)
    return space["run"](space["GIVEN"]), space["EXPECTED"]


def compared(both: tuple[dict[str, Any], dict[str, Any]], tolerance: float) -> None:
    result, expected = both
    assert result.keys() == expected.keys()
    scale = max(1.0, *(abs(value) for rows in expected.values() for row in rows for value in row))
    for key, rows in expected.items():
        for one, other in zip(result[key], rows, strict=True):
            for value, right in zip(one, other, strict=True):
                assert abs(value - right) <= tolerance * scale, (key, result[key], rows)


#: How an argument is drawn: integers meet every kink, some operations need numbers between 0 and 1.
KINDS = {
    "integers": lambda draw: draw.choice([-1.0, 0.0, 1.0, 2.0]),
    "numbers": lambda draw: draw.gauss(0, 1),
    "shares": lambda draw: draw.uniform(0.05, 0.95),
}


def drawn(op: str, kind: str, draw: Any, most: int) -> Iterator[tuple[Model, list[str]]]:
    """Yield models of one call each of an operation, and what they can be differentiated by."""
    picked = [*calls(op)]
    draw.shuffle(picked)
    for formula, names, shapes in picked[:most]:
        given = {of: _rows(shapes, of, kind, draw) for of in names}
        weights = name("weights")
        shapes.name(weights, shapes.of(formula))
        given[weights] = _rows(shapes, weights, "numbers", draw)
        equations = (Equation(name("f"), formula), Equation(name("loss"), parse("sum(weights .* f)")))
        model = Model(
            "", Graph((*names, weights), equations), given, dict.fromkeys(given, 2), tuple(names), (), (), name("loss")
        )
        wrt = [of.base for of in names if _has_slope(model, of)]
        if wrt or _has_slope(model, weights):
            yield model, wrt or ["weights"]


def _rows(shapes: Shapes, of: Name, kind: str, draw: Any) -> list[list[float]]:
    rows, columns = shapes.of(of)
    assert isinstance(rows, int)
    assert isinstance(columns, int)
    found = [[KINDS[kind](draw) for _ in range(columns)] for _ in range(rows)]
    if kind == "shares" and rows == columns > 1:  # positive definite
        found = [[sum(a * b for a, b in zip(one, other, strict=True)) for other in found] for one in found]
        found = [[x + (i == j) for j, x in enumerate(row)] for i, row in enumerate(found)]
    return found


def _has_slope(model: Model, of: Name) -> bool:
    try:
        calculate(model, wrt=[of.base], backward=True, lines=False)
    except Problem:
        return False
    return True


def together(models: list[tuple[Model, list[str]]]) -> tuple[Model, list[str]]:
    """Return several models as one, whose loss is the sum of theirs."""
    equations: list[Equation] = []
    given: dict[Name, Any] = {}
    wrt: list[str] = []
    for place, (model, own) in enumerate(models):
        new = {of: name(f"{of.base}_{place}") for of in model.graph.names}
        given |= {new[of]: rows for of, rows in model.given.items()}
        equations += [Equation(new[each.name], replace(each.formula, new)) for each in model.graph.equations]
        wrt += [new[name(of)].base for of in own]
    losses = [each.name for each in equations if each.name.base.startswith("loss")]
    equations.append(Equation(name("loss"), call("add", *losses)))
    leaves = tuple(given)
    return Model("", Graph(leaves, tuple(equations)), given, dict.fromkeys(given, 2), leaves, (), (), name("loss")), wrt


#: How many rows and columns quantities of grown formulas have.
SIZES = {"n": 3, "m": 2, "p": 4}


def grown(seed: int) -> Model | None:
    """Return a model of a random formula of numbers, vectors and matrices; None where it has no value or no slope."""
    sizes: dict[Formula, Formula] = {name(letter): num(size) for letter, size in SIZES.items()}
    formula = replace(Grower(seed).grown(SCALAR, 3 + seed % 4 * 4), sizes)
    random = np.random.default_rng(seed)
    given: dict[Name, Any] = {}
    for of in names_in(formula):
        shape, fact = QUANTITIES[of.base]
        given[of] = numbers([SIZES.get(str(size), 1) for size in shape], fact, random).tolist()
    graph = Graph(tuple(given), (Equation(name("loss"), formula),))
    model = Model("", graph, given, dict.fromkeys(given, 2), tuple(given), (), (), name("loss"))
    try:
        calculate(model, backward=True, lines=False)
    except Problem:
        return None
    return model


#: Operations that a person writes, each of which has a program.
WRITABLE = sorted(op for op in OPS if op != "generic" and not (OPS[op].forms and OPS[op].forms[0].shapes == "sizes"))
