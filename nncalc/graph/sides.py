"""The sides of `where`, going back: what a side receives where it is taken, and nothing where it is not.

What a gradient is multiplied with on its way is put inside, where(c, g ./ x, 0), so that the slope of a side that is
not taken is never computed: 0 ./ 0 is not 0. Knows formulas and shapes, no values.
"""

from __future__ import annotations

from collections.abc import Callable

from nncalc.graph.rules import always_defined
from nncalc.graph.shapes import SCALAR, Shape, Shapes, size_formula
from nncalc.graph.tidy import tidy
from nncalc.language.formula import Call, Formula, call, is_call, num, total
from nncalc.ops import OPS
from nncalc.ops.kinds import Infix


def shared_inside(part: Call, place: int, g: Formula, shapes: Shapes, share: Callable[[Formula], Formula]) -> Formula:
    """Return what argument `place` of a call receives of a gradient, parts of which may be there on conditions.

    What acts on each entry keeps the conditions of each entry; anything else wants to know whether one holds anywhere,
    as a side does that is a number for every entry. `share` says what it receives of one that is there anyhow.
    """
    arg, whole = part.args[place], shapes.of(part)
    if OPS[part.op].chooses and place and shapes.of(arg) == SCALAR != whole:
        return if_anywhere(part.args[0], share(g), arg, shapes, holds=place == 1)
    terms = g.args if is_call(g, "add") else (g,)
    if not any(map(_is_choice, terms)):
        return share(g)
    if len(terms) > 1:
        return tidy(total([shared_inside(part, place, term, shapes, share) for term in terms]), shapes)
    assert isinstance(g, Call)
    condition, *sides = g.args
    scaled = OPS[part.op].entrywise or (part.op in ("mul", "div") and SCALAR in map(shapes.of, part.args))
    if shapes.of(condition) == SCALAR or (scaled and shapes.of(arg) == whole):
        passed = [_passed(part, place, filled(side, whole, shapes), shapes, share) for side in sides]
        return tidy(filled(call(g.op, condition, *passed), shapes.of(arg), shapes), shapes)
    if num(0) not in sides:
        return share(g)
    return if_anywhere(condition, share(g), arg, shapes, holds=sides[1] is num(0))


def _is_choice(g: Formula) -> bool:
    return isinstance(g, Call) and g.op in OPS and OPS[g.op].chooses


def _passed(part: Call, place: int, side: Formula, shapes: Shapes, share: Callable[[Formula], Formula]) -> Formula:
    """Return what an argument receives of one side of a gradient; of nothing, nothing."""
    return num(0) if is_zero(side) else shared_inside(part, place, side, shapes, share)


def filled(side: Formula, shape: Shape, shapes: Shapes) -> Formula:
    """Return a side in the shape of the whole, where a number stands for every entry; 0 stays 0."""
    if is_zero(side) or shapes.of(side) == shape:
        return side
    return call("hadamard", side, call("ones", *map(size_formula, shape)))


def if_anywhere(condition: Formula, g: Formula, arg: Formula, shapes: Shapes, *, holds: bool) -> Formula:
    """Return a gradient where a condition of each entry holds for one, or does not for one; else 0.

    That matters to an argument which may have no value, nor then a slope.
    """
    if always_defined(arg) or shapes.of(condition) == SCALAR:
        return tidy(g, shapes)
    compared = isinstance(condition, Call) and isinstance(OPS[condition.op].notation, Infix)
    held = condition if compared and holds else call("greater" if holds else "less_equal", condition, num(0))
    return call("where", call("greater", call("sum", held), num(0)), tidy(g, shapes), num(0))


def is_zero(g: Formula) -> bool:
    return g is num(0) or is_call(g, "zeros")
