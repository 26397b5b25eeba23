"""Families: what a formula is for each value of indices, as entries, rows or columns of one matrix.

Knows formulas and the operation table, no shapes.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal, NamedTuple, TypeAlias

from nncalc.language.formula import Call, Formula, Name, call, is_call, literal, names_in, num, parts, product
from nncalc.ops import OPS, OVER

Kind: TypeAlias = Literal["plain", "number", "row", "column"]


class Family(NamedTuple):
    """What a formula is for each value of some indices: entries, rows or columns of a matrix `of`.

    A number with two indices is entry [i,j] of it, with one it is an entry of a column.
    """

    kind: Kind
    indices: tuple[str, ...]
    of: Formula


def sums_in(formula: Formula) -> list[Call]:
    """Return the sums over an index in a formula, and their like."""
    return [part for part in parts(formula) if isinstance(part, Call) and part.op.startswith("over_")]


def turned(formula: Formula) -> Formula:
    return formula.args[0] if is_call(formula, "transpose") else call("transpose", formula)


def ones_like(formula: Formula) -> Formula:
    """Return ones in the shape of a formula."""
    return call("add", call("mul", num(0), formula), num(1))


def of_lines(op: str, formula: Formula, over: str) -> Formula:
    entry = OVER.get((op, over))
    if entry is None:
        raise Stuck(f"`{op}` of each of the {over} has no form in matrices")
    settings = OPS[op].settings
    return call(entry.name, formula, *map(literal, settings.values()))


class Stuck(Exception):
    """Why a part of a sum has no form in matrices."""


def free_names(formula: Formula) -> set[Name]:
    """Return the names in a formula but for the indices that its own sums run over."""
    if isinstance(formula, Call) and formula.op.startswith("over_"):
        inside = set().union(*map(free_names, formula.args[1:]))
        return {each for each in inside if each is not formula.args[0]}
    if isinstance(formula, Call) and sums_in(formula):
        return set().union(*map(free_names, formula.args))
    return set(names_in(formula))


def union(families: Iterable[Family]) -> tuple[str, ...]:
    """Return the indices of all, those of one that has two first."""
    order = sorted((each.indices for each in families), key=len, reverse=True)
    return tuple(dict.fromkeys(one for index in order for one in index))


def entrywise(factors: Sequence[Formula]) -> Formula:
    return product(factors, "hadamard")


def entries_multiplied(one: Formula, other: Formula) -> Formula:
    return call("hpow", one, num(2)) if one is other else call("hadamard", one, other)


def summed_entries(vectors: Sequence[Formula], *, norms: bool) -> Formula:
    """Return the sum of a product of columns entry by entry: an inner product, a squared norm."""
    factors: list[Formula] = []
    for vector in vectors:
        flat = [vector]
        while is_call(flat[0], "hadamard"):
            flat[:1] = flat[0].args
        factors += flat
    if len(factors) == 1:
        (only,) = factors
        if is_call(only, "hpow") and only.args[1] is num(2) and norms:
            return call("pow", call("norm2", only.args[0]), num(2))
        if isinstance(only, Call) and OVER.get(("sum", "rows")) is OPS.get(only.op):
            return call("sum", only.args[0])
        if is_call(only, "neg"):
            return call("neg", summed_entries(only.args, norms=norms))
        return call("sum", only.args[0] if is_call(only, "transpose") else only)
    if len(factors) == 2 and factors[0] is factors[1]:
        return summed_entries([call("hpow", factors[0], num(2))], norms=norms)
    rest = entrywise(factors[1:])
    if is_call(rest, "mul"):  # x'*A*y
        return call("mul", call("mul", turned(factors[0]), rest.args[0]), rest.args[1])
    return call("mul", turned(factors[0]), rest)


def is_numeral(formula: Formula) -> bool:
    return not names_in(formula)


def is_column(formula: Formula) -> bool:
    """Return whether a factor is a column by what it is called, as a lower-case name is."""
    if is_call(formula, "neg"):
        return is_column(formula.args[0])
    last = formula.args[-1] if is_call(formula, "mul") else formula
    return isinstance(last, Name) and last.base[0].islower()


def is_row(formula: Formula) -> bool:
    """Return whether a factor is the transpose of a column by what it is called."""
    if is_call(formula, "neg"):
        return is_row(formula.args[0])
    first = formula.args[0] if is_call(formula, "mul") else formula
    return is_call(first, "transpose") and is_column(first.args[0])
