"""Names for what a person would name: parts of an expression that are read again and again, gradients that go on.

A name that the lines use once, or that only stands in what another is, is taken back. Knows formulas, shapes and
lines.
"""

from __future__ import annotations

from collections import Counter
from typing import NamedTuple

from nncalc.algebra.cost import cost
from nncalc.algebra.simplest import Simplifier
from nncalc.deriving.derivation import Derivation, Step
from nncalc.deriving.naming import unused
from nncalc.deriving.reverse import TOGETHER, Pair
from nncalc.graph.shapes import PARTS
from nncalc.graph.sizes import SCALAR, Shape
from nncalc.language.formula import Call, Formula, Name, call, name, parts, replace
from nncalc.language.printer import Style, show
from nncalc.ops import OPS

#: How many columns a line takes before parts that are used twice get a name, and how long such a part is at least.
LONG, PART = 58, 3
#: How many columns a line may take before whatever it shares with others gets a name.
WIDE = 90
_READ = Style(paper=True, dot=False)
#: How long a gradient is at least that gets a name, and one that is only added to others.
GRADIENT, ADDED = 5, 14
#: What gets no name: what only turns or signs another part.
_NEVER = frozenset({"neg", "transpose"})


class Given(NamedTuple):
    """A name that is given before the line at `place`, with its shape; `letter` is the kind of name it gets."""

    place: int
    name: Name
    formula: Formula
    shape: Shape
    letter: str


def with_names(found: Derivation) -> tuple[list[Step], list[Given]]:
    """Return the lines of a derivation with names for what is long and used again, and what they stand for."""
    steps, known = list(found.steps), _Known({}, {})
    if not any(step.pairs for step in steps):
        return steps, []  # the other methods have names, or lines, of their own
    if max(sum(map(known.width, _sides(step))) for step in steps[1:]) <= LONG:
        return steps, []
    steps, names = _parts(found, steps)
    steps, more = _gradients(found, steps, len(names))
    return _lettered(found, *_taken_back(*_narrowed(found, steps, [*names, *more])))


def _parts(found: Derivation, steps: list[Step]) -> tuple[list[Step], list[Given]]:
    """Give names to parts of the expression that stand in a line twice, as they are there or written shortly."""
    setting, shapes = found.setting, found.setting.shapes
    simplifier = Simplifier(shapes, setting.facts, [setting.formula])
    names: list[Given] = []
    twice = _twice([step.right for step in steps[1:]])
    inside = _inside_products(setting.formula)
    forms: dict[Formula, Formula] = {}  # each part, written with the names given so far
    new: dict[Formula, Formula] = {}
    for part in parts(setting.formula):
        own = forms[part] = call(part.op, *[forms[arg] for arg in part.args]) if isinstance(part, Call) else part
        if not isinstance(part, Call) or part.op in ("neg", "transpose", "div") or part is setting.formula:
            continue
        long = PART - 1 if _is_softmax(part) and isinstance(part.args[0], Call) else PART
        if cost(own)[0] < long or part in inside or (part.op == "mul" and shapes.of(part) == SCALAR):
            continue
        # a name hides no part that is tried later, so what the lines say without names is how often it is read
        short = simplifier.simplest(part)
        if part not in twice and short not in twice:
            continue
        each = _stand_in(found, len(names), shapes.of(part))
        names.append(Given(1, each, own, shapes.of(part), "p" if _is_softmax(part) else "u"))
        forms[part] = new[part] = each
        if isinstance(short, Call) and cost(short)[0] >= PART:
            new[short] = each
    done: dict[Formula, Formula] = {}
    return [*steps[:1], *[_replaced(step, new, done) for step in steps[1:]]], names


def _is_softmax(part: Call) -> bool:
    """Return whether a part is probabilities: the softmax of each column, or of each row."""
    return (OPS[part.op].base or part.op) == "softmax"


def _inside_products(formula: Formula) -> set[Formula]:
    """Return the products of matrices that only begin longer ones: nobody names them."""
    found: set[Formula] = set()
    others: set[Formula] = set()
    for part in parts(formula):
        for arg in part.args if isinstance(part, Call) else ():
            (found if isinstance(part, Call) and part.op == "mul" else others).add(arg)
    return {each for each in found - others if isinstance(each, Call) and each.op == "mul"}


