"""A line never lies: what is printed is read back and computed again by the definitions alone, in rationals.

`independent` computes, so nothing that printed a line has a part in checking it. Every quantity is found
anew from the formulas printed, each from earlier lines, down to the numbers given.
"""

from __future__ import annotations

import json
import re
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from independent import Matrix, apart, entries, evaluate, exactly, mp, real
from networks import Network, networks
from printing import in_line, present
from test_worksheet import MODELS, solved

from nncalc.interface.presenting import Wish
from nncalc.language.alphabet import canonical_name, plain
from nncalc.language.formula import Formula, Name, name, names_in
from nncalc.language.parser import Known, parse
from nncalc.sheet.calculation import Calculation
from nncalc.spec.model import Model


class Page:
    """What a reader of printed lines knows: each quantity computed again, exactly, from the formulas printed."""

    def __init__(self, names: Known, *, paper: bool) -> None:
        self.names = names
        self.paper = paper
        self.values: dict[Name, Matrix] = {}
        self.bases: dict[str, int] = {}

    def parse(self, text: str) -> Formula:
        return parse(text, self.names, paper=self.paper)

    def see(self, formula: Formula) -> None:
        """Note whether the columns of a quantity are counted from 0."""
        for used in names_in(formula):
            if used.index:
                self.bases[used.base] = min(self.bases.get(used.base, 1), int(used.index[-1]))

    def value(self, of: Name) -> Matrix | None:
        """Return the value of a quantity or an entry, from an earlier line."""
        if of in self.values or not of.index:
            return self.values.get(of)
        whole = self.values.get(name(of.base, of=of.of))
        if whole is None:
            return None
        *row, last = (int(place) for place in of.index)
        base = self.bases.get(of.base, 1)
        if row:
            return [[whole[row[0] - 1][last - base]]]
        return [[whole[0][last - base] if len(whole) == 1 else whole[last - 1][0]]]

    def evaluate(self, formula: Formula) -> Matrix | None:
        """Return the value of a formula, or None where it names what no earlier line gives."""
        known = {used: self.value(used) for used in names_in(formula)}
        if any(value is None for value in known.values()):
            return None
        return evaluate(formula, {used: value for used, value in known.items() if value is not None})


def sides(line: str) -> tuple[str, list[tuple[str, str]]]:
    """Return the quantity of a plain line, and what it is said to equal: the sign before each side, and the side."""
    text = line.partition("  # ")[0]
    first, *rest = re.split(r" (=|≈|~=) ", text)
    return first, [("=" if sign == "=" else "≈", side) for sign, side in zip(rest[::2], rest[1::2], strict=True)]


#: What the floats of a line may lose, relative to the largest number on the page.
NOISE = 1e-14


def equal(one: Matrix, other: Matrix) -> bool:
    """Return whether two matrices are equal: rationals exactly, others to 40 digits."""
    return apart(one, other) <= (0 if all(isinstance(x, Fraction) for x in entries(one) + entries(other)) else 1e-40)


def rounds_to(true: Matrix, shown: Matrix, noise: float = 0.0) -> bool:
    """Return whether numbers, rounded to six digits, are those shown; `noise` is what floats lose in cancelling."""
    for x, y in zip(entries(true), entries(shown), strict=True):
        off = abs(real(x) + -real(y))
        if off > noise and (y == 0 or off > mp.mpf(10) ** (mp.floor(mp.log10(abs(real(y)))) - 5) * mp.mpf("0.50001")):
            return False
    return True


def check(text: str, names: set[str], *, paper: bool, digits: bool = True, whole: bool = False) -> int:
    """Check every line of a plain worksheet, of `whole` quantities; return how many there were that show a calculation.

    Without `digits` only the signs are checked: what follows `=` is equal.
    """
    known = Known(
        names,
        {f"{canonical_name(stem)}{plain(digits)}" for stem, digits in re.findall(r"(\w+)⁽(\S+?)⁾", text)},
        {canonical_name(of) or "" for of in re.findall(r": (\S+) without its first column", text)},
        whole=whole,
    )
    page = Page(known, paper=paper)
    text = "".join(line for line in text.splitlines(keepends=True) if not line.startswith("#"))
    lines = [sides(line) for line in text.splitlines()]
    parsed = [(page.parse(first), [(sign, page.parse(side)) for sign, side in rest]) for first, rest in lines]
    for _, rest in parsed:
        for _, side in rest:
            page.see(side)
    count, largest = 0, 1.0
    for (of, rest), line in zip(parsed, text.splitlines(), strict=True):
        assert isinstance(of, Name)
        found = [(sign, side, page.evaluate(side)) for sign, side in rest]
        symbolic = [value for _, side, value in found if names_in(side) and value is not None]
        numeric = [(sign, value) for sign, side, value in found if not names_in(side) and value is not None]
        assert numeric, line
        true = symbolic[0] if symbolic else numeric[0][1]
        page.values[of] = true
        assert all(equal(value, true) for value in symbolic), line
        largest = max([largest, *(abs(float(entry)) for entry in entries(true))])
        assert not digits or rounds_to(true, numeric[-1][1], NOISE * largest), line
        for (sign, value), before in zip(numeric, [true, *(value for _, value in numeric)], strict=False):
            assert sign == "≈" or equal(before, value), line
        if digits and len(numeric) > 1:
            assert rounds_to(numeric[-2][1], numeric[-1][1], NOISE * largest), line
            assert numeric[-1][0] == "=" or not same(numeric[-2][1], numeric[-1][1]) or "e-" in line, line
        count += bool(symbolic)
    return count


