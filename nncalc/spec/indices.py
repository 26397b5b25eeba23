"""Indices that are quantities: `p[y]`, where y is a class, is the entry that the number given for y says."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeGuard

from nncalc.graph.graph import Graph
from nncalc.graph.shapes import PARTS, SCALAR
from nncalc.language.formula import Call, Formula, Name, call, names_in, num, parts, replace
from nncalc.language.indexing import counted
from nncalc.language.printer import show
from nncalc.problems import Problem
from nncalc.spec.model import Model, shape_of


def with_indices(model: Model) -> Model:
    """Return the model with the numbers of its indices put in; raise Problem where one is no whole number.

    An index is known before anything is computed: it says what a line takes.
    """
    equations, notes = [], []
    indices: set[Name] = set()
    for equation in model.graph.equations:
        new: dict[Formula, Formula] = {}
        for part in filter(_takes, parts(equation.formula)):
            here = dict.fromkeys(of for end in part.args[1:] for of in names_in(end)).keys()
            if here and (here <= model.given.keys() or not model.graph.by_name.keys().isdisjoint(here)):
                indices |= here
                values: dict[Formula, Formula] = {
                    of: num(_whole(model, part, of))
                    for of in sorted(here, key=lambda of: of not in model.graph.by_name)
                }
                given = ", ".join(f"{of} = {values[of]}" for of in sorted(here, key=str))
                ends = [counted(replace(end, values)) for end in part.args[1:]]
                new[part] = call(part.op, replace(part.args[0], new), *ends)
                notes.append(
                    f"{given}, so {show(part)} is {show(new[part])}: an index is known before anything is computed"
                )
        equations.append(equation._replace(formula=replace(equation.formula, new)) if new else equation)
    if not notes:
        return model
    gone = indices.difference(*(each.uses for each in equations))  # nothing is differentiated by an index

    def left(names: Iterable[Name]) -> tuple[Name, ...]:
        return tuple(of for of in names if of not in gone)

    return model._replace(
        graph=Graph(left(model.graph.leaves), tuple(equations)), notes=(*model.notes, *dict.fromkeys(notes)),
        inputs=left(model.inputs), targets=left(model.targets), parameters=left(model.parameters),
        given={of: rows for of, rows in model.given.items() if of not in gone},
        dims={of: dims for of, dims in model.dims.items() if of not in gone},
    )  # fmt: skip


def _takes(part: Formula) -> TypeGuard[Call]:
    return isinstance(part, Call) and part.op in PARTS


def _whole(model: Model, part: Call, of: Name) -> int:
    """Return the whole number that a leaf was given, which is an index; raise Problem for any other quantity."""
    where = model.places(of)
    if of in model.graph.by_name:
        raise Problem(
            f"`{show(part)}`: `{of}` is computed, and an index is known before anything is computed", where,
            "a product with a column that is 1 in one place takes an entry: `p'*y`", "shape",
        )  # fmt: skip
    rows = model.given[of]
    value = float(rows[0][0])
    if shape_of(rows) != SCALAR or value != int(value) or not 0 <= value < 10**7:
        raise Problem(
            f"`{show(part)}`: an index is a whole number, and `{of}` is not one", where,
            f"where `{of}` is 1 in one place, `p'*{of}` takes that entry of p", "shape",
        )  # fmt: skip
    return int(value)
