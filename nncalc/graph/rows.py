"""The same network with an example a row where it had one a column: each quantity of a batch is transposed.

So W x + b 1ᵀ becomes x Wᵀ + 1 bᵀ. Knows formulas, shapes and rules, no values.
"""

from __future__ import annotations

from collections.abc import Callable, Set

from nncalc.graph.rules import either_way
from nncalc.graph.shapes import SCALAR, Shape
from nncalc.language.formula import Call, Formula, Name, Num, call, is_call, joined, names_in, parts
from nncalc.ops import OPS, OVER
from nncalc.ops.kinds import Function


class Turning:
    """Writes formulas anew; a class because what is `turned` and what is not call each other.

    `batch` are the quantities that are transposed, `shape` knows the shape of every formula as it was, and `count` is
    how many examples there are.
    """

    def __init__(self, batch: Set[Name], shape: Callable[[Formula], Shape], count: Formula) -> None:
        self.batch = batch
        self.shape = shape
        self.count = count

    def equation(self, of: Name, formula: Formula) -> Formula:
        """Return the formula of a quantity."""
        return self.turned(formula) if of in self.batch else self.same(formula)

    def turned(self, formula: Formula) -> Formula:
        """Return the transpose of what a formula was."""
        if isinstance(formula, Name) and formula in self.batch:
            return formula
        if self.shape(formula) == SCALAR:
            return self.same(formula)
        if not isinstance(formula, Call):
            return call("transpose", formula)
        if formula.op == "transpose":
            return self.same(formula.args[0])
        found = self.blocks(formula) or self.entries(formula) or self.lines(formula)
        return found or call("transpose", self.same(formula))

    def blocks(self, formula: Call) -> Formula | None:
        """Return the transpose of blocks, or of a part; None for anything else."""
        args = formula.args
        if formula.op == "intercept":
            return joined([call("ones", self.count), self.turned(args[0])], beside=True)
        if formula.op == "column":
            return joined([*map(self.turned, args)], beside=True)
        if formula.op in ("rows", "columns"):
            return call("columns" if formula.op == "rows" else "rows", self.turned(args[0]), *args[1:])
        if formula.op == "entries":
            return call("entries", self.turned(args[0]), *args[1:])
        return None

    def entries(self, formula: Call) -> Formula | None:
        """Return the transpose of a product, or of what acts on each entry; None for anything else."""
        if formula.op == "mul" and SCALAR not in map(self.shape, formula.args):
            return call("mul", *map(self.turned, reversed(formula.args)))
        if OPS[formula.op].entrywise or formula.op in ("mul", "div"):
            return call(formula.op, *map(self.turned, formula.args))
        return None

    def lines(self, formula: Call) -> Formula | None:
        """Return the transpose of what acts on each column or row: the same of each row or column; None for others."""
        other = turned_lines(formula.op)
        if other is None:
            return None
        count = len(OPS[formula.op].args)
        args = [*map(self.turned, formula.args[:count])]
        return None if any(is_call(arg, "transpose") for arg in args) else call(other, *args, *formula.args[count:])

    def same(self, formula: Formula) -> Formula:
        """Return what a formula was."""
        if isinstance(formula, Num) or self.batch.isdisjoint(names_in(formula)):
            return formula
        if isinstance(formula, Name):
            return formula if self.shape(formula) == SCALAR else call("transpose", formula)
        if is_call(formula, "transpose"):
            return self.turned(formula.args[0])
        if self.shape(formula) == SCALAR and either_way(formula.op):
            return call(formula.op, *map(self.turned, formula.args))
        lines = self.lines(formula)
        return call("transpose", lines) if lines is not None else call(formula.op, *map(self.same, formula.args))


def turned_lines(op: str) -> str | None:
    """Return the operation of rows for one of columns, and of columns for one of rows; None for any other.

    >>> turned_lines("softmax"), turned_lines("sum_rows"), turned_lines("exp")
    ('softmax_rows', 'sum_columns', None)
    """
    entry = OPS[op]
    over = entry.notation.over if isinstance(entry.notation, Function) and entry.base else "columns"
    if not entry.base and OVER.get((op, "columns")) is not entry:
        return None
    return OVER[entry.base or op, "columns" if over == "rows" else "rows"].name


def in_columns(formula: Call) -> Call | None:
    """Return what acts on each row as the same of each column of the transpose; None of anything else."""
    other = turned_lines(formula.op) if OPS[formula.op].base else None
    count = len(OPS[formula.op].args)
    if other is None or OPS[other].base:
        return None
    return call(other, *(call("transpose", arg) for arg in formula.args[:count]), *formula.args[count:])


def straight(formula: Formula, shape: Callable[[Formula], Shape]) -> Formula:
    """Return a formula with transposes taken inside where fewer are left: (A' - B')' is A - B."""
    new: dict[Formula, Formula] = {}
    for part in parts(formula):
        if isinstance(part, Call):
            made = call(part.op, *[new.get(arg, arg) for arg in part.args])
            new[part] = _inside(made.args[0], shape) if is_call(made, "transpose") else made
    return new.get(formula, formula)


def _inside(formula: Formula, shape: Callable[[Formula], Shape]) -> Formula:
    """Return the transpose of a formula, taken inside where fewer are left."""
    if is_call(formula, "transpose"):
        return formula.args[0]
    if is_call(formula, "neg"):
        return call("neg", _inside(formula.args[0], shape))
    arrays = _arrays(formula, shape)
    if not isinstance(formula, Call) or not arrays or _saved(formula, shape) < 0:
        return call("transpose", formula)
    return call(formula.op, *[_inside(arg, shape) if arg in arrays else arg for arg in formula.args])


def _arrays(formula: Formula, shape: Callable[[Formula], Shape]) -> list[Formula]:
    """Return the arguments that are no numbers, of what acts on each entry by itself; none of anything else."""
    if not isinstance(formula, Call):
        return []
    found = [arg for arg in formula.args if shape(arg) != SCALAR]
    scaled = formula.op in ("div", "mul") and len(found) == 1
    return found if scaled or OPS[formula.op].entrywise else []


def _saved(formula: Formula, shape: Callable[[Formula], Shape]) -> int:
    """Return how many transposes fewer there are in the transpose of a formula if it is taken inside."""
    if is_call(formula, "transpose"):
        return 1
    arrays = _arrays(formula, shape)
    return sum(_saved(arg, shape) for arg in arrays) if arrays else -1
