"""Indices and slices: how they are written, what they take, and that what is not taken has the gradient 0.

Expected values are computed by hand, with NumPy's own indices, or with differences.
"""

from __future__ import annotations

import json
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from test_understood import derived, refused

from nncalc.cli.app import run
from nncalc.graph.shapes import Shapes
from nncalc.graph.tidy import tidy
from nncalc.language.formula import Formula, call, name, num
from nncalc.language.indexing import Range, from_0, indexed
from nncalc.language.parser import Known, parse
from nncalc.language.printer import ASCII, PAPER, Style, show
from nncalc.problems import Problem

NAMES = ("x", "A", "n", "k", "W", "b", "f", "x1", "loss")
ARRAYS = frozenset({"x", "A", "W", "b"})
WHOLE = Known(NAMES, ARRAYS, whole=True)
READ = Style(paper=True, dot=False, whole=frozenset(NAMES), arrays=ARRAYS)

# -- as they are written ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "plain", "paper"),
    [
        ("x[2]", "x[2]", "x₂"),
        ("x[2:2]", "x[2]", "x₂"),
        ("x[:2]", "x[1:2]", "x[1:2]"),
        ("x[:]", "x", "x"),
        ("x[1]", "x[1]", "x₁"),  # the quantity x1 has no entries, and is written x1
        ("A[1,2]", "A[1,2]", "A₁,₂"),
        ("A[10, 2]", "A[10,2]", "A₁₀,₂"),
        ("A[1,:]", "A[1,:]", "A[1,:]"),
        ("A[:,2]", "A[:,2]", "A[:,2]"),
        ("A[:,2:3]", "A[:,2:3]", "A[:,2:3]"),
        ("A[1:2,3]", "A[1:2,3]", "A[1:2,3]"),
        ("A[3,1:2]", "A[3,1:2]", "A[3,1:2]"),
        ("A[1:2,n:n+k]", "A[1:2,n:n+k]", "A[1:2,n:n+k]"),
        ("A[:,:]", "A", "A"),
        ("(W*x)[2]", "(W * x)[2]", "(W x)₂"),
        ("softmax(x)[2]", "softmax(x)[2]", "softmax(x)₂"),
        ("softmax(x)[k]", "softmax(x)[k]", "softmax(x)[k]"),
        ("x[2]'*x[2]^2", "x[2]' * x[2]^2", "x₂ᵀ x₂²"),
        ("A'[1,:]", "(A')[1,:]", "(Aᵀ)[1,:]"),
        ("x[2:3][1]", "x[2:3][1]", "x[2:3][1]"),
        ("A[1,:][2]", "A[1,2]", "A₁,₂"),
        ("A[:,2][1]", "A[:,2][1]", "A[:,2][1]"),
        ("[x, 1][2]", "[x, 1][2]", "[x, 1][2]"),
        ("x[2*3-1]", "x[5]", "x₅"),
        ("x[n-1]", "x[n-1]", "x[n−1]"),
        ("rows(x, 1, 2)", "x[1:2,:]", "x[1:2,:]"),
        ("d(loss)/d(A)[1,2]", "d(loss)/d(A)[1,2]", "(∂ℓ/∂A)[1,2]"),
        ("exp(-x[2])", "exp(-x[2])", "exp(−x₂)"),
    ],
)
def test_an_index_is_written_behind_what_it_is_of_and_reads_back(text: str, plain: str, paper: str) -> None:
    formula = parse(text, WHOLE)
    assert (show(formula), show(formula, READ)) == (plain, paper)
    assert parse(plain, WHOLE) is formula
    assert parse(paper, WHOLE, paper=True) is formula


def test_every_pair_of_indices_reads_back() -> None:
    ends: list[Range] = [None, (num(1), num(1)), (num(1), num(2)), (name("k"), name("k")), (num(0), num(2))]
    inner = [
        name("A"),
        parse("A'"),
        parse("W*x"),
        parse("softmax(x)"),
        parse("d(loss)/d(A)"),
        parse("-x"),
        parse("A^2"),
    ]
    formulas: list[Formula] = []
    for of, one in product(inner, ends):
        formulas += [indexed(of, [one]), *(indexed(of, [one, other]) for other in ends)]
    formulas += [indexed(each, [end]) for each in formulas for end in ends]
    for formula in dict.fromkeys(formulas):
        assert parse(show(formula), WHOLE) is formula
        assert parse(show(formula, READ), WHOLE, paper=True) is formula


