"""Our gradients beside those of a method that uses no derivative rule, entry by entry, and what comes of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Final, Literal, NamedTuple, TypeAlias

from nncalc.graph.calculus import gradient_of
from nncalc.graph.elements import Elements, bases
from nncalc.graph.graph import Graph
from nncalc.language.figures import Exact, Figure, Rows, exact_of, fraction_of
from nncalc.language.formula import Formula, Name, replace
from nncalc.numbers.run import ScalarMachine
from nncalc.problems import Problem
from nncalc.progress import told
from nncalc.sheet.calculation import Calculation, calculate
from nncalc.spec.model import Model

Method: TypeAlias = Literal["exact", "complex", "differences"]
METHODS: Final[tuple[Method, ...]] = ("exact", "complex", "differences")
#: What a method is called on a page.
SAID: Final = {
    "exact": "rational differences", "complex": "the complex step", "differences": "a central difference",
}  # fmt: skip
Outcome: TypeAlias = Literal["agrees", "differs", "kink"]

#: Of how many entries rational differences are taken where nobody asks for them.
FEW = 200
#: The step of rational differences; a third point says whether the loss is a square in the entry there.
STEP: Final = Fraction(1, 2**20)
#: How many units in the last place our own value may be off.
ULPS: Final = 4 * 2.0**-52


class Entry(NamedTuple):
    """A gradient by one entry: ours, the other, how far that may be off, and what comes of it.

    `of` is its name, `by` what is differentiated by. Where both are rational they are there too; of a kink the slopes
    to both sides.
    """

    of: Name
    by: Name
    ours: float
    other: float
    bar: float
    outcome: Outcome
    exact: tuple[Exact, Exact] | None = None
    sides: tuple[float, float] | None = None

    @property
    def difference(self) -> float:
        if self.exact is not None:
            return float(self.exact[0] - self.exact[1])
        return self.ours - self.other


class Checked(NamedTuple):
    """All entries that were compared, by what method; `why` says why it is not another."""

    found: Calculation
    method: Method
    entries: tuple[Entry, ...]
    why: str = ""

    @property
    def right(self) -> bool:
        return all(entry.outcome != "differs" for entry in self.entries)


def checked(
    model: Model, wrt: Sequence[str] | None, method: Method | None = None, step: float | None = None
) -> Checked:
    """Return the gradients of a model's output compared with an independent method; raise Problem."""
    found = calculate(model, wrt=wrt, backward=True, scalar=False)
    leaves = _leaves(found)
    count = len(found.entries) or sum(len(model.given[of]) * len(model.given[of][0]) for of in leaves)
    if method in (None, "exact") and (count <= FEW or method == "exact") and step is None:
        entries, why = _exactly(found)
        if entries is not None:
            return Checked(found, "exact", entries)
        if method == "exact":
            raise Problem(f"there are no rational differences: {why}", None, "leave out --method exact", "domain")
    else:
        why = ""
    chosen: Method = "differences" if method == "differences" or step is not None else "complex"
    return Checked(found, chosen, tuple(compared(found, chosen, step)), why)


def _leaves(found: Calculation) -> tuple[Name, ...]:
    """Return the given quantities that are differentiated by; raise Problem (`usage`) where one is computed."""
    for of in found.wrt:
        if of not in found.model.given:
            raise Problem(
                f"`{of}` is computed, and a check moves what is given", None,
                f"--given {of}=... starts from it", "usage",
            )  # fmt: skip
    return found.wrt


def compared(found: Calculation, method: Method, step: float | None = None) -> Iterator[Entry]:
    """Yield the entries, compared in floats: with the complex step, or with differences."""
    from nncalc.numbers.slopes import Surface, by_complex_steps, by_differences  # needs NumPy

    model = found.model
    assert found.output is not None
    surface = Surface.of(inlined(model.graph, found.output), model.given)
    for of in _leaves(found):
        theirs = by_complex_steps(surface, of) if method == "complex" else by_differences(surface, of, step)
        ours = found.machine.rows(gradient_of(of, found.output))
        names = _names(found, of)
        for entries, row, slopes in zip(names, ours, theirs, strict=True):
            for (entry, by), own, slope in zip(entries, row, slopes, strict=True):
                if not found.asks_for(by):
                    continue
                value, room = float(own), slope.bar + ULPS * abs(float(own))
                if slope.kink is not None:
                    low, high = sorted(slope.kink)
                    far = 1e-3 * (high - low)
                    outcome: Outcome = "kink" if low - far <= value <= high + far else "differs"
                else:
                    outcome = "agrees" if abs(value - slope.value) <= room else "differs"
                yield Entry(entry, by, value, slope.value, slope.bar, outcome, sides=slope.kink)


