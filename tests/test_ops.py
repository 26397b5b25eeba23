"""The operation table tests itself: every rule against the mathematics, and every one of them spoilt.

A check is a function that returns what it finds wrong with an operation, so that it can be tested too:
with one rule of the table wrong by a thousandth, it must find something.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from fractions import Fraction
from itertools import product
from math import ulp
from random import Random
from typing import Any, NamedTuple

import mpmath  # type: ignore[import-untyped]
import pytest
from independent import Matrix, apart, entries, evaluate, exactly, real, reference, slopes, total

from nncalc.graph.arrangements import ARRANGEMENTS, WRITTEN_OUT
from nncalc.graph.calculus import gradient, share
from nncalc.graph.elements import Elements, elements
from nncalc.graph.graph import Equation, Graph
from nncalc.graph.rules import computed, filled, rule
from nncalc.graph.shapes import Shapes, shapes_of, signature
from nncalc.graph.spelling import Spellings
from nncalc.language.figures import Exact, Rows, exact
from nncalc.language.formula import Call, Formula, Name, Num, call, literal, name, names_in, num, parts
from nncalc.language.parser import parse
from nncalc.numbers import exacts, floats
from nncalc.numbers.array_machine import ArrayMachine
from nncalc.numbers.arrays import ARRAYS
from nncalc.numbers.complexes import COMPLEXES
from nncalc.numbers.exacts import EXACTS
from nncalc.numbers.floats import FLOATS
from nncalc.numbers.run import ScalarMachine
from nncalc.ops import OPS
from nncalc.ops.kinds import DATA, Flat, Form, Function, Infix, Operation, Postfix, Prefix
from nncalc.sheet.settling import settle

CLOSE = 1e-12
#: The slope of erf holds 2/sqrt(pi) as a double, as that of the normal distribution, that of `generic` pi/2; the other
#: rules are right to every digit.
EXACT_RULE = {"erf": 1e-15, "erfinv": 1e-15, "normal_cdf": 1e-15, "gelu": 1e-15, "generic": 1e-15}
G, OUT, F = name("g_"), name("out_"), name("f_")

#: Where an operation's arguments are drawn from, where not from -2 to 2.
DOMAINS: Mapping[str, tuple[tuple[float, float], ...]] = {
    "log": ((0.2, 3.0),),
    "sqrt": ((0.2, 3.0),),
    "log1p": ((-0.7, 2.0),),
    "erfinv": ((-0.9, 0.9),),
    "asin": ((-0.9, 0.9),),
    "acos": ((-0.9, 0.9),),
    "tan": ((-1.2, 1.2),),
    "pow": ((0.3, 2.0), (-2.0, 2.0)),
    "hpow": ((0.3, 2.0), (-2.0, 2.0)),
    "power_slope": ((0.3, 2.0), (-2.0, 2.0)),
    "div": ((-2.0, 2.0), (0.4, 2.0)),
    "hdiv": ((-2.0, 2.0), (0.4, 2.0)),
    "xlogy": ((-2.0, 2.0), (0.3, 2.0)),
    "xdivy": ((-2.0, 2.0), (0.4, 2.0)),
    "cross_entropy": ((0.1, 0.9), (0.1, 1.0)),
    "binary_cross_entropy": ((0.1, 0.9), (0.1, 0.9)),
    "binary_weighted": ((0.1, 0.9), (0.1, 0.9)),
    "lgamma": ((0.3, 4.0),),
    "digamma": ((0.3, 4.0),),
    "trigamma": ((0.3, 4.0),),
    "polygamma": ((0.0, 3.0), (0.3, 4.0)),
    "log2": ((0.2, 3.0),),
    "log10": ((0.2, 3.0),),
    "cbrt": ((0.2, 3.0),),
    "atan2": ((0.3, 2.0), (-2.0, 2.0)),
    "mod": ((-2.0, 2.0), (2.5, 3.0)),
    "reciprocal": ((0.4, 2.0),),
    "clamp": ((-2.0, 2.0), (-1.0, -0.5), (0.5, 1.0)),
    "poisson": ((2.0, 3.0), (0.5, 6.0)),
    "gaussian_nll": ((-0.5, 0.5), (-0.5, 0.5), (0.05, 0.5)),
    "mean_absolute_percentage": ((-2.0, 2.0), (0.4, 2.0)),
    "kl_divergence": ((0.1, 0.9), (0.1, 0.9)),
    "focal": ((0.1, 0.9), (0.1, 0.9)),
    "focal_logits": ((-2.0, 2.0), (0.1, 0.9)),
    "binary_focal_logits": ((-2.0, 2.0), (0.1, 0.9)),
    "binary_focal": ((0.1, 0.9), (0.1, 0.9)),
}
#: Arguments that are whole numbers.
COUNTS: Mapping[str, tuple[int, ...]] = {"polygamma": (0,)}
#: Meanings that speak of one column at a time.
OF_ONE_COLUMN = ("softmax", "softmin", "shifted_softmax", "log_softmax", "cross_entropy_logits")
#: Primitives whose value is found exactly wherever it is rational.
RATIONAL = (
    "add", "neg", "mul", "hadamard", "div", "hdiv", "pow", "hpow", "abs", "sign", "step", "above", "max", "min",
    "xdivy", "sqrt", "norm2_scaled", "log2", "log10", "exp2", "cbrt", "floor", "round", "is_largest",
)  # fmt: skip
#: What is negative for other settings than the defaults.
SIGNED = ("threshold",)
WORDS = ("numbers", "sizes", "entries", "part", "picture")
#: Shapes of operations on pictures, and the numbers after them.
PICTURED: Mapping[str, list[tuple[list[tuple[int, int]], list[int]]]] = {
    "windows": [
        ([(6, 4)], [2, 3, 1, 1, 0, 1, 2]),
        ([(5, 4)], [2, 2, 2, 0, 1, 2, 1]),
        ([(2, 3)], [1, 1, 1, 0, 0, 1, 1]),
    ],
    "put_back": [([(6, 8)], [4, 3, 3, 2, 1, 1, 0, 1, 1]), ([(4, 4)], [6, 5, 2, 2, 2, 0, 0, 1, 2])],
    "conv2d": [
        ([(3, 4), (2, 2)], [1, 0, 1, 1]),
        ([(6, 4), (2, 3)], [2, 1, 1, 2]),
        ([(4, 5), (2, 2)], [1, 1, 2, 1]),
        ([(3, 4), (3, 3)], [1, 1, 1, 1]),
    ],
    "conv1d": [([(4, 1), (2, 1)], [1, 0, 1]), ([(5, 1), (2, 1)], [2, 1, 2]), ([(6, 1), (2, 1)], [2, 0, 2])],
    "max_pool2d": [([(4, 4)], [2, 0, 1]), ([(6, 3)], [2, 1, 2])],
    "max_unpool2d": [([(2, 2), (4, 4)], [2, 0, 1]), ([(4, 2), (6, 3)], [2, 1, 2])],
    "avg_pool2d": [([(4, 4)], [2, 0, 1]), ([(6, 3)], [2, 1, 2])],
    "flatten": [([(4, 3)], [1]), ([(4, 3)], [2])],
    "unflatten": [([(6, 1)], [2, 3, 1]), ([(6, 2)], [3, 2, 2])],
}
#: What the letters of a signature stand for.
SIZES = ({"m": 2, "n": 3, "p": 4, "q": 2}, {"m": 3, "n": 2, "p": 1, "q": 2})
#: Matrices of these are made to have a large diagonal, so that there is an inverse and the determinant is positive.
INVERTED = ("logdet", "inv", "adj", "pow")
#: Exponents of a matrix power.
EXPONENTS = (1, 2, 3, -1, -2)


class Setting(NamedTuple):
    """An operation called on arguments of certain shapes, with numbers for them."""

    part: Call
    args: list[Matrix]
    shapes: Shapes

    @property
    def given(self) -> dict[Name, Matrix]:
        return {n: rows for n, rows in zip(self.part.args, self.args, strict=False) if isinstance(n, Name)}


def in_floats(values: Mapping[Name, Matrix]) -> dict[Name, Rows]:
    return {n: [[float(entry) for entry in row] for row in rows] for n, rows in values.items()}


def arguments(op: Operation) -> Iterator[list[tuple[int, int]]]:
    """Yield shapes of arguments that bring every form of `op` into use."""
    count = len(op.args) + 2 * op.variadic
    if op.entrywise:
        yield [(1, 1)] * count
        yield [(2, 3)] * count
        for place in range(count) if count > 1 else ():
            yield [(1, 1) if each == place else (3, 1) for each in range(count)]
            yield [(2, 2) if each == place else (1, 1) for each in range(count)]
        return
    for form in op.forms:
        if form.shapes in ("numbers", "entries"):
            yield [(1, 3)] * 2 if op.name == "matrix" else [(1, 1)] * 3
        if form.shapes == "entries":
            yield [(2, 3), (2, 1)] if op.name == "row" else [(2, 3), (1, 3), (3, 3)]
        for letters in SIZES if form.shapes not in WORDS else ():
            patterns = signature(form.shapes)[0]
            sizes = [[int(a) if a.isdecimal() else letters[a] + more for a, more in pair] for pair in patterns]
            yield [(rows, columns) for rows, columns in sizes]


def settings(op: Operation) -> Iterator[Setting]:
    """Yield `op` on random numbers, the same ones each time, in each arrangement of shapes."""
    random = Random(f"arguments of {op.name}")
    if op.forms and op.forms[0].shapes == "sizes":
        sizes = (2, 3)[: len(op.args)]
        yield Setting(call(op.name, *map(num, sizes)), [[[Fraction(size)]] for size in sizes], Shapes({}))
    if op.forms and op.forms[0].shapes == "part":
        yield from parts_taken(op, random)
    yield from pictures(op, random)
    for shapes in arguments(op):
        domains = DOMAINS.get(op.name, ())
        args = []
        for place, (rows, columns) in enumerate(shapes):
            low, high = domains[place] if place < len(domains) else (-2.0, 2.0)
            arg = [[random.uniform(low, high) for _ in range(columns)] for _ in range(rows)]
            args.append(exactly([[*map(round, row)] for row in arg] if place in COUNTS.get(op.name, ()) else arg))
        names = [name(f"arg{place}") for place in range(len(args))]
        known = Shapes(dict(zip(names, shapes, strict=True)))
        if op.name in INVERTED:
            for i in range(len(args[0])):
                args[0][i][i] += 5 if len(args[0]) > 1 else 0
        if op.name == "pow" and shapes[0] != (1, 1):
            for count in EXPONENTS:
                yield Setting(call("pow", names[0], num(count)), [args[0], [[Fraction(count)]]], known)
            continue
        yield Setting(call(op.name, *names, *defaults(op)), args, known)


def pictures(op: Operation, random: Random) -> Iterator[Setting]:
    """Yield calls of an operation on pictures."""
    for shapes, numbers in PICTURED.get(op.name, ()):
        args = [exactly([[random.uniform(-2, 2) for _ in range(n)] for _ in range(m)]) for m, n in shapes]
        names = [name(f"arg{place}") for place in range(len(args))]
        known = Shapes(dict(zip(names, shapes, strict=True)))
        yield Setting(
            call(op.name, *names, *map(num, numbers)), [*args, *([[Fraction(each)]] for each in numbers)], known
        )


def parts_taken(op: Operation, random: Random) -> Iterator[Setting]:
    """Yield calls that take the first rows or columns, the last, some between, one, and all."""
    less = int(op.name.endswith("_0"))
    shapes = {"entries": ((4, 1), (1, 4)), "entries_0": ((1, 4),)}.get(op.name, ((4, 4),))
    for rows, columns in shapes:
        for first, last in ((1, 2), (3, 4), (2, 3), (4, 4), (1, 4)):
            arg = exactly([[random.uniform(-2, 2) for _ in range(columns)] for _ in range(rows)])
            ends = [[[Fraction(first - less)]], [[Fraction(last - less)]]]
            part = call(op.name, name("arg0"), num(first - less), num(last - less))
            yield Setting(part, [arg, *ends], Shapes({name("arg0"): (rows, columns)}))


def defaults(op: Operation) -> list[Formula]:
    return [literal(default) for default in op.settings.values()]


def differentiated(op: Operation, setting: Setting) -> list[int]:
    """Return the places of arguments that have a derivative, if only zero."""
    rules = op.slope
    if not op.entrywise:
        worded = op.forms[0].shapes in ("sizes", "entries", "part")
        rules = op.forms[0].gradient if worded else setting.shapes.form(setting.part)[0].gradient
    count = len(setting.args) if op.variadic or op.folds else min(len(setting.args), len(op.args))
    return [p for p in range(count) if rules.get(op.args[min(p, len(op.args) - 1)]) is not DATA]


def whole(op: Operation, setting: Setting) -> bool:
    """Return whether arrays know an operation in this form, which may be for the scalar form alone."""
    return not (len(op.args) == 1 < len(setting.args) and any(form.shapes == "numbers" for form in op.forms))


def by_arrays(formula: Formula, values: Mapping[Name, Rows]) -> Rows:
    machine = ArrayMachine()
    for of, rows in values.items():
        machine.load(of, rows)
    machine.assign(Equation(F, formula))
    return machine.rows(F)


def by_entries(formula: Formula, values: Mapping[Name, Rows], shapes: Shapes, *, inexact: bool = False) -> Rows:
    machine = ScalarMachine(Elements(shapes, {}))
    for of, rows in values.items():
        machine.load(of, rows)
    if inexact:
        machine.exacts.clear()
    shapes.name(F, shapes.of(formula))
    machine.assign(Equation(F, formula))
    return machine.rows(F)


def weights(setting: Setting) -> Matrix:
    """Return a gradient that might arrive at an operation's result."""
    random = Random(setting.part.op)
    rows, columns = setting.shapes.of(setting.part)
    return exactly([[random.uniform(0.5, 2.0) for _ in range(int(str(columns)))] for _ in range(int(str(rows)))])


