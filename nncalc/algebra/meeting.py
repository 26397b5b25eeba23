"""What happens where factors of a chain meet."""

from __future__ import annotations

from nncalc.algebra.choosing import chosen
from nncalc.algebra.core import Algebra
from nncalc.algebra.powers import base_flipped, bases, columns_multiplied, of_bases
from nncalc.algebra.terms import Sum
from nncalc.graph.sizes import size_formula
from nncalc.language.formula import Call, Formula, call, is_call, product


def is_unit(factor: Formula) -> bool:
    """Return whether a factor is the identity matrix, if only as a Kronecker product of two."""
    if is_call(factor, "kron"):
        return all(map(is_unit, factor.args))
    return is_call(factor, "eye")


def met(algebra: Algebra, factors: list[Formula], place: int) -> list[Formula] | None:
    """Return the chain after what the factors at `place` and after it do to each other, or None for nothing."""
    a, b = factors[place], factors[place + 1]
    before, after = factors[:place], factors[place + 2 :]
    if is_unit(a):
        return [*before, b, *after]
    if is_unit(b):
        return [*before, a, *after]
    if algebra.facts.orthogonal.intersection((a, b)) and algebra.flipped(a) is b:
        return [*before, *after] or [call("eye", size_formula(algebra.shapes.of(a)[0]))]
    gone = _cancelled(algebra, factors, place)
    if gone is not None:
        return gone
    if is_call(a, "diag"):
        if is_call(b, "diag"):
            return [*before, call("diag", product(columns_multiplied(algebra, [a.args[0], b.args[0]]))), *after]
        if algebra.shapes.of(b)[1] == 1:
            return [*before, *columns_multiplied(algebra, [a.args[0], b]), *after]
    if is_call(b, "diag") and algebra.shapes.of(a)[0] == 1:
        row = [algebra.flipped(each) for each in reversed(columns_multiplied(algebra, [algebra.flipped(a), b.args[0]]))]
        return [*before, *row, *after]
    both = _vec_met(algebra, a, b) or _unstacked(algebra, a, b) or _krons_met(algebra, a, b)
    both = both or _commuted(algebra, a, b) or _chosen(algebra, a, b)
    return [*before, *both, *after] if both is not None else None


def _cancelled(algebra: Algebra, factors: list[Formula], place: int) -> list[Formula] | None:
    """Return the chain without an inverse and what it is the inverse of."""
    for at in (place, place + 1):
        factor = factors[at]
        turned = is_call(factor, "transpose")
        inverse = factor.args[0] if is_call(factor, "transpose") else factor
        if not is_call(inverse, "inv"):
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
    if is_call(algebra.flipped(a), "vec") and not is_call(b, "vec"):
        turned = _vec_met(algebra, algebra.flipped(b), algebra.flipped(a))
        return turned and [algebra.flipped(each) for each in reversed(turned)]
    before, turn = (a.args[0], True) if is_call(a, "transpose") else (a, False)
    if not (is_call(b, "vec") and isinstance(before, Call)):
        return None
    (x,) = b.args
    if before.op == "comm":
        order = tuple(map(size_formula, algebra.shapes.of(x)))
        found: Formula = call("transpose", x)
        if before.args != (order[::-1] if turn else order):
            return None
    elif before.op == "kron":
        one, other = (base_flipped(algebra, arg) if turn else arg for arg in before.args)
        if algebra.shapes.of(other)[1] != algebra.shapes.of(x)[0]:
            return None
        found = call("mul", call("mul", other, x), call("transpose", one))
    else:
        return None
    return _one_chain(algebra.single(algebra.normal(call("vec", found)), algebra.shapes.of(b)))


def unstacks(factor: Formula) -> Formula | None:
    """Return eye(n) of vec(eye(n))' ⊗ eye(m), which with eye(n) ⊗ x makes a matrix of the column x; else None."""
    kron = factor.args[0] if is_call(factor, "transpose") else factor
    if not is_call(kron, "kron"):
        return None
    one, other = kron.args
    if kron is factor:
        one = one.args[0] if is_call(one, "transpose") else other
    return one.args[0] if is_call(one, "vec") and is_call(one.args[0], "eye") and is_unit(other) else None


