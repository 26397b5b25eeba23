"""Layers of pictures: which quantities of a graph are the channels of one, and what leads from each to the next.

They lie before the units that their last is flattened into. Knows formulas, no shapes and no numbers.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Final, NamedTuple

from nncalc.graph.graph import Equation, Graph
from nncalc.language.formula import Call, Formula, Name, is_call, name, names_in, parts
from nncalc.ops import ACTIVATIONS, OPS
from nncalc.problems import Problem

_ACTIVATIONS: Final = frozenset(op.name for op in ACTIVATIONS)
#: What makes units of a picture.
_UNITS: Final = frozenset({"flatten", "mean", "mean_columns"})
#: What makes a channel, and what may stand beside it in its equation: a sum, entries of intercepts, a turned kernel.
_MADE: Final = frozenset({"conv2d", "conv1d", "max_pool2d", "avg_pool2d"})
_BESIDE: Final = frozenset({"add", "entries", "rot180"})


class Stage(NamedTuple):
    """Pictures of one size, a channel each, by the operation that makes them, with its kernels, then an activation."""

    channels: tuple[Name, ...]
    by: str = ""
    kernels: tuple[Name, ...] = ()
    active: str = ""


class Stages(NamedTuple):
    """Layers of pictures in a row, the quantities that the last becomes units of, and the rest of the graph."""

    stages: tuple[Stage, ...]
    flat: tuple[Name, ...]
    rest: Graph


def stages(graph: Graph, parameters: Collection[Name]) -> Stages:
    """Return the layers of pictures that a graph begins with, none where it has none.

    Raises Problem (`usage`) where they do not follow each other, or something else is made of them.
    """
    reading = _Reading(graph, parameters)
    rest = [equation for equation in graph.equations if not reading.took(equation)]
    if not reading.stages:
        return Stages((), (), graph)
    if not reading.flat:
        raise _no_units(reading.stages[-1].channels[-1])
    uses = {used for equation in rest for used in names_in(equation.formula)}
    leaves = [leaf for leaf in graph.leaves if leaf in uses]
    return Stages(tuple(reading.stages), tuple(reading.flat), Graph((*reading.flat, *leaves), tuple(rest)))


def _no_units(of: Name) -> Problem:
    return Problem(
        f"this is no network of layers: `{of}` is a picture, or made of one, and no layer of a network that is drawn",
        None, "--kind computation draws a box for each picture", "usage",
    )  # fmt: skip


class _Reading:
    """Goes through the equations of a graph; a class because what was read gathers in it."""

    def __init__(self, graph: Graph, parameters: Collection[Name]) -> None:
        self.parameters: Final = parameters
        self.leaves: Final = frozenset(graph.leaves)
        self.stages: Final[list[Stage]] = []
        self.place: Final[dict[Name, int]] = {}
        self.flat: Final[list[Name]] = []
        self.kernels: Final[set[Name]] = set()

    def took(self, equation: Equation) -> bool:
        """Take up what is made of pictures, and return whether an equation is; raise Problem where it is no layer."""
        formula, of = equation.formula, equation.name
        windows = [part for part in parts(formula) if isinstance(part, Call) and _of_pictures(part)]
        used = [each for each in names_in(formula) if name(each.base) not in self.parameters]
        if not windows and self.place.keys().isdisjoint(used):
            return False
        if all(is_call(each, "flatten") for each in windows) and isinstance(formula, Call) and _alone(formula):
            self.started(used)
            self.flat.append(of)
        elif isinstance(formula, Call) and formula.op in _ACTIVATIONS and formula.args[0] in self.place:
            self.activated(of, formula.op, used)
        elif windows and {each.op for each in parts(formula) if isinstance(each, Call)} <= _BESIDE | {windows[0].op}:
            self.added(of, windows, used)
        else:
            raise _no_units(of)
        places = {self.place.get(each) for each in used}
        if len(places) != 1 or (of in self.flat and places != {len(self.stages) - 1}):
            raise _no_units(of)
        return True

    def started(self, used: Collection[Name]) -> None:
        """Take up the channels of the input."""
        if not self.stages:
            self.stages.append(Stage(tuple(each for each in used if each in self.leaves)))
        if len(self.stages) == 1:
            mine = dict.fromkeys((*self.stages[0].channels, *(each for each in used if each in self.leaves)))
            self.stages[0] = self.stages[0]._replace(channels=tuple(mine))
            self.place.update(dict.fromkeys(mine, 0))

    def activated(self, of: Name, by: str, used: list[Name]) -> None:
        """Call a channel after its activation."""
        if len(used) != 1:
            raise _no_units(of)
        (before,) = used
        place = self.place[of] = self.place[before]
        found = self.stages[place]
        channels = tuple(of if each is before else each for each in found.channels)
        self.stages[place] = found._replace(channels=channels, active=by)

    def added(self, of: Name, windows: list[Call], used: list[Name]) -> None:
        """Take up a channel that windows of those before make."""
        self.started(used)
        source = self.place.get(used[0])
        last, by = len(self.stages) - 1, windows[0].op
        if by not in _MADE or self.flat:
            raise _no_units(of)
        names = dict.fromkeys(each for part in windows for each in names_in(part) if each in self.parameters)
        kernels = tuple(each for each in names if each not in self.kernels)
        self.kernels.update(kernels)
        if source == last:
            self.stages.append(Stage((of,), by, kernels))
        elif source is not None and source == last - 1 and self.stages[last].by == by:
            found = self.stages[last]
            self.stages[last] = found._replace(
                channels=(*found.channels, of), kernels=(*found.kernels, *kernels)
            )  # fmt: skip
        else:
            raise _no_units(of)
        self.place[of] = len(self.stages) - 1


def _of_pictures(part: Call) -> bool:
    """Return whether an operation is of windows of a picture."""
    return bool(OPS[part.op].forms) and OPS[part.op].forms[0].shapes == "picture"


def _alone(formula: Formula) -> bool:
    """Return whether a formula is pictures, each flattened or its mean alone, one after the other."""
    if is_call(formula, "column"):
        return all(map(_alone, formula.args))
    return isinstance(formula, Name) or (isinstance(formula, Call) and formula.op in _UNITS and _alone(formula.args[0]))
