"""Derivatives of random formulas: right by the complex step, line by line, or refused; and what is printed reads back.

`HYPOTHESIS_PROFILE=long` draws more of them. A seed that failed is drawn again with `ask(seed)`.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from random import Random

import numpy as np
import pytest
from expressions import QUANTITIES, Grower, Question, adversarial, along, assumed, shapes

from nncalc.algebra.terms import Facts
from nncalc.deriving.backwards import backwards
from nncalc.deriving.chain import chain
from nncalc.deriving.derivation import Derivation, Setting, Step, derivation
from nncalc.deriving.elements_back import elements_back
from nncalc.deriving.statements import put_in
from nncalc.deriving.verify import is_right, quantities, verify
from nncalc.graph.graph import Equation, Graph, only
from nncalc.graph.shapes import Shapes
from nncalc.language.formula import Call, Formula, Name, call, name, names_in, parts, replace
from nncalc.language.parser import parse
from nncalc.language.printer import ASCII, PAPER, Style, show
from nncalc.numbers.check import Sample, agree, number, samples, value
from nncalc.problems import Problem

pytestmark = pytest.mark.sampled

COUNT = 5_000 if os.environ.get("HYPOTHESIS_PROFILE") == "long" else 150
BATCH = 50
SYMMETRIC = frozenset(name(word) for word, (_, fact) in QUANTITIES.items() if fact in ("spd", "symmetric"))
SHARES = frozenset(name(word) for word, (_, fact) in QUANTITIES.items() if "probability" in fact)
#: At how many numbers of the tests' own a derivative is tried.
DRAWS = 12
OF = name("f_")
STYLES = (ASCII, PAPER, Style(paper=True, dot=False))


def ask(seed: int) -> Derivation | None:
    """Return the derivation of the question of a seed; None where the formula has no value at random numbers."""
    return derived(Grower(seed).question())


def derived(question: Question) -> Derivation | None:
    known = Shapes(shapes())
    inside = [each for each in names_in(question.formula) if each.base not in known.letters]
    try:
        list(samples(known, list(dict.fromkeys([*inside, question.wrt])), assumed(), question.formula))
    except Problem:
        return None
    layout = "numerator" if question.numerator else "denominator"
    facts = Facts(SYMMETRIC, SHARES - {question.wrt})
    setting = Setting(question.formula, question.wrt, OF, Shapes(shapes()), facts, layout, question.hessian)
    return derivation(setting)


def written(found: Derivation) -> Iterator[Formula]:
    for step in found.steps:
        yield from (each for each in (step.left, step.right) if each is not None)
        for law in step.laws:
            yield from law


def reads_back(found: Derivation) -> None:
    names = {each.base for formula in written(found) for each in names_in(formula)} | {found.setting.of.base}
    every = [part for formula in written(found) for part in parts(formula) if isinstance(part, Call)]
    names -= {part.args[0].base for part in every if part.op == "over_sum" and isinstance(part.args[0], Name)}
    for formula in written(found):
        for style in STYLES:
            text = show(formula, style)
            assert parse(text, names, calculus=True, paper=style.paper) is formula, text


class Lines:
    """Numbers for the lines of a derivation, differentials among them."""

    def __init__(self, found: Derivation) -> None:
        self.setting = found.setting
        self.random = np.random.default_rng(1)
        sample = next(samples(self.setting.shapes, quantities(found), assumed(), self.setting.formula, 1))
        values = dict(sample.values)
        for formula in written(found):
            for each in names_in(formula):
                if each.base in "gGvw" and each not in values and each in self.setting.shapes.known:
                    size = [number(one, sample.sizes) for one in self.setting.shapes.of(each)]
                    values[each] = self.random.standard_normal(size)
        self.sample = Sample(values, sample.sizes)
        self.slope = name(self.setting.wrt.base, of=self.setting.of)
        self.known = {self.setting.of: self.setting.formula, self.slope: found.gradient}
        self.direction = self.random.standard_normal(values[self.setting.wrt].shape)

    def value(self, formula: Formula, shaken: np.random.Generator | None = None) -> np.ndarray:
        values = dict(self.sample.values)
        for each in names_in(formula):
            if each in self.known:
                values[each] = value(self.known[each], self.sample.values, self.sample.sizes)
        new: dict[Formula, Formula] = {}
        for place, part in enumerate(parts(formula)):
            if isinstance(part, Call) and part.op == "differential":
                new[part] = stands_for = name(f"d_{place}")
                body = self.known.get(part.args[0], part.args[0])
                values[stands_for] = along(body, self.setting.wrt, self.direction, self.sample)
        return value(replace(formula, new), values, self.sample.sizes, shaken)

    def room(self, formulas: list[Formula]) -> float:
        """Return what rounding may do to a line."""
        size = np.abs(value(self.setting.formula, self.sample.values, self.sample.sizes)).max()
        moved = (np.abs(self.value(each, self.random) - self.value(each)).max() for each in formulas)
        return 100 * float(sum(moved)) + 1e-12 * (1 + float(size))

    def holds(self, step: Step, last: np.ndarray | None) -> np.ndarray | None:
        """Check one line against the one before; return its value, None where a new equation begins."""
        if isinstance(step.left, Name) and step.left is not self.setting.of:
            return None
        return self.equal(step, last)

    def equal(self, step: Step, last: np.ndarray | None) -> np.ndarray:
        right = self.value(step.right)
        if step.left is not None:
            last = self.value(step.left)
        if last is not None and np.isfinite(right).all() and np.isfinite(last).all():
            room = self.room([each for each in (step.left, step.right) if each is not None])
            assert right.shape == last.shape
            assert np.abs(right - last).max() <= 1e-7 * np.abs(last).max() + room, show(step.right)
        return right


def every_line_holds(found: Derivation) -> None:
    lines = Lines(found)
    last: np.ndarray | None = None
    for step in found.steps:
        last = lines.holds(step, last)


@pytest.mark.parametrize("batch", range(COUNT // BATCH))
def test_a_random_derivative_is_right_line_by_line_and_reads_back(batch: int) -> None:
    refused = []
    tried = 0
    for seed in range(batch * BATCH, (batch + 1) * BATCH):
        question = Grower(seed).question()
        assert parse(show(question.formula), calculus=True) is question.formula
        found, problem = answered(question)
        if problem is not None:
            assert "mistake" not in (problem.hint or ""), f"{seed}: {show(question.formula)}: {problem.message}"
            refused.append(problem.message)
        if found is not None:
            reads_back(found)
            every_line_holds(found)
            tried += holds_elsewhere(found, seed)
    assert tried > 3 * BATCH
    assert len(refused) <= 0.03 * BATCH, refused


def holds_elsewhere(found: Derivation, seed: int) -> int:
    """Check a derivative at numbers that the program would not draw; return at how many it was checked."""
    count = 0
    for draw in range(DRAWS):
        sample = adversarial(found.setting.formula, quantities(found), DRAWS * seed + draw)
        right = is_right(found, sample) if sample is not None else None
        assert right is not False, f"{seed}: {show(found.setting.formula)} by {found.setting.wrt}, draw {draw}"
        count += right is True
    return count


def answered(question: Question) -> tuple[Derivation | None, Problem | None]:
    """Return a derivation that agrees with the complex step, or the problem."""
    try:
        found = derived(question)
        if found is not None:
            verify(found, assumed())
    except Problem as problem:
        return None, problem
    return found, None


# -- with definitions ----------------------------------------------------------------------------------------


#: Names for parts, none of which a quantity has.
GIVEN = [name(word) for word in ("h", "k", "H", "K", "a", "D", "l1", "C2")]


def with_definitions(question: Question, random: Random) -> Setting:
    """Return a question of which some parts have names; now and then one of these is the variable."""
    inside = [part for part in parts(question.formula) if isinstance(part, Call) and names_in(part)]
    inside = [part for part in inside if part is not question.formula]
    some = set(random.sample(inside, min(len(inside), random.choice((1, 2, 2, 3, 5)))))
    known, given, new = Shapes(shapes()), iter(GIVEN), {}
    known.name(OF, known.of(question.formula))
    equations = []
    for part in inside:
        if part in some:
            each = next(given)
            known.name(each, known.of(part))
            equations.append(Equation(each, call(part.op, *[replace(arg, new) for arg in part.args])))
            new[part] = each
    equations.append(Equation(OF, replace(question.formula, new)))
    wrt = question.wrt
    if equations[:-1] and random.random() < 0.15 and not question.hessian:
        wrt = random.choice(equations[:-1]).name
        equations = [each for each in equations if each.name is not wrt]
    needed = only(Graph((), tuple(equations)), [OF]).equations
    layout = "numerator" if question.numerator else "denominator"
    facts = Facts(SYMMETRIC, SHARES - {wrt})
    definitions = needed if needed[:-1] else ()
    return Setting(put_in(needed)[OF], wrt, OF, known, facts, layout, question.hessian, definitions)


def derived_by_names(setting: Setting, random: Random) -> Derivation:
    if not setting.definitions or setting.wrt not in names_in(setting.formula):
        return derivation(setting)
    if setting.shapes.of(setting.formula) != (1, 1):
        return chain(setting)
    way = random.choice([backwards, backwards, elements_back, chain] if not setting.hessian else [backwards])
    try:
        return way(setting)
    except Problem:
        if way is not elements_back:
            raise
        return backwards(setting)


def answered_by_names(setting: Setting, random: Random) -> tuple[Derivation | None, Problem | None]:
    """Return a derivation that agrees with the complex step, or the problem."""
    try:
        found = derived_by_names(setting, random)
        verify(found, assumed())
    except Problem as problem:
        return None, problem
    return found, None


class NamedLines(Lines):
    """Numbers for lines with names that a person gave."""

    def __init__(self, found: Derivation) -> None:
        super().__init__(found)
        self.meaning = put_in(self.setting.definitions)
        end = found.gradient if self.setting.hessian else found.derivative
        self.known = {**put_in([*self.setting.definitions, *found.slopes]), **self.known, self.slope: end}
        used = {each for formula in written(found) for each in names_in(formula) if each.of is self.setting.of}
        for each in used - {*self.known}:  # a matrix, of which the lines have the entries
            by = name(each.base)
            formula = put_in(self.setting.definitions, by)[self.setting.of]
            slope = derivation(self.setting._replace(formula=formula, wrt=by, definitions=())).derivative
            self.known[each] = replace(slope, self.meaning)

    def value(self, formula: Formula, shaken: np.random.Generator | None = None) -> np.ndarray:
        new: dict[Formula, Formula] = {
            part: call("differential", replace(part.args[0], self.meaning))
            for part in parts(formula)
            if isinstance(part, Call) and part.op == "differential" and part.args[0] is not self.slope
        }
        return super().value(replace(formula, new), shaken)

    def holds(self, step: Step, last: np.ndarray | None) -> np.ndarray | None:
        if isinstance(step.left, Name) and step.left not in self.known:
            return None  # the Hessian
        return self.equal(step, last)


def by_names_holds(found: Derivation) -> None:
    if any(
        isinstance(part, Call) and part.op in ("delta", "derivative")
        for formula in written(found)
        for part in parts(formula)
    ):
        return  # by one general element
    lines = NamedLines(found)
    last: np.ndarray | None = None
    for step in found.steps:
        last = lines.holds(step, last)


def has_value(setting: Setting) -> bool:
    inside = [each for each in names_in(setting.formula) if each.base not in setting.shapes.letters]
    try:
        list(samples(setting.shapes, list(dict.fromkeys([*inside, setting.wrt])), assumed(), setting.formula))
    except Problem:
        return False
    return True


@pytest.mark.parametrize("batch", range(COUNT // BATCH))
def test_a_random_derivative_by_names_is_right_line_by_line_and_reads_back(batch: int) -> None:
    refused = []
    for seed in range(batch * BATCH, (batch + 1) * BATCH):
        random = Random(seed)
        setting = with_definitions(Grower(seed).question(), random)
        if not has_value(setting):
            continue
        found, problem = answered_by_names(setting, random)
        if problem is not None:
            assert "mistake" not in (problem.hint or ""), f"{seed}: {problem.message}"
            refused.append(problem.message)
        if found is None:
            continue
        reads_back(found)
        by_names_holds(found)
        if not any(each.name in names_in(setting.formula) for each in setting.definitions):
            same_as_inlined(found, seed)
    assert len(refused) <= 0.05 * BATCH, refused


def same_as_inlined(found: Derivation, seed: int) -> None:
    """Compare with the derivative of the formula that has every definition put in."""
    setting = found.setting
    ours = derivation(setting._replace(definitions=()))
    assert found.shape == ours.shape
    for sample in samples(setting.shapes, quantities(found), assumed(), setting.formula, 1, 1):
        one, other = (value(each.derivative, sample.values, sample.sizes) for each in (found, ours))
        if np.isfinite(one).all() and np.isfinite(other).all():
            assert agree(one, other, 1e-6, 1e-9), seed


def test_a_spoilt_derivative_is_caught() -> None:
    caught = 0
    for seed in range(40):
        found = ask(seed)
        if found is None or found.derivative.__class__ is not Call or found.derivative.op == "zeros":
            continue
        spoilt = found._replace(derivative=call("mul", parse("1.001"), found.derivative))
        with pytest.raises(Problem, match="does not agree"):
            verify(spoilt, assumed())
        caught += 1
    assert caught > 20
