"""The largest, or the smallest, of three or more, as one operation: those that tie have even shares of its slope.

max(x, y, z) is max(max(x, y), z), of which the slopes by themselves would share a tie in pairs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import reduce

from nncalc.graph.rules import switched
from nncalc.language.formula import Call, Formula, call, is_call, names_in, num, unfolded
from nncalc.ops import OPS

#: What of several is found, with what every argument is multiplied to make that the largest.
_SIGNS: Mapping[str, int] = {"max": 1, "maxout": 1, "min": -1}


def is_of_several(part: Call) -> bool:
    """Return whether a call is the largest or smallest of three or more."""
    return part.op in _SIGNS and is_call(part.args[0], part.op)


def called(part: Call) -> str:
    """Return what the largest or smallest of several is called."""
    return "largest" if _SIGNS[part.op] > 0 else "smallest"


def shared_evenly(part: Call, switches: Mapping[str, str]) -> bool:
    """Return whether a call is the largest or smallest of three or more, and no convention says who has a tie."""
    return is_of_several(part) and switched(OPS[part.op], switches) is None


def slope(part: Call, place: int) -> Formula:
    """Return the slope by one of the arguments of the largest of several; a constant takes a tie.

    >>> from nncalc.language.parser import parse
    >>> from nncalc.language.printer import show
    >>> show(slope(parse("max(x, y, z)"), 0)), show(slope(parse("min(x, 0, y)"), 2))
    ('is_largest(x, y, z)', 'above(x, y) .* above(0, y)')
    """
    args = unfolded(part)
    others = [other for i, other in enumerate(args) if i != place and names_in(other)]
    constants = [other for other in args if not names_in(other)]
    factors = [_share(part.op, args[place], others)] if others else []
    factors += [_share(part.op, args[place], [constant]) for constant in constants]
    return reduce(lambda one, other: call("hadamard", one, other), factors)


def untied(part: Call, place: int) -> Formula:
    """Return what is 0 where one of the arguments of the largest of several is that together with another, else 1."""
    args = unfolded(part)
    share = _share(part.op, args[place], [*args[:place], *args[place + 1 :]])
    return call("add", call("equal", share, num(0)), call("equal", share, num(1)))


def _share(op: str, x: Formula, others: Sequence[Formula]) -> Formula:
    if len(others) == 1:
        return call("above", x, *others) if _SIGNS[op] > 0 else call("above", *others, x)
    return call("is_largest", *[each if _SIGNS[op] > 0 else call("neg", each) for each in (x, *others)])