def bound(op: Operation, setting: Setting, text: str) -> Formula:
    """Return a rule of the table with a setting's arguments in it."""
    return filled(text, setting.part)


# -- the checks ---------------------------------------------------------------------------------------------


def wrong_values(op: Operation) -> list[str]:
    """Compare both machines' values, and with them the element rule, with the definition."""
    found = []
    for setting in settings(op):
        values, expected = in_floats(setting.given), reference(op.name)(*setting.args)
        if whole(op, setting) and apart(by_arrays(setting.part, values), expected) > CLOSE:
            found.append(f"arrays: {setting}")
        for inexact in (False, True):
            if apart(by_entries(setting.part, values, setting.shapes, inexact=inexact), expected) > CLOSE:
                found.append(f"entries{', in floats' * inexact}: {setting}")
        if op.entrywise and len(entries(expected)) == 1:
            numbers = [float(x) for arg in setting.args for x in entries(arg)]
            settings_of = [float(exact(default)) for default in op.settings.values()]
            if apart([[floats.function(op.name)(*numbers, *settings_of)]], expected) > CLOSE:
                found.append(f"floats: {setting}")
    return found


def wrong_meanings(op: Operation) -> list[str]:
    """Compare the textbook definition that the table states, and the careful spelling of the value, with ours."""
    found = []
    for setting in settings(op):
        if len(setting.args) != len(op.args):
            continue
        expected = reference(op.name)(*setting.args)
        texts = [op.careful.get("out", "")]
        if op.name not in OF_ONE_COLUMN or len(setting.args[0][0]) == 1:
            texts.append(op.meaning)
        for text in filter(None, texts):
            sizes = {} if op.entrywise else setting.shapes.form(setting.part)[1]
            letters = {name(letter): [[Fraction(int(str(size)))]] for letter, size in sizes.items()}
            if apart(evaluate(bound(op, setting, text), {**letters, **setting.given}), expected) > 1e-25:
                found.append(f"{text}: {setting}")
    return found


