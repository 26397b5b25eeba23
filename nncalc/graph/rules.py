"""The rules of an operation, as formulas: those that its entry says, and those that follow from its meaning.

Knows the operation table and formulas; no shapes, no values.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache

from nncalc.graph.sizes import Size, size_formula
from nncalc.language.formula import Call, Formula, Name, Num, call, literal, name, num, number_of, parts, replace
from nncalc.language.parser import parse
from nncalc.language.printer import show
from nncalc.ops import OPS
from nncalc.ops.kinds import Operation

#: An operation's result, in a rule.
OUT = name("out")


@cache
def rule(text: str) -> Formula:
    """Return the formula of a rule in the table."""
    return parse(text)


@cache
def element(text: str) -> Formula:
    """Return the formula of an element rule in the table."""
    return parse(text, rule=True)


def applied(op: str, *args: Formula) -> Call:
    """Return the call of an operation with its settings at their defaults."""
    return call(op, *args, *map(literal, OPS[op].settings.values()))


def letters(op: Operation) -> list[Name]:
    """Return the names of an operation's arguments and settings, in the order of a call."""
    return [*map(name, op.args), *map(name, op.settings)]


def bound(part: Call) -> dict[Formula, Formula]:
    """Return what the names of arguments and settings stand for in the call `part`."""
    return dict(zip(letters(OPS[part.op]), part.args, strict=False))


def size_names(sizes: Mapping[str, Size]) -> dict[Formula, Formula]:
    """Return what the letters of a shape signature stand for."""
    return {name(letter): size_formula(size) for letter, size in sizes.items()}


def filled(text: str, part: Call) -> Formula:
    """Return a rule with the arguments of the call `part` in it.

    >>> filled("slope * min(0, x)", call("leaky_relu", name("u"), call("div", Num("1"), Num("4"))))
    mul(div(1, 4), min(0, u))
    """
    return replace(rule(text), bound(part))


def has_decimals(formula: Formula) -> bool:
    """Return whether a person wrote a decimal in `formula`; the default of a setting is none."""
    written = [formula]
    for part in parts(formula):
        if isinstance(part, Call):
            op = OPS[part.op]
            written += part.args[: len(part.args) - len(op.settings)]
            given = zip(op.settings.values(), part.args[len(op.args) :], strict=False)
            written += [value for default, value in given if value is not literal(default)]
    return any(isinstance(each, Num) and "." in each.text for each in written)


def computed(op: Operation) -> str:
    """Return the formula by which an operation is computed as a whole: the careful one, where there is one."""
    return op.careful.get("out", op.meaning)


def squared(formula: Formula) -> Formula:
    """Return `formula` with the square of each operation that knows its own, such as a norm, written so.

    >>> squared(parse("norm2(x)^2"))
    sum(hpow(x, 2))
    """
    new: dict[Formula, Formula] = {}
    for part in parts(formula):
        if not isinstance(part, Call):
            continue
        made = call(part.op, *[new.get(arg, arg) for arg in part.args])
        base = made.args[0]
        if part.op == "pow" and made.args[1] is num(2) and isinstance(base, Call) and OPS[base.op].square:
            new[part] = filled(OPS[base.op].square, base)
        elif made is not part:
            new[part] = made
    return new.get(formula, formula)


def is_partial(op: Operation) -> bool:
    """Return whether an operation has no value for some arguments, by its entry or else by its meaning."""
    if op.partial is None:
        return bool(op.meaning) and not always_defined(rule(op.meaning))
    return bool(op.partial)


def always_defined(formula: Formula) -> bool:
    """Return whether `formula` has a value whatever its names stand for, so that 0 times it is 0."""
    return all(not isinstance(part, Call) or not is_partial(OPS[part.op]) or by_number(part) for part in parts(formula))


def by_number(part: Call) -> bool:
    """Return whether a call is a quotient by a number that is not 0, or a power by a whole number."""
    second = number_of(part.args[-1])
    if part.op in ("div", "hdiv"):
        return bool(second)
    return part.op in ("pow", "hpow") and isinstance(second, int) and second >= 0


def kinks(part: Call) -> Iterator[tuple[Formula, str]]:
    """Yield where a call has no derivative, a formula that is zero there, and the convention that decides."""
    op = OPS[part.op]
    if op.kink is not None:
        said = op.kink.says.format(**dict(zip(op.settings, map(show, part.args[len(op.args) :]), strict=False)))
        yield part if op.kink.where == OUT.base else filled(op.kink.where, part), said
    elif op.meaning and not op.slope:
        for inner in parts(filled(op.meaning, part)):
            if isinstance(inner, Call) and inner not in part.args:
                yield from kinks(inner)
