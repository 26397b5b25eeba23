"""Sums over an index: in matrices they have the values of their terms, added one by one."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from test_understood import derived, refused

from nncalc.cli.app import run
from nncalc.graph.families import sums_in
from nncalc.graph.shapes import Shapes
from nncalc.graph.sums import Translated, in_matrices, settled
from nncalc.language.formula import Call, Formula, Name, call, is_call, name, num, replace
from nncalc.language.parser import Known, parse
from nncalc.language.printer import PAPER, Style, show
from nncalc.numbers.array_machine import ArrayMachine
from nncalc.problems import Problem

WHOLE = Known(whole=True)
#: How far indices run, and what there is.
RANGES = {"i": 4, "j": 3, "k": 5}
SIZES = {
    "x": (4, 1), "y": (4, 1), "p": (4, 1), "u": (3, 1), "v": (5, 1), "w": (3, 1), "m": (3, 1), "c": (1, 1), "s": (1, 1),
    "X": (4, 3), "A": (4, 3), "B": (3, 5), "C": (5, 4), "Z": (3, 4), "K": (4, 4), "S": (3, 3), "W": (5, 3), "P": (4, 5),
    "Y": (4, 5),
}  # fmt: skip


def numbers() -> dict[Name, Any]:
    random = np.random.default_rng(5)
    return {name(of): random.uniform(0.2, 0.9, shape) for of, shape in SIZES.items()}


def value(formula: Formula) -> Any:
    """Return the value of a formula that has no sum over an index."""
    machine = ArrayMachine()
    machine.values = numbers()
    return machine.value(formula, None)


def by_terms(formula: Formula) -> Any:
    """Return the value of a formula with each sum in it added up term by term, those inside last."""
    every = sums_in(formula)
    outer = [each for each in every if not any(each in sums_in(other) and each is not other for other in every)]
    new: dict[Formula, Formula] = {}
    values = numbers()
    machine = ArrayMachine()
    for place, part in enumerate(outer):
        index, body, *ends = part.args
        first, last = (int(str(end)) for end in ends) if ends else (1, RANGES[str(index)])
        terms = [by_terms(fixed(body, index, at)) for at in range(first, last + 1)]
        found = {"over_sum": np.sum, "over_prod": np.prod, "over_max": np.max, "over_lse": np.logaddexp.reduce}[part.op]
        new[part] = name(f"part{place}")
        values[name(f"part{place}")] = found(np.array(terms), axis=0)
    machine.values = values
    return machine.value(replace(formula, new), None)


def fixed(formula: Formula, index: Formula, at: int) -> Formula:
    """Return a formula with a number for an index, and with sums of indices worked out."""
    found = replace(formula, {index: num(at)})
    plain = {
        part: num(sum(int(str(arg)) for arg in part.args))
        for part in _adds(found)
        if all(str(arg).isdecimal() for arg in part.args)
    }
    return replace(found, plain)


def _adds(formula: Formula) -> list[Call]:
    from nncalc.language.formula import parts

    return [part for part in parts(formula) if is_call(part, "add")]


SAME = [
    ("sum(i, x[i])", "sum(x)"),
    ("sum(i, x[i]^2)", "norm2(x)^2"),
    ("sum(i, x[i]*x[i])", "norm2(x)^2"),
    ("sum(i, x[i]*log(x[i]))", "x' * log(x)"),
    ("-sum(i, x[i]*log(p[i]))", "-x' * log(p)"),
    ("sum(i, (y[i] - X[i,:]*w)^2)", "norm2(y - X * w)^2"),
    ("sum(i, (y[i] - X[i,:]*w)^2)/4 + c*w'*w", "norm2(y - X * w)^2 / 4 + c * w' * w"),
    ("sum(i, log(1 + exp(-y[i]*X[i,:]*w)))", "sum(log(1 + exp(-y .* (X * w))))"),
    ("sum(i, max(0, 1 - y[i]*(X[i,:]*w + c)))", "sum(max(0, 1 - y .* (X * w + c)))"),
    ("sum(i, sum(j, A[i,j]*x[i]*u[j]))", "x' * A * u"),
    ("sum(i, sum(j, A[i,j]))", "sum(A)"),
    ("sum(j, sum(i, A[i,j]^2))", "sum((A.^2)')"),
    ("sum(i, sum(k, Y[i,k]*log(P[i,k])))", "sum(Y .* log(P))"),
    ("sum(j, A[2,j]*B[j,3])", "A[2,:] * B[:,3]"),
    ("sum(i, sum(j, sum(k, A[i,j]*B[j,k]*C[k,i])))", "sum(A .* (B * C)')"),
    ("sum(i, K[i,i])", "sum(dg(K))"),
    ("sum(i, K[i,2])", "sum(K[:,2])"),
    ("sum(i, X[i,:]'*X[i,:])", "X' * X"),
    ("sum(i, p[i]*X[i,:]'*X[i,:])*w", "X' * diag(p) * X * w"),
    ("sum(i, (p[i] - y[i])*X[i,:]')", "X' * (p - y)"),
    ("sum(i, X[i,:])", 'sum(X, over="columns")'),
    ("sum(i, Z[:,i])", 'sum(Z, over="rows")'),
    ("sum(i, x[i]*X[i,:])", "x' * X"),
    ("sum(i, X[i,:]*S*X[i,:]')", "sum((X * S) .* X)"),
    ("sum(i, norm2(X[i,:])^2)", "sum(X.^2)"),
    ("sum(i, norm2(X[i,:]))", 'sum(norm2(X, over="rows"))'),
    ("sum(i, norm2(X[i,:]' - m)^2)", None),
    ("sum(i, norm2(X[i,:] - m')^2)", None),
    ("sum(i, sum(j, (A[i,j] - x[i])^2))", None),
    ("sum(i, sum(j, (A[i,j] - x[i]*u[j])^2))", "sum((A - x * u').^2)"),
    ("sum(i, sum(j, exp(x[i] - u[j])))", None),
    ("sum(i, sum(j, x[i]^2*A[i,j]*u[j] + A[i,j]))", None),
    ("sum(i, sum(j, tanh(x[i]*A[i,j]*u[j])))", None),
    ("sum(i, lse(j, A[i,j]))", 'sum(lse(A, over="rows"))'),
    ("sum(j, lse(i, A[i,j]))", None),
    ("prod(i, x[i] + 1)", "prod(x + 1)"),
    ("max(i, x[i])", 'max(x, over="columns")'),
    ("sum(i, max(j, A[i,j]))", 'sum(max(A, over="rows"))'),
    ("sum(i, softmax(Z[:,i])[2])", "sum(softmax(Z)[2,:])"),
    ("sum(i, -log(softmax(Z[:,i])[2]))", None),
    ("sum(i, (W*X[i,:]')[2])", None),
    ("sum(i, sum(k, Y[i,k]*log(softmax(W*X[i,:]')[k])))", None),
    ("sum(i, (X*w)[i]^2)", "norm2(X * w)^2"),
    ("sum(i, x[i]/y[i] + 1/x[i] + x[i]/c)", "sum(x ./ y + 1 ./ x + x / c)"),
    ("sum(i, 2*x[i]^3)", "2 * sum(x.^3)"),
    ("sum(i, c*x[i] + s)", "sum(c * x + s)"),
    ("sum(i, x[i])^2*sum(j, u[j])", "sum(x)^2 * sum(u)"),
    ("sum(i=1:3, (x[i+1] - x[i])^2)", "norm2(x[2:4] - x[1:3])^2"),
    ("sum(i=2:3, x[i]*A[i,1])", "x[2:3]' * A[2:3,1]"),
    ("sum(i=1:3, 2)", "3 * 2"),
    ("sum(i=2:4, c)", None),
    ("sum(i, w'*X[i,:]')", None),
    ("sum(i, sum(j, x[i] + A[i,j]) - 1)", None),
    ("sum(i, clamp(x[i], 0.4, 0.6))", None),
    ("sum(i, leaky_relu(x[i] - 0.5, slope=0.3))", None),
    ("sum(i, sum(X[i,:]))", 'sum(X)'),
    ("sum(i, y[i]*sum(j, X[i,j]*w[j]))", "y' * X * w"),
    ("sum(i, (-x[i])*y[i]^2)", None),
    ("sum(i, X[i,2]*X[i,1:2]*u[1:2])", None),
    ("sum(i, sum(j, (A[i,j] - u[j])^2))", None),
    ("sum(i, sum(j, (A[i,j] - Z[j,i])^2))", "sum((A + (-Z)').^2)"),
    ("sum(i, x[i]'*y[i] + x[i].*y[i])", None),
    ("sum(i, x[i]^y[i])", "sum(x.^y)"),
    ("sum(i, sum(j, X[i,:]*S[:,j]))", "sum(X * S)"),
    ("sum(i, 2*X[i,:])", None),
    ("sum(i, Z[:,i]*2)", None),
    ("sum(i, X[i,:] - m')", None),
    ("sum(i, norm2(x[i]*X[i,:])^2)", None),
    ("sum(i, norm2(x[i]*Z[:,i])^2)", None),
    ("sum(i, sum(j, A[i,j]*X[i,:]))", None),
    ("sum(i, X[i,:]'*c*X[i,:])", "c * (X' * X)"),
    ("sum(i=1:3, c + s)", "3 * (c + s)"),
    ("sum(j, sum(k, sum(i, A[i,j]*x[i]*P[i,k])))", None),
    ("sum(i, sum(j, c*A[i,j])*y[i])", None),
    ("sum(i, (Z[:,i])[1:2]'*u[2:3])", None),
]  # fmt: skip


@pytest.mark.parametrize(("text", "matrices"), SAME)
def test_a_sum_over_an_index_is_the_sum_of_its_terms(text: str, matrices: str | None) -> None:
    formula = parse(text, WHOLE)
    shapes = Shapes({name(of): shape for of, shape in SIZES.items()})
    for norms in (True, False):
        found = in_matrices(formula, norms=norms)
        shapes.of(found.formula)
        made = settled(found, shapes)
        assert not sums_in(made)
        terms = by_terms(formula)
        assert value(made) == pytest.approx(terms, rel=1e-12)
        assert value(made).shape == terms.shape
    if matrices is not None:
        assert show(in_matrices(formula).formula) == matrices


@pytest.mark.parametrize("text", [text for text, _ in SAME])
def test_a_sum_over_an_index_is_written_and_read_back(text: str) -> None:
    formula = parse(text, WHOLE)
    assert parse(show(formula), WHOLE) is formula
    named = Known([*SIZES], whole=True)
    style = PAPER._replace(whole=frozenset(SIZES), dot=False)
    assert parse(show(formula, style), named, paper=True) is parse(show(formula), named)
    assert r"\sum_{" in show(formula, Style(latex=True)) or "sum(" not in text
    assert "∑" in show(formula, Style(mathml=True)) or "sum(" not in text


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("sum(i, det(X[i,:]*X[i,:]'*S))", "has no form in matrices"),
        ("sum(i, i*x[i])", "`i` stands there as a number"),
        ("sum(i, x[i+1])", "needs to know from where to where `i` runs"),
        ("sum(i=3:1, 2)", "no number of terms"),
        ("sum(i, max(x[i], Z[:,i]))", "is no number"),
        ("sum(i, max(Z[:,i], S))", "has no form in matrices"),
        ("sum(i, sum(j, sum(k, A[i,j] + P[i,k])))", "has 3 indices, a matrix has two"),
        ("sum(i, sum(X[i,:]'[i,:]))", "has no form in matrices"),
        ("sum(i, sum(X[i,:][:,2]))", "has no form in matrices"),
        ("sum(i, x[i][i])", "takes an entry of a number"),
        ("sum(i=1:2, K[i,i])", "a diagonal, which a range does not cut"),
        ("sum(i, sum(j, norm2(u[j]*X[i,:])^2))", "more indices than a matrix has"),
        ("max(i=1:2, c)", "nobody knows how far it runs"),
        ("sum(j, sum(k, sum(l, sum(i, A[i,j]*P[i,k]*K[i,l]))))", "more indices than a matrix has"),
        ("sum(i, X[i,:]*X[i,:])", "has no form in matrices"),
        ("sum(i, x[2*i])", "an index is one letter"),
        ("sum(i, x[i:i+1])", "a slice that changes with an index"),
        ("sum(i, x[i]) + sum(i, y[i] + sum(i, x[i]))", "`i` already runs around"),
        ("sum(i, x[i]*sum(j, u[j] + i))", "`i` stands there as a number"),
        ("sum(i, sum(j, sum(k, exp(A[i,j]*P[i,k]*B[j,k]))))", "a matrix has two"),
        ("sum(i, exp(X[i,:]'*X[i,:]))", "is a matrix for each value"),
        ("sum(i, x[i]*diag(X[i,:]'))", "has no form in matrices"),
    ],
)
def test_what_has_no_form_in_matrices_is_refused(text: str, says: str) -> None:
    with pytest.raises(Problem) as found:
        in_matrices(parse(text, WHOLE))
    assert says in found.value.message


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("sum(i, r[i])", "`r` is taken for a column, and it is 1×4"),
        ("sum(i, x[i] + y)", "`y` stands as a number, and it is 4×1"),
        ("sum(i, max(y[i], X[i,:]*S))", "`y` is 4×1, `X [*] S` is 4×3"),
        ("sum(i, x[i]*u[i])", "the inner sizes 4 and 3 differ"),
    ],
)
def test_what_is_taken_for_a_number_is_one(text: str, says: str) -> None:
    shapes = Shapes({name(of): shape for of, shape in {**SIZES, "r": (1, 4)}.items()})
    made = in_matrices(parse(text, WHOLE))
    with pytest.raises(Problem, match=says):
        checked(made, shapes)


def checked(found: Translated, shapes: Shapes) -> Formula:
    shapes.of(found.formula)
    return settled(found, shapes)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("sum(i=1:3)", "after its range, `sum` takes what it runs over"),
        ("sum(i=1, x[i])", "a range has two ends"),
        ("sum(i=1:3:2, x[i])", "expected `)`"),
        ("relu(i=1:3, x[i])", "no setting `i`"),
        ("sum(i, x)", "`sum` takes 1 argument"),
        ("sum(i, j, A[i,j])", "`sum` takes 1 argument"),
        ("Σᵢ xᵢ", "unexpected `xᵢ`"),
    ],
)
def test_what_is_no_sum_over_an_index_is_refused(text: str, says: str) -> None:
    with pytest.raises(Problem) as found:
        parse(text, WHOLE)
    assert says in found.value.message


def test_an_index_without_a_sum_is_a_name() -> None:
    assert parse("x[i]", WHOLE) is call("entries", name("x"), name("i"), name("i"))
    with pytest.raises(Problem, match="takes 1 argument"):
        parse("sum(x, y)", WHOLE)


def test_terms_are_counted_as_far_as_a_letter_says() -> None:
    assert show(in_matrices(parse("sum(i=1:n, c)", WHOLE)).formula) == "n * c"
    assert show(in_matrices(parse("sum(i=2:n, c)", WHOLE)).formula) == "(n + 1 - 2) * c"
    with pytest.raises(Problem, match="no number of terms"):
        in_matrices(parse("sum(i=1:n, c)", WHOLE), norms=False)
    for part in (name("c"), call("direct", call("entries", name("x"), name("i"), name("i")))):
        with pytest.raises(Problem, match="has no form in matrices"):
            in_matrices(call("over_sum", name("i"), part))
    assert show(in_matrices(parse("sum(i=1:n, x[i+k])", WHOLE)).formula) == "sum(x[1+k:n+k])"
    found = in_matrices(parse("sum(i=1:n, x[i+k]*x[i]*(W*x)[i+1]*(W*x)[i])", WHOLE))
    assert show(found.formula) == "x[1+k:n+k]' * (x[1:n] .* (W * x)[2:n+1] .* (W * x)[1:n])"


def test_deep_sums_are_bounded() -> None:
    for sign in "*+":
        text = "".join(f"sum(i{k}, x[i{k}]{sign}" for k in range(30)) + "1" + ")" * 30
        assert not sums_in(in_matrices(parse(text, WHOLE)).formula)


# -- on pages --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["scalar", "vector"])
def test_equations_have_sums_over_an_index(form: str, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["y=1,2,4", "X=[[1,0],[1,1],[1,2]]", "w=1,1", "lam=1/2", "--format", "json", "--form", form, "--exact"]
    assert run(["backward", "-e", "f = sum(i, (y[i] - X[i,:]*w)^2) + lam*sum(j, w[j]^2)", *words]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["values"]["f"] == 2  # the residuals are 0, 0, 1, the weights 1, 1
    assert found["gradients"]["w"] == [-2 + 1, -4 + 1]
    assert any("in matrices" in note for note in found["notes"])


@pytest.mark.parametrize(
    ("text", "wrt", "derivative"),
    [
        ("sum(i, (y[i] - X[i,:]*w)^2) + lam*w'*w", "w", "2 * (X' * (X * w - y) + lam * w)"),
        ("sum(i, x[i]*log(x[i]))", "x", "log(x) + 1"),
        ("sum(i, sum(j, A[i,j]*x[i]*x[j]))", "x", "(A + A') * x"),
        ("sum(i, sum(k, Y[i,k]*log(P[i,k])))", "P", "Y ./ P"),
        ("sum(i, X[i,:]*w)", "w", "X' * ones(n)"),
        ("r = sum(i, (y[i] - X[i,:]*w)^2); r/2", "w", "X' * (X * w - y)"),
    ],
)
def test_a_sum_over_an_index_has_its_derivative_in_matrices(
    text: str, wrt: str, derivative: str, capsys: pytest.CaptureFixture[str]
) -> None:
    found = derived(capsys, text, "--wrt", wrt)
    assert found["derivative"] == derivative
    assert any("in matrices" in str(step.get("rule")) for step in found["steps"])


def test_an_index_that_runs_to_a_letter_says_a_size(capsys: pytest.CaptureFixture[str]) -> None:
    found = derived(capsys, "sum(i=1:n, (y[i] - X[i,:]*w)^2)/n", "--wrt", "w")
    assert found["derivative"] == "2 * X' * (X * w - y) / n"
    assert (found["shapes"]["y"], found["shapes"]["X"]) == (["n", 1], ["n", "d"])
    found = derived(capsys, "sum(i=1:n, (x[i] - m)^2)/(2*n)", "--wrt", "m")
    assert (found["derivative"], found["shapes"]["m"]) == ("m - sum(x) / n", [1, 1])
    assert derived(capsys, "sum(i=1:n, (x[i+1] - x[i])^2)", "--wrt", "x")["shapes"] == {"x": ["n+1", 1]}
    found = derived(capsys, "sum(i=1:n, norm2(X[i+1,:] - X[i,:])^2)", "--wrt", "X")
    assert found["shapes"] == {"X": ["n+1", "d"]}


def test_shapes_of_sums_over_an_index_are_matched(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["shapes", "-e", "f = sum(i, sum(j, (A[i,j] - u[i])^2)) + norm2(A[1:2,:]*x)^2", "--ascii"]) == 0
    said = capsys.readouterr().out
    assert "ones(n)'" in said
    assert "(2xn)(nx1)" in said
    assert run(["shapes", "-e", "f = sum(i, A[i]^2)"]) == 2
    assert "`A` is taken for a column, and it is mxn" in capsys.readouterr().err.replace("×", "x")


def test_ridge_is_solved(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["derive", "sum(i, (y[i] - X[i,:]*w)^2) + lam*w'*w", "--wrt", "w", "--solve", "--ascii"]) == 0
    said = capsys.readouterr().out
    assert "= sum(i, (y[i] - X[i,:] * w)^2)" in said
    assert "inv(X' * X + lam * eye(d)) * X' * y" in said


def test_an_answer_may_be_a_sum(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["derive", "sum(i, (y[i] - X[i,:]*w)^2)", "--wrt", "w", "--answer"]
    assert run([*words, "-2*sum(i, (y[i] - X[i,:]*w)*X[i,:]')"]) == 0
    assert run([*words, "2*sum(i, (y[i] - X[i,:]*w)*X[i,:]')"]) == 1
    assert "sign" in capsys.readouterr().out


def test_a_derivation_refuses_what_is_no_number(capsys: pytest.CaptureFixture[str]) -> None:
    assert "is taken for a column" in refused(capsys, "sum(i, x[i]^2)", "--wrt", "x", "--shapes", "x: 1 x n")
    assert "has no form in matrices" in refused(capsys, "sum(i, det(A[i,:]))", "--wrt", "A")