def first(plain: Formula, _: Formula, /, *, some: bool = False) -> Formula:
    return plain


def second(_: Formula, careful: Formula, /, *, some: bool = False) -> Formula:
    return careful


def wrong_gradients(op: Operation) -> list[str]:
    """Compare what each argument receives, in each spelling of its rule, with differences of the definition."""
    found = []
    for setting in settings(op):
        value, g, shapes = reference(op.name)(*setting.args), weights(setting), setting.shapes

        def weighted(args: list[Matrix], g: Matrix = g) -> object:
            there = entries(reference(op.name)(*args))
            return total([weight * entry for weight, entry in zip(entries(g), there, strict=True)])

        for each in (G, OUT):
            shapes.name(each, shapes.of(setting.part))
        values = {**setting.given, G: g, OUT: value}
        for place in differentiated(op, setting):
            expected = slopes(weighted, setting.args, place)
            choices = (None, second) if op.shorter else (None, first, second)
            spellings = {share(setting.part, place, G, OUT, shapes, choose) for choose in choices}
            for formula in spellings:
                if shapes.of(formula) != shapes.of(setting.part.args[place]):
                    found.append(f"shape of {formula}: {setting}")
                elif apart(evaluate(formula, values), expected) > EXACT_RULE.get(op.name, 1e-20):
                    found.append(f"rule, argument {place}, {formula}: {setting}")
                elif whole(op, setting) and apart(by_arrays(formula, in_floats(values)), expected) > 10 * CLOSE:
                    found.append(f"arrays, argument {place}, {formula}: {setting}")
                elif apart(by_entries(formula, in_floats(values), shapes), expected) > 10 * CLOSE:
                    found.append(f"entries, argument {place}, {formula}: {setting}")
    return found


