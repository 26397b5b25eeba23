"""Blocks: what stands under each other and side by side, some rows or columns of it, and their gradients.

Expected values are computed by hand or with NumPy's own blocks.
"""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from test_understood import derived, refused

from nncalc.cli.app import run
from nncalc.graph.shapes import Shapes
from nncalc.graph.tidy import tidy
from nncalc.language.formula import name
from nncalc.language.parser import Known, parse
from nncalc.language.printer import ASCII, PAPER, show
from nncalc.problems import Problem

#: Names are of whole quantities, so that an index takes something of one.
WHOLE = Known(whole=True)
GATE = "sum(sigmoid(W*stack(h, x) + b))"


# -- as they are written ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("stack(h, x)", "[h, x]"),
        ("stack(stack(h, x), 1)", "[h, x, 1]"),
        ("[stack(h, x), 1]", "[h, x, 1]"),
        ("stack([1, 2], x)", "[1, 2, x]"),
        ("stack(x)", "x"),
        ("beside(A, B)", "[[A, B]]"),
        ("beside(beside(A, B), C)", "[[A, B, C]]"),
        ("stack(beside(A, B), beside(C, D))", "[[A, B], [C, D]]"),
        ("stack(beside(A, B), C)", "[[[A, B]], C]"),
        ("rows(x, 1, n)'*w", "x[1:n,:]' * w"),
    ],
)
def test_blocks_are_written_as_lists_and_read_back(text: str, shown: str) -> None:
    formula = parse(text)
    assert show(formula) == shown
    assert parse(show(formula), WHOLE) is formula
    assert parse(show(formula, PAPER), WHOLE, paper=True) is formula


def test_a_matrix_of_blocks_has_rows_of_one_length() -> None:
    with pytest.raises(Problem, match="lists of one length"):
        parse("[[A, B], C]")


# -- shapes ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "wrt", "shapes"),
    [
        (GATE, "x", {"W": ["k", "d+n"], "h": ["n", 1], "x": ["d", 1], "b": ["k", 1]}),
        ("[x, 1]'*w", "x", {"x": ["n", 1], "w": ["n+1", 1]}),
        ("logdet([[A, B], [C, D]])", "A", {"A": ["n", "n"], "B": ["n", "k"], "C": ["k", "n"], "D": ["k", "k"]}),
        ("norm2(beside(A, B)*w)^2", "w", {"A": ["m", "n"], "B": ["m", "k"], "w": ["k+n", 1]}),
        ("norm2(stack(x, y, z) - w)^2", "x", {"x": ["n", 1], "y": ["d", 1], "z": ["m", 1], "w": ["d+m+n", 1]}),
    ],
)
def test_the_sizes_of_blocks_add_up(
    text: str, wrt: str, shapes: dict[str, list[object]], capsys: pytest.CaptureFixture[str]
) -> None:
    assert derived(capsys, text, "--wrt", wrt)["shapes"] == shapes


def test_a_size_that_is_a_sum_may_be_declared(capsys: pytest.CaptureFixture[str]) -> None:
    found = derived(capsys, "W*stack(h, x)", "--wrt", "x", "--shapes", "W: k x (n+p), h: n")
    assert found["shapes"]["x"] == ["p", 1]
    assert found["derivative"] == "W[:,n+1:n+p]'"


def test_blocks_that_do_not_fit_are_named(capsys: pytest.CaptureFixture[str]) -> None:
    said = refused(capsys, "W*stack(h, x)", "--wrt", "x", "--shapes", "W: k x 5, h: 2, x: 2")
    assert "the inner sizes 5 and 4 differ" in said
    assert "`W * [h, x]`" in refused(capsys, "W*stack(h, x)", "--wrt", "x", "--shapes", "W: k x 5")
    said = refused(capsys, "W*stack(h, x)", "--wrt", "x", "--shapes", "W: k x n, h: m")
    assert "`[h, x]`" in said