def _stand_in(found: Derivation, count: int, shape: Shape) -> Name:
    """Return a name that no person gives, for the time until it is known which names stay."""
    each = name(f"part {count}")
    found.setting.shapes.name(each, shape)
    return each


def _gradients(found: Derivation, steps: list[Step], count: int) -> tuple[list[Step], list[Given]]:
    """Give names to gradients that the next line uses whole, as one does going back through layers."""
    shapes = found.setting.shapes
    names: list[Given] = []
    new: dict[Formula, Formula] = {}  # the names given so far, which hold from their line on
    done: dict[Formula, Formula] = {}
    written = steps[:1]
    for place, plain in enumerate(steps[1:], 1):
        step = _replaced(plain, new, done)
        if place < len(steps) - 2 and len(step.pairs) == 1:
            gradient = step.pairs[0].gradient
            following = steps[place + 1]
            after = replace(following.right, new, done)
            least = ADDED if following.why == TOGETHER else GRADIENT
            if cost(gradient)[0] >= least and after is not gradient and _counts(after).get(gradient) == 1:
                shape = shapes.of(found.steps[place].pairs[0].gradient)
                each = _stand_in(found, count + len(names), shape)
                names.append(Given(place, each, gradient, shape, "r"))
                new[plain.pairs[0].gradient], done = each, {}
                step = _replaced(plain, new, done)
        written.append(step)
    return written, names


def _narrowed(found: Derivation, steps: list[Step], names: list[Given]) -> tuple[list[Step], list[Given]]:
    """Return the lines and names with more names, for what wide lines have in common with others or twice."""
    known = _Known({}, {})
    settled: set[tuple[Formula, ...]] = set()
    while True:
        texts = [*map(_sides, steps[1:]), *((given.formula,) for given in names)]
        wide = [text for text in texts if text not in settled and sum(map(known.width, text)) > WIDE]
        if not wide:
            return steps, names
        widest = max(wide, key=lambda text: sum(map(known.width, text)))
        part = _shared(found, steps, [each for text in texts for each in text], widest, known)
        if part is None:
            settled.add(widest)
        else:
            steps, names = _named(found, steps, names, part, known)


class _Known(NamedTuple):
    """How wide formulas are with a sign, and how often their parts stand in them; each is looked at once."""

    widths: dict[Formula, int]
    counts: dict[Formula, dict[Formula, int]]

    def width(self, formula: Formula) -> int:
        if formula not in self.widths:
            self.widths[formula] = len(show(formula, _READ)) + len(" = ")
        return self.widths[formula]

    def counted(self, formula: Formula) -> dict[Formula, int]:
        if formula not in self.counts:
            self.counts[formula] = _counts(formula)
        return self.counts[formula]


def _sides(step: Step) -> tuple[Formula, ...]:
    return (step.right,) if step.left is None else (step.left, step.right)


def _shared(
    found: Derivation, steps: list[Step], texts: list[Formula], wide: tuple[Formula, ...], known: _Known
) -> Call | None:
    """Return the part of a wide line whose name would save most, None where nothing in it is used twice."""
    shapes = found.setting.shapes
    counts = [known.counted(text) for text in texts]
    never = {step.right for step in steps if isinstance(step.left, Name)} | {steps[-1].right}
    for text in wide:
        never |= _inside_products(text) | _with_differentials(text)
    saved: dict[Call, int] = {}
    for part in dict.fromkeys(part for text in wide for part in known.counted(text)):
        if not isinstance(part, Call) or part.op in _NEVER or part in never or cost(part)[0] < GRADIENT:
            continue
        if part.op == "mul" and shapes.of(part) == SCALAR:
            continue
        saved[part] = (sum(count.get(part, 0) for count in counts) - 1) * known.width(part)
    best = max(saved, key=lambda part: saved[part], default=None)
    return best if best is not None and saved[best] > 0 else None


def _with_differentials(formula: Formula) -> set[Formula]:
    """Return the parts of a formula in which a differential stands."""
    found: set[Formula] = set()
    for part in parts(formula):
        if isinstance(part, Call) and (part.op == "differential" or any(arg in found for arg in part.args)):
            found.add(part)
    return found