def wrong_short_forms(op: Operation) -> list[str]:
    """Check that a shorter spelling is right where it may be used: for a target that sums to one."""
    found = []
    for argument in op.shorter:
        setting = next(settings(op))
        z, y = setting.args[0], [[Fraction(1, 4)] for _ in setting.args[0]]
        y[-1] = [1 - total(entries(y[:-1]))]
        place = op.args.index(argument)
        expected = slopes(lambda args: reference(op.name)(*args)[0][0], [z, y], place)
        for each in (G, OUT):
            setting.shapes.name(each, (1, 1))
        formula = share(setting.part, place, G, OUT, setting.shapes, first)
        values = {**setting._replace(args=[z, y]).given, G: [[Fraction(1)]]}
        if apart(evaluate(formula, values), expected) > 1e-20:
            found.append(f"{argument}: {formula}")
    return found


def at_entry(formula: Formula, index: Mapping[str, int], args: Mapping[str, Matrix]) -> Fraction:
    """Return the value of an entry in index notation."""
    if isinstance(formula, Num):
        return Fraction(formula.text)
    if isinstance(formula, Name):
        i, j = (index[each] if isinstance(each, str) else each - 1 for each in formula.index)
        return Fraction(args[formula.base][i][j])
    if formula.op == "delta":
        one, other = (index[str(arg)] for arg in formula.args)
        return Fraction(int(one == other))
    one, other = (at_entry(arg, index, args) for arg in formula.args)
    return one * other if formula.op == "mul" else one + other


