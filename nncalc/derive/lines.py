"""The lines of a derivation as rows of a page; what is long and used again gets a name. Knows formulas, not looks."""

from __future__ import annotations

from nncalc.algebra.cost import cost
from nncalc.derive.derivation import Derivation, Step
from nncalc.derive.naming import unused
from nncalc.derive.reverse import Pair
from nncalc.graph.sizes import SCALAR, Shape
from nncalc.language.formula import Call, Formula, Name, call, parts, replace
from nncalc.page import Row, Side

#: How long a line is before parts that are used twice get a name, and how long such a part is at least.
LONG, PART = 22, 3
NAMED, WRITTEN_OUT = "named, as it is used again", "written out"


def rows(found: Derivation) -> tuple[Row, ...]:
    """Return the lines of a derivation; what is long and used again has a name, given where it is first used."""
    steps, names = list(found.steps), []  # type: tuple[list[Step], list[tuple[int, Name, Formula]]]
    shapes = found.setting.shapes
    by_rules = any(step.pairs for step in steps)  # the other methods have names, or lines, of their own
    if by_rules and max(cost(step.right)[0] for step in steps) > LONG:
        steps, names = _named_parts(found, steps)
        steps, more = _named_gradients(found, steps, [each for _, each, _ in names])
        names += more
    result: list[Row] = []
    left = steps[0].left
    for place, step in enumerate(steps):
        fresh = [row_of(each, part, shapes.of(each), NAMED) for at, each, part in names if at == place]
        result += fresh
        left = step.left or left
        row = row_of(left if fresh else step.left, step.right, step.shape, step.why)
        result.append(row._replace(laws=step.laws))
    if names and steps[-1].right is not found.derivative:
        result.append(row_of(None, found.derivative, found.shape, WRITTEN_OUT)._replace(again=True))
    return tuple(result)


def _named_parts(found: Derivation, steps: list[Step]) -> tuple[list[Step], list[tuple[int, Name, Formula]]]:
    """Give names to parts of the expression that stand in a line twice."""
    shapes = found.setting.shapes
    names: list[tuple[int, Name, Formula]] = []
    taken: list[Formula] = [step.right for step in steps] + [found.setting.of]
    twice = _twice([step.right for step in steps[1:]])
    forms: dict[Formula, Formula] = {}  # each part, written with the names given so far
    new: dict[Formula, Formula] = {}
    for part in parts(found.setting.formula):
        own = forms[part] = call(part.op, *[forms[arg] for arg in part.args]) if isinstance(part, Call) else part
        if not isinstance(part, Call) or part.op in ("neg", "transpose", "div") or part is found.setting.formula:
            continue
        # a name hides no part that is tried later, so what the lines say without names is how often it is read
        if part not in twice or cost(own)[0] < PART or (part.op == "mul" and shapes.of(part) == SCALAR):
            continue
        each = unused("u", taken, shapes.letters)
        taken.append(each)
        shapes.name(each, shapes.of(part))
        names.append((1, each, own))
        forms[part] = new[part] = each
    done: dict[Formula, Formula] = {}
    return [*steps[:1], *[_with_names(step, new, done) for step in steps[1:]]], names


def _named_gradients(
    found: Derivation, steps: list[Step], others: list[Name]
) -> tuple[list[Step], list[tuple[int, Name, Formula]]]:
    """Give names to gradients that the next line uses whole, as one does going back through layers."""
    shapes = found.setting.shapes
    names: list[tuple[int, Name, Formula]] = []
    taken: list[Formula] = [*[step.right for step in steps], found.setting.formula, found.setting.of, *others]
    new: dict[Formula, Formula] = {}  # the names given so far, which hold from their line on
    done: dict[Formula, Formula] = {}
    written = steps[:1]
    for place, plain in enumerate(steps[1:], 1):
        step = _with_names(plain, new, done)
        if place < len(steps) - 2 and len(step.pairs) == 1:
            gradient = step.pairs[0].gradient
            after = replace(steps[place + 1].right, new, done)
            if cost(gradient)[0] >= PART + 2 and after is not gradient and _count(after, gradient) == 1:
                each = unused("r", taken, shapes.letters)
                taken.append(each)
                shapes.name(each, shapes.of(found.steps[place].pairs[0].gradient))
                names.append((place, each, gradient))
                new[plain.pairs[0].gradient], done = each, {}
                step = _with_names(plain, new, done)
        written.append(step)
    return written, names


def _with_names(step: Step, new: dict[Formula, Formula], done: dict[Formula, Formula]) -> Step:
    """Return a line with names for some parts; `done` keeps what other lines have of them too."""
    if not new:
        return step
    pairs = tuple(Pair(replace(p.gradient, new, done), replace(p.of, new, done)) for p in step.pairs)
    left = replace(step.left, new, done) if isinstance(step.left, Call) else step.left
    return step._replace(left=left, right=replace(step.right, new, done), pairs=pairs)


def _twice(texts: list[Formula]) -> set[Formula]:
    """Return the parts that stand in one of `texts` more than once, read as text."""
    return {part for text in texts for part, count in _counts(text).items() if count > 1}


def _count(formula: Formula, part: Formula) -> int:
    """Return how often `part` stands in `formula`, read as text."""
    return _counts(formula).get(part, 0)


def _counts(formula: Formula) -> dict[Formula, int]:
    """Return how often each part stands in `formula`, read as text."""
    counts: dict[Formula, int] = {formula: 1}
    for part in reversed(parts(formula)):
        for arg in part.args if isinstance(part, Call) else ():
            counts[arg] = counts.get(arg, 0) + counts[part]
    return counts


def row_of(
    left: Formula | None, right: Formula, shape: Shape | None = None, why: str = "", *, exact: bool = True
) -> Row:
    """Return a line with one side."""
    return Row(left, (Side(right, exact),), shape, (why,) if why else ())
