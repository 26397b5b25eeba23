"""A derivation at numbers: its function, its derivative and its stationary point for matrices that are given.

Knows results and machines.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from nncalc.declaration import quantities_in
from nncalc.derive.result import Result
from nncalc.figures import Rows
from nncalc.formula import Formula, Name, name, num, replace
from nncalc.graph import Equation, Graph
from nncalc.problems import Problem
from nncalc.rounding import LEAST, Numbers, Shown, literals
from nncalc.run import ScalarMachine, machine_for
from nncalc.shapes import Shapes
from nncalc.sizes import Size, letters_in, text_of


class Evaluated(NamedTuple):
    """One quantity at numbers: its formula, its value as it is shown and in floats, and whether that is exact."""

    name: Name
    formula: Formula
    shown: Formula
    rows: Rows
    exact: bool


class AtNumbers(NamedTuple):
    """The numbers that were given, as they were typed, and what comes of them."""

    given: tuple[tuple[Name, Formula, Rows], ...]
    values: tuple[Evaluated, ...]


def evaluated(result: Result, texts: Sequence[str], precision: int | None) -> AtNumbers:
    """Return the values at the numbers of `texts` (`X=[[1, 2], [3, 4]]`); raise Problem."""
    given = _given(texts, result)
    letters = _letters(given, result.declaration.shapes)
    setting = result.derivation.setting
    slope = name(setting.wrt.base, of=setting.of)
    asked: list[tuple[Name, Formula]] = [(setting.of, setting.formula), (slope, result.derivation.derivative)]
    if result.stationary is not None and result.stationary.point is not None:
        asked.append((setting.wrt, result.stationary.point))
    able = [(of, formula) for of, formula in asked if not _missing(formula, given, letters)]
    if not able:
        missing = _missing(asked[1][1], given, letters)
        listed = ", ".join(f"`{each}`" for each in missing)
        raise Problem(
            f"--at gives no numbers for {listed}",
            None,
            f"add --at {missing[0]}=..., such as --at {missing[0]}=1,2",
            "usage",
        )
    shown = [(of, Numbers(rows, None, typed=True).shown(LEAST), rows) for of, rows in given.items()]
    values = tuple(_value(of, formula, given, letters, precision) for of, formula in able)
    return AtNumbers(tuple((of, literals(text), rows) for of, text, rows in shown), values)


def _given(texts: Sequence[str], result: Result) -> dict[Name, Rows]:
    from nncalc.alphabet import canonical_name
    from nncalc.model import unknown
    from nncalc.spec import value

    known = {each.base for each in quantities_in(result.derivation.setting.formula)}
    known.add(result.derivation.setting.wrt.base)
    found: dict[Name, Rows] = {}
    for text in texts:
        left, equals, right = text.partition("=")
        plain = canonical_name(left.strip())
        if not equals or plain is None:
            raise Problem(
                f"--at `{text[:100]}` is not NAME=VALUE", None, "write --at x=1,2 or --at X='[[1,2],[3,4]]'", "usage"
            )
        if plain not in known:
            raise unknown(left.strip(), sorted(known), None)
        if name(plain) in found:
            raise Problem(f"`{plain}` is given twice", None, None, "usage")
        found[name(plain)] = value(right, f"--at {left.strip()}").rows
    return found


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


def _count(size: Size, letters: Mapping[str, int]) -> int | None:
    if isinstance(size, int):
        return size
    if not letters_in((size, 1)) <= set(letters):
        return None
    from nncalc.check import number

    return number(size, letters)


def _missing(formula: Formula, given: Mapping[Name, Rows], letters: Mapping[str, int]) -> list[str]:
    return [each.base for each in quantities_in(formula) if each not in given and each.base not in letters]


def _value(
    of: Name, formula: Formula, given: Mapping[Name, Rows], letters: Mapping[str, int], precision: int | None
) -> Evaluated:
    """Return one quantity at numbers; raise Problem (`domain`) where it has no value there."""
    filled = replace(formula, {name(letter): num(count) for letter, count in letters.items()})
    shapes = Shapes({each: (len(rows), len(rows[0])) for each, rows in given.items()})
    here = name("result_")
    shapes.name(here, shapes.of(filled))
    graph = Graph(tuple(given), (Equation(here, filled),))
    machine = machine_for(graph, shapes)
    for each, rows in given.items():
        machine.load(each, rows)
    machine.assign(graph.equations[0])
    exacts = machine.exact_rows(here) if isinstance(machine, ScalarMachine) else None
    shown = Numbers(machine.rows(here), exacts).shown(precision or LEAST)
    return Evaluated(of, formula, literals(shown), machine.rows(here), _exact(shown))


def _exact(shown: Sequence[Sequence[Shown]]) -> bool:
    return all(entry.exact for row in shown for entry in row)