def wrong_general_entries(op: Operation) -> list[str]:
    """Compare the general entry of what only arranges entries with the definition."""
    found = []
    general = op.forms[0].general if op.forms else ""
    for setting in settings(op) if general else ():
        named, formula = dict(zip(op.args, setting.args, strict=False)), parse(general, calculus=True)
        expected = reference(op.name)(*setting.args)
        own = [[at_entry(formula, {"i": i, "j": j}, named) for j in range(len(row))] for i, row in enumerate(expected)]
        if own != expected:
            found.append(f"{general}: {setting}")
    return found


def separated(text: str) -> list[str]:
    """Return the arguments in `text`, which commas outside brackets separate."""
    found, level = [""], 0
    for character in text:
        level += {"[": 1, "]": -1}.get(character, 0)
        if character == "," and level == 0:
            found.append("")
        else:
            found[-1] += character
    return found


def wrong_cases(op: Operation) -> list[str]:
    """Compare both machines with the numbers that the table gives by hand."""
    found = []
    for case in op.cases:
        called = "=" in case.args
        formula = (
            parse(f"{op.name}({case.args})")
            if called
            else call(op.name, *map(parse, separated(case.args)), *defaults(op))
        )
        shapes = Shapes({F: Shapes({}).of(formula)})
        for machine in (ScalarMachine(Elements(shapes, {})), ArrayMachine()):
            graph = Graph((), (Equation(F, formula),))
            settle(graph, machine, Spellings(shapes, graph))
            gives = machine.rows(F)[0][0]
            if abs(gives - case.gives) > 1e-15 * abs(case.gives):
                found.append(f"{type(machine).__name__}: {formula} gives {gives}, not {case.gives}")
    return found


def is_exact(op: Operation) -> bool:
    """Return whether an operation is computed exactly wherever its value is rational."""
    if op.name in EXACTS:
        return op.name in RATIONAL
    return all(is_exact(OPS[part.op]) for part in parts(rule(computed(op))) if isinstance(part, Call))


def wrong_exact_values(op: Operation) -> list[str]:
    """Compare the exact function with the definition on small rationals: it may give up, but not be wrong."""
    found = []
    function = exacts.function(op.name) if op.entrywise else None
    numbers = [Fraction(x, 2) for x in range(-6, 7)]
    count = len(op.args) + op.variadic
    for args in product(numbers, repeat=count) if function and op.entrywise else ():
        try:
            expected = reference(op.name)(*[[[x]] for x in args])[0][0]
        except ArithmeticError:
            expected = None
        assert function
        settings = [exact(default) for default in op.settings.values()]
        value = function(*[x.numerator if x.denominator == 1 else x for x in args], *settings)
        rational = isinstance(expected, Fraction)
        if value != expected if value is not None else rational and is_exact(op):
            found.append(f"exactly {op.name}{tuple(map(str, args))}: {value}, not {expected}")
    return found


def wrong_roads(op: Operation) -> list[str]:
    """Compare the gradient of the whole operation with that of its scalar form, by its entries' rules."""
    found = []
    for setting in settings(op):
        if not whole(op, setting):
            continue
        leaves = [arg for arg in setting.part.args if isinstance(arg, Name)]
        wrt = [leaves[place] for place in differentiated(op, setting)] if leaves else []
        shapes = setting.shapes
        shapes.name(G, shapes.of(setting.part))
        graph = Graph((*leaves, G), (Equation(OUT, setting.part), Equation(F, parse("sum(g_ .* out_)"))))
        for equation in graph.equations:
            shapes.name(equation.name, shapes.of(equation.formula))
        pieces = Elements(shapes, {})
        taken = elements(graph, shapes)
        small = shapes_of(taken, dict.fromkeys(taken.leaves, (1, 1)))
        back = gradient(taken, small, F, [entry for n in wrt for row in pieces.names(n) for entry in row])
        one, other = ArrayMachine(), ScalarMachine(Elements(small, {}))
        for n, rows in in_floats({**setting.given, G: weights(setting)}).items():
            one.load(n, rows)
            for names, row in zip(pieces.names(n), rows, strict=True):
                for entry, number in zip(names, row, strict=True):
                    other.load(entry, [[number]])
        for equation in (*graph.equations, *gradient(graph, shapes, F, wrt).equations):
            one.assign(equation)
        for equation in (*taken.equations, *back.equations):
            other.assign(equation)
        for n in wrt:
            own = name(n.base, of=F)
            rows_of = one.rows(own) if one.has(own) else None
            for i, names in enumerate(pieces.names(n)):
                for j, entry in enumerate(names):
                    slope = name(entry.base, entry.index, of=F)
                    a = rows_of[i][j] if rows_of else 0.0
                    b = other.rows(slope)[0][0] if slope in back.by_name else 0.0
                    if abs(a - b) > 100 * CLOSE * max(1.0, abs(b)):
                        found.append(f"by {entry}, {a} and {b}: {setting}")
    return found


