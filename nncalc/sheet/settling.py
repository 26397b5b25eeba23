"""Settling: a graph is run, each equation in the textbook's spelling where that keeps its digits, else carefully.

Knows rules and machines; not how either does its work.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from types import MappingProxyType
from typing import NamedTuple

from nncalc.graph.calculus import Choice, Fused
from nncalc.graph.graph import Equation, Graph
from nncalc.graph.rules import filled
from nncalc.graph.spelling import Spelling, Spellings
from nncalc.language.figures import Rows
from nncalc.language.formula import Call, Formula, Name, names_in, parts, replace
from nncalc.numbers.run import Machine
from nncalc.ops import OPS
from nncalc.problems import Problem
from nncalc.progress import told

#: How far two spellings of one value may lie apart, relatively, and count as equal: z(1 - z) serves a
#: sigmoid up to about 8, where its last three digits begin to go.
CLOSE = 5e-13
#: How far apart two numbers are that are no spellings of one.
ROUGH = 1e-9


class Settled(NamedTuple):
    """A graph whose spellings are chosen.

    Of quantities that are not computed by the textbook's, `notes` says so, and `past` which others they no longer need.
    `known` has the formulas that names stand for beside those of the graph, `missing` why a quantity has no value.
    """

    graph: Graph
    notes: dict[Name, str]
    past: dict[Name, frozenset[Name]]
    known: dict[Formula, Name]
    missing: dict[Name, Problem]


def choice(machine: Machine) -> Choice:
    """Return the function that picks the plain spelling where, with these values, it keeps its digits."""

    def choose(plain: Formula, careful: Formula, /, *, some: bool = False) -> Formula:
        true = machine.truth(careful if some else plain, careful)
        if true is None:
            return careful if some else plain
        return plain if agree(machine.trial(plain), true) else careful

    return choose


def roughly(machine: Machine) -> Choice:
    """Return the function that picks the plain spelling unless it is another number of the same quantities, or none.

    So where a value is stated or rounded what is before it, which a careful spelling may go back to, does not come
    into it again.
    """

    def choose(plain: Formula, careful: Formula, /, *, some: bool = False) -> Formula:
        one, other = machine.trial(plain), machine.trial(careful)
        if one is None or other is None:
            return careful if some or (one is None and other is not None) else plain
        if not some and not {*names_in(careful)} <= {*names_in(plain)}:
            return plain
        pairs = [pair for row, line in zip(one, other, strict=True) for pair in zip(row, line, strict=True)]
        return plain if all(abs(a - b) <= ROUGH * max(1.0, abs(b)) for a, b in pairs) else careful

    return choose


def agree(one: Rows | None, other: Rows | None) -> bool:
    """Return whether two values are equal but for the last bits; a value that does not exist equals none."""
    if one is None or other is None:
        return one is not None
    return all(
        abs(a - b) <= CLOSE * abs(b)
        for row, line in zip(one, other, strict=True)
        for a, b in zip(row, line, strict=True)
    )


def settle(
    graph: Graph,
    machine: Machine,
    spellings: Spellings | None,
    fused: Mapping[Name, Fused] = MappingProxyType({}),
    steps: Collection[Name] = (),
    stated: Mapping[Name, Rows] = MappingProxyType({}),
) -> Settled:
    """Run `graph`, each equation in the textbook's spelling where that keeps its digits.

    `spellings` knows what the quantities before are the same as, None where nothing rounds. `fused` holds losses that
    can be computed in one with the activation before them. What has no value among the `steps`, which nobody named, is
    left out: what it is for may have one. Those `stated` have the value that is said of them, whatever their equation
    gives.
    """
    equations: list[Equation] = []
    notes: dict[Name, str] = {}
    past: dict[Name, frozenset[Name]] = {}
    known: dict[Formula, Name] = {}
    missing: dict[Name, Problem] = {}
    without: dict[Formula, Formula] = {}
    for equation in told(graph.equations, "computing"):
        if equation.name in stated:
            machine.assign(equation, stated[equation.name])
            equations.append(equation)
            continue
        found = equation._replace(formula=replace(equation.formula, without)) if without else equation
        meant = spellings.add(equation) if spellings else Spelling(equation.formula)
        for other in _others(found, meant, machine, fused):
            if without.keys() & set(names_in(other.formula)):
                continue
            true = machine.truth(found.formula, other.formula)
            if true is None or not agree(machine.truth(other.formula, other.formula), true):
                continue
            if not agree(machine.trial(found.formula), true):
                found = found._replace(formula=other.formula, plain=found.formula)
                notes[equation.name] = _note(equation, other, missing)
                past[equation.name] = other.past
                known[equation.formula] = equation.name
                break
        problem = _assigned(found, machine, equation.name in steps)
        if problem is None:
            equations.append(found)
        else:
            missing[equation.name] = problem
            without[equation.name] = found.formula
    return Settled(Graph(graph.leaves, tuple(equations)), notes, past, known, missing)


def _assigned(equation: Equation, machine: Machine, spared: bool) -> Problem | None:
    """Run an equation; return the problem of one that has no value, if it may be `spared`, else raise it."""
    try:
        machine.assign(equation)
    except Problem as problem:
        if not spared:
            raise
        return problem
    return None


def _others(equation: Equation, meant: Spelling, machine: Machine, fused: Mapping[Name, Fused]) -> Iterator[Spelling]:
    """Yield what the formula of an equation may be computed by in its place; `meant` is one, or the formula itself."""
    formula = equation.formula
    if equation.name in fused:
        whole = fused[equation.name]
        yield Spelling(replace(formula, {whole.part: whole.whole}), frozenset([whole.behind]))
    if isinstance(formula, Call):
        careful = with_digits(formula, choice(machine))
        if careful is not formula:
            yield Spelling(careful)
    if meant.formula is not formula:
        yield meant


def _note(equation: Equation, chosen: Spelling, missing: Collection[Name]) -> str:
    """Return what is said of a quantity that is not computed by its formula."""
    own, used = names_in(equation.formula), names_in(chosen.formula)
    gone = [each for each in own if each not in used and each in chosen.past]
    if not gone:
        return "spelled so that every digit is kept"
    before = " and ".join(f"`{each}`" for each in used if each not in own)
    if any(each in missing for each in gone):
        why = "has no value" if len(gone) == 1 else "have no value"
    else:
        why = "rounds" if len(gone) == 1 else "round"
    return f"computed from {before}, as {' and '.join(f'`{each}`' for each in gone)} {why}"


def with_digits(formula: Formula, choose: Choice) -> Formula:
    """Return `formula` with the careful spellings that `choose` picks of calls in it that are not entry by entry."""
    new: dict[Formula, Formula] = {}
    for part in parts(formula):
        careful = OPS[part.op].careful.get("out") if isinstance(part, Call) and OPS[part.op].forms else None
        if careful is not None and isinstance(part, Call):
            other = filled(careful, part)
            if choose(part, other) is other:
                new[part] = other
    return replace(formula, new) if new else formula
