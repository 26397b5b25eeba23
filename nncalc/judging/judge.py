"""Verdicts: what an answer is beside ours, and by which mistake it came to be another.

Knows tables, answers and the catalogue; not how a page looks.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from functools import cached_property
from itertools import combinations, permutations, product
from typing import Final, Literal, NamedTuple, TypeAlias

import numpy as np

from nncalc.graph.elements import Elements, bases
from nncalc.graph.shapes import text_of
from nncalc.judging.answers import Answer
from nncalc.judging.catalogue import CATALOGUE, swapped
from nncalc.judging.slips import Mistake, Slip, turned
from nncalc.judging.table import Array, Table
from nncalc.language.figures import Figure, Rows
from nncalc.language.formula import Call, Formula, Name, is_call, name, names_in, parts
from nncalc.language.formula import product as chain
from nncalc.ops import OPS
from nncalc.problems import Problem
from nncalc.sheet.calculation import calculate
from nncalc.spec.conventions import CHOICES, MOST_PLACES, typed
from nncalc.spec.model import Model
from nncalc.spec.words import counted

Verdict: TypeAlias = Literal["right", "rounded", "right_from_there", "mistake", "wrong", "missing"]
#: What counts as right.
RIGHT: Final = frozenset({"right", "rounded", "right_from_there"})
#: How many mistakes are named of one answer; how many pairs of slips are tried in a small network, fewer in a larger;
#: and of how many entries in all the values that slips lead to are kept.
MOST_NAMED, MOST_PAIRS, MOST_KEPT = 4, 4_000, 5_000
#: How many entries are computed in one call to name mistakes; then answers are right or wrong, and no more is said.
MOST_WORK: Final = 200_000_000
#: How far a float from a program may be off, of the largest entry.
TOLERANCE: Final = 1e-6
#: Mistakes of which people make two at once.
TOGETHER: Final = (
    "relu_mask_missing", "slope_missing", "slope_at_output", "slope_at_preactivation", "weights_not_transposed",
    "outer_product_transposed", "sign_flipped", "factor_two", "two_missing", "mean_for_sum", "sum_for_mean",
    "half_missing", "bias_missing", "intercept_not_dropped", "loss_averaged", "loss_summed",
)  # fmt: skip
#: Mistakes of numbers, which are named where none of lines is.
_OF_THE_PEN: Final = frozenset({"sign_lost", "digits_swapped", "decimal_point", "neighbours_swapped"})


#: Mistakes that are named after others of the same numbers, which say why.
_VAGUE: Final = frozenset({"factor_two", "two_missing", "residual_for_other_loss"})


class Found(NamedTuple):
    """A mistake that gives an answer's numbers: which, on what line, what stands there then, and a detail."""

    mistake: Mistake
    at: Name
    line: Formula | None = None
    detail: str = ""
    slip: Slip | None = None


class Story:
    """What a person has said so far, on one sheet; a class because it is told answer by answer.

    `right` are quantities whose answers are right as they stand, `carried` the answers with `room` for their rounding,
    `wrong` those that are not right, and whether the slip is their own, `slips` what explains one of them.
    """

    def __init__(self) -> None:
        self.right: dict[Name, Array] = {}
        self.carried: dict[Name, Array] = {}
        self.room: dict[Name, Array] = {}
        self.wrong: dict[Name, bool] = {}
        self.slips: dict[Name, tuple[Slip, ...]] = {}

    def take(self, of: Name, place: tuple[int, int] | None, given: Array, room: Array, whole: Array) -> None:
        """Take an answer as what is gone on from."""
        if of not in self.carried:
            self.carried[of], self.room[of] = whole.copy(), np.zeros(whole.shape)
        if place is not None:
            self.carried[of][place], self.room[of][place] = given[0, 0], room[0, 0]
        elif given.shape == whole.shape:
            self.carried[of], self.room[of] = given, room


class Context(NamedTuple):
    """What a person may have gone on from: lines that are others, by slips that are known, and numbers as answered."""

    lines: Mapping[Name, Formula]
    given: Mapping[Name, Array]


