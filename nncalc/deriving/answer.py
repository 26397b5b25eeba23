"""A person's answer, judged by its value: right, or what makes it wrong.

What is looked for: a transpose, a sign, a factor, one matrix transposed that should not be, a term that
is missing or has a wrong sign or factor, numbers at which the answer has no value. Knows derivations and numbers.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from fractions import Fraction
from typing import NamedTuple

import numpy as np

from nncalc.algebra.normal import Algebra
from nncalc.algebra.simplest import Simplifier
from nncalc.algebra.terms import TooLong
from nncalc.deriving.derivation import Derivation
from nncalc.deriving.explained import explained
from nncalc.deriving.mistakes import Words
from nncalc.deriving.verify import quantities
from nncalc.graph.sizes import SCALAR, text_of
from nncalc.graph.tidy import written
from nncalc.language.formula import Call, Formula, Name, call, name, names_in, num, parts, replace
from nncalc.numbers.check import Computed, Sample, agree, rounding, samples, value
from nncalc.numbers.complexes import Complex

#: How many random numbers an answer is tried at, for each choice of sizes.
DRAWS = 10
#: Up to how many numbers are told in a message, and up to how large a number is an ordinary one.
FEW, ORDINARY = 3, 10.0
#: How far apart, relatively, two numbers are seen to differ at a glance.
SEEN = 0.01
#: How many times as large numbers are tried where two do not differ so far.
FURTHER = (2, 4, 8)
#: What a coefficient may be away from a whole number.
ZERO = 1e-6


class Verdict(NamedTuple):
    """Whether an answer is right, a word for what is wrong, and a sentence: `says`, the term it is about, `after`."""

    right: bool
    kind: str
    says: str
    part: Formula | None = None
    after: Words = ()

    @property
    def words(self) -> Words:
        """The sentence, words with formulas in their midst."""
        part = (" ", self.part) if self.part is not None else ()
        return (self.says, *part, *self.after)


class Draw(NamedTuple):
    """Random numbers, and what an answer and the derivative come to there; `room` is what rounding may do."""

    sample: Sample
    theirs: Complex
    ours: Complex
    room: float

    def turned(self) -> Draw:
        return self._replace(theirs=self.theirs.T)

    def agrees(self, factor: float = 1.0) -> bool:
        """Return whether the answer is `factor` times the derivative, but for rounding."""
        return agree(self.theirs, factor * self.ours, room=max(1.0, abs(factor)) * self.room)


def judge(found: Derivation, answer: Formula, assumed: Mapping[Name, frozenset[str]]) -> Verdict:
    """Return the verdict on `answer`; raise Problem (`shape`) where it has no shape of its own."""
    shape, free = found.setting.shapes.of(answer), not any(assumed.values())
    drawn = list(_draws(found, answer, assumed))
    without = [each for each in drawn if not np.isfinite(each.theirs).all()]
    drawn = [each for each in drawn if np.isfinite(each.theirs).all()]
    if shape != found.shape:
        return _other_shape(found, answer, drawn, free=free)
    undefined = [each for each in without if _is_ordinary(each.sample)]
    if undefined or not drawn:
        return _mistake(found, answer, [*drawn, *without], free=free) or _undefined((undefined or without)[0])
    if _is_zero(found, call("add", answer, call("neg", found.derivative))) or _same(drawn):
        return Verdict(True, "right", "right: it equals the derivative")
    if shape[0] == shape[1] != 1 and _same(each.turned() for each in drawn):
        return Verdict(False, "transposed", "it is the transpose of the derivative")
    if _same(drawn, -1):
        return Verdict(False, "sign", "its sign is wrong: it is minus the derivative")
    return (
        _factor(found, drawn)
        or _turned(found, answer, drawn)
        or _symmetric(found, answer, drawn)
        or _on_simplex(found, answer, drawn)
        or _mistake(found, answer, drawn, free=free, only="forgotten factor")
        or _terms(found, drawn)
        or _mistake(found, answer, drawn, free=free)
        or _multiple(drawn)
        or _difference([*drawn, *_further(found, answer, drawn)] if free else drawn)
    )


def _draws(found: Derivation, answer: Formula, assumed: Mapping[Name, frozenset[str]]) -> Iterator[Draw]:
    """Yield the random numbers at which the derivative has a value."""
    setting, names = found.setting, quantities(found)
    for sample in samples(setting.shapes, names, assumed, setting.formula, DRAWS, also=(found.derivative, answer)):
        draw = _draw(found, answer, sample)
        if np.isfinite(draw.ours).all() and np.isfinite(draw.room):
            yield draw


def _draw(found: Derivation, answer: Formula, sample: Sample) -> Draw:
    def computed(formula: Formula) -> Computed:
        return lambda shaken: value(formula, sample.values, sample.sizes, shaken)

    both = computed(answer), computed(found.derivative)
    theirs, ours = (each(None) for each in both)
    near = np.isfinite(theirs).all() and np.isfinite(ours).all() and not agree(theirs, ours)
    return Draw(sample, theirs, ours, sum(map(rounding, both)) if near else 0.0)


def _is_zero(found: Derivation, formula: Formula) -> bool:
    """Return whether the algebra knows that a formula is zero."""
    setting = found.setting
    simple = Simplifier(setting.shapes, setting.facts, [setting.formula]).simplest(formula)
    return simple is num(0) or (isinstance(simple, Call) and simple.op == "zeros")


def _same(drawn: Iterable[Draw], factor: float = 1.0) -> bool:
    return all(each.agrees(factor) for each in drawn)


def _is_ordinary(sample: Sample) -> bool:
    return all(np.abs(each).max() < ORDINARY for each in sample.values.values())


def _undefined(draw: Draw) -> Verdict:
    derivative = f"is {draw.ours[0, 0]:.6g}" if draw.ours.size == 1 else "has one"
    return Verdict(False, "undefined", f"it has no value {_where(draw.sample)}, where the derivative {derivative}")


def _where(sample: Sample) -> str:
    """Return where a sample is, the numbers themselves where they are few."""
    if sum(each.size for each in sample.values.values()) <= FEW:
        numbers = ((each, ", ".join(f"{x:.6g}" for x in array.ravel())) for each, array in sample.values.items())
        return "at " + ", ".join(f"{each} = {text}" for each, text in numbers)
    sizes = ", ".join(f"{letter} = {size}" for letter, size in sample.sizes.items())
    return f"at random numbers{f', {sizes}' if sizes else ''}"


def _other_shape(found: Derivation, answer: Formula, drawn: list[Draw], *, free: bool) -> Verdict:
    shape = found.setting.shapes.of(answer)
    if drawn and shape == (found.shape[1], found.shape[0]):
        turned = [_draw(found, call("transpose", answer), each.sample) for each in drawn]
        layout = "numerator" if found.setting.layout == "denominator" else "denominator"
        if _same(turned):
            return Verdict(
                False, "transposed", f"it is the transpose of the derivative: right in {layout} layout, "
                f"here the layout is {found.setting.layout}",
            )  # fmt: skip
        if _same(turned, -1):
            return Verdict(False, "transposed", "it is transposed, and its sign is wrong")
    sizes = f"it is {text_of(shape)}, the derivative is {text_of(found.shape)}"
    lacking = _mistake(found, answer, drawn, free=free)
    if lacking is not None:
        return lacking._replace(kind="shape", says=f"{sizes}; {lacking.says}")
    return Verdict(False, "shape", sizes)


def _mistake(
    found: Derivation, answer: Formula, drawn: list[Draw], *, free: bool, only: str | None = None
) -> Verdict | None:
    """Return the verdict on an answer that is the derivative but for a mistake, or for `only` one of a kind."""
    mistake = explained(found, answer, [draw.sample for draw in drawn], free=free, only=only)
    return None if mistake is None else Verdict(False, mistake.kind, mistake.says, mistake.part, mistake.after)


def _factor(found: Derivation, drawn: list[Draw]) -> Verdict | None:
    """Return the verdict on an answer that is the derivative times a number, one for all or a quantity's."""
    drawn = [draw for draw in drawn if draw.ours.any() or draw.theirs.any()]
    ratios = _ratios(drawn)
    exact = _rational(ratios) if ratios else None
    if not ratios or exact == 1:
        return None
    if exact is not None:
        return Verdict(False, "factor", f"it is off by a factor: {exact} times the derivative")
    for each, numbers in _numbers(found, [draw.sample for draw in drawn]):
        for power in (1, -1, 2, -2):
            rest = _rational([ratio / x**power for ratio, x in zip(ratios, numbers, strict=True)])
            if rest is not None:
                factor = call("pow", each, num(abs(power))) if abs(power) != 1 else each
                over = written(rest)
                whole = call("div", over, factor) if power < 0 else call("mul", over, factor) if rest != 1 else factor
                return Verdict(False, "factor", "it is off by a factor: the derivative times", whole)
    return None


