"""Engines: the passes of a model and its update, compiled once and run a step after the other.

One runs the scalar form in Python's numbers, the other arrays. Knows numbers; not which steps are taken.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import NamedTuple, Protocol

from nncalc.graph.elements import Elements, bases
from nncalc.graph.graph import Graph
from nncalc.graph.shapes import Shapes
from nncalc.language.blocks import some
from nncalc.language.figures import Rows
from nncalc.language.formula import Name
from nncalc.numbers.floats import PRIMITIVES
from nncalc.numbers.plan import has_branches, plan_of
from nncalc.numbers.run import HAND_SIZED, work
from nncalc.numbers.straight import straight
from nncalc.problems import Problem

#: Squared slopes, and settings, from which on an update may be too large for floats, so that it must be undone then.
STEEP, FAST = 1e100, 1e50


class Engine(Protocol):
    """Something that holds numbers and takes steps of training.

    `take` loads some of the examples; `loss` runs forward, `passes` back too, and `update` takes the step. They raise
    ArithmeticError or ValueError where a number is none; the parameters are then what they were.
    """

    def load(self, given: Mapping[Name, Rows]) -> None: ...
    def take(self, examples: Sequence[int]) -> None: ...
    def loss(self) -> float: ...
    def passes(self) -> float: ...
    def update(self) -> None: ...
    def rows(self, of: Name) -> Rows: ...


class Passes(NamedTuple):
    """What an engine runs: forward, both passes, the update after them; and the numbers that they start from.

    `examples` has what is given of every example, of which a batch is a part, and how many rows an example has in it;
    none where it is a column.
    """

    forward: Graph
    both: Graph
    after: Graph
    shapes: Shapes
    output: Name
    slopes: tuple[Name, ...]
    settings: Collection[Name]
    becomes: Mapping[Name, Name]
    alike: Mapping[Name, Name]
    start: Mapping[Name, Rows]
    examples: Mapping[Name, tuple[Rows, int]]


def engine_of(passes: Passes) -> Engine:
    """Return what takes steps: in Python's numbers where they are hand-sized, else in arrays.

    Where a side of a case distinction cannot be guarded it is an equation after the other.
    """
    if any(has_branches(each.formula) for graph in (passes.both, passes.after) for each in graph.equations):
        return _Lines(passes)
    return _Floats(passes) if work(passes.both, passes.shapes) <= HAND_SIZED else _Arrays(passes)


class _Floats:
    """Steps in Python's numbers; a class because the numbers change."""

    def __init__(self, passes: Passes) -> None:
        self.elements = Elements(passes.shapes, bases(passes.forward))
        self.elements.alike(passes.alike)
        self.examples = passes.examples
        self.numbers: dict[Name, float] = {}
        self.load(passes.start)
        losses = self.entries([passes.output])
        self.slopes = self.entries(passes.slopes)
        self.old, self.new = self.entries(passes.becomes), self.entries(passes.becomes.values())
        self.forward = self.function(passes.forward, losses)
        self.both = self.function(passes.both, [*losses, *self.slopes])
        self.after = self.function(passes.after, self.new)

    def entries(self, names: Iterable[Name]) -> list[Name]:
        return [entry for of in names for row in self.elements.names(of) for entry in row]

    def function(self, graph: Graph, wanted: Sequence[Name]) -> Callable[[], tuple[float, ...]]:
        """Return a function that computes what is wanted from the numbers there are."""
        leaves = self.entries(graph.leaves)
        apart = Elements(self.elements.shapes, self.elements.base)
        equations = tuple([scalar for equation in graph.equations for scalar in apart.equations(equation)])
        run = straight(plan_of(Graph(tuple(leaves), equations), PRIMITIVES), wanted)
        numbers = self.numbers
        return lambda: run([numbers[leaf] for leaf in leaves])

    def load(self, given: Mapping[Name, Rows]) -> None:
        for of, rows in given.items():
            for names, row in zip(self.elements.names(of), rows, strict=True):
                self.numbers.update(zip(names, map(float, row), strict=True))

    def take(self, examples: Sequence[int]) -> None:
        for of, (rows, each) in self.examples.items():
            self.load({of: some(rows, each, examples)})

    def loss(self) -> float:
        return self.forward()[0]

    def passes(self) -> float:
        loss, *slopes = self.both()
        _finite(loss, *slopes)
        self.numbers.update(zip(self.slopes, slopes, strict=True))
        return loss

    def update(self) -> None:
        after = self.after()
        _finite(*after)
        self.numbers.update(zip(self.old, after, strict=True))

    def rows(self, of: Name) -> Rows:
        return [[self.numbers[entry] for entry in row] for row in self.elements.names(of)]


