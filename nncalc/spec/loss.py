"""The loss of a network: its equation, its target, and the conventions that go with it."""

from __future__ import annotations

from fractions import Fraction
from typing import Final

from nncalc.figures import Rows, exact_of, text_of
from nncalc.spec.draft import Draft, Signal
from nncalc.spec.equations import rounding
from nncalc.spec.layers import ENTRIES, LOSSES, Loss
from nncalc.spec.model import Given, Statement
from nncalc.spec.names import Names
from nncalc.spec.node import Node
from nncalc.spec.values import Values, one_number, values
from nncalc.spec.words import counted

KEYS: Final = ("type", "name", "target", "factor", "reduction")
_CLOSE = 1e-9


def named_by_loss(node: Node, names: Names) -> dict[str, str]:
    """Return the names that the user gave to the loss and to the target, taken."""
    node.table(KEYS)
    target = node.get("target")
    given = {"loss": node.get("name"), "target": target.get("name") if target else None}
    return {what: names.take(member.name(), member) for what, member in given.items() if member}


def add_loss(
    node: Node, named: dict[str, str], signal: Signal, last: Node, draft: Draft
) -> tuple[str, tuple[str, ...]]:
    """Add the loss and its target to the draft; return the loss's name and the targets'."""
    kind = node.need("type", "one of " + ", ".join(f"`{word}`" for word in LOSSES)).choice(LOSSES)
    loss = LOSSES[kind]
    _follows(node, kind, loss, last)
    target_node = node.need("target", "the value that the network should give")
    target = named.get("target") or draft.names.free(("y",), target_node)
    name = named.get("loss") or draft.names.free(("loss",), node)
    numbers = values(target_node, draft.folder, ("name",))
    if draft.examples is None or (loss.target == "classes" and numbers.shape[1] == 1 < signal.count):
        numbers = numbers.listed()
    rows, dims = _target(target_node, numbers, target, loss, signal, draft)
    draft.given[target] = Given(rows, dims, draft.examples is not None, numbers.node.path)
    draft.notes += rounding(target, numbers)
    if draft.examples is not None:
        draft.per_example.add(target)
    text = f"{kind}({signal.name}, {target})"
    draft.statements[name] = Statement(_scaled(text, node, kind, loss, signal, draft), (*node.path, "type"), written=False)
    return name, (target,)


def _follows(node: Node, kind: str, loss: Loss, last: Node) -> None:
    activation = last.get("activation")
    word = activation.value if activation else "linear"
    if loss.after and word not in loss.after:
        raise node.at("type").problem(f"`{kind}` cannot follow the activation `{word}`", loss.instead)


def _scaled(text: str, node: Node, kind: str, loss: Loss, signal: Signal, draft: Draft) -> str:
    """Return the loss with its factor and its mean, and note both."""
    half = kind == "squared_error"
    usual = Fraction(1, 2) if half else Fraction(1)
    factor_node = node.get("factor")
    factor = Fraction(exact_of(one_number(factor_node))) if factor_node else usual
    if factor <= 0 and factor_node:
        raise factor_node.problem(f"must be larger than 0, not {text_of(one_number(factor_node))}", code="domain")
    if factor != usual:
        text = f"{_number(factor / usual)}*{text}"
    if half:
        said = "1/2" if factor == usual else _number(factor)
        draft.notes.append(f"{kind} is {said} times the sum of the squared differences; `factor` changes that")
    reduction_node = node.get("reduction")
    reduction = reduction_node.choice(("sum", "mean")) if reduction_node else "sum"
    examples = draft.examples or 1
    count = examples * (signal.count if loss.per == ENTRIES else 1)
    noun = loss.per[count != 1]
    if reduction == "mean":
        draft.notes.append(f"the loss is the mean over {'one' if count == 1 else count} {noun}")
        return f"{text}/{count}" if count > 1 else text
    if count > 1:
        draft.notes.append(f"the loss is the sum over {count} {noun}; reduction = \"mean\" divides by {count}")
    return text


