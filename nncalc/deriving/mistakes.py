"""Mistakes that people make on the way to a derivative: rules of the operation table used wrongly at one place.

What comes out is to be compared with an answer. Knows derivations, formulas and rules, no values.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import combinations
from typing import NamedTuple, TypeAlias

from nncalc.deriving.derivation import Derivation
from nncalc.deriving.operator import matrix_before
from nncalc.deriving.reverse import depending
from nncalc.graph.calculus import share
from nncalc.graph.rows import turned_lines
from nncalc.graph.shapes import Shapes
from nncalc.graph.sizes import SCALAR, size_formula
from nncalc.language.formula import Call, Formula, Name, call, name, num, total
from nncalc.ops import OPS
from nncalc.problems import Problem

#: Functions of one number that are taken for one another.
FUNCTIONS = (
    "exp", "log", "sqrt", "sin", "cos", "tan", "sinh", "cosh", "tanh", "sigmoid", "softplus", "relu", "step",
)  # fmt: skip

#: Among how many slopes two forgotten ones are looked for.
FEW = 6

#: Words, with formulas in their midst.
Words: TypeAlias = tuple[str | Formula, ...]


class Mistake(NamedTuple):
    """A wrong derivative, what kind of mistake is in it, and what is said of it: words, a formula, words and more."""

    formula: Formula
    kind: str
    says: str
    part: Formula
    after: Words = ()


class Wrong(NamedTuple):
    """A rule used wrongly: what it makes of the gradient that arrives, what is said of that; a `slope` is forgotten."""

    kind: str
    rule: Callable[[Formula], Formula]
    says: str
    part: Formula
    after: Words = ()
    slope: bool = False


def on_the_way(found: Derivation) -> Iterator[Mistake]:
    """Yield what comes out where one rule is used wrongly at one place, the likeliest mistakes first."""
    setting, shapes = found.setting, found.setting.shapes
    formula = found.gradient if setting.hessian else setting.formula
    order = [*depending(formula, setting.wrt)]
    wrongs = [
        (part, place, wrong)
        for part in reversed(order)
        if isinstance(part, Call)
        for place, arg in enumerate(part.args)
        if arg in order
        for wrong in _wrongs(part, place, shapes)
    ]
    wrongs.sort(key=lambda each: _KINDS.index(each[2].kind))
    slopes = [each for each in wrongs if each[2].slope][:FEW]
    for several in [*((each,) for each in wrongs), *combinations(slopes, 2)]:
        derivative = _derived(found, formula, {(part, place): wrong.rule for part, place, wrong in several})
        if derivative is not None:
            yield _mistake(derivative, [wrong for _, _, wrong in several])


def _mistake(derivative: Formula, wrongs: list[Wrong]) -> Mistake:
    """Return what comes of one wrong rule, or of two slopes that are forgotten."""
    first, *others = wrongs
    if not others:
        return Mistake(derivative, first.kind, first.says, first.part, first.after)
    says = "two factors of the chain rule are forgotten:"
    return Mistake(derivative, first.kind, says, first.part, (" and ", others[0].part))


_KINDS = ("forgotten factor", "sign", "missing term", "transposed", "wrong function")


def _derived(
    found: Derivation, formula: Formula, rules: Mapping[tuple[Call, int], Callable[[Formula], Formula]]
) -> Formula | None:
    """Return the derivative where some arguments receive what `rules` say; None where the shapes do not fit then."""
    setting, shapes = found.setting, found.setting.shapes
    seed: Formula = num(1)
    if shapes.of(formula) != SCALAR:
        seed = name("what arrives")
        shapes.name(seed, shapes.of(formula))
    order = [*depending(formula, setting.wrt)]
    arriving: dict[Formula, list[Formula]] = {each: [] for each in order}
    arriving[formula].append(seed)
    try:
        for part in reversed(order):
            g = total(arriving[part])
            for place, arg in enumerate(part.args if isinstance(part, Call) else ()):
                if arg in arriving:
                    assert isinstance(part, Call)
                    rule = rules.get((part, place))
                    term = rule(g) if rule is not None else share(part, place, g, part, shapes)
                    if shapes.of(term) != shapes.of(arg):
                        return None
                    arriving[arg].append(term)
        gradient = total(arriving[setting.wrt])
        if isinstance(seed, Name):
            gradient = matrix_before(gradient, seed, shapes)
        shapes.of(gradient)
    except Problem:
        return None
    return call("transpose", gradient) if found.turned else gradient


# -- what may go wrong -----------------------------------------------------------------------------------


def _wrongs(part: Call, place: int, shapes: Shapes) -> Iterator[Wrong]:
    """Yield the ways in which the rule of an argument is used wrongly."""
    op = OPS[part.op]
    if op.arranges or part.op in ("add", "linear"):
        return
    d = call("differential", part)
    yield Wrong(
        "sign", lambda g: call("neg", share(part, place, g, part, shapes)),
        "a sign is wrong: the one that comes with", d,
    )  # fmt: skip
    if op.entrywise and len(op.args) == 1:
        yield from _slopes(part, d, shapes)
    elif (op.base or op.name) == "softmax":
        yield from _softmax(part, d, shapes)
    elif len(op.args) == 2:
        yield from _factors(part, place, d, shapes)
    else:
        yield Wrong("forgotten factor", lambda g: g, "a factor of the chain rule is forgotten: what comes with", d)
        yield from _powers(part, place, d, shapes)


def _slopes(part: Call, d: Formula, shapes: Shapes) -> Iterator[Wrong]:
    """Yield what goes wrong with the slope of a function of one number."""
    arg = part.args[0]
    shape = shapes.of(part)
    ones = num(1) if shape == SCALAR else call("ones", *map(size_formula, shape))
    slope = share(part, 0, ones, part, shapes)
    yield Wrong(
        "forgotten factor", lambda g: g, "a factor of the chain rule is forgotten:", slope, (", which comes with ", d),
        slope=True,
    )  # fmt: skip
    for other in FUNCTIONS:
        if other != part.op:
            yield Wrong(
                "wrong function", _slope_of(call(other, arg), shapes),
                "the slope of another function is used:", call(other, arg), (" stands for ", part),
            )  # fmt: skip
    yield Wrong(
        "wrong function", lambda g: call("hadamard", g, part),
        "the function stands where its slope should:", part, (", of which the slope is ", slope),
    )  # fmt: skip


def _slope_of(other: Call, shapes: Shapes) -> Callable[[Formula], Formula]:
    return lambda g: share(other, 0, g, other, shapes)


def _softmax(part: Call, d: Formula, shapes: Shapes) -> Iterator[Wrong]:
    """Yield what goes wrong with softmax, whose entries all change with each of their arguments."""
    rest = call("add", num(1), call("neg", part))
    away = part if shapes.of(part)[1] != 1 else call("mul", part, call("transpose", part))
    says = "the derivatives of softmax off its diagonal are forgotten:"
    after: Words = (" is taken away in ", d)
    yield Wrong("forgotten factor", lambda g: call("hadamard", g, call("hadamard", part, rest)), says, away, after)
    yield Wrong("forgotten factor", lambda g: call("hadamard", g, part), says, away, after)
    other = turned_lines(part.op)
    if other is not None and 1 not in shapes.of(part):
        lines = call(other, *part.args)
        taken, wanted = ("row", "column") if OPS[other].base else ("column", "row")
        yield Wrong(
            "wrong function", lambda g: share(lines, 0, g, lines, shapes),
            f"it is taken of each {taken}, not of each {wanted}:", lines, (" stands for ", part),
        )  # fmt: skip
    yield Wrong("forgotten factor", lambda g: g, "a factor of the chain rule is forgotten: what comes with", d)


def _factors(part: Call, place: int, d: Formula, shapes: Shapes) -> Iterator[Wrong]:
    """Yield what goes wrong with a product, a quotient or a power of two arguments."""
    other = part.args[1 - place]
    matrices = part.op == "mul" and SCALAR not in {shapes.of(each) for each in part.args}
    turned = call("transpose", other)
    lacks = turned if matrices else other
    if part.op in ("div", "hdiv", "pow", "hpow"):
        lacks = share(part, place, num(1) if shapes.of(part) == SCALAR else _ones_like(part, shapes), part, shapes)
    yield Wrong(
        "forgotten factor", lambda g: g, "a factor of the chain rule is forgotten:", lacks, (", which comes with ", d)
    )
    yield Wrong(
        "missing term", lambda g: call("mul", num(0), share(part, place, g, part, shapes)),
        "a term of the product's rule is missing: what comes with", call("differential", part.args[place]),
        (" in ", d),
    )  # fmt: skip
    if matrices:
        says = "a factor is transposed that should not be, or not that should: in the derivative stands"
        yield Wrong(
            "transposed", lambda g: call("mul", *((g, other) if place == 0 else (other, g))),
            says, turned, (", which comes with ", d),
        )  # fmt: skip
    yield from _powers(part, place, d, shapes)


def _powers(part: Call, place: int, d: Formula, shapes: Shapes) -> Iterator[Wrong]:
    """Yield what goes wrong with the exponent of a power."""
    if part.op not in ("pow", "hpow") or place:
        return
    base, exponent = part.args
    yield Wrong(
        "forgotten factor", lambda g: call("div", share(part, 0, g, part, shapes), exponent),
        "a factor is forgotten, the exponent", exponent, (", which comes with ", d),
    )  # fmt: skip
    yield Wrong(
        "wrong function", lambda g: call("hadamard", share(part, 0, g, part, shapes), base),
        "the exponent is not lowered by 1 in", d,
    )  # fmt: skip


def _ones_like(part: Formula, shapes: Shapes) -> Formula:
    return call("ones", *map(size_formula, shapes.of(part)))
