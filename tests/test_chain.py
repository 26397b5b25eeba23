"""`derive --chain`: the chain rule in the order of the layout, each factor with its shape, through names or parts."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from nncalc.cli.app import run


def chained(capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, Any]:
    assert run(["derive", *words, "--chain", "--format", "json"]) == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def lines(capsys: pytest.CaptureFixture[str], *words: str) -> list[str]:
    assert run(["derive", *words, "--chain", "--format", "plain"]) == 0
    found = (line.partition("; ⟨g")[0].partition("; d(")[0] for line in capsys.readouterr().out.splitlines())
    return [line for line in found if not line.startswith("#")]


def test_least_squares_as_the_recitation_writes_it(capsys: pytest.CaptureFixture[str]) -> None:
    found = lines(capsys, "(X*theta)'*(X*theta)", "--wrt", "theta", "--shapes", "X: n x d")
    assert found == [
        "u = X θ  # n×1; an inner part",
        "f = uᵀ u  # 1×1",
        "∂u/∂θ = Xᵀ  # d×n",
        "∂f/∂u = 2 u  # n×1",
        "∂f/∂θ = ∂u/∂θ ∂f/∂u  # d×1; the chain rule: (d×n)(n×1) = d×1",
        "∂f/∂θ = Xᵀ (2 u)  # d×1; the factors put in",
        "∂f/∂θ = 2 Xᵀ u  # d×1",
        "∂f/∂θ = 2 Xᵀ X θ  # d×1; written out",
    ]


def test_in_numerator_layout_the_order_is_the_other(capsys: pytest.CaptureFixture[str]) -> None:
    found = lines(capsys, "u = X*theta; u'*u", "--wrt", "theta", "--shapes", "X: n x d", "--layout", "numerator")
    assert found[2:] == [
        "∂u/∂θ = X  # n×d",
        "∂f/∂u = 2 uᵀ  # 1×n",
        "∂f/∂θ = ∂f/∂u ∂u/∂θ  # 1×d; the chain rule: (1×n)(n×d) = 1×d",
        "∂f/∂θ = 2 uᵀ X  # 1×d; the factors put in",
        "∂f/∂θ = 2 θᵀ Xᵀ X  # 1×d; written out",
    ]


def test_vectors_have_a_matrix_for_each_factor(capsys: pytest.CaptureFixture[str]) -> None:
    found = lines(capsys, "W2*sigmoid(W1*x + b)", "--wrt", "x", "--shapes", "W1: k x d, W2: m x k")
    assert "∂f/∂x = ∂u/∂x ∂f/∂u  # d×m; the chain rule: (d×k)(k×m) = d×m" in found
    assert "∂u/∂x = W⁽¹⁾ᵀ  # d×k" in found
    assert "∂f/∂u = diag((1 − σ(u)) ⊙ σ(u)) W⁽²⁾ᵀ  # k×m" in found


def test_vectors_with_definitions_are_chained_unasked(capsys: pytest.CaptureFixture[str]) -> None:
    words = ("h = tanh(W*x + b); V*h", "--wrt", "x", "--format", "plain")
    assert run(["derive", *words]) == 0
    plain = capsys.readouterr().out
    assert run(["derive", *words, "--chain"]) == 0
    assert capsys.readouterr().out == plain
    assert "∂h/∂x = Wᵀ diag(1 − h.^2)" in plain


def test_several_ways_are_a_sum(capsys: pytest.CaptureFixture[str]) -> None:
    found = lines(capsys, "norm2(X*w - y)^2 + lam*norm2(w)^2", "--wrt", "w", "--shapes", "X: n x d")
    assert "∂f/∂w = 2 λ w + ∂u/∂w ∂f/∂u  # d×1; the chain rule: (d×1) + (d×n)(n×1) = d×1" in found
    found = lines(capsys, "p = tanh(x); q = sigmoid(x); L = p'*q", "--wrt", "x")
    assert "∂L/∂x = ∂q/∂x ∂L/∂q + ∂p/∂x ∂L/∂p  # n×1; the chain rule: (n×n)(n×1) + (n×n)(n×1) = n×1" in found


def test_what_is_used_again_has_a_line_of_its_own(capsys: pytest.CaptureFixture[str]) -> None:
    found = lines(capsys, "x = W*z; p = tanh(x); q = sigmoid(x); sum(p.*q)", "--wrt", "z", "--shapes", "W: k x d")
    assert "∂f/∂x = ∂q/∂x ∂f/∂q + ∂p/∂x ∂f/∂p  # k×1; the chain rule: (k×k)(k×1) + (k×k)(k×1) = k×1" in found
    assert "∂f/∂z = ∂x/∂z ∂f/∂x  # d×1; the chain rule: (d×k)(k×1) = d×1" in found
    found = lines(capsys, "a = A*x; b = a.*x; c = tanh(b); sum(c)", "--wrt", "x")
    assert "∂f/∂b = ∂c/∂b ∂f/∂c  # n×1; the chain rule: (n×n)(n×1) = n×1" in found  # a and x both lead to b


def test_where_a_name_comes_by_two_ways_the_direct_one_is_written_as_a_formula(
    capsys: pytest.CaptureFixture[str],
) -> None:
    found = chained(capsys, "h = tanh(A*x); c = h.*x; norm2(c)^2", "--wrt", "x")
    assert "d(c)/d(x)" not in found["slopes"]  # that by h apart is no derivative that has a name
    assert "diag(h) * d(f)/d(c) + d(h)/d(x) * d(c)/d(h) * d(f)/d(c)" in [step["formula"] for step in found["steps"]]


@pytest.mark.parametrize(
    ("layout", "product"),
    [
        ("denominator", "d(u)/d(X) * vec(d(f)/d(u))"),
        ("numerator", "vec(d(f)/d(u)')' * d(u)/d(X)"),
    ],
)
def test_a_factor_of_matrices_is_that_of_their_entries(
    layout: str, product: str, capsys: pytest.CaptureFixture[str]
) -> None:
    found = chained(capsys, "logdet(A*X*B)", "--wrt", "X", "--layout", layout)
    rules = [step["rule"] for step in found["steps"]]
    assert product in [step["formula"] for step in found["steps"]]
    assert any(rule.startswith("of vec(u) by vec(X), columns stacked") for rule in rules)
    assert "the entries back in their places" in rules
    assert run(["derive", "logdet(A*X*B)", "--wrt", "X", "--layout", layout, "--format", "json"]) == 0
    assert found["shape"] == json.loads(capsys.readouterr().out)["shape"]


def test_a_matrix_that_is_used_again_has_a_line_for_its_entries(capsys: pytest.CaptureFixture[str]) -> None:
    found = chained(capsys, "S = X'*X; T = S*S; tr(T*S)", "--wrt", "X", "--shapes", "X: n x d")
    step = next(step for step in found["steps"] if step["name"] == "vec(d(f)/d(S))")
    assert step["formula"].endswith("vec(d(f)/d(T))")
    assert found["derivative"] == "6 * X * X' * X * X' * X"
    assert chained(capsys, "K = tanh(A*t); y = x; y'*K*x", "--wrt", "t", "--shapes", "t: 1, A: n x n")["verified"]


def test_what_is_linear_is_one_factor(capsys: pytest.CaptureFixture[str]) -> None:
    assert lines(capsys, "A*x", "--wrt", "x") == ["f = A x  # m×1", "∂f/∂x = Aᵀ  # n×m"]
    assert lines(capsys, "tr(X'*A*X*B)", "--wrt", "X")[0].startswith("f = tr(Xᵀ A X B)")


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("sqrt(x'*A*x)", {"u": "x' * A * x"}),
        ("norm2(X*x - y)^2", {"u": "X * x - y"}),
        ("sum(log(1 + exp(X*x)))", {"u": "X * x", "v": "exp(u)"}),
        ("softmax(W*tanh(V*x) + b)", {"u": "V * x", "v": "W * tanh(u) + b"}),
        ("exp(-norm2(x)^2/2)", {"u": "norm2(x)^2 / 2"}),
        ("(A*x)'*B*(A*x)", {"u": "A * x"}),
        ("x/norm2(x)", {"u": "norm2(x)"}),
        ("sin(2*x)", {"u": "2 * x"}),
        ("sigmoid(A*x).*x.*exp(x)", {"u": "A * x", "v": "sigmoid(u)", "w": "exp(x)"}),
        ("x'*x", {}),
        ("y'*tanh(A*x)*t", {"u": "A * x"}),
        ("norm2(x)^2 / (1 + norm2(x)^2)", {"u": "norm2(x)^2"}),
    ],
)
def test_a_nested_expression_has_its_natural_parts(
    text: str, parts: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert chained(capsys, text, "--wrt", "x", "--shapes", "x: d")["definitions"] == parts


QUESTIONS = [
    ("u = A*t; norm2(u)^2", "t", "t: 1, A: m x n"),
    ("u = A*t; B*u", "t", "t: 1, A: m x n"),
    ("t*A*t", "t", "t: 1, A: m x n"),
    ("s = r*A; u = tanh(s); u*b", "r", "r: 1 x m, A: m x n"),
    ("s = r*A; tanh(s)", "r", "r: 1 x m, A: m x n"),
    ("s = r*r'; exp(s)", "r", "r: 1 x m"),
    ("h = tanh(W*x + b); norm2(h)^2", "W", "W: k x d"),
    ("h = W*x; H = h*h'; C*H", "W", "W: k x d, C: k x k"),
    ("S = X'*X; t = tr(S); t*x", "X", "X: n x d"),
    ("Y = A*X; Z = Y.*Y; tr(B*Z)", "X", "X: n x d"),
    ("s = sum(x); u = s*x; v = s + u; norm2(v)", "x", "x: n"),
    ("u = x; v = -u; w = v'; w*v", "x", "x: n"),
    ("U = t*A; V = U*x; norm2(V)^2*t", "t", "t: 1, A: m x n"),
]


@pytest.mark.parametrize("layout", ["denominator", "numerator"])
@pytest.mark.parametrize(("text", "wrt", "shapes"), QUESTIONS)
def test_a_chain_comes_to_what_the_rules_come_to(
    text: str, wrt: str, shapes: str, layout: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each line that is a derivative is compared with the complex step before it is printed."""
    words = (text, "--wrt", wrt, "--shapes", shapes, "--layout", layout)
    found = chained(capsys, *words)
    assert run(["derive", *words, "--format", "json"]) == 0
    ours = json.loads(capsys.readouterr().out)
    assert found["verified"]
    assert found["shape"] == ours["shape"]
    assert found["kind"] == ours["kind"]


