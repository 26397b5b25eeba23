"""Settling: a graph is run, each equation in the textbook's spelling where that keeps its digits, else carefully.

Knows rules and machines; not how either does its work.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from nncalc.graph.calculus import Choice, Fused
from nncalc.graph.graph import Equation, Graph
from nncalc.graph.rules import filled
from nncalc.language.figures import Rows
from nncalc.language.formula import Call, Formula, Name, parts, replace
from nncalc.language.printer import show
from nncalc.numbers.run import Machine
from nncalc.ops import OPS

#: How far two spellings of one value may lie apart, relatively, and count as equal: z(1 - z) serves a
#: sigmoid up to about 8, where its last three digits begin to go.
CLOSE = 5e-13


class Settled(NamedTuple):
    """A graph whose spellings are chosen; `notes` says, by quantity, where that is not the textbook's."""

    graph: Graph
    notes: dict[Name, str]
    known: dict[Formula, Name]


def choice(machine: Machine) -> Choice:
    """Return the function that picks the plain spelling where, with these values, it keeps its digits."""

    def choose(plain: Formula, careful: Formula) -> Formula:
        other = machine.trial(careful)
        return plain if other is None or agree(machine.trial(plain), other) else careful

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


def settle(graph: Graph, machine: Machine, fused: Mapping[Name, Fused] | None = None) -> Settled:
    """Run `graph`, each equation in the textbook's spelling where that keeps its digits.

    `fused` holds losses that can be computed in one with the activation before them.
    """
    equations: list[Equation] = []
    notes: dict[Name, str] = {}
    known: dict[Formula, Name] = {}
    for equation in graph.equations:
        formula = equation.formula
        chosen = formula
        if fused and equation.name in fused:
            one = replace(formula, {fused[equation.name].part: fused[equation.name].whole})
            if not agree(machine.trial(formula), machine.trial(one)):
                chosen = one
                before = show(fused[equation.name].whole.args[0])
                notes[equation.name] = f"computed from `{before}`, as `{fused[equation.name].behind}` rounds"
        if chosen is formula and isinstance(formula, Call):
            chosen = _with_digits(formula, machine)
            if chosen is not formula:
                notes[equation.name] = f"{formula.op}, spelled so that every digit is kept"
        if chosen is not formula and isinstance(formula, Call):
            known[formula] = equation.name
        settled = equation if chosen is formula else equation._replace(formula=chosen)
        machine.assign(settled)
        equations.append(settled)
    return Settled(Graph(graph.leaves, tuple(equations)), notes, known)


def _with_digits(formula: Call, machine: Machine) -> Formula:
    """Return `formula` with careful spellings of the calls in it whose plain ones fail or lose digits."""
    choose = choice(machine)
    new: dict[Formula, Formula] = {}
    for part in parts(formula):
        careful = OPS[part.op].careful.get("out") if isinstance(part, Call) and OPS[part.op].forms else None
        if careful is not None and isinstance(part, Call):
            other = filled(careful, part)
            if choose(part, other) is other:
                new[part] = other
    return replace(formula, new) if new else formula