class Judged(NamedTuple):
    """An answer, what is right in its place, the verdict, the mistakes that explain it, and what it goes on from.

    `better` is the same factors in an order that is right; mistakes that were made `together` explain it only so.
    """

    answer: Answer
    verdict: Verdict
    expected: Array | None
    mistakes: tuple[Found, ...] = ()
    carried: tuple[Name, ...] = ()
    says: str = ""
    better: Formula | None = None
    together: bool = False


class Differing(NamedTuple):
    """An entry of an answer that is not ours: its name, its row and column in what was given, and the two numbers."""

    entry: Name
    place: tuple[int, int]
    given: float
    right: float


class Judge:
    """Judges answers to one calculation; a class because what slips lead to is found once for all of them."""

    def __init__(self, model: Model, tolerance: float | None = None) -> None:
        if tolerance is not None and not 0 <= tolerance < 1:
            raise Problem(f"--tolerance is from 0 to below 1, not {tolerance:g}", None, "such as 1e-6", "usage")
        self.model, self.tolerance = model, tolerance
        found = calculate(model, wrt=self._wanted(), backward=model.output is not None)
        self.table = Table(found)
        self.largest = max((float(np.abs(value).max()) for value in self.table.right.values()), default=1.0)
        self.spent = 0
        self.size = sum(value.size for value in self.table.right.values())
        self.known: dict[int, dict[Name, Array]] = {}
        self.rounded: dict[int, dict[Name, Array]] = {}

    def _wanted(self) -> list[str]:
        """Return the quantities that there are gradients by: all that the loss depends on."""
        model = self.model
        targets = {of.base for of in model.targets}
        return [
            of.base
            for of in model.graph.names
            if of is not model.output and of.base not in targets and of.base in self._leading
        ]

    @cached_property
    def _leading(self) -> set[str]:
        """What the output is computed from."""
        needed = {self.model.output}
        for equation in reversed(self.model.graph.equations):
            if equation.name in needed:
                needed.update(names_in(equation.formula))
        return {of.base for of in needed if of is not None}

    @cached_property
    def slips(self) -> list[tuple[Mistake, Slip]]:
        """Every slip of every mistake that may be made here."""
        return [(mistake, slip) for mistake in CATALOGUE.values() for slip in mistake.slips(self.table)]

    def judged(self, answers: Sequence[Answer]) -> list[Judged]:
        """Return the verdicts, in the order of the answers; an answer is judged after those that it goes on from."""
        order = {of: place for place, of in enumerate(self.table.right)}
        verdicts: dict[int, Judged] = {}
        story = Story()
        for answer in answers:
            self._check(answer)
            expected = self._expected(answer)
            whole = answer.formula is None and answer.place is None and bool(answer.rows)
            if whole and self._near(expected, self.kept(answer.of, answer)) == "right":
                story.right[answer.of] = expected
        for place in sorted(range(len(answers)), key=lambda each: order[answers[each].of]):
            answer = answers[place]
            found = verdicts[place] = self._judged(answer, story)
            if answer.formula is None and answer.rows:
                self._take(answer, found, story)
        return [verdicts[place] for place in range(len(answers))]

    def _check(self, answer: Answer) -> None:
        """Raise Problem (`name`) for a quantity that is not computed."""
        if answer.of not in self.table.right:
            hint = "ask for a quantity that the loss depends on"
            raise Problem(f"`{answer.called}` is not computed here", None, hint, "name")

    def _expected(self, answer: Answer) -> Array:
        whole = self.table.right[answer.of]
        return whole if answer.place is None else whole[answer.place][None, None]

    def _take(self, answer: Answer, found: Judged, story: Story) -> None:
        """Take what was answered as what is gone on from."""
        whole, rows = self.table.right[answer.of], self.kept(answer.of, answer)
        scale = float(np.abs(whole).max(initial=0.0))
        room = np.array([[_slack(each, self.tolerance, scale)[0] for each in row] for row in rows])
        story.take(answer.of, answer.place, np.array(rows, dtype=np.float64), room, whole)
        if found.verdict in ("right", "rounded"):
            return
        own = found.verdict != "right_from_there"
        story.wrong[answer.of] = story.wrong.get(answer.of, False) or own
        slips = tuple(each.slip for each in found.mistakes if each.slip is not None)
        if own and slips and answer.place is None:
            story.slips[answer.of] = slips if found.together else slips[:1]

    def kept(self, of: Name, answer: Answer) -> Rows:
        """Return the numbers of an answer as the page has that quantity, a column an example where it has."""
        model, base = self.model, name(of.base)
        if answer.place is not None:
            return answer.rows
        if base in model.per_example and not model.conventions.rows and len(answer.rows) == model.examples():
            return model.by_example(answer.rows)
        rows = answer.rows
        shape = self.table.right[of].shape
        if (len(rows), len(rows[0])) == shape[::-1] != shape and 1 in shape:
            return [list(column) for column in zip(*rows, strict=True)]
        return rows

    # -- one answer -----------------------------------------------------------------------------------------------

    def _judged(self, answer: Answer, story: Story) -> Judged:
        expected = self._expected(answer)
        if answer.formula is not None:
            return self._of_formula(answer, expected)
        if not answer.rows:
            return Judged(answer, "missing", expected)
        rows = self.kept(answer.of, answer)
        closeness = self._near(expected, rows)
        if closeness == "right":
            return Judged(answer, "right", expected)
        if closeness == "coarse":
            return Judged(answer, "rounded", expected, says="right to the digits that are shown")
        otherwise = self._by_convention(answer, rows)
        if otherwise is not None:
            return otherwise._replace(expected=expected)
        before = {
            of: value for of, value in story.carried.items() if of is not answer.of and self._leads(of, answer.of)
        }
        from_there = self._from_there(answer, rows, before, story)
        if from_there is not None:
            return from_there._replace(expected=expected)
        places = self._by_rounding(answer, rows)
        if places is not None and places >= max(_places(each) for row in rows for each in row):
            return Judged(answer, "rounded", expected, says="right where every step is rounded")
        if places is not None:
            early = Found(ROUNDED, answer.of, detail=f"to {counted(places, 'decimal place')}")
            return Judged(answer, "mistake", expected, (early,))
        found, together = self._mistakes(answer, rows, before, story)
        if found:
            return Judged(answer, "mistake", expected, tuple(found), together=together)
        shape = (len(rows), len(rows[0]))
        says = f"it is {text_of(shape)}, and must be {text_of(expected.shape)}" if shape != expected.shape else ""
        return Judged(answer, "wrong", expected, says=says)

    def _by_convention(self, answer: Answer, rows: Rows) -> Judged | None:
        """Return the verdict of an answer that is right where a kink has another slope than here; None for another.

        It is a mistake where the spec chose each convention itself by another of which it is right.
        """
        otherwise = self._otherwise if answer.of.of is not None else ()
        fits = [each for each, values in otherwise if self._near(self._part(values, answer), rows)]
        free = [each for each in fits if each[0] not in self.model.conventions.chosen]
        said = " or ".join(f"{key} = {value}" for key, value in free or fits)
        if free:
            return Judged(answer, "right", None, says=f"right where {said}")
        return Judged(answer, "mistake", None, (Found(CONVENTION, answer.of, detail=said),)) if fits else None

    @cached_property
    def _otherwise(self) -> list[tuple[tuple[str, str], dict[Name, Array]]]:
        """What there is by other conventions at kinks than here, where those decide some of it, and by which."""
        formulas = [equation.formula for equation in self.table.forward.values()]
        ops = {part.op for formula in formulas for part in parts(formula) if isinstance(part, Call)}
        switches = {switch.key for op in ops if (switch := OPS[op].switch) is not None}
        found = []
        for key in [each for each in CHOICES if each in switches] if self.size <= MOST_KEPT else ():
            here = self.model.conventions.chosen.get(key, CHOICES[key][0])
            for other in CHOICES[key]:
                values = self._by(f"{key}={other}") if other != here else {}
                if any(not _equal(value, self.table.right[of]) for of, value in values.items()):
                    found.append(((key, other), values))
        return found

    def _by(self, convention: str) -> dict[Name, Array]:
        """Return what there is by another convention; nothing where there is nothing by it."""
        model = self.model._replace(conventions=typed([convention]).over(self.model.conventions))
        try:
            found = calculate(model, wrt=self._wanted(), backward=True)
        except Problem:
            return {}
        lines = (*self.model.graph.leaves, *self.table.forward, *self.table.backward)
        return {of: np.array(found.machine.rows(of)) for of in lines if found.machine.has(of)}

    def _leads(self, first: Name, last: Name) -> bool:
        lines = self.table.before(last)
        return first in lines or any(first in names_in(self.table.lines[line]) for line in lines)

    def _part(self, values: Mapping[Name, Array], answer: Answer) -> Array | None:
        found = values.get(answer.of)
        if found is None or answer.place is None:
            return found
        return (
            found[answer.place][None, None]
            if all(a < b for a, b in zip(answer.place, found.shape, strict=True))
            else None
        )

    def _near(self, value: Array | None, rows: Rows, room: Array | None = None) -> Literal["right", "coarse", ""]:
        """Return whether numbers are a value: at the digits they show, at too few digits, or not.

        There may be `room` beside that for what earlier numbers were rounded by.
        """
        if value is None or value.shape != (len(rows), len(rows[0])):
            return ""
        scale = float(np.abs(value).max(initial=0.0)) or self.largest
        found: Literal["right", "coarse", ""] = "right"
        rooms = room.ravel().tolist() if room is not None else [0.0] * value.size
        given = [each for row in rows for each in row]
        for ours, theirs, more in zip(value.ravel().tolist(), given, rooms, strict=True):
            close = self._close(ours, theirs, scale, more)
            if not close:
                return ""
            found = "coarse" if close == "coarse" else found
        return found

    def _close(self, ours: float, theirs: float, scale: float, room: float = 0.0) -> Literal["right", "coarse", ""]:
        """Return whether a number is ours, of a quantity whose largest entry is `scale`."""
        far, (slack, digits) = abs(ours - float(theirs)), _slack(theirs, self.tolerance, scale)
        if far > slack + room + 4e-16 * abs(ours):
            return ""
        if digits >= _DIGITS or far <= 1e-9 * max(1.0, abs(ours)):
            return "right"
        return "coarse" if far <= _COARSE * abs(ours) else ""

    def differing(self, judged: Judged) -> list[Differing]:
        """Return the entries of a quantity or gradient that are not ours; none of a formula, or of another shape."""
        answer, expected = judged.answer, judged.expected
        rows = self.kept(answer.of, answer) if answer.rows else ()
        if expected is None or not rows or expected.shape != (len(rows), len(rows[0])):
            return []
        scale = float(np.abs(expected).max(initial=0.0)) or self.largest
        transposed = rows is not answer.rows
        names = [[answer.entry]] if answer.entry is not None else self._elements.names(name(answer.of.base))
        return [
            Differing(name(answer.of.base, entry.index, of=answer.of.of), (j, i) if transposed else (i, j), given, ours)
            for i, line in enumerate(names)
            for j, entry in enumerate(line)
            for ours, given in [(float(expected[i, j]), float(rows[i][j]))]
            if not self._close(ours, rows[i][j], scale)
        ]

    @cached_property
    def _elements(self) -> Elements:
        return Elements(self.table.shapes, bases(self.model.graph))

    def _from_there(self, answer: Answer, rows: Rows, before: dict[Name, Array], story: Story) -> Judged | None:
        """Return the verdict of an answer that is right if earlier ones are taken as they stand; None for another."""
        wrong = [of for of in before if of in story.wrong]
        tried = [(self._explained(before, story), wrong)] if wrong else []
        some = [[*before], wrong, *([of] for of in wrong), *(list(pair) for pair in combinations(wrong[:8], 2))]
        tried += [(Context({}, {of: before[of] for of in each}), each) for each in some if each]
        for context, names in tried:
            values = self.table.changed(context.lines, context.given, answer.of)
            value = self._part(values, answer)
            if value is None or value.shape != (len(rows), len(rows[0])):
                continue
            if self._near(value, rows, self._room(answer, value, context, story)):
                blamed = tuple(of for of in names if story.wrong.get(of)) or tuple(
                    of for of in names if of in story.wrong
                )
                if blamed:
                    return Judged(answer, "right_from_there", None, carried=blamed)
                return Judged(answer, "rounded", None, says="right with the rounded numbers before it")
        return None

    def _explained(self, before: Mapping[Name, Array], story: Story) -> Context:
        """Return what a person went on from, unrounded where the slip is known."""
        lines = {of: line for each in before for slip in story.slips.get(each, ()) for of, line in slip.lines.items()}
        given = {of: value for each in before for slip in story.slips.get(each, ()) for of, value in slip.given.items()}
        own = {of: before[of] for of in before if story.wrong.get(of) and of not in story.slips}
        return Context(lines, {**given, **own})

    def _room(self, answer: Answer, value: Array, context: Context, story: Story) -> Array:
        """Return how far an answer may be off as the numbers before it were rounded, or were not."""
        found = np.zeros(value.shape)
        moved = [of for of in context.given if of in story.room and story.room[of].any()]
        draw = np.random.default_rng(0)
        for _ in range(_NUDGES if moved else 0):
            given = {of: context.given[of] + draw.uniform(-1, 1, story.room[of].shape) * story.room[of] for of in moved}
            other = self._part(self.table.changed(context.lines, {**context.given, **given}, answer.of), answer)
            if other is not None and other.shape == value.shape:
                found = np.maximum(found, np.abs(other - value))
        return 2 * found

    def _by_rounding(self, answer: Answer, rows: Rows) -> int | None:
        """Return to how many places every step is rounded where an answer comes of it, None where it does not."""
        model = self.model
        shown = [_places(each) for row in rows for each in row]
        if not shown or model.conventions.rounding is not None or sum(v.size for v in self.table.right.values()) > _FEW:
            return None
        for places in sorted({each for each in (max(shown), 1, 2, 3, 4) if each <= max(shown)}, reverse=True):
            if places not in self.rounded:
                self.rounded[places] = self._by(f"round_steps={places}") if 0 < places < MOST_PLACES else {}
            found = self.rounded[places].get(answer.of)
            if found is not None and self._near(self._part({answer.of: found}, answer), rows) == "right":
                return places
        return None

    # -- mistakes -------------------------------------------------------------------------------------------------

    def _mistakes(
        self, answer: Answer, rows: Rows, before: dict[Name, Array], story: Story
    ) -> tuple[list[Found], bool]:
        """Return the mistakes that an answer comes of, and whether of all of them together."""
        contexts = [self._explained(before, story), Context({}, before), Context({}, {})]
        apart = [each.of for each in dict.fromkeys(map(_Same, contexts))]
        told = _digits(rows) >= _TOLD
        found = self._slipped(answer, rows, apart, story, None)
        if not found:
            found = [*self._of_the_pen(answer, rows, self._expected(answer))] or [*self._another(answer, rows)]
        if not found and told:
            found = self._slipped(answer, rows, apart, story, _room(rows, self.tolerance))
        if not found and told:
            return self._pair(answer, rows, contexts[0]), True
        return _best(found, answer.of), False

    def _slipped(
        self, answer: Answer, rows: Rows, contexts: Sequence[Context], story: Story, room: Array | None
    ) -> list[Found]:
        """Return the slips that give an answer, on its own line or on one that is told by enough digits."""
        told = _digits(rows) >= _TOLD
        found: list[Found] = []
        for context in contexts:
            for mistake, slip in self.slips:
                own = slip.at is answer.of
                if self.spent > MOST_WORK or not (own or told) or not self._reaches(slip, answer.of, context):
                    continue
                values = self._values(slip, context, answer.of)
                near = self._near(self._part(values, answer), rows, room)
                if near and (own or not _contradicted(values, story.right)):
                    found.append(_found(mistake, slip))
            if found:
                break
        return found

    def _reaches(self, slip: Slip, goal: Name, context: Context) -> bool:
        """Return whether a slip may change a quantity, others being as they were answered."""
        if slip.given:
            return any(self._leads(of, goal) for of in slip.given)
        lines = self.table.before(goal)
        return any(of in lines and of not in context.given and of not in context.lines for of in slip.lines)

    def _values(self, slip: Slip, context: Context, goal: Name) -> Mapping[Name, Array]:
        """Return what is changed by a slip, where a person goes on from a context."""
        alone = not context.lines and not context.given
        if not alone or self.size > MOST_KEPT or id(slip) not in self.known:
            self.spent += self.size + 100
        end = goal if self.size > MOST_KEPT else None
        if not alone or self.size > MOST_KEPT:
            return self.table.changed({**context.lines, **slip.lines}, {**slip.given, **context.given}, end)
        if id(slip) not in self.known:
            self.known[id(slip)] = self.table.changed(slip.lines, slip.given)
        return self.known[id(slip)]

    def _pair(self, answer: Answer, rows: Rows, context: Context) -> list[Found]:
        """Return two slips that give an answer together."""
        common = [
            (mistake, slip) for mistake, slip in self.slips
            if mistake.code in TOGETHER and len(slip.lines) == 1 and self._reaches(slip, answer.of, context)
        ]  # fmt: skip
        for tried, ((one, first), (other, second)) in enumerate(combinations(common, 2)):
            if tried * max(self.size, 100) > MOST_PAIRS * 100:
                break
            if first.at is second.at:
                continue
            self.spent += self.size
            if self.spent > MOST_WORK:
                break
            lines = {**context.lines, **first.lines, **second.lines}
            values = self.table.changed(lines, context.given, answer.of)
            if self._near(self._part(values, answer), rows):
                return [_found(one, first), _found(other, second)]
        return []

    def _of_the_pen(self, answer: Answer, rows: Rows, expected: Array) -> Iterator[Found]:
        """Yield what was written wrongly in the answer itself: a sign, two digits, the point, of a few entries."""
        if expected.shape != (len(rows), len(rows[0])):
            return
        names = set()
        for ours, given in zip(expected.ravel().tolist(), [each for row in rows for each in row], strict=True):
            if self._near(np.array([[ours]]), [[given]]):
                continue
            code = self._written(ours, given)
            if code is None:
                return
            names.add(code)
        if len(names) == 1:
            yield Found(CATALOGUE[names.pop()], answer.of, detail="in the answer itself")

    def _written(self, ours: float, given: float) -> str | None:
        one = np.array([[ours]])
        text = given.text if isinstance(given, Figure) else repr(given)
        if self._near(one, [[_figure(text[1:] if text.startswith("-") else f"-{text}")]]):
            return "sign_lost"
        if any(self._near(one, [[_figure(other)]]) for other in swapped(text)):
            return "digits_swapped"
        slack, shown = _slack(given, self.tolerance, abs(ours))
        moved = any(abs(ours * factor - float(given)) <= slack for factor in (10.0, 0.1, 100.0, 0.01))
        if moved and shown >= _DIGITS:
            return "decimal_point"
        return None

    def _another(self, answer: Answer, rows: Rows) -> Iterator[Found]:
        """Yield the other quantity that an answer is."""
        for of, value in self.table.right.items():
            if of is not answer.of and self._near(self._part({answer.of: value}, answer), rows) and _digits(rows) > 3:
                yield Found(ANOTHER, answer.of, detail=f"{of.id}")
                return

    # -- formulas -------------------------------------------------------------------------------------------------

    def _of_formula(self, answer: Answer, expected: Array) -> Judged:
        """Judge a formula: its shape, its value at the numbers there are and at random ones, then the catalogue."""
        assert answer.formula is not None
        formula = answer.formula
        if any(answer.of is used or answer.of in self.table.before(used) for used in map(_whole, names_in(formula))):
            return Judged(answer, "wrong", expected, says="it says itself, or what follows from it")
        try:
            shape = self.table.shapes.of(formula)
        except Problem as problem:
            said = f"the shapes do not fit: {problem.message}"
            return Judged(answer, "wrong", expected, says=said, better=self._fitting(formula, expected))
        wanted = self.table.shapes.of(answer.of) if answer.place is None else (1, 1)
        if shape != wanted:
            said = f"it is {text_of(shape)}, and must be {text_of(wanted)}"
            return Judged(answer, "wrong", expected, says=said, better=self._fitting(formula, expected))
        value = self.table.value(formula)
        if value is None:
            return Judged(answer, "wrong", expected, says="it has no value here")
        if _equal(value, expected):
            if not self._elsewhere(answer):
                said = "its value is right for these numbers alone, not for others"
                return Judged(answer, "wrong", expected, says=said)
            return Judged(answer, "right", expected)
        rows = value.tolist()
        found, together = self._mistakes(answer._replace(rows=rows), rows, {}, Story())
        return Judged(answer, "mistake" if found else "wrong", expected, tuple(found), together=together)

    def _fitting(self, formula: Formula, expected: Array) -> Formula | None:
        """Return the same factors in another order, or turned, that are right."""
        factors = [formula]
        while is_call(factors[0], "mul"):
            factors[:1] = factors[0].args
        if len(factors) > _MOST_FACTORS:
            return None
        for order in permutations(factors):
            for turns in product((False, True), repeat=len(order)):
                other = chain([turned(each) if turn else each for each, turn in zip(order, turns, strict=True)])
                value = self.table.value(other)
                if value is not None and _equal(value, expected):
                    return other
        return None

    def _elsewhere(self, answer: Answer) -> bool:
        """Return whether a formula is right for all other numbers that it is tried at, of either sign."""
        draw = random.Random(7)  # noqa: S311 - numbers to compare at
        for _ in range(_DRAWS):
            given = {of: rows if _is_choice(rows) else _drawn(rows, draw) for of, rows in self.model.given.items()}
            try:
                other = Table(calculate(self.model._replace(given=given), wrt=self._wanted(), backward=True))
            except Problem:
                continue
            assert answer.formula is not None
            value, right = other.value(answer.formula), other.right.get(answer.of)
            if value is None or right is None:
                continue
            if not _equal(value, right[answer.place][None, None] if answer.place is not None else right):
                return False
        return True


