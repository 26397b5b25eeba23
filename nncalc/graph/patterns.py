"""Patterns: what a formula of numbers is but for its names, so that what was found for one serves all that are like it.

A chain of ten thousand equations has few kinds of equation. Knows formulas, and which operations make a number of
numbers; what is found for them is the caller's business.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import NamedTuple

from nncalc.graph.sizes import SCALAR, Shape
from nncalc.language.formula import Call, Formula, Name, call, parts
from nncalc.ops import OPS

#: Operations that make a number of numbers.
SCALARS = frozenset(op.name for op in OPS.values() if op.entrywise or op.name in ("mul", "div", "pow", "sum"))
#: How long a formula may be to have a pattern, and how long all templates may be together: formulas that are all
#: different are not worth more.
MOST_PARTS = 1_000
ROOM = 50_000


class Pattern(NamedTuple):
    """What a formula is but for its names; the names; the operations."""

    key: tuple[Hashable, ...]
    names: tuple[Name, ...]
    ops: set[str]


class Template(NamedTuple):
    """How to write formulas with other names: calls of what is at earlier places, the names first."""

    steps: tuple[tuple[str, tuple[int, ...]] | Formula, ...]
    found: tuple[int, ...]

    def written(self, names: Sequence[Name]) -> list[Formula]:
        """Return the formulas with `names` in them."""
        made: list[Formula] = [*names]
        for step in self.steps:
            made.append(call(step[0], *[made[at] for at in step[1]]) if isinstance(step, tuple) else step)
        return [made[at] for at in self.found]


class Templates:
    """What was found for formulas of numbers, by pattern and whatever else it hangs on; a class because it grows."""

    def __init__(self) -> None:
        self.known: dict[Hashable, Template] = {}
        self.room = ROOM

    def keep(self, key: Hashable, formulas: Iterable[Formula], names: Sequence[Name]) -> None:
        """Keep `formulas` for all that are alike, while there is room for it."""
        made = template(formulas, names) if self.room > 0 else None
        if made is not None:
            self.known[key] = made
            self.room -= len(made.steps)


def pattern(formula: Formula, shapes: Mapping[Formula, Shape] | None = None) -> Pattern | None:
    """Return the pattern of a formula of numbers; None where a name or an operation in it may be anything else.

    Without `shapes` every name is a number, as in the scalar form.
    """
    found = parts(formula, keep=False)
    if len(found) > MOST_PARTS:
        return None
    key: list[Hashable] = []
    names: list[Name] = []
    ops: set[str] = set()
    places: dict[Formula, int] = {}
    for part in found:
        if isinstance(part, Call):
            if part.op not in SCALARS:
                return None
            ops.add(part.op)
            key.append((part.op, *[places[arg] for arg in part.args]))
        elif isinstance(part, Name):
            if shapes is not None and shapes.get(part) != SCALAR:
                return None
            names.append(part)
            key.append(part.of is None)
        else:
            key.append(part)
        places[part] = len(places)
    return Pattern(tuple(key), tuple(names), ops)


def template(formulas: Iterable[Formula], names: Sequence[Name]) -> Template | None:
    """Return how `formulas` are written with `names`; None where another name is in them."""
    places: dict[Formula, int] = {each: place for place, each in enumerate(names)}
    steps: list[tuple[str, tuple[int, ...]] | Formula] = []
    found: list[int] = []
    for formula in formulas:
        stack: list[Formula] = [formula]
        while stack:
            part = stack[-1]
            if part not in places:
                if isinstance(part, Name):
                    return None
                missing = [arg for arg in part.args if arg not in places] if isinstance(part, Call) else []
                if missing:
                    stack += missing
                    continue
                steps.append((part.op, tuple(places[arg] for arg in part.args)) if isinstance(part, Call) else part)
                places[part] = len(places)
            stack.pop()
        found.append(places[formula])
    return Template(tuple(steps), tuple(found))
