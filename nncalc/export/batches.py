"""The same calculation of any number of examples: a name where that number stands in a formula, a letter in a size."""

from __future__ import annotations

from typing import NamedTuple

from nncalc.exchange.handover import in_batch
from nncalc.graph.graph import Equation, Graph
from nncalc.graph.shapes import Shape, Shapes, shapes_of
from nncalc.language.formula import Name
from nncalc.language.parser import Known, parse
from nncalc.problems import Problem
from nncalc.sheet.calculation import Calculation, calculate
from nncalc.sheet.compiled import Compiled, compiled
from nncalc.spec.model import Model, examples_counted, with_values
from nncalc.spec.statements import EXAMPLES, Given


class General(NamedTuple):
    """Both passes of any number of examples, the shapes of what is in them, and what is found of one example more."""

    passes: Compiled
    shapes: Shapes
    more: Calculation


def of_any_number(model: Model, found: Calculation) -> General | None:
    """Return what is `found` of a model as it is of any number of examples, None where it hangs on their number."""
    if not model.per_example:
        return None
    try:
        more = _with_one_more(model, found)
        return _general(more) if examples_counted(more.model) else None
    except Problem:  # sizes that do not fit
        return None


def _general(more: Calculation) -> General:
    """Return a calculation of several examples as it is of any number of them; raise Problem where sizes do not fit."""
    model = more.model
    equations = [
        each if (text := model.of_any(each)) is None else Equation(each.name, parse(text, Known(whole=True)))
        for each in model.graph.equations
    ]
    graph = Graph(model.graph.leaves, tuple(equations))
    own = model.shapes()
    shapes = shapes_of(graph, {leaf: _of_any(own.of(leaf), leaf, model) for leaf in graph.leaves})
    shapes.switches, shapes.from_0 = own.switches, own.from_0
    return General(compiled(graph, shapes, more.output, more.wrt), shapes, more)


def _of_any(shape: Shape, leaf: Name, model: Model) -> Shape:
    """Return the shape of what is given, as it is of any number of examples."""
    if leaf not in model.per_example:
        return shape
    rows, columns = shape
    return (EXAMPLES, columns) if model.conventions.rows else (rows, EXAMPLES)


def _with_one_more(model: Model, found: Calculation) -> Calculation:
    """Return what is `found` of a model with its first example once more; raise Problem where it takes none."""
    values: dict[str, Given] = {}
    for leaf in model.graph.leaves:
        if leaf in model.per_example:
            rows = model.by_example(model.given[leaf])
            values[leaf.base] = Given([*rows, rows[0]], 2 if len(rows[0]) > 1 else model.dims[leaf], True, ())
    more = in_batch(with_values(model, values))
    return calculate(more, wrt=[of.base for of in found.wrt], backward=found.output is not None, lines=False)
