"""A spec while it is being read from layers: what has been said so far."""

from __future__ import annotations

from dataclasses import dataclass, field

from nncalc.spec.model import Given, Statement
from nncalc.spec.names import Names
from nncalc.spec.words import Path


@dataclass(frozen=True, slots=True)
class Signal:
    """What goes from one layer into the next: a quantity, how many values it has, and where that is said."""

    name: str
    count: int
    because: Path


@dataclass
class Draft:
    """The parts of a spec while it is being read."""

    folder: str | None
    examples: int | None = None
    names: Names = field(default_factory=Names)
    statements: dict[str, Statement] = field(default_factory=dict)
    given: dict[str, Given] = field(default_factory=dict)
    parameters: list[str] = field(default_factory=list)
    per_example: set[str] = field(default_factory=set)
    folded: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def state(self, name: str, text: str, path: Path) -> None:
        """Add an equation that holds for each example."""
        self.statements[name] = Statement(text, path, written=False)
        if self.examples is not None:
            self.per_example.add(name)
