"""The normal form keeps value and shape, and equal things share one formula."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from expressions import QUANTITIES, Grower, assumed, shapes

from nncalc.algebra import normal
from nncalc.algebra.cost import cost
from nncalc.algebra.factoring import Factoring
from nncalc.algebra.normal import Algebra
from nncalc.algebra.simplest import Simplifier
from nncalc.algebra.terms import ONE, Facts, TooLong
from nncalc.algebra.writing import Writer
from nncalc.deriving.operator import matrix_before
from nncalc.graph.shapes import Shapes
from nncalc.language.formula import Formula, call, name, names_in
from nncalc.language.indexing import from_0
from nncalc.language.parser import Known, parse
from nncalc.language.printer import show
from nncalc.numbers.check import samples, value
from nncalc.problems import Problem

FACTS = Facts(frozenset(name(word) for word, (_, fact) in QUANTITIES.items() if fact in ("spd", "symmetric")))


def known() -> Shapes:
    return Shapes(shapes())


def are_equal(one: Formula, other: Formula) -> None:
    """Check that two formulas have one shape, and one value at two choices of sizes."""
    own = known()
    assert own.of(one) == own.of(other), (show(one), show(other))
    names = [each for each in names_in(call("add", one, other)) if each.base not in own.letters]
    seen = 0
    for sample in samples(own, names, assumed(), one):
        a, b = (value(each, sample.values, sample.sizes) for each in (one, other))
        assert a.shape == b.shape
        assert np.allclose(a, b, rtol=1e-6, atol=1e-9 * max(1.0, float(np.abs(a).max()))), (show(one), show(other))
        seen += 1
    assert seen


def pairs(text: str) -> list[tuple[str, ...]]:
    return [tuple(line.split(" == ")) for line in text.strip().splitlines()]


def algebras() -> list[Algebra]:
    return [Algebra(known(), FACTS, expand=e, split=s) for e in (False, True) for s in (False, True)]


# -- every rule, on both sides -----------------------------------------------------------------------------

#: Formulas for the rule of each operation.
TABLE = """
add: x + y + x; A + 2; A + A'; X - X
neg: -x; -(x - y)
mul: A*B*x; x'*A*y; (x'*y)*A; x*y'*x; ones(m)*ones(m)'*X; (A + B)*(x - y); 2*t*(3*x)
hadamard: x .* y .* x; r .* x'; A .* A'; F .* (X + Y); diag(x) .* A; t .* x; (x*y') .* A
div: x/t; t/(2*z); (x - y)/(x'*y)
hdiv: x ./ w; 1 ./ w; r ./ w'; X ./ (X + Y); x ./ t
pow: t^2*t^3; (2*t)^2; lam^0.5*lam^0.5; A^2*A; V^-1*V; V^-2; (A*B)^2; (x'*y)^2; 2^0.5; lam^z
hpow: x.^2 .* x; (2*x).^2; w.^0.5 .* w.^0.5; (x - y).^3; (2*w).^0.5; w.^-1 .* w; x.^0; (w').^2
sqrt: sqrt(w) .* sqrt(w); sqrt(lam)^2; sqrt(t^2); sqrt(4*lam)
transpose: (A*B*x)'; (A + X'*X)'; (t*r)'; (x .* y)'; inv(V)'; (x*y' + A)'
gaussian: gaussian(-x) - gaussian(x); gaussian(X)
sigmoid: sigmoid(-x); sigmoid(x - y) + sigmoid(y - x); sigmoid(-t); 1 - sigmoid(X)
linear: linear(x)
sum: sum(A*x); sum(x .* y); sum(X .* Y); sum(diag(x)); sum(eye(n)); sum(softmax(x)); sum(ones(n, m)); sum(x*y');
    sum(x'*A); sum(A .* eye(n)); sum(r); sum(x + 2); sum(ones(n)*x'); sum(w .* w.^2); sum(x.^3 .* y ./ w.^2)
mean: mean(x); mean(X); mean(3*t)
inner: inner(x, y); inner(X, Y); inner(A, eye(n))
tr: tr(A*B); tr(x*y'); tr(A'); tr(diag(x)); tr(eye(n)); tr(kron(A, P)); tr(2*A + B); tr(X*X')
det: det(inv(V)); det(eye(n)); det(A'); det(t); det(2*A)
logdet: logdet(inv(S)); logdet(S); logdet(lam); logdet(eye(n))
norm2: norm2(-x); norm2(2*x); norm2(r); norm2(-3*t); norm2(X'); norm2(x - x); norm2(2*x - 4*y)
norm1: norm1(-x); norm1(2*X); norm1(r); norm1(t)
inv: inv(2*S); inv(V*S); inv(inv(V)); inv(V'); inv(diag(w)); inv(eye(n)); inv(t); inv(S + x*x')*S; inv(V)*V*x;
    V*inv(V); x'*V'*inv(V'); inv(V*S)*V*S
diag: diag(x + y); diag(2*x); diag(ones(n)); diag(x)*diag(y); diag(x)*y; x'*diag(y); diag(t)
dg: dg(A + B); dg(x*y'); dg(diag(x)*A); dg(A*diag(x)); dg(A .* B); dg(A .* A'); dg(eye(n)); dg(A'); dg(t);
    dg(diag(x)); dg(A ./ (B.^2 + 1))
vec: vec(X + Y); vec(x); vec(r); vec(2*X); vec(X)'*vec(Y); kron(A, P)*vec(X); comm(m, n)*vec(X); vec(X)'*kron(A, P);
    comm(n, m)'*vec(X); vec(ones(m, n)) .* vec(X)
kron: kron(A, B)*kron(B, A); kron(x, y'); kron(2*A, B); kron(A + B, P); kron(A', B'); kron(t, A); kron(eye(n),
    eye(m))*kron(A, P)
ones: ones(n)*t; ones(m, n) .* X; ones(n)'*x
eye: eye(n)*A; A*eye(n); eye(1)*t
zeros: zeros(n) + x; zeros(m, n)*x
comm: comm(m, n); comm(m, n)'; comm(n, m)*kron(X, x); kron(X', x')*comm(m, n); kron(x', X')*comm(n, m)
asin: asin(tanh(x)); asin(-tanh(x))
erfinv: erfinv(tanh(x)); erfinv(-tanh(x))
column: [x, t, y]; [2*x, -t]; [0*x, 0*t]; [A*x, x] + [x, A*x]; [x, y]'*[y, x]; [A, X]*x
matrix: [[A, X'], [X, 2*P]]; [[x, y]]*[t, t]; [[t]]; [[A, B], [B, A]]'*[A, B]; [[0*A, 0*B]]; [[x, y], [r', x]]
rows: rows(A*x, 1, 2); rows([x, t], 1, n); rows([x, t], n + 1, n + 1); rows([A, B], 2, 3); rows([A, B], 1, n + 1);
    rows(rows(A, 2, 3), 2, 2); rows(A', 1, 2); rows(S, 2, 3)*x; rows(eye(n), 2, 3)*A; A*rows(eye(n), 1, 1)';
    rows([[A, X'], [X, P]], 1, n); rows([[A, X']], 1, 2); rows(t*A - B, 1, 1)*x; rows(ones(n), 1, 2);
    rows(0*x, 1, 1); rows(x*y', 2, 2); rows(x, 1, 1)*r; rows(t, 1, 1); rows([[A, X']]', 1, n); rows(ones(n, m), 1, 2);
    rows([x, t, y], n + 1, 2*n + 1)
columns: columns(A*B, 1, 2); columns(A, 1, n); columns([[A, X']], n + 1, n + m); columns([A, B], 1, 2);
    columns([[A, X'], [B, 2*X']], 1, n); columns(A', 2, 2); columns(S, 1, 2); columns([x, y], 1, 1); columns(r, 2, 3)
columns_0: A[:,0:1]; A[1:2,0:1]; sum(A[:,1:2])
entries: x[1:2]; r[2:3]; (A*x)[2]; [x, t][n+1]; (x'*A)[1]; (t*x + y)[1:2]; eye(n)[2,:]*x + 0*x[1]; A[1,2];
    x'*eye(n)[:,2] + x[1]; eye(n)[:,1] .* x + x[2]*x; eye(n)[:,2] ./ exp(x) .* y*x[1]; sum(eye(n)[:,1])*x[1]
entries_0: r[0:1]; r[1] + r[0]; A[1,0]*x
"""
ENTRY_BY_ENTRY = (
    "sin", "half_turns", "tan", "tanh", "sinh", "atan", "erf", "sign", "cos", "cosh", "abs", "round", "cbrt", "square",
    "reciprocal",
    "normal_cdf", "normal_pdf", "hard_sigmoid", "hard_tanh", "softsign", "sine", "gelu_gate",
)  # fmt: skip


def table() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for line in TABLE.strip().replace("\n    ", " ").splitlines():
        op, _, formulas = line.partition(": ")
        found[op] = formulas.split("; ")
    return found | {op: [f"{op}({arg})" for arg in ("-x", "x - y", "y - x", "-t", "A'")] for op in ENTRY_BY_ENTRY}


RULES = table()


@pytest.mark.parametrize("op", normal.RULES)
def test_the_rule_of_an_operation_keeps_value_and_shape(op: str) -> None:
    for text in RULES[op]:
        formula = from_0(parse(text, Known(whole=True)), {"A", "r"} if op.endswith("_0") else ())
        for algebra in algebras():
            are_equal(formula, algebra.canonical(formula))
        are_equal(formula, Simplifier(known(), FACTS, [formula]).simplest(formula))


def test_every_rule_has_its_formulas() -> None:
    assert set(RULES) == set(normal.RULES)


# -- where factors meet ------------------------------------------------------------------------------------------


#: Cut numbers, cyclic traces, transposes, signs, powers, identities, inverses, diagonals, sums of entries.
SAME = """
x'*A*y == y'*A'*x
A*x*y'*w == (y'*w)*A*x
x*y'*w == (w'*y)*x
r*x == x'*r'
tr(A*B*V) == tr(B*V*A)
tr(A*B*V) == tr(V'*B'*A')
tr(x*y') == y'*x
tr(A') == tr(A)
sum(X .* Y) == tr(X'*Y)
inner(X, Y) == tr(Y*X')
vec(X)'*vec(Y) == tr(X'*Y)
(A*B)' == B'*A'
A'' == A
(A + B)' == A' + B'
S' == S
(A*S*A')' == A*S*A'
(S + x*x')' == S + x*x'
inv(S)' == inv(S)
exp(A)' == exp(A')
inv(V') == inv(V)'
(A .* B)' == B' .* A'
(V - B')' == V' - B
exp(V - B')' == exp(V' - B)
kron(A, B)' == kron(A', B')
x + y == y + x
norm2(y - x) == norm2(x - y)
tanh(x - y) == -tanh(y - x)
cos(-x) == cos(x)
t*z*t == t^2*z
x .* y .* x == x.^2 .* y
lam/lam^2 == 1/lam
A*A*A == A^3
sqrt(lam)*sqrt(lam) == lam
1 - sigmoid(x) == sigmoid(-x)
exp(t)/(1 + exp(t)) == sigmoid(t)
exp(x) ./ (1 + exp(x)) == sigmoid(x)
exp(-t)/(1 + exp(-t)) == 1 - sigmoid(t)
step(x) .* step(x) == step(x)
relu(x) .* step(x) == relu(x)
sign(x) .* abs(x) == x
sign(x - y) .* abs(y - x) == x - y
sign(t^3)*abs(t^3) == t^3
eye(n)*x == x
inv(V)*V == eye(n)
V'*inv(V')*x == x
diag(x)*y == x .* y
diag(x)*diag(w) == diag(w .* x)
x'*diag(y) == (x .* y)'
kron(eye(n), eye(m))*vec(X) == vec(X)
comm(n, m)*kron(X, x) == kron(x, X)
kron(X', x')*comm(m, n) == kron(x', X')
kron(vec(eye(n))', eye(m))*kron(eye(n), vec(X)) == X
kron(eye(n), vec(X))'*kron(vec(eye(n)), eye(m)) == X'
kron(vec(eye(n))', eye(m))*kron(eye(n), vec(X) .* vec(Y)) == X .* Y
kron(A, P)*kron(B, P) == kron(A*B, P^2)
kron(A', P)*vec(X) == vec(P*X*A)
comm(m, n)*vec(X) == vec(X')
comm(m, n)'*vec(X') == vec(X)
ones(n)'*x == sum(x)
ones(m)'*X*ones(n) == sum(X)
sum(x .* y) == x'*y
sum(x*y') == sum(x)*sum(y)
sum(softmax(x)) == 1
sum(diag(x)) == sum(x)
sum(A .* eye(n)) == tr(A)
sum(ones(m, n)) == m*n
norm2(-2*x) == 2*norm2(x)
norm1(r) == norm1(r')
logdet(inv(S)) == -logdet(S)
det(V') == det(V)
tr(kron(A, P)) == tr(A)*tr(P)
dg(A .* A') == dg(A).^2
dg(x*y') == x .* y
"""


@pytest.mark.parametrize(("one", "other"), pairs(SAME))
def test_equal_things_have_one_canonical_formula(one: str, other: str) -> None:
    a, b = parse(one), parse(other)
    are_equal(a, b)
    algebra = Algebra(known(), FACTS)
    assert algebra.canonical(a) is algebra.canonical(b)


SAME_OUT = """
(A + B)*(x + y) == A*x + B*x + A*y + B*y
(x - y) .* (x - y) == x .* x - 2*x .* y + y .* y
tr((A + B)*V) == tr(A*V) + tr(B*V)
sum(x - y) == sum(x) - sum(y)
kron(A + B, P) == kron(A, P) + kron(B, P)
diag(x + 2*y) == diag(x) + 2*diag(y)
"""


@pytest.mark.parametrize(("one", "other"), pairs(SAME_OUT))
def test_multiplied_out_equal_things_have_one_canonical_formula(one: str, other: str) -> None:
    algebra = Algebra(known(), FACTS, expand=True)
    a, b = algebra.canonical(parse(one)), algebra.canonical(parse(other))
    are_equal(a, b)
    assert a is b


def test_a_power_of_a_sum_is_not_multiplied_out() -> None:
    algebra = Algebra(known(), FACTS, expand=True)
    one, other = parse("(x - y).^2"), parse("x.^2 - 2*x .* y + y.^2")
    assert algebra.canonical(one) is not algebra.canonical(other)
    assert len(algebra.normal(one)) == 1
    are_equal(one, algebra.canonical(one))


def test_the_inverse_of_a_product_is_split_where_asked() -> None:
    one, other = parse("inv(V*S)"), parse("inv(S)*inv(V)")
    together, apart = Algebra(known(), FACTS), Algebra(known(), FACTS, split=True)
    assert apart.canonical(one) is apart.canonical(other)
    assert together.canonical(one) is not together.canonical(other)
    are_equal(one, apart.canonical(one))


def test_multiplying_out_stops_before_it_is_too_long() -> None:
    algebra = Algebra(known(), FACTS, expand=True)
    with pytest.raises(TooLong):
        algebra.normal(parse("*".join(["(A + B + V + S + Q)"] * 5)))
    Simplifier(known(), FACTS).simplest(parse("*".join(["(A + B + V + S + Q)"] * 5)))


@pytest.mark.parametrize(
    ("gradient", "matrix"),
    [
        ("A'*(kron(vec(eye(m))', eye(n))*kron(eye(m), w))", "kron(eye(m), A')"),
        ("(kron(vec(eye(m))', eye(n))*kron(eye(m), w))*P'", "kron(P, eye(n))"),
        ("(kron(vec(eye(m))', eye(n))*kron(eye(m), w))'", "comm(n, m)"),
        ("kron(vec(eye(m))', eye(n))*(kron(eye(m), w)*P + kron(eye(m), 2*w))", "kron(P', eye(n)) + 2*eye(m*n)"),
    ],
)
def test_a_column_that_is_unstacked_has_the_entries_of_the_matrix(gradient: str, matrix: str) -> None:
    own = Shapes({name("A"): ("n", "n"), name("P"): ("m", "m"), name("w"): ("m*n", 1)})
    found = matrix_before(parse(gradient), name("w"), own)
    algebra = Algebra(own)
    assert algebra.canonical(found) is algebra.canonical(parse(matrix)), show(found)


# -- writing and factoring ------------------------------------------------------------------------------------------


SHORTER = """
X'*X*t - X'*Y == X' * (t * X - Y)
A*x + A'*x == (A + A') * x
2*A*x - 2*y == 2 * (A * x - y)
X'*X*x - X'*b == X' * (X * x - b)
x .* y - w .* y == y .* (x - w)
t^2*x + t^3*y == t^2 * (x + t * y)
diag(x)*A + diag(y)*A == diag(x + y) * A
-(x - y) == y - x
x/2 + y/2 == (x + y) / 2
ones(n)*ones(n)'*A + A == A + ones(n) * ones(n)' * A
(x - y) - sum(x - y)/lam == x - y + (sum(y) - sum(x)) / lam
"""


@pytest.mark.parametrize(("text", "best"), pairs(SHORTER))
def test_what_is_common_is_taken_out_where_that_is_shorter(text: str, best: str) -> None:
    formula = parse(text)
    own = known()
    found = Simplifier(own, FACTS, [formula]).simplest(formula)
    are_equal(formula, found)
    assert cost(found)[0] <= cost(parse(best))[0], show(found)


def test_every_common_factor_keeps_value_and_shape() -> None:
    texts = (
        "A*x + A*y - A*w", "x*r + y*r", "t^2*x + t^3*y", "x ./ w + y ./ w", "X .* Y + X.^2",
        "diag(x) + diag(y) + eye(n)", "2*x - y + sum(2*x - y)*ones(n)/lam", "X'*diag(b)*X + X'*X",
        "x/lam - y/lam^2", "A*B + A", "(A*B)' + B'",
    )  # fmt: skip
    for text in texts:
        formula = parse(text)
        for algebra in algebras():
            shape = algebra.shapes.of(formula)
            found = algebra.normal(formula)
            for common in Factoring(algebra, Writer(algebra), 60).commons(found, shape):
                others = {term: number for term, number in found.items() if term not in common.terms}
                whole = algebra.plus([(others, ONE), (common.taken(), ONE)])
                are_equal(formula, algebra.formula(whole, shape))
                are_equal(formula, Writer(algebra).write(whole, shape))


# -- laws on random formulas -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("batch", range(6))
def test_laws_of_the_normal_form_hold_for_random_formulas(batch: int) -> None:
    for seed in range(10_000 + 20 * batch, 10_020 + 20 * batch):
        grower = Grower(seed)
        formula = grower.grown(grower.shape(grower.random.choice(("number", "vector", "matrix"))), 8)
        try:
            are_equal(formula, formula)
        except Problem:
            continue  # it has no value
        own = known()
        are_equal(formula, Simplifier(own, FACTS, [formula]).simplest(formula))
        for algebra in (Algebra(own, FACTS), Algebra(own, FACTS, expand=True)):
            try:
                once = algebra.canonical(formula)
            except TooLong:
                continue
            are_equal(formula, once)
            assert algebra.canonical(once) is once, (seed, show(formula))
            turned = algebra.canonical(call("transpose", call("transpose", formula)))
            assert turned is once


# -- a spoilt rule is caught ------------------------------------------------------------------------------------------


def spoilt_transpose(algebra: Algebra, part: Any) -> Any:
    return algebra.normal(part.args[0])


def spoilt_number(algebra: Algebra, part: Any) -> Any:
    return {term: 2 * number for term, number in algebra.normal(part.args[0]).items()}


@pytest.mark.parametrize(("op", "rule"), [("transpose", spoilt_transpose), ("neg", spoilt_number)])
def test_a_spoilt_rule_is_caught(op: str, rule: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(normal, "RULES", {**normal.RULES, op: rule})
    with pytest.raises((AssertionError, Problem)):
        test_the_rule_of_an_operation_keeps_value_and_shape(op)
