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


@pytest.mark.parametrize(
    ("text", "wrt"), [("tr(A^k*B)", "A"), ("tr(X^k)", "X"), ("X^n", "X"), ("A^k*x", "x"), ("norm2(B^p*x)^2", "x")]
)
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


@pytest.mark.parametrize(
    ("text", "wrt"), [("logdet(X) - 0.5*norm2(X)^2", "X"), ("-k*log(p) - (m - k)*log(1 - p)", "p")]
)
def test_what_is_not_solved_keeps_its_derivative(text: str, wrt: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["derive", text, "--wrt", wrt, "--solve"]) == 0
    found = capsys.readouterr().out
    assert "not solved here: " in found
    assert f"∂f/∂{wrt} = " in found
    assert "no closed form" not in found
