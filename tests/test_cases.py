"""Comparisons and case distinctions: each side is computed only where it is taken, by every kind of number.

Values and slopes are by hand, or from PyTorch.
"""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from typing import Any

import pytest

from nncalc.cli.app import run
from nncalc.graph.shapes import Shapes
from nncalc.graph.tidy import tidy
from nncalc.language.formula import name
from nncalc.language.parser import parse
from nncalc.language.printer import ASCII, PAPER, show
from nncalc.problems import Problem

TORCH = importlib.util.find_spec("torch") is not None


@pytest.mark.parametrize(
    ("text", "plain", "paper"),
    [
        ("x>0", "x > 0", "x > 0"), ("x >= 1/2", "x >= 1/2", "x ≥ 1/2"), ("x<=y+1", "x <= y + 1", "x ≤ y + 1"),
        ("x == y", "x == y", "x == y"), ("x ≥ 1", "x >= 1", "x ≥ 1"), ("(x < y)*z", "(x < y) * z", "(x < y) z"),
        ("(x < 1) == (y < 1)", "(x < 1) == (y < 1)", "(x < 1) == (y < 1)"),
        ("where(x > 0, log(x), 0)", "where(x > 0, log(x), 0)", "where(x > 0, log(x), 0)"),
        ("[x > 0, y < 1]", "[x > 0, y < 1]", "[x > 0, y < 1]"), ("-(x > 0)", "-(x > 0)", "−(x > 0)"),
    ],
)  # fmt: skip
def test_comparisons_are_written_and_read_back(text: str, plain: str, paper: str) -> None:
    formula = parse(text)
    assert show(formula, ASCII) == plain
    style = PAPER._replace(dot=False)
    assert show(formula, style) == paper
    assert parse(plain) is formula
    assert parse(paper, paper=True) is formula


@pytest.mark.parametrize(
    ("text", "says", "hint"),
    [
        ("0 < x < 2", "a comparison is of two", "`(a < b) * (b < c)`"), ("x > 0 and y > 0", "and", "product is 1"),
        ("where(x = 0, 1, 2)", "`=` sets something", "`==` compares"), ("x > 0 or y > 0", "or", "max(a > 0, b > 0)"),
        ("where(x > 0, 1)", "takes 3 arguments", None), ("x >", "expected", None),
    ],
)  # fmt: skip
def test_what_is_no_comparison_is_answered(text: str, says: str, hint: str | None) -> None:
    with pytest.raises(Problem) as caught:
        parse(text)
    assert says in caught.value.message or says == "expected"
    assert hint is None or hint in (caught.value.hint or "")


def said(capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, Any]:
    assert run(["backward", *words, "--format", "json"]) == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


#: A formula of x, where it is taken, its value and its slope, by hand.
CASES = [
    ("where(x > 0, log(x), 0)", "0", 0, 0), ("where(x > 0, log(x), 0)", "-1", 0, 0),
    ("where(x > 0, log(x), 0)", "2", 0.6931471805599453, 0.5), ("where(x == 0, 1, sin(x)/x)", "0", 1, 0),
    ("where(x >= 1, x^2, 2*x - 1)", "1", 1, 2), ("where(x < 1, 1/x, 2 - x)", "1", 1, -1),
    ("where(x <= 0, 0, x^x)", "0", 0, 0), ("where(x > 0, where(x > 1, sqrt(x - 1), 1/x), 0)", "1", 1, -1),
    ("(x > 0)*x", "0", 0, 0), ("(x >= 0)*x", "0", 0, 1), ("where(x > 700, 0, exp(x))", "800", 0, 0),
    ("where(x < 2, exp(2*x), inv(x - 2))", "2.5", 2, -4),
]  # fmt: skip


@pytest.mark.parametrize("form", ["scalar", "vector"])
@pytest.mark.parametrize(("text", "x", "value", "slope"), CASES)
def test_a_side_is_computed_only_where_it_is_taken(
    text: str, x: str, value: float, slope: float, form: str, capsys: pytest.CaptureFixture[str]
) -> None:
    found = said(capsys, "-e", f"f = {text}", f"x={x}", "--form", form)
    assert found["values"]["f"] == pytest.approx(value, rel=1e-15)
    assert found["gradients"]["x"] == pytest.approx(slope, rel=1e-15)


def test_entries_take_a_side_each(capsys: pytest.CaptureFixture[str]) -> None:
    found = said(capsys, "-e", "f = sum(where(x > 0, log(x), -x))", "x=0,1,-2,4")
    assert found["gradients"]["x"] == [-1, 1, -1, 0.25]


