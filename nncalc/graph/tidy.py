"""Tidying: what a person leaves out when writing a derivative down.

Factors of one, double signs, sums of one term, numbers that multiply out. Each rule keeps
value and shape, which the tests check; nothing here searches for a better form. Knows
formulas and shapes, no values.
"""

from __future__ import annotations

from collections.abc import Container, Iterable
from functools import partial, reduce
from typing import TYPE_CHECKING, NamedTuple

from nncalc.graph.blocks import filled, taken
from nncalc.graph.patterns import pattern
from nncalc.graph.rules import always_defined
from nncalc.graph.shapes import PARTS, SCALAR, Shapes, size_formula, zeros
from nncalc.language.figures import Exact
from nncalc.language.formula import Call, Formula, Name, Num, call, names_in, num, number_of, parts, product, total
from nncalc.ops import OPS, PRODUCTS, QUOTIENTS
from nncalc.problems import Problem

if TYPE_CHECKING:
    from fractions import Fraction

ONE = num(1)
ZERO = num(0)
#: How many parts there are in what is tidied already, at most, where a pattern is worth its look at them.
_FEW = 30


def tidy(formula: Formula, shapes: Shapes, tidied: Container[Formula] = ()) -> Formula:
    """Return `formula` as a person would write it; value and shape stay, and parts of it that are `tidied` already."""
    if not isinstance(formula, Call):
        return formula
    at_hand = any(len(parts(arg)) > _FEW for arg in formula.args if arg in tidied)
    alike = None if at_hand else pattern(formula, shapes.known)
    if alike is None:
        return _tidied(formula, shapes, tidied)
    known = shapes.templates.known.get(alike.key)
    if known is not None:
        return known.written(alike.names)[0]
    found = _tidied(formula, shapes, tidied)
    shapes.templates.keep(alike.key, [found], alike.names)
    return found


def _tidied(formula: Formula, shapes: Shapes, tidied: Container[Formula]) -> Formula:
    done: dict[Formula, Formula] = {}
    stack: list[Formula] = [formula]
    while stack:
        part = stack[-1]
        if isinstance(part, Call) and part not in tidied:
            missing = [arg for arg in part.args if arg not in done]
            if missing:
                stack.extend(missing)
                continue
            done[part] = _call(call(part.op, *[done[arg] for arg in part.args]), shapes)
        else:
            done[part] = part
        stack.pop()
    return done[formula]


def rational(formula: Formula) -> Fraction | None:
    """Return the value of a formula of numbers, without powers and functions; None for anything else."""
    from fractions import Fraction  # see `figures.exact`

    known: dict[Formula, Fraction] = {}
    for part in parts(formula):
        if isinstance(part, Name):
            return None
        if isinstance(part, Num):
            known[part] = Fraction(part.text)
            continue
        args = [known[arg] for arg in part.args]
        match part.op:
            case "neg":
                known[part] = -args[0]
            case "add":
                known[part] = sum(args, Fraction(0))
            case "mul":
                known[part] = args[0] * args[1]
            case "div" if args[1]:
                known[part] = args[0] / args[1]
            case _:
                return None
    return known[formula]


def written(value: Exact) -> Formula:
    """Return `value` as a formula: a whole number, or a quotient of two."""
    if value < 0:
        return call("neg", written(-value))
    if value.denominator == 1:
        return num(value.numerator)
    return call("div", num(value.numerator), num(value.denominator))


def _call(part: Call, shapes: Shapes) -> Formula:
    """Tidy one call whose arguments are tidy; the sign of a product or a quotient comes before it."""
    if part.op in PRODUCTS:
        (minus_a, a), (minus_b, b) = map(_signed, part.args)
        if minus_a or minus_b:
            inner = _call(call(part.op, a, b), shapes)
            return _neg(call("neg", inner), shapes) if minus_a != minus_b else inner
    chosen = _chosen(part, shapes) if part.op in PRODUCTS or part.op in ("neg", "transpose") else None
    if chosen is not None:
        return chosen
    rule = _RULES.get(part.op) or (_choice if part.op in OPS and OPS[part.op].chooses else None)
    return rule(part, shapes) if rule else part