def test_columns_counted_from_0_are_written_as_they_are_counted() -> None:
    formula = from_0(parse("A[1,0] + A[:,0] + A[:,0:1]'*x + x[0] + A[1,:]", WHOLE), {"A"})
    assert show(formula) == "A[1,0] + A[:,0] + A[:,0:1]' * x + x[0] + A[1,:]"
    assert from_0(parse(show(formula), WHOLE), {"A"}) is formula
    assert formula is not parse(show(formula), WHOLE)


def test_documents_have_indices_below_the_line() -> None:
    latex, mathml = Style(latex=True, arrays=ARRAYS), Style(mathml=True, arrays=ARRAYS)
    assert show(parse("A[1,2]", WHOLE), latex) == "A_{1,2}"
    assert show(parse("A[1,:]", WHOLE), latex) == r"A_{1,\,:}"
    assert show(parse("x[1:n]", WHOLE), latex) == "x_{1:n}"
    assert show(parse("eye(n)[:,k]", WHOLE), latex) == r"{I_{n}}_{:,\,k}"
    assert show(parse("(W*x)[2]", WHOLE), latex) == r"(W \cdot x)_{2}"
    assert show(parse("A[1,2]", WHOLE), mathml).startswith("<msub><mi>A</mi>")
    assert "<mo>:</mo>" in show(parse("A[1,:]", WHOLE), mathml)


def test_the_name_of_an_entry_is_the_same_text() -> None:
    entry = name("x", (2,))
    assert parse("x[2]", NAMES) is entry
    assert show(entry) == show(parse("x[2]", WHOLE))


# -- what is refused -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("x[-1]", "an index is not negative"),
        ("x[1-2]", "an index is not negative"),
        ("x[]", "an index is missing"),
        ("A[1,]", "an index is missing"),
        ("x[1.5]", "an index is a whole number"),
        ("x[x']", "an index is a whole number"),
        ("x[2:]", "a slice says its last index"),
        ("x[1:5:2]", "a slice has two ends, no step"),
        ("A[1,2,3]", "3 indices, a matrix has two"),
        ("x[1", "expected `]`, found the end"),
        ("2[1]", "unexpected `[`"),
        ("x:2", "unexpected `:`"),
        ("x(2)", "`x` is not a function"),
        ("x" + "[1:2]" * 120, "nested more than 100 levels deep"),
        ("x[" + "(" * 200 + "1" + ")" * 200 + "]", "nested more than 100 levels deep"),
    ],
)
def test_what_is_no_index_is_refused(text: str, says: str) -> None:
    with pytest.raises(Problem, match=r".") as found:
        parse(text, WHOLE)
    assert says in found.value.message


@pytest.mark.parametrize(
    ("text", "says", "hint"),
    [
        ("x[0]", "indices count from 1 here", "from 0 where an intercept is folded in"),
        ("x[4]", "`x` is 3×1 and has 3 entries", "counted from 1: 1 to 3"),
        ("x[999999999999]", "from 1 to 9999999", None),
        ("x[1:10000000000]", "from 1 to 9999999", None),
        ("x[3:2]", "3 comes after 2", None),
        ("A[1]", "`A` is 2×3, and has two indices", "`A[1,:]` is row 1, `A[:,1]` column 1"),
        ("A[1:2]", "`A` is 2×3, and has two indices", "`A[1:2,:]` are rows"),
        ("A[3,1]", "has 2 rows", "1 to 2"),
        ("A[1,4]", "`A[1,4]`: `A` is 2×3 and has 3 columns", "1 to 3"),
        ("x[1,2]", "`x` is 3×1 and has 1 column", "has one index: `x[2]`"),
        ("x[1][2]", "`x[1]` is 1×1 and has 1 entry", None),
    ],
)
def test_what_has_no_such_entry_is_refused(text: str, says: str, hint: str | None) -> None:
    with pytest.raises(Problem, match=r".") as found:
        Shapes({name("x"): (3, 1), name("A"): (2, 3)}).of(parse(text, WHOLE))
    assert says in found.value.message
    assert hint is None or hint in str(found.value.hint)


# -- values and gradients --------------------------------------------------------------------------------

X, A = np.array([[0.5], [-1.5], [2.0]]), np.arange(6.0).reshape(2, 3) / 4 - 0.3


