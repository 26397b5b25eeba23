"""A spec while it is being read from layers: what has been said so far."""

from __future__ import annotations

from typing import NamedTuple

from nncalc.language.alphabet import layer_of
from nncalc.spec.names import Names
from nncalc.spec.sources import Reading
from nncalc.spec.statements import Given, Section, Statement
from nncalc.spec.words import Path


class Signal(NamedTuple):
    """What goes from one layer into the next: a quantity, how many values it has, and where that is said.

    A sequence is a matrix with a row for each of its `steps`, of so many values. An image is a matrix for each of its
    `channels`, as high as it has steps; those of a batch stand under each other.
    """

    name: str
    length: int
    because: Path
    steps: int = 0
    channels: tuple[str, ...] = ()

    @property
    def kind(self) -> str:
        return "image" if self.channels else "sequence" if self.steps else "vector"

    @property
    def names(self) -> tuple[str, ...]:
        """The quantities that it is."""
        return self.channels or (self.name,)

    def shape(self, examples: int | None) -> tuple[int, int]:
        """Return the rows and columns of each quantity, of so many examples if it is of a batch."""
        if self.channels:
            return self.steps * (examples or 1), self.length
        return (self.steps, self.length) if self.steps else (self.length, examples or 1)


class Folded(NamedTuple):
    """Weights that hold intercepts: in which part of them, how the others are taken, where the constant 1 is put."""

    part: str
    others: str
    put: str


class Draft:
    """The parts of a spec while it is being read; `examples` is the size of the batch, if there is one.

    Its numbers come from a `reading`. `alone` says that the spec's own input is no batch, whatever is said anew.
    `weights` says of each whether it has a column for each unit it goes to, not a row, `folded` which of them hold
    intercepts; `signals` are what went from layer to layer, `counted` what is one of several channels or kernels;
    `each` says what a loss is over, examples or steps. `sections` are the layers so far, `at_step` which step of a
    sequence a quantity is of.
    """

    def __init__(self, reading: Reading) -> None:
        self.reading = reading
        self.examples: int | None = None
        self.alone = False
        self.names = Names()
        self.statements: dict[str, Statement] = {}
        self.given: dict[str, Given] = {}
        self.parameters: list[str] = []
        self.per_example: set[str] = set()
        self.weights: dict[str, bool] = {}
        self.folded: dict[str, Folded] = {}
        self.notes: list[str] = []
        self.signals: dict[str, Signal] = {}
        self.counted: list[str] = []
        self.each = "example"
        self.sections: list[Section] = []
        self.at_step: dict[str, int] = {}

    @property
    def folder(self) -> str | None:
        """Where data files lie."""
        return self.reading.folder

    @property
    def most(self) -> int | None:
        """How many examples are taken, None for all."""
        return self.reading.most

    def state(self, name: str, text: str, path: Path, general: str | None = None, *, shared: bool = False) -> None:
        """Add an equation that holds for each example, or one of the batch as a whole that all of them `shared`."""
        self.statements[name] = Statement(text, path, written=False, general=general)
        if self.examples is not None and not shared:
            self.per_example.add(name)

    def section(self, what: str, settings: str, before: int, *, layer: bool = True) -> None:
        """Add a section of what was stated after the first `before` equations."""
        steps: dict[int, list[str]] = {}
        for each in [*self.statements][before:]:
            steps.setdefault(self.at_step.get(each, 0), []).append(each)
        lines = tuple(steps.pop(0, []))
        self.sections.append(Section(layer, what, settings, tuple(map(tuple, steps.values())), lines))

    def families(self) -> dict[str, tuple[str, ...]]:
        """Return the names that stand for several quantities, with those: K and K2 for K2_1 and K2_2."""
        found: dict[str, list[str]] = {}
        for each in self.counted:
            stem, numbers = layer_of(each) or (each, "")
            parts = numbers.split(",")
            for count in range(len(parts)):
                found.setdefault(stem + "_".join(parts[:count]), []).append(each)
        return {of: tuple(each) for of, each in found.items()}
