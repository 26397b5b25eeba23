"""`nncalc derive` from outside: options, forms, verdicts, numbers, and what is refused."""

from __future__ import annotations

import csv
import io
import json
import math
import subprocess
import sys
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pytest

from nncalc.algebra import core
from nncalc.cli.app import run
from nncalc.deriving import given_names
from nncalc.deriving.derivation import Derivation
from nncalc.deriving.lines import rows
from nncalc.deriving.result import Wanted, derive
from nncalc.language.formula import name
from nncalc.language.printer import show
from nncalc.problems import Problem

LEAST_SQUARES = "norm2(y - X*theta)^2"


@pytest.fixture
def said(capsys: pytest.CaptureFixture[str]) -> Callable[..., str]:
    """Return a function that runs a command line and returns what it prints; it must succeed."""

    def ran(*words: str, status: int = 0) -> str:
        found = run(["derive", *words])
        shown = capsys.readouterr()
        assert found == status, shown.err
        return shown.out if status < 2 else shown.err

    return ran


def found(said: Callable[..., str], *words: str, status: int = 0) -> dict[str, Any]:
    result: dict[str, Any] = json.loads(said(*words, "--format", "json", status=status))
    return result


# -- the command line ----------------------------------------------------------------------------


def test_an_expression_may_begin_with_a_minus(said: Callable[..., str]) -> None:
    assert found(said, "-y.T*log(softmax(z))", "--wrt", "z")["derivative"] == "sum(y) * softmax(z) - y"
    assert found(said, "--wrt=x", "--layout", "numerator", "-x'*x")["derivative"] == "-2 * x'"
    assert '"-o * eye(n)"' in said("--wrt", "x", "--format", "json", "--shapes", "o: 1", "--", "-o*x")


def test_the_only_name_needs_no_wrt(said: Callable[..., str]) -> None:
    assert found(said, "sum(exp(x))")["wrt"] == "x"
    assert "--wrt is missing" in said("x'*y", status=2)


def test_the_expression_may_have_a_name(said: Callable[..., str]) -> None:
    assert "∂J/∂w" in said("J = norm2(w)^2", "--wrt", "w")


def test_without_an_expression_an_example_is_offered(said: Callable[..., str]) -> None:
    assert "norm2(y - X*theta)^2" in said(status=2)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["x'*theta", "--wrt", "thet"], "no `thet` to differentiate by"),
        (["x'*x", "--wrt", "x y"], "is not a name"),
        (["x'*x", "--method", "magic"], "--method is one of"),
        (["x'*x", "--layout", "numer"], "did you mean `numerator`"),
        (["x'*x", "--format", "word"], "--format is one of"),
        (["x'*x", "--answer", "2*y"], "unknown name `y`"),
        (["x'*x", "--answer", "2*x", "--no-verify"], "--answer judges by numbers"),
        (["x'*x", "--at", "x"], "is not NAME=VALUE"),
        (["x'*x", "--at", "z=1"], "unknown name `z`"),
        (["x'*A*x", "--wrt", "x", "--at", "x=1,2"], "--at gives no numbers for `A`"),
        (["x'*A*x", "--wrt", "x", "--at", "x=1,2", "--at", "A=[[1,2,3],[1,2,3],[1,2,3]]"], "must be n×n with `n` = 2"),
        (["A*x", "--wrt", "x", "--hessian"], "a Hessian belongs to a number"),
        (["A*x", "--wrt", "x", "--method", "expand"], "--method rules does it"),
        (["log(-norm2(x)^2)"], "no random numbers were found"),
        (["max(x)"], "takes 2 arguments"),
        (["x'*x", "--shapes", "x: 3000000"], "are checked by numbers"),
    ],
)
def test_what_cannot_be_done_is_refused(words: list[str], says: str, said: Callable[..., str]) -> None:
    assert says in said(*words, status=2)


def test_a_file_gets_what_is_printed(said: Callable[..., str], tmp_path: Any) -> None:
    text = said("x'*x")
    assert not said("x'*x", "-o", str(tmp_path / "out.txt"))
    assert (tmp_path / "out.txt").read_text(encoding="utf-8") == text


