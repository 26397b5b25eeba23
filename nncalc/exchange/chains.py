"""A chain of dense layers as a spec, from its weights; what weights do not say is asked for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from nncalc.exchange.weights import Dense, ends
from nncalc.exchange.writing import Imported, Numbers, Tree, count_of
from nncalc.problems import Problem, safe
from nncalc.spec.layers import LOSSES
from nncalc.spec.statements import Given
from nncalc.spec.words import counted

#: Numbers that stand for an input until somebody says others.
DRAWN: Final = {"init": "normal", "seed": 1}


class Step(NamedTuple):
    """A dense layer and what follows it: an activation, by its name or as a table with its settings."""

    layer: Dense
    activation: str | Tree | None


class Wanted(NamedTuple):
    """What is said beside a network: the name of its input, that and the target in numbers, and the loss."""

    called: str = "x"
    x: Given | None = None
    y: Given | None = None
    loss: str | None = None


def chain(
    layers: list[Dense], activations: tuple[str | None, str | None], wanted: Wanted, order: str
) -> Imported:  # fmt: skip
    """Return the spec of dense layers, with what follows each but the last and what follows that.

    Raises Problem (`usage`) where an activation is not said.
    """
    between, after = activations
    if len(layers) > 1 and between is None:
        raise Problem(
            "weights do not say what follows a layer", None,
            "say it: `--activation relu`, and `--output-activation` for the last where it is not linear", "usage",
        )  # fmt: skip
    steps = [Step(layer, after if layer is layers[-1] else between) for layer in layers]
    found = network(steps, wanted)
    said = f"{counted(len(layers), 'dense layer')}, {order}; {_AROUND[layers[0].layout == 'in_out']}"
    unsaid = [] if after else ["the last layer is taken as linear; --output-activation says otherwise"]
    return found._replace(remarks=(said, *found.remarks, *unsaid))


def network(steps: list[Step], wanted: Wanted) -> Imported:
    """Return the spec of dense layers, and where their arrays went."""
    rows, remarks = zip(*(dense(step, number) for number, step in enumerate(steps, 1)), strict=True)
    entry = _input(wanted, ends(steps[0].layer)[0])
    examples = len(wanted.x.rows) if wanted.x is not None and wanted.x.dims == 2 else None
    found = assembled(entry, rows, wanted, (ends(steps[-1].layer)[1], examples))
    return found._replace(remarks=(*(line for lines in remarks for line in lines), *found.remarks))


def dense(step: Step, number: int) -> tuple[Tree, list[str]]:
    """Return a dense layer as a spec has it, and where its arrays went."""
    layer, active = step
    weights = layer.weights._replace(about={"name": f"W{number}"})
    bias = layer.bias._replace(about={"name": f"b{number}"}) if layer.bias else None
    row: Tree = {"type": "dense", **({"activation": active} if active else {}), "weights": weights}
    row |= {**({"layout": "in_out"} if layer.layout == "in_out" else {}), "bias": bias or "none"}
    return row, [went(each, str(each.about["name"])) for each in (weights, bias) if each]


def assembled(entry: Tree, rows: Sequence[Tree], wanted: Wanted, end: tuple[int, int | None]) -> Imported:
    """Return the spec of layers, and what nobody said; it ends in so many values of so many examples."""
    tree: Tree = {"input": entry, "layers": [*rows]}
    if wanted.loss is not None:
        tree["loss"] = {"type": wanted.loss, "target": _target(wanted, *end)}
    return Imported(tree, tuple(_unsaid(wanted)))


_AROUND: Final = ("a row of the weights is a unit it goes to", "a column of the weights is a unit it goes to")


def went(numbers: Numbers, of: str) -> str:
    """Return where the numbers of an array went."""
    return f"{safe(numbers.key, 80)} -> {of} ({count_of(numbers.sizes)})"


def _input(wanted: Wanted, length: int) -> Tree:
    if wanted.x is None:
        return {"name": wanted.called, "shape": [length], **DRAWN}
    count = len(wanted.x.rows[0]) if wanted.x.dims == 2 else len(wanted.x.rows)
    if count != length:
        what = f"`{wanted.called}` has {counted(count, 'value')}, and the first layer takes {length}"
        raise Problem(what, None, None, "shape")
    return {"name": wanted.called, "values": nested(wanted.x)}


def nested(given: Given) -> object:
    """Return numbers as they were typed: a number, a list or a list of lists."""
    rows: list[object] = [[*row] for row in given.rows]
    if given.dims == 2:
        return rows
    listed: list[object] = [row[0] for row in given.rows]
    return listed if given.dims else listed[0]


def _target(wanted: Wanted, length: int, examples: int | None) -> Tree:
    """Return the target: what was said, else class 0, or zeros, for each example."""
    if wanted.y is not None:
        return {"name": "y", "values": nested(wanted.y)}
    op = LOSSES.get(str(wanted.loss))
    if op is not None and (op.target in ("class", "labels") or (op.target == "classes" and length > 1)):
        return {"name": "y", "values": 0 if examples is None else [0] * examples}
    value = 1 if op is not None and op.target == "signs" else 0
    each: object = [value] * length
    return {"name": "y", "values": each if examples is None else [each] * examples}


def _unsaid(wanted: Wanted) -> list[str]:
    """Return which numbers of a spec nobody said."""
    found = [] if wanted.x is not None else [drawn(wanted.called)]
    if wanted.loss is None:
        return [*found, "there is no loss; --loss squared_error adds one"]
    return found if wanted.y is not None else [*found, made_up("y")]


def drawn(of: str) -> str:
    """Return what is said of an input without numbers."""
    return f"{of} is drawn: say it, here or in any command, with {of}=..."


def made_up(of: str) -> str:
    """Return what is said of a target without numbers."""
    return f"{of} is made up: say it, here or in any command, with {of}=..."