def _multiple(drawn: list[Draw]) -> Verdict | None:
    """Return the verdict on an answer that is the derivative times some number, which differs from case to case."""
    drawn = [draw for draw in drawn if draw.ours.any() or draw.theirs.any()]
    ratios = _ratios(drawn)
    if not ratios or _rational(ratios) == 1 or not any(float(np.ptp(draw.ours)) for draw in drawn):
        return None  # of any two numbers, one is the other times a number
    return Verdict(False, "factor", "it is the derivative times a number that differs from case to case")


def _ratios(drawn: list[Draw]) -> list[float]:
    """Return how many times the derivative an answer is, one number for each draw; none where it is no multiple."""
    ratios: list[float] = []
    for draw in drawn:
        size = float((draw.ours * draw.ours).sum())
        ratio = float((draw.theirs * draw.ours).sum()) / size if size else 0.0
        if not np.isfinite(ratio) or not ratio or not draw.agrees(ratio):
            return []
        ratios.append(ratio)
    return ratios


def _numbers(found: Derivation, drawn: list[Sample]) -> Iterator[tuple[Name, list[float]]]:
    """Yield what could be a factor, with its values: each number of the expression, each size."""
    for each in quantities(found):
        if found.setting.shapes.of(each) == SCALAR:
            yield each, [float(sample.values[each][0, 0]) for sample in drawn]
    for letter in sorted(found.setting.shapes.letters):
        sizes = [float(sample.sizes[letter]) for sample in drawn if letter in sample.sizes]
        if len(sizes) == len(drawn):
            yield name(letter), sizes


