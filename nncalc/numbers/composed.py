"""An operation that is no primitive: its meaning as a function on one kind of number."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any, TypeVar

from nncalc.graph.rules import computed, rule
from nncalc.language.formula import Call, Formula, Num, name, parts
from nncalc.ops.kinds import Operation

T = TypeVar("T")


def composed(
    op: Operation, function: Callable[[str], Callable[..., T]], number: Callable[[str], Any]
) -> Callable[..., T]:
    """Return what computes an operation by its meaning, from its arguments, then its settings.

    `function` finds what computes the operations in it, `number` reads the numbers in it. Where one of them has no
    value and says so by None, there is none.
    """
    return compiled(computed(op), (*op.args, *op.settings), function, number)


@cache
def compiled(
    text: str, letters: tuple[str, ...], function: Callable[[str], Callable[..., T]], number: Callable[[str], Any]
) -> Callable[..., T]:
    """Return a function of `letters`: the rule `text` as a list of steps over slots."""
    places: dict[Formula, int] = {name(letter): place for place, letter in enumerate(letters)}
    numbers: list[Any] = []
    steps: list[tuple[Callable[..., T], tuple[int, ...]]] = []
    order = list(parts(rule(text)))
    for part in order:
        if isinstance(part, Num):
            places[part] = len(letters) + len(numbers)
            numbers.append(number(part.text))
    for part in order:
        if isinstance(part, Call):
            places[part] = len(letters) + len(numbers) + len(steps)
            steps.append((function(part.op), tuple(places[arg] for arg in part.args)))
    last = places[rule(text)]

    def run(*args: Any) -> Any:
        slots = [*args, *numbers]
        for compute, at in steps:
            found = compute(*[slots[place] for place in at])
            if found is None:
                return None
            slots.append(found)
        return slots[last]

    return run