def tried(op: Operation) -> Iterator[tuple[list[Matrix], Matrix]]:
    """Yield arguments of either sign, and what the definition makes of them where they have a value."""
    random = Random(f"signs of {op.name}")
    halves = [Fraction(n, 2) for n in range(-6, 7)]
    for setting in [*settings(op)] * 16:
        args = []
        for of, arg in zip(setting.part.args, setting.args, strict=False):
            whole = not isinstance(of, Name) or random.random() < 1 / 2
            args.append(arg if whole else [[random.choice(halves) for _ in row] for row in arg])
        with suppress(ArithmeticError):
            yield args, reference(op.name)(*args)


def parities(op: Operation) -> set[str]:
    """Return what a minus before the number does to a function of one number, by numbers."""
    if not op.entrywise or len(op.args) > 1 or op.variadic:
        return set()
    found = {"odd", "even", "complement"}
    for (arg,), there in tried(op):
        try:
            back = entries(reference(op.name)([[-x for x in row] for row in arg]))
        except ArithmeticError:
            return set()
        for one, other in zip(entries(there), back, strict=True):
            same = {"odd": -one, "even": one, "complement": 1 - one}
            found = {each for each in found if abs(real(other) - real(same[each])) < CLOSE}
    return found


def wrong_signs(op: Operation) -> list[str]:
    """Compare what the table says of signs with numbers: what is so must be said, too."""
    by_numbers = parities(op)
    if by_numbers != {op.parity} - {""}:
        return [f"parity `{op.parity}`: {by_numbers}"]
    if op.positive and not all(real(x) > 0 for _, there in tried(op) for x in entries(there)):
        return ["positive"]
    never = op.name not in SIGNED and all(real(x) >= 0 for _, there in tried(op) for x in entries(there))
    return [] if never is op.never_negative else [f"never negative: {never}"]


CHECKS: tuple[Callable[[Operation], list[str]], ...] = (
    wrong_values, wrong_meanings, wrong_gradients, wrong_short_forms, wrong_cases, wrong_exact_values, wrong_roads,
    wrong_general_entries, wrong_signs,
)  # fmt: skip


# -- the table is right -------------------------------------------------------------------------------------


@pytest.mark.parametrize("op", OPS.values(), ids=OPS)
@pytest.mark.parametrize("check", CHECKS, ids=[check.__name__.removeprefix("wrong_") for check in CHECKS])
def test_nothing_in_the_table_is_wrong(op: Operation, check: Callable[[Operation], list[str]]) -> None:
    assert check(op) == []


@pytest.mark.parametrize("op", OPS.values(), ids=OPS)
def test_every_argument_is_accounted_for(op: Operation) -> None:
    """Each has a rule, or says that it is constant or data, or its rule follows from the meaning."""
    assert not (op.slope and op.forms)
    for rules in [op.slope] if op.entrywise else [form.gradient for form in op.forms]:
        assert list(rules) == list(op.args) or (op.meaning and rules.keys() <= set(op.args))
        assert all(each in Flat if isinstance(each, Flat) else each.strip() for each in rules.values())


@pytest.mark.parametrize("op", OPS.values(), ids=OPS)
def test_every_operation_says_what_it_is(op: Operation) -> None:
    """It has a summary, a case by hand and, where it is no primitive, a meaning or an element rule."""
    assert op.summary
    if op.name not in ARRANGEMENTS:
        assert op.cases
        said = op.meaning or op.name in WRITTEN_OUT
        assert said or all(form.element for form in op.forms if form.shapes not in WORDS)


