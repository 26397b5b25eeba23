"""Wrong answers are named: by a rule used wrongly on the way, or by a slip in what is written."""

from __future__ import annotations

import pytest

from nncalc.deriving.answer import Verdict
from nncalc.deriving.result import Wanted, derive
from nncalc.deriving.slips import changes
from nncalc.language.parser import parse
from nncalc.language.printer import show


def judged(expression: str, wrt: str, answer: str, *shapes: str, **more: object) -> Verdict:
    found = derive(Wanted(expression, wrt, shapes, answer=answer, **more)).verdict  # type: ignore[arg-type]
    assert found is not None
    return found


def said(verdict: Verdict) -> str:
    return "".join(each if isinstance(each, str) else show(each) for each in verdict.words)


TWO_LAYERS = "0.5*norm2(W*sigmoid(V*x)-y)^2"
#: An expression, by what, an answer in which a factor of the chain rule is forgotten, and that factor.
FORGOTTEN = [
    ("0.5*(b'*relu(A*x)-y)^2", "A", "(b'*relu(A*x)-y)*b*x'", "step(A * x)"),
    ("b'*relu(W*x+c)", "c", "b", "step(W * x + c)"),
    ("relu(w'*x+b)", "b", "1", "step(w' * x + b)"),
    ("sum(relu(X*W))", "W", "X'*ones(n,k)", "step(X * W)"),
    ("sum(max(0, 1-y.*x))", "x", "-y", "step(1 - x .* y)"),
    (TWO_LAYERS, "V", "(W'*(W*sigmoid(V*x)-y))*x'", "sigmoid(V * x) .* (1 - sigmoid(V * x))"),
    (TWO_LAYERS, "V", "(W'*(W*sigmoid(V*x)-y)).*sigmoid(V*x)*x'", "1 - sigmoid(V * x)"),
    (TWO_LAYERS, "x", "V'*W'*(W*sigmoid(V*x)-y)", "sigmoid(V * x) .* (1 - sigmoid(V * x))"),
    ("sum((sigmoid(A*x)-y).^2)", "x", "2*A'*(sigmoid(A*x)-y)", "sigmoid(A * x) .* (1 - sigmoid(A * x))"),
    ("sigmoid(w'*x)", "w", "sigmoid(w'*x)*x", "1 - sigmoid(w' * x)"),
    ("sigmoid(w'*x)", "w", "(1-sigmoid(w'*x))*x", "sigmoid(w' * x)"),
    ("a'*softmax(K*q)", "q", "K'*(a.*softmax(K*q).*(1-softmax(K*q)))", "softmax(K * q) * softmax(K * q)'"),
    ("a'*softmax(K*q)", "q", "K'*(a.*softmax(K*q))", "softmax(K * q) * softmax(K * q)'"),
    ("softmax(x)", "x", "diag(softmax(x).*(1-softmax(x)))", "softmax(x) * softmax(x)'"),
    ("a'*softmax(K*q)", "q", "K'*a", "d(softmax(K * q))"),
    ("sum(tanh(W*x))", "W", "ones(k)*x'", "1 - tanh(W * x).^2"),
    ("a'*log(exp(A*X)+1)*b", "X", "A'*((a*b')./(exp(A*X)+1))", "exp(A * X)"),
    ("log(sum(exp(A*x)))", "x", "A'*exp(A*x)", "1 / sum(exp(A * x))"),
    ("sqrt(x'*x)", "x", "x", "1 / sqrt(x' * x)"),
    ("norm2(A*x-b)", "x", "A'*(A*x-b)", "1 / norm2(A * x - b)"),
    ("(x'*A*x)^2", "x", "(A+A')*x", "2 * (x' * A * x)"),
    ("(x'*A*x)^2", "x", "2*(x'*A*x)*x", "A + A'"),
    ("det(X)", "X", "inv(X)'", "det(X)"),
    ("exp(a'*x)", "x", "exp(a'*x)*ones(n)", "a"),
    ("norm2(y-X*w)^2", "w", "2*(X*w-y)", "X'"),
    ("sum(sigmoid(W*x).*tanh(V*x))", "x", "W'*tanh(V*x) + V'*sigmoid(W*x)", "1 - tanh(V * x).^2"),
]
#: Sizes that are named in an answer, or that nothing else says.
SHAPES = {
    "sum(relu(X*W))": ("X: n x d", "W: d x k"), "sum(tanh(W*x))": ("W: k x d",), "norm2(y-X*w)^2": ("X: n x d",),
    "a'*log(exp(A*X)+1)*b": ("A: p x m",), "det(X)": ("X: n x n",), "exp(a'*x)": ("a: n",),
}  # fmt: skip


@pytest.mark.parametrize(("expression", "wrt", "answer", "factor"), FORGOTTEN)
def test_a_forgotten_factor_is_named(expression: str, wrt: str, answer: str, factor: str) -> None:
    found = judged(expression, wrt, answer, *SHAPES.get(expression, ()))
    assert not found.right
    assert found.kind in ("forgotten factor", "shape")
    assert found.part is not None
    assert show(found.part) == factor, said(found)


