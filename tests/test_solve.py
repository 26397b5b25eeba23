"""What `--solve` says is true: points, their needs, what they are, what an equation is called; read back from the page.

Derivatives are taken by the complex step of the function itself, and a minimum is one where the function is not less
nearby, so nothing is judged by the rules that found it. Expected points are by hand.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nncalc.algebra.normal import Algebra
from nncalc.algebra.terms import TooLong
from nncalc.deriving.attempts import Attempts
from nncalc.deriving.data import data
from nncalc.deriving.definite import Signs
from nncalc.deriving.extremum import Extremum, Second
from nncalc.deriving.ground import Condition, Solution
from nncalc.deriving.numbers import evaluated
from nncalc.deriving.page import page
from nncalc.deriving.result import Result, Wanted, derive
from nncalc.deriving.signed import sign_of
from nncalc.deriving.stationary import Stationary
from nncalc.deriving.vanishing import HOLDS, fitting
from nncalc.deriving.verify import quantities
from nncalc.graph.shapes import Shapes
from nncalc.language.formula import Formula, Name, name, names_in
from nncalc.language.parser import parse
from nncalc.language.printer import show
from nncalc.numbers.check import Sample, jacobian, samples, value
from nncalc.page import Note

#: One worker solves each problem once, for all that is asked of it.
pytestmark = pytest.mark.xdist_group("solve")

LINES = (Path(__file__).parent / "cases" / "solve" / "problems.txt").read_text(encoding="utf-8").splitlines()
EVERY = [line for line in LINES if not line.startswith("#")]
#: What is asked of each problem takes minutes for all of them: those are solved with the profile `long`.
PROBLEMS = EVERY if os.environ.get("HYPOTHESIS_PROFILE") == "long" else EVERY[::3]
#: How near and how far the function is looked at around a point.
NEAR, FAR = (1e-3, 1e-2), (0.1, 1.0, 10.0)


@cache
def solved(line: str) -> Result:
    expression, wrt, shapes, assume = [each.strip() for each in (line + " | | ").split("|")][:4]
    return derive(Wanted(expression, wrt, (shapes,) if shapes else (), (assume,) if assume else (), solve=True))


def stationary(result: Result) -> Stationary:
    assert result.stationary is not None
    return result.stationary


@cache
def drawn(line: str, point: Formula) -> list[Sample]:
    result = solved(line)
    return [*fitting(result.derivation, stationary(result), point, result.assumed)]


def slope(result: Result, sample: Sample) -> float:
    """Return how far the derivative of the function is from zero, by the complex step."""
    setting = result.derivation.setting
    full = jacobian(setting.formula, setting.wrt, sample)
    return float(np.abs(full).max())


def steepness(result: Result, sample: Sample) -> float:
    """Return how large the derivative is beside a point."""
    wrt = result.derivation.setting.wrt
    here = sample.values[wrt]
    found = [slope(result, sample._replace(values={**sample.values, wrt: here + s * 0.1})) for s in (1, -1)]
    return max([1.0, *[each for each in found if np.isfinite(each)]])


def vanishes(result: Result, sample: Sample) -> bool:
    return slope(result, sample) <= 1e-6 * steepness(result, sample)


def notes(result: Result) -> tuple[Note, ...]:
    (section,) = [each for each in page(result, None).sections if each.heading == "Stationary point"]
    return section.notes


def words(note: Note) -> str:
    return "".join(each if isinstance(each, str) else "…" for each in note)


def formulas(note: Note) -> list[Any]:
    return [each for each in note if not isinstance(each, str)]


# -- points ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("line", PROBLEMS)
def test_the_derivative_is_zero_at_every_point_that_is_printed(line: str) -> None:
    result = solved(line)
    for point in stationary(result).points:
        found = drawn(line, point)
        assert len(found) >= 2
        assert len({tuple(each.sizes.items()) for each in found}) == 2 or not found[0].sizes
        assert all(vanishes(result, each) for each in found)


def test_most_of_what_is_asked_is_solved() -> None:
    unsolved = [line for line in EVERY if stationary(solved(line)).reason]
    assert len(EVERY) > 190
    assert len(unsolved) <= 36, unsolved


def test_what_is_not_solved_claims_nothing() -> None:
    for line in EVERY:
        reason = stationary(solved(line)).reason
        for word in ("linear", "quadratic", "closed form", "minimum", "maximum", "no solution"):
            assert word not in reason, line


def test_a_derivative_that_is_zero_nowhere_is_not() -> None:
    told = [line for line in EVERY if stationary(solved(line)).reason.endswith("no real number")]
    assert any(line.startswith("exp(x) + x") for line in told)
    for line in told:
        result = solved(line)
        setting = result.derivation.setting
        for sample in samples(setting.shapes, quantities(result.derivation), result.assumed, setting.formula, 6):
            for x in np.linspace(-9, 9, 181):
                at = sample._replace(values={**sample.values, setting.wrt: np.array([[x]])})
                if np.isfinite(value(setting.formula, at.values, at.sizes)).all():
                    assert slope(result, at) > 1e-6


#: What is asked, and what a person writes: the points, what they need, what they are.
WRITTEN = {
    # the first maximum likelihoods of a course: heads of m throws, the spread of a Gaussian, arrivals
    "-k*log(p)-(m-k)*log(1-p) | p": (["k / m"], ["k / m positive", "(m - k) / m positive"], [""]),
    "-n*log(s) - norm2(y-X*w)^2/(2*s^2) | s | s: 1": (
        ["norm2(y - X * w) / sqrt(n)"], ["y - X * w not 0", "n positive"], ["maximum"]),
    "n*log(r) - r*sum(x) | r | x: n, r: 1 | x: positive": (["n / sum(x)"], [], ["maximum"]),
    "n*log(p) + sum(x)*log(1-p) | p | x: n, p: 1 | x: positive": (["n / (n + sum(x))"], [], ["maximum"]),
    "sum(log(x)) - 2*n*log(s) - sum(x.^2)/(2*s^2) | s | x: n, s: 1 | x: positive": (
        ["sqrt(x' * x / (2 * n))"], [], ["maximum"]),
    "a/x + b*x | x | a: 1, b: 1, x: 1": (["sqrt(a / b)", "-sqrt(a / b)"], ["a / b positive"], ["", ""]),
    "a/x + b*x | x | a: 1, b: 1, x: 1 | a: positive, b: positive, x: positive": (["sqrt(a / b)"], [], ["minimum"]),
    "x^3 - 3*x | x | x: 1": (["1", "-1"], [], ["minimum", "maximum"]),
    "(x-a)^2*(x-b) | x | x: 1, a: 1, b: 1": (["(2 * b + a) / 3", "a"], [], ["", ""]),
    "a*x^2 + b*x | x | a: 1, b: 1, x: 1 | a: positive": (["-b / (2 * a)"], [], ["minimum"]),
    "x^4 - 5*x^2 + 4 | x | x: 1": (["0", "sqrt(5/2)", "-sqrt(5/2)"], [], ["maximum", "minimum", "minimum"]),
    "x^3 - 6*x^2 + 9*x + 1 | x | x: 1": (["1", "3"], [], ["maximum", "minimum"]),
    "x^5/5 - 2*x^3/3 + x | x | x: 1": (["1", "-1"], [], ["", ""]),
    "x^3/3 - x^2/2 - x | x | x: 1": (["(1 + sqrt(5)) / 2", "(1 - sqrt(5)) / 2"], [], ["minimum", "maximum"]),
    "x^4/4 - 2*x | x | x: 1": (["2^(1/3)"], [], ["minimum"]),
    "x^4/4 + 2*x | x | x: 1": (["-2^(1/3)"], [], ["minimum"]),
    "x^4/4 - 8*x | x | x: 1": (["2"], [], ["minimum"]),
    "x^2*exp(-x) | x | x: 1": (["0", "2"], [], ["minimum", "maximum"]),
    "exp(-x) - exp(-2*x) | x | x: 1": (["log(2)"], [], ["maximum"]),
    "exp(x) - a*x | x | x: 1, a: 1": (["log(a)"], ["a positive"], ["minimum"]),
    "exp(2*x - 1) - 2*x | x | x: 1": (["1/2"], [], ["minimum"]),
    "sqrt(1+x^2) - x/2 | x | x: 1": (["sqrt(1/3)"], [], ["minimum"]),
    "tanh(x)^2 | x | x: 1": (["0"], [], ["minimum"]),
    "log(x)/x | x | x: 1": (["exp(1)"], [], ["maximum"]),
    "log(s) + (x-mu)^2/(2*s^2) | s | s: 1, x: 1, mu: 1 | s: positive": (
        ["abs(x - mu)"], ["x - mu not 0"], ["minimum"]),
    # vectors and matrices as a person leaves them
    "norm2(x-a)^2 + lam*norm2(x-b)^2 | x": (["(a + lam * b) / (1 + lam)"], ["1 + lam not 0"], [""]),
    "norm2(y-K*a)^2 + lam*a'*K*a | a | | K: spd, lam: positive": (["inv(K + lam * eye(n)) * y"], [], ["minimum"]),
    "norm2(A*x-b)^2 | x | A: n x n | A: invertible": (["inv(A) * b"], [], ["minimum"]),
    "norm2(X*W-Y)^2 | W | X: n x n": (["inv(X) * Y"], [], ["minimum"]),
    "norm2(A*X-B)^2 + lam*norm2(X*D)^2 | X": (
        ["inv(kron(eye(d), A' * A) + lam * kron(D * D', eye(n))) * vec(A' * B)"], [], [""]),
    "N*logdet(S) + tr(inv(S)*(X-ones(N)*mu')'*(X-ones(N)*mu')) | S | X: N x d, S: d x d, mu: d | S: spd": (
        ["(X - ones(N) * mu')' * (X - ones(N) * mu') / N"], [], ["minimum"]),
    "tr((I-K*H)*P*(I-K*H)' + K*R*K') | K | | P: spd, R: spd": (["P * H' * inv(H * P * H' + R)"], [], ["minimum"]),
    "p'*log(p./q) - lam*(sum(p)-1) | p | | p: positive, q: positive": (["exp(lam - 1) * q"], [], ["minimum"]),
    "norm2(inv(X) - A)^2 | X": (["inv(A)"], [], [""]),
}  # fmt: skip


@pytest.mark.parametrize("line", WRITTEN)
def test_a_point_is_written_as_a_person_writes_it(line: str) -> None:
    result = solved(line)
    there = stationary(result)
    points, needs, kinds = WRITTEN[line]
    assert [show(each) for each in there.points] == points, there.reason
    assert [f"{show(each)} {word}" for each, word in there.needs] == needs
    assert [each.kind for each in result.extrema] == kinds


@pytest.mark.parametrize(
    ("line", "equation"),
    [
        ("w'*S*w - lam*(w'*w - 1) | w | | S: symmetric", "S * w = lam * w"),
        ("w'*S*w - lam*(w'*w - 1) | w", "((S + S') / 2) * w = lam * w"),
        ("w'*A*w - lam*(w'*B*w - 1) | w | | A: symmetric, B: spd", "A * w = lam * B * w"),
        ("x'*A*x/(x'*x) | x | | A: symmetric", "A * x = (x' * A * x / (x' * x)) * x"),
        ("(a'*w)^2/(w'*S*w) | w | | S: spd", "S * w = (w' * S * w / (a' * w)) * a"),
        ("tr(W'*S*W) - tr(L*(W'*W - I)) | W | W: d x k | S: symmetric, L: symmetric", "S * W = W * L"),
        ("logdet(X) - 0.5*norm2(X)^2 | X", "X' * X = eye(n)"),
        ("logdet(W) - 0.5*tr(W*S*W') | W | | S: spd", "W' * W * S = eye(n)"),
        ("tr(X*A*X'*B) - logdet(X) | X", "((B * X * A)' + A * X' * B) * X = eye(n)"),
        ("tr(A*X) + tr(B*inv(X)) | X", "X * A * X = B"),
    ],
)
def test_what_has_no_one_point_is_brought_to_an_equation(line: str, equation: str) -> None:
    held = stationary(solved(line)).condition
    assert held is not None
    assert f"{show(held.left)} = {show(held.right)}" == equation


# -- what is said of them --------------------------------------------------------------------------------------


def is_extremum(result: Result, sample: Sample, kind: str, far: tuple[float, ...] = NEAR) -> bool:
    """Return whether the function is nowhere less near a point (a minimum), or nowhere more (a maximum)."""
    setting = result.derivation.setting
    here = sample.values[setting.wrt]
    random = np.random.default_rng(3)
    base = float(np.real(value(setting.formula, sample.values, sample.sizes))[0, 0])
    for _ in range(30):
        direction = random.standard_normal(here.shape)
        if "symmetric" in result.assumed.get(setting.wrt, frozenset()):
            direction = direction + direction.T
        direction /= np.abs(direction).max()
        for t in far:
            values = {**sample.values, setting.wrt: here + t * max(1e-2, float(np.abs(here).max())) * direction}
            there = float(np.real(value(setting.formula, values, sample.sizes))[0, 0])
            gain = there - base if kind == "minimum" else base - there
            if np.isfinite(there) and gain < -1e-8 * (abs(base) + abs(there) + 1e-3):
                return False
    return True


def sign(number: Any) -> int:
    """Return 1 or -1 for a positive or negative number or matrix, 0 for what is neither."""
    least, most = np.linalg.eigvalsh((number + number.T) / 2)[[0, -1]]
    return 1 if least > 1e-9 else -1 if most < -1e-9 else 0


def claims(line: str) -> Iterator[tuple[Sample, str, bool]]:
    """Yield at numbers what is claimed to be a minimum or a maximum there, and whether everywhere."""
    result = solved(line)
    there = stationary(result)
    for note in notes(result):
        text = words(note)
        if "minimum" not in text and "maximum" not in text:
            continue
        if "not decided" in text:
            continue
        point = formulas(note)[1] if len(there.points) > 1 else there.points[0]
        kind = min(("minimum", "maximum"), key=lambda each: text.find(each) if each in text else len(text))
        for sample in drawn(line, point):
            if " where " not in text:
                yield sample, kind, "global" in text
                continue
            shown = formulas(note)[-1]
            which = sign(np.real(value(shown, sample.values, sample.sizes)))
            if which:
                yield sample, kind if which > 0 else {"minimum": "maximum", "maximum": "minimum"}[kind], False


@pytest.mark.parametrize("line", PROBLEMS)
def test_what_is_called_a_minimum_or_a_maximum_is_one(line: str) -> None:
    for sample, kind, everywhere in claims(line):
        assert is_extremum(solved(line), sample, kind, (*NEAR, *FAR) if everywhere else NEAR), kind


def test_a_minimum_that_is_none_would_be_seen() -> None:
    opposite = {"minimum": "maximum", "maximum": "minimum"}
    all_of_them = [(line, *each) for line in EVERY for each in claims(line)]
    caught = [not is_extremum(solved(line), sample, opposite[kind]) for line, sample, kind, _ in all_of_them]
    assert len(caught) > 300
    assert sum(caught) >= 0.98 * len(caught)


def test_most_points_are_called_what_they_are() -> None:
    kinds = [each.kind for line in EVERY for each in solved(line).extrema]
    assert sum(map(bool, kinds)) > 0.6 * len(kinds)


@pytest.mark.parametrize("line", PROBLEMS)
def test_what_is_said_beside_a_point_is_true(line: str) -> None:
    result = solved(line)
    there = stationary(result)
    for note in notes(result):
        text = words(note)
        for point in there.points:
            for sample in drawn(line, point):
                if "has an inverse: it is positive definite" in text:
                    assert sign(value(formulas(note)[0], sample.values, sample.sizes)) == 1
                if "second derivative is 0" in text and len(there.points) == 1:
                    assert steepness(result, sample) <= 1.1
    for formula, word in there.needs:
        for sample in (each for point in there.points for each in drawn(line, point)):
            assert HOLDS[word](np.real(value(formula, sample.values, sample.sizes))).all()


def test_an_equation_called_linear_is() -> None:
    told = [
        (line, note)
        for line in EVERY
        for note in notes(solved(line))
        if "equation" in words(note) or "linear" in words(note)
    ]
    assert {"Sylvester", "Lyapunov", "generalised", "linear"} <= {
        word for _, note in told for word in words(note).split()
    }
    for line, note in told:
        result = solved(line)
        left, right = formulas(note)[:2]
        wrt = result.derivation.setting.wrt
        assert wrt not in names_in(right)
        for sample in drawn(line, stationary(result).points[0]):
            random = np.random.default_rng(1)
            one, other = random.standard_normal((2, *sample.values[wrt].shape))
            both = [value(left, {**sample.values, wrt: x}, sample.sizes) for x in (one, other, 2 * one - 3 * other)]
            assert np.allclose(2 * both[0] - 3 * both[1], both[2])
            here = [value(each, sample.values, sample.sizes) for each in (left, right)]
            assert np.allclose(*here, rtol=1e-6, atol=1e-6)


def eigenpairs(one: Any, other: Any) -> Iterator[tuple[float, Any]]:
    numbers, vectors = np.linalg.eig(np.linalg.solve(other, one))
    for number, vector in zip(numbers, vectors.T, strict=True):
        if abs(number.imag) < 1e-12:
            yield float(number.real), vector.real.reshape(-1, 1)


def at_eigenvectors(result: Result, note: Note, sample: Sample) -> Iterator[Sample]:
    """Yield the numbers at which a note says that the derivative is zero."""
    found = formulas(note)
    unknown = result.derivation.setting.wrt
    one = np.real(value(found[1], sample.values, sample.sizes))
    generalised = "generalised" in words(note)
    other = np.real(value(found[2], sample.values, sample.sizes)) if generalised else np.eye(len(one))
    for number, vector in eigenpairs(one, other):
        columns = sample.values[unknown].shape[1]
        values = {**sample.values, unknown: np.repeat(vector, columns, axis=1)}
        eigenvalue = found[2 + generalised]
        if isinstance(eigenvalue, Name):
            values[eigenvalue] = np.array([[number]])
            yield sample._replace(values=values)
        elif unknown in names_in(eigenvalue):
            assert np.isclose(np.real(value(eigenvalue, values, sample.sizes))[0, 0], number)
            yield sample._replace(values=values)


def test_what_a_condition_means_is_so() -> None:
    seen: set[str] = set()
    for line in EVERY:
        result = solved(line)
        there = stationary(result)
        if there.condition is None:
            continue
        setting = result.derivation.setting
        (note,) = notes(result)
        for sample in samples(setting.shapes, quantities(result.derivation), result.assumed, setting.formula, 1):
            if "eigenvector" in words(note):
                pairs = [*at_eigenvectors(result, note, sample)]
                seen |= {"eigenvector"} if pairs else set()
                assert all(vanishes(result, each) for each in pairs), line
            elif "multiple" in words(note):
                seen.add("multiple")
                along = 1.7 * np.real(value(formulas(note)[1], sample.values, sample.sizes))
                assert vanishes(result, sample._replace(values={**sample.values, setting.wrt: along}))
            elif "orthogonal" in words(note):
                seen.add("orthogonal")
                turn = np.linalg.qr(sample.values[setting.wrt])[0]
                turn[:, 0] *= np.linalg.det(turn)
                assert vanishes(result, sample._replace(values={**sample.values, setting.wrt: turn}))
            else:
                seen.add("holds")
                gap = value(there.condition.left, sample.values, sample.sizes) - value(
                    there.condition.right, sample.values, sample.sizes
                )
                assert (np.abs(gap).max() > 1e-9) == (slope(result, sample) > 1e-9), line
    assert seen == {"eigenvector", "multiple", "orthogonal", "holds"}


# -- answers ---------------------------------------------------------------------------------------------------

LEAST_SQUARES = "norm2(y - X*theta)^2"


@pytest.mark.parametrize(
    ("expression", "wrt", "answer", "kind", "says"),
    [
        (LEAST_SQUARES, "theta", "inv(X'*X)*X'*y", "right", "right: it is the solution"),
        (LEAST_SQUARES, "theta", "X'*y", "orthonormal", "its shape is right, but it is the solution only where X'*X"),
        (LEAST_SQUARES, "theta", "y'*X", "shape", "it is 1×d, the solution is d×1 (it is transposed)"),
        (LEAST_SQUARES, "theta", "y", "shape", "it is n×1, the solution is d×1"),
        (LEAST_SQUARES, "theta", "-inv(X'*X)*X'*y", "sign", "its sign is wrong"),
        (LEAST_SQUARES, "theta", "inv(X'*X)*X'*y/2", "factor", "it is off by a factor: 1/2 times the solution"),
        (LEAST_SQUARES, "theta", "inv(X*X')'*X*X'*y", "shape", "it is n×1, the solution is d×1"),
        (LEAST_SQUARES, "theta", "inv(X'*X)*X'*y + 1", "different", "its shape is right, but it is not the solution"),
        (LEAST_SQUARES, "theta", "X'*inv(X*X')*y", "undefined", "it has no value at some random numbers"),
        (LEAST_SQUARES, "theta", "2*X'*(X*theta - y)", "right", "right: it equals the derivative"),
        (LEAST_SQUARES, "theta", "X'*(X*theta - y)", "factor", "it is off by a factor: 1/2 times the derivative"),
        ("x^3 - 3*x", "x", "-1", "right", "right: it is one of the 2 solutions"),
        ("x^3 - 3*x", "x", "5", "factor", "it is off by a factor: 5 times the solution"),
        ("(x - 1)^2 + a*x", "x", "a", "different", "its shape is right, but it is not the solution"),
        ("norm2(W*X - Y)^2", "X", "inv(W'*W)*W'*Y", "right", "right"),
        ("norm2(W*X - Y)^2 + norm2(X*V)^2", "X", "W'*Y", "different", "its shape is right, but"),
        ("norm2(A*x - b)^2 + lam*norm2(x)^2", "x", "A'*b", "different", "its shape is right, but"),
        ("lse(z) - y'*z", "z", "softmax(z) + y", "sign", "the sign of a term is wrong"),
    ],
)
def test_an_answer_to_where_it_is_zero_is_judged(expression: str, wrt: str, answer: str, kind: str, says: str) -> None:
    verdict = derive(
        Wanted(expression, wrt, (), ("lam: positive",) if "lam" in expression else (), solve=True, answer=answer)
    ).verdict
    assert verdict is not None
    whole = f"{verdict.says} {show(verdict.part)}" if verdict.part is not None else verdict.says
    assert verdict.kind == kind, whole
    assert whole.replace(" * ", "*").startswith(says), whole
    assert verdict.right == (kind == "right")


# -- what is refused ------------------------------------------------------------------------------------------


def test_roots_that_only_numbers_tell_are_not_given_without_numbers() -> None:
    wanted = Wanted("sqrt(1+x^2) - x/2", "x", ("x: 1",), solve=True, verify=False)
    assert derive(wanted).stationary == Stationary((), "which of the roots are none, only numbers tell (--verify)")


def test_a_point_that_is_none_is_not_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Attempts, "plain", lambda _: iter([Solution((parse("5"),))]))
    found = derive(Wanted("(x - 3)^2", "x", ("x: 1",), solve=True)).stationary
    assert found == Stationary((), "the point found is not one where the derivative is zero")


def test_an_equation_that_does_not_hold_is_not_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = Condition(parse("x"), parse("4"), parse("2*x - 6"), ("",))
    monkeypatch.setattr(Attempts, "plain", lambda _: iter([Solution((), condition=wrong)]))
    found = derive(Wanted("(x - 3)^2", "x", ("x: 1",), solve=True)).stationary
    assert found == Stationary((), "the equation found does not hold")


def test_a_point_too_large_to_be_checked_is_not_printed() -> None:
    shapes = ("X: 30 x 25, A: 30 x 30, D: 25 x 25, B: 30 x 25",)
    found = derive(Wanted("norm2(A*X - B)^2 + norm2(X*D)^2", "X", shapes, solve=True)).stationary
    assert found == Stationary((), "the point found has matrices too large to be checked by numbers")


def test_points_are_evaluated_at_numbers() -> None:
    result = derive(Wanted("a/x + b*x", "x", ("x: 1",), solve=True, at=("a=4", "b=1")))
    there = evaluated(result, ("a=4", "b=1"), None).points
    assert [each.rows for each in there.values()] == [[[2.0]], [[-2.0]]]
    text = [str(each) for each in page(result, evaluated(result, ("a=4", "b=1"), None)).sections]
    assert any("at the numbers below" in each for each in text)
    again = derive(Wanted("(x - a)^2", "x", ("x: 1", "a: 1"), hessian=True, solve=True, at=("x=1",)))
    assert not evaluated(again, ("x=1",), None).points  # nobody said what a is
    result = derive(Wanted("tr(X'*A*X) + tr(X*B*X') - 2*tr(C'*X)", "X", (), ("A: spd", "B: spd"), solve=True))
    given = ("A=[[2,0],[0,2]]", "B=[[1,0],[0,1]]", "C=[[3,6],[9,12]]")
    (point,) = evaluated(result, given, None).points.values()
    assert np.allclose(np.array(point.rows), [[1], [3], [2], [4]])  # columns stacked


def test_programs_are_told_of_every_point() -> None:
    found = data(derive(Wanted("x^3 - 3*x", "x", ("x: 1",), solve=True)), None)
    assert (found["stationary"], found["points"], found["unknown"]) == ("1", ["1", "-1"], "x")
    assert (found["extremum"], found["extrema"]) == ("minimum", ["minimum", "maximum"])
    found = data(derive(Wanted("w'*S*w - lam*(w'*w - 1)", "w", (), ("S: symmetric",), solve=True)), None)
    assert (found["stationary"], found["condition"]) == (None, ["S * w", "lam * w"])


def test_a_second_derivative_that_has_no_form_decides_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> None:
        raise TooLong

    monkeypatch.setattr(Second, "of_vector", fails)
    assert derive(Wanted("(x - 3)^2", "x", ("x: 1",), solve=True)).extremum == Extremum()


@pytest.mark.parametrize(
    ("number", "positive", "other", "sign"),
    [
        ("a*b", [], [], (1, {"a", "b"})),
        ("a*b", ["a/b"], [], (1, set())),
        ("-a*b^3", ["a/b"], [], (-1, set())),
        ("a*b*c", ["a*b"], [], (1, {"c"})),
        ("a*b*c", ["a*b", "b*c", "c"], [], (1, set())),
        ("a^2*b", [], [], (0, set())),  # 0 where a is
        ("a^2*b", [], ["a"], (1, {"b"})),
        ("abs(a)*b", [], ["a"], (1, {"b"})),
        ("b/a^2", [], [], (1, {"b"})),
        ("a - b", ["a - b"], [], (1, set())),
        ("b - a", ["a - b"], [], (-1, set())),
        ("a - a", [], [], (0, set())),
    ],
)
def test_the_sign_of_a_product_follows_from_those_of_others(
    number: str, positive: list[str], other: list[str], sign: tuple[int, set[str]]
) -> None:
    algebra = Algebra(Shapes({name(each): (1, 1) for each in "abc"}))
    nothing = Signs(frozenset(), frozenset())
    found = sign_of(parse(number), nothing, algebra, [*map(parse, positive)], [*map(parse, other)])
    assert (found.factor, {show(each) for each in found.odd}) == sign