# -- derivatives ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "wrt", "derivative"),
    [
        ("[x, 1]'*w", "x", "w[1:n]"),
        ("[x, 1]'*w", "w", "[x, 1]"),
        ("w'*[1, x]", "x", "w[2:n+1]"),
        ("a'*stack(h, x)", "x", "a[n+1:d+n]"),
        ("tr(beside(A, B)*stack(C, D))", "C", "A'"),
        ("stack(A*x, x)", "x", "[[A', eye(n)]]"),
        ("stack(y, A*x)", "y", "[[eye(d), zeros(d, m)]]"),
        ("stack(z, y, A*x)", "y", "[[zeros(k, d), eye(k), zeros(k, m)]]"),
        ("rows(A*x, 2, 3)", "x", "A[2:3,:]'"),
        ("norm2(rows(x, 1, 2))^2", "x", "2 * eye(n)[:,1:2] * x[1:2]"),
        ("norm2(columns(X, 2, 2))^2", "X", "2 * X[:,2] * eye(d)[2,:]"),
        ("[t, 2*t]'*w", "t", "w[1] + 2 * w[2]"),
        ("logdet([[A, B], [C, D]])", "A", "inv([[A, B], [C, D]])[1:n,1:n]'"),
    ],
)
def test_a_block_receives_its_part(text: str, wrt: str, derivative: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert derived(capsys, text, "--wrt", wrt)["derivative"] == derivative


@pytest.mark.parametrize(
    ("text", "wrt", "shapes"),
    [
        ("norm2(rows(x, 1, 2))^2", "x", "x: 5"),
        ("norm2(rows(x, 4, 5))^2", "x", "x: 5"),
        ("norm2(rows(x, 2, 3))^2", "x", "x: 5"),
        ("norm2(columns(X, 2, 3)*w)^2", "X", "X: 2 x 4"),
        ("columns(X, 2, 2)", "X", "X: 2 x 3"),
        ("beside(X*w, w, X)", "w", "X: n x n"),
        ("[[X, B], [C, X*D]]", "X", "X: n x d"),
        ("sum(exp(rows(stack(x, A*x), 2, 3)))", "x", "A: n x n"),
        ("rows(relu(W*stack(h, x)), 1, 2)", "x", "W: k x (n+d), x: n"),
        ("norm2(stack(X, X*A))^2", "X", "X: n x d, A: d x d"),
        ("stack(stack(x, y), rows(x, 1, 2))", "x", "x: 3"),
        ("rows(stack(x, y, x), 2, 3)'*w", "x", "x: 3, y: 2, w: 2"),
        ("rows([x', y'], 1, 1)*w", "x", "x: n, y: n"),
        ("stack(rows(x, 3, 3), rows(x, 1, 1))", "x", "x: 3"),
        ("stack(x, A*x, y) + stack(A*x, x, y)", "y", "x: n, y: m"),
        ("rows(stack(x, A*x, x), 1, n) + rows(stack(x, A*x, x), n + 1, 2*n)", "x", "x: n"),
        ("diag(stack(x, y))", "x", "x: n, y: m"),
        ("stack(x, y, 1) + stack(1, x, y)", "x", "x: 2, y: 2"),
        ("stack(t, x, t, A*x)", "x", "x: 2, A: 2 x 2, t: 1"),
        ("stack(t, A*x, t, x)", "x", "x: 2, A: 2 x 2, t: 1"),
        ("stack(t, A*x, x, t)", "x", "x: 2, A: 2 x 2, t: 1"),
    ],
)
def test_what_is_made_of_blocks_is_checked_by_the_complex_step(
    text: str, wrt: str, shapes: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert derived(capsys, text, "--wrt", wrt, "--shapes", shapes)["verified"] >= 2


def test_a_gate_has_the_block_of_its_weights_and_a_second_derivative(capsys: pytest.CaptureFixture[str]) -> None:
    assert derived(capsys, GATE, "--wrt", "x")["derivative"].startswith("W[:,n+1:d+n]' * ")
    assert derived(capsys, GATE, "--wrt", "x", "--hessian")["shape"] == ["d", "d"]
    assert derived(capsys, GATE, "--wrt", "W")["shape"] == ["k", "d+n"]


def test_documents_and_numpy_have_blocks_and_parts(capsys: pytest.CaptureFixture[str]) -> None:
    def written(form: str, *words: str) -> str:
        assert run(["derive", *words, "--format", form]) == 0
        return capsys.readouterr().out

    gate = (GATE, "--wrt", "x")
    assert r"W_{:,\,n + 1:d + n}" in written("latex", *gate)
    assert "<mo>:</mo>" in written("html", *gate)
    rows = ("[x, 1]'*w", "--wrt", "x")
    assert r"w_{1:n}" in written("latex", *rows)
    assert "<mo>:</mo>" in written("html", *rows)
    space: dict[str, Any] = {}
    exec(written("numpy", *rows), space)
    assert space["derivative"]([1, 2], [3, 4, 5]).tolist() == [[3], [4]]
    exec(written("numpy", "a'*(W*stack(h, x))", "--wrt", "x"), space)
    assert space["derivative"]([1, 2], [[1, 2, 3], [4, 5, 6]], [1], [1, 1]).tolist() == [[10 + 2], [15]]


def test_one_element_of_blocks_is_refused_by_the_word_for_them(capsys: pytest.CaptureFixture[str]) -> None:
    assert "`stack` in `[x, 1]` has no element" in refused(
        capsys, "norm2([x, 1])^2", "--wrt", "x", "--method", "element"
    )


# -- numbers ----------------------------------------------------------------------------------------------


def backward(capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, Any]:
    assert run(["backward", *words, "--format", "json"]) == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


@pytest.mark.parametrize("form", ["scalar", "vector"])
def test_backward_gives_each_block_its_gradient(form: str, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["-e", "f = det([[A, B], [C, D]])", "A=[[1,2],[3,4]]", "B=1,2", "C=[[3,1]]", "D=7", "--form", form]
    found = backward(capsys, *words)
    whole = np.array([[1, 2, 1], [3, 4, 2], [3, 1, 7.0]])
    gradient = np.linalg.det(whole) * np.linalg.inv(whole).T
    assert found["values"]["f"] == pytest.approx(-13)
    assert np.allclose(found["gradients"]["A"], gradient[:2, :2])
    assert np.allclose(found["gradients"]["B"], gradient[:2, 2])
    assert np.allclose(found["gradients"]["C"], gradient[2:, :2])
    assert np.allclose(found["gradients"]["D"], gradient[2, 2])


@pytest.mark.parametrize("form", ["scalar", "vector"])
def test_backward_takes_rows_and_columns(form: str, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["-e", "f = sum(columns(rows(X, 2, 3), 1, 1)*t)", "X=[[1,2],[3,4],[5,6]]", "t=2", "--form", form]
    found = backward(capsys, *words)
    assert found["values"]["f"] == 16
    assert found["gradients"]["X"] == [[0, 0], [2, 0], [2, 0]]
    assert found["gradients"]["t"] == 8


def test_numbers_in_a_list_have_gradients(capsys: pytest.CaptureFixture[str]) -> None:
    found = backward(capsys, "-e", "f = [a, b, 1]'*w", "a=1", "b=2", "w=3,4,5")
    assert found["gradients"] == {"a": 3, "b": 4, "w": [1, 2, 1]}


def test_a_large_matrix_of_blocks_runs_on_arrays(capsys: pytest.CaptureFixture[str]) -> None:
    random = np.random.default_rng(1)
    w, h, x = random.standard_normal((60, 80)), random.standard_normal(50), random.standard_normal(30)
    words = [f"W={json.dumps(w.tolist())}", f"h={json.dumps(h.tolist())}", f"x={json.dumps(x.tolist())}"]
    found = backward(capsys, "-e", "f = sum(sigmoid(W*stack(h, x)))", *words)
    out = 1 / (1 + np.exp(-w @ np.concatenate([h, x])))
    gradient = w.T @ (out * (1 - out))
    assert np.allclose(found["gradients"]["h"], gradient[:50])
    assert np.allclose(found["gradients"]["x"], gradient[50:])


def test_rows_that_a_matrix_does_not_have_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["forward", "-e", "f = sum(rows(x, 2, 4))", "x=1,2,3"]) == 2
    assert "`x` is 3×1 (from the command line) and has 3 rows" in capsys.readouterr().err
    assert run(["derive", "sum(rows(x, 2, 4))", "--wrt", "x", "--at", "x=1,2,3"]) == 2
    assert "`x` is 3×1 and has 3 rows" in capsys.readouterr().err


# -- tidied -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "tidied"),
    [
        ("rows(x, 1, 3)", "x"),
        ("rows(-x, 2, 3)", "-x[2:3]"),
        ("rows(2*x, 2, 3)", "2 * x[2:3]"),
        ("rows([x, y], 1, 3)", "x"),
        ("rows([x, y], 4, 5)", "y"),
        ("rows([x, y], 5, 5)", "y[2]"),
        ("rows([x, y], 2, 4)", "[x, y][2:4]"),
        ("rows([x, y, z], 4, 6)", "[y, z]"),
        ("rows(rows(x, 2, 3), 2, 2)", "x[3]"),
        ("rows(zeros(3), 1, 2)", "zeros(2)"),
        ("columns(ones(2, 3), 1, 2)", "ones(2, 2)"),
        ("columns([[A, B]], 1, 3)", "A"),
        ("columns([[A, B], [C, D]], 4, 4)", "[B, D]"),
        ("rows([[A, B], [C, D]], 1, 2)", "[[A, B]]"),
        ("rows([[A, B]], 1, 1)", "[[A[1,:], B[1]]]"),
        ("rows([A', y']', 1, 2)", "[A', y']'"),
        ("rows([A', y'], 1, 2)", "(A')[1:2,:]"),
        ("columns([x, y]', 1, 3)", "x'"),
        ("rows(x'', 1, 2)", "x[1:2]"),
        ("rows([[t, y']]', 1, 1)", "t"),
    ],
)
def test_rows_and_columns_are_taken_where_they_are(text: str, tidied: str) -> None:
    given = {"x": (3, 1), "y": (2, 1), "z": (1, 1), "A": (2, 3), "B": (2, 1), "C": (1, 3), "D": (1, 1), "t": (1, 1)}
    shapes = Shapes({name(word): shape for word, shape in given.items()})
    formula = parse(text)
    assert show(tidy(formula, shapes), ASCII) == tidied


@pytest.mark.parametrize(
    ("text", "tidied"),
    [
        ("stack(a, zeros(2), zeros(1)) + stack(zeros(2), zeros(2), b) + stack(zeros(2), c, zeros(1))", "[a, c, b]"),
        ("stack(a, zeros(3)) + stack(zeros(4), b)", "[a, zeros(2), b]"),
        ("stack(a, zeros(3)) + stack(c, zeros(3))", "[a + c, zeros(3)]"),
        ("stack(a, zeros(3)) + stack(zeros(1), c, zeros(2))", "[a, zeros(3)] + [zeros(1), c, zeros(2)]"),
        ("beside(M, zeros(3, 2)) + beside(zeros(3, 2), M)", "[[M, M]]"),
        ("x + stack(a, zeros(3)) + stack(zeros(4), b)", "x + [a, zeros(2), b]"),
    ],
)
def test_blocks_that_fill_each_other_s_zeros_are_put_together(text: str, tidied: str) -> None:
    shapes = Shapes({name("a"): (2, 1), name("b"): (1, 1), name("c"): (2, 1), name("x"): (5, 1), name("M"): (3, 2)})
    formula = parse(text)
    found = tidy(formula, shapes)
    assert show(found) == tidied
    assert shapes.of(found) == shapes.of(formula)
