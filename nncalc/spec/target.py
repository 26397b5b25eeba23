"""The target of a loss and what else it is given: their numbers, in the shape and the range that it asks for."""

from __future__ import annotations

import math

from nncalc.language.blocks import transposed
from nncalc.language.figures import Rows, text_of
from nncalc.ops.kinds import Loss
from nncalc.problems import Problem, Where
from nncalc.spec.draft import Draft, Signal
from nncalc.spec.equations import remarked
from nncalc.spec.node import Node
from nncalc.spec.sources import values
from nncalc.spec.statements import Given
from nncalc.spec.values import Values
from nncalc.spec.words import argument, counted

_CLOSE = 1e-9


def add_target(
    node: Node, name: str, loss: Loss, signal: Signal, draft: Draft, base: Node | None = None
) -> None:  # fmt: skip
    """Add the target `name` to the draft: one value for each of the prediction, a class number, or a label."""
    numbers = _numbers(node, name, signal, draft)
    classes = loss.target in _CLASSES
    if draft.examples is None or (classes and numbers.shape[1] == 1 < signal.length):
        numbers = numbers.listed()
    numbers = numbers.first(draft.most) if draft.examples is not None else numbers
    if classes and numbers.dims == (0 if draft.examples is None else 1):
        rows, dims = _one_hot(node, numbers, name, signal, draft, base.whole(0, 1) if base else None)
    else:
        if base is not None and name not in draft.reading.anew:
            raise base.problem("no class numbers are given, which it would count from", _NUMBERED)
        labels = loss.target == "labels"
        rows, dims = (
            _labels(node, numbers, name, draft)
            if labels
            else _sized(node, numbers, name, signal, draft, classes=classes and signal.length > 1)
        )
        _checked(node, rows, name, loss.target)
    _add(name, rows, dims, numbers, draft)


def _numbers(node: Node, name: str, signal: Signal, draft: Draft, *, one_for_all: bool = False) -> Values:
    """Return the numbers of what a loss is given; raise Problem (`shape`) where the input alone has others anew."""
    own = values(node, draft.folder, ("name",))
    numbers = draft.reading.over(own, node, name)
    if numbers is not own:
        return numbers._replace(dims=1) if draft.examples == 1 and numbers.dims == 0 else numbers
    if not draft.reading.anew or draft.examples is None or (one_for_all and own.dims == 0):
        return own
    count = 1 if draft.alone and not signal.steps else own.shape[2 - own.dims] if own.dims else 1
    if count != draft.examples:
        entry = next(iter(draft.signals))
        said = f"`{name}` has {counted(count, draft.each)}, and `{entry}` now has {draft.examples}"
        raise Problem(said, Where(argument(entry)), f"set `{name}` as well", "shape")
    return own


#: Targets that may be class numbers.
_CLASSES = ("classes", "class")
_NUMBERED = "a class number is one number for each example, such as target = 2"


def _labels(node: Node, numbers: Values, name: str, draft: Draft) -> tuple[Rows, int]:
    """Return one label for each example as a row, and how many levels of lists they are shown with."""
    found = [value for row in numbers.rows for value in row]
    count = draft.examples or 1
    if len(found) != count:
        raise numbers.node.problem(
            f"`{name}` has {counted(len(found), 'value')}, must have {count}: a label for each example",
            None, "shape", about=numbers.about(node),
        )  # fmt: skip
    return [found], numbers.dims


def add_other(node: Node, name: str, signal: Signal, draft: Draft, *, one_for_all: bool) -> None:
    """Add a quantity that a loss is given beside its target, of the prediction's shape, or one number for all."""
    numbers = _numbers(node, name, signal, draft, one_for_all=one_for_all)
    if draft.examples is None:
        numbers = numbers.listed()
    if one_for_all and numbers.dims == 0:
        draft.given[name] = Given(numbers.rows, 0, batch=False, path=numbers.node.path)
        return
    numbers = numbers.first(draft.most) if draft.examples is not None else numbers
    rows, dims = _sized(node, numbers, name, signal, draft, classes=False)
    _add(name, rows, dims, numbers, draft)


def add_weights(node: Node, name: str, signal: Signal, draft: Draft) -> None:
    """Add the weights of the classes."""
    numbers = values(node, draft.folder, ("name",)).listed()
    if numbers.dims != 1 or numbers.shape[1] != signal.length:
        raise numbers.node.problem(
            f"`{name}` is {numbers.said()}, must be a list of {counted(signal.length, 'value')}: one for each class",
            None, "shape", about=numbers.about(node),
        )  # fmt: skip
    outside = next((value for value in numbers.rows[0] if value < 0), None)
    if outside is not None:
        raise node.problem(f"a weight must not be less than 0, but is {text_of(outside)}", code="domain")
    draft.given[name] = Given(numbers.column(), 1, batch=False, path=numbers.node.path)
    draft.notes += remarked(name, numbers)


def _add(name: str, rows: Rows, dims: int, numbers: Values, draft: Draft) -> None:
    draft.given[name] = Given(rows, dims, draft.examples is not None, numbers.node.path)
    draft.notes += remarked(name, numbers)
    if draft.examples is not None:
        draft.per_example.add(name)