@pytest.mark.parametrize("form", ["scalar", "vector"])
@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("x[2]*A[1,2]", lambda x, a: x[1] * a[0, 1]),
        ("norm2(x[2:3])^2 + A[1,:]*x", lambda x, a: x[1:] @ x[1:] + a[0] @ x),
        ("exp((A*x)[2]) + softmax(x)[3]", lambda x, a: np.exp((a @ x)[1]) + (np.exp(x) / np.exp(x).sum())[2]),
        ("tanh(A[2,1:2])*x[1:2]", lambda x, a: np.tanh(a[1, :2]) @ x[:2]),
        ("sum(A[1:2,2:3].^2) + A'[3,1]", lambda x, a: (a[:, 1:] ** 2).sum() + a[0, 2]),  # noqa: ARG005
        ("x'[2] + (x'*A')[1]", lambda x, a: x[1] + a[0] @ x),
    ],
)
def test_an_entry_has_its_gradient_and_every_other_has_0(text: str, value: Any, form: str, capsys: Any) -> None:
    words = ["-e", f"f = {text}", f"x={X.ravel().tolist()}", f"A={A.tolist()}"]
    words = [each for each in words if each[0] != "x" or "x" in text]
    assert run(["backward", *words, "--form", form, "--format", "json"]) == 0
    found = json.loads(capsys.readouterr().out)
    x, a = X.ravel(), A
    assert found["values"]["f"] == pytest.approx(value(x, a), rel=1e-14)
    for key, at in (("x", x), ("A", a)):
        if key not in found["gradients"]:
            continue
        slopes = np.zeros_like(at)
        for place in np.ndindex(at.shape):
            moved = [x.copy(), a.copy()]
            moved[key == "A"][place] += 1e-6
            back = [x.copy(), a.copy()]
            back[key == "A"][place] -= 1e-6
            slopes[place] = (value(*moved) - value(*back)) / 2e-6
        assert np.array(found["gradients"][key]) == pytest.approx(slopes, abs=1e-8)


def test_exact_numbers_have_entries(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["backward", "-e", "f = x[2]/A[2,1]", "x=1/3,2/7", "A=[[1,2],[3,4]]", "--exact", "--get", "f"]) == 0
    assert capsys.readouterr().out == "2/21\n"


FOLDED = """
[inputs]
x = [1, 2]
[parameters]
alpha = [[2, 1, 0], [0, 2, 0]]
beta = [[3, 1, 2]]
[equations]
z = "alpha * intercept(x)"
yhat = "beta * intercept(z)"
loss = "yhat + 10*alpha[1,0]*beta[0] + sum(alpha[:,1:2].^2) + z[1]"
"""