class _Arrays:
    """Steps in arrays, where each quantity has its place; a class because the numbers change."""

    def __init__(self, passes: Passes) -> None:
        import numpy as np

        from nncalc.numbers.arrays import PRIMITIVES, array_of
        from nncalc.numbers.buffers import Program

        def program(graph: Graph, becomes: Mapping[Name, Name] | None = None) -> Program:
            given = {leaf: self.arrays[leaf] for leaf in graph.leaves}
            return Program(plan_of(graph, PRIMITIVES), passes.shapes, given, becomes)

        self.examples = {
            of: (np.asarray(array_of(rows), order="F"), each) for of, (rows, each) in passes.examples.items()
        }
        self.arrays = {of: np.array(array_of(rows), order="F") for of, rows in passes.start.items()}
        self.forward, self.both = program(passes.forward), program(passes.both)
        self.ahead, self.found = self.forward.value(passes.output), self.both.value(passes.output)
        self.arrays |= {slope: self.both.value(slope) for slope in passes.slopes}
        self.slopes = [self.arrays[slope].T.ravel() for slope in passes.slopes]
        self.dot, self.errstate = np.dot, np.errstate
        self.after = program(passes.after, passes.becomes)
        self.becomes = passes.becomes
        self.fast = any(abs(rows[0][0]) > FAST for of, rows in passes.start.items() if of in passes.settings)
        self.steep = False

    def load(self, given: Mapping[Name, Rows]) -> None:
        for of, numbers in given.items():
            self.arrays[of][...] = numbers

    def take(self, examples: Sequence[int]) -> None:
        for of, (numbers, each) in self.examples.items():
            if each:
                rows = [example * each + row for example in examples for row in range(each)]
                self.arrays[of][...] = numbers[rows]
            else:
                self.arrays[of][...] = numbers[:, examples]

    def loss(self) -> float:
        self.forward.run()
        return float(self.ahead[0, 0])

    def passes(self) -> float:
        self.both.run()
        loss = float(self.found[0, 0])
        with self.errstate(over="ignore", invalid="ignore"):
            squares = sum(map(float, map(self.dot, self.slopes, self.slopes)))
        self.steep = self.fast or not squares < STEEP
        if self.steep:  # a square may be too large where a slope is not
            _finite(*[float(each) for slope in self.slopes for each in (slope.min(), slope.max())])
        _finite(loss)
        return loss

    def update(self) -> None:
        if not self.steep:
            self.after.run()
            return
        before = {of: self.arrays[of].copy() for of in self.becomes}
        try:
            self.after.run()
            _finite(*[float(each) for of in before for each in (self.arrays[of].min(), self.arrays[of].max())])
        except ArithmeticError:
            for of, numbers in before.items():
                self.arrays[of][...] = numbers
            raise

    def rows(self, of: Name) -> Rows:
        found: Rows = self.arrays[of].tolist()
        return found


class _Lines:
    """Steps of an equation after the other, in arrays; a class because the numbers change."""

    def __init__(self, passes: Passes) -> None:
        from nncalc.numbers.array_machine import ArrayMachine

        self.made, self.known = passes, dict(passes.start)
        self.machine = ArrayMachine()

    def load(self, given: Mapping[Name, Rows]) -> None:
        self.known.update(given)

    def take(self, examples: Sequence[int]) -> None:
        self.known |= {of: some(rows, each, examples) for of, (rows, each) in self.made.examples.items()}

    def run(self, graph: Graph) -> None:
        """Compute every quantity of a graph; raise ArithmeticError where one has no value."""
        for of, rows in self.known.items():
            self.machine.load(of, rows)
        try:
            for equation in graph.equations:
                self.machine.assign(equation)
        except Problem as problem:
            raise ArithmeticError(problem.message) from None

    def loss(self) -> float:
        self.run(self.made.forward)
        return float(self.machine.rows(self.made.output)[0][0])

    def passes(self) -> float:
        self.run(self.made.both)
        self.known.update({slope: self.machine.rows(slope) for slope in self.made.slopes})
        return float(self.machine.rows(self.made.output)[0][0])

    def update(self) -> None:
        self.run(self.made.after)
        self.known.update({old: self.machine.rows(new) for old, new in self.made.becomes.items()})

    def rows(self, of: Name) -> Rows:
        return self.known[of] if of in self.known else self.machine.rows(of)


def _finite(*numbers: float) -> None:
    """Raise OverflowError where a number is none."""
    if not all(map(math.isfinite, numbers)):
        raise OverflowError