def _chosen(part: Call, shapes: Shapes) -> Formula | None:
    """Take what multiplies into a case distinction of which one side is 0, so that the other side alone has it.

    There it is computed only where that side is taken: `where(c, g, 0) ./ x` is `where(c, g ./ x, 0)`.
    """
    for place, arg in enumerate(part.args[:1] if part.op in QUOTIENTS else part.args):
        if not (isinstance(arg, Call) and arg.op in OPS and OPS[arg.op].chooses and ZERO in arg.args[1:]):
            continue
        decides, *sides = arg.args
        if part.op == "mul" and SCALAR not in (shapes.of(decides), *map(shapes.of, part.args)):
            continue  # an entry of a product of matrices is made of many entries, of either side

        def around(side: Formula, place: int = place) -> Formula:
            args = (*part.args[:place], side, *part.args[place + 1 :])
            return ZERO if side is ZERO else _call(call(part.op, *args), shapes)

        if part.op == "transpose" and shapes.of(decides) != SCALAR:
            decides = _transpose(call("transpose", decides), shapes)
        try:
            found = call(arg.op, decides, *map(around, sides))
            if shapes.of(found) == shapes.of(part):
                return found
        except Problem:
            continue
    return None


def _choice(part: Call, shapes: Shapes) -> Formula:
    """Leave out a case distinction between equal sides."""
    _, one, other = part.args
    return one if one is other and shapes.of(one) == shapes.of(part) else part


def _neg(part: Call, _: Shapes) -> Formula:
    (inner,) = part.args
    if inner is ZERO:
        return ZERO
    return inner.args[0] if isinstance(inner, Call) and inner.op == "neg" else part


def _add(part: Call, shapes: Shapes) -> Formula:
    """Leave out zeros, count equal terms, add up numbers that stand alone."""
    shape = shapes.of(part)
    terms: dict[object, tuple[Formula, int]] = {}
    constants: Exact = 0
    numbers: list[Formula] = []
    first = part.args[0]
    args = (*first.args, *part.args[1:]) if isinstance(first, Call) and first.op == "add" else part.args
    for arg in args:
        value = number_of(arg)
        if value is not None:
            constants += value
            numbers.append(arg)
            continue
        negative = isinstance(arg, Call) and arg.op == "neg"
        body = arg.args[0] if negative and isinstance(arg, Call) else arg
        if _is_zero(body):
            continue
        key = _factors(body, shapes)
        terms[key] = (terms[key][0] if key in terms else body), terms.get(key, (body, 0))[1] + (-1 if negative else 1)
    found = [
        call("neg", _times(-count, body, shapes)) if count < 0 else _times(count, body, shapes)
        for body, count in terms.values()
        if count or not always_defined(body)
    ]
    if constants:
        constant = numbers[0] if len(numbers) == 1 else written(constants)
        found.insert(0 if number_of(args[0]) is not None else len(found), constant)
    if not found:
        return zeros(shape)
    result = total(filled(one_choice(found, shapes), shapes))
    return result if shapes.of(result) == shape else part


def one_choice(terms: Iterable[Formula], shapes: Shapes) -> list[Formula]:
    """Return the terms of a sum, of which case distinctions by one condition are one."""
    found: list[Formula] = []
    places: dict[Formula, int] = {}
    for term in terms:
        if not (isinstance(term, Call) and term.op in OPS and OPS[term.op].chooses):
            found.append(term)
            continue
        place = places.setdefault(term.args[0], len(found))
        if place == len(found):
            found.append(term)
            continue
        before = found[place]
        assert isinstance(before, Call)
        sides = [_call(call("add", a, b), shapes) for a, b in zip(before.args[1:], term.args[1:], strict=True)]
        found[place] = call(term.op, term.args[0], *sides)
    return found


def _is_zero(formula: Formula) -> bool:
    """Return whether `formula` is written as zeros, or as 0 times something."""
    if isinstance(formula, Call) and formula.op == "transpose":
        return _is_zero(formula.args[0])
    if isinstance(formula, Call) and formula.op == "mul":
        return formula.args[0] is ZERO and always_defined(formula.args[1])
    return formula is ZERO or (isinstance(formula, Call) and formula.op == "zeros")


def _factors(formula: Formula, shapes: Shapes) -> object:
    """Return what is the same for products of the same numbers in another order."""
    if isinstance(formula, Call) and formula.op in ("mul", "div") and shapes.of(formula) == SCALAR:
        over, under = _fraction(formula)
        if all(shapes.of(factor) == SCALAR for factor in (*over, *under)):
            return tuple(sorted(map(id, over))), tuple(sorted(map(id, under)))
    return formula


def _times(count: int, body: Formula, shapes: Shapes) -> Formula:
    if count == 1:
        return body
    number = _multiplied(body.args[0]) if isinstance(body, Call) and body.op == "mul" else None
    if number is not None and isinstance(body, Call):
        return call("mul", written(count * number), body.args[1])
    if shapes.of(body) == SCALAR:
        over, under = _fraction(body)
        return (
            _quotient([num(count), *over], under)
            if all(shapes.of(f) == SCALAR for f in over)
            else call("mul", num(count), body)
        )
    return call("mul", num(count), body)