def _whole(of: Name) -> Name:
    return name(of.base, of=of.of)


def _is_choice(rows: Rows) -> bool:
    """Return whether numbers say yes or no, or which class: they stay."""
    return all(float(each) in {0.0, 1.0} for row in rows for each in row)


def _drawn(rows: Rows, draw: random.Random) -> Rows:
    return [[draw.choice((-1, 1)) * draw.uniform(0.2, 1.5) for _ in row] for row in rows]


#: At how many other numbers a formula is tried.
_DRAWS: Final = 5
#: From how many digits on a number was computed by a program, and has its rounding.
_COMPUTED: Final = 7
#: From how many digits on a number may be off by rounding that it was carried on with, in halves of its last digit.
_FINE, _CARRIED = 4, 2
#: How many digits an answer shows at least, and how far, relatively, one with fewer may be off.
_DIGITS, _COARSE = 2, 0.1
#: How far apart, of the largest entry, what a slip leads to is seen to be from what was answered.
_SEEN: Final = 5e-3
#: How many digits an answer shows together at least for a slip on an earlier line to be looked for.
_TOLD: Final = 3
#: How often the numbers before an answer are moved within their rounding.
_NUDGES: Final = 6
#: How many entries all quantities may have together where steps are rounded.
_FEW = 400
#: Of how many factors other orders are tried.
_MOST_FACTORS: Final = 4
ROUNDED: Final = Mistake("rounded_too_early", "steps were rounded, and carried on with", lambda _: iter(()))
CONVENTION: Final = Mistake("other_convention", "it is right by another convention than the spec's", lambda _: iter(()))
ANOTHER: Final = Mistake("another_quantity", "it is the value of another quantity", lambda _: iter(()))


