"""Published derivatives of matrices: ours have their value, and their length, whatever the numbers.

`cases/matrix/identities.json` holds formulas from the Matrix Cookbook, courses and papers, each with the
derivative a person wrote (denominator layout; columns stacked where it is a tensor), its length and, where there
is one, the point at which it is zero.
"""

from __future__ import annotations

import json
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import pytest
from expressions import along

from nncalc.algebra.cost import cost
from nncalc.cli.app import run
from nncalc.deriving.derivation import Derivation, Step
from nncalc.deriving.lines import rows
from nncalc.deriving.page import page
from nncalc.deriving.result import Result, Wanted, derive
from nncalc.deriving.statements import expression
from nncalc.deriving.verify import quantities
from nncalc.language.formula import Call, Formula, Name, call, name, names_in, parts, replace
from nncalc.language.parser import parse
from nncalc.language.printer import ASCII, PAPER, show
from nncalc.numbers.check import agree, samples, value
from nncalc.render import style_of

FILE = json.loads((Path(__file__).parent / "cases" / "matrix" / "identities.json").read_text(encoding="utf-8"))
CASES = {case["id"]: case for case in FILE["cases"]}
ERRORS = {case["id"]: case for case in FILE["errors"]}
#: How much longer than a person's a derivative may be, and how many may be longer.
LONGER, MANY = 1.25, 0.05


def texts(case: dict[str, Any]) -> tuple[str, ...]:
    return tuple(f"{word}: {' x '.join(shape) or '1'}" for word, shape in case["shapes"].items())


def assumptions(case: dict[str, Any]) -> tuple[str, ...]:
    return tuple(f"{word}: {each}" for word, said in case.get("assume", {}).items() for each in said)


def result_of(case: dict[str, Any], **more: Any) -> Result:
    wanted = Wanted(case["expression"], case["wrt"], texts(case), assumptions(case), hessian=case.get("hessian", False))
    return derive(wanted._replace(solve="stationary" in case, **more))


RESULTS = {key: result_of(case) for key, case in CASES.items()}


def equal(found: Result, one: Formula, other: Formula) -> bool:
    """Return whether two formulas agree at random numbers of two choices of sizes."""
    setting = found.derivation.setting
    drawn = list(samples(setting.shapes, quantities(found.derivation), found.assumed, setting.formula))
    assert len({tuple(each.sizes.items()) for each in drawn}) == 2 or not drawn[0].sizes
    pairs = [(value(one, s.values, s.sizes), value(other, s.values, s.sizes)) for s in drawn]
    defined = [pair for pair in pairs if np.isfinite(pair[1]).all()]  # X'*X has no inverse where X is wide
    return len(defined) >= 2 and all(agree(*pair, 1e-6) for pair in defined)


@pytest.mark.parametrize("key", CASES)
def test_a_derivative_is_the_published_one(key: str) -> None:
    assert equal(RESULTS[key], RESULTS[key].derivation.derivative, parse(CASES[key]["expected"]))


@pytest.mark.parametrize("key", [key for key, case in CASES.items() if "stationary" in case])
def test_the_point_where_it_is_zero_is_the_published_one(key: str) -> None:
    found = RESULTS[key].stationary
    assert found is not None
    assert found.point is not None, found.reason
    assert equal(RESULTS[key], found.point, parse(CASES[key]["stationary"]))


def test_derivatives_are_about_as_short_as_a_person_writes_them() -> None:
    ratios = {key: cost(RESULTS[key].derivation.derivative)[0] / case["length"] for key, case in CASES.items()}
    long = [f"{key}: {ratio:.2f}" for key, ratio in ratios.items() if ratio > LONGER]
    assert len(long) <= MANY * len(CASES), long
    assert median(ratios.values()) <= 1


def test_derivations_are_short() -> None:
    assert median(len(found.derivation.steps) for found in RESULTS.values()) <= 6


# -- every line is true ----------------------------------------------------------------------------------


def lines(found: Derivation) -> list[tuple[Formula, Formula]]:
    """Return every line as two sides; one that goes on from the line above has that line's left side."""
    pairs: list[tuple[Formula, Formula]] = []
    left: Formula | None = None
    for row in rows(found):
        left = row.name if row.name is not None else left  # type: ignore[assignment]
        assert left is not None
        pairs.append((left, row.sides[0].formula))  # type: ignore[arg-type]
    return pairs


def test_every_line_of_every_derivation_is_true() -> None:
    for key, found in RESULTS.items():
        wrong = false_lines(found)
        assert not wrong, f"{key}: {wrong}"


