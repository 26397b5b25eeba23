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
    forms: dict[Formula, Formula] = {}  # each part, written with the names given so far
    for part in parts(found.setting.formula):
        own = forms[part] = call(part.op, *[forms[arg] for arg in part.args]) if isinstance(part, Call) else part
        if not isinstance(part, Call) or part.op in ("neg", "transpose", "div") or part is found.setting.formula:
            continue
        if cost(own)[0] < PART or (part.op == "mul" and shapes.of(part) == SCALAR):
            continue
        texts = [step.right for step in steps[1:]]
        if max(_count(text, own) for text in texts) < 2:
            continue
        new = unused("u", taken, shapes.letters)
        taken.append(new)
        shapes.name(new, shapes.of(part))
        names.append((1, new, own))
        forms[part] = new
        steps = [*steps[:1], *[_with_name(step, own, new) for step in steps[1:]]]
    return steps, names


def _named_gradients(
    found: Derivation, steps: list[Step], others: list[Name]
) -> tuple[list[Step], list[tuple[int, Name, Formula]]]:
    """Give names to gradients that the next line uses whole, as one does going back through layers."""
    shapes = found.setting.shapes
    names: list[tuple[int, Name, Formula]] = []
    taken: list[Formula] = [*[step.right for step in steps], found.setting.formula, found.setting.of, *others]
    for place in range(1, len(steps) - 2):
        if len(steps[place].pairs) != 1:
            continue
        gradient = steps[place].pairs[0].gradient
        after = steps[place + 1].right
        if cost(gradient)[0] < PART + 2 or after is gradient or _count(after, gradient) != 1:
            continue
        new = unused("r", taken, shapes.letters)
        taken.append(new)
        shapes.name(new, shapes.of(found.steps[place].pairs[0].gradient))
        names.append((place, new, gradient))
        steps = [*steps[:place], *[_with_name(step, gradient, new) for step in steps[place:]]]
    return steps, names


def _with_name(step: Step, part: Formula, new: Name) -> Step:
    pairs = tuple(Pair(replace(p.gradient, {part: new}), replace(p.of, {part: new})) for p in step.pairs)
    return step._replace(left=_renamed(step.left, part, new), right=replace(step.right, {part: new}), pairs=pairs)


def _renamed(left: Formula | None, part: Formula, new: Name) -> Formula | None:
    return replace(left, {part: new}) if isinstance(left, Call) else left


def _count(formula: Formula, part: Formula) -> int:
    """Return how often `part` stands in `formula`, read as text."""
    counts: dict[Formula, int] = {}
    for each in parts(formula):
        counts[each] = 1 if each is part else sum(counts[a] for a in each.args) if isinstance(each, Call) else 0
    return counts[formula]


def row_of(
    left: Formula | None, right: Formula, shape: Shape | None = None, why: str = "", *, exact: bool = True
) -> Row:
    """Return a line with one side."""
    return Row(left, (Side(right, exact),), shape, (why,) if why else ())