def test_a_primitive_is_one_for_every_kind_of_number() -> None:
    """What is among entries has functions of floats and rationals; everything has one of arrays or a meaning."""
    assert set(FLOATS) == set(EXACTS)
    assert set(ARRAYS) == set(COMPLEXES)
    assert set(FLOATS) <= set(ARRAYS) <= set(OPS)
    for op in OPS.values():
        assert op.name in ARRAYS or op.meaning or all(form.element for form in op.forms)


def spellings(op: Operation) -> set[tuple[str, str]]:
    """Return each way an operation is written: the alphabet, and what tells it from others."""
    match op.notation:
        case Function(word, unicode, latex, also):
            over = op.notation.over
            words = {("ascii", f"{each}({over}") for each in (word, *also)}
            return words | {("unicode", f"{unicode or word}({over}"), ("latex", f"{latex or word}({over}")}
        case Infix(sign, _, unicode, latex, also):
            signs = {("ascii", f"a {each} b") for each in (sign, *also)}
            return signs | {("unicode", f"a {unicode or sign} b"), ("latex", f"a {latex or sign} b")}
        case Prefix(sign, _, unicode, latex):
            return {("ascii", f"{sign}a"), ("unicode", f"{unicode or sign}a"), ("latex", f"{latex or sign}a")}
        case Postfix(sign, _, unicode, latex, also):
            signs = {("ascii", f"a{each}") for each in (sign, *also)}
            return signs | {("unicode", f"a{unicode or sign}"), ("latex", f"a{latex or sign}")}


def test_no_two_operations_are_written_alike() -> None:
    found = [spelling for op in OPS.values() for spelling in spellings(op)]
    assert len(found) == len(set(found))


# -- the checks are sharp -----------------------------------------------------------------------------------


def spoilt(text: str) -> str:
    return f"1.001 * ({text})"


def with_form(op: Operation, place: int, form: Form) -> Operation:
    return op._replace(forms=(*op.forms[:place], form, *op.forms[place + 1 :]))


def spoilt_rules(op: Operation) -> Iterator[tuple[str, Operation]]:
    """Yield `op` with one of its rules wrong by a thousandth, and which."""
    for argument, text in op.slope.items():
        if isinstance(text, str):
            yield f"slope by {argument}", op._replace(slope={**op.slope, argument: spoilt(text)})
    for place, form in enumerate(op.forms):
        for argument, text in form.gradient.items():
            if isinstance(text, str):
                new = form._replace(gradient={**form.gradient, argument: spoilt(text)})
                yield f"gradient by {argument}, form {place}", with_form(op, place, new)
        if form.general:
            yield "general entry", with_form(op, place, form._replace(general=f"{form.general} + 0.001"))
        if form.element:
            yield f"element, form {place}", with_form(op, place, form._replace(element=spoilt(form.element)))
    for key, text in op.careful.items():
        yield f"careful {key}", op._replace(careful={**op.careful, key: spoilt(text)})
    for key, text in op.shorter.items():
        yield f"shorter {key}", op._replace(shorter={**op.shorter, key: spoilt(text)})
    if op.element:
        yield "element", op._replace(element=spoilt(op.element))
    if op.meaning:
        yield "meaning", op._replace(meaning=spoilt(op.meaning))
    for place, case in enumerate(op.cases):
        if case.gives:
            new_case = case._replace(gives=case.gives * 1.001)
            yield f"case {place}", op._replace(cases=(*op.cases[:place], new_case, *op.cases[place + 1 :]))


SPOILT = {f"{op.name}: {what}": wrong for op in OPS.values() for what, wrong in spoilt_rules(op)}


