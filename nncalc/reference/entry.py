"""What an entry of the operation table says, as formulas: how it is called, what it is, what its derivatives are.

Knows the table, its rules and shapes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from nncalc.graph.calculus import derivative
from nncalc.graph.rules import OUT, is_partial, rule
from nncalc.graph.sizes import signature
from nncalc.language.figures import exact
from nncalc.language.formula import Call, Formula, Name, call, literal, name, num, parts, replace
from nncalc.language.printer import ASCII, show
from nncalc.numbers.along import along
from nncalc.ops import FUNCTIONS, KINDS, OPS, OVER
from nncalc.ops.kinds import Flat, Form, Function, Infix, Operation, Partial, Postfix, Prefix
from nncalc.problems import Problem, nearest, safe

#: What an operation is of numbers that is one of entries.
_OF_NUMBERS = {"hadamard": "mul", "hdiv": "div", "hpow": "pow"}
#: Shapes in words.
WORDS = {
    "numbers": "any count of numbers to a number", "sizes": "", "entries": "any count of blocks that fit",
    "part": "the sizes say which", "picture": "pictures",
}  # fmt: skip
#: What the rule is that `calculus` writes out for a call.
WRITTEN_OUT = {"column": "its rows of `g`", "row": "its columns of `g`"}
#: Between what numbers a curve is drawn, in how many steps, and how far on from where something happens.
LEFT, RIGHT, STEPS, ON = -4.0, 4.0, 240, 2.0
#: Where kinks are looked for.
FAR = 10


class Slope(NamedTuple):
    """A derivative by an argument: a rule, or words where there is none."""

    argument: str
    rule: Formula | None
    words: str = ""


def listed() -> dict[str, list[Operation]]:
    """Return the operations that can be typed, by what they are for: by a word, by signs."""
    words = frozenset(op.name for op in FUNCTIONS.values())
    return {
        kind: [op for op in ops if op.name in words or op.base or not isinstance(op.notation, Function)]
        for kind, ops in KINDS.items()
    }


def named(word: str) -> Operation:
    """Return the operation of a name, a sign, or a name it has elsewhere; raise Problem where there is none."""
    text = word.strip()
    bare = text.partition("(")[0]
    known = {op.name: op for ops in listed().values() for op in ops} | dict(FUNCTIONS)
    over = next((each for each in ("rows", "columns") if f"={each}" in text.replace('"', "").replace(" ", "")), "")
    found = OVER.get((bare, over)) or known.get(bare) or next((op for op in OPS.values() if text in _signs(op)), None)
    if found is None:
        from nncalc.language.remedies import called, loss_elsewhere

        loss, there = loss_elsewhere(text), called(text)
        meant = there if there in known else nearest(text, known)
        hint = f"it is {loss}" if loss else f"did you mean `{meant}`?" if meant else "`nncalc ops` lists them all"
        raise Problem(f"there is no operation `{safe(text, 80)}`", None, hint, "name")
    return found


def _signs(op: Operation) -> tuple[str, ...]:
    notation = op.notation
    if isinstance(notation, Function):
        return ()
    also = notation.also if isinstance(notation, Infix | Postfix) else ()
    return tuple(sign for sign in (notation.sign, notation.unicode, *also) if sign.strip())


def kind_of(op: Operation) -> str:
    """Return what an operation is for."""
    return next(kind for kind, ops in KINDS.items() if op in ops)


def called(op: Operation) -> Formula:
    """Return a call of an operation by the names of its arguments, with its settings as they are by default."""
    args: list[Formula] = [name(arg) for arg in op.args]
    if op.variadic:
        args.append(name("y") if op.args[0] == "x" else name("B"))
    return call(op.name, *args, *(literal(default) for default in op.settings.values()))


def written(op: Operation) -> str:
    """Return how an operation is typed, with its settings."""
    if isinstance(op.notation, Function):
        settings = [f"{word}={default}" for word, default in op.settings.items()]
        settings += [f'over="{op.notation.over}"'] * bool(op.notation.over)
        more = ["..."] if op.variadic or op.folds else []
        return f"{op.notation.word}({', '.join([*op.args, *more, *settings])})"
    assert isinstance(op.notation, Infix | Prefix | Postfix)
    return show(called(op), ASCII)


def shapes(op: Operation) -> list[str]:
    """Return the shapes that an operation takes and makes."""
    found = [WORDS.get(form.shapes, form.shapes) for form in op.forms] or ["entry by entry"]
    return [each for each in dict.fromkeys(found) if each]


def slopes(op: Operation, form: Form | None) -> Iterator[Slope]:
    """Yield the derivative by each argument: of an entry the slope, else what the argument receives of g."""
    for argument in op.args:
        found = derivative(op, form, argument)
        if not isinstance(found, Flat):
            yield Slope(argument, found)
        elif found is Flat.CONSTANT:
            yield Slope(argument, num(0))
        elif found is Flat.UNROLLED and op.name != "pow":
            yield Slope(argument, None, WRITTEN_OUT.get(op.name, "`g` there, zeros elsewhere"))


def definition(op: Operation) -> Formula | None:
    """Return what an operation means, None of a primitive."""
    return of_numbers(op, rule(op.meaning)) if op.meaning else None


def careful(op: Operation) -> Formula | None:
    """Return the spelling by which an operation is computed, None where that is its meaning."""
    text = op.careful.get("out")
    return of_numbers(op, rule(text)) if text else None


def of_numbers(op: Operation, formula: Formula) -> Formula:
    """Return a rule of an operation that acts on each entry as one of numbers."""
    if not op.entrywise:
        return formula
    new: dict[Formula, Formula] = {}
    for part in parts(formula):
        if isinstance(part, Call):
            made = call(_OF_NUMBERS.get(part.op, part.op), *[new.get(arg, arg) for arg in part.args])
            if made is not part:
                new[part] = made
    return new.get(formula, formula)


def as_slope(op: Operation, formula: Formula) -> Formula:
    """Return the slope of what acts on each entry, the operation in place of its result; else a rule as it is."""
    return of_numbers(op, replace(formula, {OUT: called(op)})) if op.entrywise else formula


def domain(op: Operation) -> str:
    """Return for which numbers an operation has a value."""
    if op.domain:
        return op.domain
    if op.partial is Partial.OVERFLOW:
        return "any number, as far as the result is a float"
    return "not every number" if is_partial(op) else "any number"


def kink(op: Operation) -> str:
    """Return the convention that decides where there is no derivative."""
    return op.kink.says.format(**op.settings) if op.kink is not None else ""


# -- curves -------------------------------------------------------------------------------------------


class Curve(NamedTuple):
    """Points of an operation of numbers and of its slope, along its first argument; the others are `at` something."""

    argument: str
    at: dict[str, float]
    points: tuple[tuple[float, float | None], ...]
    slope: tuple[tuple[float, float | None], ...]


def curve(op: Operation) -> Curve | None:
    """Return the curve of an operation of numbers, None where it is none, or has no value among them."""
    form = next((form for form in op.forms if not WORDS.get(form.shapes, form.shapes).isalpha()), None)
    if not (op.entrywise or op.loss):
        return None
    first, *others = map(name, op.args)
    at = {of.base: _aside(op, of.base) for of in others}
    given = {**{name(word): float(exact(default)) for word, default in op.settings.items()}}
    given |= {name(word): value for word, value in at.items()}
    given |= {name(letter): 1.0 for letter in ("g", *_sizes(form))}
    whole = call(op.name, *map(name, (*op.args, *op.settings)))
    values = _values(op, given, first)
    points = along(whole, given, first, values)
    if all(point is None for point in points):
        return None
    (slope,) = (each for each in slopes(op, form) if each.argument == first.base)
    assert slope.rule is not None
    steep = along(replace(slope.rule, {OUT: whole}), given, first, values)
    steep = [found if point is not None else None for found, point in zip(steep, points, strict=True)]
    return Curve(first.base, at, tuple(zip(values, points, strict=True)), tuple(zip(values, steep, strict=True)))


def _aside(op: Operation, argument: str) -> float:
    """Return where another argument than the first stands, while a curve is drawn."""
    if argument in op.trained:
        return float(exact(op.trained[argument]))
    return 0.0 if op.loss is not None and op.loss.target == "numbers" else 1.0


def _sizes(form: Form | None) -> set[str]:
    """Return the letters of a form's sizes, each of which is 1 among numbers."""
    return {letter for pair in signature(form.shapes)[0] for letter, _ in pair} if form is not None else set()


def _values(op: Operation, given: Mapping[Name, float], of: Name) -> list[float]:
    """Return where a curve has its points: between the ends, and on both sides of every kink."""
    left, right = LEFT, RIGHT
    if op.kink is not None and op.kink.where != OUT.base:
        looked = [place / 2 for place in range(-2 * FAR, 2 * FAR + 1)]
        kinks = along(rule(op.kink.where), given, of, looked)
        corners = [at for at, value in zip(looked, kinks, strict=True) if value == 0]
        left, right = min([left, *(at - ON for at in corners)]), max([right, *(at + ON for at in corners)])
    return [left + (right - left) * (step + 0.5) / STEPS for step in range(STEPS)]
