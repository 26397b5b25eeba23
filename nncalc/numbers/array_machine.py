"""Values in arrays, for what is larger than a hand would compute."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

import numpy as np

from nncalc.graph.graph import Equation, Graph
from nncalc.graph.shapes import SCALAR, Shapes
from nncalc.language.figures import Rows
from nncalc.language.formula import Call, Formula, Name, Num, names_in
from nncalc.numbers.arrays import Array, Undefined, array_of, function, noise
from nncalc.numbers.buffers import ran
from nncalc.numbers.evaluation import cut, placed
from nncalc.ops import OPS
from nncalc.problems import Problem

#: Where an array has an entry.
Mask: TypeAlias = np.ndarray[Any, np.dtype[np.bool_]]
#: Operations that are entry by entry where one argument is a number.
_SCALING = frozenset({"mul", "div"})


class ArrayMachine:
    """Holds a two-dimensional array for every quantity, of doubles or of `single` floats.

    A class because values gather in it.
    """

    large = True

    def __init__(self, *, single: bool = False) -> None:
        self.kind = np.float32 if single else np.float64
        self.values: dict[Name, Array] = {}
        self.known: Mapping[Name, Array] = {}
        self.given: set[Name] = set()
        self.cancelled: set[Name] = set()

    def load(self, of: Name, rows: Rows) -> None:
        self.values[of] = array_of(rows).astype(self.kind, copy=False)
        self.given.add(of)

    def run(self, graph: Graph, shapes: Shapes) -> bool:
        """Compute every quantity of a graph as a whole; return whether all have a value.

        Then that is the value of each, whatever formula of it is assigned later.
        """
        found = ran(graph, shapes, self.values)
        if found is None:
            return False
        self.known, self.cancelled = found
        self.values.update(self.known)
        return True

    def assign(self, equation: Equation, stated: Rows | None = None) -> None:
        """Compute a quantity, or take the value that is stated of it."""
        if stated is not None:
            self.load(equation.name, stated)
        elif equation.name in self.known:
            self.values[equation.name] = self.known[equation.name]
        else:
            self.values[equation.name] = self.value(equation.formula, equation)

    def has(self, of: Name) -> bool:
        return of in self.values

    def rows(self, of: Name) -> Rows:
        found: Rows = self.values[of].tolist()
        return found

    def truth(self, plain: Formula, careful: Formula) -> Rows | None:
        """Return the value of two formulas that are equal, by that which keeps its digits."""
        del plain
        return self.trial(careful)

    def trial(self, formula: Formula) -> Rows | None:
        try:
            found: Rows = self.value(formula, None).tolist()
        except Problem:
            return None
        return found

    def compute(self, formula: Formula, values: Mapping[Name, Rows]) -> Rows | None:
        other = ArrayMachine()
        for of, rows in values.items():
            other.load(of, rows)
        return other.trial(formula)

    def value(self, formula: Formula, where: Equation | None) -> Array:
        """Return the value of `formula`; raise Problem (`domain`) where it has none."""
        if isinstance(formula, Name):
            return self.values[formula]
        if isinstance(formula, Num):
            return np.array([[float(formula.text)]])
        if OPS[formula.op].chooses:
            return self.picked(formula, where)
        return self.called(formula, [self.value(arg, where) for arg in formula.args], where)

    def picked(self, formula: Call, where: Equation | None) -> Array:
        """Return the value of a case distinction, of which each side is computed where it is taken alone."""
        shapes = Shapes({of: self.values[of].shape for of in names_in(formula)})
        condition = self.value(formula.args[0], where)
        if condition.size == 1:
            rows, columns = shapes.of(formula)
            assert isinstance(rows, int)
            assert isinstance(columns, int)
            side = self.value(formula.args[1 if condition.item() > 0 else 2], where)
            return np.broadcast_to(side, (rows, columns)).copy()
        found = self.at(formula, np.ones(condition.shape, np.bool_), shapes, where)
        return found.reshape(condition.shape)

    def at(self, formula: Formula, mask: Mask, shapes: Shapes, where: Equation | None) -> Array:
        """Return the entries of a formula where a mask of its shape holds, as a column; a number is one."""
        if shapes.of(formula) == SCALAR or not isinstance(formula, Call):
            found = self.value(formula, where)
            return found if found.size == 1 else found[mask].reshape(-1, 1)
        if OPS[formula.op].chooses:
            return self.picked_at(formula, mask, shapes, where)
        if OPS[formula.op].entrywise or (formula.op in _SCALING and SCALAR in map(shapes.of, formula.args)):
            return self.called(formula, [self.at(arg, mask, shapes, where) for arg in formula.args], where)
        return self.value(formula, where)[mask].reshape(-1, 1)

    def picked_at(self, formula: Call, mask: Mask, shapes: Shapes, where: Equation | None) -> Array:
        """Return the entries of a case distinction, of whose sides some are taken."""
        condition, *sides = formula.args
        held = self.at(condition, mask, shapes, where) > 0
        if held.size == 1 and shapes.of(condition) == SCALAR:
            return self.at(sides[0] if held.item() else sides[1], mask, shapes, where)
        found = np.zeros((int(mask.sum()), 1), self.kind)
        for side, taken in zip(sides, (held, ~held), strict=True):
            if taken.any():
                inside = mask.copy()
                inside[mask] = taken.reshape(-1)
                found[taken] = self.at(side, inside, shapes, where).reshape(-1)
        return found

    def called(self, formula: Call, args: list[Array], where: Equation | None) -> Array:
        """Return the value of a call whose arguments have these values; raise Problem (`domain`) where it has none."""
        try:
            with np.errstate(all="raise", under="ignore"):
                found = function(formula.op)(*args)
        except Undefined as error:
            raise Problem(f"`{cut(formula)}` is not defined: {error}{_place(where)}", None, None, "domain") from None
        except np.linalg.LinAlgError as error:
            message = f"`{cut(formula)}` cannot be computed: {error}{_place(where)}"
            raise Problem(message, None, None, "domain") from None
        except FloatingPointError as error:
            why = "too large for a floating-point number" if "overflow" in str(error) else "not defined for an entry"
            raise Problem(f"`{cut(formula)}` is {why}{_place(where)}", None, None, "domain") from None
        if not np.isfinite(found).all():
            raise Problem(
                f"`{cut(formula)}` is too large for a floating-point number{_place(where)}", None, None, "domain"
            )
        if formula.op in ("sum", "mul") and not self.given.issuperset(names_in(formula)):
            small = noise(formula.op, found, args)
            if small is not None:
                found = np.where(small, 0.0, found)
                self.cancelled |= {where.name} if where else set()
        return found


def _place(where: Equation | None) -> str:
    return placed(where.name, where.formula) if where else ""
