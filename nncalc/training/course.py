"""A course of training: step after step of an optimizer, on all examples or on batches of them.

Knows when it ends, not how a step is computed or shown.
"""

from __future__ import annotations

import math
import random
import signal
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

from nncalc.graph.calculus import gradient_of
from nncalc.graph.graph import Graph
from nncalc.graph.shapes import Shapes
from nncalc.graph.updates import Update, settings_of, update_of
from nncalc.language.blocks import some
from nncalc.language.figures import Exact, Figure, Rows
from nncalc.language.formula import Name
from nncalc.numbers.engines import Engine, Passes, engine_of
from nncalc.problems import Problem
from nncalc.progress import told
from nncalc.sheet.calculation import calculate
from nncalc.sheet.compiled import compiled
from nncalc.spec.model import Model
from nncalc.spec.statements import Training
from nncalc.spec.words import counted


class Course(NamedTuple):
    """What is trained and how; `size` is how many examples there are, 1 where there is no batch.

    `lies` says of what is given of every example how many rows of it each has, 0 where it is a column.
    """

    model: Model
    training: Training
    output: Name
    values: Mapping[str, Figure]
    size: int
    lies: Mapping[Name, int]

    @property
    def batch(self) -> int:
        """How many examples a step takes."""
        return self.training.batch or self.size

    @property
    def optimizer(self) -> str:
        """The name of the optimizer."""
        return self.training.optimizer or "sgd"

    @property
    def steps(self) -> int:
        """How many steps are taken at most."""
        return self.training.steps or 1


class Taken(NamedTuple):
    """Steps that were taken: the loss before each, on its examples, that after them on all, and the parameters.

    `stopped` says why there are fewer than were asked for, or nothing; `failed` that a loss was no number,
    `interrupted` that somebody broke off. `exacts` are the exact losses, that at the end too, where they are known.
    """

    losses: list[float]
    last: float | None
    parameters: dict[Name, Rows]
    stopped: str = ""
    failed: bool = False
    interrupted: bool = False
    exacts: tuple[Exact | None, ...] = ()


def course_of(model: Model, training: Training) -> Course:
    """Return what a model is trained by; raise Problem (`usage`) where there is nothing to train or no such batch."""
    if model.output is None:
        raise Problem("there is no loss to train by", None, "add a loss to the spec", "spec")
    if not model.parameters:
        raise Problem("there is no parameter to train", None, "name them under [parameters], or with --wrt", "spec")
    batched = [of for of in model.graph.leaves if of in model.per_example]
    count = model.examples() or 1
    if training.batch is not None and training.batch > count:
        what = f"there {'is one example' if count == 1 else f'are {count} examples'}"
        hint = f"a batch has at most {count}"
        raise Problem(f"a batch of {training.batch}: {what}", None, hint, "usage")
    parts = training.batch is not None and training.batch < count
    if parts:
        for of in model.parameters:
            if of in model.per_example:
                raise Problem(
                    f"`{of}` has an entry for each example, and is not trained in batches", None, None, "usage"
                )
    optimizer = training.optimizer or "sgd"
    lies = {of: int(model.conventions.rows) for of in batched}
    if parts:
        lies |= _stacked(model, count)
    return Course(model, training, model.output, settings_of(optimizer, dict(training.settings)), count, lies)


def _stacked(model: Model, count: int) -> dict[Name, int]:
    """Return the pictures that are given under each other, one an example, and how many rows each has."""
    assert model.first is not None
    one = model.first(1).given
    apart = [of for of in model.given if of not in model.per_example and of in one]
    return {of: len(one[of]) for of in apart if len(one[of]) * count == len(model.given[of]) and count > 1}


def batches(course: Course) -> Iterator[Sequence[int] | None]:
    """Yield the examples of each step, None for all of them: in their order, or, with a seed, in another each round."""
    size, count = course.batch, course.size
    if size == count:
        while True:
            yield None
    order = list(range(count))
    draw = random.Random(course.training.seed)  # noqa: S311 -- to be repeated, not to be secret
    while True:
        if course.training.seed is not None:
            draw.shuffle(order)
        yield from (order[start : start + size] for start in range(0, count, size))


def model_of(course: Course, examples: Sequence[int] | None, parameters: Mapping[Name, Rows]) -> Model:
    """Return the model of some examples, with these parameters."""
    model = course.model
    given = {**model.given, **parameters}
    if examples is None:
        return model._replace(given=given, computed=frozenset(parameters))
    assert model.first is not None
    given |= {of: some(model.given[of], each, examples) for of, each in course.lies.items()}
    return model._replace(graph=model.first(len(examples)).graph, given=given, computed=frozenset(parameters))


def taken(course: Course) -> Taken:
    """Return the steps of a course; raise Problem where the first has no value."""
    losses: list[float] = []
    stopped, failed = "", False
    with interruptible() as interrupted:
        engines = _Engines(course)
        numbers = told(range(1, course.steps + 1), "training", lambda: _lately(losses))
        for number, examples in zip(numbers, batches(course), strict=False):
            try:
                loss = engines.passes(number, examples)
                stopped = enough(course, number, loss)
                if stopped:
                    break
                engines.update()
            except (ArithmeticError, ValueError):
                stopped, failed = no_number(number), True
                break
            losses.append(loss)
            if interrupted:
                stopped = f"interrupted after step {number}"
                break
    if failed and not losses:
        calculate(model_of(course, next(batches(course)), {}), backward=True, lines=False)  # which says what is wrong
    return Taken(losses, engines.loss(), engines.parameters(), stopped, failed, bool(interrupted))


