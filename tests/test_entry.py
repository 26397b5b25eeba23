"""An operation is one entry and nothing more: with one put into the table, every room knows it.

The package is copied and entries are written into the copy, as anybody would; nothing else in it is touched.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
from printing import in_line

ROOT = Path(__file__).parent.parent
#: Each entry, and after which line of which file it is put.
ENTRIES = [
    (
        "activations.py", "ACTIVATIONS: tuple[Operation, ...] = (\n",
        '    elementwise("swash", "x", meaning="x .* sigmoid(x)", summary="x times its sigmoid"),\n',
    ),
    (
        "activations.py", "ACTIVATIONS: tuple[Operation, ...] = (\n",
        '    elementwise("elf", "x", meaning="max(0, x) + alpha * expm1(min(0, x))", settings={"alpha": "1"}, '
        'summary="x where x > 0, else alpha (exp(x) - 1)"),\n',
    ),
    (
        "losses.py", "LOSSES: tuple[Operation, ...] = (\n",
        '    loss("log_cosh", "p y", meaning="sum(log(cosh(p - y)))", summary="the sum of log(cosh(p - y))"),\n',
    ),
    (
        "activations.py", "ACTIVATIONS: tuple[Operation, ...] = (\n",
        '    elementwise("stairs", "x", meaning="step(x) + step(x - 1)", summary="how many of 0 and 1 are below x"),\n'
        '    elementwise("dead", "x", meaning="3", summary="3"),\n'
        '    elementwise("bump", "x", meaning="exp(-lambda * x.^2)", settings={"lambda": "1"}, parity="even", '
        'summary="exp(-lambda x^2)"),\n',
    ),
    (
        "linear.py", "LINEAR: tuple[Operation, ...] = (\n",
        '    structural("scaled", "A x", "m n, n 1 -> m 1", meaning="A * x / norm2(x)", '
        'summary="A times the unit vector along x"),\n'
        '    structural("twice", "x y", '
        'Form("n 1, n 1 -> n 1", {"x": "inner(g, x) * y + inner(x, y) * g", "y": "inner(g, x) * x"}, '
        '"sum(i, x[i,1] * y[i,1]) * x[i,1]"), '
        'Form("1 n, 1 n -> 1 n", {"x": "sum(y) * g", "y": "inner(g, x) * ones(1, n)"}, '
        '"sum(k, y[1,k]) * x[1,j]"), summary="a rule for each shape"),\n',
    ),
    (
        "linear.py", "LINEAR: tuple[Operation, ...] = (\n",
        '    structural("running", "x", Form("n 1 -> n 1", {"x": "g + sum(g) * ones(n) - running(g)"}, '
        '"sum(k, step(i - k + 1/2) * x[k,1])"), summary="the running sums of a column"),\n',
    ),
]  # fmt: skip
NETWORK = """
[input]
values = [1, -2]
[[layers]]
type = "dense"
weights = { values = [[1, 2], [-1, 1]] }
bias = "none"
activation = "swash"
[[layers]]
type = "dense"
weights = { values = [[1, 2]] }
bias = "none"
[loss]
type = "log_cosh"
reduction = "mean"
target = 1
"""


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("copy")
    for folder in ("nncalc", "configs", "docs"):
        shutil.copytree(ROOT / folder, place / folder, ignore=shutil.ignore_patterns("__pycache__"))
    for file, after, entry in ENTRIES:
        path = place / "nncalc" / "ops" / file
        text = path.read_text(encoding="utf-8")
        assert after in text
        path.write_text(text.replace(after, after + entry), encoding="utf-8")
    (place / "net.toml").write_text(NETWORK, encoding="utf-8")
    return place


def ran(copy: Path, *words: str, status: int = 0, more: Mapping[str, str] | None = None) -> str:
    """Return what the program in the copy prints."""
    environment = {**os.environ, "PYTHONPATH": str(copy), "PYTHONUTF8": "1", **(more or {})}
    program = [sys.executable, "-m", "nncalc", *words]
    done = subprocess.run(program, cwd=copy, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == status, done.stderr
    return done.stdout + (done.stderr if status else "")


def value(copy: Path, *words: str) -> float:
    return float(ran(copy, "backward", *words))


def swash(x: float) -> tuple[float, float]:
    """Return the function and its slope, from its definition."""
    s = 1 / (1 + np.exp(-x))
    return float(x * s), float(s + x * s * (1 - s))


@pytest.mark.parametrize("x", [-30.0, -2.0, 0.0, 0.5, 40.0])
def test_an_activation_has_its_value_and_its_slope(copy: Path, x: float) -> None:
    expected, slope = swash(x)
    assert value(copy, "-e", "f = swash(x)", f"x={x}", "--get", "f") == pytest.approx(expected, rel=1e-14)
    assert value(copy, "-e", "f = swash(x)", f"x={x}", "--get", "d(f)/d(x)") == pytest.approx(slope, rel=1e-14)


def test_an_activation_is_worked_in_both_forms(copy: Path) -> None:
    scalar = ran(copy, "backward", "-e", "f = sum(swash(x))", "x=1,-2", "--no-split", "--show-steps")
    assert "  f = swash(x₁) + swash(x₂) = swash(1) + swash(−2) ≈ 0.492653\n" in scalar
    assert "∂f/∂x₁ = x₁ · σ(x₁) · (1 − σ(x₁)) + σ(x₁) = 1 · σ(1) · (1 − σ(1)) + σ(1)" in scalar
    vector = ran(
        copy, "backward", "-e", "f = sum(swash(x))", "x=1,-2", "--no-split", "--show-steps", "--form", "vector"
    )
    assert "≈ [0.927671; −0.0907842]" in in_line(vector)


def test_what_is_irrational_is_refused_by_its_name(copy: Path) -> None:
    assert "`swash` has no exact value here" in ran(copy, "forward", "-e", "f = swash(x)", "x=1", "--exact", status=2)
    assert ran(copy, "forward", "-e", "f = swash(x)", "x=0", "--exact", "--get", "f") == "0\n"


def test_matrix_calculus_checks_it_and_writes_it(copy: Path) -> None:
    for expression, wrt in [
        ("sum(swash(A*x))", "x"),
        ("log_cosh(A*x, y)", "x"),
        ("norm2(running(x))^2", "x"),
        ("elf(x)", "x"),
    ]:
        assert "checked: it agrees with the complex step" in ran(copy, "derive", expression, "--wrt", wrt)
    assert r"\operatorname{swash}(A x)" in ran(copy, "derive", "swash(A*x)", "--wrt", "x", "--format", "latex")


def test_its_text_in_numpy_computes_it(copy: Path) -> None:
    expression = "sum(swash(x)) + log_cosh(x, y) + norm2(running(x))^2 + sum(elf(x, alpha=2))"
    text = ran(copy, "derive", f"t*({expression})", "--wrt", "t", "--format", "numpy")
    space: dict[str, object] = {}
    exec(text, space)
    found = space["derivative"]
    assert callable(found)
    x, y = np.array([0.5, -1.0, 2.0]), np.array([1.0, 0.0, -1.0])
    expected = (
        sum(swash(each)[0] for each in x) + np.log(np.cosh(x - y)).sum() + (np.cumsum(x) ** 2).sum()
        + np.where(x > 0, x, 2 * np.expm1(x)).sum()
    )  # fmt: skip
    assert np.asarray(found(1, x, y)).item() == pytest.approx(expected, rel=1e-12)


def test_it_is_exported_or_refused_by_its_name(copy: Path) -> None:
    words = ["export", "-e", "f = sum(running(swash(x)).^2)", "x=1,-2"]
    program = ran(copy, *words)
    assert "def _swash(" in program
    assert "def _running(" in program
    (copy / "net.py").write_text(program, encoding="utf-8")
    subprocess.run([sys.executable, "net.py"], cwd=copy, check=True, stdout=subprocess.DEVNULL)
    said = ran(copy, *words, "--to", "torch", status=2)
    assert "PyTorch has no word for an operation entry by entry" in said


def test_a_network_ends_in_it_and_passes_through_it(copy: Path) -> None:
    found = json.loads(ran(copy, "backward", "net.toml", "--format", "json", "--show-steps"))
    z = swash(-3.0)[0]
    assert found["values"]["loss"] == pytest.approx(np.log(np.cosh(3 * z - 1)), rel=1e-14)
    slope = np.tanh(3 * z - 1) * swash(-3.0)[1]
    expected = [[slope, -2 * slope], [2 * slope, -4 * slope]]
    assert np.array(found["gradients"]["W1"]) == pytest.approx(np.array(expected), rel=1e-13)
    assert "notes" in found
    ran(copy, "backward", "net.toml", "--show-steps", "--format", "latex")


def test_a_large_network_is_computed_with_it_in_arrays(copy: Path) -> None:
    values = ",".join(str(k % 7 - 3) for k in range(2000))
    assert value(copy, "-e", "f = sum(running(swash(x)))", f"x={values}", "--get", "f") == pytest.approx(
        float(np.cumsum([swash(k % 7 - 3)[0] for k in range(2000)]).sum()), rel=1e-12
    )


def test_a_sum_by_an_element_rule_is_exact_and_has_a_gradient(copy: Path) -> None:
    words = ["backward", "-e", "f = sum(running(x).^2)", "x=1/3,2,3", "--exact"]
    assert ran(copy, *words, "--get", "f") == "34\n"
    assert ran(copy, *words, "--get", "d(f)/d(x)") == "[16, 46/3, 32/3]\n"
    assert "  f = x₁² + (x₁ + x₂)² + (x₁ + x₂ + x₃)² = " in ran(copy, *words, "--show-steps", "--no-split")


def test_it_is_drawn_completed_and_on_the_reference_page(copy: Path) -> None:
    assert '"f" [label="f = swash(x)"]' in ran(copy, "graph", "-e", "f = swash(x)")
    asked = {"_NNCALC_COMPLETE": "complete_bash", "COMP_WORDS": "nncalc forward -e f=swa", "COMP_CWORD": "3"}
    assert ran(copy, more=asked).strip() == "f=swash"
    assert "did you mean `swash`?" in ran(copy, "forward", "-e", "f = swahs(x)", "x=1", status=2)
    script = copy / "docs" / "operations.py"
    subprocess.run([sys.executable, str(script)], env={**os.environ, "PYTHONPATH": str(copy)}, check=True)
    page = (copy / "docs" / "language.md").read_text(encoding="utf-8")
    assert "| `swash(x)` | x times its sigmoid | `x .* sigmoid(x)` |" in page
    assert "`elf(x, alpha=1)`" in page


def test_where_it_jumps_a_minimum_is_not_called_global(copy: Path) -> None:
    assert "global" not in ran(copy, "derive", "(x-1)^2 - stairs(x)", "--wrt", "x", "--solve")
    assert "global" in ran(copy, "derive", "(x-1)^2", "--wrt", "x", "--solve")


def test_a_setting_stays_where_a_minus_is_taken_out(copy: Path) -> None:
    found = ran(copy, "derive", "bump(-x, lambda=2)", "--wrt", "x")
    assert "bump(x, λ=2)" in found
    assert "checked: it agrees with the complex step" in found


def test_a_meaning_that_leaves_its_argument_out_fills_its_shape(copy: Path) -> None:
    words = ["backward", "-e", "f = sum(dead(x))", "x=1,2,3"]
    assert ran(copy, *words, "--get", "f") == "9\n"
    assert ran(copy, *words, "--get", "d(f)/d(x)") == "[0, 0, 0]\n"
    values = ",".join(["1"] * 2000)
    assert ran(copy, "forward", "-e", "f = sum(dead(x))", f"x={values}", "--get", "f") == "6000\n"
    assert "checked" in ran(copy, "derive", "sum(x .* dead(x))", "--wrt", "x")


def test_what_has_a_shape_follows_from_its_meaning(copy: Path) -> None:
    for wrt in ("x", "A"):
        assert "checked: it agrees" in ran(copy, "derive", "sum(scaled(A, x).^2)", "--wrt", wrt, "--shapes", "A: m x n")
    values = ["A=[[1, 2], [3, 4]]", "x=3,4"]
    assert ran(copy, "forward", "-e", "f = scaled(A, x)", *values, "--get", "f", "--exact") == "[11/5, 5]\n"


@pytest.mark.parametrize(("x", "y", "expected"), [("1,2", "3,4", "[11, 22]"), ("[[1, 2]]", "[[3, 4]]", "[7, 14]")])
def test_each_form_has_its_own_rule(copy: Path, x: str, y: str, expected: str) -> None:
    for scalars in ([], ["--form", "vector"]):
        found = ran(copy, "forward", "-e", "f = twice(x, y)", f"x={x}", f"y={y}", "--get", "f", *scalars)
        assert found.strip().replace("[[", "[").replace("]]", "]") == expected


def test_each_form_has_its_own_text_in_numpy(copy: Path) -> None:
    shapes = ["--shapes", "a: n x 1, b: n x 1, c: 1 x n, d: 1 x n"]
    expression = "t*(sum(twice(a, b)) + sum(twice(c, d)) + sum(bump(a, lambda=2)))"
    text = ran(copy, "derive", expression, "--wrt", "t", *shapes, "--format", "numpy")
    space: dict[str, object] = {}
    exec(text, space)
    found = space["derivative"]
    assert callable(found)
    a, b = np.array([1.0, 2.0]), np.array([3.0, 4.0])
    given = {"t": 1, "a": a, "b": b, "c": a.reshape(1, 2), "d": b.reshape(1, 2)}
    assert np.asarray(found(**given)).item() == pytest.approx(33 + 21 + np.exp(-2 * a**2).sum(), rel=1e-12)