def _contradicted(values: Mapping[Name, Array], right: Mapping[Name, Array]) -> bool:
    """Return whether a slip would have made other answers wrong that are right."""
    for of, ours in right.items():
        found = values.get(of)
        if found is not None and found is not ours:
            scale = float(np.abs(ours).max(initial=0.0))
            if found.shape != ours.shape or float(np.abs(found - ours).max(initial=0.0)) > _SEEN * scale:
                return True
    return False


def _found(mistake: Mistake, slip: Slip) -> Found:
    return Found(mistake, slip.at, slip.lines.get(slip.at), slip.detail, slip)


class _Same:
    """A context by what is in it, so that none is gone through twice."""

    def __init__(self, of: Context) -> None:
        self.of = of
        self.key = (*of.lines.items(), *((name_, id(value)) for name_, value in of.given.items()))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and self.key == other.key

    def __hash__(self) -> int:
        return hash(self.key)


def _best(found: Sequence[Found], of: Name) -> list[Found]:
    """Return a few of the mistakes, each once: lines before the pen, its own line first, vague ones last."""
    once: dict[str, Found] = {}
    for each in found:
        once.setdefault(each.mistake.code, each)

    def order(each: Found) -> tuple[bool, bool, bool]:
        return each.mistake.code in _OF_THE_PEN, each.at is not of, each.mistake.code in _VAGUE

    return sorted(once.values(), key=order)[:MOST_NAMED]