def _signed(formula: Formula) -> tuple[bool, Formula]:
    if isinstance(formula, Call) and formula.op == "neg":
        return True, formula.args[0]
    return False, formula


def _mul(part: Call, shapes: Shapes) -> Formula:
    """Write a product with its number first; leave out a factor of one."""
    a, b = part.args
    scalar = shapes.of(part) == SCALAR
    if (_is_zero(a) or _is_zero(b)) and always_defined(a) and always_defined(b):
        return zeros(shapes.of(part))
    if a is ONE:
        return b
    if b is ONE:
        return a
    if scalar and part.op == "mul":
        if not all(shapes.of(arg) == SCALAR for arg in (a, b)):
            return part
        return _longer(part, a, b, shapes) or _noted(_scalar_product(a, b), shapes)
    if SCALAR in (shapes.of(a), shapes.of(b)):
        return _entry_by_entry(part, shapes)
    if isinstance(b, Call) and b.op == "mul" and number_of(b.args[0]) is not None:
        return call("mul", b.args[0], call("mul", a, b.args[1]))
    return part


def _longer(part: Call, a: Formula, b: Formula, shapes: Shapes) -> Formula | None:
    """Return a tidy product or fraction `a` times or over `b`, where `b` takes its place behind all the others."""
    last = b.of is None if isinstance(b, Name) else isinstance(b, Call) and b.op not in ("mul", "div", "neg")
    if not last or not isinstance(a, Call) or a not in shapes.tidied:
        return None
    found: Formula = call(part.op, a, b)
    if a.op == "div":
        over, under = a.args
        if part.op == "div":
            found = call("div", over, call("mul", under, b))
        else:
            found = call("div", b if over is ONE else call("mul", over, b), under)
    shapes.tidied.add(found)
    return found


def _noted(found: Formula, shapes: Shapes) -> Formula:
    """Note a product of numbers, or one fraction, that is written as it should be."""
    whole = found
    if isinstance(whole, Call) and whole.op == "div":
        whole = whole.args[1]
        while isinstance(whole, Call) and whole.op == "mul" and not _nested(whole.args[1]):
            whole = whole.args[0]
    if isinstance(found, Call) and found.op in ("mul", "div") and (found.op == "mul" or not _nested(whole)):
        shapes.tidied.add(found)
    return found


def _multiplied(factor: Formula) -> Exact | None:
    """Return the value of a number that a product may take in: a whole one; a decimal stays as it was typed."""
    inner = factor.args[0] if isinstance(factor, Call) and factor.op == "neg" else factor
    return number_of(factor) if isinstance(inner, Num) and inner.text.isdecimal() else None


def _cancel(over: list[Formula], under: list[Formula]) -> None:
    """Leave out what stands above and below, and has a value that is never 0."""
    for factor in [*under]:
        never = isinstance(factor, Call) and OPS[factor.op].positive and always_defined(factor)
        if never and factor in over:
            over.remove(factor)
            under.remove(factor)


def _nested(factor: Formula) -> bool:
    return isinstance(factor, Call) and factor.op in ("mul", "div")


def _scalar_product(a: Formula, b: Formula) -> Formula:
    """Multiply scalars: one fraction, its number first, then the derivative that arrives, then the rest."""
    over, under = _fraction(a)
    more, below = _fraction(b)
    return _quotient(over + more, under + below)


def _fraction(formula: Formula) -> tuple[list[Formula], list[Formula]]:
    """Return the factors above and below the line."""
    rest: list[Call] = []
    while isinstance(formula, Call) and formula.op in ("mul", "div"):
        rest.append(formula)
        formula = formula.args[0]
    over: list[Formula] = [formula]
    under: list[Formula] = []
    for part in reversed(rest):
        above, below = _fraction(part.args[1])
        if part.op == "mul":
            over += above
            under += below
        elif all(map(number_of, below)):
            over += below
            under += above
        else:
            under.append(part.args[1])
    return over, under