def _rational(numbers: Iterable[float]) -> Fraction | None:
    """Return the simple fraction that all of `numbers` are, or None."""
    found = list(numbers)
    guess = Fraction(found[0]).limit_denominator(64)
    near = 1e-6 * max(1.0, abs(float(guess)))
    return guess if all(abs(each - float(guess)) <= near for each in found) else None


def _symmetric(found: Derivation, answer: Formula, drawn: list[Draw]) -> Verdict | None:
    """Return the verdict on an answer that is right where one matrix is symmetric, which nobody said."""
    shapes = found.setting.shapes
    for each in quantities(found):
        rows, columns = shapes.of(each)
        if rows != columns or rows == 1 or each in found.setting.facts.symmetric or each is found.setting.wrt:
            continue
        even = [_even(draw.sample, each) for draw in drawn]
        if _same(_draw(found, answer, sample) for sample in even):
            return Verdict(
                False, "symmetric", "it is right only where", each, (f" is symmetric (--assume '{each}: symmetric')",)
            )
    return None


def _on_simplex(found: Derivation, answer: Formula, drawn: list[Draw]) -> Verdict | None:
    """Return the verdict on an answer that is right where the entries of a vector sum to 1, as a target's do."""
    totals = [part.args[0] for part in parts(found.derivative) if isinstance(part, Call) and part.op == "sum"]
    for each in quantities(found):
        if each not in totals or each is found.setting.wrt:
            continue
        if _same(_draw(found, answer, _scaled(draw.sample, each)) for draw in drawn):
            return Verdict(
                False, "probability", "it is right only where the entries of", each,
                (f" sum to 1, as a one-hot target's do (--assume '{each}: probability')",),
            )  # fmt: skip
    return None


def _scaled(sample: Sample, of: Name) -> Sample:
    vector = np.abs(sample.values[of]) + 0.1
    return sample._replace(values={**sample.values, of: vector / vector.sum()})


def _even(sample: Sample, of: Name) -> Sample:
    matrix = sample.values[of]
    return sample._replace(values={**sample.values, of: (matrix + matrix.T) / 2})


def _turned(found: Derivation, answer: Formula, drawn: list[Draw]) -> Verdict | None:
    """Return the verdict on an answer in which one square matrix is transposed."""
    shapes = found.setting.shapes
    for each in names_in(answer):
        if each not in shapes.known or shapes.of(each)[0] != shapes.of(each)[1] or shapes.of(each) == SCALAR:
            continue
        other = replace(answer, {each: call("transpose", each)})
        if _same(_draw(found, other, draw.sample) for draw in drawn):
            return Verdict(
                False, "transposed", "one matrix is transposed that should not be, or not that should:", each
            )
    return None


