"""A derivation at numbers: its function, its derivative and its stationary point for matrices that are given.

Knows results and machines.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from nncalc.deriving.derivation import Derivation, Setting
from nncalc.deriving.naming import unused
from nncalc.deriving.result import Result
from nncalc.deriving.statements import put_in
from nncalc.graph.graph import Equation, Graph
from nncalc.graph.rules import kinks, squared
from nncalc.graph.shapes import Shapes
from nncalc.graph.sizes import SCALAR, Size, letters_in, text_of
from nncalc.graph.spelling import Spellings
from nncalc.language.figures import Rows
from nncalc.language.formula import Call, Formula, Name, name, names_in, num, parts, replace
from nncalc.numbers.rounding import LEAST, Numbers, literals
from nncalc.numbers.run import Machine, ScalarMachine, machine_for
from nncalc.problems import Problem
from nncalc.shaping.declaration import quantities_in
from nncalc.sheet.calculation import calculate
from nncalc.sheet.settling import settle
from nncalc.spec.model import Model


class Evaluated(NamedTuple):
    """One quantity at numbers: its formula, its value as it is shown and in floats, and whether that is exact."""

    name: Name
    formula: Formula
    shown: Formula
    rows: Rows
    exact: bool


class AtNumbers(NamedTuple):
    """The numbers that were given, as they were typed, and what comes of them.

    `points` are the stationary points by their formulas, `notes` say
    which conventions decided, and what has no value here.
    """

    given: tuple[tuple[Name, Formula, Rows], ...]
    values: tuple[Evaluated, ...]
    notes: tuple[str, ...] = ()
    points: Mapping[Formula, Evaluated] = {}


def evaluated(result: Result, texts: Sequence[str], precision: int | None) -> AtNumbers:
    """Return the values at the numbers of `texts` (`X=[[1, 2], [3, 4]]`); raise Problem.

    A number and its gradient are computed as `backward` computes them, by its conventions and with its digits;
    the rest by the formula that was derived. A stationary point that has no value here is a note.
    """
    setting, found = result.derivation.setting, result.derivation
    given = _given(texts, result)
    _as_assumed(given, result)
    at = _Place(given, _letters(given, result.declaration.shapes) | _exponents(given, result), precision)
    if setting.origin is not None and setting.wrt not in given and not at.missing(setting.origin):
        given[setting.wrt] = at.value(setting.wrt, setting.origin).rows
    asked = _asked(found)
    values, notes = _values(found, [each for each in asked if not at.missing(each[1])], at)
    points: dict[Formula, Evaluated] = {}
    found_points = result.stationary.points if result.stationary is not None else ()
    for formula in found_points:
        if at.missing(formula):
            continue
        try:
            points[formula] = at.value(setting.wrt, formula)
        except Problem as problem:
            notes.append(f"the stationary point has no value here: {problem.message}")
    if not values and not notes and not points:
        missing = at.missing(asked[-1][1])
        listed = ", ".join(f"`{each}`" for each in missing)
        raise Problem(
            f"--at gives no numbers for {listed}", None,
            f"add --at {missing[0]}=..., such as --at {missing[0]}=1,2", "usage",
        )  # fmt: skip
    typed = [(of, Numbers(rows, None, typed=True).shown(LEAST), rows) for of, rows in given.items()]
    return AtNumbers(
        tuple((of, literals(shown), rows) for of, shown, rows in typed), tuple(values), tuple(notes), points
    )


def _asked(found: Derivation) -> list[tuple[Name, Formula]]:
    """Return what is evaluated, each by a formula of quantities alone: the names on the way, and what is derived."""
    setting = found.setting
    slope = name(setting.wrt.base, of=setting.of)
    meaning = put_in([*setting.definitions, *found.slopes])
    on_the_way = [each.name for each in (*setting.definitions, *found.slopes) if each.name not in {setting.of, slope}]
    asked = [(each, meaning[each]) for each in on_the_way if each.of is None]
    asked.append((setting.of, setting.formula))
    asked += [(each, meaning[each]) for each in on_the_way if each.of is not None]
    if not setting.hessian:
        return [*asked, (slope, found.derivative)]
    hessian = unused("H", setting.taken, setting.shapes.letters)
    return [*asked, (slope, found.gradient), (hessian, found.derivative)]


def _values(found: Derivation, asked: list[tuple[Name, Formula]], at: _Place) -> tuple[list[Evaluated], list[str]]:
    """Return the values that are asked for, and the conventions that decided them."""
    setting = found.setting
    names = [of for of, _ in asked]
    values: list[Evaluated] = []
    slope = name(setting.wrt.base, of=setting.of)
    if setting.shapes.of(setting.formula) == SCALAR and {setting.of, slope} <= {*names} and setting.wrt in at.given:
        values = at.backward(setting, dict(asked), turned=found.turned and not setting.hessian)
    done = {each.name: each for each in values}
    values = [done.get(of) or at.value(of, formula) for of, formula in asked]
    return values, at.conventions(setting) if setting.of in names else []


def _given(texts: Sequence[str], result: Result) -> dict[Name, Rows]:
    from nncalc.language.alphabet import canonical_name
    from nncalc.spec import value
    from nncalc.spec.model import unknown

    setting = result.derivation.setting
    known = {
        each.base for formula in (setting.formula, setting.origin or setting.wrt) for each in quantities_in(formula)
    }
    known.add(setting.wrt.base)
    found: dict[Name, Rows] = {}
    for text in texts:
        left, equals, right = text.partition("=")
        plain = canonical_name(left.strip())
        if not equals or plain is None:
            raise Problem(
                f"--at `{text[:100]}` is not NAME=VALUE", None, "write --at x=1,2 or --at X='[[1,2],[3,4]]'", "usage"
            )
        if any(each.name is name(plain) for each in setting.definitions):
            raise Problem(f"`{plain}` has an equation, so its value follows", None, "leave it out of --at", "usage")
        if plain not in known:
            raise unknown(left.strip(), sorted(known), None)
        if name(plain) in found:
            raise Problem(f"`{plain}` is given twice", None, None, "usage")
        found[name(plain)] = value(right, f"--at {left.strip()}").rows
    return found


def _as_assumed(given: Mapping[Name, Rows], result: Result) -> None:
    """Raise Problem (`domain`) for numbers that are not what is assumed of them, as the derivative holds only there."""
    for of, rows in given.items():
        words = result.assumed.get(of, frozenset())
        wrong = next(
            (_WRONG.get(word, word) for word, holds in _HOLDS.items() if word in words and not holds(rows)), ""
        )
        if wrong:
            raise Problem(
                f"`{of}` is assumed to be {wrong}, and these numbers are not", None,
                "leave the assumption out, or give other numbers", "domain",
            )  # fmt: skip


def _entries(rows: Rows) -> list[float]:
    return [float(number) for row in rows for number in row]


def _turned(rows: Rows, sign: int = 1) -> bool:
    """Return whether a matrix is its transpose, or minus it."""
    return all(float(x) == sign * float(y) for row, line in zip(rows, zip(*rows, strict=True), strict=True)
               for x, y in zip(row, line, strict=True))  # fmt: skip


def _is_diagonal(rows: Rows) -> bool:
    return all(not number for i, row in enumerate(rows) for j, number in enumerate(row) if i != j)


def _is_orthogonal(rows: Rows) -> bool:
    pairs = [(i, j, sum(float(x) * float(y) for x, y in zip(a, b, strict=True)))
             for i, a in enumerate(rows) for j, b in enumerate(rows)]  # fmt: skip
    return all(abs(found - (i == j)) < NEAR for i, j, found in pairs)


def _is_semidefinite(rows: Rows) -> bool:
    size = max(map(abs, _entries(rows)))
    return _turned(rows) and _is_definite(
        [[float(x) + (i == j) * NEAR * (size or 1) for j, x in enumerate(row)] for i, row in enumerate(rows)]
    )


def _is_definite(rows: Rows) -> bool:
    """Return whether a symmetric matrix is positive definite: elimination meets positive pivots alone."""
    left = [[float(number) for number in row] for row in rows]
    while left:
        (pivot, *rest), *below = left
        if pivot <= 0:
            return False
        left = [[x - row[0] * y / pivot for x, y in zip(row[1:], rest, strict=True)] for row in below]
    return True


#: How near numbers come to what is assumed of them, which may be no decimals.
NEAR = 1e-9
#: What is assumed, and whether it is so.
_HOLDS: Mapping[str, Callable[[Rows], bool]] = {
    "integer": lambda rows: all(each == round(each) for each in _entries(rows)),
    "diagonal": _is_diagonal,
    "skew": lambda rows: _turned(rows, -1),
    "orthogonal": _is_orthogonal,
    "psd": _is_semidefinite,
    "symmetric": _turned,
    "spd": _is_definite,
    "in (0, 1)": lambda rows: all(0 < each < 1 for each in _entries(rows)),
    "positive": lambda rows: min(_entries(rows)) > 0,
    "probability": lambda rows: abs(sum(_entries(rows)) - 1) <= NEAR,
}
_WRONG = {
    "spd": "positive definite", "psd": "positive semidefinite", "integer": "whole",
    "probability": "a probability, whose entries sum to 1",
}  # fmt: skip


def _letters(given: Mapping[Name, Rows], shapes: Shapes) -> dict[str, int]:
    """Return what the letters of shapes come to; raise Problem (`shape`) where two numbers disagree."""
    found: dict[str, int] = {}
    for of, rows in given.items():
        shape = shapes.of(of)
        for size, count in zip(shape, (len(rows), len(rows[0])), strict=True):
            if isinstance(size, str) and size.isidentifier() and found.setdefault(size, count) != count:
                raise Problem(
                    f"`{of}` is {len(rows)}×{len(rows[0])}, it must be {text_of(shape)} with `{size}` = {found[size]}",
                    None, None, "shape",
                )  # fmt: skip
    for of, rows in given.items():
        for size, count in zip(shapes.of(of), (len(rows), len(rows[0])), strict=True):
            if _count(size, found) not in (count, None):
                raise Problem(
                    f"`{of}` is {len(rows)}×{len(rows[0])}, it must be {text_of(shapes.of(of))}", None,
                    "a list is a column; a row is written [[1, 2]]", "shape",
                )  # fmt: skip
    return found


def _exponents(given: Mapping[Name, Rows], result: Result) -> dict[str, int]:
    """Return the whole numbers given for the exponents of matrices."""
    return {n.base: int(given[n][0][0]) for n in result.declaration.shapes.whole & given.keys()}


def _count(size: Size, letters: Mapping[str, int]) -> int | None:
    if isinstance(size, int):
        return size
    if not letters_in((size, 1)) <= set(letters):
        return None
    from nncalc.numbers.check import number

    return number(size, letters)


class _Place(NamedTuple):
    """Where quantities are evaluated: the numbers given, and what the letters of shapes come to."""

    given: Mapping[Name, Rows]
    letters: Mapping[str, int]
    precision: int | None

    def missing(self, formula: Formula) -> list[str]:
        """Return the quantities and sizes of a formula that nothing is known of."""
        return [each.base for each in names_in(formula) if each not in self.given and each.base not in self.letters]

    def filled(self, formula: Formula) -> Formula:
        """Return a formula with its sizes as numbers."""
        return replace(formula, {name(letter): num(count) for letter, count in self.letters.items()})

    def machine(self, of: Name, formula: Formula) -> tuple[Graph, Machine, Shapes]:
        """Return `of = formula` as a graph, and a machine that holds the numbers for it."""
        shapes = Shapes({each: (len(rows), len(rows[0])) for each, rows in self.given.items()})
        leaves = tuple(names_in(formula))
        shapes.name(of, shapes.of(formula))
        graph = Graph(leaves, (Equation(of, formula),))
        machine = machine_for(graph, shapes)
        for each in leaves:
            machine.load(each, self.given[each])
        return graph, machine, shapes

    def backward(self, setting: Setting, formulas: Mapping[Name, Formula], *, turned: bool) -> list[Evaluated]:
        """Return a number and its gradient, by the road of `backward`; raise Problem where one has no value."""
        graph = Graph(tuple(self.given), (Equation(setting.of, self.filled(setting.formula)),))
        model = Model("", graph, self.given, {}, graph.leaves, (), (), setting.of)
        machine = calculate(model, wrt=[setting.wrt.base], backward=True).machine
        slope = name(setting.wrt.base, of=setting.of)
        return [
            self.read(setting.of, formulas[setting.of], machine),
            self.read(slope, formulas[slope], machine, turned=turned),
        ]

    def value(self, of: Name, formula: Formula) -> Evaluated:
        """Return one quantity by its formula; raise Problem (`domain`) where it has no value here."""
        graph, machine, shapes = self.machine(of, self.filled(formula))
        settle(graph, machine, Spellings(shapes, graph))
        return self.read(of, formula, machine)

    def read(self, of: Name, formula: Formula, machine: Machine, *, turned: bool = False) -> Evaluated:
        """Return a quantity that a machine has computed, transposed where it is `turned`."""
        rows = machine.rows(of)
        exacts = machine.exact_rows(of) if isinstance(machine, ScalarMachine) else None
        if turned:
            rows = [list(column) for column in zip(*rows, strict=True)]
            exacts = [list(column) for column in zip(*exacts, strict=True)] if exacts is not None else None
        shown = Numbers(rows, exacts).shown(self.precision or LEAST)
        return Evaluated(of, formula, literals(shown), rows, all(entry.exact for row in shown for entry in row))

    def conventions(self, setting: Setting) -> list[str]:
        """Return what the table says of each operation that has no derivative here."""
        formula = squared(self.filled(setting.formula))
        _, machine, _ = self.machine(setting.of, formula)
        found: list[str] = []
        for part in parts(formula):
            if not isinstance(part, Call) or setting.wrt not in names_in(part):
                continue
            for where, says in kinks(part):
                rows = machine.trial(where)
                if rows is not None and any(0 in row for row in rows) and says not in found:
                    found.append(says)
        return found