@pytest.mark.parametrize("key", SPOILT)
def test_a_rule_wrong_by_a_thousandth_is_caught(key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    op = SPOILT[key]
    monkeypatch.setitem(OPS, op.name, op)
    assert any(check(op) for check in CHECKS)


@pytest.mark.parametrize("op", OPS.values(), ids=OPS)
def test_a_wrong_word_on_signs_is_caught(op: Operation, monkeypatch: pytest.MonkeyPatch) -> None:
    found = parities(op)
    monkeypatch.setattr(f"{__name__}.parities", lambda _: found)
    for parity in {"odd", "even", "complement", ""} - {op.parity}:
        assert wrong_signs(op._replace(parity=parity))  # type: ignore[arg-type]
    assert wrong_signs(op._replace(never_negative=not op.never_negative))


PRIMITIVES = [
    pytest.param(OPS[word], table, id=f"{word}-{kind}")
    for kind, table in {"floats": FLOATS, "arrays": ARRAYS}.items()
    for word in OPS
    if word in table
]


@pytest.mark.parametrize(("op", "table"), PRIMITIVES)
def test_a_value_wrong_by_a_thousandth_is_caught(
    op: Operation, table: Mapping[str, Callable[..., Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    right = table[op.name]
    monkeypatch.setitem(table, op.name, lambda *args: 1.001 * right(*args) + 0.001)
    assert wrong_values(op)


def test_what_is_no_primitive_is_said_with_others_or_only_arranges() -> None:
    assert all(op.meaning or op.forms for op in OPS.values() if op.name not in FLOATS or op.name not in ARRAYS)


@pytest.mark.parametrize("op", [op for op in OPS.values() if op.name in EXACTS and op.slope], ids=lambda op: op.name)
def test_an_exact_value_wrong_by_a_thousandth_is_caught(op: Operation, monkeypatch: pytest.MonkeyPatch) -> None:
    right = EXACTS[op.name]

    def wrong(*args: Exact) -> Exact | None:
        value = right(*args)
        return Fraction(7, 1000) if value is None else value + Fraction(1, 1000)

    monkeypatch.setitem(EXACTS, op.name, wrong)
    assert wrong_exact_values(op)


# -- digits -------------------------------------------------------------------------------------------------


def units_off(found: float, expected: Any) -> float:
    """Return how many units in the last place a float is from a number of mpmath's."""
    return float(abs(mpmath.mpf(found) - expected) / mpmath.mpf(ulp(float(expected))))


@pytest.mark.parametrize(
    "op", [op for op in OPS.values() if op.forms and op.name not in ARRAYS], ids=lambda op: op.name
)
def test_a_meaning_on_arrays_is_as_right_as_its_exponentials(op: Operation) -> None:
    """An exponential of u is off by u/2 units or more, as its argument is rounded."""
    for setting in settings(op):
        expected = entries(reference(op.name)(*setting.args))
        for found, right in zip(entries(by_arrays(setting.part, in_floats(setting.given))), expected, strict=True):
            assert units_off(found, real(right)) <= 16 or abs(real(right)) < 1e-15, setting


@pytest.mark.parametrize("rows", [1, 3])
@pytest.mark.parametrize("kind", ["entries", "arrays"])
@pytest.mark.parametrize("loss", ["cross_entropy_logits", "binary_cross_entropy_logits"])
def test_a_loss_from_logits_keeps_its_digits_however_sure_it_is(loss: str, kind: str, rows: int) -> None:
    """Logits from -40 to 40 in steps of 1/4, against 50 digits: where the loss is 1e-17 as where it is 40."""
    z, y = name("z"), name("y")
    formula = call(loss, z, y)
    for k in range(-160, 161):
        if loss == "cross_entropy_logits":
            logits = [k / 4, *([0.0, -1.5, 3.25][:rows])]
            chosen = [1.0] + [0.0] * rows
            expected = mpmath.log1p(sum(mpmath.exp(mpmath.mpf(each) - logits[0]) for each in logits[1:]))
        else:
            logits, chosen = [k / 4] * rows, [1.0, 0.0, 0.25][:rows]
            expected = sum(
                c * mpmath.log1p(mpmath.exp(-mpmath.mpf(each))) + (1 - c) * mpmath.log1p(mpmath.exp(mpmath.mpf(each)))
                for each, c in zip(logits, chosen, strict=True)
            )
        values = {z: [[each] for each in logits], y: [[each] for each in chosen]}
        shape = (len(logits), 1)
        found = (
            by_entries(formula, values, Shapes({z: shape, y: shape}))
            if kind == "entries"
            else by_arrays(formula, values)
        )
        assert found[0][0] == pytest.approx(float(expected), rel=1e-14), k


#: What the letters of a call that is the same as another stand for, as shapes; u is anything.
LETTERS = {"x": (3, 1), "y": (3, 1), "A": (3, 2), "B": (3, 2), "n": (1, 1)}
RESPELLED = [(plain, other) for op in OPS.values() for plain, other in op.respelled.items()]


@pytest.mark.parametrize(("plain", "other"), RESPELLED, ids=[plain for plain, _ in RESPELLED])
def test_a_call_is_the_same_as_the_table_says(plain: str, other: str) -> None:
    random = Random(plain)
    count = 0
    for shape in ((1, 1), (3, 1), (1, 3), (2, 3)):
        values: dict[Name, Matrix] = {}
        for each in names_in(parse(plain)):
            rows, columns = LETTERS.get(each.base, shape)
            least = 0.1 if each.base in "pqu" else -2.0
            values[each] = [[Fraction(random.uniform(least, 2.0)) for _ in range(columns)] for _ in range(rows)]
        values |= {name("n"): [[Fraction(LETTERS["A"]['over="rows"' in plain])]]}
        try:
            expected = evaluate(parse(plain), values)
        except (ArithmeticError, AssertionError, ValueError):
            continue  # a division by a matrix
        assert apart(evaluate(parse(other), values), expected) < 1e-40
        count += 1
    assert count