def _figure(text: str) -> float:
    try:
        return Figure(text)
    except ValueError:
        return float("nan")


def _places(number: float) -> int:
    """Return how many decimal places a number was written with."""
    if not isinstance(number, Figure) or "/" in number.text:
        return 0
    return max(0, -int(Decimal(number.text).as_tuple().exponent))


def _slack(number: float, tolerance: float | None, scale: float) -> tuple[float, int]:
    """Return how far a number may be off, and how many digits it shows: as many as were typed, of a float all."""
    if tolerance is not None or not isinstance(number, Figure):
        return max((TOLERANCE if tolerance is None else tolerance) * scale, 1e-15), 17
    if "/" in number.text:
        return 1e-12 * scale, 17
    _, digits, exponent = Decimal(number.text).as_tuple()
    assert isinstance(exponent, int)
    shown = len(digits) if any(digits) else max(1, -exponent)
    if shown >= _COMPUTED:  # by a program, in floats
        return max(TOLERANCE * scale, 0.5 * 10.0 ** max(exponent, -300)), shown
    return 0.5 * float(Decimal(1).scaleb(max(exponent, -400))) * (1 + 1e-9) if exponent < 300 else 0.0, shown


def _room(rows: Rows, tolerance: float | None) -> Array:
    """Return how far numbers that were carried on with as they are printed are off beside their own rounding."""
    slacks = [[_slack(each, tolerance, 1.0) for each in row] for row in rows]
    return np.array(
        [[_CARRIED * slack if _FINE <= shown < _COMPUTED else 0.0 for slack, shown in row] for row in slacks]
    )


def _digits(rows: Rows) -> int:
    """Return how many digits numbers show together."""
    return sum(_slack(each, None, 1.0)[1] for row in rows for each in row if float(each))


def _equal(one: Array, other: Array) -> bool:
    return one.shape == other.shape and bool(
        np.allclose(one, other, rtol=1e-9, atol=1e-11 * float(np.abs(other).max(initial=1.0)))
    )
