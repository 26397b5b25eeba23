"""What a slip is, and the ways of finding where it may be made: on lines of either pass, or on numbers.

Knows formulas; no slip by its name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import NamedTuple, TypeAlias

from nncalc.graph.graph import Equation
from nncalc.judging.table import Array, Table
from nncalc.language.formula import Call, Formula, Name, call, is_call, names_in, parts, replace

#: Formulas that may stand in place of a line.
Others: TypeAlias = Iterable[Formula | None]


class Slip(NamedTuple):
    """One way of making a mistake: lines that are others, numbers that are, and the line it belongs to."""

    at: Name
    lines: Mapping[Name, Formula] = MappingProxyType({})
    given: Mapping[Name, Array] = MappingProxyType({})
    detail: str = ""


class Mistake(NamedTuple):
    """A mistake that people make: its code, what is said of it, and how it is made."""

    code: str
    says: str
    slips: Callable[[Table], Iterator[Slip]]


def on_gradients(others: Callable[[Table, Equation], Others]) -> Callable[[Table], Iterator[Slip]]:
    """Return what makes a slip on each line of the backward pass, and on all of them that it is for."""
    return lambda table: _slips(table, table.backward.values(), others)


def on_values(others: Callable[[Table, Equation], Others]) -> Callable[[Table], Iterator[Slip]]:
    """Return what makes a slip on each line of the forward pass, and on all of them that it is for."""
    return lambda table: _slips(table, table.forward.values(), others)


def on_updates(others: Callable[[Table, Equation], Others]) -> Callable[[Table], Iterator[Slip]]:
    """Return what makes a slip on each line of an update, and on all of them that it is for."""
    return lambda table: _slips(table, table.updates.values(), others)


def _slips(table: Table, lines: Iterable[Equation], others: Callable[[Table, Equation], Others]) -> Iterator[Slip]:
    every: dict[Name, Formula] = {}
    for line in lines:
        own = table.lines[line.name]
        for other in others(table, line):
            if other is not None and other is not own:
                every.setdefault(line.name, other)
                yield Slip(line.name, {line.name: other})
    if len(every) > 1:
        yield Slip(next(iter(every)), every)


def calls(formula: Formula, *ops: str) -> Iterator[Call]:
    """Yield the calls of some operations in a formula."""
    yield from (part for part in parts(formula) if isinstance(part, Call) and part.op in ops)


def each(formula: Formula, found: Iterable[tuple[Formula, Formula]]) -> Iterator[Formula]:
    """Yield a formula with each of some parts replaced, one at a time, and with all of several."""
    pairs = dict(found)
    for part, other in pairs.items():
        yield replace(formula, {part: other})
    if len(pairs) > 1:
        yield replace(formula, pairs)


def factors(formula: Formula) -> Iterator[tuple[Call, Formula, Formula]]:
    """Yield products with both of their sides, each side once as the one that is looked at."""
    for part in calls(formula, "hadamard", "mul"):
        first, last = part.args
        yield part, first, last
        yield part, last, first


def differential(formula: Formula) -> bool:
    """Return whether a gradient stands in a formula."""
    return any(of.of is not None for of in names_in(formula))


def turned(formula: Formula) -> Formula:
    """Return a formula transposed."""
    return formula.args[0] if is_call(formula, "transpose") else call("transpose", formula)