# -- layouts -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("expression", "wrt", "shapes", "denominator", "numerator"),
    [
        ("A*x", "x", "", ("A'", ["n", "m"]), ("A", ["m", "n"])),
        ("x'*x", "x", "", ("2 * x", ["n", 1]), ("2 * x'", [1, "n"])),
        ("z*x", "z", "z: 1, x: n", ("x'", [1, "n"]), ("x", ["n", 1])),
        ("t^2*A", "t", "t: 1, A: m x n", ("2 * t * A", ["m", "n"]), ("2 * t * A", ["m", "n"])),
        ("tr(A*X)", "X", "X: m x n", ("A'", ["m", "n"]), ("A", ["n", "m"])),
        ("sin(t)", "t", "t: 1", ("cos(t)", [1, 1]), ("cos(t)", [1, 1])),
        (
            "A*X*B",
            "X",
            "A: p x m, X: m x n, B: n x d",
            ("kron(B, A')", ["m*n", "d*p"]),
            ("kron(B, A')'", ["d*p", "m*n"]),
        ),
    ],
)
def test_the_layout_decides_the_shape(
    expression: str, wrt: str, shapes: str, denominator: Any, numerator: Any, said: Callable[..., str]
) -> None:
    more = ["--shapes", shapes] if shapes else []
    for layout, (formula, shape) in (("denominator", denominator), ("numerator", numerator)):
        result = found(said, expression, "--wrt", wrt, *more, "--layout", layout)
        if shapes:
            assert (result["derivative"], result["shape"]) == (formula, shape)
        assert result["derivative"] == formula
        assert result["layout"] == layout
        assert layout in said(expression, "--wrt", wrt, *more, "--layout", layout)


# -- answers -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("expression", "wrt", "answer", "kind", "part"),
    [
        (LEAST_SQUARES, "theta", "2*X'*(X*theta - y)", "right", None),
        (LEAST_SQUARES, "theta", "-2*X'*y + 2*X'*X*theta", "right", None),
        (LEAST_SQUARES, "theta", "2*X'*(y - X*theta)", "sign", None),
        (LEAST_SQUARES, "theta", "X'*(X*theta - y)", "factor", None),
        (LEAST_SQUARES, "theta", "2*X'*X*theta", "missing term", "-2 * X' * y"),
        (LEAST_SQUARES, "theta", "2*X'*X*theta + 2*X'*y", "sign", "-2 * X' * y"),
        (LEAST_SQUARES, "theta", "2*(X*theta - y)'*X", "transposed", None),
        (LEAST_SQUARES, "theta", "2*(X*theta - y)", "shape", None),
        (LEAST_SQUARES, "theta", "X'*X*theta - 2*X'*y", "factor", "2 * X' * X * theta"),
        ("norm2(X*w - y)^2/N", "w", "2*X'*(X*w - y)", "factor", "N"),
        ("sum(softplus(X*w))/2", "w", "X'*sigmoid(X*w)", "factor", None),
        ("x'*A*x", "x", "2*A*x", "symmetric", "A"),
        ("y'*A*x", "x", "A*y", "transposed", "A"),
        ("tr(A*X)", "X", "A", "transposed", None),
        ("sum(exp(x))", "x", "x.*x + 1", "different", None),
        ("A*x", "x", "A", "transposed", None),
    ],
)
def test_an_answer_is_judged_by_its_value(
    expression: str, wrt: str, answer: str, kind: str, part: str | None, said: Callable[..., str]
) -> None:
    shapes = ["--shapes", "A: n x n"] if "A" in expression else []
    result = found(said, expression, "--wrt", wrt, "--answer", answer, *shapes, status=int(kind != "right"))
    verdict = result["answer"]
    assert (verdict["kind"], verdict["right"]) == (kind, kind == "right"), verdict
    if part is not None or kind == "missing term":
        assert verdict["part"] == part, verdict


def test_a_factor_is_told(said: Callable[..., str]) -> None:
    assert "1/2 times" in said("x'*x", "--answer", "x", status=1)


# -- numbers ----------------------------------------------------------------------------------------------


def test_numbers_are_put_in(said: Callable[..., str]) -> None:
    words = [LEAST_SQUARES, "--wrt", "theta", "--solve", "--at", "X=[[1,2],[3,4],[5,6]]", "--at", "y=1,2,3"]
    result = found(said, *words, "--at", "theta=0,0")
    assert result["values"]["d(f)/d(theta)"] == [-44, -56]  # by hand: -2 X'y
    assert result["values"]["f"] == pytest.approx(14)
    assert result["point"] == pytest.approx([0, 0.5], abs=1e-12)
    assert "[−44; −56]" in said(*words, "--at", "theta=0,0", "--matrices", "inline")


