"""Layer types: what each computes, as equations in nncalc's own language.

To add a type, add one `layer(...)`. Between braces stand the names that a spec chooses.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from nncalc import ops


class Layer(NamedTuple):
    """A layer type: the equation of its pre-activation for each way of adding an intercept."""

    folded: str
    none: str
    separate: str
    separate_batch: str


LAYERS: Final = {
    "dense": Layer(
        folded="{weights} * intercept({input})",
        none="{weights} * {input}",
        separate="{weights} * {input} + {bias}",
        separate_batch="{weights} * {input} + {bias} * ones({examples})'",
    )
}

#: What makes the output of a layer from its pre-activation; `linear` is the pre-activation itself.
ACTIVATIONS: Final = tuple(op.name for op in ops.ACTIVATIONS)

ENTRIES: Final = ("entry", "entries")
EXAMPLES: Final = ("example", "examples")


class Loss(NamedTuple):
    """A loss type: what it needs of the last activation and of the target, and what its mean divides by.

    `after` are the activations it may follow (none: any), `instead` what to do otherwise.
    """

    target: str
    per: tuple[str, str]
    after: tuple[str, ...]
    instead: str


LOSSES: Final = {
    "squared_error": Loss("numbers", ENTRIES, (), ""),
    "cross_entropy": Loss(
        "classes", EXAMPLES, ("softmax", "sigmoid"),
        'end with activation = "softmax", or take `cross_entropy_logits` of the linear output',
    ),
    "binary_cross_entropy": Loss(
        "probabilities", ENTRIES, ("sigmoid", "softmax"),
        'end with activation = "sigmoid", or take `binary_cross_entropy_logits` of the linear output',
    ),
    "cross_entropy_logits": Loss(
        "classes", EXAMPLES, ("linear",),
        "it applies softmax itself: leave the last activation out, or take `cross_entropy`",
    ),
    "binary_cross_entropy_logits": Loss(
        "probabilities", ENTRIES, ("linear",),
        "it applies sigmoid itself: leave the last activation out, or take `binary_cross_entropy`",
    ),
}  # fmt: skip
