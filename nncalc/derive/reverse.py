"""The differential of a formula, moved inwards rule by rule: df = ⟨G, d(E)⟩ = ⟨G', d(E')⟩ = ... = ⟨∂f/∂x, dx⟩.

The rules are those of the operation table, one adjoint an operation. Knows formulas, shapes and
rules, no values.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from nncalc.graph.calculus import share
from nncalc.graph.rules import has_square
from nncalc.graph.shapes import Shapes, zeros
from nncalc.language.formula import Call, Formula, Name, names_in, parts, total
from nncalc.ops import OPS
from nncalc.progress import told

#: A line holds at most so many differentials; of a longer sum the first terms are differentiated on one line.
MOST_PAIRS = 6


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
    order = [*depending(formula, wrt)]
    active = set(order)
    arriving: dict[Formula, list[Formula]] = {formula: [seed]} if order else {}
    settled: dict[Formula, Formula] = {formula: seed} if order else {}
    stages = [Stage(tuple(Pair(g, of) for of, g in settled.items()), ())]
    reached = set(settled)

    def gradient(of: Formula) -> Formula:
        """Return all that has arrived at a part, written shortly."""
        if of not in settled:
            settled[of] = simplest(total(arriving[of][::-1]))
        return settled[of]

    used: list[Call] = []
    pending = list(reversed(order))
    for place, part in enumerate(told(pending, "differentiating")):
        if not isinstance(part, Call) or part not in reached:
            continue
        reached.remove(part)
        g = gradient(part)
        for index, arg in enumerate(part.args):
            if arg in active:
                arriving.setdefault(arg, []).append(share(part, index, g, part, shapes))
                settled.pop(arg, None)
                reached.add(arg)
        used.append(part)
        following = next((each for each in pending[place + 1 :] if each in reached), None)
        along = isinstance(following, Call) and (goes_along(part, following) or all(map(only_scales, used)))
        if along or len(reached) > MOST_PAIRS:
            continue
        stages.append(Stage(tuple(Pair(gradient(of), of) for of in order if of in reached), tuple(used)))
        used = []
    return stages


def depending(formula: Formula, wrt: Name) -> dict[Formula, None]:
    """Return the parts of a formula in which `wrt` occurs, arguments before the calls that use them."""
    found: dict[Formula, None] = {}
    for part in parts(formula):
        if part is wrt or (isinstance(part, Call) and any(arg in found for arg in part.args)):
            found[part] = None
    return found


def is_bookkeeping(part: Call) -> bool:
    """Return whether a differential only moves signs and places; its line goes with the one before."""
    return OPS[part.op].arranges or part.op in ("add", "linear")


def goes_along(part: Call, following: Call) -> bool:
    """Return whether `following` is differentiated on the line of `part`, whose argument it is."""
    if is_bookkeeping(following):
        return True
    together = part.op == following.op == "mul" or (part.op == "pow" and has_square(following))
    return following in part.args and together


def only_scales(part: Call) -> bool:
    """Return whether an operation is a sign, or a product or a quotient with a number."""
    if part.op in ("mul", "div"):
        return any(not names_in(arg) for arg in part.args)
    return is_bookkeeping(part)


def zero(shapes: Shapes, wrt: Name) -> Formula:
    """Return the derivative of what does not depend on `wrt`."""
    return zeros(shapes.of(wrt))
