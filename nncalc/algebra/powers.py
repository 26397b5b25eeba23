"""What commutes, in the normal form: products and powers of numbers, and of matrices entry by entry.

Either is a table of bases and exponents, so that equal bases meet.
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

from nncalc.algebra.choosing import is_unit_column, rows_of
from nncalc.algebra.core import Algebra
from nncalc.algebra.terms import (
    MOST_PRODUCT,
    ONE,
    UNIT,
    Powers,
    Sum,
    Term,
    TooLong,
    all_ones,
    is_ones,
    merged,
    ones_chain,
    transposes,
)
from nncalc.graph.blocks import places
from nncalc.graph.shapes import SCALAR, Shape
from nncalc.graph.tidy import written
from nncalc.language.formula import Call, Formula, call, is_call, product

HALF = Fraction(1, 2)

# -- numbers ------------------------------------------------------------------------------------------------


def scaled(algebra: Algebra, found: Sum, scalars: Sum) -> Sum:
    """Return a sum times a number, which is one term."""
    ((by, factor),) = scalars.items() or ((UNIT, Fraction(0)),)
    if by == UNIT:
        return found if factor == 1 else {term: value * factor for term, value in found.items()}
    pieces = []
    for term, value in found.items():
        ((both, more),) = of_numbers(algebra, [*by.scalars, *term.scalars]).items()
        pieces.append(({Term(both.scalars, term.chain): more}, value * factor))
    return algebra.plus(pieces)


def of_numbers(algebra: Algebra, powers: Iterable[tuple[Formula, Fraction]]) -> Sum:
    """Return the product of powers of numbers, as one term."""
    return of_powers(algebra, simplified(algebra, merged(powers)))


def of_powers(algebra: Algebra, table: Powers) -> Sum:
    kept = sorted(((base, power) for base, power in table.items() if power), key=lambda each: algebra.key(each[0]))
    return {Term(tuple(kept), ()): ONE}


# -- entry by entry -------------------------------------------------------------------------------------------


def hadamard(algebra: Algebra, one: Sum, other: Sum, shape: Shape) -> Sum:
    """Return the product entry by entry of two sums of this shape."""
    if not algebra.expand:
        one, other = algebra.single(one, shape), algebra.single(other, shape)
    elif len(one) * len(other) > MOST_PRODUCT:
        raise TooLong
    pieces: list[tuple[Sum, Fraction]] = []
    for a, x in one.items():
        for b, y in other.items():
            table = merged([*bases(algebra, a.chain).items(), *bases(algebra, b.chain).items()])
            scalars = of_numbers(algebra, [*a.scalars, *b.scalars])
            unit = next((base for base in table if shape[1] == 1 and is_unit_column(base)), None)
            found = of_bases(algebra, table, shape) if unit is None else _one_entry(algebra, unit, table)
            pieces.append((scaled(algebra, found, scalars), x * y))
    return algebra.plus(pieces)


def _one_entry(algebra: Algebra, unit: Formula, table: Powers) -> Sum:
    """Return the product entry by entry with a column that is 1 in one place: a multiple of it."""
    assert isinstance(unit, Call)
    assert isinstance(unit.args[0], Call)
    at = places(unit.args[0], algebra.shapes)
    found = algebra.atom(unit)
    for base, power in table.items():
        if base is not unit:
            entry = power_of(algebra, rows_of(algebra, base, *at), SCALAR, power)
            found = scaled(algebra, found, algebra.single(entry, SCALAR)) if entry else {}
    return found


def columns_multiplied(algebra: Algebra, factors: list[Formula]) -> tuple[Formula, ...]:
    """Return the chain that is the product entry by entry of columns."""
    shape = algebra.shapes.of(factors[0])
    table = merged([pair for factor in factors for pair in bases(algebra, (factor,)).items()])
    ((term, value),) = algebra.single(of_bases(algebra, table, shape), shape).items()
    assert value == 1
    assert not term.scalars
    return term.chain


def of_bases(algebra: Algebra, table: Powers, shape: Shape) -> Sum:
    """Return the product entry by entry of powers of matrices of this shape."""
    if shape[0] == 1 and shape[1] != 1:
        return algebra.transposed(of_bases(algebra, bases_flipped(algebra, table), (shape[1], shape[0])))
    table = {base: power for base, power in simplified(algebra, table).items() if power}
    if not table:
        return all_ones(shape)
    if list(table.values()) == [1]:
        return algebra.normal(next(iter(table)))
    here = powers_formula(algebra, table)
    if shape[1] != 1:
        other = bases_flipped(algebra, table)
        there = powers_formula(algebra, other)
        if (transposes(there), algebra.key(there)) < (transposes(here), algebra.key(here)):
            algebra.powers[there] = other
            return {Term((), (algebra.flipped(there),)): ONE}
    algebra.powers[here] = table
    return {Term((), (here,)): ONE}


def powers_formula(algebra: Algebra, table: Powers) -> Formula:
    """Return the canonical formula of a product of powers entry by entry."""
    factors = []
    for base in sorted(table, key=algebra.key):
        power = table[base]
        factors.append(base if power == 1 else call("hpow", base, written(power)))
    return product(factors, "hadamard")


def factors_of(algebra: Algebra, term: Term) -> Powers:
    """Return a number, or else the matrix of a term, as a product of powers."""
    return bases(algebra, term.chain) if term.chain else dict(term.scalars)


def bases(algebra: Algebra, chain: tuple[Formula, ...]) -> Powers:
    """Return a chain as a product entry by entry: bases and exponents, none for a matrix of ones."""
    if all(is_ones(factor) or is_ones(algebra.flipped(factor)) for factor in chain):
        return {}
    if (
        len(chain) == 1
        and isinstance(chain[0], Call)
        and chain[0].op == "vec"
        and is_all_ones(algebra, chain[0].args[0])
    ):
        return {}
    if len(chain) == 1:
        if chain[0] in algebra.powers:
            return dict(algebra.powers[chain[0]])
        inner = algebra.flipped(chain[0])
        if inner in algebra.powers:
            return bases_flipped(algebra, algebra.powers[inner])
    return {product(chain): ONE}


def is_all_ones(algebra: Algebra, formula: Formula) -> bool:
    """Return whether a canonical formula is a matrix of ones."""
    return formula is product(ones_chain(algebra.shapes.of(formula)) or (formula, formula))


def base_flipped(algebra: Algebra, base: Formula) -> Formula:
    """Return the transpose of a base, the same formula whichever way it was come by."""
    if base in algebra.sums or (is_call(base, "transpose")):
        return algebra.flipped(base)
    found = algebra.backs.get(base)
    if found is None:
        shape = algebra.shapes.of(base)
        found = algebra.backs[base] = algebra.formula(algebra.transposed(algebra.normal(base)), (shape[1], shape[0]))
    return found


def bases_flipped(algebra: Algebra, table: Powers) -> Powers:
    return merged((base_flipped(algebra, base), power) for base, power in table.items())


# -- either ---------------------------------------------------------------------------------------------------


def power_of(algebra: Algebra, base: Sum, shape: Shape, exponent: Fraction) -> Sum:
    """Return the power of a number, or of a matrix entry by entry."""
    if exponent == 0:
        return all_ones(shape)
    if exponent == 1:
        return base
    if not base:
        return algebra.atom(call("pow" if shape == SCALAR else "hpow", algebra.formula(base, shape), written(exponent)))
    ((term, factor),) = algebra.single(base, shape).items()
    whole = exponent.denominator == 1
    table = factors_of(algebra, term)
    plain = factor == 1 and (shape == SCALAR or not term.scalars) and len(table) == 1
    if not whole and not (plain and (next(iter(table.values())) == 1 or next(iter(table.values())).denominator != 1)):
        inner, turned = algebra.turned(base, shape)
        if shape == SCALAR:
            return of_powers(algebra, {inner: exponent})
        raised_ = of_bases(algebra, {inner: exponent}, algebra.shapes.of(inner))
        return algebra.transposed(raised_) if turned else raised_
    raised = {each: power * exponent for each, power in table.items()}
    value = factor ** int(exponent) if whole else ONE
    if shape == SCALAR:
        return scaled(algebra, of_numbers(algebra, raised.items()), {UNIT: value})
    scalars = of_numbers(algebra, [(each, power * exponent) for each, power in term.scalars])
    return scaled(algebra, scaled(algebra, of_bases(algebra, raised, shape), scalars), {UNIT: value})


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
                gone = [(base, -ONE), (call("abs", base.args[0]), -ONE)]
                found = merged([*found.items(), *gone, *factors_of(algebra, term).items()])
        elif base.op == "exp" and power >= 1:
            _logistic(algebra, found, base)
    return {base: power for base, power in found.items() if power}


def _logistic(algebra: Algebra, table: Powers, exp: Call) -> None:
    """Write exp(u)/(1 + exp(u)) as sigmoid(u)."""
    shape = algebra.shapes.of(exp)
    ones = Term((), ones_chain(shape))
    own = Term(((exp, ONE),), ()) if shape == SCALAR else Term((), (exp,))
    for base, power in list(table.items()):
        if power <= -1 and algebra.sums.get(base) == {ones: ONE, own: ONE}:
            count = min(-power, table[exp])
            table[base] += count
            table[exp] -= count
            # sigmoid(u) is 1 - sigmoid(-u) where u has a minus, so a power of a sum may come in
            body = algebra.single(algebra.normal(call("sigmoid", exp.args[0])), shape)
            ((term, _),) = body.items()
            for each, more in factors_of(algebra, term).items():
                table[each] = table.get(each, Fraction(0)) + more * count
            rest = -table[base]
            if rest > 0:  # what is left of 1/(1 + exp(u)) is 1 - sigmoid(u)
                del table[base]
                other = algebra.single(algebra.normal(call("sigmoid", call("neg", exp.args[0]))), shape)
                ((term, _),) = other.items()
                for each, more in factors_of(algebra, term).items():
                    table[each] = table.get(each, Fraction(0)) + more * rest
