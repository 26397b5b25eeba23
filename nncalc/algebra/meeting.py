"""What happens where factors meet, next to each other in a chain or under one power."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from nncalc.algebra.terms import ONE, UNIT, Powers, Term, chained, merged
from nncalc.formula import Call, Formula, call
from nncalc.sizes import SCALAR, size_formula

if TYPE_CHECKING:
    from nncalc.algebra.normal import Algebra


def simplified(algebra: Algebra, table: Powers) -> Powers:
    """Return a product of powers with what functions of one argument do to each other."""
    found = dict(table)
    for base in list(found):
        if not isinstance(base, Call):
            continue
        power = found.get(base, Fraction(0))
        if base.op == "step" and power >= 1:
            found[base] = ONE
            relu = call("relu", base.args[0])
            if found.get(relu, 0) >= 1:
                del found[base]
        elif base.op == "sign" and power == 1 and found.get(call("abs", base.args[0]), 0) >= 1:
            ((term, value),) = algebra.single(algebra.normal(base.args[0]), algebra.shapes.of(base)).items()
            if value == 1 and not (term.chain and term.scalars):
                inner = algebra.bases(term.chain) if term.chain else dict(term.scalars)
                gone = [(base, -ONE), (call("abs", base.args[0]), -ONE)]
                found = merged([*found.items(), *gone, *inner.items()])
        elif base.op == "exp" and power >= 1:
            _logistic(algebra, found, base)
    return {base: power for base, power in found.items() if power}


def _logistic(algebra: Algebra, table: Powers, exp: Call) -> None:
    """Write exp(u)/(1 + exp(u)) as sigmoid(u)."""
    shape = algebra.shapes.of(exp)
    ones = Term((), algebra.ones(shape)) if shape != SCALAR else UNIT
    own = Term(((exp, ONE),), ()) if shape == SCALAR else Term((), (exp,))
    for base, power in list(table.items()):
        if power <= -1 and algebra.sums.get(base) == {ones: ONE, own: ONE}:
            count = min(-power, table[exp])
            table[base] += count
            table[exp] -= count
            # sigmoid(u) is 1 - sigmoid(-u) where u has a minus, so a power of a sum may come in
            body = algebra.single(algebra.normal(call("sigmoid", exp.args[0])), shape)
            ((term, _),) = body.items()
            for each, more in dict(term.scalars).items() if shape == SCALAR else algebra.bases(term.chain).items():
                table[each] = table.get(each, Fraction(0)) + more * count
            rest = -table[base]
            if rest > 0:  # what is left of 1/(1 + exp(u)) is 1 - sigmoid(u)
                del table[base]
                other = algebra.single(algebra.normal(call("sigmoid", call("neg", exp.args[0]))), shape)
                ((term, _),) = other.items()
                for each, more in dict(term.scalars).items() if shape == SCALAR else algebra.bases(term.chain).items():
                    table[each] = table.get(each, Fraction(0)) + more * rest


def is_unit(factor: Formula) -> bool:
    """Return whether a factor is the identity matrix, if only as a Kronecker product of two."""
    if isinstance(factor, Call) and factor.op == "kron":
        return all(map(is_unit, factor.args))
    return isinstance(factor, Call) and factor.op == "eye"


def met(algebra: Algebra, factors: list[Formula], place: int) -> list[Formula] | None:
    """Return the chain after what the factors at `place` and after it do to each other, or None for nothing."""
    a, b = factors[place], factors[place + 1]
    before, after = factors[:place], factors[place + 2 :]
    if is_unit(a):
        return [*before, b, *after]
    if is_unit(b):
        return [*before, a, *after]
    gone = _cancelled(algebra, factors, place)
    if gone is not None:
        return gone
    if isinstance(a, Call) and a.op == "diag":
        if isinstance(b, Call) and b.op == "diag":
            return [*before, call("diag", chained(algebra.had([a.args[0], b.args[0]]))), *after]
        if algebra.shapes.of(b)[1] == 1:
            return [*before, *algebra.had([a.args[0], b]), *after]
    if isinstance(b, Call) and b.op == "diag" and algebra.shapes.of(a)[0] == 1:
        row = [algebra.flipped(each) for each in reversed(algebra.had([algebra.flipped(a), b.args[0]]))]
        return [*before, *row, *after]
    both = _vec_met(algebra, a, b) or _krons_met(algebra, a, b)
    return [*before, *both, *after] if both is not None else None


def _cancelled(algebra: Algebra, factors: list[Formula], place: int) -> list[Formula] | None:
    """Return the chain without an inverse and what it is the inverse of."""
    for at in (place, place + 1):
        factor = factors[at]
        turned = isinstance(factor, Call) and factor.op == "transpose"
        inverse = factor.args[0] if turned and isinstance(factor, Call) else factor
        if not (isinstance(inverse, Call) and inverse.op == "inv"):
            continue
        shape = algebra.shapes.of(inverse)
        within = algebra.within
        ((term, value),) = within.single(within.normal(inverse.args[0]), shape).items()
        if value != 1 or term.scalars:
            continue
        body = [algebra.flipped(f) for f in reversed(term.chain)] if turned else list(term.chain)
        count = len(body)
        if factors[at + 1 : at + 1 + count] == body:
            rest = factors[:at] + factors[at + 1 + count :]
        elif at >= count and factors[at - count : at] == body:
            rest = factors[: at - count] + factors[at + 1 :]
        else:
            continue
        return rest or [call("eye", size_formula(shape[0]))]
    return None


def _vec_met(algebra: Algebra, a: Formula, b: Formula) -> list[Formula] | None:
    """Return (B' ⊗ A) vec(X) as vec(A X B), and K vec(X) as vec(X')."""
    if is_vec(algebra.flipped(a)) and not is_vec(b):
        turned = _vec_met(algebra, algebra.flipped(b), algebra.flipped(a))
        return turned and [algebra.flipped(each) for each in reversed(turned)]
    before, turn = (a.args[0], True) if isinstance(a, Call) and a.op == "transpose" else (a, False)
    if not (is_vec(b) and isinstance(b, Call) and isinstance(before, Call)):
        return None
    (x,) = b.args
    if before.op == "comm":
        order = tuple(map(size_formula, algebra.shapes.of(x)))
        found: Formula = call("transpose", x)
        if before.args != (order[::-1] if turn else order):
            return None
    elif before.op == "kron":
        one, other = (algebra.base_flipped(arg) if turn else arg for arg in before.args)
        if algebra.shapes.of(other)[1] != algebra.shapes.of(x)[0]:
            return None
        found = call("mul", call("mul", other, x), call("transpose", one))
    else:
        return None
    ((term, value),) = algebra.single(algebra.normal(call("vec", found)), algebra.shapes.of(b)).items() or ((None, 0),)
    return list(term.chain) if term is not None and value == 1 and not term.scalars else None


def is_vec(factor: Formula) -> bool:
    return isinstance(factor, Call) and factor.op == "vec"


def _krons_met(algebra: Algebra, a: Formula, b: Formula) -> list[Formula] | None:
    """Return (A ⊗ B)(C ⊗ D) as AC ⊗ BD where the sizes fit."""
    parts = []
    for each in (a, b):
        turned = isinstance(each, Call) and each.op == "transpose"
        inner = each.args[0] if turned and isinstance(each, Call) else each
        if not (isinstance(inner, Call) and inner.op == "kron"):
            return None
        parts.append([algebra.base_flipped(arg) if turned else arg for arg in inner.args])
    (one, other), (third, fourth) = parts
    fits = [algebra.shapes.of(x)[1] == algebra.shapes.of(y)[0] for x, y in ((one, third), (other, fourth))]
    if not all(fits):
        return None
    found = algebra.normal(call("kron", call("mul", one, third), call("mul", other, fourth)))
    if len(found) == 1:
        ((term, value),) = found.items()
        if value == 1 and not term.scalars:
            return list(term.chain)
    return None