def test_one_number_says_the_shape(said: Callable[..., str]) -> None:
    result = found(said, "tanh(x)", "--wrt", "x", "--hessian", "--at", "x=2.0")
    assert result["shapes"] == {"x": [1, 1]}
    assert result["values"]["H"] == pytest.approx(-2 * math.tanh(2) * (1 - math.tanh(2) ** 2), rel=1e-12)
    assert found(said, "norm2(x)^2", "--wrt", "x", "--shapes", "x: n", "--at", "x=2")["shapes"] == {"x": ["n", 1]}


def test_numbers_of_a_jacobian_are_those_of_the_layout(said: Callable[..., str]) -> None:
    result = found(said, "A*x", "--wrt", "x", "--at", "A=[[1,2,3],[4,5,6]]")
    assert result["values"] == {"d(f)/d(x)": [[1, 4], [2, 5], [3, 6]]}


# -- forms ------------------------------------------------------------------------------------------------------

RUNS = [
    (LEAST_SQUARES, "theta", {"X": (5, 3), "y": (5, 1), "theta": (3, 1)}),
    ("logdet(S) + tr(inv(S)*A)", "S", {"S": (3, 3), "A": (3, 3)}),
    ("softmax(W*x)", "x", {"W": (4, 2), "x": (2, 1)}),
    ("A*X*B", "X", {"A": (2, 3), "X": (3, 4), "B": (4, 2)}),
    ("X'", "X", {"X": (3, 2)}),
    ("sum(relu(X*w)) + lam*norm1(w)/2", "w", {"X": (5, 3), "w": (3, 1), "lam": (1, 1)}),
    ("tr(X^3*A)", "X", {"X": (3, 3), "A": (3, 3)}),
    ("sum(log(exp(X*w) + 1)) - mean(X*w)", "w", {"X": (5, 3), "w": (3, 1)}),
    ("a^b", "b", {"a": (1, 1), "b": (1, 1)}),
    ("norm2(x - sum(x)/3)^3", "x", {"x": (4, 1)}),
    ("dg(X)'*dg(X) + sum(diag(x).*X)", "X", {"X": (3, 3), "x": (3, 1)}),
]


@pytest.mark.parametrize(("expression", "wrt", "sizes"), RUNS, ids=[run[0] for run in RUNS])
def test_the_function_in_numpy_runs_and_agrees(
    expression: str, wrt: str, sizes: Mapping[str, tuple[int, int]], said: Callable[..., str]
) -> None:
    shapes = ", ".join(f"{word}: {rows} x {columns}" for word, (rows, columns) in sizes.items())
    text = said(expression, "--wrt", wrt, "--shapes", shapes, "--format", "numpy")
    space: dict[str, Any] = {}
    exec(text, space)
    random = np.random.default_rng(1)
    given = {word: np.abs(random.standard_normal(shape)) + 0.1 for word, shape in sizes.items()}
    if "S" in given:
        given["S"] = given["S"] @ given["S"].T + np.eye(3)
    expected = central(expression, wrt, given)
    got = np.asarray(space["derivative"](**given), dtype=float)
    assert got.shape == expected.shape or got.size == expected.size == 1
    assert got.reshape(expected.shape) == pytest.approx(expected, rel=1e-5, abs=1e-7)


def central(expression: str, wrt: str, given: Mapping[str, Any]) -> Any:
    """Return the derivative in denominator layout by central differences of the expression."""
    from nncalc.language.parser import parse
    from nncalc.numbers.check import laid_out, value

    def at(x: Any) -> Any:
        values = {name(word): (x if word == wrt else rows) for word, rows in given.items()}
        return value(parse(expression), values, {})

    h = 1e-5
    x = given[wrt]
    parts = []
    for i in range(x.shape[0]):
        for j in range(x.shape[1]):
            step = np.zeros_like(x)
            step[i, j] = h
            parts.append((at(x + step) - at(x - step)) / (2 * h))
    return laid_out(np.array(parts).reshape(*x.shape, *parts[0].shape))


