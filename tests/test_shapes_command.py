"""`nncalc shapes`: chains of derivatives, and every shape of a network."""

from __future__ import annotations

import csv
import io
import json
import re
from functools import reduce
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_latex import compiled

from nncalc.cli.app import run
from nncalc.graph.shapes import SCALAR, Shapes, text_of
from nncalc.language.parser import name, parse
from nncalc.render import render
from nncalc.shaping.matching import chain, in_shapes
from nncalc.shaping.page import chain_page

ROOT = Path(__file__).parent.parent
SPEC = str(ROOT / "configs" / "recitation.toml")


def printed(capsys: pytest.CaptureFixture[str], *args: str) -> str:
    assert run(["shapes", *args]) == 0
    return capsys.readouterr().out


def as_json(capsys: pytest.CaptureFixture[str], *args: str) -> Any:
    return json.loads(printed(capsys, *args, "--format", "json"))


def lines(text: str) -> list[str]:
    return [" ".join(line.split()) for line in text.splitlines()]


def test_the_recitation_asks_for_the_shapes_of_a_chain(capsys: pytest.CaptureFixture[str]) -> None:
    # CMU 10-301/601, recitation 5, section 1, questions 2 and 3
    found = lines(printed(capsys, "x: p -> y: r -> z: n"))
    for line in (
        "layout: denominator; ∂y/∂x has a row for each entry of x, a column for each entry of y",
        "∂y/∂x p×r",
        "∂z/∂y r×n",
        "∂z/∂x p×n",
        "∂z/∂x = ∂y/∂x · ∂z/∂y: (p×r)(r×n) = p×n ✓ inner sizes agree",
        "∂z/∂x ≠ ∂z/∂y · ∂y/∂x: (r×n)(p×r) ✗ inner sizes n and p differ",
    ):
        assert line in found


def test_numerator_layout_turns_shapes_and_order_round(capsys: pytest.CaptureFixture[str]) -> None:
    found = lines(printed(capsys, "x:p→y:r→z:n", "--layout", "numerator", "--ascii"))
    for line in (
        "layout: numerator; d(y)/d(x) has a row for each entry of y, a column for each entry of x",
        "d(y)/d(x) rxp",
        "d(z)/d(x) nxp",
        "d(z)/d(x) = d(z)/d(y) * d(y)/d(x): (nxr)(rxp) = nxp ok: inner sizes agree",
        "d(z)/d(x) != d(y)/d(x) * d(z)/d(y): (rxp)(nxr) no: inner sizes p and n differ",
    ):
        assert line in found
    assert "\n".join(found).isascii()


