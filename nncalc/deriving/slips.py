"""Slips of the pen: a formula with one place written otherwise, or two signs.

A derivative with a slip may be an answer, and an answer without one may be the derivative. Knows formulas and shapes,
no values.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations
from typing import NamedTuple, TypeAlias

from nncalc.algebra.cost import cost
from nncalc.deriving.mistakes import FUNCTIONS, Mistake
from nncalc.graph.shapes import Shapes
from nncalc.graph.sizes import SCALAR
from nncalc.language.formula import Call, Formula, Num, call, num, parts, replace

#: Functions that are taken for one another, of arguments of one shape.
OTHERS = (
    FUNCTIONS,
    ("softmax", "softmax_rows", *FUNCTIONS),
    ("det", "logdet", "tr"),
    ("norm2", "norm1", "sum"),
    ("abs", "sign"),
)
#: Numbers that a term is off by, and that numbers in a formula are written for.
FACTORS = tuple(call("div", num(one), num(other)) for one, other in ((2, 1), (1, 2), (3, 1), (1, 3), (4, 1), (1, 4)))
NUMBERS = tuple(map(num, range(7)))
#: Among how many terms two wrong signs are looked for.
FEW = 16
#: How long a factor is at most that may be forgotten.
LONGEST = 8

#: Where a part stands: the argument in the formula, the argument in that, ...
Place: TypeAlias = tuple[int, ...]


class Change(NamedTuple):
    """A formula with one part written otherwise, or two: what kind of slip it is, and what stood and stands there."""

    formula: Formula
    kind: str
    old: tuple[Formula, ...]
    new: tuple[Formula, ...] = ()


#: What is said of each kind of slip where the right part stands in the derivative, and where it stands in an answer.
_SAYS = {
    "sign": ("the sign of a term is wrong, which should be", "the sign of a term is wrong, which should be"),
    "signs": ("the signs of two terms are wrong, which should be", "the signs of two terms are wrong, which should be"),
    "minus": ("a minus is missing:", "a minus is missing:"),
    "no minus": ("a minus is too many, before", "a minus is too many, before"),
    "missing term": ("a term is missing:", "a term is too many:"),
    "forgotten factor": ("a factor is forgotten:", "a factor is too many:"),
    "exponent": ("an exponent is forgotten:", "an exponent is too many, that of"),
    "factor": ("a term is off by a factor; it should be", "a term is off by a factor; it should be"),
    "number": ("a number is wrong, which should be", "a number is wrong, which should be"),
    "transposed": (
        "a factor is transposed that should not be, or not that should: in the derivative stands",
        "a factor is transposed that should not be, or not that should, which should be",
    ),
    "wrong function": ("a function is wrong: there should be", "a function is wrong: there should be"),
}
#: Which slips are of one kind with others, and what is called otherwise where it is too many.
_KINDS = {"signs": "sign", "minus": "sign", "no minus": "sign", "exponent": "forgotten factor", "number": "factor"}
_TOO_MANY = {"missing term": "extra term", "forgotten factor": "extra factor", "exponent": "extra factor"}


def slips(derivative: Formula, shapes: Shapes) -> Iterator[Mistake]:
    """Yield a derivative with one place written wrongly or two wrong signs, the likeliest first."""
    for change in changes(derivative, shapes):
        yield _said(change, _KINDS.get(change.kind, change.kind), _SAYS[change.kind][0], change.old)


def repairs(answer: Formula, shapes: Shapes) -> Iterator[Mistake]:
    """Yield an answer with one place written otherwise or two signs, and what was wrong if that is right."""
    for change in changes(answer, shapes):
        back = {"minus": "no minus", "no minus": "minus"}.get(change.kind, change.kind)
        kind = _TOO_MANY.get(back) or _KINDS.get(back, back)
        yield _said(change, kind, _SAYS[back][1], change.new or change.old)


def _said(change: Change, kind: str, says: str, about: tuple[Formula, ...]) -> Mistake:
    first, *others = about
    return Mistake(change.formula, kind, says, first, tuple(word for each in others for word in (" and ", each)))


def changes(formula: Formula, shapes: Shapes) -> Iterator[Change]:
    """Yield `formula` with one place written otherwise, or the signs of two terms."""
    places = [*_places(formula)]
    for at in places:
        yield from _signs(formula, at)
    for one, other in combinations([at for at in places if _is_term(formula, at)][:FEW], 2):
        if one != other[: len(one)]:
            old = _part(formula, one), _part(formula, other)
            new = _minus(old[0]), _minus(old[1])
            yield Change(_changed(_changed(formula, one, new[0]), other, new[1]), "signs", old, new)
    for at in places:
        yield from _without(formula, at)
    for at in places:
        yield from _numbers(formula, at)
    for at in places:
        yield from _transposes(formula, at, shapes)
    for at in places:
        yield from _functions(formula, at)
    yield from _functions_throughout(formula)


def _places(formula: Formula) -> Iterator[Place]:
    """Yield where the parts of a formula stand, the whole first."""
    stack: list[tuple[Place, Formula]] = [((), formula)]
    while stack:
        at, part = stack.pop()
        yield at
        for place, arg in enumerate(part.args if isinstance(part, Call) else ()):
            stack.append(((*at, place), arg))


def _part(formula: Formula, at: Place) -> Formula:
    for place in at:
        assert isinstance(formula, Call)
        formula = formula.args[place]
    return formula


def _changed(formula: Formula, at: Place, new: Formula) -> Formula:
    """Return `formula` with another part at a place."""
    if not at:
        return new
    assert isinstance(formula, Call)
    inner = _changed(formula.args[at[0]], at[1:], new)
    return call(formula.op, *formula.args[: at[0]], inner, *formula.args[at[0] + 1 :])


def _change(formula: Formula, at: Place, kind: str, new: Formula) -> Change:
    return Change(_changed(formula, at, new), kind, (_part(formula, at),), (new,))


def _minus(part: Formula) -> Formula:
    return part.args[0] if isinstance(part, Call) and part.op == "neg" else call("neg", part)


def _is_term(formula: Formula, at: Place) -> bool:
    """Return whether a term of a sum stands at a place."""
    whole = _part(formula, at[:-1])
    return bool(at) and isinstance(whole, Call) and whole.op == "add"


def _signs(formula: Formula, at: Place) -> Iterator[Change]:
    part = _part(formula, at)
    if _is_term(formula, at):
        yield _change(formula, at, "sign", _minus(part))
    elif isinstance(part, Call) and part.op == "neg":
        yield Change(_changed(formula, at, part.args[0]), "minus", (part,), (part.args[0],))
    elif not isinstance(part, Num):
        yield Change(_changed(formula, at, call("neg", part)), "no minus", (part,), (call("neg", part),))


def _without(formula: Formula, at: Place) -> Iterator[Change]:
    """Yield the formula without a term of a sum, a factor of a product, or an exponent."""
    whole = _part(formula, at[:-1])
    if not at or not isinstance(whole, Call):
        return
    part = _part(formula, at)
    rest = [*whole.args[: at[-1]], *whole.args[at[-1] + 1 :]]
    if whole.op == "add":
        left = call("add", *rest) if len(rest) > 1 else rest[0]
        yield Change(_changed(formula, at[:-1], left), "missing term", (part,))
    elif whole.op in ("mul", "hadamard", "div", "hdiv"):
        under = whole.op in ("div", "hdiv")
        left = call(whole.op, num(1), rest[0]) if under and at[-1] == 0 else rest[0]
        factor = call(whole.op, num(1), part) if under and at[-1] else part
        yield Change(_changed(formula, at[:-1], left), "forgotten factor", (factor,))
    elif whole.op in ("pow", "hpow") and at[-1] == 1:
        yield Change(_changed(formula, at[:-1], rest[0]), "exponent", (whole,))


def _numbers(formula: Formula, at: Place) -> Iterator[Change]:
    part = _part(formula, at)
    if _is_term(formula, at):
        for factor in FACTORS:
            yield _change(formula, at, "factor", call("mul", factor, part))
    if isinstance(part, Num):
        for number in NUMBERS:
            if number is not part:
                yield _change(formula, at, "number", number)


def _transposes(formula: Formula, at: Place, shapes: Shapes) -> Iterator[Change]:
    part = _part(formula, at)
    if isinstance(part, Call) and part.op == "transpose":
        yield _change(formula, at, "transposed", part.args[0])
    elif part in shapes.known and shapes.of(part) != SCALAR:
        yield _change(formula, at, "transposed", call("transpose", part))


def _functions(formula: Formula, at: Place) -> Iterator[Change]:
    """Yield the formula with another function at a place, and with none."""
    part = _part(formula, at)
    if not isinstance(part, Call) or len(part.args) != 1:
        return
    family = next((family for family in OTHERS if part.op in family), ())
    for other in family:
        if other != part.op:
            yield _change(formula, at, "wrong function", call(other, *part.args))
    if part.op in (*FUNCTIONS, "softmax", "softmax_rows", "inv"):
        yield _change(formula, at, "wrong function", part.args[0])


def _functions_throughout(formula: Formula) -> Iterator[Change]:
    """Yield the formula with another function wherever one stands, or wherever it stands before one argument."""
    calls = [part for part in parts(formula) if isinstance(part, Call) and len(part.args) == 1]
    for family in OTHERS:
        for op in dict.fromkeys(part.op for part in calls if part.op in family):
            of_this = [part for part in calls if part.op == op]
            groups = [[each] for each in of_this] + [of_this] * (len(of_this) > 1)
            for other in family:
                for group in groups if other != op else ():
                    yield _functions_changed(formula, group, other)


def _functions_changed(formula: Formula, group: Sequence[Call], other: str) -> Change:
    new: dict[Formula, Formula] = {}
    for part in group:  # the inner ones first
        new[part] = call(other, *[replace(arg, new) for arg in part.args])
    return Change(replace(formula, new), "wrong function", tuple(group[:1]), tuple(new.values())[:1])


# -- a factor that is not there ----------------------------------------------------------------------------


def completed(answer: Formula, like: Iterable[Formula], shapes: Shapes) -> Iterator[Mistake]:
    """Yield an answer with one more factor at one place: a part of what it should be `like`, or that transposed."""
    pool = dict.fromkeys(part for formula in like for part in parts(formula) if not isinstance(part, Num))
    factors = [each for each in pool if each in shapes.known and cost(each)[0] <= LONGEST]
    factors += [call("transpose", each) for each in factors if shapes.of(each) != SCALAR]
    for at in _places(answer):
        part = _part(answer, at)
        if isinstance(part, Num):
            continue
        for factor in factors:
            for new, lacking in _times(part, factor, shapes):
                yield Mistake(
                    _changed(answer, at, new), "forgotten factor", "a factor is forgotten:", lacking, (", with ", part)
                )


def _times(part: Formula, factor: Formula, shapes: Shapes) -> Iterator[tuple[Formula, Formula]]:
    """Yield the products and quotients of a part and a factor whose shapes fit, with what is multiplied by."""
    (rows, columns), (height, width) = shapes.of(part), shapes.of(factor)
    if (rows, columns) == (height, width) != SCALAR:
        yield call("hadamard", part, factor), factor
        yield call("hdiv", part, factor), call("hdiv", num(1), factor)
    elif (height, width) == SCALAR:
        yield call("mul", factor, part), factor
        yield call("div", part, factor), call("div", num(1), factor)
    if width == rows and (height, width) != SCALAR:
        yield call("mul", factor, part), factor
    if columns == height and (height, width) != SCALAR:
        yield call("mul", part, factor), factor
