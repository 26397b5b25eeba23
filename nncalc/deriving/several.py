"""The differential of a formula moved inwards to several names at once: df = ⟨G, dh⟩ + ⟨H, dW⟩.

Where there is one name, `reverse` does it, with lines of their own for long terms.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from nncalc.deriving.reverse import Pair, Stage, depending, goes_along, only_scales, reverse
from nncalc.graph.calculus import arguments, share_of
from nncalc.graph.shapes import Shapes
from nncalc.language.formula import Call, Formula, Name, total


def to_names(
    formula: Formula, names: Sequence[Name], seed: Formula, shapes: Shapes, simplest: Callable[[Formula], Formula]
) -> list[Stage]:
    """Return the stages from ⟨seed, d(formula)⟩ to a sum of ⟨gradient, d(name)⟩; raise Problem."""
    if len(names) == 1:
        return reverse(formula, names[0], seed, shapes, simplest)
    order = depending(formula, names)
    arriving: dict[Formula, list[Formula]] = {formula: [seed]}
    stages = [Stage((Pair(seed, formula),), ())]
    used: list[Call] = []
    pending = [part for part in reversed([*order]) if isinstance(part, Call)]
    for part, following in zip(pending, [*pending[1:], None], strict=True):
        g = simplest(total(arriving.pop(part)[::-1]))
        for index, arg in enumerate(arguments(part, shapes)):
            if arg in order:
                arriving.setdefault(arg, []).append(share_of(part, index, g, part, shapes))
        used.append(part)
        if following is None or not (goes_along(part, following) or all(map(only_scales, used))):
            pairs = tuple(Pair(simplest(total(arriving[of][::-1])), of) for of in order if of in arriving)
            stages.append(Stage(pairs, tuple(used)))
            used = []
    return stages