def _lately(losses: Sequence[float]) -> str:
    """Return what is said of training beside how far it is."""
    return f"loss {losses[-1]:.6g}" if losses else ""


def enough(course: Course, number: int, loss: float) -> str:
    """Return why no step is taken at this loss, nothing where one is."""
    until = course.training.until
    if until is None or loss > until:
        return ""
    of = f" of its {counted(course.batch, 'example')}" if course.batch < course.size else ""
    return f"stopped before step {number}: the loss{of} is {loss:.6g}, at most {until:g}"


def no_number(number: int) -> str:
    """Return why no step is taken where the loss or a gradient has no value."""
    return f"stopped before step {number}: the loss or a gradient is no finite number"


def advice(course: Course, done: Taken) -> Iterator[str]:
    """Yield what may help with a training that went otherwise than it was meant to."""
    until, last = course.training.until, done.last
    if done.failed or (done.losses and last is not None and _grew(course, done.losses[0], last)):
        yield f"the loss grew; a --rate below {course.values['rate'].text} may help"
    elif until is not None and not done.stopped and last is not None and last > until:
        yield f"the loss is not at most {until:g} after {len(done.losses)} steps"


def _grew(course: Course, first: float, last: float) -> bool:
    """Return whether the loss is now far above what it was before the first step, of all examples both times."""
    before = _Engines(course).loss() if course.batch < course.size else first
    return before is not None and last > 2 * abs(before)


def passes_of(
    graph: Graph, shapes: Shapes, output: Name, parameters: Sequence[Name], update: Update, given: Mapping[Name, Rows]
) -> Passes:
    """Return the passes of a model, and its update; raise Problem where it has no gradient."""
    found = compiled(graph, shapes, output, parameters)
    slopes = tuple([gradient_of(parameter, output) for parameter in parameters])
    after = Graph((*parameters, *slopes, *update.settings, update.step, *update.state), update.equations)
    start = {**given, **update.start(shapes)}
    return Passes(
        found.forward,
        found.whole,
        after,
        shapes,
        output,
        slopes,
        update.settings,
        update.becomes,
        update.alike,
        start,
        {},
    )


class _Engines:
    """An engine for each size of a batch; a class because the numbers go from one to the other."""

    def __init__(self, course: Course) -> None:
        self.course = course
        self.known: dict[int, tuple[Engine, Update]] = {}
        try:
            self.now = self.of(course.size)
        except (ArithmeticError, ValueError):
            calculate(course.model, backward=True, lines=False)  # which says what is wrong
            raise

    def of(self, count: int) -> tuple[Engine, Update]:
        """Return the engine for so many examples."""
        found = self.known.get(count)
        if found is None:
            course = self.course
            model = model_of(course, None if count == course.size else range(count), {})
            shapes = model.shapes()
            update = update_of(course.optimizer, course.values, model.parameters, course.output, shapes)
            passes = passes_of(model.graph, shapes, course.output, model.parameters, update, model.given)
            every = {of: (course.model.given[of], each) for of, each in course.lies.items()}
            found = self.known[count] = engine_of(passes._replace(examples=every)), update
        return found

    def passes(self, number: int, examples: Sequence[int] | None) -> float:
        """Return the loss of some examples, with its gradients ready."""
        before, (engine, update) = self.now[0], self.of(self.course.size if examples is None else len(examples))
        if engine is not before:
            engine.load({of: before.rows(of) for of in update.becomes})
            self.now = engine, update
        if update.counts:
            engine.load(update.settles(number))
        if examples is not None:
            engine.take(examples)
        return engine.passes()

    def update(self) -> None:
        self.now[0].update()

    def loss(self) -> float | None:
        """Return the loss of all examples, None where it is no number."""
        before, (engine, update) = self.now[0], self.of(self.course.size)
        if engine is not before:
            engine.load({of: before.rows(of) for of in update.becomes})
        try:
            found = engine.loss()
        except (ArithmeticError, ValueError):
            return None
        return found if math.isfinite(found) else None

    def parameters(self) -> dict[Name, Rows]:
        """Return what the parameters have become."""
        return {of: self.now[0].rows(of) for of in self.course.model.parameters}


@contextmanager
def interruptible() -> Iterator[list[int]]:
    """Gather interruptions instead of breaking off; a second one breaks off."""
    found: list[int] = []

    def interrupted(number: int, frame: Any) -> None:
        del frame
        if found:
            raise KeyboardInterrupt
        found.append(number)

    if threading.current_thread() is not threading.main_thread():
        yield found
        return
    before = signal.signal(signal.SIGINT, interrupted)
    try:
        yield found
    finally:
        signal.signal(signal.SIGINT, before)