@pytest.mark.parametrize("form", ["scalar", "vector"])
def test_where_an_intercept_is_folded_in_columns_are_counted_from_0(form: str, tmp_path: Path, capsys: Any) -> None:
    path = tmp_path / "net.toml"
    path.write_text(FOLDED, encoding="utf-8")
    assert run(["backward", str(path), "--form", form, "--format", "json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["values"]["loss"] == 10 + 10 * 2 * 3 + 5 + 3  # z = [3, 2], yhat = 3 + 3 + 4
    assert found["gradients"]["alpha"] == [[1 + 30 + 1, 1 + 2 + 1, 2 + 0 + 2], [2, 2 + 4, 4]]
    assert found["gradients"]["beta"] == [[1 + 20, 3, 2]]
    path.write_text(FOLDED.replace("beta[0]", "beta[3]"), encoding="utf-8")
    assert run(["backward", str(path)]) == 2
    assert "they are counted from 0: 0 to 2" in capsys.readouterr().err


def test_a_class_that_is_given_is_an_index(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["-e", "f = -log(softmax(x)[y])", "x=1,2,3"]
    assert run(["backward", *words, "y=2", "--format", "json"]) == 0
    found = json.loads(capsys.readouterr().out)
    p = np.exp([1, 2, 3]) / np.exp([1, 2, 3]).sum()
    assert found["gradients"]["x"] == pytest.approx(p - [0, 1, 0])
    assert run(["backward", *words, "y=1.5"]) == 2
    assert "an index is a whole number, and `y` is not one" in capsys.readouterr().err
    assert run(["forward", "-e", "z = sum(x)", "-e", "f = x[z]", "x=1,2"]) == 2
    assert "`z` is computed" in capsys.readouterr().err


def test_a_line_takes_the_numbers_it_shows(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["forward", "-e", "f = A[1,:]*x[1:2]", "x=5,6,7", "A=[[1,2],[3,4]]", "--show-steps", "--form", "vector",
                "--format", "plain"]) == 0  # fmt: skip
    assert "= [1 2] [5; 6] = 17" in capsys.readouterr().out


# -- derivations -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "wrt", "derivative"),
    [
        ("w[1]", "w", "eye(n)[:,1]"),
        ("w[k]", "w", "eye(n)[:,k]"),
        ("A[1,2]", "A", "eye(m)[:,1] * eye(n)[2,:]"),
        ("A[1,:]*x", "x", "A[1,:]'"),
        ("(W*x)[2]", "x", "W[2,:]'"),
        ("x[1]*x[2]", "x", "x[2] * eye(n)[:,1] + x[1] * eye(n)[:,2]"),
        ("-log(softmax(x)[y])", "x", "softmax(x) - eye(n)[:,y]"),
        ("log_softmax(x)[2]", "x", "eye(n)[:,2] - softmax(x)"),
        ("norm2(x[1:k])^2", "x", "2 * eye(n)[:,1:k] * x[1:k]"),
        ("E[3,:]*w", "E", "eye(m)[:,3] * w'"),
    ],
)
def test_derivations_have_indices(text: str, wrt: str, derivative: str, capsys: pytest.CaptureFixture[str]) -> None:
    found = derived(capsys, text, "--wrt", wrt)
    assert found["derivative"] == derivative
    assert parse(show(parse(derivative, Known(whole=True))), Known(whole=True)) is parse(derivative, Known(whole=True))


def test_a_derivation_counts_folded_intercepts_from_0(capsys: pytest.CaptureFixture[str]) -> None:
    found = derived(capsys, "norm2(W*intercept(x))^2 + W[1,0]*W[2,1]", "--wrt", "x")
    assert found["shapes"]["W"] == ["k", "n+1"]
    found = derived(capsys, "sum(W*intercept(x)) + W[1,0]^2", "--wrt", "W", "--shapes", "W: 2 x 3")
    assert found["derivative"] == "ones(2) * intercept(x)' + [[[2 * W[1,0], zeros(2)']], zeros(3)']"


def test_an_answer_may_have_indices(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["derive", "x[1]^2", "--wrt", "x", "--answer", "2*x[1]*eye(n)[:,1]"]) == 0
    assert run(["derive", "x[1]^2", "--wrt", "x", "--answer", "2*x[2]*eye(n)[:,1]"]) == 1


def test_an_answer_counts_folded_intercepts_from_0() -> None:
    words = ["derive", "sum(W*intercept(x)) + W[1,0]*x[1]", "--wrt", "x", "--answer"]
    assert run([*words, "trim(W)'*ones(k) + W[1,0]*eye(n)[:,1]"]) == 0
    assert run([*words, "trim(W)'*ones(k) + W[1,1]*eye(n)[:,1]"]) == 1


def test_a_declared_size_bounds_an_index(capsys: pytest.CaptureFixture[str]) -> None:
    assert "has 3 entries" in refused(capsys, "x[4]", "--wrt", "x", "--shapes", "x: 3")
    assert "two indices" in refused(capsys, "A[1]", "--wrt", "A", "--shapes", "A: 2 x 3")


def test_numpy_counts_from_0(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["derive", "norm2(x[2:3])^2 + A[1,:]*x", "--wrt", "x", "--shapes", "x: 5", "--format", "numpy"]) == 0
    program = capsys.readouterr().out
    place: dict[str, Any] = {}
    exec(program, place)
    x, a = np.arange(5.0), np.arange(10.0).reshape(2, 5)
    expected = np.zeros((5, 1))
    expected[1:3, 0] = 2 * x[1:3]
    assert place["derivative"](A=a, x=x) == pytest.approx(expected + a[:1].T)


def test_parts_are_taken_where_they_are() -> None:
    shapes = Shapes({name("x"): (3, 1), name("A"): (3, 4), name("r"): (1, 4)})
    for text, tidied in (
        ("rows(x, 1, 2)", "x[1:2]"), ("columns(r, 2, 2)", "r[2]"), ("x[1:3]", "x"), ("x[2:3][1]", "x[2]"),
        ("rows(columns(A, 2, 3), 1, 2)", "A[1:2,2:3]"), ("A[:,2][1]", "A[:,2][1]"), ("A'[1,:]", "(A')[1,:]"),
        ("r'[2]", "r[2]"), ("(2*x)[2]", "2 * x[2]"),
    ):  # fmt: skip
        assert show(tidy(parse(text, WHOLE), shapes), ASCII) == tidied
    assert show(call("rows", name("A"), num(1), num(1)), PAPER) == "A[1,:]"
