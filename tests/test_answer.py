"""A person's answer is judged by its value: what is right is told to be, and what is wrong never is."""

from __future__ import annotations

import random

import pytest
from expressions import Grower, adversarial, assumed, shapes, spoilt

from nncalc.algebra.terms import Facts
from nncalc.deriving.answer import Verdict, judge
from nncalc.deriving.derivation import Derivation, Setting, derivation
from nncalc.deriving.result import Wanted, derive
from nncalc.deriving.verify import quantities
from nncalc.graph.shapes import Shapes
from nncalc.language.formula import call, name, num
from nncalc.language.parser import parse
from nncalc.language.printer import show
from nncalc.numbers.check import agree, value
from nncalc.problems import Problem

LEAST_SQUARES = "norm2(y - X*theta)^2"
WANTED = 60
#: What an answer is that is right on one branch alone, or has another one.
SEEN = ("different", "missing term", "forgotten factor", "extra term")


def verdict(expression: str, answer: str, wrt: str = "x", given: str = "", assume: str = "") -> Verdict:
    wanted = Wanted(expression, wrt, (given,) if given else (), (assume,) if assume else (), answer=answer)
    found = derive(wanted).verdict
    assert found is not None
    return found


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
        (LEAST_SQUARES, "theta", "2*(y - X*theta)'*X", "transposed", None),
        (LEAST_SQUARES, "theta", "2*(X*theta - y)", "shape", None),
        (LEAST_SQUARES, "theta", "X'*X*theta - 2*X'*y", "factor", "2 * X' * X * theta"),
        ("norm2(X*w - y)^2/N", "w", "2*X'*(X*w - y)", "factor", "N"),
        ("sum(softplus(X*w))/2", "w", "X'*sigmoid(X*w)", "factor", None),
        ("x'*A*x", "x", "2*A*x", "symmetric", "A"),
        ("y'*A*x", "x", "A*y", "transposed", "A"),
        ("tr(A*X)", "X", "A", "transposed", None),
        ("sum(exp(x))", "x", "x", "wrong function", "exp(x)"),
        ("sum(exp(x))", "x", "x.*x + 1", "different", None),
        ("A*x", "x", "A", "transposed", None),
        ("sum(x.*x)", "x", "sum(x)*x", "factor", None),
        ("sum(relu(x))", "x", "3*step(x)", "factor", None),
    ],
)
def test_an_answer_is_judged_by_its_value(expression: str, wrt: str, answer: str, kind: str, part: str | None) -> None:
    found = verdict(expression, answer, wrt, "A: n x n" if "A" in expression else "")
    assert (found.kind, found.right) == (kind, kind == "right"), found
    if part is not None:
        assert found.part is not None
        assert show(found.part) == part


@pytest.mark.parametrize(
    ("expression", "answer", "given"),
    [
        ("sum(max(0, 1 - y.*x))", "-y", ""),
        ("relu(x-2)", "0", "x: 1"),
        ("relu(x-1000)", "0", "x: 1"),
        ("max(x, 1)", "0", "x: 1"),
        ("min(x, -5)", "0", "x: 1"),
        ("sum(relu(x-3))", "zeros(n)", ""),
        ("sum(relu(x-1).*relu(y-1))", "zeros(n)", ""),
        ("sum(leaky_relu(x+4))", "ones(n)", ""),
        ("norm1(x-7)", "-ones(n)", ""),
        ("sum(x)", "ones(n) - relu(x-100)", ""),
        ("sum(relu(x)) + t*sum(x)", "(1 + t)*ones(n)", "t: 1"),
    ],
)
def test_a_branch_that_ordinary_numbers_miss_is_seen(expression: str, answer: str, given: str) -> None:
    assert verdict(expression, answer, given=given).kind in SEEN


def test_a_branch_that_nothing_reaches_is_no_difference() -> None:
    assert verdict("relu(exp(x))", "exp(x)", given="x: 1").right
    assert verdict("sum(relu(x))", "ones(n)", assume="x: positive").right


