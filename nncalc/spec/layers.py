"""Layer types: what each computes, as equations in nncalc's own language.

To add a type, add one `layer(...)`. Between braces stand the names that a spec chooses.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from nncalc import ops


class Layer(NamedTuple):
    """A layer type: its keys, and the equation of its pre-activation.

    One without weights has no equation, and is its activation alone.
    """

    keys: tuple[str, ...]
    equation: str = ""


class Fold(NamedTuple):
    """Where weights hold the intercepts that are folded into them: the word for that, and what they multiply.

    `units` is what goes in with a constant 1, that of a batch if it is another. Of weights with a row a unit and of
    those with a column a unit there is said which part holds the intercepts, and how the others are taken.
    """

    units: str
    units_batch: str
    put: str
    part: tuple[str, str]
    others: tuple[str, str]


#: How intercepts are folded into weights, by the word that a spec has for it.
FOLDS: Final = {
    "folded": Fold(
        "intercept({input})", "intercept({input})", "first", ("column 0", "the first row"),
        ("trim({weights})", "rows({weights}, 2, {last})"),
    ),
    "folded_last": Fold(
        "[{input}, 1]", "[{input}, ones({examples})']", "last", ("the last column", "the last row"),
        ("columns({weights}, 1, {length})", "rows({weights}, 1, {length})"),
    ),
}  # fmt: skip


LAYERS: Final = {
    "dense": Layer(
        keys=("type", "units", "activation", "weights", "layout", "bias", "sign", "preactivation", "output"),
        equation="{weights} * {input}{bias}",
    ),
    "activation": Layer(keys=("type", "activation", "output")),
}

#: What makes the output of a layer from its pre-activation; `linear` is the pre-activation itself.
ACTIVATIONS: Final = tuple(op.name for op in ops.ACTIVATIONS)

#: What a network may end in.
LOSSES: Final = {op.name: op.loss for op in ops.OPS.values() if op.loss is not None}
