"""Sums and products of elements, which are numbers: tidied as they are made, and with other index variables.

Knows index notation, slopes and no values.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from nncalc.graph.calculus import share
from nncalc.graph.shapes import SCALAR, Shapes
from nncalc.graph.tidy import ONE, ZERO
from nncalc.language.formula import Call, Formula, Name, Num, call, name, names_in, num, parts, replace, total


def plus(terms: Iterable[Formula]) -> Formula:
    """Return a sum without zeros, flat."""
    found: list[Formula] = []
    for term in terms:
        if isinstance(term, Call) and term.op == "add":
            found += term.args
        elif term is not ZERO:
            found.append(term)
    return total(found) if found else ZERO


def minus(term: Formula) -> Formula:
    """Return the negative."""
    if term is ZERO:
        return ZERO
    return term.args[0] if isinstance(term, Call) and term.op == "neg" else call("neg", term)


def times(one: Formula, other: Formula) -> Formula:
    """Return a product without ones, zeros and signs inside."""
    if one is ZERO or other is ZERO:
        return ZERO
    if one is ONE or other is ONE:
        return other if one is ONE else one
    if isinstance(one, Call) and one.op == "neg":
        return minus(times(one.args[0], other))
    if isinstance(other, Call) and other.op == "neg":
        return minus(times(one, other.args[0]))
    if isinstance(other, Call) and other.op == "mul":
        return times(times(one, other.args[0]), other.args[1])
    if isinstance(one, Call) and one.op == "div" and one.args[0] is ONE:
        return call("div", other, one.args[1])
    return call("mul", one, other)


def over(one: Formula, other: Formula) -> Formula:
    """Return a quotient without ones, zeros, signs and what cancels."""
    if one is ZERO or other is ONE:
        return one
    if one is other:
        return ONE
    if isinstance(one, Call) and one.op == "neg":
        return minus(over(one.args[0], other))
    return call("div", one, other)


def raised(base: Formula, to: Formula) -> Formula:
    """Return a power; that of a square root is one of what is under it, which is not negative."""
    if (
        isinstance(base, Call)
        and base.op == "sqrt"
        and isinstance(to, Num)
        and to.text.isdecimal()
        and int(to.text) % 2 == 0
    ):
        half = num(int(to.text) // 2)
        return base.args[0] if half is ONE else call("pow", base.args[0], half)
    return base if to is ONE else call("pow", base, to)


def made(op: str, args: list[Formula]) -> Formula:
    """Return a call among numbers, tidied where zeros and ones came in."""
    match op:
        case "add":
            return plus(args)
        case "neg":
            return minus(args[0])
        case "mul":
            return times(*args)
        case "div":
            return over(*args)
        case "pow":
            return raised(*args)
        case "over_sum" if args[1] is ZERO:
            return ZERO
        case _:
            return call(op, *args)


def swapped(formula: Formula, new: Callable[[Formula], Formula | None]) -> Formula:
    """Return an element with the parts for which `new` has something else replaced, tidied."""
    done: dict[Formula, Formula] = {}

    def of(part: Formula) -> Formula:
        if part not in done:
            found = new(part)
            if found is None and isinstance(part, Call) and part.op not in ("entry", "delta"):
                found = made(part.op, [of(arg) for arg in part.args])
            done[part] = part if found is None else found
        return done[part]

    return of(formula)


def at(formula: Formula, new: Mapping[str, str]) -> Formula:
    """Return an element with other index variables; those of its own sums stay."""
    if isinstance(formula, Name):
        return _renamed(formula, new)
    if isinstance(formula, Num):
        return formula
    args = formula.args
    if formula.op == "entry":
        return call("entry", args[0], *[_renamed(arg, new) for arg in args[1:]])
    if formula.op == "delta":
        return call("delta", *[_renamed(arg, new) for arg in args])
    if formula.op == "over_sum":
        outer = {old: to for old, to in new.items() if old != str(args[0])}
        return made("over_sum", [args[0], at(args[1], outer)])
    return made(formula.op, [at(arg, new) for arg in args])


def _renamed(part: Formula, new: Mapping[str, str]) -> Name:
    assert isinstance(part, Name)
    index = tuple(new.get(each, each) if isinstance(each, str) else each for each in part.index)
    of = _renamed(part.of, new) if part.of else None
    return name(new.get(part.base, part.base), index, of)


def uses(formula: Formula, index: str) -> bool:
    """Return whether an element uses an index variable, as an index or in a delta."""
    return any(isinstance(part, Name) and _carries(part, index) for part in parts(formula))


def _carries(part: Name, index: str) -> bool:
    return index in part.index or part.base == index or (part.of is not None and _carries(part.of, index))


def outer_slope(formula: Call, place: int) -> Formula:
    """Return the derivative of a function of numbers by one of its arguments, which stay what they are."""
    own = Shapes({})
    letters: list[Formula] = []
    back: dict[Formula, Formula] = {}
    for letter, arg in zip("uvw", formula.args, strict=False):
        if isinstance(arg, Num) or (isinstance(arg, Call) and not names_in(arg)):
            letters.append(arg)
            continue
        own.name(name(letter), SCALAR)
        letters.append(name(letter))
        back[name(letter)] = arg
    whole = call(formula.op, *letters)
    return replace(share(whole, place, ONE, whole, own), back)
