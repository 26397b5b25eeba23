"""A result as a page: lines and what is said of them, in reading order. How they look is the renderers' business."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from nncalc.algebra.cost import cost
from nncalc.deriving.data import data, facts_of
from nncalc.deriving.lines import row_of, rows
from nncalc.deriving.result import Result
from nncalc.graph.families import sums_in
from nncalc.graph.graph import Graph, only
from nncalc.graph.shapes import Shapes, matrix_norms, norms_in, with_entries
from nncalc.graph.sizes import SCALAR, Shape
from nncalc.language.formula import Call, Formula, Name, is_call, name, names_in, num, parts, replace
from nncalc.language.hats import hats_in, trimmed_in
from nncalc.language.printer import show
from nncalc.page import Function, Note, Page, Row, Section
from nncalc.shaping.declaration import ASSUMPTIONS, quantities_in

if TYPE_CHECKING:
    from nncalc.deriving.derivation import Setting
    from nncalc.deriving.extremum import Extremum
    from nncalc.deriving.numbers import AtNumbers, Evaluated
    from nncalc.deriving.stationary import Stationary

#: How long a second derivative in a direction may be to be shown.
LONGEST = 16
#: What a table for programs says of a line, and what a step.
COLUMNS, STEP = ("section", "name", "formula", "shape", "why"), ("id", "name", "formula", "rule", "shape")


def page(result: Result, numbers: AtNumbers | None) -> Page:
    """Return everything a person reads of a result."""
    lines = rows(result.derivation)
    steps = tuple(row._replace(facts=facts_of(place, row)) for place, row in enumerate(lines, 1))
    sections = [Section("Derivation", steps, tuple(_about(result)))]
    if result.stationary is not None:
        sections.append(_stationary(result, numbers))
    if numbers is not None:
        sections.append(_numbers(numbers))
    if result.verdict is not None:
        sections.append(Section("Answer", (), (_verdict(result),)))
    setting = result.derivation.setting
    formulas = [each for section in sections for row in section.rows for each in _formulas(row)]
    indices = {part.args[0] for formula in formulas for part in sums_in(formula)}
    inside = [each for formula in formulas for each in names_in(formula) if each not in indices]
    names = [*inside, setting.of, setting.wrt]
    return Page(
        tuple(sections),
        before=(*_before(result), *hats_in(formulas)),
        after=_after(result),
        whole=frozenset(each.base for each in names),
        arrays=with_entries(names, setting.shapes),
        trimmed=trimmed_in(formulas),
        numbers=_products(formulas, setting.shapes),
        frobenius=_norms(formulas, [side for row in steps for law in row.laws for side in law], setting.shapes),
        columns=COLUMNS,
        steps=STEP,
        data=data(result, numbers),
        function=_function(result),
    )


def _formulas(row: Row) -> list[Formula]:
    found = [row.name, *(side.whole for side in row.sides)]
    return [each for each in found if each is not None and not isinstance(each, tuple)]


def _products(formulas: list[Formula], shapes: Shapes) -> frozenset[Formula]:
    """Return the products of matrices that are numbers: in a product they are read more easily in brackets."""
    found: set[Formula] = set()
    for formula in formulas:
        for part in parts(formula):
            if is_call(part, "mul") and all(arg in shapes.known for arg in part.args):
                one, other = map(shapes.of, part.args)
                if shapes.of(part) == SCALAR and SCALAR not in {one, other}:
                    found.add(part)
    return frozenset(found)


def _norms(formulas: list[Formula], rules: list[Formula], shapes: Shapes) -> frozenset[Formula]:
    """Return the norms of matrices; those in rules too, where there are no norms of vectors beside them."""
    matrices = matrix_norms(formulas, shapes)
    return matrices | norms_in(rules) if matrices and norms_in(formulas) == matrices else matrices


def _function(result: Result) -> Function:
    found = result.derivation
    setting = found.setting
    if result.stationary is not None and result.stationary.points:
        return _solution(result.stationary, setting)
    what = f"{'Hessian' if setting.hessian else 'derivative'} of {show(setting.body)} by {setting.wrt}"
    arguments = tuple(dict.fromkeys([*quantities_in(setting.formula), setting.wrt]))
    formula = found.named if found.named is not None and setting.definitions else found.derivative
    before = only(Graph((), (*setting.definitions[:-1], *found.slopes)), names_in(formula)).equations
    return Function(what, formula, found.shape, setting.layout, arguments, setting.shapes, before)


def _solution(found: Stationary, setting: Setting) -> Function:
    """Return where the derivative is zero, as a function of the quantities that are given."""
    unknown = found.unknown or setting.wrt
    what = f"{show(unknown)} where the derivative of {show(setting.body)} by {setting.wrt} is zero"
    said = [f"{show(each)} must have an inverse" for each in found.invertible]
    said += [
        f"{show(each)} must be {word}"
        for each, word in dict.fromkeys(each for p in found.points for each in found.needs_of(p))
    ]
    used = dict.fromkeys(each for point in found.points for each in names_in(point))
    before = only(Graph((), setting.definitions), [*used]).equations
    arguments = tuple(dict.fromkeys(each for each in quantities_in(setting.formula) if each is not setting.wrt))
    point, *others = found.points
    return Function(
        what, point, setting.shapes.of(point), setting.layout, arguments, setting.shapes, before, "solve",
        tuple(others), tuple(said),
    )  # fmt: skip


# -- what is said ---------------------------------------------------------------------------------


def _before(result: Result) -> tuple[Note, ...]:
    setting = result.derivation.setting
    shapes = setting.shapes
    notes: list[Note] = []
    listed: list[str | Formula | Shape] = ["shapes: "]
    inside = result.declaration.quantities
    for each in inside if setting.wrt in inside else [*inside, setting.wrt]:
        words = sorted(result.assumed.get(each, frozenset()) - _implied(result.assumed.get(each, frozenset())))
        listed += [each, " ", shapes.of(each), f" {' '.join(words)}" if words else "", ", "]
    notes.append(tuple(listed[:-1]))
    notes += _guesses(result)
    if setting.origin is not None:
        notes.append((setting.wrt, " is varied as it stands, whatever it is made of"))
    notes += [("nothing needs ", each) for each in result.idle]
    notes += [("asked for: ", each, " is ", shape) for each, shape in result.declaration.answers.items()]
    notes.append(_layout(result))
    notes += _by_entries([*(each.formula for each in setting.definitions), setting.body], shapes)
    known = result.assumed.get(setting.wrt, frozenset())
    word = next((each for each in ("diagonal", "orthogonal", "skew", "symmetric") if each in known), None)
    if word is not None:
        notes.append(("the entries of ", setting.wrt, f" are varied one by one, though it is {word}"))
    return tuple(notes)


def _by_entries(formulas: Sequence[Formula], shapes: Shapes) -> Iterator[Note]:
    """Yield what is said of functions that square matrices have too, and that are of their entries here."""
    for part in dict.fromkeys(part for formula in formulas for part in parts(formula)):
        if isinstance(part, Call) and part.op in ("exp", "log", "sqrt") and shapes.of(part) != SCALAR:
            rows, columns = shapes.of(part)
            if rows == columns:
                yield (part, f" is {part.op} of each entry, not that of the matrix")


def _guesses(result: Result) -> list[Note]:
    """Return what was assumed of names that nobody declared, those of one reason together."""
    groups: dict[str, list[Name]] = {}
    for each, why in result.declaration.reasons.items():
        groups.setdefault(why, []).append(each)
    notes: list[Note] = []
    for why, names in groups.items():
        listed: list[str | Formula | Shape] = ["assumed: "]
        for each in names:
            listed += [each, ", "]
        notes.append((*listed[:-1], f" ({why})"))
    return [*notes, *[(f"assumed: {said}",) for said in result.declaration.remarks]]


def _implied(words: frozenset[str]) -> set[str]:
    """Return the assumptions that follow from others."""
    return {each for word in words for each in ASSUMPTIONS[word] if each != word}


def _layout(result: Result) -> Note:
    """Return which layout the derivative is in, and what that means for its shape."""
    found = result.derivation
    setting = found.setting
    of, by = setting.shapes.of(setting.formula), setting.shapes.of(setting.wrt)
    ratio: Formula = name(setting.wrt.base, of=setting.of)
    start = f"layout: {setting.layout}; "
    turned = setting.layout == "numerator"
    if setting.hessian:
        vec = ", columns stacked" if found.vectorised else ""
        return (start, "the Hessian is the derivative of ", ratio, f"{vec}, and symmetric")
    if of == SCALAR:
        return (start, ratio, " has the shape of ", setting.wrt, " transposed" if turned and by != SCALAR else "")
    if by == SCALAR:
        column = 1 in of
        what = "is a row" if column and not turned else "is a column" if column else "has the shape of "
        return (start, ratio, f" {what}", *([] if column else [setting.of]))
    rows, columns = (setting.of, setting.wrt) if turned else (setting.wrt, setting.of)
    if found.vectorised:
        return (
            start, "of vec(", setting.of, ") by vec(", setting.wrt,
            "), columns stacked: a row for each entry of ", rows, ", a column for each of ", columns,
        )  # fmt: skip
    return (start, ratio, " has a row for each entry of ", rows, ", a column for each of ", columns)


def _about(result: Result) -> list[Note]:
    """Return what is worth knowing of the derivative: that targets which sum to one shorten it."""
    notes: list[Note] = []
    found = result.derivation
    totals = [
        part for part in parts(found.derivative)
        if isinstance(part, Call) and part.op == "sum" and isinstance(part.args[0], Name)
    ]  # fmt: skip
    soft = [part for part in parts(found.derivative) if isinstance(part, Call) and part.op == "softmax"]
    if len(totals) == 1 and soft:
        (total,) = totals
        from nncalc.algebra.simplest import Simplifier

        one = Simplifier(found.setting.shapes, found.setting.facts, [found.setting.formula])
        short = one.simplest(replace(found.derivative, {total: num(1)}))
        notes.append((
            "where the entries of ", total.args[0], " sum to 1, as those of a one-hot target do, this is ", short,
            f" (--assume '{total.args[0]}: probability')",
        ))  # fmt: skip
    return notes


def _after(result: Result) -> tuple[Note, ...]:
    if result.drawn is None:
        return (("not checked with numbers (--no-verify)",),)
    return ((f"checked: it agrees with the complex step on {result.drawn} random draws",),)


def _stationary(result: Result, numbers: AtNumbers | None) -> Section:
    found = result.stationary
    assert found is not None
    heading = "Stationary point"
    if found.reason:
        return Section(heading, (), (("not solved here: " + found.reason,),))
    lines = []
    points = numbers.points if numbers is not None else {}
    for step in found.steps:
        lines.append(row_of(step.left, step.right, step.shape, step.why))
        if step.left is found.unknown and (there := points.get(step.right)) is not None:
            lines.append(row_of(None, there.shown, None, "at the numbers below", exact=there.exact))
    notes: list[Note] = [found.called] if found.called else []
    notes += [("it needs ", each, " to be invertible") for each in found.invertible]
    notes += [(each, " has an inverse: it is positive definite by its form") for each in found.definite]
    notes += [("it needs ", each, f" to be {word}") for each, word in found.needs]
    notes += [(found.unknown or "", " = ", of, " needs ", each, f" to be {word}") for of, (each, word) in found.own]
    if found.condition is not None:
        notes.append(found.condition.means)
    for place, extremum in enumerate(result.extrema):
        several = len(result.extrema) > 1
        subject: Note = (found.unknown or "", " = ", found.points[place], " is ") if several else ("it is ",)
        notes.append(_extremum(extremum, subject))
    return Section(heading, tuple(lines), tuple(notes))


def _extremum(extremum: Extremum, subject: Note) -> Note:
    """Return whether a point is a minimum, as far as that is proved, or what decides it."""
    shown = extremum.shown
    if shown is None:
        return ("whether it is a minimum is not decided here",)
    sign = "positive" if extremum.kind == "minimum" else "negative"
    kind = f"a global {extremum.kind}: " if extremum.everywhere else f"a {extremum.kind}: "
    if extremum.direction is not None and cost(shown)[0] > LONGEST:
        return (*subject, f"{kind}the second derivative there is {sign} in every direction, by its form")
    if extremum.direction is not None:
        return (
            *subject, kind, "the second derivative there in a direction ", extremum.direction, ", ", shown,
            f", is {sign} by its form",
        )  # fmt: skip
    if extremum.kind and extremum.there:
        return (*subject, kind, "the second derivative there, ", shown, f", is {sign}{extremum.definite}")
    if extremum.kind:
        return (*subject, kind, "the Hessian ", shown, f" is {sign} semidefinite, by its form")
    if shown is num(0):
        where: Note = ("at ", *subject[:-1], " the") if len(subject) > 1 else ("the",)
        return (*where, " second derivative is 0, which decides nothing")
    one, other = ("maximum", "minimum") if extremum.turned else ("minimum", "maximum")
    return (
        *subject, f"a {one} where ", shown, f" is positive{extremum.definite}, a {other} where it is "
        f"negative{extremum.definite}",
    )  # fmt: skip


def _numbers(numbers: AtNumbers) -> Section:
    given = [row_of(of, shown) for of, shown, _ in numbers.given]
    return Section("At numbers", (*given, *map(_evaluated, numbers.values)), tuple((note,) for note in numbers.notes))


def _evaluated(each: Evaluated) -> Row:
    return row_of(each.name, each.shown, exact=each.exact)


def _verdict(result: Result) -> Note:
    verdict = result.verdict
    assert verdict is not None
    return verdict.words