def test_a_large_array_takes_sides_too(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    numbers = [(place % 7) - 3 for place in range(20_000)]
    spec = tmp_path / "large.json"
    spec.write_text(json.dumps({
        "parameters": {"x": numbers}, "equations": {"f": "sum(where(x > 0, log(x), where(x < 0, 1 ./ x, 0)))"},
    }))  # fmt: skip
    slopes = said(capsys, str(spec))["gradients"]["x"]
    assert slopes == pytest.approx([1 / x if x > 0 else -1 / x**2 if x < 0 else 0 for x in numbers], rel=1e-15)


def test_rationals_take_sides(capsys: pytest.CaptureFixture[str]) -> None:
    found = said(capsys, "-e", "f = where(x > 1/3, log(x), x^2)", "x=1/3", "--exact")
    assert found["exact"]["gradients"]["x"] == "2/3"
    assert run(["forward", "-e", "f = where(x > 0, log(x), 1)", "x=3", "--exact"]) == 2
    assert "`log` has no exact value" in capsys.readouterr().err


def test_what_decides_may_be_irrational(capsys: pytest.CaptureFixture[str]) -> None:
    found = said(capsys, "-e", "f = where(exp(log(x)) > x + 10^-30, 1, x)", "x=3")
    assert found["values"]["f"] == 3


def test_the_kink_is_named_where_it_decides(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["backward", "-e", "f = where(x >= 1, x^2, 2*x - 1)", "x=1", "--show-steps"]) == 0
    assert "x >= y is 1 where they are equal" in capsys.readouterr().out
    assert run(["backward", "-e", "f = where(x >= 1, x^2, 2*x - 1)", "x=2", "--show-steps"]) == 0
    assert "where they are equal" not in capsys.readouterr().out


def test_a_huber_loss_by_cases_is_the_huber_loss(capsys: pytest.CaptureFixture[str]) -> None:
    cases = "f = sum(where(abs(x - y) <= 1, (x - y).^2/2, abs(x - y) - 1/2))"
    for x in ("0.5,3,-2", "1,-1,0"):
        own = said(capsys, "-e", cases, f"x={x}", "y=0,0,0", "--wrt", "x")
        other = said(capsys, "-e", "f = huber(x, y)", f"x={x}", "y=0,0,0", "--wrt", "x")
        assert own["values"]["f"] == other["values"]["f"]
        assert own["gradients"]["x"] == other["gradients"]["x"]


@pytest.mark.parametrize(
    ("text", "tidied"),
    [
        ("where(c, g, 0) * x", "where(c, g * x, 0)"), ("where(c, g, 0) / x", "where(c, g / x, 0)"),
        ("where(c, 0, g) .* v", "where(c, 0, g * v)"), ("-where(c, g, 0)", "where(c, -g, 0)"),
        ("where(c, g, 0) + where(c, 0, x)", "where(c, g, x)"), ("where(c, x, x)", "x"),
        ("where(c, g, 0) + where(c, x, 0)", "where(c, g + x, 0)"), ("1 / where(c, g, 0)", "1 / where(c, g, 0)"),
        ("where(d, v, 0)'", "where(d', v', 0)"), ("M * where(d, 0, v)", "M * where(d, 0, v)"),
        ("M * where(c, 0, v)", "where(c, 0, M * v)"), ("where(d, v, 0) * x", "where(d, v * x, 0)"),
    ],
)  # fmt: skip
def test_what_multiplies_goes_to_the_side_that_is_taken(text: str, tidied: str) -> None:
    known = {name(each): (1, 1) for each in "cgx"} | {name("v"): (3, 1), name("d"): (3, 1), name("M"): (3, 3)}
    assert show(tidy(parse(text), Shapes(known))) == tidied


def test_a_derivation_leaves_out_what_decides(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["derive", "sum(where(x > 0, log(x), 0))", "--wrt", "x"]) == 0
    printed = capsys.readouterr().out
    assert "∂f/∂x = where(x > 0, 1 ⊘ x, 0)" in printed
    assert "zeros" not in printed
    assert "checked: it agrees" in printed


def test_a_document_has_cases(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["forward", "-e", "f = where(x >= 1, x, 2)", "x=1", "--show-steps", "--format", "latex"]) == 0
    assert r"\begin{cases} x & \text{if } x \ge 1 \\ 2 & \text{otherwise} \end{cases}" in capsys.readouterr().out


@pytest.mark.oracle
@pytest.mark.skipif(not TORCH, reason="needs PyTorch")
def test_pytorch_has_the_same_values_and_slopes(capsys: pytest.CaptureFixture[str]) -> None:
    import torch

    numbers = [-1.5, -0.25, 0.75, 2.5]
    x = torch.tensor(numbers, dtype=torch.float64, requires_grad=True)
    (torch.where(x > 0, x.abs().log() * x, torch.exp(x)) + (x <= 1) * x**2).sum().backward()
    text = "f = sum(where(x > 0, log(x) .* x, exp(x)) + (x <= 1) .* x.^2)"
    found = said(capsys, "-e", text, f"x={','.join(map(str, numbers))}")
    assert x.grad is not None
    assert found["gradients"]["x"] == pytest.approx(x.grad.tolist(), rel=1e-14)


# -- pi ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "x", "value", "slope"),
    [("sin(pi*x)", "1/2", 1, 0), ("pi*x^2", "3", 28.274333882308138, 18.84955592153876), ("cos(π)*x", "2", -2, -1)],
)
def test_pi_is_a_number(text: str, x: str, value: float, slope: float, capsys: pytest.CaptureFixture[str]) -> None:
    found = said(capsys, "-e", f"f = {text}", f"x={x}")
    assert found["values"]["f"] == pytest.approx(value, rel=1e-15)
    assert found["gradients"]["x"] == pytest.approx(slope, abs=1e-300, rel=1e-15)


def test_pi_is_written_as_itself(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert show(parse("2*pi*r"), ASCII) == "2 * pi * r"
    assert show(parse("2*π*r"), PAPER._replace(dot=False)) == "2 π r"
    assert run(["forward", "-e", "f = 2*pi", "--exact"]) == 2
    assert "`pi` has no exact value" in capsys.readouterr().err
    spec = tmp_path / "own.toml"
    spec.write_text('[inputs]\npi = 3\n[equations]\nf = "pi + 1"\n')
    assert run(["forward", str(spec), "--get", "f"]) == 0
    assert capsys.readouterr().out == "4\n"
    assert run(["derive", "cos(pi*x)", "--wrt", "x", "--shapes", "x: 1", "--format", "numpy"]) == 0
    assert "np.pi" in capsys.readouterr().out
