"""The pages of training: every step with its update, a line each; or the losses, with a curve of characters."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from nncalc.graph.graph import Graph
from nncalc.graph.shapes import SCALAR, with_entries
from nncalc.graph.updates import Update, before, in_words, is_new, update_of
from nncalc.language.figures import Exact, Figure, Rows, decimal, plain
from nncalc.language.formula import Formula, Name, names_in, replace
from nncalc.numbers.rounding import MOST, Numbers, literals
from nncalc.numbers.run import ScalarMachine
from nncalc.ops.optimizers import OPTIMIZERS
from nncalc.page import Note, Page, Row, Section, Side
from nncalc.problems import Problem
from nncalc.progress import told
from nncalc.sheet.calculation import Calculation, calculate
from nncalc.sheet.data import shaped
from nncalc.sheet.remarks import remarks
from nncalc.sheet.sources import vector_source
from nncalc.sheet.worksheet import STEP, Display, Form, further, results, worksheet
from nncalc.spec.words import counted
from nncalc.training.course import Course, Taken, batches, enough, model_of, no_number

#: How many losses a table shows at most, and how long the bar of the largest is.
MOST_ROWS, BAR = 24, 20
#: How many times larger the largest loss is than the least where bars are those of logarithms.
WIDE = 100
#: How many examples of a batch are named.
FEW = 12
COLUMNS = ("step", "loss")


class Step(NamedTuple):
    """A step that was taken: its number, the examples it was taken on, both passes and the update."""

    number: int
    examples: Sequence[int] | None
    found: Calculation
    update: Update


class Walk(NamedTuple):
    """Steps with all that their lines show, the parameters after them, and what the loss then is computed by.

    That is None where it has no value; `stopped` says why there are fewer steps than were asked for, or nothing.
    """

    steps: list[Step]
    parameters: dict[Name, Rows]
    last: Calculation | None
    stopped: str = ""
    failed: bool = False
    interrupted: bool = False

    def taken(self, course: Course) -> Taken:
        """Return the losses and parameters alone."""
        losses = [float(step.found.machine.rows(course.output)[0][0]) for step in self.steps]
        loss = float(self.last.machine.rows(course.output)[0][0]) if self.last is not None else None
        found = [step.found for step in self.steps] + ([self.last] if self.last is not None else [])
        machines = [each.machine for each in found]
        exacts = [m.exact_rows(course.output)[0][0] if isinstance(m, ScalarMachine) else None for m in machines]
        return Taken(losses, loss, self.parameters, self.stopped, self.failed, self.interrupted, tuple(exacts))


def walked(course: Course, interrupted: Sequence[int] = (), *, exact: bool = False, scalar: bool = False) -> Walk:
    """Return the steps of a course, each with the numbers that its lines show; raise Problem where the first has none.

    They end before a step whose loss is small enough, or has no value, and after one that is `interrupted`.
    """
    steps: list[Step] = []
    parameters = {of: course.model.given[of] for of in course.model.parameters}
    kept: Mapping[Name, Rows] = {}
    stopped, failed = "", False
    for number, examples in zip(told(range(1, course.steps + 1), "training"), batches(course), strict=False):
        model = model_of(course, examples, parameters if steps else {})
        try:
            found = calculate(model, backward=True, exact=exact, scalar=scalar)
            loss = found.machine.rows(course.output)[0][0]
            stopped = enough(course, number, loss)
            if stopped:
                break
            step = _taken(course, number, examples, found, kept)
            after = {of: carried(step.found, new, exact=exact) for of, new in step.update.becomes.items()}
        except Problem as problem:
            said = Problem(in_words(problem.message), problem.where, problem.hint, problem.code)
            if not steps or exact:
                raise said from None
            stopped, failed = f"{no_number(number)}: {said.message}", True
            break
        parameters = {of: after[of] for of in course.model.parameters}
        kept = {of: after[of] for of in step.update.state}
        steps.append(step)
        if interrupted:
            stopped = f"interrupted after step {number}"
            break
    try:
        last = calculate(model_of(course, None, parameters if steps else {}), exact=exact, scalar=scalar)
    except Problem:
        return Walk(steps, parameters, None, stopped, failed, bool(interrupted))
    return Walk(steps, parameters, last, stopped, failed, bool(interrupted))


def _taken(
    course: Course, number: int, examples: Sequence[int] | None, found: Calculation, kept: Mapping[Name, Rows]
) -> Step:
    """Return a step: what is computed of the gradients that were found, and of what was `kept` of the last one."""
    model, machine = found.model, found.machine
    update = update_of(course.optimizer, course.values, course.model.parameters, course.output, found.shapes)
    if isinstance(machine, ScalarMachine):
        machine.elements.alike(update.alike)
        for equation in update.equations:
            machine.elements.stay(equation.formula)
    for of, rows in (update.start(found.shapes) | dict(kept) | update.settles(number)).items():
        machine.load(of, rows)
    for equation in update.equations:
        machine.assign(equation)
    given = {**model.given, **{of: [[number]] for of, number in update.settings.items()}, **update.settles(number)}
    found = found._replace(after=Graph((), update.equations), model=model._replace(given=given))
    return Step(number, examples, found, update)


def carried(found: Calculation, of: Name, *, exact: bool) -> Rows:
    """Return the numbers of a quantity as the next step starts from them: exactly where that can be said."""
    rows = found.machine.rows(of)
    if not isinstance(found.machine, ScalarMachine):
        return rows
    exacts = found.machine.exact_rows(of)
    pairs = [zip(row, line, strict=True) for row, line in zip(rows, exacts, strict=True)]
    return [[_figure(value, known, exact=exact) for value, known in line] for line in pairs]


def _figure(value: float, known: Exact | None, *, exact: bool) -> float:
    if known is None:
        return value
    if isinstance(known, int):
        return known
    text = decimal(known, MOST)
    return Figure(text) if text is not None else Figure(str(known)) if exact else value


# -- a page of every step -----------------------------------------------------------------------------


def steps_page(course: Course, walk: Walk, form: Form, display: Display) -> Page:
    """Return the lines of every step in one form: both passes, the update, and the loss after it."""
    sections: list[Section] = []
    page: Page | None = None
    for step in walk.steps:
        shown = display.over(vector_source(step.found), _named(step.found))
        sheet = worksheet(step.found, form, shown)
        page = page or sheet
        title = f"Step {step.number}{_taken_on(step)}: " if len(walk.steps) > 1 or step.examples else ""
        for each in sheet.sections:
            lines = [row._replace(facts={**row.facts, "step": step.number}) if row.facts else row for row in each.rows]
            sections.append(Section(_headed(title, each.heading), tuple(lines)))
        names = [equation.name for equation in step.update.equations]
        rows = [_updated(row, step) for row in further(step.found, names, form, shown)]
        sections.append(Section(_headed(title, "Update"), tuple(rows)))
    assert page is not None
    if walk.last is not None:
        said = "After it" if len(walk.steps) == 1 else f"After step {len(walk.steps)}"
        sections.append(Section(said, results(walk.last, [course.output], display).sections[0].rows))
    said_first = said_of(course, walk.steps[0].update)
    return page._replace(sections=tuple(sections), before=said_first, steps=(*STEP, "step"))


def _named(found: Calculation) -> Iterator[Name]:
    """Yield every quantity that the lines of a calculation name, as often as they do."""
    for graph in (found.forward, found.backward, found.after):
        for equation in graph.equations:
            yield equation.name
            yield from equation.uses


def _taken_on(step: Step) -> str:
    """Return which examples a step was taken on, counted from 1, where those are not all."""
    if step.examples is None:
        return ""
    few = [str(each + 1) for each in step.examples[:FEW]]
    more = ", ..." if len(step.examples) > FEW else ""
    return f" (example{'s' if len(step.examples) > 1 else ''} {', '.join(few)}{more})"


def _headed(title: str, heading: str) -> str:
    return title + (heading.lower() if title else heading)


def _updated(row: Row, step: Step) -> Row:
    """Return the line of an update with the names of a page: a quantity takes what is said of the new one."""
    assert isinstance(row.name, Name)
    whole = [(side, side.whole) for side in row.sides if not isinstance(side.whole, tuple)]
    used = dict.fromkeys(n for _, formula in whole for n in names_in(formula))
    new: dict[Formula, Formula] = {n: before(n) for n in used}
    sides = [side._replace(formula=replace(formula, new)) for side, formula in whole]
    if is_new(row.name):
        sides[0] = sides[0]._replace(taken=True)
    facts = {**(row.facts or {}), "pass": "update", "step": step.number}
    facts["uses"] = [before(n).id for n in used]
    return row._replace(name=before(row.name), sides=tuple(sides), facts=facts)


def said_of(course: Course, update: Update | None = None) -> tuple[Note, ...]:
    """Return what is said of an optimizer: what it is, its settings and the letters for them, its conventions."""
    kind = OPTIMIZERS[course.optimizer]
    settings: list[str | Formula] = []
    for place, (word, value) in enumerate(course.values.items()):
        settings.append(f"{', ' if place else ''}{word} ")
        if update is not None:
            settings += [[*update.settings][place], " = "]
        settings.append(value.text)
    found: list[Note] = [(f"{course.optimizer}, {kind.says}: ", *settings)]
    if kind.convention:
        found.append((kind.convention,))
    return tuple(found)


# -- a page of losses ------------------------------------------------------------------------------------


def losses_page(course: Course, done: Taken, *, every: bool = False) -> Page:
    """Return the losses before some steps, or `every` one, and after them all."""
    count = len(done.losses)
    places = range(count) if every else _some(count)
    losses = [(place, done.losses[place]) for place in places]
    if done.last is not None:
        losses.append((count, done.last))
    bars = _bars([loss for _, loss in losses])
    known = dict(enumerate(done.exacts))
    rows = tuple([
        _loss_row(course, at, loss, known.get(at), bar) for (at, loss), bar in zip(losses, bars.bars, strict=True)
    ])  # fmt: skip
    notes = [*(["the bars are those of logarithms"] if bars.logarithmic else [])]
    if course.batch < course.size:
        notes.append(f"before a step the loss is that of its {counted(course.batch, 'example')}, at the end of all")
    data = {
        "command": "train", "name": course.model.title, "optimizer": course.optimizer,
        "settings": {word: plain(value) for word, value in course.values.items()},
        "losses": done.losses, "loss": done.last, "stopped": done.stopped or None,
        "parameters": {of.base: shaped(course.model, of, rows) for of, rows in done.parameters.items()},
    }  # fmt: skip
    return Page(
        (Section("Training", rows),), course.model.title, before=said_of(course), notes=tuple(notes),
        whole=frozenset(of.base for of in course.model.graph.names), sized=False, columns=COLUMNS, data=data,
        arrays=with_entries(course.model.graph.names, course.model.shapes()),
    )  # fmt: skip


def _some(count: int) -> list[int]:
    """Return the places of some of so many losses, evenly spread, the first among them."""
    least = -(-count // (MOST_ROWS - 1))
    power = 10 ** (len(str(least)) - 1)
    every = next(each * power for each in (1, 2, 5, 10) if each * power >= least)
    return list(range(0, count, every))


def _loss_row(course: Course, step: int, loss: float, known: Exact | None, bar: str) -> Row:
    when = "at first" if step == 0 else "after step 1" if step == 1 else f"after step {step}"
    shown = Numbers([[loss]], [[known]]).shown(6)
    value = Side(literals(shown), shown[0][0].exact, "value")
    return Row(
        course.output, (value,), SCALAR, why=(when,), remarks=((bar,),), facts={"step": step, "loss": repr(loss)}
    )


class _Bars(NamedTuple):
    """A bar for each loss, as long as the loss or its logarithm is large."""

    bars: list[str]
    logarithmic: bool


def _bars(losses: Sequence[float]) -> _Bars:
    from math import log

    least, most = min(losses), max(losses)
    logarithmic = least > 0 and most > WIDE * least
    if logarithmic:
        low = log(least) - 0.05 * (log(most) - log(least))
        lengths = [(log(loss) - low) / (log(most) - low) for loss in losses]
    else:
        lengths = [max(loss, 0) / most if most > 0 else 0 for loss in losses]
    halves = [round(2 * BAR * length) for length in lengths]
    return _Bars(["█" * (half // 2) + "▌" * (half % 2) for half in halves], logarithmic)


def step_data(course: Course, walk: Walk) -> dict[str, Any]:
    """Return what steps tell programs, with a place for their lines."""
    notes = list(dict.fromkeys(said for step in walk.steps for said in remarks(step.found)))
    return {**(losses_page(course, walk.taken(course)).data or {}), "notes": notes, "steps": None}
