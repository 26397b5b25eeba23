"""Numbers that are made of a matrix, in the normal form: its sum, trace, determinant, norm."""

from __future__ import annotations

from nncalc.algebra.chains import linked, multiplied, size_of, summed
from nncalc.algebra.core import Algebra, Rule
from nncalc.algebra.powers import power_of, scaled
from nncalc.algebra.terms import ONE, UNIT, Sum, Term, transposes
from nncalc.graph.sizes import SCALAR
from nncalc.language.formula import Call, Formula, call, is_call, product


def _sum(algebra: Algebra, part: Call) -> Sum:
    (arg,) = part.args
    if algebra.shapes.of(arg) == SCALAR:
        return algebra.normal(arg)
    return algebra.plus(
        (scaled(algebra, summed(algebra, list(term.chain)), {Term(term.scalars, ()): ONE}), value)
        for term, value in algebra.pieces(arg).items()
    )


def _mean(algebra: Algebra, part: Call) -> Sum:
    rows, columns = algebra.shapes.of(part.args[0])
    count = multiplied(algebra, size_of(algebra, rows), SCALAR, size_of(algebra, columns), SCALAR)
    return multiplied(algebra, _sum(algebra, part), SCALAR, power_of(algebra, count, SCALAR, -ONE), SCALAR)


def _inner(algebra: Algebra, part: Call) -> Sum:
    return algebra.normal(call("sum", call("hadamard", *part.args)))


def _tr(algebra: Algebra, part: Call) -> Sum:
    (arg,) = part.args
    if algebra.shapes.of(arg) == SCALAR:
        return algebra.normal(arg)
    return algebra.plus(
        (scaled(algebra, traced(algebra, list(term.chain)), {Term(term.scalars, ()): ONE}), value)
        for term, value in algebra.pieces(arg).items()
    )


def traced(algebra: Algebra, factors: list[Formula]) -> Sum:
    """Return the trace of a chain: cyclic, and the same for the transpose."""
    place = next((i for i, f in enumerate(factors) if algebra.shapes.of(f)[1] == 1), None)
    if place is not None:
        return linked(algebra, factors[place + 1 :] + factors[: place + 1])
    only = factors[0] if len(factors) == 1 else None
    if is_call(only, "eye"):
        return size_of(algebra, algebra.shapes.of(only)[0])
    if is_call(only, "diag"):
        return algebra.normal(call("sum", only.args[0]))
    if is_call(only, "kron") and all(len(set(algebra.shapes.of(a))) == 1 for a in only.args):
        one, other = (algebra.normal(call("tr", arg)) for arg in only.args)
        return multiplied(algebra, one, SCALAR, other, SCALAR)
    ways = []
    for chain in (factors, [algebra.flipped(factor) for factor in reversed(factors)]):
        ways += [product(chain[i:] + chain[:i]) for i in range(len(chain))]
    return algebra.atom(call("tr", min(ways, key=lambda each: (transposes(each), algebra.key(each)))))


def _det(algebra: Algebra, part: Call) -> Sum:
    (arg,) = part.args
    algebra = algebra.within
    shape = algebra.shapes.of(arg)
    found = algebra.single(algebra.normal(arg), shape)
    if shape == SCALAR:
        return algebra.normal(arg) if part.op == "det" else algebra.normal(call("log", arg))
    if list(found.values()) == [1]:
        (term,) = found
        only = term.chain[0] if len(term.chain) == 1 and not term.scalars else None
        if is_call(only, "eye"):
            return {UNIT: ONE} if part.op == "det" else {}
        if is_call(only, "inv"):
            inner = algebra.normal(call(part.op, only.args[0]))
            return power_of(algebra, inner, SCALAR, -ONE) if part.op == "det" else algebra.plus([(inner, -ONE)])
    body, _ = algebra.turned(found, shape)
    return algebra.atom(call(part.op, body))


def _norm(algebra: Algebra, part: Call) -> Sum:
    (arg,) = part.args
    algebra = algebra.within
    found, shape = algebra.normal(arg), algebra.shapes.of(arg)
    if not found:
        return {}
    content, body = algebra.content(found)
    if shape == SCALAR:
        return multiplied(
            algebra, {UNIT: abs(content)}, SCALAR, algebra.normal(call("abs", algebra.formula(body, shape))), SCALAR
        )
    inner, _ = algebra.turned(body, shape)
    return algebra.plus([(algebra.atom(call(part.op, inner)), abs(content))])


RULES: dict[str, Rule] = {
    "sum": _sum, "mean": _mean, "inner": _inner, "tr": _tr, "det": _det, "logdet": _det, "norm2": _norm, "norm1": _norm,
}  # fmt: skip