@pytest.mark.parametrize(
    ("expression", "wrt", "answer"),
    [
        ("tr(A*inv(A))", "A", "inv(A)' - inv(A)'*A'*inv(A)'"),
        ("tr(A)", "A", "inv(A)*A"),
        ("sum(x)", "x", "ones(n)*1000000 - ones(n)*999999"),
        ("tr(A*B)", "A", "inv(A)'*A'*B'"),
        ("sum(exp(x))", "x", "exp(x).*exp(-x).*exp(x)"),
        ("logdet(A)", "A", "A'*inv(A*A')'*inv(A)'*A'"),
    ],
)
def test_rounding_makes_no_answer_wrong(expression: str, wrt: str, answer: str) -> None:
    found = verdict(expression, answer, wrt, "A: n x n, B: n x n" if "B" in expression else "")
    assert found.right or "logdet" in expression, found


def test_what_is_wrong_with_a_number_is_told() -> None:
    assert verdict("t^2", "cos(t)", "t", "t: 1").kind == "different"
    missing = verdict("x^3+x^2+x", "3*x^2+2*x", given="x: 1")
    assert (missing.kind, missing.part) == ("missing term", num(1))
    assert verdict("relu(x)", "1", given="x: 1").part is parse("step(x)")
    assert verdict("a*x^2", "2*x", given="x: 1, a: 1").part is not None
    assert "is 0 where" in verdict("x^2", "0", given="x: 1").says


def test_an_answer_that_differs_little_is_shown_with_digits_enough() -> None:
    said = verdict("2*x", "2.000001", given="x: 1")
    assert said.kind == "different" or "factor" in said.kind
    assert "has 2.0000" not in said.says


def test_an_answer_without_a_value_is_told_to_have_none() -> None:
    found = verdict("x^2/2", "sqrt(x)*sqrt(x)", given="x: 1")
    assert (found.right, found.kind) == (False, "undefined")
    assert "no value at x = -" in found.says
    assert "where the derivative is -" in found.says
    many = verdict("sum(x.^2)/2", "sqrt(x).*sqrt(x)")
    assert "at random numbers, n = 4, where the derivative has one" in many.says
    assert verdict("sum(exp(x))", "log(-exp(x))").kind == "undefined"


def derived(seed: int) -> Derivation | None:
    """Return the derivative of a random formula; None where there is none or it is zero."""
    question = Grower(seed).question()
    setting = Setting(question.formula, question.wrt, name("f_"), Shapes(shapes()), Facts())
    try:
        found = derivation(setting)
    except Problem:
        return None
    return found if getattr(found.derivative, "op", "zeros") != "zeros" else None


@pytest.mark.sampled
def test_a_spoilt_derivative_is_never_right() -> None:
    """The numbers that say whether it is spoilt are the tests' own."""
    spoilt_ones = told = 0
    seed = 0
    while spoilt_ones < WANTED:
        seed += 1
        found = derived(seed)
        if found is None:
            continue
        answer = spoilt(found.derivative, random.Random(seed))
        try:
            same_shape = found.setting.shapes.of(answer) == found.shape
            verdict = judge(found, answer, assumed())
        except Problem:
            continue
        if same_shape and not differs(found, answer, seed):
            continue
        spoilt_ones += 1
        told += verdict.kind != "different"
        assert not verdict.right, (seed, show(found.setting.formula), show(answer), verdict)
    assert told > WANTED / 3


def differs(found: Derivation, answer: object, seed: int) -> bool:
    """Return whether an answer is not the derivative, by numbers that are not the judge's."""
    for draw in range(6):
        sample = adversarial(found.setting.formula, quantities(found), 100 * seed + draw)
        if sample is None:
            continue
        one, other = (value(each, sample.values, sample.sizes) for each in (answer, found.derivative))
        if agree(one, one) and agree(other, other) and not agree(one, other, 1e-4, 1e-6):
            return True
    return False


@pytest.mark.sampled
def test_a_derivative_written_otherwise_is_right() -> None:
    count = 0
    for seed in range(60):
        found = derived(seed)
        if found is None:
            continue
        half = call("div", found.derivative, num(2))
        try:
            verdict = judge(found, call("add", half, half), assumed())
        except Problem:
            continue
        assert verdict.right or verdict.kind == "undefined", (seed, verdict)
        count += verdict.right
    assert count > 30
