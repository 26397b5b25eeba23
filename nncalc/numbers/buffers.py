"""A plan bound to arrays: every result has its place in memory, so that to run it again costs the numbers alone."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from nncalc.graph.graph import Graph
from nncalc.graph.shapes import Shapes
from nncalc.language.formula import Formula, Name, parts
from nncalc.numbers.arrays import PRIMITIVES, Array
from nncalc.numbers.lowering import Builder
from nncalc.numbers.plan import Plan, in_primitives, plan_of
from nncalc.problems import Problem


class Program:
    """A plan on arrays of certain shapes.

    `arrays` are the values of the leaves, which are read where they lie, at each run anew; of their kind are the
    results. A leaf that `becomes` another quantity has the value of that from then on, in the same place. With `clear`
    what is below the rounding error of its sum is 0, and its slot among the `cancelled`. A class because it owns the
    memory of its results, which the next run writes over.
    """

    def __init__(
        self,
        plan: Plan,
        shapes: Shapes,
        arrays: Mapping[Name, Array],
        becomes: Mapping[Name, Name] | None = None,
        *,
        clear: bool = False,
    ) -> None:
        kind = next((array.dtype for array in arrays.values()), np.dtype(np.float64))
        builder = Builder(plan, shapes, clear, kind)
        for leaf, array in arrays.items():
            builder.arrays[plan.slots[leaf]] = array
        pairs = {plan.slots[new]: plan.slots[old] for old, new in (becomes or {}).items()}
        last = {arg: place for place, step in enumerate(plan.steps) for arg in step.args}
        builder.instead = {
            step.result: pairs[step.result]
            for place, step in enumerate(plan.steps)
            if step.result in pairs and last.get(pairs[step.result], 0) <= place and len(step.args) <= 2
        }
        for step in plan.steps:
            builder.add(step)
        for new, old in pairs.items():
            if builder.read(new) is not builder.read(old):
                builder.work.append((np.copyto, (builder.read(old), builder.read(new))))
        self.work = builder.work
        self.cancelled = builder.cancelled
        self.places = {of: builder.read(slot) for of, slot in plan.slots.items()}

    def run(self) -> None:
        """Compute every quantity; raise FloatingPointError where one has no value."""
        with np.errstate(over="raise", divide="raise", invalid="raise", under="ignore"):
            for compute, args in self.work:
                compute(*args)

    def value(self, of: Name) -> Array:
        """Return where the value of a quantity is, until the next run."""
        return self.places[of]


def ran(graph: Graph, shapes: Shapes, arrays: Mapping[Name, Array]) -> tuple[dict[Name, Array], set[Name]] | None:
    """Return the value of every quantity of a graph, and which have an entry that is 0 as the terms of a sum cancel.

    None where one has no value.
    """
    plan = plan_of(graph, PRIMITIVES)
    try:
        program = Program(plan, shapes, {leaf: arrays[leaf] for leaf in graph.leaves}, clear=True)
        program.run()
    except (ArithmeticError, np.linalg.LinAlgError, Problem):
        return None
    if not all(np.isfinite(array).all() for array in program.places.values()):
        return None
    return program.places, _using({plan.formulas[slot] for slot in program.cancelled}, graph)


def _using(formulas: set[Formula], graph: Graph) -> set[Name]:
    """Return the quantities that are computed by some formulas."""
    if not formulas:
        return set()
    written = {equation.name: in_primitives(equation.formula, PRIMITIVES, {}) for equation in graph.equations}
    return {of for of, formula in written.items() if not formulas.isdisjoint(parts(formula))}