@pytest.mark.parametrize(
    ("expression", "wrt", "answer", "kind", "says"),
    [
        ("x'*A*x + b'*x", "x", "-A*x - A'*x + b", "sign", "the signs of two terms are wrong, which should be A * x"),
        ("x^3 - x^2 + x", "x", "-3*x^2 + 2*x + 1", "sign", "the signs of two terms are wrong, which should be 3 * x^2"),
        ("sum(tanh(x).*sin(y))", "x", "(1+tanh(x).^2).*sin(y)", "sign", "the sign of a term is wrong, which should be"),
        ("sum(cos(x))", "x", "cos(x)", "wrong function", "the slope of another function is used: sin(x) stands for"),
        ("sum(tanh(W*x))", "x", "W'*(1-tanh(W*x))", "forgotten factor", "an exponent is forgotten: tanh(W * x).^2"),
        ("a'*sin(B*x)", "x", "B'*(a.*sin(B*x))", "wrong function", "a function is wrong: there should be cos(B * x)"),
        ("sum(log(x))", "x", "log(x)", "wrong function", "the function stands where its slope should: log(x)"),
        ("sum(log(B*x))", "x", "B'*exp(B*x)", "wrong function", "the slope of another function is used: exp(B * x)"),
        ("x^2 + x", "x", "2*x + 1 + x^3", "extra term", "a term is too many: x^3"),
        ("x^2 + x", "x", "2*x^2 + 1", "wrong function", "the exponent is not lowered by 1 in d(x^2)"),
        ("x^2*y + x", "x", "2*x*y^2 + 1", "extra factor", "an exponent is too many, that of y^2"),
        ("sum(exp(x))", "x", "exp(x).*x", "extra factor", "a factor is too many: x"),
        ("x'*A*y + z'*A*u", "A", "y*x' + z*u'", "transposed", "a factor is transposed that should not be"),
        ("sum(x.^2)", "x", "2*x.^2", "wrong function", "the exponent is not lowered by 1 in d(x.^2)"),
        ("exp(y*x)*x^2", "x", "exp(y*x)*2*x", "missing term", "a term is missing"),
        ("norm2(y - X*w)^2", "w", "2*X'*X*w + 2*X'*y", "sign", "the sign of a term is wrong, which should be -2"),
        ("x*y*sin(x)", "x", "0", "different", "it is not the derivative"),
    ],
)  # fmt: skip
def test_other_mistakes_are_named(expression: str, wrt: str, answer: str, kind: str, says: str) -> None:
    vectors = any(word in expression for word in ("sum", "'", "norm2", "tr("))
    shapes = (
        ("A: n x n",)
        if "A*y" in expression
        else ("W: k x n",)
        if "W" in expression
        else ("B: k x n",)
        if "B" in expression
        else ()
    )
    found = judged(expression, wrt, answer, *(shapes if vectors else ("x: 1, y: 1" if "y" in expression else "x: 1",)))
    assert (found.kind, said(found)[: len(says)]) == (kind, says), said(found)


def test_an_answer_without_a_value_is_named_where_it_can_be() -> None:
    found = judged("sum(exp(x))", "x", "log(x)")
    assert (found.kind, found.part) == ("wrong function", parse("exp(x)"))


def test_a_mistake_in_a_transposed_layout_is_named() -> None:
    found = judged("A*sin(x)", "x", "A", "A: m x n, x: n", layout="numerator")
    assert (found.kind, found.part) == ("forgotten factor", parse("diag(cos(x))"))


def test_a_mistake_in_a_hessian_is_named() -> None:
    found = judged("sum(sin(x))", "x", "diag(sin(x))", "x: n", hessian=True)
    assert found.kind == "sign"
    assert judged("sum(exp(a*x))", "x", "a*diag(exp(a*x))", "a: 1, x: n", hessian=True).kind == "factor"


def test_every_change_is_another_formula_with_what_stood_there() -> None:
    formula = parse("2*A'*x + sin(x).^2 - x/3")
    shapes = derive(Wanted(show(formula), "x", verify=False)).derivation.setting.shapes
    for change in changes(formula, shapes):
        assert change.formula is not formula
        assert change.old


def test_several_wrong_signs_are_all_named() -> None:
    found = judged("x^4 + x^3 + x^2 + x", "x", "-4*x^3 - 3*x^2 - 2*x + 1", "x: 1")
    assert said(found) == "the signs of 3 terms are wrong, which should be 2 * x, 4 * x^3 and 3 * x^2"


def test_an_answer_with_two_slips_is_shown_where_it_differs() -> None:
    assert judged("x^2", "x", "2*x*(1+0.0001*sin(x)) + 0.0001*cos(x)", "x: 1").kind == "different"


def test_an_answer_that_is_right_for_one_hot_targets_is_told_so() -> None:
    assert judged("-y'*log(softmax(z))", "z", "softmax(z) - y").kind == "probability"
    assert judged("A*x", "x", "-A", "A: m x n").kind == "transposed"
