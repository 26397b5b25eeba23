"""Derivatives of random formulas: right by the complex step, line by line, or refused; and what is printed reads back.

`HYPOTHESIS_PROFILE=long` draws more of them. A seed that failed is drawn again with `ask(seed)`.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

import numpy as np
import pytest
from expressions import QUANTITIES, Grower, Question, adversarial, along, assumed, shapes

from nncalc.algebra.terms import Facts
from nncalc.derive.derivation import Derivation, Setting, Step, derivation
from nncalc.derive.verify import is_right, quantities, verify
from nncalc.graph.shapes import Shapes
from nncalc.language.formula import Call, Formula, Name, call, name, names_in, parts, replace
from nncalc.language.parser import parse
from nncalc.language.printer import ASCII, PAPER, Style, show
from nncalc.numbers.check import Sample, number, samples, value
from nncalc.problems import Problem

pytestmark = pytest.mark.sampled

COUNT = 5_000 if os.environ.get("HYPOTHESIS_PROFILE") == "long" else 300
BATCH = 50
SYMMETRIC = frozenset(name(word) for word, (_, fact) in QUANTITIES.items() if fact in ("spd", "symmetric"))
SHARES = frozenset(name(word) for word, (_, fact) in QUANTITIES.items() if "probability" in fact)
#: At how many numbers of the tests' own a derivative is tried.
DRAWS = 12
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
    setting = Setting(question.formula, question.wrt, name("f_"), Shapes(shapes()), facts, layout, question.hessian)
    return derivation(setting)


def written(found: Derivation) -> Iterator[Formula]:
    for step in found.steps:
        yield from (each for each in (step.left, step.right) if each is not None)
        for law in step.laws:
            yield from law


def reads_back(found: Derivation) -> None:
    names = {each.base for formula in written(found) for each in names_in(formula)} | {found.setting.of.base}
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
