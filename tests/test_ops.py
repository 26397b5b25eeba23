"""The operation table tests itself: one test each over all its entries."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator

import mpmath as mp
import pytest
from independent import Matrix, apart, evaluated, number, slopes

from nncalc import calculus
from nncalc.arrays import ARRAYS, ArrayMachine
from nncalc.elements import Elements
from nncalc.formula import Formula, Name, call, name
from nncalc.graph import Equation
from nncalc.ops import OPS
from nncalc.ops.kinds import Flat, Form, Infix, Operation, Postfix, Prefix
from nncalc.run import ScalarMachine
from nncalc.shapes import Shapes, signature
from nncalc.syntax import parse
from nncalc.values import EXACTS, FLOATS

ARRANGED = {"sizes", "entries"}
#: Where an argument has to lie for its operation to be smooth and defined: (low, high).
RANGES = {
    "log": (0.2, 3), "sqrt": (0.2, 3), "asin": (-0.8, 0.8), "acos": (-0.8, 0.8), "log1p": (-0.5, 2),
    "pow": (0.3, 2), "hpow": (0.3, 2), "xlogy": (0.3, 2), "xdivy": (0.3, 2), "div": (0.3, 2), "hdiv": (0.3, 2),
    "cross_entropy": (0.1, 0.9), "binary_cross_entropy": (0.1, 0.9),
}  # fmt: skip
SIZES = {"m": 2, "n": 3, "p": 2}


def named(op: Operation) -> str:
    return op.name


def draws(op: Operation, form: Form | None, seed: int) -> dict[str, list[list[float]]]:
    """Return arguments for an operation, of the shapes of a form, or matrices for an elementwise one."""
    source = random.Random(f"{op.name}{seed}")
    low, high = RANGES.get(op.name, (-1.5, 1.5))
    found: dict[str, list[list[float]]] = {}
    letters = (
        op.args if not op.variadic else ("x1", "x2", "x3") if form is None or form.shapes == "numbers" else op.args
    )
    for place, letter in enumerate(letters):
        rows, columns = 2, 3
        if form is not None and form.shapes == "numbers":
            rows = columns = 1
        elif form is not None:
            rows, columns = (
                (int(word) if word.isdecimal() else SIZES[word]) + offset
                for word, offset in signature(form.shapes)[0][place]
            )
        found[letter] = [[source.uniform(low, high) for _ in range(columns)] for _ in range(rows)]
    return found


def samples() -> Iterator[tuple[Operation, Form | None]]:
    """Yield every operation with each of its forms."""
    for op in OPS.values():
        if op.slope is not None:
            yield op, None
        else:
            yield from ((op, form) for form in op.forms if form.shapes not in ARRANGED)


SAMPLES = list(samples())
IDS = [f"{op.name}{'' if form is None else ' ' + form.shapes}" for op, form in SAMPLES]


def applied(op: Operation, values: dict[str, list[list[float]]]) -> tuple[Formula, Shapes]:
    shapes = Shapes({name(letter): (len(rows), len(rows[0])) for letter, rows in values.items()})
    return call(op.name, *[name(letter) for letter in values]), shapes


def exact(values: dict[str, list[list[float]]]) -> dict[str, list[list[mp.mpf]]]:
    return {letter: [[number(v) for v in row] for row in rows] for letter, rows in values.items()}


def scalar_value(formula: Formula, shapes: Shapes, values: dict[str, list[list[float]]]) -> list[list[float]]:
    machine = ScalarMachine(Elements(shapes, {}))
    for letter, rows in values.items():
        machine.load(name(letter), rows)
    shapes.name(name("result"), shapes.of(formula))
    machine.assign(Equation(name("result"), formula))
    return machine.rows(name("result"))


@pytest.mark.parametrize(("op", "form"), SAMPLES, ids=IDS)
def test_a_value_is_what_the_definition_says_on_both_machines(op: Operation, form: Form | None) -> None:
    for seed in range(3):
        values = draws(op, form, seed)
        formula, shapes = applied(op, values)
        wanted = evaluated(formula, exact(values))
        assert apart(scalar_value(formula, shapes, values), wanted) < 1e-14
        if form is None or form.shapes != "numbers":
            arrays = ArrayMachine()
            for letter, rows in values.items():
                arrays.load(name(letter), rows)
            assert apart(arrays.trial(formula) or [[math.nan]], wanted) < 1e-13


@pytest.mark.parametrize("op", [op for op in OPS.values() if op.cases], ids=named)
def test_a_value_is_the_published_one(op: Operation) -> None:
    for case in op.cases:
        args = [parse(text) for text in _split(case.args)]
        formula, shapes = call(op.name, *args), Shapes({})
        found = scalar_value(formula, shapes, {})
        assert found == [[pytest.approx(case.gives, rel=1e-15, abs=0)]], f"{op.name}({case.args})"


def _split(text: str) -> list[str]:
    found, depth = [""], 0
    for character in text:
        depth += (character == "[") - (character == "]")
        if character == "," and depth == 0:
            found.append("")
        else:
            found[-1] += character
    return found


@pytest.mark.parametrize("op", [op for op in OPS.values() if op.meaning], ids=named)
def test_a_value_is_what_the_textbook_meaning_gives(op: Operation) -> None:
    form = op.forms[0] if op.forms else None
    values = draws(op, form, 7)
    if op.name == "cross_entropy_logits":
        values["y"] = [[0.2], [0.5], [0.3]]
    bound = {name(letter): name(letter) for letter in values}
    meaning = calculus.replace(parse(op.meaning), dict(bound))
    formula, _ = applied(op, values)
    assert (
        apart([[float(v) for v in row] for row in evaluated(formula, exact(values))], evaluated(meaning, exact(values)))
        < 1e-15
    )


def gradient_error(op: Operation, form: Form | None, spoil: float = 1.0) -> dict[str, float]:
    """Return how far each argument's rule is from differences at 50 digits; `spoil` multiplies the rule."""
    values = draws(op, form, 1)
    if op.name == "cross_entropy_logits":
        columns = len(values["y"][0])
        values["y"] = [[v] * columns for v in (0.2, 0.5, 0.3)]
    formula, shapes = applied(op, values)
    rows, columns = shapes.of(formula)
    assert isinstance(rows, int)
    assert isinstance(columns, int)
    source = random.Random(op.name)
    weights = [[source.uniform(0.5, 1.5) for _ in range(columns)] for _ in range(rows)]
    values["g"], shapes.known[name("g")] = weights, (rows, columns)
    result = [[float(v) for v in row] for row in evaluated(formula, exact(values))]
    values["out"], shapes.known[name("out")] = result, (rows, columns)
    errors: dict[str, float] = {}
    for place, letter in enumerate([each for each in values if each not in ("g", "out")]):
        argument = op.args[min(place, len(op.args) - 1)]
        rule = (op.slope if op.slope is not None else form.gradient)[argument]  # type: ignore[union-attr]
        if isinstance(rule, Flat):
            continue
        assert not isinstance(formula, Name)
        made = calculus.share(formula, place, name("g"), name("out"), shapes)  # type: ignore[arg-type]
        assert shapes.of(made) == shapes.of(name(letter))
        known = exact(values)
        known["out"] = evaluated(formula, known)
        ours = [[v * spoil for v in row] for row in evaluated(made, known)]

        def weighted(moved: list[list[mp.mpf]], letter: str = letter, known: dict[str, Matrix] = known) -> mp.mpf:
            there = evaluated(formula, {**known, letter: moved})
            return mp.fsum(a * b for r, w in zip(there, known["g"], strict=True) for a, b in zip(r, w, strict=True))

        errors[letter] = apart(ours, slopes(weighted, known[letter]))
    return errors


