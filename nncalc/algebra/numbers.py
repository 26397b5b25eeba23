"""Numbers that are made of a matrix, in the normal form: its sum, trace, determinant, norm."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nncalc.algebra.arithmetic import power_of, size_of
from nncalc.algebra.terms import ONE, UNIT, Powers, Sum, Term, chained, is_ones, transposes
from nncalc.formula import Call, Formula, call
from nncalc.sizes import SCALAR, Shape

if TYPE_CHECKING:
    from nncalc.algebra.normal import Algebra, Rule


def _sum(algebra: Algebra, part: Call) -> Sum:
    (arg,) = part.args
    if algebra.shapes.of(arg) == SCALAR:
        return algebra.normal(arg)
    return algebra.plus(
        (algebra.scaled(summed(algebra, list(term.chain)), {Term(term.scalars, ()): ONE}), value)
        for term, value in algebra.pieces(arg).items()
    )


def summed(algebra: Algebra, factors: list[Formula]) -> Sum:
    """Return the sum of the entries of a chain."""
    while factors and is_ones(factors[-1]):
        if len(factors) == 1:
            return size_of(algebra, algebra.shapes.of(factors[0])[0])
        factors = factors[:-1]
    shape = algebra.span(factors)
    if shape == SCALAR:
        return algebra.cut(factors)
    place = next((i for i, f in enumerate(factors[:-1]) if algebra.shapes.of(f)[1] == 1), None)
    if place is not None:
        one, other = summed(algebra, factors[: place + 1]), summed(algebra, factors[place + 1 :])
        return algebra.product(one, SCALAR, other, SCALAR)
    if shape[0] == 1 or is_ones(algebra.flipped(factors[-1])):
        return summed(algebra, [algebra.flipped(factor) for factor in reversed(factors)])
    found = _factor_summed(algebra, factors[0], shape) if len(factors) == 1 else None
    if found is not None:
        return found
    here, there = chained(factors), chained(algebra.flipped(factor) for factor in reversed(factors))
    best = here if shape[1] == 1 else min(here, there, key=lambda each: (transposes(each), algebra.key(each)))
    return algebra.atom(call("sum", best))


def _factor_summed(algebra: Algebra, factor: Formula, shape: Shape) -> Sum | None:
    """Return the sum of the entries of one factor where it has a simpler form, else None."""
    if factor in algebra.facts.sums_to_one:
        return {UNIT: ONE}
    if not isinstance(factor, Call):
        return None
    if factor.op == "eye":
        return size_of(algebra, shape[0])
    if factor.op == "softmax" and shape[1] == 1:
        return {UNIT: ONE}
    if factor.op == "diag":
        return _sum(algebra, call("sum", factor.args[0]))
    table = algebra.powers.get(factor, {})
    if shape[1] != 1:
        return _traces(algebra, table)
    if sorted(table.values()) not in ([1, 1], [2]):
        return None
    pair = [base for base, power in table.items() for _ in range(int(power))]
    one, other = (algebra.single(algebra.normal(base), shape) for base in pair)
    return algebra.product(algebra.transposed(one), (1, shape[0]), other, shape)


def _traces(algebra: Algebra, table: Powers) -> Sum | None:
    """Return the sum of a product of two matrices entry by entry as a trace, or None for another product."""
    if list(table.values()) != [1, 1]:
        return None
    one, other = table
    for a, b in ((one, other), (other, one)):
        if isinstance(a, Call) and a.op == "eye":
            return algebra.normal(call("tr", b))
    return algebra.normal(call("tr", call("mul", call("transpose", one), other)))


def _mean(algebra: Algebra, part: Call) -> Sum:
    rows, columns = algebra.shapes.of(part.args[0])
    count = algebra.product(size_of(algebra, rows), SCALAR, size_of(algebra, columns), SCALAR)
    return algebra.product(_sum(algebra, part), SCALAR, power_of(algebra, count, SCALAR, -ONE), SCALAR)


def _inner(algebra: Algebra, part: Call) -> Sum:
    return algebra.normal(call("sum", call("hadamard", *part.args)))


def _tr(algebra: Algebra, part: Call) -> Sum:
    (arg,) = part.args
    if algebra.shapes.of(arg) == SCALAR:
        return algebra.normal(arg)
    return algebra.plus(
        (algebra.scaled(traced(algebra, list(term.chain)), {Term(term.scalars, ()): ONE}), value)
        for term, value in algebra.pieces(arg).items()
    )


def traced(algebra: Algebra, factors: list[Formula]) -> Sum:
    """Return the trace of a chain: cyclic, and the same for the transpose."""
    place = next((i for i, f in enumerate(factors) if algebra.shapes.of(f)[1] == 1), None)
    if place is not None:
        return algebra.chain(factors[place + 1 :] + factors[: place + 1])
    only = factors[0] if len(factors) == 1 else None
    if isinstance(only, Call) and only.op == "eye":
        return size_of(algebra, algebra.shapes.of(only)[0])
    if isinstance(only, Call) and only.op == "diag":
        return algebra.normal(call("sum", only.args[0]))
    if isinstance(only, Call) and only.op == "kron" and all(len(set(algebra.shapes.of(a))) == 1 for a in only.args):
        one, other = (algebra.normal(call("tr", arg)) for arg in only.args)
        return algebra.product(one, SCALAR, other, SCALAR)
    ways = []
    for chain in (factors, [algebra.flipped(factor) for factor in reversed(factors)]):
        ways += [chained(chain[i:] + chain[:i]) for i in range(len(chain))]
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
        if isinstance(only, Call) and only.op == "eye":
            return {UNIT: ONE} if part.op == "det" else {}
        if isinstance(only, Call) and only.op == "inv":
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
        return algebra.product(
            {UNIT: abs(content)}, SCALAR, algebra.normal(call("abs", algebra.formula(body, shape))), SCALAR
        )
    inner, _ = algebra.turned(body, shape)
    return algebra.plus([(algebra.atom(call(part.op, inner)), abs(content))])


RULES: dict[str, Rule] = {
    "sum": _sum, "mean": _mean, "inner": _inner, "tr": _tr, "det": _det, "logdet": _det, "norm2": _norm, "norm1": _norm,
}  # fmt: skip