def _terms(found: Derivation, drawn: list[Draw]) -> Verdict | None:
    """Return the verdict on an answer that is the derivative with a term missing, or one with a wrong number."""
    terms = _expanded(found)
    numbers = _coefficients(terms, drawn) if len(terms) > 1 else None
    if numbers is None or not any(abs(number) > ZERO for number in numbers):
        return None
    each = list(zip(terms, numbers, strict=True))
    missing = [term for term, number in each if abs(number) < ZERO]
    turned = [term for term, number in each if abs(number + 1) < ZERO]
    if missing:
        return _listed("missing term", "a term is missing:", f"{_counted(missing)} terms are missing:", missing)
    if turned:
        many = f"the signs of {_counted(turned)} terms are wrong, which should be"
        return _listed("sign", "the sign of a term is wrong, which should be", many, turned)
    for term, number in each:
        exact = _rational([float(number)])
        if exact is not None and exact != 1:
            return Verdict(False, "factor", f"a term is off by the factor {exact}; it should be", term)
    return None


def _counted(terms: list[Formula]) -> str:
    return "two" if len(terms) == 2 else str(len(terms))


def _listed(kind: str, one: str, many: str, terms: list[Formula]) -> Verdict:
    """Return a verdict on one term or several."""
    first, *others = terms
    after = [word for each in others for word in (" and " if each is others[-1] else ", ", each)]
    return Verdict(False, kind, many if others else one, first, tuple(after))


def _coefficients(terms: list[Formula], drawn: list[Draw]) -> list[float] | None:
    """Return the numbers that the terms come with in the answer, None where there are none or more than one."""
    rows, wanted = [], []
    for draw in drawn:
        block = [np.real(value(term, draw.sample.values, draw.sample.sizes)).ravel() for term in terms]
        size = max(float(np.abs(each).max()) for each in (*block, draw.theirs))
        if not np.isfinite(size):
            return None
        rows.append(np.array(block).T / (size or 1.0))
        wanted.append(np.real(draw.theirs).ravel() / (size or 1.0))
    matrix, right = np.concatenate(rows), np.concatenate(wanted)
    sizes = np.sqrt((matrix**2).sum(axis=0))
    if not sizes.all():
        return None
    numbers, _, rank, _ = np.linalg.lstsq(matrix / sizes, right, rcond=1e-9)
    if rank < len(terms) or float(np.abs(matrix / sizes @ numbers - right).max()) > ZERO:
        return None
    return [float(each) for each in numbers / sizes]


def _expanded(found: Derivation) -> list[Formula]:
    """Return the terms of the derivative, multiplied out."""
    setting = found.setting
    algebra = Algebra(setting.shapes, setting.facts, expand=True)
    simplifier = Simplifier(setting.shapes, setting.facts, [setting.formula])
    try:
        terms = algebra.normal(found.derivative)
    except TooLong:
        return []
    return [simplifier.simplest(algebra.formula({term: each}, found.shape)) for term, each in terms.items()]


def _difference(drawn: list[Draw]) -> Verdict:
    """Return the verdict on an answer of which nothing better is known, at the numbers where it differs most."""
    draw = max(
        [each for each in drawn if not each.agrees()],
        key=lambda each: (min(_gap(each), SEEN), _is_ordinary(each.sample), _gap(each)),
    )  # fmt: skip
    gap = np.abs(draw.theirs - draw.ours)
    place = tuple(int(i) for i in np.unravel_index(int(np.argmax(gap)), gap.shape))
    both = [float(np.real(each[place])) + 0.0 for each in (draw.theirs, draw.ours)]
    shown = next(text for digits in (6, 9, 17) if len(set(text := [f"{each:.{digits}g}" for each in both])) > 1)
    what = f"its entry {place[0] + 1},{place[1] + 1}" if gap.size > 1 else "it"
    return Verdict(
        False, "different",
        f"it is not the derivative: {_where(draw.sample)}, {what} is {shown[0]} where the derivative has {shown[1]}",
    )  # fmt: skip


def _further(found: Derivation, answer: Formula, drawn: list[Draw]) -> Iterator[Draw]:
    """Yield larger numbers, for an answer that is hardly wrong at those that were drawn."""
    if max(map(_gap, drawn)) >= SEEN:
        return
    for each in drawn:
        for times in FURTHER:
            values = {of: times * numbers for of, numbers in each.sample.values.items()}
            draw = _draw(found, answer, each.sample._replace(values=values))
            if np.isfinite(draw.theirs).all() and np.isfinite(draw.ours).all() and np.isfinite(draw.room):
                yield draw


def _gap(draw: Draw) -> float:
    """Return how far an answer is from the derivative, relative to the larger of the two."""
    size = max(float(np.abs(each).max()) for each in (draw.theirs, draw.ours))
    return float(np.abs(draw.theirs - draw.ours).max()) / size if size else 0.0
