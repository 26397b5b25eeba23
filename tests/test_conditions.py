"""Comparisons and `where`: a side is computed where it is taken alone, on every kind of number, and so is its slope."""

from __future__ import annotations

import importlib.util
import json
import warnings
from fractions import Fraction
from random import Random
from typing import Any

import numpy as np
import pytest

from nncalc.cli.app import run
from nncalc.language.formula import name
from nncalc.language.parser import Known, parse
from nncalc.language.printer import ASCII, PAPER, Style, show
from nncalc.numbers.array_machine import ArrayMachine
from nncalc.problems import Problem
from nncalc.sheet.calculation import Calculation, calculate
from nncalc.spec import value
from nncalc.spec.model import from_expressions, with_values

LATEX, MATHML = Style(latex=True), Style(mathml=True)
ARRAYS = "nncalc.sheet.calculation.machine_for"


def worked(*texts: str, exact: bool = False, **given: str) -> Calculation:
    model, _ = from_expressions(list(texts))
    model = with_values(model, {word: value(numbers, word) for word, numbers in given.items()})
    return calculate(model, wrt=[*given], backward=True, exact=exact)


@pytest.fixture(params=["numbers", "arrays"])
def _machine(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param == "arrays":
        monkeypatch.setattr(ARRAYS, lambda *_, **__: ArrayMachine())


#: A formula of x, numbers for x, its value and its gradient.
CHOICES = [
    ("sum(where(x > 0, log(x), 0))", "0,1,-2", 0, [0, 1, 0]),
    ("sum(where(x > 0, log(x), 2 * x))", "0,2,-2", float(np.log(2)) - 4, [2, 0.5, 2]),
    ("sum(where(x > 0, 1 ./ x, x.^2))", "0,2,-3", 9.5, [0, -0.25, -6]),
    ("sum(where(x == 0, 1, sin(x) ./ x))", "0,0", 2, [0, 0]),
    ("sum(where(x >= 1, sqrt(x - 1), -x))", "2,0", 1, [0.5, -1]),
    ("sum(where((x > 0) .* (x < 2), log(x), 0))", "1,3,-1", 0, [1, 0, 0]),
    ("sum(where(x > 0, where(x > 1, log(x - 1), 1 ./ x), 0))", "2,1,-1", 1, [1, -1, 0]),
    ("where(norm2(x) > 0, sum(x / norm2(x)), 0)", "0,0", 0, [0, 0]),
    ("where(sum(x) > 0, log(sum(x)), x[1])", "0,-1", 0, [1, 0]),
    ("sum(where(x > 5, log(x[1]), x))", "0,1", 1, [1, 1]),
    ("sum((x <= 0) .* x + where(x, 1 ./ x, 0))", "0,-1", -1, [1, 1]),
]


@pytest.mark.usefixtures("_machine")
@pytest.mark.parametrize(("text", "x", "expected", "slopes"), CHOICES)
def test_a_side_that_is_not_taken_has_neither_value_nor_slope(
    text: str, x: str, expected: float, slopes: list[float]
) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = worked(f"y = {text}", x=x)
    assert found.machine.rows(name("y"))[0][0] == pytest.approx(expected, abs=1e-15)
    assert [row[0] for row in found.machine.rows(name("x", of=name("y")))] == pytest.approx(slopes, abs=1e-15)


def test_rationals_are_computed_where_they_are_taken() -> None:
    found = worked("y = sum(where(x > 0, 1 ./ x, x.^2))", x="0,3,-1/2", exact=True)
    rows = found.machine.exact_rows(name("x", of=name("y")))  # type: ignore[attr-defined]
    assert rows == [[0], [Fraction(-1, 9)], [-1]]


@pytest.mark.usefixtures("_machine")
def test_a_side_that_is_taken_and_has_no_value_is_named() -> None:
    with pytest.raises(Problem, match="not defined"):
        worked("y = sum(where(x < 5, log(x), 0))", x="-1,2")


def test_what_decides_is_told_to_its_last_digit() -> None:
    """In floats both are 0.1 + 0.2 > 0.3 and sqrt(2)^2 > 2."""
    assert worked("y = where(a + b > 0.3, 1, 0)", a="0.1", b="0.2").machine.rows(name("y")) == [[0]]
    assert worked("y = where(sqrt(x)^2 > 2, 1, 0)", x="2").machine.rows(name("y")) == [[0]]
    assert worked("y = where(sqrt(x)^2 >= 2, 1, 0)", x="2").machine.rows(name("y")) == [[1]]


@pytest.mark.parametrize("sign", ["<", "<=", ">", ">=", "=="])
@pytest.mark.parametrize("style", [ASCII, PAPER], ids=["ascii", "paper"])
def test_what_is_printed_is_read_back(sign: str, style: Style) -> None:
    for text in (
        f"x {sign} y", f"(x {sign} y) .* x", f"where(x {sign} y + 1, -x, 2)", f"-(x {sign} 0)", f"(x {sign} 0)'",
        f"where((x {sign} 0) .* (y {sign} 0), x, where(y {sign} x, 0, y))", f"(x {sign} y).^2",
        f"(x {sign} y) {sign} 1", f"[x {sign} 0, y]", f"1 - (x {sign} y)", f"x {sign} (y {sign} x)",
    ):  # fmt: skip
        formula = parse(text, Known(("x", "y"), whole=True))
        assert parse(show(formula, style), Known(("x", "y"), whole=True), paper=style.paper) is formula


def test_a_choice_is_written_in_cases() -> None:
    formula = parse("2 * where(x <= 0, a, b)")
    cases = r"\begin{cases} a & \text{if } x \le 0 \\ b & \text{otherwise} \end{cases}"
    assert show(formula, LATEX) == rf"2 \cdot \left({cases}\right)"
    assert "<mtable" in show(formula, MATHML)


@pytest.mark.parametrize(
    ("text", "wrt", "says"),
    [
        ("sum(where(x > 0, log(x), c))", "x", "where(x > 0, 1 ./ x, 0)"),
        ("sum(where(x > 0, log(x), c))", "c", "where(x > 0, 0, ones(n))"),
        ("where(t > 0, log(det(A)), t)", "A", "where(t > 0, inv(A)', 0)"),
        ("sum(where(x > 0, log(x), x.^2))", "x", "where(x > 0, 1 ./ x, 2 * x)"),
        ("where(x > 0, log(x), x.^2)", "x", "diag(where(x > 0, 1 ./ x, 2 * x))"),
        ("where(sum(x) > 0, x.^2, A*x + x)", "x", "where(sum(x) > 0, 2 * diag(x), A' + eye(n))"),
        ("sum(where(x > y, exp(x), A*x))", "x", "where(x > y, exp(x), 0) + A' * where(x > y, 0, ones(n))"),
        ("where(x > 0, log(x), 0)", "x", "diag(where(x > 0, 1 ./ x, 0))"),
    ],
)
def test_derive_differentiates_a_choice(text: str, wrt: str, says: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["derive", text, "--wrt", wrt, "--format", "json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["derivative"] == says
    assert said["verified"] > 0


def test_the_text_in_numpy_gives_no_nan_and_no_warning(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["derive", "sum(where(x > 0, log(x), x.^2))", "--wrt", "x", "--format", "numpy"]) == 0
    made: dict[str, Any] = {}
    exec(capsys.readouterr().out, made)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = made["derivative"](np.array([0.0, 2.0, -3.0]))
    assert found.ravel().tolist() == [0, 0.5, -6]


@pytest.mark.parametrize("size", ["0.5", "1", "-1", "1.5", "-3"])
def test_a_huber_loss_by_where_is_the_operation(size: str) -> None:
    """At its corner too, where both sides have one value and one slope."""
    written = worked("d = y - t", "f = sum(where(abs(d) <= 1, d.^2 / 2, abs(d) - 1/2))", y=f"{size},2", t="0,1/4")
    named = worked("f = huber(y, t)", y=f"{size},2", t="0,1/4")
    for of in (name("f"), name("y", of=name("f")), name("t", of=name("f"))):
        assert written.machine.rows(of) == named.machine.rows(of)


@pytest.mark.parametrize(
    ("text", "losses"),
    [
        ("where(abs(w) <= 1, w^2 / 2, abs(w) - 1/2)", [1.5, 0.5, 0]),
        ("where(w > 5, 1 / (w - 2), w / 2)", [1, 0.75, 0.5]),  # at 2 the other side has no value
        ("where(w > 5, log(w - 2), w / 2)", [1, 0.75, 0.5]),
    ],
)
def test_training_takes_steps_through_a_choice(
    text: str, losses: list[float], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["train", "-e", f"f = {text}", "w=2", "--wrt=w", "--rate=1", "--steps=2", "--format=json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert [*said["losses"], said["loss"]] == losses


#: What may stand in a random choice, here and in PyTorch; a side may have no value where it is not taken.
ENTRIES = {
    "x": "x", "-x": "-x", "x.^2": "x**2", "2": "x.new_tensor(2.0)", "sum(x)": "x.sum()",
    "exp(x / 2)": "torch.exp(x / 2)",
    "x .* y": "x * y", "x[1]": "x[0]", "norm2(y)": "y.norm()", "A*x": "A @ x", "x - sum(y)": "x - y.sum()",
}  # fmt: skip
CONDITIONS = {"x > 0": "x > 0", "x <= y": "x <= y", "A*x >= 1": "A @ x >= 1", "sum(x) < 1": "x.sum() < 1"}
#: Functions that have a value where a condition holds alone.
GUARDED = {
    "where(x > 0, log(x), {0})": "pick(x > 0, lambda x: torch.log(x), {0})",
    "where(y < 0, {0}, sqrt(y))": "pick(y >= 0, lambda y: torch.sqrt(y), {0}, y)",
    "where(x >= 1, 1 ./ (x - 1/2), {0})": "pick(x >= 1, lambda x: 1 / (x - 0.5), {0})",
}


def random_choice(random: Random, deep: int) -> tuple[str, str]:
    """Return a formula of columns x and y and a matrix A, and the same in PyTorch."""
    if not deep:
        return random.choice([*ENTRIES.items()])
    if random.random() < 0.35:
        ours, theirs = random.choice([*GUARDED.items()])
        one, other = random_choice(random, deep - 1)
        return ours.replace("{0}", one), theirs.replace("{0}", other)
    ours, theirs = random.choice([*CONDITIONS.items()])
    sides = [random_choice(random, deep - 1) for _ in "ab"]
    made = f"where({ours}, {sides[0][0]}, {sides[1][0]})", f"torch.where({theirs}, {sides[0][1]}, {sides[1][1]})"
    if random.random() < 0.4:
        one, other = random.choice([*ENTRIES.items()])
        made = f"{made[0]} .* ({one})", f"({made[1]}) * ({other})"
    return made


def disagreeing(seed: int) -> str | None:
    """Return a random choice of which the value or a gradient is not PyTorch's."""
    import torch

    def pick(taken: Any, function: Any, other: Any, of: Any = None) -> Any:
        of = x if of is None else of
        return torch.where(taken, function(torch.where(taken, of, torch.ones_like(of))), other)

    random = Random(seed)
    ours, theirs = random_choice(random, random.choice([1, 2, 3]))
    numbers = {of: [random.choice([-2, -1, 0, 0.5, 1, 3]) + 0.125 * random.random() for _ in "abc"] for of in "xy"}
    matrix = [[random.uniform(-1, 1) for _ in "abc"] for _ in "abc"]
    x, y, a = (torch.tensor(each, dtype=torch.float64, requires_grad=True) for each in (*numbers.values(), matrix))
    space = {"torch": torch, "pick": pick, "x": x, "y": y, "A": a}
    out = (eval(theirs, space) + 0 * x + 0 * y).sum()
    out.backward()
    given = {of: ",".join(map(repr, each)) for of, each in numbers.items()} | {"A": json.dumps(matrix)}
    found = worked(f"f = sum(({ours}) + 0*x + 0*y)", "g = f + 0*sum(A)", **given)
    expected = {name("g"): out.reshape(1, 1)}
    for of, leaf in (("x", x), ("y", y), ("A", a)):
        slope = leaf.grad if leaf.grad is not None else torch.zeros_like(leaf)
        expected[name(of, of=name("g"))] = slope.reshape(3, -1)
    for of, there in expected.items():
        if not np.allclose(
            np.array(found.machine.rows(of), dtype=float), there.detach().numpy(), rtol=1e-10, atol=1e-12
        ):
            return f"{seed}: {ours}: {of}"
    return None


@pytest.mark.oracle
@pytest.mark.sampled
@pytest.mark.usefixtures("_machine")
@pytest.mark.skipif(importlib.util.find_spec("torch") is None, reason="needs PyTorch")
@pytest.mark.parametrize("block", range(4))
def test_random_choices_agree_with_pytorch(block: int) -> None:
    assert [found for seed in range(25 * block, 25 * block + 25) if (found := disagreeing(seed)) is not None] == []


def test_random_choices_are_read_back() -> None:
    known = Known(("x", "y", "A"), whole=True)
    for seed in range(60):
        formula = parse(random_choice(Random(seed), 3)[0], known)
        for style in (ASCII, PAPER, PAPER._replace(dot=False, whole=frozenset("xyA"))):
            assert parse(show(formula, style), known, paper=style.paper) is formula
