"""Values: a graph is run on its scalar form, in plain Python numbers, or in NumPy arrays.

Either way one equation after the other. Knows numbers; derivative rules and rendering are not its business.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from typing import Protocol, TypeVar

from nncalc.graph.arrangements import ARRANGEMENTS, WRITTEN_OUT, inverted, length, moved, unwritable
from nncalc.graph.elements import ITSELF, Elements, bases
from nncalc.graph.graph import Equation, Graph
from nncalc.graph.rules import bound, element, rule, size_names
from nncalc.graph.shapes import SCALAR, Shapes
from nncalc.language.figures import Exact, Rows, exact, exact_of
from nncalc.language.formula import Call, Formula, Name, Num, call, names_in, parts, replace
from nncalc.language.printer import show
from nncalc.numbers import exacts, floats
from nncalc.numbers.floats import SINGULAR, not_positive
from nncalc.ops import OPS
from nncalc.problems import Problem

#: How many scalar operations are run in plain Python at most, unless it is asked for, and how many then.
HAND_SIZED = 5_000
MOST = 2_000_000
#: An exact value that is kept for display alone is dropped when its denominator is longer than this.
SHOWN_BITS = 128

#: Operations that make a number of numbers, and those that are written as themselves among numbers.
_ENTRYWISE = ITSELF | {op.name for op in OPS.values() if op.entrywise}
_ITSELF = ITSELF | {op.name for op in OPS.values() if op.entrywise and not op.element}

T = TypeVar("T")


class Machine(Protocol):
    """Something that holds the values of quantities and computes formulas from them."""

    def load(self, of: Name, rows: Rows) -> None: ...
    def assign(self, equation: Equation) -> None: ...
    def has(self, of: Name) -> bool: ...
    def rows(self, of: Name) -> Rows: ...
    def trial(self, formula: Formula) -> Rows | None: ...
    def compute(self, formula: Formula, values: Mapping[Name, Rows]) -> Rows | None: ...


class ScalarMachine:
    """Runs the scalar form in Python floats and, beside them, exactly for as long as that can be done.

    A class because values gather in it: `floats` and `exacts` hold those of every entry,
    `scalars` the equations of the scalar form in the order they were run.
    """

    def __init__(self, elements: Elements, only_exact: bool = False) -> None:
        self.elements = elements
        self.only_exact = only_exact
        self.floats: dict[Name, float] = {}
        self.exacts: dict[Name, Exact | None] = {}
        self.scalars: list[Equation] = []
        self.given: dict[Name, float] = {}
        self.ones: list[Name] = []

    def load(self, of: Name, rows: Rows) -> None:
        for names, row in zip(self.elements.names(of), rows, strict=True):
            for entry, number in zip(names, row, strict=True):
                self.given[entry] = number
                self.floats[entry] = float(number)
                self.exacts[entry] = exact_of(number)

    def assign(self, equation: Equation) -> None:
        if self.scalar(equation.formula, _ITSELF) and self.elements.shapes.known.get(equation.name) == SCALAR:
            scalars = [equation]
        else:
            self.check(equation.formula, equation)
            scalars = self.elements.equations(equation)
        for scalar in scalars:
            known = exact_value(scalar.formula, self.exacts)
            if known is not None and not self.only_exact and known.denominator.bit_length() > SHOWN_BITS:
                known = None
            self.exacts[scalar.name] = known
            if self.only_exact and known is None:
                raise self.irrational(scalar)
            if self.only_exact and known is not None:
                self.floats[scalar.name] = _float(known, scalar)
            else:
                self.floats[scalar.name] = float_value(scalar.formula, self.floats, scalar)
            self.scalars.append(scalar)
            if scalar.rules == ("intercept",):
                self.ones.append(scalar.name)

    def scalar(self, formula: Formula, ops: Collection[str], *, keep: bool = True) -> bool:
        """Return whether nothing but numbers is in a formula, and no operation but `ops`."""
        shapes = self.elements.shapes.known
        for part in parts(formula, keep=keep):
            if part.op not in ops if isinstance(part, Call) else isinstance(part, Name) and shapes.get(part) != SCALAR:
                return False
        return True

    def has(self, of: Name) -> bool:
        return all(entry in self.floats for row in self.elements.names(of) for entry in row)

    def rows(self, of: Name) -> Rows:
        return [[self.floats[entry] for entry in row] for row in self.elements.names(of)]

    def exact_rows(self, of: Name) -> list[list[Exact | None]]:
        return [[self.exacts[entry] for entry in row] for row in self.elements.names(of)]

    def check(self, formula: Formula, where: Equation | None = None) -> None:
        """Raise Problem (`domain`) for a matrix in `formula` without an inverse, or with no log of its determinant."""
        for part in parts(formula):
            if not isinstance(part, Call) or not inverted(part, self.elements.shapes):
                continue
            ((entry,),) = self.elements.grid(call("det", part.args[0]))
            known = exact_value(entry, self.exacts)
            found = float_or_none(entry, self.floats) if known is None else known
            if found is not None and found <= 0 and (found == 0 or part.op == "logdet"):
                place = f", in `{where.name} = {_cut(show(where.formula))}`" if where else ""
                why = SINGULAR if part.op != "logdet" else not_positive(found)
                raise Problem(f"`{show(part)}` is not defined: {why}{place}", None, None, "domain")

    def trial(self, formula: Formula) -> Rows | None:
        try:
            if self.scalar(formula, _ENTRYWISE, keep=False):
                return [[float_value(formula, self.floats)]]
            self.check(formula)
            return [[float_value(entry, self.floats) for entry in row] for row in self.elements.grid(formula)]
        except Problem:
            return None

    def spread(self, values: Mapping[Name, list[list[T]]]) -> dict[Name, T | int]:
        """Return the entries of quantities with these values; the entries 0 of an intercept are 1."""
        found: dict[Name, T | int] = {
            entry: number
            for of, rows in values.items()
            for names, row in zip(self.elements.names(of), rows, strict=True)
            for entry, number in zip(names, row, strict=True)
        }
        found |= dict.fromkeys(self.ones, 1)
        return found

    def compute(self, formula: Formula, values: Mapping[Name, Rows]) -> Rows | None:
        inner = self.spread(values)
        try:
            return [[float_value(entry, inner) for entry in row] for row in self.elements.grid(formula)]
        except Problem:
            return None

    def irrational(self, scalar: Equation) -> Problem:
        at = next(
            (
                part
                for part in parts(scalar.formula)
                if isinstance(part, Call) and exact_value(part, self.exacts) is None
            ),
            scalar.formula,
        )
        op = at.op if isinstance(at, Call) else "the value"
        if float_or_none(at, self.floats) is None:
            float_value(scalar.formula, self.floats, scalar)
        return Problem(
            f"`{op}` has no exact value here: `{show(scalar.name)} = {_cut(show(scalar.formula))}`",
            None, "leave out --exact to compute in floating point", "domain",
        )  # fmt: skip


def float_value(formula: Formula, values: Mapping[Name, float], where: Equation | None = None) -> float:
    """Return the value of a scalar formula; raise Problem (`domain`) where it has none."""
    if isinstance(formula, Name):
        return values[formula]
    if isinstance(formula, Num):
        value = float(formula.text)
        if math.isinf(value):
            raise Problem(f"`{formula.text[:40]}` is too large for a floating-point number", None, None, "domain")
        return value
    args = [float_value(arg, values, where) for arg in formula.args]
    try:
        value = floats.function(formula.op)(*args)
    except ZeroDivisionError:
        why = "division by zero"
    except OverflowError:
        why = "too large for a floating-point number"
    except ValueError:
        why = (
            "division by zero"
            if formula.op in ("pow", "hpow") and args[0] == 0
            else f"outside the domain of `{formula.op}`"
        )
    else:
        if math.isfinite(value):
            return value
        why = "too large for a floating-point number"
    raise undefined(formula, args, why, where)


def float_or_none(formula: Formula, values: Mapping[Name, float]) -> float | None:
    """Return the value of a scalar formula, or None where it has none."""
    try:
        return float_value(formula, values)
    except Problem:
        return None


def undefined(formula: Call, args: list[float], why: str, where: Equation | None) -> Problem:
    """Return the problem of an operation that has no value at `args`."""
    shown = call(formula.op, *[_literal(arg) for arg in args]) if len(args) <= 8 else formula
    message = f"`{show(shown)}` is not defined: {why}"
    if where is not None:
        message += f", in `{where.name} = {_cut(show(where.formula))}`"
    hint = None
    if formula.op == "log" and args[0] == 0:
        hint = "xlogy(x, y) is x*log(y), and 0 where x is 0; a loss from logits never needs log(0)"
    return Problem(message, None, hint, "domain")


def _cut(text: str) -> str:
    return text if len(text) <= 200 else f"{text[:200]} ..."


def _literal(number: float) -> Formula:
    text = repr(float(number)).removesuffix(".0")
    return call("neg", Num(text[1:])) if text.startswith("-") else Num(text)


def exact_value(formula: Formula, values: Mapping[Name, Exact | None]) -> Exact | None:
    """Return the exact value of a scalar formula, or None where it is irrational, undefined or too long."""
    if isinstance(formula, Name):
        return values.get(formula)
    if isinstance(formula, Num):
        return exact(formula.text) if len(formula.text) < 60 and "e" not in formula.text.lower() else None
    args: list[Exact] = []
    for arg in formula.args:
        value = exact_value(arg, values)
        if value is None:
            return None
        args.append(value)
    return exacts.function(formula.op)(*args)


def _float(value: Exact, where: Equation) -> float:
    try:
        return float(value)
    except OverflowError:
        raise Problem(f"`{where.name}` is too large for a floating-point number", None, None, "domain") from None


def work(graph: Graph, shapes: Shapes) -> int:
    """Return about how many scalar operations it takes to run `graph`, and to print it entry by entry."""
    return sum(_work(equation.formula, shapes) for equation in graph.equations)


def _work(formula: Formula, shapes: Shapes) -> int:
    count = 0
    for part in parts(formula):
        rows, columns = _whole(shapes, part)
        count += rows * columns
        if isinstance(part, Call) and part.op in ARRANGEMENTS:
            count += moved(part, shapes)
        elif isinstance(part, Call) and OPS[part.op].forms:
            count += _inside(part, shapes, rows * columns)
    return count


def _inside(part: Call, shapes: Shapes, entries: int) -> int:
    """Return how many operations there are in the entries of a call beside one for each: a sum's, a meaning's."""
    if part.op in WRITTEN_OUT and (part.op != "pow" or shapes.of(part.args[0]) != SCALAR):
        return entries * length(part, shapes)
    op = OPS[part.op]
    form, sizes = shapes.form(part)
    if form.element:
        args = {letter: _whole(shapes, arg) for letter, arg in zip(op.args, part.args, strict=False)}
        return entries * (_terms(element(form.element), args) - 1)
    if form.shapes == "numbers":
        return 0
    return _work(replace(rule(op.meaning), bound(part) | size_names(sizes)), shapes)


def _terms(formula: Formula, args: Mapping[str, tuple[int, int]]) -> int:
    """Return how many operations an element rule takes for an entry: a sum as many as it has terms."""
    if not isinstance(formula, Call):
        return 1
    if formula.op.startswith("over_"):
        index, body = formula.args
        used, axis = next((n.base, n.index.index(str(index))) for n in names_in(body) if str(index) in n.index)
        return args[used][axis] * _terms(body, args)
    return max(_terms(arg, args) for arg in formula.args)


def _whole(shapes: Shapes, formula: Formula) -> tuple[int, int]:
    rows, columns = shapes.of(formula)
    assert isinstance(rows, int)
    assert isinstance(columns, int)
    return rows, columns


def machine_for(graph: Graph, shapes: Shapes, *, scalar: bool = False, only_exact: bool = False) -> Machine:
    """Return the machine that suits `graph`: plain Python for hand-sized ones, NumPy for the rest."""
    numbers_only = all(shapes.of(n) == (1, 1) for n in graph.names)
    calls = [part for eq in graph.equations for part in parts(eq.formula) if isinstance(part, Call)]
    problem = next((found for part in calls if part.op in WRITTEN_OUT and (found := unwritable(part, shapes))), None)
    if problem is not None and (scalar or only_exact):
        raise problem
    size = work(graph, shapes)
    if (scalar or only_exact) and size > MOST:
        raise Problem(
            f"the scalar form would take about {size:,} operations, at most {MOST:,} are done one by one",
            None,
            "leave out --form scalar and --exact",
            "usage",
        )
    if scalar or only_exact or numbers_only or (size <= HAND_SIZED and problem is None):
        return ScalarMachine(Elements(shapes, bases(graph)), only_exact)
    from nncalc.numbers.arrays import ArrayMachine  # imports NumPy, which a hand-sized spec never needs

    return ArrayMachine()
