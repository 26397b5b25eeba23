"""Plans: a graph compiled once, to be run often.

A plan is a flat list of operations over slots, equal parts computed once. It is the same for every kind of number: what
an operation computes is bound to it by who runs it. Knows formulas and meanings, no numbers.
"""

from __future__ import annotations

from collections.abc import Container, Mapping
from functools import cache
from typing import NamedTuple

from nncalc.graph.graph import Graph
from nncalc.graph.rules import by_number, computed, filled, is_partial, rule
from nncalc.language.formula import Call, Formula, Name, Num, call, is_call, name, names_in, num, parts
from nncalc.language.parser import parse
from nncalc.ops import OPS


class Step(NamedTuple):
    """An operation on what is in some slots, and the slot of its result."""

    op: str
    args: tuple[int, ...]
    result: int


class Plan(NamedTuple):
    """What there is to compute, in this order.

    `slots` says where each quantity is, `formulas` what is in each slot, `numbers` which are numbers of formulas.
    """

    slots: Mapping[Name, int]
    formulas: tuple[Formula, ...]
    numbers: tuple[int, ...]
    steps: tuple[Step, ...]


def plan_of(graph: Graph, primitives: Container[str]) -> Plan:
    """Return the plan of `graph` in operations of `primitives`; others that act on each entry are taken apart.

    >>> from nncalc.language.formula import name, num
    >>> from nncalc.graph.graph import Equation
    >>> x = name("x")
    >>> plan = plan_of(Graph((x,), (Equation(name("y"), call("linear", call("mul", num(2), x))),)), ("mul",))
    >>> plan.steps, plan.slots
    ((Step(op='mul', args=(1, 0), result=2),), {x: 0, y: 2})
    """
    formulas: list[Formula] = [*graph.leaves]
    places: dict[Name, int] = {leaf: place for place, leaf in enumerate(graph.leaves)}
    slots: dict[Formula, int] = dict(places.items())
    numbers: list[int] = []
    steps: list[Step] = []
    apart: dict[Formula, Formula] = {}
    for equation in graph.equations:
        formula = in_primitives(guarded(equation.formula), primitives, apart)
        for part in parts(formula):
            if part in slots:
                continue
            place = slots[part] = len(formulas)
            formulas.append(part)
            if isinstance(part, Call):
                steps.append(Step(part.op, tuple([slots[arg] for arg in part.args]), place))
            else:
                numbers.append(place)
        places[equation.name] = slots[equation.name] = slots[formula]
    return Plan(places, tuple(formulas), tuple(numbers), tuple(steps))


def guarded(formula: Formula) -> Formula:
    """Return a formula whose case distinctions compute both sides, each where it is not taken of harmless numbers.

    Those are the arguments of a case that an operation has a value for; so a plan needs no branches.

    >>> from nncalc.language.parser import parse
    >>> from nncalc.language.printer import show
    >>> show(guarded(parse("where(x > 0, log(x), 0)")))
    'where(x > 0, log(where(x > 0, x, 1)), 0)'
    """
    if not any(isinstance(part, Call) and OPS[part.op].chooses for part in parts(formula)):
        return formula
    new: dict[Formula, Formula] = {}
    for part in parts(formula):
        if not isinstance(part, Call):
            continue
        args = [new.get(arg, arg) for arg in part.args]
        if OPS[part.op].chooses:
            decides = args[0]
            other = call("add", num(1), call("neg", decides))
            args[1:] = [_harmless(args[1], part.op, decides), _harmless(args[2], part.op, other)]
        new[part] = call(part.op, *args)
    return new[formula]


def has_branches(formula: Formula) -> bool:
    """Return whether a side of a case distinction has something that no plan can guard, such as an inverse."""
    for part in parts(formula):
        if isinstance(part, Call) and OPS[part.op].chooses:
            inside = [each for side in part.args[1:] for each in parts(side) if isinstance(each, Call)]
            if any(is_partial(OPS[each.op]) and not OPS[each.op].entrywise and not by_number(each) for each in inside):
                return True
    return False


def _harmless(side: Formula, chooses: str, taken: Formula) -> Formula:
    """Return a side of a case distinction that has a value everywhere, its own where it is `taken`."""
    new: dict[Formula, Formula] = {}
    for part in parts(side):
        if not isinstance(part, Call):
            continue
        args: list[Formula] = [new.get(arg, arg) for arg in part.args]
        op = OPS[part.op]
        if op.entrywise and is_partial(op) and op.cases and not by_number(part):
            fine = [parse(text) for text in op.cases[0].args.split(", ")[: len(op.args)]]
            for place, number in enumerate(fine):
                if not isinstance(args[place], Num):
                    args[place] = call(chooses, taken, args[place], number)
        new[part] = call(part.op, *args)
    return new.get(side, side)


def in_primitives(formula: Formula, primitives: Container[str], apart: dict[Formula, Formula]) -> Formula:
    """Return `formula` with every operation that acts on each entry, and is none of `primitives`, as its meaning.

    `apart` keeps what was found.
    """
    known = apart.get(formula)
    if known is not None:
        return known
    new: dict[Formula, Formula] = {}
    for part in parts(formula):
        if not isinstance(part, Call):
            continue
        args = [new.get(arg, arg) for arg in part.args]
        if OPS[part.op].parity == "even" and is_call(args[0], "neg"):
            args = [*args[0].args, *args[1:]]
        called = call(part.op, *args)
        made: Formula = called
        if part.op not in primitives and _apart(part.op):
            made = in_primitives(filled(computed(OPS[part.op]), called), primitives, apart)
        if made is not part:
            new[part] = made
    found = apart[formula] = new.get(formula, formula)
    return found


@cache
def _apart(op: str) -> bool:
    """Return whether a meaning may stand in place of an operation: each argument gives it its shape, none its size."""
    entry = OPS[op]
    if not entry.meaning or entry.variadic:
        return False
    used = {*names_in(rule(computed(entry)))}
    own = {*map(name, entry.args)}
    return own <= used <= own | {*map(name, entry.settings)}