def test_the_function_in_numpy_measures_its_sizes(said: Callable[..., str]) -> None:
    text = said("norm2(X*w - y)^2 + lam*norm2(w)^2", "--wrt", "w", "--hessian", "--format", "numpy")
    space: dict[str, Any] = {}
    exec(text, space)
    x = np.array([[1.0, 2], [3, 4], [5, 6]])
    hessian = space["derivative"](X=x, w=[0, 0], y=[1, 2, 3], lam=0.5)
    assert hessian == pytest.approx(2 * x.T @ x + np.eye(2))


def test_names_that_python_keeps_are_spelled_otherwise(said: Callable[..., str]) -> None:
    text = said("lambda*norm2(w)^2", "--wrt", "w", "--shapes", "lambda: 1", "--format", "numpy")
    compile(text, "derivative.py", "exec")


def test_every_form_holds_the_derivative(said: Callable[..., str]) -> None:
    words = [LEAST_SQUARES, "--wrt", "theta"]
    assert "2 Xᵀ (X θ − y)" in said(*words)
    assert "∂f/∂θ = 2 Xᵀ (X θ − y)  # d×1" in said(*words, "--format", "plain")
    assert "d(f)/d(theta) = 2 * X' * (X * theta - y)" in said(*words, "--format", "plain", "--ascii")
    for form in ("markdown", "latex"):
        assert r"\frac{\partial f}{\partial \theta} &= 2 X^{\top} (X \theta - y)" in said(*words, "--format", form)
    table = list(csv.DictReader(io.StringIO(said(*words, "--format", "csv"))))
    assert table[-1] == {
        "section": "derivation", "name": "d(f)/d(theta)", "formula": "2 * X' * (X * theta - y)", "shape": "dx1",
        "why": "read off",
    }  # fmt: skip


def test_ascii_is_ascii(said: Callable[..., str]) -> None:
    for form in ("table", "plain", "markdown", "csv"):
        assert said("norm2(alpha*X*w)^2", "--wrt", "w", "--solve", "--ascii", "--format", form).isascii()


def test_json_has_null_and_a_reason_where_there_is_no_point(said: Callable[..., str]) -> None:
    result = found(said, "sum(softplus(X*w)) - y'*X*w", "--wrt", "w", "--solve")
    assert result["stationary"] is None
    assert "`sigmoid`" in result["reason"]
    assert found(said, "A*x", "--wrt", "x", "--solve")["reason"].startswith("only a number")
    assert found(said, "a'*x", "--wrt", "x", "--solve")["reason"].endswith("no point is singled out")


# -- the stationary point --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("expression", "wrt", "shapes", "assume", "point", "kind"),
    [
        ("norm2(X - ones(n)*mu')^2", "mu", "X: n x d", "", "X' * ones(n) / n", "minimum"),
        ("tr((X - ones(n)*mu')*inv(S)*(X - ones(n)*mu')')", "mu", "X: n x d", "S: spd", "X' * ones(n) / n", "minimum"),
        ("N*logdet(S) + tr(inv(S)*A)", "S", "N: 1", "S: spd, A: spd, N: positive", "A / N", "minimum"),
        ("tr(P*A) - logdet(P)", "P", "", "P: spd, A: spd", "inv(A)", "minimum"),
        ("k*log(v)/2 + s/(2*v)", "v", "k: 1, v: 1, s: 1", "k: positive, v: positive, s: positive", "s / k", "minimum"),
        ("k*log(r) - r*sum(x)", "r", "k: 1, r: 1", "x: positive, r: positive, k: positive", "k / sum(x)", "maximum"),
        ("norm2(A*W*B - C)^2", "W", "", "", "inv(A' * A) * A' * C * B' * inv(B * B')", None),
        ("sum(p.*log(p)) - c'*p", "p", "", "p: positive", "exp(c - 1)", "minimum"),
        ("sum(exp(x)) - a'*x", "x", "", "a: positive", "log(a)", "minimum"),
        ("exp(-norm2(x - a)^2)", "x", "", "", "a", "maximum"),
        ("b'*x - 0.5*x'*Q*x", "x", "", "Q: spd", "inv(Q) * b", "maximum"),
        ("(t - 3)^2 + 2*t", "t", "t: 1", "", "2", "minimum"),
        ("x'*S*x - y'*T*y + b'*x", "x", "", "S: symmetric", "-inv(S) * b / 2", None),
    ],
)
def test_where_the_derivative_is_zero(
    expression: str, wrt: str, shapes: str, assume: str, point: str, kind: str | None
) -> None:
    result = derive(Wanted(expression, wrt, (shapes,) if shapes else (), (assume,) if assume else (), solve=True))
    assert result.stationary is not None
    assert result.stationary.point is not None, result.stationary.reason
    assert show(result.stationary.point) == point
    if kind is not None:
        assert result.extremum.kind == kind


