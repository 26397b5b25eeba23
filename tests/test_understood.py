"""What `derive` understands: capitals, the identity, what is printed, functions of matrices; and what it refuses."""

from __future__ import annotations

import json
from typing import Any

import pytest

from nncalc.cli.app import run


def derived(capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, Any]:
    assert run(["derive", *words, "--format", "json"]) == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def refused(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    assert run(["derive", *words]) == 2
    found = capsys.readouterr()
    assert not found.out
    return found.err


@pytest.mark.parametrize(("text", "wrt"), [("tr(A^(k/2)*B)", "A"), ("tr(X^k)", "k"), ("X^n", "n"), ("A^(1/k)*x", "x")])
def test_a_capital_is_never_a_number_in_silence(text: str, wrt: str, capsys: pytest.CaptureFixture[str]) -> None:
    said = refused(capsys, text, "--wrt", wrt)
    assert "would be a number here, and a capital is a matrix" in said
    assert "the power of a matrix has a whole number as its exponent" in said


def test_a_capital_that_is_said_to_be_a_number_is_one(capsys: pytest.CaptureFixture[str]) -> None:
    assert derived(capsys, "X^k", "--wrt", "X", "--shapes", "X: 1")["derivative"] == "k * X^(k - 1)"
    assert derived(capsys, "C*norm1(w)", "--wrt", "w")["derivative"] == "C * sign(w)"


@pytest.mark.parametrize(
    ("text", "wrt", "derivative"),
    [
        ("lam*w'*I*w", "w", "2 * lam * w"),
        ("logdet(X'*X + lam*I)", "X", "2 * X * inv(X' * X + lam * eye(d))"),
        ("I*x + y", "x", "eye(n)"),
        ("A^-T*x", "x", "inv(A)"),
        ("xᵀ A x", "x", "(A + A') * x"),
        ("‖y − X θ‖²", "theta", "2 * X' * (X * theta - y)"),
        ("(Xᵀ X + λ I(d))⁻¹ Xᵀ y", "y", "X * inv(X' * X + lambda * eye(d))"),
    ],
)
def test_what_is_written_so_means_that(
    text: str, wrt: str, derivative: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert derived(capsys, text, "--wrt", wrt)["derivative"] == derivative


def test_the_identity_says_so_and_may_be_another_quantity(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["derive", "lam*w'*I*w", "--wrt", "w"]) == 0
    assert "`I` is the identity of size n×n" in capsys.readouterr().out
    assert derived(capsys, "I*R", "--wrt", "R", "--shapes", "I: 1, R: 1")["derivative"] == "I"


@pytest.mark.parametrize(
    ("text", "wrt", "hint"),
    [
        ("expm(A)", "A", "`exp(A)` takes that of each entry"),
        ("tr(logm(A)*B)", "A", "`log(A)` takes that of each entry"),
        ("sqrtm(A)", "A", "`sqrt(A)` takes that of each entry"),
        ("A^(1/2)*x", "x", "`A.^(1/2)` is the power entry by entry"),
        ("x'Ax", "x", "write `x'*A*x`"),
    ],
)
def test_a_hint_is_right_when_it_is_followed(
    text: str, wrt: str, hint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert hint in refused(capsys, text, "--wrt", wrt)


def test_a_function_of_a_square_matrix_is_said_to_be_that_of_its_entries(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["derive", "tr(exp(A)*B)", "--wrt", "A", "--shapes", "A: n x n, B: n x n"]) == 0
    assert "exp(A) is exp of each entry, not that of the matrix" in capsys.readouterr().out


@pytest.mark.parametrize(("text", "wrt"), [("sum(log(1 + exp(X*w))) - y'*X*w", "w"), ("cos(t) + t^2", "t")])
def test_what_is_not_solved_keeps_its_derivative(text: str, wrt: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["derive", text, "--wrt", wrt, "--solve"]) == 0
    found = capsys.readouterr().out
    assert "not solved here: " in found
    assert f"∂f/∂{wrt} " in found
    assert "closed form" not in found


# -- norms of matrices -----------------------------------------------------------------------------------


def said(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    assert run([*words]) == 0
    return capsys.readouterr().out


def test_the_norm_of_a_matrix_has_its_name_and_reads_back(capsys: pytest.CaptureFixture[str]) -> None:
    found = said(capsys, "derive", "norm2(X*W - Y)^2 + norm2(X)", "--wrt", "X")
    assert "= ‖X W − Y‖_F² + ‖X‖_F " in found
    assert "d(‖A‖_F) = ⟨A / ‖A‖_F, dA⟩" in found
    assert derived(capsys, "‖X W − Y‖_F² + ‖X‖_F", "--wrt", "X")["derivative"] == "2 * (X * W - Y) * W' + X / norm2(X)"
    assert r"\lVert X \rVert_{F}" in said(capsys, "derive", "norm2(X)", "--wrt", "X", "--format", "latex")
    assert "<mi>F</mi>" in said(capsys, "derive", "norm2(X)", "--wrt", "X", "--format", "html")


def test_the_norm_of_a_vector_has_no_letter(capsys: pytest.CaptureFixture[str]) -> None:
    found = said(capsys, "derive", "norm2(X*w) + norm2(X)", "--wrt", "X")
    assert "‖X w‖ + ‖X‖_F" in found
    assert "d(‖A‖) = ⟨A / ‖A‖, dA⟩" in found
    assert "_F" not in said(capsys, "derive", "norm2(r)", "--wrt", "r", "--shapes", "r: row n")


def test_other_pages_write_the_norm_of_a_matrix_so_too(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["-e", "f = norm2(X) + norm2(x)", "X=[[1,2],[3,4]]", "x=1,2"]
    assert "‖X‖_F   = ‖[1 2; 3 4]‖_F" in said(
        capsys, "backward", *words, "--form", "vector", "--show-steps", "--matrices", "inline"
    )
    assert "‖X‖_F + ‖x‖" in said(capsys, "shapes", *words)


# -- a constant ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "wrt", "shapes", "derivative", "shape"),
    [
        ("a", "x", "", "zeros(d, n)", ["d", "n"]),
        ("norm2(A*b)^2", "X", "", "zeros(n, d)", ["n", "d"]),
        ("a'*b", "x", "x: 3", "zeros(3)", [3, 1]),
        ("3", "t", "", "0", [1, 1]),
        ("A*B", "X", "X: 2 x 3, A: 2 x 4, B: 4 x 5", "zeros(6, 10)", [6, 10]),
        ("a", "A", "A: 2 x 2, a: 1", "zeros(2, 2)", [2, 2]),
    ],
)
def test_the_derivative_by_what_does_not_occur_is_0_in_its_shape(
    text: str, wrt: str, shapes: str, derivative: str, shape: list[object], capsys: pytest.CaptureFixture[str]
) -> None:
    found = derived(capsys, text, "--wrt", wrt, *(["--shapes", shapes] if shapes else []))
    assert (found["derivative"], found["shape"]) == (derivative, shape)
    assert found["verified"]


def test_a_name_that_is_nearly_one_of_the_expression_is_taken_for_a_slip(capsys: pytest.CaptureFixture[str]) -> None:
    assert "did you mean `theta`?" in refused(capsys, "norm2(theta)", "--wrt", "thta")
    assert "did you mean `X`?" in refused(capsys, "norm2(X)", "--wrt", "x")


# -- powers with a letter as their exponent --------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "wrt", "derivative"),
    [
        ("tr(X^k)", "X", "k * (X^(k - 1))'"),
        ("lam*tr(X^(k + 1))/2", "X", "lam * (k + 1) * (X^k)' / 2"),
        ("-tr(X'^m)", "X", "-m * (X^(m - 1))'"),
        ("tr(A^k*B)", "B", "(A^k)'"),
        ("A^k*x", "x", "(A^k)'"),
        ("norm2(B^p*x)^2", "x", "2 * (B^p)' * B^p * x"),
    ],
)
def test_the_exponent_of_a_matrix_may_be_a_whole_number_that_nobody_knows(
    text: str, wrt: str, derivative: str, capsys: pytest.CaptureFixture[str]
) -> None:
    found = derived(capsys, text, "--wrt", wrt)
    assert found["derivative"] == derivative
    assert found["verified"] >= 2
    assert any("is a whole number: it is the exponent of a matrix" in each for each in found["assumed"])


def test_the_power_of_a_symmetric_matrix_is_symmetric(capsys: pytest.CaptureFixture[str]) -> None:
    assert derived(capsys, "x'*S^k*x", "--wrt", "x", "--assume", "S: symmetric")["derivative"] == "2 * S^k * x"


def test_the_rule_of_such_a_power_is_said_for_the_trace(capsys: pytest.CaptureFixture[str]) -> None:
    assert "⟨Iₙ, d(A^B)⟩ = ⟨B (A^(B − 1))ᵀ, dA⟩" in said(capsys, "derive", "tr(X^k)", "--wrt", "X")


@pytest.mark.parametrize(
    ("text", "wrt", "more"),
    [("X^n", "X", ()), ("tr(A^k*B)", "A", ()), ("tr(A^k*B*C)", "A", ()),
     ("norm2(X^k)^2", "X", ()), ("tr(X^k)^2", "X", ("--hessian",)),
     ("C^k", "C", ())],
)  # fmt: skip
def test_a_sum_of_as_many_terms_as_a_letter_says_is_refused(
    text: str, wrt: str, more: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    told = refused(capsys, text, "--wrt", wrt, *more)
    assert "is a sum of as many terms as the exponent says" in told
    assert "write the exponent as a number, such as" in told


def test_a_power_by_t_is_meant_as_a_transpose(capsys: pytest.CaptureFixture[str]) -> None:
    assert "the transpose is `X'` or `X.T`" in refused(capsys, "X^t*y", "--wrt", "y")


def test_the_exponent_has_a_value_at_numbers(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["tr(X^k)", "--wrt", "X", "--at", "X=[[1,2],[3,4]]", "--at"]
    found = derived(capsys, *words, "k=3")["values"]
    assert found["d(f)/d(X)"] == [[21, 45], [30, 66]]  # 3 X'^2
    assert derived(capsys, *words, "k=1")["values"]["d(f)/d(X)"] == [[1, 0], [0, 1]]
    assert "`k` is assumed to be whole, and these numbers are not" in refused(capsys, *words, "k=1.5")


def test_numpy_takes_the_exponent_as_a_whole_number(capsys: pytest.CaptureFixture[str]) -> None:
    space: dict[str, Any] = {}
    exec(said(capsys, "derive", "tr(X^k)", "--wrt", "X", "--format", "numpy"), space)
    assert space["derivative"]([[1, 2], [3, 4]], 3).tolist() == [[21, 45], [30, 66]]


# -- as it is printed ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "wrt", "derivative"),
    [
        ("A^{-T}*x", "x", "inv(A)"),
        ("A⁻ᵀ x", "x", "inv(A)"),
        ("xᵀ (A⁻¹)ᵀ x", "x", "(inv(A)' + inv(A)) * x"),
        ("2 X w", "w", "2 * X'"),
        ("I(n) x", "x", "eye(n)"),
        ("log(2) xᵀ x", "x", "2 * log(2) * x"),
        ("tr(xᵀ⊗x)", "x", "2 * x"),
        ("‖x̂‖²", "x", "2 * x"),
        ("x₁ᵀ x₂", "x1", "x2"),
        ("tr(Σ)", "Sigma", "eye(n)"),
    ],
)
def test_what_is_written_on_paper_is_read(
    text: str, wrt: str, derivative: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert derived(capsys, text, "--wrt", wrt)["derivative"] == derivative


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("sum_i x_i*log(x_i)", "`sum(i, x[i]*log(x[i]))`"),
        ("sum_i x_i", "`sum(i, x[i])`"),
        ("log x", "a function has its argument in brackets: `log(x)`"),
        ("x^{T}*x", "the transpose is written `x'` or `x.T`"),
        ("2x", "write `2*x`"),
    ],
)
def test_what_is_no_product_is_refused_with_what_it_is(
    text: str, hint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert hint in refused(capsys, text, "--wrt", "x")


def test_the_sum_that_is_offered_for_one_over_an_index_is_right(capsys: pytest.CaptureFixture[str]) -> None:
    assert derived(capsys, "sum(x.*log(x))", "--wrt", "x")["derivative"] == "log(x) + 1"


# -- what is assumed -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "wrt", "assumed", "derivative"),
    [
        ("norm2(Q*x - y)^2", "x", "Q: orthogonal", "2 * (x - Q' * y)"),
        ("norm2(Q*X*Q')^2", "X", "Q: orthonormal", "2 * X"),
        ("inv(Q)*x", "x", "Q: orthogonal", "Q"),
        ("tr(Q'*Q*A) + tr(Q*Q')*t", "A", "Q: orthogonal", "eye(n)"),
        ("x'*Q*y", "Q", "Q: orthogonal", "x * y'"),
        ("x'*K*x", "x", "K: skew", "zeros(n)"),
        ("K'*x", "x", "K: antisymmetric", "K"),
        ("tr(K'*K*A)", "A", "K: skew", "-K^2"),
        ("y'*K*x + x'*K*y", "x", "K: skew-symmetric", "zeros(n)"),
        ("x'*K*x", "K", "K: skew", "x * x'"),
        ("x'*D*x", "x", "D: diagonal", "2 * D * x"),
        ("x'*S*x", "x", "S: positive semidefinite", "2 * S * x"),
        ("sum(log(p) + log(1 - p))", "p", "p: in (0, 1)", "1 ./ p + 1 ./ (p - 1)"),
        ("x^k", "x", "k: integer, x: positive", "k * x^(k - 1)"),
    ],
)
def test_an_assumption_is_used_and_true_of_the_numbers_of_the_check(
    text: str, wrt: str, assumed: str, derivative: str, capsys: pytest.CaptureFixture[str]
) -> None:
    found = derived(capsys, text, "--wrt", wrt, "--assume", assumed)
    assert found["derivative"] == derivative
    assert found["verified"] >= 2


@pytest.mark.parametrize("word", ["diagonal", "orthogonal", "skew", "symmetric"])
def test_the_entries_of_the_variable_are_varied_one_by_one(word: str, capsys: pytest.CaptureFixture[str]) -> None:
    found = said(capsys, "derive", "x'*M*x", "--wrt", "M", "--assume", f"M: {word}")
    assert f"the entries of M are varied one by one, though it is {word}" in found


@pytest.mark.parametrize(
    ("assumed", "right", "wrong", "called"),
    [
        ("diagonal", "[[1,0],[0,2]]", "[[1,1],[1,2]]", "diagonal"),
        ("orthogonal", "[[0.6,0.8],[-0.8,0.6]]", "[[1,2],[3,4]]", "orthogonal"),
        ("skew", "[[0,1],[-1,0]]", "[[1,1],[-1,1]]", "skew"),
        ("psd", "[[1,1],[1,1]]", "[[1,2],[2,1]]", "positive semidefinite"),
        ("psd", "[[0,0],[0,0]]", "[[1,2],[3,9]]", "positive semidefinite"),
        ("spd", "[[2,1],[1,2]]", "[[1,1],[1,1]]", "positive definite"),
        ("symmetric", "[[2,1],[1,2]]", "[[1,1],[2,1]]", "symmetric"),
        ("positive", "[[2,1],[1,2]]", "[[1,0],[2,1]]", "positive"),
        ("in (0, 1)", "[[0.2,0.1],[0.3,0.9]]", "[[0.2,1],[0.3,0.5]]", "in (0, 1)"),
    ],
)
def test_numbers_that_are_not_as_assumed_are_refused(
    assumed: str, right: str, wrong: str, called: str, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["M*x", "--wrt", "x", "--assume", f"M: {assumed}", "--at", "x=1,2", "--at"]
    assert derived(capsys, *words, f"M={right}")["values"]
    assert f"`M` is assumed to be {called}, and these numbers are not" in refused(capsys, *words, f"M={wrong}")


def test_a_matrix_of_a_kind_is_square(capsys: pytest.CaptureFixture[str]) -> None:
    told = refused(capsys, "K*x", "--wrt", "x", "--assume", "K: skew", "--shapes", "K: 2 x 3")
    assert "`K` is 2×3 and cannot be skew: that needs a square matrix" in told


# -- a function that nobody knows ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "wrt", "shapes", "derivative"),
    [
        ("g(a'*x)", "x", "g: function", "g'(a' * x) * a"),
        ("g(a'*x)", "x", "g: scalar -> scalar", "g'(a' * x) * a"),
        ("sum(phi(W*x))", "W", "phi: R -> R", "phi'(W * x) * x'"),
        ("φ(t)^2", "t", "phi: function, t: 1", "2 * phi(t) * phi'(t)"),
        ("f(g(x))", "x", "f: function, g: function, x: 1", "g'(x) * f'(g(x))"),
        ("g'(a'*x)*a", "x", "g: function", "g''(a' * x) * a * a'"),
        ("g′(t) + g″(t)", "t", "g: function", "g''(t) + g'''(t)"),
    ],
)
def test_a_function_that_nobody_knows_has_primes(
    text: str, wrt: str, shapes: str, derivative: str, capsys: pytest.CaptureFixture[str]
) -> None:
    found = derived(capsys, text, "--wrt", wrt, "--shapes", shapes)
    assert found["derivative"] == derivative
    assert found["verified"] >= 2
    again = derived(capsys, derivative, "--wrt", wrt, "--shapes", shapes)
    assert again["expression"] == derivative


def test_its_second_derivative_and_an_answer_are_read(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["g(a'*x)", "--wrt", "x", "--shapes", "g: function"]
    assert derived(capsys, *words, "--hessian")["derivative"] == "g''(a' * x) * a * a'"
    assert derived(capsys, *words, "--answer", "g'(a'*x)*a")["answer"]["right"]
    assert "g′(aᵀ x) a" in said(capsys, "derive", *words)
    assert "g'(a^{\\top} x) a" in said(capsys, "derive", *words, "--format", "latex")
    assert "<mo>′</mo>" in said(capsys, "derive", *words, "--format", "html")
    assert "∂f/∂x    = g′(aᵀ x) a" in said(capsys, "derive", *words, "--method", "element")


@pytest.mark.parametrize(
    ("text", "words", "told"),
    [
        ("g(a'*x)", (), "a function that nobody knows is declared, `--shapes 'g: function'`"),
        ("zeta(x)", (), "unknown function `zeta`"),
        ("g(x)", ("--shapes", "k: function"), "`k` is no name of a function that nobody knows"),
        ("g(x)", ("--shapes", "g: n -> 1"), "takes a number to a number"),
        ("g + x", ("--shapes", "g: function"), "`g` is a function"),
        ("g(x)", ("--shapes", "g: function", "--at", "x=1"), "nothing with it has a value"),
        ("g(x)", ("--shapes", "g: function, x: 1", "--format", "numpy"), "has no text in NumPy"),
    ],
)
def test_a_function_is_declared_before_it_is_one(
    text: str, words: tuple[str, ...], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert told in refused(capsys, text, "--wrt", "x", *words)


# -- a number that is called as a size -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "shapes"),
    [("norm2(y - X*w)^2/n", "X: n x m"), ("norm2(y - X*w)^2/(2*N)", "X: N x d"), ("norm2(w)^2/n", "w: n")],
)
def test_a_divisor_that_is_called_as_a_size_is_said_to_be_none_and_can_be_one(
    text: str, shapes: str, capsys: pytest.CaptureFixture[str]
) -> None:
    found = derived(capsys, text, "--wrt", "w")
    letter = shapes.partition(": ")[2][0]
    told = next(each for each in found["assumed"] if "a number of its own, no size" in each)
    assert f"with --shapes '{shapes}' it is how many rows `{shapes[0]}` has" in told
    followed = derived(capsys, text, "--wrt", "w", "--shapes", shapes)
    assert not any("no size" in each for each in followed["assumed"])
    assert followed["shapes"][shapes[0]][0] == letter


def test_what_is_no_divisor_or_no_letter_of_sizes_is_not_told_so(capsys: pytest.CaptureFixture[str]) -> None:
    for text in ("k*norm2(w)^2", "norm2(w)^2/c"):
        assert not any("no size" in each for each in derived(capsys, text, "--wrt", "w")["assumed"])