@pytest.mark.parametrize(("op", "form"), SAMPLES, ids=IDS)
def test_every_rule_agrees_with_differences_at_fifty_digits(op: Operation, form: Form | None) -> None:
    for letter, error in gradient_error(op, form).items():
        limit = 1e-13 if op.name == "erf" else 1e-20  # erf's slope holds 2/sqrt(pi) as a double
        assert error < limit, f"{op.name} by {letter}: {error}"


@pytest.mark.parametrize(("op", "form"), SAMPLES, ids=IDS)
def test_a_rule_wrong_by_a_thousandth_is_caught(op: Operation, form: Form | None) -> None:
    for letter, error in gradient_error(op, form, spoil=1.001).items():
        assert error > 1e-4, f"{op.name} by {letter} would pass"


@pytest.mark.parametrize("op", OPS.values(), ids=named)
def test_every_argument_has_a_rule_or_says_why_not(op: Operation) -> None:
    for rules in [op.slope] if op.slope is not None else [form.gradient for form in op.forms]:
        assert rules is not None
        assert set(rules) == set(op.args)


@pytest.mark.parametrize("op", [op for op in OPS.values() if op.careful], ids=named)
def test_a_careful_spelling_equals_the_plain_one(op: Operation) -> None:
    for key, text in (op.careful or {}).items():
        form = op.forms[0] if op.forms else None
        values = draws(op, form, 3)
        formula, shapes = applied(op, values)
        known = exact(values)
        known["out"] = evaluated(formula, known)
        shape = shapes.of(formula)
        known["g"] = [[mp.mpf("1.25")] * int(str(shape[1])) for _ in range(int(str(shape[0])))]
        plain = formula
        if key != "out":
            rule = (op.slope if op.slope is not None else op.forms[0].gradient)[key]
            assert isinstance(rule, str)
            plain = parse(rule)
        one, other = evaluated(parse(text), known), evaluated(plain, known)
        assert apart([[float(v) for v in row] for row in one], other) < 1e-15