def test_a_point_that_is_not_alone_is_not_given() -> None:
    result = derive(Wanted("(a'*x - 1)^2", "x", (), (), solve=True))
    assert result.stationary is not None
    assert result.stationary.point is None
    assert "has no inverse" in result.stationary.reason


# -- starting up ----------------------------------------------------------------------------------------------


def test_without_the_check_numpy_is_not_imported() -> None:
    program = (
        "import sys; from nncalc.cli.app import run; "
        f"words = ['{LEAST_SQUARES}', '--wrt', 'theta', '--solve', '--no-verify', '--format', 'plain']; "
        "status = run(['derive', *words]); "
        "sys.exit(status or ('numpy' in sys.modules) * 7)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "not checked" in done.stdout


def test_a_wrong_rule_is_caught_by_the_check(monkeypatch: pytest.MonkeyPatch) -> None:
    from nncalc.ops import OPS

    tanh = OPS["tanh"]
    monkeypatch.setitem(OPS, "tanh", tanh._replace(slope={"x": "1.001 * (1 - out.^2)"}))
    with pytest.raises(Problem, match="does not agree with the complex step"):
        derive(Wanted("sum(tanh(W*x))", "x"))


@pytest.mark.parametrize(
    ("expression", "wrt", "shapes", "assume"),
    [
        ("x^2 - 4*x*sign(x)", "x", "x: 1", ""),  # a local maximum at 0
        ("x^2 + 6*relu(x)", "x", "x: 1", ""),
        ("norm2(x - y)", "x", "", ""),  # no derivative at x = y
        ("sum(x)^2", "x", "", ""),  # zero on a whole plane
        ("norm2(x)^4", "x", "", ""),
        ("A*x", "x", "", ""),
        ("sum(softplus(X*w)) - y'*X*w", "w", "", ""),
    ],
)
@pytest.mark.parametrize("verify", [True, False])
def test_no_point_is_claimed_where_there_is_none_alone(
    expression: str, wrt: str, shapes: str, assume: str, verify: bool
) -> None:
    if expression == "sum(x)^2" and not verify:
        return  # that a matrix of ones has no inverse takes numbers; the condition is stated
    wanted = Wanted(
        expression, wrt, (shapes,) if shapes else (), (assume,) if assume else (), solve=True, verify=verify
    )
    result = derive(wanted)
    assert result.stationary is not None
    assert result.stationary.point is None
    assert result.stationary.reason


@pytest.mark.parametrize(
    ("expression", "wrt", "shapes", "assume", "kind", "everywhere"),
    [
        ("norm2(X*w - y)^2", "w", "", "", "minimum", True),
        ("norm2(X*w - y)^2 + lam*norm2(w)^2", "w", "", "lam: positive", "minimum", True),
        ("sum(exp(x)) - a'*x", "x", "", "a: positive", "minimum", True),
        ("(x-5)^2 + 100*sign(x)", "x", "x: 1", "", "minimum", False),  # lower just below 0
        ("x - log(x^2)", "x", "x: 1", "", "minimum", False),  # no lower bound for x < 0
        ("x'*A*x + b'*x", "x", "", "", None, False),  # depends on A
        ("w'*diag(S*p)*w + c'*w", "w", "", "S: spd, p: positive", None, False),  # S*p may be negative
    ],
)
def test_what_is_claimed_of_a_stationary_point(
    expression: str, wrt: str, shapes: str, assume: str, kind: str | None, everywhere: bool
) -> None:
    wanted = Wanted(expression, wrt, (shapes,) if shapes else (), (assume,) if assume else (), solve=True)
    extremum = derive(wanted).extremum
    assert (extremum.kind or None, extremum.everywhere) == (kind, everywhere)


@pytest.mark.parametrize(
    ("expression", "wrt", "shapes", "assume", "invertible", "needs"),
    [
        ("norm2(X*w - y)^2", "w", "", "", ["X' * X"], []),
        ("norm2(X*w - y)^2 + lam*norm2(w)^2", "w", "", "lam: positive", [], []),
        ("norm2(X*w - y)^2 + a^2*norm2(w)^2", "w", "a: 1", "", ["X' * X + a^2 * eye(d)"], []),
        ("norm2(A*x)^2", "x", "", "", ["A' * A"], []),
        ("sum(exp(x) - y.*x)", "x", "", "", [], [("y", "positive")]),
        ("sum(exp(x) - y.*x)", "x", "", "y: positive", [], []),
        ("a*t^2 - t", "t", "a: 1, t: 1", "", [], [("a", "not 0")]),
        ("0.5*x'*Q*x - b'*x", "x", "", "Q: spd", [], []),
    ],
)
def test_what_a_stationary_point_needs(
    expression: str, wrt: str, shapes: str, assume: str, invertible: list[str], needs: list[tuple[str, str]]
) -> None:
    wanted = Wanted(expression, wrt, (shapes,) if shapes else (), (assume,) if assume else (), solve=True)
    found = derive(wanted).stationary
    assert found is not None
    assert [show(each) for each in found.invertible] == invertible
    assert [(show(each), word) for each, word in found.needs] == needs


def test_a_hessian_is_not_shortened_by_what_is_assumed_of_its_variable(said: Callable[..., str]) -> None:
    result = found(said, "sum(p)^2", "--wrt", "p", "--assume", "p: probability", "--hessian")
    assert result["derivative"] == "2 * ones(n, n)"


def test_a_hessian_by_a_matrix_has_columns_stacked(said: Callable[..., str]) -> None:
    result = found(said, "norm2(X*W - Y)^2", "--wrt", "W", "--hessian")
    assert result["derivative"] == "2 * kron(eye(k), X' * X)"
    assert "columns stacked" in said("norm2(X*W - Y)^2", "--wrt", "W", "--hessian")


def test_no_invented_name_is_one_of_the_users(said: Callable[..., str]) -> None:
    words = ["0.5*norm2(W2*tanh(g*x) - y)^2", "--wrt", "g", "--shapes", "W2: u x r, g: r x f, x: f, y: u"]
    result = found(said, *words)
    names = [step["name"] for step in result["steps"] if step["name"] and "(" not in step["name"]]
    assert not {"u", "r", "g"} & set(names)
    assert result["name"] not in {"u", "r", "f"}


def test_a_symmetric_variable_is_said_to_be_varied_entry_by_entry(said: Callable[..., str]) -> None:
    assert "varied one by one" in said("logdet(X)", "--assume", "X: symmetric")


# -- how much is done ------------------------------------------------------------------------------


def nested(count: int, op: str = "sin") -> Derivation:
    return derive(Wanted(f"{op}(" * count + "t" + ")" * count, "t", verify=False)).derivation


def counted(monkeypatch: pytest.MonkeyPatch, owner: Any, word: str, action: Callable[[], Any]) -> int:
    """Return how often a function is called while something is done."""
    calls = 0
    plain = getattr(owner, word)

    def noted(*args: Any, **options: Any) -> Any:
        nonlocal calls
        calls += 1
        return plain(*args, **options)

    with monkeypatch.context() as patched:
        patched.setattr(owner, word, noted)
        action()
    return calls


def test_the_normal_forms_made_grow_with_the_depth_of_a_nest(monkeypatch: pytest.MonkeyPatch) -> None:
    few, many = (counted(monkeypatch, core.Algebra, "made", lambda depth=depth: nested(depth)) for depth in (20, 80))
    assert 0 < many <= 5 * few


@pytest.mark.parametrize("word", ["replace", "_counts", "show"])
def test_the_names_for_parts_are_put_into_all_lines_at_once(word: str, monkeypatch: pytest.MonkeyPatch) -> None:
    short, long = nested(20), nested(80)
    few, many = (counted(monkeypatch, given_names, word, lambda found=found: rows(found)) for found in (short, long))
    assert 0 < many <= 5 * few
