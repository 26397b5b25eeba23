"""Where the lines of a worksheet come from: the equations, entry by entry or in vectors, and their numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache, partial
from typing import NamedTuple

from nncalc.graph.calculus import gradient_of
from nncalc.graph.graph import Equation, Graph
from nncalc.graph.shapes import SCALAR, Shape
from nncalc.language.figures import Exact, Rows
from nncalc.language.formula import Formula, Name, name, names_in
from nncalc.numbers.evaluation import Evaluation, exact_value, known
from nncalc.numbers.rounding import Known, Numbers
from nncalc.numbers.run import ScalarMachine
from nncalc.sheet.calculation import Calculation
from nncalc.sheet.copying import written_out

#: Of how many numbers that were shown what was worked out is kept.
KEPT = 4096


def wanted_of(calculation: Calculation) -> list[Name]:
    """Return the quantities that the worksheet is to lead to."""
    output = calculation.output
    if output is not None and calculation.wrt:
        return [output, *(gradient_of(of, output) for of in calculation.wrt)]
    return [equation.name for equation in calculation.forward.equations]


class Source(NamedTuple):
    """The equations to print, and how to compute one from the numbers that are shown."""

    graph: Graph
    entries: Callable[[Name], list[Name]]
    numbers: Callable[[Name], Numbers]
    compute: Callable[[Formula, Mapping[Name, Rows]], Rows | None]
    compute_exactly: Callable[[Formula, Mapping[Name, list[list[Exact]]]], list[list[Exact | None]] | None]
    compute_truly: Callable[[Formula, Mapping[Name, list[list[Exact]]]], Rows | None]
    shape: Callable[[Name], Shape]
    consumers: Mapping[Name, list[Equation]]
    kinks: dict[Formula, list[Kink]]
    whole_kinks: dict[Formula, list[Kink]]
    known: Callable[[Name], Known] | None = None


class Kink(NamedTuple):
    """A convention that decides the derivatives by some names at the values there are; one may choose it by its key."""

    by: tuple[Name, ...]
    says: str
    key: str = ""


def consumers_of(equations: Iterable[Equation]) -> dict[Name, list[Equation]]:
    """Return the equations that use each quantity."""
    found: dict[Name, list[Equation]] = {}
    for equation in equations:
        for used in names_in(equation.formula):
            found.setdefault(used, []).append(equation)
    return found


def scalar_source(calculation: Calculation) -> Source:
    """Return the lines of the scalar form, an entry each."""
    machine = calculation.machine
    assert isinstance(machine, ScalarMachine)
    leaves = [entry for leaf in calculation.model.graph.leaves for row in machine.elements.names(leaf) for entry in row]
    computed = calculation.model.computed
    typed = {entry for entry in machine.given if name(entry.base) not in computed} if computed else machine.given.keys()

    def known_of(of: Name) -> Known:
        own = of in typed
        return Known(machine.given[of] if own else machine.floats[of], machine.exacts[of], own)

    @lru_cache(maxsize=KEPT)
    def numbers(of: Name) -> Numbers:
        value, exactly, own = known_of(of)
        return Numbers([[value]], [[exactly]], own, partial(machine.precise, [[of]]))

    def compute(formula: Formula, values: Mapping[Name, Rows]) -> Rows | None:
        found = Evaluation({n: rows[0][0] for n, rows in values.items()}).rounded_or_none(formula)
        return None if found is None else [[found]]

    def compute_exactly(formula: Formula, values: Mapping[Name, list[list[Exact]]]) -> list[list[Exact | None]]:
        return [[exact_value(formula, {n: rows[0][0] for n, rows in values.items()})]]

    def compute_truly(formula: Formula, values: Mapping[Name, list[list[Exact]]]) -> Rows | None:
        found = known({n: rows[0][0] for n, rows in values.items()}).rounded_or_none(formula)
        return None if found is None else [[found]]

    forward = [equation for equation in machine.scalars if equation.name.of is None]
    return Source(
        Graph(tuple(leaves), tuple(machine.scalars)),
        lambda of: [entry for row in machine.elements.names(of) for entry in row],
        numbers, compute, compute_exactly, compute_truly, lambda _: SCALAR, consumers_of(forward), {}, {}, known_of,
    )  # fmt: skip


def vector_source(calculation: Calculation) -> Source:
    """Return the lines of the vector form, a quantity each, losses written out."""
    machine, shapes = calculation.machine, calculation.shapes
    forward, backward = calculation.forward, calculation.backward
    given = {**calculation.model.given, **calculation.model.stated_in(shapes)}
    for of in calculation.model.computed:
        del given[of]
    cache: dict[Name, Numbers] = {}

    def numbers(of: Name) -> Numbers:
        if of not in cache:
            typed = of in given
            rows = given[of] if typed else machine.rows(of)
            if isinstance(machine, ScalarMachine):
                cache[of] = Numbers(
                    rows, machine.exact_rows(of), typed, partial(machine.precise, machine.elements.names(of))
                )
            else:
                cache[of] = Numbers(rows, None, typed)
        return cache[of]

    def compute(formula: Formula, values: Mapping[Name, Rows]) -> Rows | None:
        return machine.compute(formula, values)

    def compute_exactly(formula: Formula, values: Mapping[Name, list[list[Exact]]]) -> list[list[Exact | None]] | None:
        return machine.compute_exactly(formula, values) if isinstance(machine, ScalarMachine) else None

    def compute_truly(formula: Formula, values: Mapping[Name, list[list[Exact]]]) -> Rows | None:
        return machine.compute_truly(formula, values) if isinstance(machine, ScalarMachine) else None

    written = [
        equation._replace(
            formula=written_out(equation.formula, shapes),
            plain=written_out(equation.plain, shapes) if equation.plain is not None else None,
        )
        for equation in forward.equations
    ]
    return Source(
        Graph(forward.leaves, (*written, *backward.equations)),
        lambda of: [of], numbers, compute, compute_exactly, compute_truly, shapes.of, consumers_of(forward.equations),
        {}, {},
    )  # fmt: skip


def comes_to(source: Source, formula: Formula) -> Numbers | None:
    """Return the value of a formula of the quantities there are, None where it has none."""
    if isinstance(formula, Name):
        return source.numbers(formula)
    operands = {n: source.numbers(n) for n in names_in(formula)}
    found = source.compute(formula, {n: numbers.rows for n, numbers in operands.items()})
    if found is None:
        return None
    exacts: dict[Name, list[list[Exact]]] = {}
    for n, numbers in operands.items():
        rows = [[entry for entry in row if entry is not None] for row in numbers.exacts or ()]
        if [len(row) for row in rows] != [len(row) for row in numbers.rows]:
            return Numbers(found)
        exacts[n] = rows
    return Numbers(found, source.compute_exactly(formula, exacts))