def false_lines(found: Result) -> list[str]:
    """Return the lines whose sides differ at random numbers; differentials are taken by the complex step."""
    derivation = found.derivation
    setting = derivation.setting
    wrong: list[str] = []
    random = np.random.default_rng(5)
    for sample in samples(setting.shapes, quantities(derivation), found.assumed, setting.formula, 1):
        direction = random.standard_normal(sample.values[setting.wrt].shape)
        known: dict[Formula, Formula] = {setting.of: setting.formula}
        values = dict(sample.values)
        for left, right in lines(derivation):
            if isinstance(left, Name) and left.of is None and left not in known:
                known[left] = right  # a name, or the Hessian, which the last test compares
                if left.base != "H":
                    continue
            for free in names_in(right):
                if free.base == "g" and free not in values:
                    shape = value(setting.formula, sample.values, sample.sizes).shape
                    if setting.hessian:
                        shape = sample.values[setting.wrt].shape
                    values[free] = random.standard_normal(shape)
            sides = []
            for side in (left, right):
                whole: Formula = side
                if isinstance(side, Name) and (side.of is not None or side.base == "H"):
                    whole = derivation.gradient if setting.hessian and side.base != "H" else derivation.derivative
                filled = written_out(whole, known, setting.wrt, setting.of, derivation)
                sides.append(with_differentials(filled, setting.wrt, direction, sample._replace(values=values)))
            if not agree(*sides, 1e-6):
                wrong.append(f"{show(left)} = {show(right)}")
    return wrong


def written_out(side: Formula, known: dict[Formula, Formula], wrt: Name, of: Name, derivation: Derivation) -> Formula:
    """Return a side of a line with the names given on lines above written out."""
    slope = name(wrt.base, of=of)
    table = {**known, slope: derivation.gradient}
    for _ in range(20):
        new = replace(side, {key: formula for key, formula in table.items() if key is not wrt})
        if new is side:
            return side
        side = new
    raise AssertionError(show(side))


def with_differentials(formula: Formula, wrt: Name, direction: Any, sample: Any) -> Any:
    """Return the value of a formula in which d(E) is the change of E in a direction."""
    values = dict(sample.values)
    new: dict[Formula, Formula] = {}
    for part in parts(formula):
        if isinstance(part, Call) and part.op == "differential":
            stand_in = name(f"d_{len(new)}_")
            values[stand_in] = along(part.args[0], wrt, direction, sample)
            new[part] = stand_in
    return value(replace(formula, new), values, sample.sizes)


def test_a_false_line_is_caught() -> None:
    found = RESULTS["sv-seed-ols"]
    steps = found.derivation.steps
    assert len(steps) == 4
    spoilt = [Step(s.left, call("mul", parse("1.001"), s.right), s.shape) for s in steps]
    for place in (1, 2):
        changed = (*steps[:place], spoilt[place], *steps[place + 1 :])
        assert len(false_lines(found._replace(derivation=found.derivation._replace(steps=changed)))) >= 1


@pytest.mark.parametrize("ascii_only", [True, False], ids=["ascii", "paper"])
def test_every_line_reads_back_as_itself(ascii_only: bool) -> None:
    for key, found in RESULTS.items():
        made = page(found, None)
        style = style_of(made, ascii_only=ascii_only)
        for section in made.sections:
            for row in section.rows:
                for side in (row.name, *(each.formula for each in row.sides)):
                    if side is None or isinstance(side, tuple):
                        continue
                    text = show(side, style)
                    back = parse(text, style.whole, paper=not ascii_only, calculus=True)
                    assert back is side, f"{key}: {text}"


def test_no_line_only_repeats_the_one_above() -> None:
    for key, found in RESULTS.items():
        said = [show(right, PAPER) for left, right in lines(found.derivation) if not isinstance(left, Name)]
        assert len(said) == len(set(said)), key


def test_what_is_printed_for_programs_is_ascii_and_reads_back() -> None:
    for key, found in RESULTS.items():
        text = show(found.derivation.derivative, ASCII)
        assert text.isascii()
        assert parse(text) is found.derivation.derivative, key


def test_every_derivative_that_is_printed_is_an_expression_again() -> None:
    for key, found in RESULTS.items():
        text = show(found.derivation.derivative, style_of(page(found, None), ascii_only=False))
        back = replace(expression(text).formula, {name("lambda"): name("lam")})  # λ, where nobody says which
        assert back is found.derivation.derivative, f"{key}: {text}"


# -- what is refused ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("key", ERRORS)
def test_a_mistake_is_told_with_its_remedy(key: str, capsys: pytest.CaptureFixture[str]) -> None:
    case = ERRORS[key]
    status = run(["derive", case["expression"], "--wrt", case["wrt"], "--shapes", ", ".join(texts(case))])
    shown = capsys.readouterr()
    assert status == 2
    assert not shown.out
    for word in SAYS[key]:
        assert word in shown.err


#: What the message of each mistake must hold.
SAYS = {
    "er-matmul": ["`X` is n×d", "`theta` is n×1", "d and n differ", "X'*theta"],
    "er-add": ["`x` is n×1", "`A` is n×m", "equal shapes"],
    "er-det": ["`X` is n×d", "square"],
    "er-pow": ["square", ".^"],
    "er-func": ["sofmax", "did you mean `softmax`?"],
    "er-implicit": ["2*x", "not implied"],
    "er-had": ["`x` is n×1", "`A` is n×m", "equal shapes"],
    "er-vecdiv": ["x./y"],
    "er-sym-dim": ["`y` is d×1", "X * theta` is n×1"],
    "er-bias": ["n×k", "`b` is k×1", "ones(n)*b'"],
    "er-char": ["two expressions have no name", "give the others names"],
    "er-dupe": ["`n`", "both", "size"],
}