def test_every_notation_is_another() -> None:
    signs = [op.notation.sign for op in OPS.values() if isinstance(op.notation, (Infix, Prefix, Postfix))]
    words = [op.notation.word for op in OPS.values() if not isinstance(op.notation, (Infix, Prefix, Postfix))]
    assert len(signs) == len(set(signs)) == 9
    assert len(words) == len(set(words))


def test_every_value_is_bound_to_a_function() -> None:
    for op in OPS.values():
        assert op.value in ARRAYS
        if op.slope is not None and not op.element:
            assert op.value in FLOATS
    assert set(FLOATS) == set(EXACTS)


@pytest.mark.parametrize("word", sorted(EXACTS))
def test_an_exact_value_is_the_float_made_exact(word: str) -> None:
    count = next((len(op.args) for op in OPS.values() if op.value == word), 1)
    for args in ([0] * count, [1] * count, [2] * count):
        known = EXACTS[word](*args)
        if known is not None:
            assert float(known) == pytest.approx(FLOATS[word](*map(float, args)), rel=1e-15)


def test_taken_apart_an_operation_differentiates_to_the_same() -> None:
    """Two roads meet: the rule of the whole taken apart, and the rules of the parts."""
    for op, form in SAMPLES:
        if form is None or form.shapes == "numbers" or op.name == "trim":
            continue
        values = draws(op, form, 5)
        if op.name == "cross_entropy_logits":
            values["y"] = [[v] * len(values["y"][0]) for v in (0.2, 0.5, 0.3)]
        formula, shapes = applied(op, values)
        total = Equation(name("f"), call("sum", formula))
        wrt = [name(letter) for letter in values]
        graph = calculus.Graph(tuple(wrt), (total,))
        shapes.name(total.name, (1, 1))
        whole = calculus.gradient(graph, shapes, total.name, wrt)
        machine = ScalarMachine(Elements(shapes, {}))
        for letter, rows in values.items():
            machine.load(name(letter), rows)
        for equation in (*graph.equations, *whole.equations):
            machine.assign(equation)
        scalars = [eq for eq in machine.scalars if eq.name.of is None]
        entries = [entry for of in wrt for row in machine.elements.names(of) for entry in row]
        ones = Shapes(dict.fromkeys((*entries, *(eq.name for eq in scalars)), (1, 1)))
        parts = calculus.gradient(calculus.Graph(tuple(entries), tuple(scalars)), ones, total.name, entries)
        other = ScalarMachine(Elements(ones, {}))
        for entry in entries:
            other.load(entry, [[machine.floats[entry]]])
        for equation in (*scalars, *parts.equations):
            other.assign(equation)
        for entry in entries:
            slope = name(entry.base, entry.index, of=total.name)
            assert other.floats.get(slope, 0.0) == pytest.approx(machine.floats.get(slope, 0.0), rel=1e-11, abs=1e-13)