def _number(value: Fraction) -> str:
    """Return the simplest exact text of a positive rational: 2, 0.5 or (1/3).

    >>> _number(Fraction(2)), _number(Fraction(3, 5)), _number(Fraction(1, 3))
    ('2', '0.6', '(1/3)')
    """
    under = value.denominator
    if under == 1:
        return str(value.numerator)
    twos = fives = 0
    while under % 2 == 0:
        under, twos = under // 2, twos + 1
    while under % 5 == 0:
        under, fives = under // 5, fives + 1
    places = max(twos, fives)
    if under != 1 or places > 20:
        return f"({value.numerator}/{value.denominator})"
    digits = str(value.numerator * 10**places // value.denominator).rjust(places + 1, "0")
    return f"{digits[:-places]}.{digits[-places:]}"


def _target(
    node: Node, numbers: Values, name: str, loss: Loss, signal: Signal, draft: Draft
) -> tuple[Rows, int]:
    """Return the target's rows as they are stored, and how many levels of lists it is shown with."""
    examples = draft.examples
    if loss.target == "classes" and numbers.dims == (0 if examples is None else 1):
        return _one_hot(node, numbers, name, signal, draft)
    if examples is None:
        if numbers.dims == 2 or numbers.shape[1] != signal.count:
            raise _wrong_length(node, numbers, name, _as_wanted(signal.count, numbers), signal, draft)
        rows, dims = numbers.column(), numbers.dims
    elif signal.count == 1 and numbers.dims == 1 and numbers.shape[1] == examples:
        rows, dims = numbers.rows, 1
    elif numbers.dims == 2 and numbers.shape == (examples, signal.count):
        rows, dims = [list(row) for row in zip(*numbers.rows, strict=True)], 2
    else:
        wanted = f"{counted(examples, 'row')} of {counted(signal.count, 'value')}"
        raise _wrong_length(node, numbers, name, wanted, signal, draft)
    if loss.target != "numbers":
        _probabilities(node, rows, name, sums=loss.target == "classes")
    return rows, dims


def _as_wanted(count: int, numbers: Values) -> str:
    """Return how many values a target must have, as the end of "must have" or "must be"."""
    if numbers.dims == 1:
        return str(count)
    return f"a list of {count} values" if count > 1 else "a number"


def _wrong_length(node: Node, numbers: Values, name: str, wanted: str, signal: Signal, draft: Draft) -> Exception:
    line = node.document.line(signal.because)
    said = f"has {counted(numbers.shape[1], 'value')}, must have" if numbers.dims == 1 else f"is {numbers.said()}, must be"
    batch = "" if draft.examples is None else f" for each of {counted(draft.examples, 'example')}"
    return numbers.node.problem(
        f"`{name}` {said} {wanted}: `{signal.name}` has {counted(signal.count, 'value')}{batch}"
        + (f" (line {line})" if line else ""),
        None, "shape", about=numbers.about(node),
    )  # fmt: skip


def _one_hot(node: Node, numbers: Values, name: str, signal: Signal, draft: Draft) -> tuple[Rows, int]:
    """Return class numbers, counted from 0, as columns with a single 1."""
    classes = numbers.rows[0]
    if draft.examples is not None and len(classes) != draft.examples:
        raise _wrong_length(node, numbers, name, counted(draft.examples, "class number"), signal, draft)
    rows: Rows = [[0] * len(classes) for _ in range(signal.count)]
    for column, value in enumerate(classes):
        if not isinstance(value, int) or not 0 <= value < signal.count:
            raise numbers.node.problem(
                f"`{name}` must be a class number from 0 to {signal.count - 1}, not {text_of(value)}",
                f"or one probability for each of the {counted(signal.count, 'unit')}", "domain", about=numbers.about(node),
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
        total = Fraction(sum(map(exact_of, column)))
        if abs(total - 1) > _CLOSE:
            which = f" in row {number}" if len(rows[0]) > 1 else ""
            raise node.problem(
                f"the probabilities `{name}` must sum to 1, not {text_of(float(total))}{which}",
                "a target holds one probability per class, such as [0, 1, 0]", "domain",
            )  # fmt: skip