def test_two_quantities_have_one_derivative_and_no_product(capsys: pytest.CaptureFixture[str]) -> None:
    text = printed(capsys, "x: 2 -> y: 3")
    assert "∂y/∂x  2×3" in text
    assert "Chain rule" not in text
    assert as_json(capsys, "x: 2 -> y: 3")["other_order"] is None


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        ("x: n -> y: n -> z: n", "(n×n)(n×n) = n×n ✗ fits as well, as the sizes are equal: the layout decides"),
        ("x: n -> y: r -> z: n", "(r×n)(n×r) = r×r ✗ gives r×r, not n×n"),
        ("x: p -> y: 1 -> z: 1", "(1×1)(p×1) = p×1 ✓ fits as well: a number may stand on either side"),
        ("x: 1 -> y: 1 -> z: 1", "(1×1)(1×1) = 1×1 ✓ fits as well: a number may stand on either side"),
        ("x: 2 -> y: 3 -> z: 4 -> w: 5", "(4×5)(3×4)(2×3) ✗ inner sizes 5 and 3 differ"),
    ],
)
def test_the_other_order_is_judged(text: str, verdict: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert lines(printed(capsys, text))[-1].endswith(verdict)


def test_a_matrix_in_a_chain_stands_for_its_entries(capsys: pytest.CaptureFixture[str]) -> None:
    found = lines(printed(capsys, "W: m x n -> a: row m -> loss: 1"))
    assert "vec(W) (m·n)×1 W is m×n, its columns under each other" in found
    assert "vec(a) m×1 a is 1×m, its columns under each other" in found
    assert "∂vec(a)/∂vec(W) (m·n)×m" in found
    assert "∂ℓ/∂vec(W) = ∂vec(a)/∂vec(W) · ∂ℓ/∂vec(a): ((m·n)×m)(m×1) = (m·n)×1 ✓ inner sizes agree" in found
    assert "d(loss)/d(vec(W))" in printed(capsys, "W: m x n -> a: row m -> loss: 1", "--ascii")


def test_a_chain_as_json_and_as_plain_lines(capsys: pytest.CaptureFixture[str]) -> None:
    found = as_json(capsys, "x: p -> y: 3 -> z: n")
    assert (found["nncalc"], found["command"], found["layout"]) == (1, "shapes", "denominator")
    assert found["quantities"][1] == {"id": "y", "shape": [3, 1], "entries": 3}
    assert found["derivatives"][2] == {"id": "d(z)/d(x)", "shape": ["p", "n"]}
    assert found["products"][0]["factors"][1] == {"id": "d(z)/d(y)", "shape": [3, "n"]}
    assert found["other_order"]["shape"] is None
    plain = printed(capsys, "x: p -> y: 3 -> z: n", "--format", "plain").splitlines()
    assert plain[0].startswith("# layout: denominator")
    assert "∂y/∂x p×3" in plain
    assert plain[-1] == "∂z/∂x ≠ ∂z/∂y · ∂y/∂x  # (3×n)(p×3); ✗ inner sizes n and p differ"


@pytest.mark.parametrize("words", [["W: m x n -> a: m -> loss: 1"], [SPEC]], ids=["chain", "network"])
def test_shapes_in_other_documents(words: list[str], capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    rows = list(csv.DictReader(io.StringIO(printed(capsys, *words, "--format", "csv"))))
    assert all(row["section"] and row["name"] for row in rows)
    assert {row["shape"] for row in rows} >= ({"(m*n)xm", "mx1"} if "->" in words[0] else {"2x3", "1x1"})
    found = printed(capsys, *words, "--format", "markdown", "--ascii")
    assert found.count("\n| --- |") == (4 if "->" in words[0] else 3)
    assert f"| {rows[0]['name']} | {rows[0]['shape'].replace('*', chr(92) + '*')} |" in found
    found = printed(capsys, *words, "--format", "markdown")
    assert found.count(r"\begin{aligned}") == (4 if "->" in words[0] else 3)
    compiled(printed(capsys, *words, "--format", "latex"), tmp_path)


def test_a_product_of_derivatives_in_latex_says_whether_it_fits(capsys: pytest.CaptureFixture[str]) -> None:
    found = printed(capsys, "W: m x n -> a: m -> loss: 1", "--format", "latex")
    whole, one = r"\frac{\partial \ell}{\partial \operatorname{vec}(W)}", r"\frac{\partial \ell}{\partial a}"
    assert rf"{whole} &\neq {one} \cdot" in found
    assert r"\operatorname{vec}(W) &\in \mathbb{R}^{(m n) \times 1}" in found
    assert r"$\checkmark$ inner sizes agree" in found


def test_a_network_in_latex_holds_no_sign_by_its_number(capsys: pytest.CaptureFixture[str]) -> None:
    found = printed(capsys, SPEC, "--format", "latex")
    assert r"2$\times$1 $\odot$ 2$\times$1; as $a$" in found
    assert "U+" not in found


def test_shapes_on_a_terminal_read_as_in_a_pipe(monkeypatch: pytest.MonkeyPatch) -> None:
    page = chain_page(chain("W: 2 x 3 -> a: 2 -> loss: 1", "denominator"))
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "200")
    assert re.sub(r"\x1b\[[0-9;]*m", "", render(page, "terminal")) == render(page, "table")
    monkeypatch.setenv("COLUMNS", "60")
    narrow = re.sub(r"\x1b\[[0-9;]*m", "", render(page, "terminal"))
    assert "  ∂ℓ/∂vec(W) = ∂a/∂vec(W) · ∂ℓ/∂a\n               (6×2)(2×1) = 6×1  ✓ inner sizes agree\n" in narrow
    assert max(map(len, narrow.splitlines())) <= 60


@given(st.lists(st.integers(1, 4), min_size=3, max_size=6), st.sampled_from(["denominator", "numerator"]))
def test_arrays_of_these_shapes_multiply_as_it_says(sizes: list[int], layout: Any) -> None:
    found = chain(" -> ".join(f"x{place}: {size}" for place, size in enumerate(sizes)), layout)
    for product in found.products:
        arrays = [np.zeros(factor.shape) for factor in product.factors]  # type: ignore[arg-type]
        assert reduce(np.matmul, arrays).shape == product.result.shape == product.shape
        assert product.right
    assert found.other is not None
    shapes = [factor.shape for factor in found.other.factors if factor.shape != SCALAR]
    if any(a[1] != b[0] for a, b in pairwise(shapes)):
        assert (found.other.shape, found.other.right) == (None, False)
    elif found.other.right:
        assert len(shapes) <= 1
        assert found.other.shape == found.whole.shape


@pytest.mark.parametrize(
    ("args", "message", "hint"),
    [
        (["x: p -> x: r"], "`x` stands twice in the chain", "own name"),
        (["α: p -> alpha: r"], "`alpha` stands twice in the chain", "own name"),
        (["x: p"], "a chain has at least two quantities, this one only `x`", "`x: p -> y: r -> z: n`"),
        ([""], "the chain is empty", "`x: p -> y: r -> z: n`"),
        ([" → "], "the chain is empty", "`x: p -> y: r -> z: n`"),
        (["x: p -> y"], "`y` has no size", "`y: n`"),
        (["x: p -> y: -> z: n"], "`y` has no size", "`y: n`"),
        (["x: p ->"], "a quantity is missing after `x: p`", "`x: p"),
        (["→ x: p"], "a quantity is missing before `x: p`", "`x: p"),
        (["x: p -> -> y: n"], "a quantity is missing after `x: p`", "`x: p"),
        (["x: p -> y: ? -> z: n"], "the size of `y` cannot be known", "give it a letter: `y: m`"),
        (["x: p -> Y: n x ? -> z: n"], "the size of `Y` cannot be known", "give it a letter: `Y: m`"),
        (["x: p -> y: x"], "`x` is both a quantity and a size", "something else"),
        (["x: p -> y: 0"], "`0` in `y: 0` is not a size", "from 1 to 9999999"),
        (["x: p -> y z: 2"], "`y z` in `y z: 2` is not a name", "`x: n`"),
        (["x: p -> y: 2 x 3 x 4"], "`y: 2 x 3 x 4` has 3 sizes", "`X: n x d`"),
        (["x: p", "-"], "a chain is one word, this one ends after `x: p`", "quotes"),
        (["x: p -> y: n", SPEC], "is a chain, which stands alone", "leave"),
        (["x: p -> y: n", "-e", "x"], "is a chain, which stands alone", "leave"),
        (["x: p -> y: n", "--shapes", "x: p"], "is a chain, which stands alone", "leave"),
        (["x: p -> y: n", "--layout", "denom"], "--layout is one of denominator, numerator", "denominator"),
        (["x: p -> y: n", "--format", "dot"], "--format is one of table, plain, json, csv, markdown, latex", ""),
        ([" -> ".join(f"x{n}: {n + 1}" for n in range(200))], "at most 100 are read", ""),
        ([SPEC, "--shapes", "x: n"], "--shapes goes with -e", ""),
        ([SPEC, "--layout", "numerator"], "--layout goes with a chain", ""),
        (["nowhere.toml"], "cannot read `nowhere.toml`", ""),
        (["-e", "f = x", "--shapes", "z: n"], "unknown name `z`", "`x`"),
        (["-e", "f = x", "-e", "g = f", "--shapes", "f: n"], "`f` is computed, its shape follows", "made from"),
        (["-e", "f = x", "x=1", "--shapes", "x: n"], "`x` has a value, which has its shape", "leave"),
        (["-e", "f = x*n", "--shapes", "x: n"], "`n` is both a quantity and a size", "something else"),
        (["-e", "f = x'*A*x", "--shapes", "A: m x n"], "the inner sizes n and m differ", ""),
    ],
)
def test_what_is_wrong_is_said(args: list[str], message: str, hint: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["shapes", *args]) == 2
    found = capsys.readouterr()
    assert found.out == ""
    first, _, rest = found.err.partition("\n")
    assert message in first
    assert hint in rest


def test_every_quantity_and_gradient_of_the_recitation_has_its_shape(capsys: pytest.CaptureFixture[str]) -> None:
    found = lines(printed(capsys, SPEC))
    for line in (
        "α 2×3 parameter",
        "a 2×1 α x̂: (2×3)(3×1)",
        "z 2×1 ReLU(a), entry by entry",
        "ŷ 1×1 β ẑ: (1×3)(3×1)",
        "∂ℓ/∂α 2×3 ∂ℓ/∂a x̂ᵀ: (2×1)(1×3) as α, which it updates",
    ):
        assert line in found


def test_nothing_named_is_the_built_in_example_and_a_dash_standard_input(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run(["shapes"]) == 0
    found = capsys.readouterr()
    assert found.err == "nncalc: no spec named, so this is the built-in example, recitation.json\n"
    assert found.out == printed(capsys, SPEC)
    data = b'[inputs]\nx = [1, 2]\n[equations]\nf = "sum(x)"\n'
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(data)))
    assert "x  2×1  input" in printed(capsys, "-")


