"""Values: a graph is run on its scalar form, in plain Python numbers, or in NumPy arrays.

Either way one equation after the other. Knows numbers; derivative rules and rendering are not its business.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Protocol, TypeVar

from nncalc.graph.arrangements import ARRANGEMENTS, WRITTEN_OUT, inverted, length, moved, numbers, unwritable
from nncalc.graph.elements import ITSELF, Elements, bases
from nncalc.graph.graph import Equation, Graph
from nncalc.graph.rules import bound, element, rule, size_names
from nncalc.graph.shapes import SCALAR, Shapes
from nncalc.language.figures import Exact, Rows, exact, exact_of
from nncalc.language.formula import PI, Call, Formula, Name, call, names_in, parts, replace
from nncalc.language.printer import show
from nncalc.numbers.evaluation import Evaluation, cut, exact_value, known, placed, refined
from nncalc.numbers.exacts import SHOWN_BITS
from nncalc.numbers.floats import PRIMITIVES, SINGULAR, not_positive
from nncalc.ops import OPS
from nncalc.problems import Problem
from nncalc.progress import told

if TYPE_CHECKING:
    from nncalc.language.hand import Rounding
    from nncalc.numbers.plan import Plan
    from nncalc.numbers.refining import Refined

#: How many scalar operations are run in plain Python at most, unless it is asked for, and how many then.
HAND_SIZED = 5_000
MOST = 2_000_000
#: How many digits of an irrational value are looked at to round it.
DIGITS = 40

#: Operations that make a number of numbers, and those that are written as themselves among numbers.
_ENTRYWISE = ITSELF | {op.name for op in OPS.values() if op.entrywise}
_ITSELF = ITSELF | {op.name for op in OPS.values() if op.entrywise and not op.element}

#: Operations of rationals that are rational: what has no exact value there is too long.
_RATIONAL = frozenset({"add", "neg", "mul", "hadamard", "div", "hdiv", "max", "min", "abs"})

T = TypeVar("T")


class Machine(Protocol):
    """Something that holds the values of quantities and computes formulas from them.

    Of those `cancelled` an entry is 0 because the terms of a sum cancel but for rounding. A `large` one runs a whole
    graph faster than an equation after the other.
    """

    cancelled: set[Name]
    large: bool

    def load(self, of: Name, rows: Rows) -> None: ...
    def assign(self, equation: Equation, stated: Rows | None = None) -> None: ...
    def has(self, of: Name) -> bool: ...
    def rows(self, of: Name) -> Rows: ...
    def run(self, graph: Graph, shapes: Shapes) -> bool: ...
    def trial(self, formula: Formula) -> Rows | None: ...
    def truth(self, plain: Formula, careful: Formula) -> Rows | None: ...
    def compute(self, formula: Formula, values: Mapping[Name, Rows]) -> Rows | None: ...


class ScalarMachine:
    """Runs the scalar form exactly for as long as that can be done, then in Python floats.

    A class because values gather in it: `floats` and `exacts` hold those of every entry,
    `scalars` the equations of the scalar form in the order they were run. `refine` says that every float is to be the
    nearest to the number itself, whatever the floats before it have lost.
    """

    def __init__(self, elements: Elements, only_exact: bool = False, *, refine: bool = False) -> None:
        self.elements = elements
        self.only_exact = only_exact
        self.floats: dict[Name, float] = {}
        self.exacts: dict[Name, Exact | None] = {}
        self.scalars: list[Equation] = []
        self.given: dict[Name, float] = {}
        self.ones: list[Name] = []
        self.cancelled: set[Name] = set()
        self.formulas: dict[Name, Formula] | None = {} if refine else None
        self.large = not refine
        self.refined: Refined | None = None
        self.rounding: Rounding | None = None

    def round(self, rounding: Rounding) -> None:
        """Say that every quantity that is computed is rounded, before it is used."""
        self.rounding = rounding
        self.large = False

    def load(self, of: Name, rows: Rows) -> None:
        for names, row in zip(self.elements.names(of), rows, strict=True):
            for entry, number in zip(names, row, strict=True):
                self.given[entry] = number
                self.floats[entry] = float(number)
                self.exacts[entry] = exact_of(number)

    def run(self, graph: Graph, shapes: Shapes) -> bool:
        """Compute every quantity of a graph as a whole; return whether all have a value."""
        from nncalc.numbers.mixed import run  # what a hand-sized calculation never needs
        from nncalc.numbers.plan import plan_of

        if all(
            shapes.known.get(each.name) == SCALAR and self.scalar(each.formula, _ITSELF) for each in graph.equations
        ):
            equations = graph.equations
        else:
            apart = Elements(self.elements.shapes, self.elements.base)
            wholes = told(graph.equations, "taking apart")
            equations = tuple([scalar for each in wholes for scalar in apart.equations(each)])
        plan = plan_of(Graph(tuple(self.floats), equations), PRIMITIVES)
        if self.only_exact:
            return self._exactly(plan)
        slots = run(plan, self.floats, self.exacts)
        if slots is None:
            return False
        self.floats = {of: slots.floats[slot] for of, slot in plan.slots.items()}
        self.exacts = {of: slots.exacts[slot] for of, slot in plan.slots.items()}
        return True

    def _exactly(self, plan: Plan) -> bool:
        """Compute every quantity of a plan in rationals; return whether all have a value that a float comes near."""
        from nncalc.numbers import rationals

        known = {of: number for of, number in self.exacts.items() if number is not None}
        found = rationals.run(plan, known, plan.slots)
        if found is None:
            return False
        try:
            self.floats = {of: float(number) for of, number in found.items()}
        except OverflowError:
            return False
        self.exacts = dict(found)
        return True

    def assign(self, equation: Equation, stated: Rows | None = None) -> None:
        """Compute a quantity, or take the value that is stated of it."""
        if stated is not None:
            self.load(equation.name, stated)
        if self.scalar(equation.formula, _ITSELF) and self.elements.shapes.known.get(equation.name) == SCALAR:
            scalars = [equation]
        else:
            if stated is None:
                self.check(equation.formula, equation)
            scalars = self.elements.equations(equation)
        found = self.evaluation()
        for scalar in told(scalars, "computing"):
            if stated is not None and scalar.name in self.given:
                self.scalars.append(scalar)
                continue
            found.where = (scalar.name, scalar.formula)
            if self.rounding is not None:
                self._take(scalar, self.rounding.of(self._nearly(scalar.formula, found)))
                continue
            if self.formulas is not None:
                self.formulas[scalar.name] = scalar.formula
            known = found.exact(scalar.formula)
            if self.only_exact and known is None:
                raise _irrational(scalar, found)
            self.floats[scalar.name] = found.rounded(scalar.formula)
            if known is None and self.refined is not None:
                known = self.refined.exactly(scalar.formula)
            long = known is not None and known.denominator.bit_length() > SHOWN_BITS
            self._take(scalar, None if long and not self.only_exact else known)

    def _take(self, scalar: Equation, known: Exact | None) -> None:
        """Take the exact value of an entry, which is its float where nothing else was."""
        self.exacts[scalar.name] = known
        if self.rounding is not None and known is not None:
            self.floats[scalar.name] = float(known)
        self.scalars.append(scalar)
        if scalar.rules == ("intercept",):
            self.ones.append(scalar.name)

    def _nearly(self, formula: Formula, found: Evaluation) -> Exact:
        """Return the value of a formula, of one that is irrational to more digits than are written down."""
        known = found.exact(formula)
        value = found.rounded(formula)
        if known is not None:
            return known
        text = self.refinement.text(formula, DIGITS) if self.formulas is not None else None
        return exact_of(value) if text is None else exact(text)

    def evaluation(self, *, in_floats: bool = False) -> Evaluation:
        """Return what computes formulas of the values there are; the entries 0 of an intercept are 1."""
        for one in self.elements.ones:
            self.floats.setdefault(one, 1.0)
            self.exacts.setdefault(one, 1)
        return Evaluation(self.floats, self.exacts, None if in_floats or self.formulas is None else self.refine)

    def refine(self, formula: Formula) -> float | None:
        """Return the float nearest to the value of `formula`, however many digits that takes; None where it is unclear.

        Raises as `math` does where it has no value.
        """
        return self.refinement.rounded(formula)

    @property
    def refinement(self) -> Refined:
        """The quantities to as many digits as are asked for."""
        if self.refined is None:
            assert self.formulas is not None
            self.refined = refined(self.exacts, self.formulas)
        return self.refined

    def precise(self, names: list[list[Name]], digits: int) -> list[list[str | None]]:
        """Return entries to so many digits, None where they are not known beyond a float."""
        if self.formulas is None:
            return [[None] * len(row) for row in names]
        return [[self.refinement.text(entry, digits) for entry in row] for row in names]

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
            values = self.evaluation()
            known = values.exact(entry)
            found = values.rounded_or_none(entry) if known is None else known
            if found is not None and found <= 0 and (found == 0 or part.op == "logdet"):
                place = placed(where.name, where.formula) if where else ""
                why = SINGULAR if part.op != "logdet" else not_positive(found)
                raise Problem(f"`{cut(part)}` is not defined: {why}{place}", None, None, "domain")

    def trial(self, formula: Formula) -> Rows | None:
        """Return the value of `formula` in floats, from what was rounded before; None where it has none."""
        return self._tried(formula, in_floats=True)

    def truth(self, plain: Formula, careful: Formula) -> Rows | None:
        """Return the value of two formulas that are equal, by whichever of them tells it."""
        if self.formulas is None:
            return self.trial(careful)
        return self._tried(plain) or self._tried(careful)

    def _tried(self, formula: Formula, *, in_floats: bool = False) -> Rows | None:
        try:
            if self.scalar(formula, _ENTRYWISE, keep=False):
                return [[self.evaluation(in_floats=in_floats).rounded(formula)]]
            self.check(formula)
            grid, found = self.elements.grid(formula), self.evaluation(in_floats=in_floats)
            return [[found.rounded(entry) for entry in row] for row in grid]
        except Problem:
            return None

    def compute(self, formula: Formula, values: Mapping[Name, Rows]) -> Rows | None:
        found = Evaluation(self._spread(values, 1.0))
        try:
            return [[found.rounded(entry) for entry in row] for row in self.elements.grid(formula)]
        except Problem:
            return None

    def compute_exactly(self, formula: Formula, values: Mapping[Name, list[list[Exact]]]) -> list[list[Exact | None]]:
        """Return the exact values of the entries of a formula of quantities with these values."""
        given: dict[Name, Exact] = self._spread(values, 1)
        return [[exact_value(entry, given) for entry in row] for row in self.elements.grid(formula)]

    def compute_truly(self, formula: Formula, values: Mapping[Name, list[list[Exact]]]) -> Rows | None:
        """Return the floats nearest to the entries of a formula of quantities with these exact values."""
        found = known(self._spread(values, 1))
        try:
            return [[found.rounded(entry) for entry in row] for row in self.elements.grid(formula)]
        except Problem:
            return None

    def _spread(self, values: Mapping[Name, Sequence[Sequence[T]]], one: T) -> dict[Name, T]:
        """Return the entries of quantities with these values; the entries 0 of an intercept are 1."""
        found = {
            entry: number
            for of, rows in values.items()
            for names, row in zip(self.elements.names(of), rows, strict=True)
            for entry, number in zip(names, row, strict=True)
        }
        return found | dict.fromkeys(self.ones, one)


def _irrational(scalar: Equation, values: Evaluation) -> Problem:
    """Return the problem of what has no exact value, or, where it has none at all, raise that."""
    at = next(part for part in values.needed(scalar.formula) if values.exact(part) is None)
    values.rounded(at)
    whole = isinstance(at, Call) and at.op in ("pow", "hpow") and isinstance(values.exact(at.args[1]), int)
    if whole or (isinstance(at, Call) and at.op in _RATIONAL):
        return Problem(
            f"the exact value of `{show(scalar.name)}` is too long to carry on with", None,
            "leave out --exact to compute in floating point", "domain",
        )  # fmt: skip
    what = at.op if isinstance(at, Call) and at is not PI else cut(at)
    return Problem(
        f"`{what}` has no exact value here: `{show(scalar.name)} = {cut(scalar.formula)}`",
        None, "leave out --exact to compute in floating point", "domain",
    )  # fmt: skip


def work(graph: Graph, shapes: Shapes) -> int:
    """Return about how many scalar operations it takes to run `graph`, and to print it entry by entry."""
    return sum(_work(equation.formula, shapes) for equation in graph.equations)


def _work(formula: Formula, shapes: Shapes) -> int:
    count = 0
    for part in parts(formula):
        rows, columns = numbers(shapes.of(part))
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
        args = {letter: numbers(shapes.of(arg)) for letter, arg in zip(op.args, part.args, strict=False)}
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


def machine_for(
    graph: Graph, shapes: Shapes, *, scalar: bool = False, only_exact: bool = False, single: bool = False
) -> Machine:
    """Return the machine that suits `graph`: plain Python where it is hand-sized, else arrays; those if `single`."""
    numbers_only = all(shapes.of(n) == SCALAR for n in graph.names)
    calls = [part for eq in graph.equations for part in parts(eq.formula) if isinstance(part, Call)]
    problem = next((found for part in calls if part.op in WRITTEN_OUT and (found := unwritable(part, shapes))), None)
    if problem is not None and (scalar or only_exact):
        raise problem
    size = work(graph, shapes)
    if (scalar or only_exact) and size > MOST:
        raise Problem(
            f"the scalar form would take about {size:,} operations, at most {MOST:,} are done one by one",
            None,
            "leave out --form scalar, --exact and the rounding of steps",
            "usage",
        )
    if not single and (scalar or only_exact or numbers_only or (size <= HAND_SIZED and problem is None)):
        return ScalarMachine(Elements(shapes, bases(graph)), only_exact, refine=size <= HAND_SIZED and not only_exact)
    from nncalc.numbers.array_machine import ArrayMachine  # imports NumPy, which a hand-sized spec never needs

    return ArrayMachine(single=single)
