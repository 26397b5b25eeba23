"""Sums over an index in equations, once shapes are known: the ones they need, and that their entries are numbers."""

from __future__ import annotations

from nncalc.graph.elements import bases
from nncalc.graph.graph import Equation, Graph
from nncalc.graph.shapes import Shapes
from nncalc.graph.sums import settled
from nncalc.language.formula import Formula
from nncalc.language.indexing import from_0
from nncalc.language.printer import show
from nncalc.problems import Problem
from nncalc.spec.model import Model


def with_sums(model: Model, shapes: Shapes | None = None) -> Model:
    """Return the model with sums over an index in matrices, which its notes say; raise Problem where one is none.

    The shapes are those of its numbers, where nobody says them; without numbers it stays as it is.
    """
    if not model.sums or (shapes is None and any(leaf not in model.given for leaf in model.graph.leaves)):
        return model
    shapes = shapes or model.shapes()
    equations = [_settled(model, each, shapes) for each in model.graph.equations]
    notes = [
        f"{show(model.sums[each.name].written)} is {show(each.formula)} in matrices"
        for each in equations
        if each.name in model.sums
    ]
    return model._replace(graph=Graph(model.graph.leaves, tuple(equations)), notes=(*model.notes, *notes), sums={})


def _settled(model: Model, equation: Equation, shapes: Shapes) -> Equation:
    found = model.sums.get(equation.name)
    if found is None:
        return equation
    names = {of.base for of in bases(model.graph)}

    def counted(formulas: tuple[Formula, ...]) -> tuple[Formula, ...]:
        return tuple(from_0(each, names) for each in formulas)

    here = found._replace(formula=equation.formula, numbers=counted(found.numbers), columns=counted(found.columns))
    try:
        return equation._replace(formula=settled(here, shapes))
    except Problem as problem:
        raise problem.at(problem.where or model.places(equation.name)) from None