@pytest.mark.parametrize("spec", sorted((ROOT / "configs").glob("*.toml")), ids=lambda path: path.stem)
def test_the_shapes_are_those_of_the_numbers(spec: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said = {entry["id"]: entry["shape"] for entry in as_json(capsys, str(spec))["shapes"]}
    assert run(["backward", str(spec), "--show-steps", "--form", "vector", "--format", "json"]) == 0
    steps = json.loads(capsys.readouterr().out)["steps"]
    assert steps
    for step in steps:
        assert said[step["id"]] == (step["shape"] or [1, 1])


def test_a_formula_needs_no_values(capsys: pytest.CaptureFixture[str]) -> None:
    found = lines(printed(capsys, "-e", "a = W*x + b", "-e", "f = c'*relu(a)", "x=1,2", "--shapes", "W: k x 2"))
    for line in (
        "W k×2 declared",
        "x 2×1 input",
        "b k×1 a lower-case name is a column",
        "a k×1 W x + b: (k×2)(2×1) + k×1",
        "∂f/∂W k×2 ∂f/∂a xᵀ: (k×1)(1×2) as W",
    ):
        assert line in found


def test_a_size_in_a_formula_is_no_quantity(capsys: pytest.CaptureFixture[str]) -> None:
    found = lines(printed(capsys, "-e", "f = sum(X*W + ones(n)*b')"))
    assert "n 1×1 a size" in found
    assert "X n×d an upper-case name is a matrix" in found
    assert not any(line.startswith("∂f/∂n ") for line in found)


def test_what_is_no_number_has_no_gradient(capsys: pytest.CaptureFixture[str]) -> None:
    text = printed(capsys, "-e", "A*x", "--ascii")
    assert "note: f is mx1; only a number has a gradient" in text
    assert "Backward" not in text


def test_plain_lines_can_be_cut_at_the_hash(capsys: pytest.CaptureFixture[str]) -> None:
    found = printed(capsys, "-e", "B = A", "-e", "f = x'*B*x", "--format", "plain").splitlines()
    assert found[0] == "A n×n  # an upper-case name is a matrix"
    assert "B n×n  # A" in found
    assert "∂f/∂B n×n  # x xᵀ: (n×1)(1×n); as B" in found


def test_a_file_takes_the_output(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = tmp_path / "shapes.txt"
    assert printed(capsys, "x: p -> y: r", "-o", str(target)) == ""
    assert "∂y/∂x  p×r" in target.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("A*x", "(m×n)(n×1)"),
        ("2*A*x", "(m×n)(n×1)"),
        ("A*x + y", "(m×n)(n×1) + m×1"),
        ("y - A*x", "m×1 − (m×n)(n×1)"),
        ("y .* (A*x + y) ./ y", "(m×1 ⊙ ((m×n)(n×1) + m×1)) ⊘ m×1"),
        ("A'*relu(y)", "(n×m)(m×1)"),
        ("sum(A*x)", "sum((m×n)(n×1))"),
        ("relu(-y)", ""),
        ("A'", ""),
        ("A", ""),
        ("t*t + 2", ""),
        ("t*A", "(1×1)(m×n)"),
        ("y + 1", ""),
        ("ones(m, 2)'*y", "(2×m)(m×1)"),
        ("A*intercept(z)", "(m×n)(n×1)"),
    ],
)
def test_a_formula_in_shapes(text: str, expected: str) -> None:
    given_shapes = {"A": ("m", "n"), "x": ("n", 1), "y": ("m", 1), "t": SCALAR, "z": ("k", 1)}
    shapes = Shapes({name(base): shape for base, shape in given_shapes.items()})
    shapes.name(name("z"), ("k", 1))
    if "intercept" in text:
        shapes.name(name("A"), ("m", "k+1"))
        expected = "(m×(k+1))((k+1)×1)"
    assert in_shapes(parse(text), shapes) == expected
    assert text_of(shapes.of(parse(text)))