def _sized(
    node: Node, numbers: Values, name: str, signal: Signal, draft: Draft, *, classes: bool
) -> tuple[Rows, int]:  # fmt: skip
    """Return the rows of a quantity as they are stored, and how many levels of lists it is shown with.

    Where it may be `classes`, that is said too of one that does not fit.
    """
    examples = draft.examples
    if examples is None:
        if numbers.dims == 2 or numbers.shape[1] != signal.length:
            raise _wrong_length(node, numbers, name, _as_wanted(signal.length, numbers), signal, draft)
        rows, dims = numbers.column(), numbers.dims
    elif signal.length == 1 and numbers.dims == 1 and numbers.shape[1] == examples:
        rows, dims = numbers.rows, 1
    elif numbers.dims == 2 and numbers.shape == (examples, signal.length):
        rows, dims = transposed(numbers.rows), 2
    else:
        wanted = _of_batch(examples, signal, numbers, classes=classes)
        raise _wrong_length(node, numbers, name, wanted, signal, draft)
    return rows, dims


def _of_batch(examples: int, signal: Signal, numbers: Values, *, classes: bool) -> str:
    """Return what a target of a batch must have, as the end of "must have" or "must be"."""
    those = "" if numbers.dims == 1 else "a list of "
    either = f"{those}{counted(examples, 'class number')}, or " if classes else ""
    return f"{either}{counted(examples, 'row')} of {counted(signal.length, 'value')}"


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
    alone = draft.examples == numbers.dims == 1 and numbers.shape[1] == signal.length
    row = ", ".join(map(text_of, numbers.rows[0]))
    hint = f"the batch has one example, whose row stands in a list: [[{row}]]" if alone else None
    return numbers.node.problem(
        f"`{name}` {said} {wanted}: `{signal.name}` has {counted(signal.length, 'value')}{batch}"
        + (f" (line {line})" if line else ""),
        hint, "shape", about=numbers.about(node),
    )  # fmt: skip


def _one_hot(
    node: Node, numbers: Values, name: str, signal: Signal, draft: Draft, base: int | None
) -> tuple[Rows, int]:  # fmt: skip
    """Return class numbers, counted from 0 unless another base is said, as columns with a single 1."""
    classes, first = numbers.rows[0], base or 0
    if draft.examples is not None and len(classes) != draft.examples:
        wanted = _of_batch(draft.examples, signal, numbers, classes=True)
        raise _wrong_length(node, numbers, name, wanted, signal, draft)
    rows = [[0] * len(classes) for _ in range(signal.length)]
    for column, value in enumerate(classes):
        if not isinstance(value, int) or not first <= value < signal.length + first:
            from_one = base is None and value == signal.length and all(1 <= each <= value for each in classes)
            raise numbers.node.problem(
                f"`{name}` must be a class number from {first} to {signal.length - 1 + first}, not {text_of(value)}",
                "if classes are counted from 1, set base = 1"
                if from_one
                else f"or one probability for each of the {counted(signal.length, 'unit')}",
                "domain", about=numbers.about(node),
            )  # fmt: skip
        rows[value - first][column] = 1
    said = f"class {classes[0]}" if draft.examples is None else "the class numbers"
    draft.notes.append(f"`{name}`: {said}, counted from {first}, written with a 1 in the class's place")
    return rows, 1 if draft.examples is None else 2


#: Targets that are certain numbers, how that is said, and what is done about others.
_CERTAIN = {
    "signs": ((-1, 1), "-1 or 1", "the two classes are -1 and 1 here"),
    "labels": ((0, 1), "0 or 1", "0 says that the two are alike, 1 that they are not; `alike = 1` turns that"),
    "class": ((0, 1), "0 or 1", "the right class has a 1, the others 0; or give the number of the class"),
}


def _checked(node: Node, rows: Rows, name: str, target: str) -> None:
    """Raise Problem (`domain`) for a target that is not of the kind that the loss asks for."""
    if target == "numbers":
        return
    certain, said, hint = _CERTAIN.get(target, ((), "", None))
    for value in (value for row in rows for value in row):
        if certain and value not in certain:
            raise node.problem(f"`{name}` must be {said}, not {text_of(value)}", hint, "domain")
        if target == "positive" and value < 0:
            raise node.problem(f"`{name}` must not be less than 0, but is {text_of(value)}", code="domain")
        if target in ("classes", "probabilities") and not 0 <= value <= 1:
            raise node.problem(f"`{name}` must lie between 0 and 1, not {text_of(value)}", code="domain")
    if target in _CLASSES:
        _sums(node, rows, name)


def _sums(node: Node, rows: Rows, name: str) -> None:
    for number, column in enumerate(zip(*rows, strict=True), 1):
        total = math.fsum(column)
        if abs(total - 1) > _CLOSE:
            which = f" in row {number}" if len(rows[0]) > 1 else ""
            raise node.problem(
                f"the probabilities `{name}` must sum to 1, not {total:.10g}{which}",
                "a target holds one probability per class, such as [0, 1, 0]", "domain",
            )  # fmt: skip
