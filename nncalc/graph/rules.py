"""The rules of an operation, as formulas: those that its entry says, and those that follow from its meaning.

Knows the operation table and formulas; no shapes, no values.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from types import MappingProxyType
from typing import TypeGuard

from nncalc.graph.sizes import Size, size_formula
from nncalc.language.formula import (
    Call,
    Formula,
    Name,
    Num,
    call,
    literal,
    name,
    names_in,
    num,
    number_of,
    parts,
    replace,
)
from nncalc.language.parser import Known, parse
from nncalc.language.printer import show
from nncalc.ops import OPS
from nncalc.ops.kinds import CONSTANT, Function, Operation

#: An operation's result, in a rule.
OUT = name("out")


@cache
def rule(text: str) -> Formula:
    """Return the formula of a rule in the table."""
    return parse(text, Known(whole=True, open=True))


@cache
def element(text: str) -> Formula:
    """Return the formula of an element rule in the table; no index is bound twice, or bound and free."""
    formula = parse(text, rule=True)
    return _apart(formula, {}, _free(formula))


def _free(formula: Formula) -> set[str]:
    """Return which of the indices i and j of a result an element rule uses."""
    if isinstance(formula, Name):
        return {"i", "j"} & {formula.base if not formula.index else "", *map(str, formula.index)}
    if isinstance(formula, Num):
        return set()
    found = set().union(*map(_free, formula.args))
    return found - {str(formula.args[0])} if formula.op.startswith("over_") else found


def _apart(formula: Formula, new: Mapping[str, str], taken: set[str]) -> Formula:
    """Return `formula` with its free indices renamed as `new` says, and those it binds unlike those `taken`."""
    if isinstance(formula, Num):
        return formula
    if isinstance(formula, Name):
        index = tuple(new.get(each, each) if isinstance(each, str) else each for each in formula.index)
        return name(new.get(formula.base, formula.base) if not index else formula.base, index)
    if not formula.op.startswith("over_"):
        return call(formula.op, *[_apart(arg, new, taken) for arg in formula.args])
    index_name, body = formula.args
    fresh = str(index_name)
    while fresh in taken:
        fresh += "_"
    taken.add(fresh)
    return call(formula.op, name(fresh), _apart(body, {**new, str(index_name): fresh}, taken))


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
    return filled_in(rule(text), part)


def filled_in(formula: Formula, part: Call) -> Formula:
    """Return a formula of a rule with the arguments of the call `part` in it."""
    return replace(formula, bound(part))


def has_decimals(formula: Formula) -> bool:
    """Return whether a person wrote a decimal in `formula`; the default of a setting is none."""
    written = [formula]
    for part in parts(formula):
        if isinstance(part, Call):
            op = OPS[part.op]
            written += part.args[: len(part.args) - len(op.settings)]
            given = zip(op.settings.values(), part.args[len(op.args) :], strict=False)
            written += [value for default, value in given if value is not literal(default)]
    return any(isinstance(each, Num) and not each.text.isdecimal() for each in written)


def computed(op: Operation) -> str:
    """Return the formula by which an operation is computed as a whole: the careful one, where there is one."""
    return op.careful.get("out", op.meaning)


def has_square(formula: Formula | None) -> TypeGuard[Call]:
    """Return whether a formula is a call whose square is simpler than it, as that of a norm."""
    return isinstance(formula, Call) and bool(OPS[formula.op].square)


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
        if part.op == "pow" and made.args[1] is num(2) and has_square(base):
            new[part] = filled(OPS[base.op].square, base)
        elif made is not part:
            new[part] = made
    return new.get(formula, formula)


@cache
def either_way(op: str) -> bool:
    """Return whether an operation makes the same number of its arguments if each is transposed, as a sum does.

    >>> either_way("squared_error"), either_way("cross_entropy_logits")
    (True, False)
    """
    entry = OPS[op]
    if entry.entrywise or op in ("sum", "div"):
        return True
    number = all(form.shapes.endswith("-> 1 1") or form.shapes == "numbers" for form in entry.forms)
    return (
        number
        and bool(entry.meaning)
        and all(
            _only_scaled(part, entry) or (part.op != "mul" and either_way(part.op))
            for part in parts(rule(entry.meaning))
            if isinstance(part, Call)
        )
    )


def _only_scaled(part: Call, entry: Operation) -> bool:
    """Return whether a part of a meaning is a product with a number: one that has no argument in it."""
    letters = {*map(name, entry.args)}
    return part.op == "mul" and any(letters.isdisjoint(names_in(arg)) for arg in part.args)


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


def has_rules(op: Operation) -> bool:
    """Return whether an entry says the derivative by each of its arguments, so that none follows from its meaning."""
    said = [op.slope] if op.entrywise else [form.gradient for form in op.forms]
    return all(rules.keys() >= set(op.args) for rules in said)


def differentiated(part: Call) -> Iterator[Call]:
    """Yield the calls whose rules the derivative of `part` comes from: itself, or those of its meaning."""
    op = OPS[part.op]
    if has_rules(op) or not op.meaning:
        yield part
        return
    for inner in parts(rule(op.meaning)):
        if isinstance(inner, Call):
            called = filled_in(inner, part)
            assert isinstance(called, Call)
            yield from differentiated(called)


def switched(op: Operation, switches: Mapping[str, str]) -> tuple[Mapping[str, str], str] | None:
    """Return the slopes of an operation at its kink and what is said there, where a convention picks others."""
    return op.switch.others.get(switches.get(op.switch.key, "")) if op.switch is not None else None


def kinks(part: Call, switches: Mapping[str, str] = MappingProxyType({})) -> Iterator[tuple[Formula, str]]:
    """Yield where a call has no derivative, a formula that is zero there, and the convention that decides.

    Where the result itself is zero there the formula is the call. What `switches` pick is for calls that are written,
    not for those in a meaning.
    """
    for each in differentiated(part) if OPS[part.op].kink is None else (part,):
        op = OPS[each.op]
        if op.kink is not None:
            settings = dict(zip(op.settings, map(show, each.args[len(op.args) :]), strict=False))
            where = each if op.kink.where == OUT.base else filled(op.kink.where, each)
            other = switched(op, switches) if each is part else None
            yield where, other[1] if other is not None else op.kink.says.format(**settings)


def flat(part: Call) -> str | None:
    """Return what is said of a call of an operation whose slope is 0 wherever it has one, as that of `step`."""
    op = OPS[part.op]
    named = isinstance(op.notation, Function)  # of a comparison the kink alone is worth a word
    if named and op.entrywise and op.slope and all(rule is CONSTANT for rule in op.slope.values()):
        return f"{op.name}′ = 0"
    return None


def jumps(part: Call) -> bool:
    """Return whether the result of a call steps from one value to another somewhere, as that of `step` does."""
    return any(CONSTANT in OPS[each.op].slope.values() for each in differentiated(part))