def test_a_long_chain_is_written_piece_by_piece(capsys: pytest.CaptureFixture[str]) -> None:
    layers = "; ".join(f"h{count} = tanh(W{count}*h{count - 1})" for count in range(1, 9))
    found = lines(capsys, f"h0 = W0*x; {layers}; V*h8", "--wrt", "x", "--no-verify")
    assert any(line.startswith("∂f/∂h⁽³⁾ = ∂h⁽⁴⁾/∂h⁽³⁾ ∂h⁽⁵⁾/∂h⁽⁴⁾ ∂h⁽⁶⁾/∂h⁽⁵⁾") for line in found)
    assert found[-1].startswith("∂f/∂x = ∂h⁽⁰⁾/∂x ∂h⁽¹⁾/∂h⁽⁰⁾ ∂h⁽²⁾/∂h⁽¹⁾ ∂h⁽³⁾/∂h⁽²⁾ ∂f/∂h⁽³⁾  #")
    short = lines(capsys, "h = tanh(A*x); k = tanh(B*h); l = tanh(C*k); D*l", "--wrt", "x", "--shapes", "D: p x q")
    assert short[-1] == ("∂f/∂x = Aᵀ diag(1 − h.^2) Bᵀ diag(1 − k.^2) Cᵀ diag(1 − l.^2) Dᵀ  # d×p; the factors put in")