def _quotient(over: list[Formula], under: list[Formula]) -> Formula:
    """Return one fraction of scalar factors: numbers are multiplied out, but a decimal stays as it was typed.

    Equal factors above and below are kept where their value may be 0.
    """
    _cancel(over, under)
    above = [number for factor in over if (number := _multiplied(factor)) is not None]
    below = [number for factor in under if (number := _multiplied(factor)) is not None]
    if len(above) + len(below) > 1 and 0 not in below:
        from fractions import Fraction

        value = Fraction(1)
        for number in above:
            value *= number
        for number in below:
            value /= number
        over = [factor for factor in over if _multiplied(factor) is None]
        under = [factor for factor in under if _multiplied(factor) is None]
        if value.numerator != 1:
            over.insert(0, written(value.numerator))
        if value.denominator != 1:
            under.insert(0, num(value.denominator))
    over = [factor for factor in over if factor is not ONE]
    under = [factor for factor in under if factor is not ONE]
    over.sort(
        key=lambda factor: (
            _multiplied(factor) is None, number_of(factor) is None, not (isinstance(factor, Name) and factor.of)
        )
    )  # fmt: skip
    top = product(over) if over else ONE
    return call("div", top, product(under)) if under else top


def _entry_by_entry(part: Call, shapes: Shapes) -> Formula:
    """Write products and quotients of entries, and what multiplies all of them, as one: 2 (lam/6 A) is lam/3 A."""
    shape = shapes.of(part)
    gathered = _Factors([], [], [], [])
    negative = _gather(part, gathered, shapes)
    if gathered == ([part.args[1]], [], [part.args[0]], []) and number_of(part.args[1]) is None:
        return part  # A'*g, where g happens to be a number
    number = _quotient(gathered.over, gathered.under)
    _cancel(gathered.entries, gathered.divisors)
    entries = gathered.entries
    if not entries and not gathered.divisors:
        entries = [_ones(call("ones", *map(size_formula, shape)), shapes)]
    body = reduce(partial(call, "hadamard"), entries) if entries else ONE
    if not entries and not (isinstance(number, Call) and number.op == "div"):
        body, number = number, ONE  # 3 ./ x
    body = reduce(partial(call, "hdiv"), gathered.divisors, body)
    if isinstance(number, Call) and number.op == "div" and number.args[0] is ONE:
        body = call("div", body, number.args[1])
    elif number is not ONE:
        body = call("mul", number, body)
    return call("neg", body) if negative else body


class _Factors(NamedTuple):
    """Scalar factors above and below the line, and those of the shape of the whole, entry by entry."""

    over: list[Formula]
    under: list[Formula]
    entries: list[Formula]
    divisors: list[Formula]


def _gather(formula: Formula, into: _Factors, shapes: Shapes) -> bool:
    """Sort the factors of a product of entries; return whether a minus stands before it."""
    if shapes.of(formula) == SCALAR:
        minus, inner = _signed(formula)
        over, under = _fraction(inner)
        into.over.extend(over)
        into.under.extend(under)
        return minus
    if not isinstance(formula, Call):
        into.entries.append(formula)
        return False
    match formula.op:
        case "neg":
            return not _gather(formula.args[0], into, shapes)
        case "ones":
            return False
        case "hadamard":
            return _gather(formula.args[0], into, shapes) != _gather(formula.args[1], into, shapes)
        case "mul" if SCALAR in map(shapes.of, formula.args):
            return _gather(formula.args[0], into, shapes) != _gather(formula.args[1], into, shapes)
        case "div" | "hdiv":
            minus = _gather(formula.args[0], into, shapes)
            more, below = _signed(formula.args[1])
            (into.under if shapes.of(below) == SCALAR else into.divisors).append(below)
            return minus != more
        case _:
            into.entries.append(formula)
            return False


def _hadamard(part: Call, shapes: Shapes) -> Formula:
    a, b = part.args
    if (_is_zero(a) or _is_zero(b)) and always_defined(a) and always_defined(b):
        return zeros(shapes.of(part))
    if shapes.of(part) == SCALAR:
        return _call(call("mul", a, b), shapes)
    return _entry_by_entry(part, shapes)


def _div(part: Call, shapes: Shapes) -> Formula:
    a, b = part.args
    if b is ONE:
        return a
    if shapes.of(part) == SCALAR:
        if a is ZERO and number_of(b):
            return ZERO
        if number_of(a) is not None and number_of(b) is not None:
            return part  # a fraction, as it was written
        return _longer(part, a, b, shapes) or _noted(_quotient(*_fraction(part)), shapes)
    return _entry_by_entry(part, shapes)


def _hdiv(part: Call, shapes: Shapes) -> Formula:
    a, b = part.args
    if shapes.of(b) == SCALAR:
        return _call(call("div", a, b), shapes)
    return _entry_by_entry(part, shapes)


def _pow(part: Call, shapes: Shapes) -> Formula:
    base, exponent = part.args
    if part.op == "hpow" and shapes.of(part) == SCALAR:
        part = call("pow", base, exponent)
    if exponent is ONE and shapes.of(base) == shapes.of(part):
        return base
    if exponent is ZERO and shapes.of(part) == SCALAR and always_defined(base):
        return ONE
    return part