def same(one: Matrix, other: Matrix) -> bool:
    """Return whether two matrices are rational and equal."""
    return all(isinstance(x, Fraction) for x in entries(one)) and equal(one, other)


def printed(found: Calculation, form: str, **options: Any) -> str:
    return present("backward", found, Wish(**{"steps": True, "form": form, "format": "plain", "file": True, **options}))


@pytest.mark.parametrize("ascii_only", [False, True], ids=["paper", "ascii"])
@pytest.mark.parametrize("form", ["scalar", "vector"])
@pytest.mark.parametrize(("label", "model"), MODELS, ids=[label for label, _ in MODELS])
def test_every_printed_line_computes_again(label: str, model: Model, form: str, ascii_only: bool) -> None:
    text = printed(solved(model), form, ascii_only=ascii_only)
    names = {of.base for of in model.graph.names}
    assert check(text, names, paper=not ascii_only, whole=form == "vector") > 0


@pytest.mark.parametrize("form", ["scalar", "vector"])
@pytest.mark.parametrize("precision", [1, 3, 12])
@pytest.mark.parametrize(("label", "model"), MODELS, ids=[label for label, _ in MODELS])
def test_with_fewer_digits_an_equals_sign_still_says_equal(label: str, model: Model, form: str, precision: int) -> None:
    text = printed(solved(model), form, precision=precision)
    names = {of.base for of in model.graph.names}
    assert check(text, names, paper=True, digits=False, whole=form == "vector") > 0


@pytest.mark.parametrize(
    ("true", "lie"),
    [
        ("f = x · y = 2 · 3 = 6", "f = x · y = 2 · 3 = 7"),
        ("f = x / y = 2/3 ≈ 0.666667", "f = x / y = 2/3 = 0.666667"),
        ("f = x / y = 2/3 ≈ 0.666667", "f = x / y = 2/3 ≈ 0.666666"),
        ("f = x · y = 2 · 3 = 6", "f = x · y ≈ 2 · 3 ≈ 6"),
        ("f = x · y = 2 · 3 = 6", "f = x · y = 2 · 2 = 6"),
        ("f = x + y = 2 + 3 = 5", "f = x + y = 3 + 3 = 5"),
    ],
)
def test_a_line_that_lies_is_caught(true: str, lie: str) -> None:
    """A check of the checker."""
    given_lines = "x = 2\ny = 3\n"
    assert check(given_lines + true, {"x", "y", "f"}, paper=True) == 1
    with pytest.raises(AssertionError):
        check(given_lines + lie, {"x", "y", "f"}, paper=True)


@settings(max_examples=40)
@given(networks(), st.sampled_from(["scalar", "vector"]), st.booleans())
def test_every_line_of_any_network_computes_again(network: Network, form: str, ascii_only: bool) -> None:
    found = network.calculated()
    text = printed(found, form, ascii_only=ascii_only)
    with mp.workdps(120):  # 1 - yhat loses as many digits as yhat has nines
        assert check(text, {of.base for of in found.model.graph.names}, paper=not ascii_only) > 0


@pytest.mark.parametrize("form", ["scalar", "vector"])
@pytest.mark.parametrize(("label", "model"), MODELS, ids=[label for label, _ in MODELS])
def test_a_table_has_the_lines_of_the_plain_form(label: str, model: Model, form: str) -> None:
    found = solved(model)
    tables = in_line(printed(found, form, format="table")) + printed(found, form, format="table", matrices="inline")
    rows = [" ".join(row.split()) for row in tables.splitlines()]
    for line in printed(found, form).splitlines():
        assert any(row.startswith(line.removeprefix("# ").partition("  # ")[0]) for row in rows), line


@pytest.mark.parametrize("form", ["scalar", "vector"])
@pytest.mark.parametrize(("label", "model"), MODELS, ids=[label for label, _ in MODELS])
def test_every_json_step_computes_again(label: str, model: Model, form: str) -> None:
    found = json.loads(printed(solved(model), form, format="json"))
    names = {of.base for of in model.graph.names}
    for step in found["steps"]:
        parse(step["formula"], Known(names, whole=form == "vector"))
        value = exactly(rows_of(step["value"]))
        again = evaluate(parse(step["substituted"]), {})
        if (len(again), len(again[0])) != (len(value), len(value[0])):
            value = [list(column) for column in zip(*value, strict=True)]
        assert apart(again, value) < 1e-5, step["id"]
        if step["exact"] is not None:
            for number, text in zip(flat(step["value"]), flat(step["exact"]), strict=True):
                assert text is None or float(Fraction(text)) == pytest.approx(number, rel=1e-14, abs=0)


def rows_of(value: Any) -> list[list[float]]:
    """Return the numbers of a step as rows: a list is a column."""
    if not isinstance(value, list):
        return [[value]]
    return value if isinstance(value[0], list) else [[entry] for entry in value]


def flat(value: Any) -> list[Any]:
    return [entry for each in value for entry in flat(each)] if isinstance(value, list) else [value]