def _named(
    found: Derivation, steps: list[Step], names: list[Given], part: Call, known: _Known
) -> tuple[list[Step], list[Given]]:
    """Return the lines and names with a name for a part, given before it is first used."""
    each = _stand_in(found, len(names), found.setting.shapes.of(part))
    uses = [at for at, step in enumerate(steps) if at and any(part in known.counted(side) for side in _sides(step))]
    inside = [at for at, given in enumerate(names) if part in known.counted(given.formula)]
    place = min([*uses, *(names[at].place for at in inside)])
    at = inside[0] if inside and names[inside[0]].place == place else sum(given.place <= place for given in names)
    new: dict[Formula, Formula] = {part: each}
    done: dict[Formula, Formula] = {}
    rest = [
        given._replace(formula=replace(given.formula, new, done)) if at in inside else given
        for at, given in enumerate(names)
    ]
    rest.insert(at, Given(place, each, part, found.setting.shapes.of(part), "r"))
    return [_replaced(step, new, done) if at in uses else step for at, step in enumerate(steps)], rest


def _taken_back(steps: list[Step], names: list[Given]) -> tuple[list[Step], list[Given]]:
    """Return the lines and the names without those that are used once, or only in what another name is."""
    uses: Counter[Formula] = Counter()
    for step in steps[1:]:
        for side in _sides(step):
            uses.update(_counts(side))
    within = {given.name: Counter(_counts(given.formula)) for given in names}
    kept: list[Given] = []
    for given in reversed(names):
        inside = sum(within[each.name][given.name] for each in kept)
        if uses[given.name] > 1 or (uses[given.name] and inside > 1):
            kept.append(given)
            continue
        for counts in (uses, *(within[each.name] for each in kept)):
            for other in names:
                counts[other.name] += counts[given.name] * within[given.name][other.name]
    back: dict[Formula, Formula] = {}
    done: dict[Formula, Formula] = {}
    for given in names:
        if given not in kept:
            back[given.name] = done[given.name] = replace(given.formula, back, done)
    kept = [each._replace(formula=replace(each.formula, back, done)) for each in reversed(kept)]
    return [*steps[:1], *[_replaced(step, back, done) for step in steps[1:]]], kept


def _lettered(found: Derivation, steps: list[Step], names: list[Given]) -> tuple[list[Step], list[Given]]:
    """Return the lines and the names with letters in place of what stood in for them; matrices get capitals."""
    shapes = found.setting.shapes
    taken: list[Formula] = [*[step.right for step in steps], found.setting.formula, found.setting.of]
    new: dict[Formula, Formula] = {}
    letters: list[Name] = []
    for given in names:
        letter = unused(given.letter if 1 in given.shape else given.letter.upper(), taken, shapes.letters)
        taken.append(letter)
        letters.append(letter)
        shapes.name(letter, given.shape)
        new[given.name] = letter
    done: dict[Formula, Formula] = {}
    named = [
        given._replace(name=letter, formula=replace(given.formula, new, done))
        for given, letter in zip(names, letters, strict=True)
    ]
    return [_replaced(step, new, done) for step in steps], named


def _replaced(step: Step, new: dict[Formula, Formula], done: dict[Formula, Formula]) -> Step:
    """Return a line with names for some parts; `done` keeps what other lines have of them too."""
    if not new:
        return step
    pairs = tuple(Pair(replace(p.gradient, new, done), replace(p.of, new, done)) for p in step.pairs)
    left = replace(step.left, new, done) if isinstance(step.left, Call) else step.left
    return step._replace(left=left, right=replace(step.right, new, done), pairs=pairs)


def _twice(texts: list[Formula]) -> set[Formula]:
    """Return the parts that stand in one of `texts` more than once, read as text."""
    return {part for text in texts for part, count in _counts(text).items() if count > 1}


def _counts(formula: Formula) -> dict[Formula, int]:
    """Return how often each part stands in `formula`, read as text; indices are no parts, which nobody names."""
    counts: dict[Formula, int] = {formula: 1}
    for part in reversed(parts(formula)):
        if not isinstance(part, Call) or part not in counts:
            continue
        for arg in part.args[:1] if part.op in PARTS else part.args:
            counts[arg] = counts.get(arg, 0) + counts[part]
    return counts