def _sum(part: Call, shapes: Shapes) -> Formula:
    (inner,) = part.args
    if shapes.of(inner) == SCALAR:
        return inner
    minus, body = _signed(inner)
    if minus:
        return call("neg", _sum(call("sum", body), shapes))
    if isinstance(inner, Call) and inner.op == "mul" and shapes.of(inner.args[0]) == SCALAR:
        return _call(call("mul", inner.args[0], _sum(call("sum", inner.args[1]), shapes)), shapes)
    if isinstance(inner, Call) and inner.op == "ones":
        rows, columns = shapes.of(inner)
        if isinstance(rows, int) and isinstance(columns, int):
            return num(rows * columns)
    return part


def _transpose(part: Call, shapes: Shapes) -> Formula:
    """Take a transpose inside: (AB)' is B'A', which brings the intercept's `trim` to the matrix it belongs to."""
    (inner,) = part.args
    if shapes.of(inner) == SCALAR:
        return inner
    if not isinstance(inner, Call):
        return part
    if inner.op == "transpose":
        return inner.args[0]
    if inner.op == "neg":
        return call("neg", _transpose(call("transpose", inner.args[0]), shapes))
    if inner.op == "mul":
        a, b = (_transpose(call("transpose", arg), shapes) for arg in inner.args)
        return call("mul", a, b) if SCALAR in (shapes.of(a), shapes.of(b)) else call("mul", b, a)
    return part


def _trim(part: Call, shapes: Shapes) -> Formula:
    """Cut the first column where it is: the columns of a product are columns of its right factor."""
    (inner,) = part.args
    multiple = _multiple(part, shapes)
    if multiple is not None or not isinstance(inner, Call):
        return multiple or part
    if inner.op == "mul":
        return call("mul", inner.args[0], _trim(call("trim", inner.args[1]), shapes))
    if inner.op == "transpose":
        deeper = inner.args[0]
        if isinstance(deeper, Call) and deeper.op == "intercept":
            return _transpose(call("transpose", deeper.args[0]), shapes)
    return inner.args[0] if inner.op == "pad" else part


def _pad(part: Call, shapes: Shapes) -> Formula:
    """Take out what multiplies all entries: zeros stay zeros."""
    return _multiple(part, shapes) or part


def _multiple(part: Call, shapes: Shapes) -> Formula | None:
    """Return what a call that arranges entries makes of a multiple of a matrix: that multiple of its own."""
    inner, *others = part.args
    if not isinstance(inner, Call) or shapes.of(inner) == SCALAR:
        return None

    def around(whole: Formula) -> Formula:
        return _call(call(part.op, whole, *others), shapes)

    if inner.op == "neg":
        return call("neg", around(inner.args[0]))
    if inner.op == "mul" and shapes.of(inner.args[0]) == SCALAR:
        return call("mul", inner.args[0], around(inner.args[1]))
    if inner.op == "mul" and shapes.of(inner.args[1]) == SCALAR:
        return call("mul", around(inner.args[0]), inner.args[1])
    return call("div", around(inner.args[0]), inner.args[1]) if inner.op == "div" else None


def _part(part: Call, shapes: Shapes) -> Formula:
    """Take rows and columns where they are; what multiplies all entries multiplies those."""
    multiple = _multiple(part, shapes)
    return taken(part, shapes) if multiple is None else multiple


def _ones(part: Call, shapes: Shapes) -> Formula:
    if shapes.of(part) == SCALAR:
        return ONE
    return call("ones", part.args[0]) if part.args[1:] == (ONE,) else part


def _step(part: Call, _: Shapes) -> Formula:
    """Say what the indicator of a number is."""
    value = None if names_in(part) else rational(part.args[0])
    return part if value is None else ONE if value > 0 else ZERO


def _above(part: Call, shapes: Shapes) -> Formula:
    """Let a constant take the tie: the other side then counts only where it is strictly larger."""
    larger, smaller = part.args
    if bool(names_in(larger)) == bool(names_in(smaller)):
        return part
    return call("step", larger if smaller is ZERO else tidy(call("add", larger, call("neg", smaller)), shapes))


_RULES = {
    "neg": _neg,
    "add": _add,
    "mul": _mul,
    "hadamard": _hadamard,
    "div": _div,
    "hdiv": _hdiv,
    "pow": _pow,
    "hpow": _pow,
    "sum": _sum,
    "transpose": _transpose,
    "trim": _trim,
    "pad": _pad,
    **dict.fromkeys(PARTS, _part),
    "step": _step,
    "above": _above,
    "ones": _ones,
}
