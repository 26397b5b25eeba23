"""The target of a loss: its numbers, in the shape and the range that the loss asks for."""

from __future__ import annotations

import math

from nncalc.language.blocks import transposed
from nncalc.language.figures import Rows, text_of
from nncalc.ops.kinds import Loss
from nncalc.problems import Problem
from nncalc.spec.draft import Draft, Signal
from nncalc.spec.equations import remarked
from nncalc.spec.node import Node
from nncalc.spec.sources import values
from nncalc.spec.statements import Given
from nncalc.spec.values import Values
from nncalc.spec.words import counted

_CLOSE = 1e-9


def add_target(node: Node, name: str, loss: Loss, signal: Signal, draft: Draft) -> None:
    """Add the target `name` to the draft: one value, or one class number, for each value of the prediction."""
    numbers = values(node, draft.folder, ("name",))
    if draft.examples is None or (loss.target == "classes" and numbers.shape[1] == 1 < signal.length):
        numbers = numbers.listed()
    numbers = numbers.first(draft.most) if draft.examples is not None else numbers
    rows, dims = _target(node, numbers, name, loss, signal, draft)
    draft.given[name] = Given(rows, dims, draft.examples is not None, numbers.node.path)
    draft.notes += remarked(name, numbers)
    if draft.examples is not None:
        draft.per_example.add(name)


def _target(node: Node, numbers: Values, name: str, loss: Loss, signal: Signal, draft: Draft) -> tuple[Rows, int]:
    """Return the target's rows as they are stored, and how many levels of lists it is shown with."""
    examples = draft.examples
    if loss.target == "classes" and numbers.dims == (0 if examples is None else 1):
        return _one_hot(node, numbers, name, signal, draft)
    if examples is None:
        if numbers.dims == 2 or numbers.shape[1] != signal.length:
            raise _wrong_length(node, numbers, name, _as_wanted(signal.length, numbers), signal, draft)
        rows, dims = numbers.column(), numbers.dims
    elif signal.length == 1 and numbers.dims == 1 and numbers.shape[1] == examples:
        rows, dims = numbers.rows, 1
    elif numbers.dims == 2 and numbers.shape == (examples, signal.length):
        rows, dims = transposed(numbers.rows), 2
    else:
        wanted = f"{counted(examples, 'row')} of {counted(signal.length, 'value')}"
        raise _wrong_length(node, numbers, name, wanted, signal, draft)
    if loss.target != "numbers":
        _probabilities(node, rows, name, sums=loss.target == "classes")
    return rows, dims


def _as_wanted(count: int, numbers: Values) -> str:
    """Return how many values a target must have, as the end of "must have" or "must be"."""
    if numbers.dims == 1:
        return str(count)
    return f"a list of {count} values" if count > 1 else "a number"


def _wrong_length(node: Node, numbers: Values, name: str, wanted: str, signal: Signal, draft: Draft) -> Problem:
    line = node.document.line(signal.because)
    said = f"is {numbers.said()}, must be"
    if numbers.dims == 1:
        said = f"has {counted(numbers.shape[1], 'value')}, must have"
    batch = "" if draft.examples is None else f" for each of {counted(draft.examples, 'example')}"
    return numbers.node.problem(
        f"`{name}` {said} {wanted}: `{signal.name}` has {counted(signal.length, 'value')}{batch}"
        + (f" (line {line})" if line else ""),
        None, "shape", about=numbers.about(node),
    )  # fmt: skip


def _one_hot(node: Node, numbers: Values, name: str, signal: Signal, draft: Draft) -> tuple[Rows, int]:
    """Return class numbers, counted from 0, as columns with a single 1."""
    classes = numbers.rows[0]
    if draft.examples is not None and len(classes) != draft.examples:
        raise _wrong_length(node, numbers, name, counted(draft.examples, "class number"), signal, draft)
    rows = [[0] * len(classes) for _ in range(signal.length)]
    for column, value in enumerate(classes):
        if not isinstance(value, int) or not 0 <= value < signal.length:
            raise numbers.node.problem(
                f"`{name}` must be a class number from 0 to {signal.length - 1}, not {text_of(value)}",
                f"or one probability for each of the {counted(signal.length, 'unit')}",
                "domain", about=numbers.about(node),
            )  # fmt: skip
        rows[value][column] = 1
    said = f"class {classes[0]}" if draft.examples is None else "the class numbers"
    draft.notes.append(f"{name}: {said}, counted from 0, written with a 1 in the class's place")
    return rows, 1 if draft.examples is None else 2


def _probabilities(node: Node, rows: Rows, name: str, *, sums: bool) -> None:
    outside = next((value for row in rows for value in row if not 0 <= value <= 1), None)
    if outside is not None:
        raise node.problem(f"`{name}` must lie between 0 and 1, not {text_of(outside)}", code="domain")
    if not sums:
        return
    for number, column in enumerate(zip(*rows, strict=True), 1):
        total = math.fsum(column)
        if abs(total - 1) > _CLOSE:
            which = f" in row {number}" if len(rows[0]) > 1 else ""
            raise node.problem(
                f"the probabilities `{name}` must sum to 1, not {total:.10g}{which}",
                "a target holds one probability per class, such as [0, 1, 0]", "domain",
            )  # fmt: skip