def _names(found: Calculation, of: Name) -> list[list[tuple[Name, Name]]]:
    """Return the names of a gradient's entries, each with that of the entry of the quantity."""
    assert found.output is not None
    elements = Elements(found.shapes, bases(found.model.graph))
    return [[(gradient_of(each, found.output), each) for each in row] for row in elements.names(of)]


def inlined(graph: Graph, of: Name) -> Formula:
    """Return a quantity as one formula of what is given."""
    meaning: dict[Formula, Formula] = {}
    done: dict[Formula, Formula] = {}
    for equation in graph.equations:
        meaning[equation.name] = replace(equation.formula, meaning, done)
        done.clear()
    return meaning.get(of, of)


# -- rationals --------------------------------------------------------------------------------------------------


def _exactly(found: Calculation) -> tuple[tuple[Entry, ...] | None, str]:
    """Return the entries compared in rationals, or None and why there are none."""
    model, machine, output = found.model, found.machine, found.output
    assert output is not None
    if not isinstance(machine, ScalarMachine) or model.conventions.rounding is not None:
        return None, "it is too large, or its steps are rounded"
    entries = []
    for of in _leaves(found):
        rows = machine.exact_rows(gradient_of(of, output))
        for row, names in told([*enumerate(_names(found, of))], "checking"):
            for column, (entry, by) in enumerate(names):
                if not found.asks_for(by):
                    continue
                own = rows[row][column]
                if own is None:
                    return None, "it is irrational"
                try:
                    sides = _slopes(model, of, row, column)
                except Problem:
                    return None, "it is irrational"
                if sides is None:
                    return None, f"`{output}` is no polynomial of degree 2 in `{by.base}`"
                entries.append(_settled(entry, by, own, sides))
    return tuple(entries), ""


def _settled(entry: Name, by: Name, own: Exact, sides: tuple[Exact, Exact]) -> Entry:
    """Return an entry in rationals; where the slopes to both sides differ there is a kink."""
    left, right = sides
    if left != right:
        low, high = sorted(sides)
        outcome: Outcome = "kink" if low <= own <= high else "differs"
        return Entry(entry, by, float(own), float(right), 0.0, outcome, sides=(float(left), float(right)))
    return Entry(entry, by, float(own), float(left), 0.0, "agrees" if own == left else "differs", (own, left))


def _slopes(model: Model, of: Name, row: int, column: int) -> tuple[Exact, Exact] | None:
    """Return the slopes to both sides of an entry in which the output is a square to either side, exactly.

    A square through three points has the slope (4 f(h) - 3 f(0) - f(2h)) / 2h at 0; a fourth says whether it is one.
    """
    values = [_moved(model, of, row, column, times * STEP) for times in range(-3, 4)]
    start = values[3]
    found = []
    for side in (-1, 1):
        near, middle, far = (values[3 + side * times] for times in (1, 2, 3))
        if far - 3 * middle + 3 * near - start != 0:
            return None
        found.append(side * (4 * near - 3 * start - middle) / (2 * STEP))
    return found[0], found[1]


def _moved(model: Model, of: Name, row: int, column: int, by: Fraction) -> Exact:
    """Return the output where one entry is moved; raise Problem where it is irrational."""
    rows = [list(each) for each in model.given[of]]
    rows[row][column] = Figure(fraction_of(exact_of(rows[row][column]) + by))
    given: dict[Name, Rows] = {**model.given, of: rows}
    found = calculate(model._replace(given=given), exact=True)
    assert isinstance(found.machine, ScalarMachine)
    assert model.output is not None
    value = found.machine.exact_rows(model.output)[0][0]
    assert value is not None
    return value