def test_names_of_entries_are_no_names_of_programs(capsys: pytest.CaptureFixture[str]) -> None:
    layers = "; ".join(f"H{count} = tanh(A{count}*H{count - 1})" for count in range(1, 9))
    words = (f"H0 = A0*X; {layers}; sum(H8)", "--wrt", "X", "--shapes", "X: n x d")
    found = chained(capsys, *words, "--no-verify")
    assert "d(f)/d" not in found["derivative"]
    assert run(["derive", *words, "--chain", "--no-verify", "--format", "numpy"]) == 0
    assert "def derivative" in capsys.readouterr().out


def test_many_names_are_quick(capsys: pytest.CaptureFixture[str]) -> None:
    ways = "; ".join(f"x{count} = tanh(x{count - 1}).*x{count - 1}" for count in range(1, 50))  # 2^49 ways
    assert chained(capsys, f"x0 = A*x; {ways}; norm2(x49)^2", "--wrt", "x", "--no-verify")["steps"]
    assert run(["derive", f"x0 = A*x; {ways}; norm2(x49)^2", "--wrt", "x", "--no-verify"]) == 0


def test_factors_have_values_at_numbers(capsys: pytest.CaptureFixture[str]) -> None:
    at = ("--at", "X=[[1,2],[3,4]]", "--at", "w=1,1", "--at", "y=1,0")
    found = chained(capsys, "u = X*w - y; norm2(u)^2", "--wrt", "w", *at)["values"]
    assert found["d(u)/d(w)"] == [[1, 3], [2, 4]]
    assert found["d(f)/d(w)"] == [46, 64]


def test_a_chain_has_a_function_for_numpy(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["derive", "sum(log(1 + exp(X*w)))", "--wrt", "w", "--chain", "--format", "numpy"]) == 0
    scope: dict[str, Any] = {}
    exec(capsys.readouterr().out, scope)
    X, w = np.array([[1.0, 2.0], [0.5, -1.0]]), np.array([0.3, -0.2])
    wanted = X.T @ (1 / (1 + np.exp(-X @ w)))
    assert np.allclose(scope["derivative"](X, w).ravel(), wanted)


def test_a_chain_is_a_first_derivative_by_rules(capsys: pytest.CaptureFixture[str]) -> None:
    for words in (("--hessian",), ("--method", "element"), ("--method", "expand")):
        assert run(["derive", "x'*x", "--chain", *words]) == 2
        assert "--chain is a first derivative by rules" in capsys.readouterr().err


def test_a_chain_of_what_does_not_move_is_zero(capsys: pytest.CaptureFixture[str]) -> None:
    found = chained(capsys, "u = A*x; s = 2*u; norm2(x - y)^2", "--wrt", "y")
    assert found["derivative"] == "2 * (y - x)"