def _unstacked(algebra: Algebra, a: Formula, b: Formula) -> list[Formula] | None:
    """Return X where vec(X) is un-stacked, and so for a product entry by entry of stacked matrices."""
    order, turned = unstacks(a), False
    if order is None:
        a, b, turned = algebra.flipped(b), algebra.flipped(a), True
        order = unstacks(a)
    if order is None or not (is_call(b, "kron") and b.args[0] is order):
        return None
    shape = algebra.shapes.of(a)[0], algebra.shapes.of(order)[0]
    table = bases(algebra, (b.args[1],))
    if not table or not all(is_call(base, "vec") and algebra.shapes.of(base.args[0]) == shape for base in table):
        return None
    inner = {base.args[0]: power for base, power in table.items() if isinstance(base, Call)}
    found = algebra.single(of_bases(algebra, inner, shape), shape)
    return _one_chain(algebra.transposed(found) if turned else found)


def _krons_met(algebra: Algebra, a: Formula, b: Formula) -> list[Formula] | None:
    """Return (A ⊗ B)(C ⊗ D) as AC ⊗ BD where the sizes fit."""
    before, after = _around(algebra, a), _around(algebra, b)
    if before is None or after is None:
        return None
    pairs = list(zip(before, after, strict=True))
    if any(algebra.shapes.of(x)[1] != algebra.shapes.of(y)[0] for x, y in pairs):
        return None
    return _one_chain(algebra.normal(call("kron", *(call("mul", x, y) for x, y in pairs))))


def _commuted(algebra: Algebra, a: Formula, b: Formula) -> list[Formula] | None:
    """Return K (A ⊗ B) and (A ⊗ B) K as B ⊗ A, where A and B have one column, one row: K (A ⊗ B) = (B ⊗ A) K."""
    order, kron = a.args[0] if is_call(a, "transpose") else a, _around(algebra, b)
    if kron is None and _around(algebra, a) is not None:
        turned = _commuted(algebra, algebra.flipped(b), algebra.flipped(a))
        return turned and [algebra.flipped(each) for each in reversed(turned)]
    if kron is None or not is_call(order, "comm"):
        return None
    one, other = kron
    (rows, columns), (wide, tall) = algebra.shapes.of(one), algebra.shapes.of(other)[::-1]
    sizes = (size_formula(tall), size_formula(rows))
    if 1 not in (columns, wide) or order.args != (sizes if order is a else sizes[::-1]):
        return None
    return _one_chain(algebra.normal(call("kron", other, one)))


def _chosen(algebra: Algebra, a: Formula, b: Formula) -> list[Formula] | None:
    """Return some rows of b where a is these rows of the identity, and so the other way round."""
    found = chosen(algebra, a, b)
    return None if found is None else _one_chain(found)


def _around(algebra: Algebra, factor: Formula) -> tuple[Formula, Formula] | None:
    """Return A and B of a factor A ⊗ B, or of one that is (A' ⊗ B')'; None of any other."""
    kron = factor.args[0] if is_call(factor, "transpose") else factor
    if not is_call(kron, "kron"):
        return None
    one, other = kron.args if kron is factor else (base_flipped(algebra, arg) for arg in kron.args)
    return one, other


def _one_chain(found: Sum) -> list[Formula] | None:
    """Return the factors of a sum of one term that is a chain alone, else None."""
    if len(found) != 1:
        return None
    ((term, value),) = found.items()
    return list(term.chain) if value == 1 and not term.scalars else None


def chain_of(formula: Formula) -> list[Formula]:
    """Return the factors of a product from left to right, as they are."""
    factors: list[Formula] = []
    pending = [formula]
    while pending:
        part = pending.pop()
        if is_call(part, "mul"):
            pending += reversed(part.args)
        else:
            factors.append(part)
    return factors
