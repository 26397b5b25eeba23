"""The differential of a formula, moved inwards rule by rule: df = ⟨G, d(E)⟩ = ⟨G', d(E')⟩ = ... = ⟨∂f/∂x, dx⟩.

The rules are those of the operation table, one adjoint an operation. Knows formulas, shapes and
rules, no values.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from nncalc.calculus import share
from nncalc.formula import Call, Formula, Name, call, names_in, num, parts
from nncalc.graph import ARRANGING
from nncalc.shapes import Shapes, size_formula

#: Operations whose differential only moves signs and places; their line goes with the one before.
BOOKKEEPING = (ARRANGING | {"add", "linear"}) - {"ones"}


class Pair(NamedTuple):
    """What stands in ⟨gradient, d(of)⟩."""

    gradient: Formula
    of: Formula


class Stage(NamedTuple):
    """The differential after some operations were differentiated: a sum of pairs, and those operations."""

    pairs: tuple[Pair, ...]
    used: tuple[Call, ...]


def reverse(
    formula: Formula, wrt: Name, seed: Formula, shapes: Shapes, simplest: Callable[[Formula], Formula]
) -> list[Stage]:
    """Return the stages from ⟨seed, d(formula)⟩ to ⟨gradient, d(wrt)⟩; the first is where it begins.

    Where `formula` does not depend on `wrt` there is one stage without pairs. Raises Problem where an operation
    has no derivative.
    """
    order = [part for part in parts(formula) if wrt in names_in(part)]
    arriving: dict[Formula, list[Formula]] = {formula: [seed]} if order else {}
    total: dict[Formula, Formula] = {formula: seed} if order else {}
    stages = [Stage(tuple(Pair(g, of) for of, g in total.items()), ())]
    used: list[Call] = []
    pending = list(reversed(order))
    for place, part in enumerate(pending):
        if not isinstance(part, Call) or part not in total:
            continue
        g = total.pop(part)
        for index, arg in enumerate(part.args):
            if wrt in names_in(arg):
                arriving.setdefault(arg, []).append(share(part, index, g, part, shapes))
                total[arg] = simplest(summed(arriving[arg][::-1]))
        total = {each: total[each] for each in order if each in total}
        used.append(part)
        following = next((each for each in pending[place + 1 :] if each in total), None)
        if isinstance(following, Call) and (goes_along(part, following) or all(map(only_scales, used))):
            continue
        stages.append(Stage(tuple(Pair(total[of], of) for of in total), tuple(used)))
        used = []
    return stages


def goes_along(part: Call, following: Call) -> bool:
    """Return whether `following` is differentiated on the line of `part`, whose argument it is."""
    if following.op in BOOKKEEPING:
        return True
    return following in part.args and (part.op, following.op) in (("mul", "mul"), ("pow", "norm2"))


def only_scales(part: Call) -> bool:
    """Return whether an operation is a sign, or a product or a quotient with a number."""
    if part.op in ("mul", "div"):
        return any(not names_in(arg) for arg in part.args)
    return part.op in BOOKKEEPING


def summed(shares: list[Formula]) -> Formula:
    return shares[0] if len(shares) == 1 else call("add", *shares)


def zero(shapes: Shapes, wrt: Name) -> Formula:
    """Return the derivative of what does not depend on `wrt`."""
    shape = shapes.of(wrt)
    return num(0) if shape == (1, 1) else call("zeros", *map(size_formula, shape))
