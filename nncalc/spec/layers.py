"""Layer types: what each computes, as equations in nncalc's own language.

To add a type, add one `layer(...)`. Between braces stand the names that a spec chooses.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from nncalc import ops


class Layer(NamedTuple):
    """A layer type: its keys, and the equation of its pre-activation for each way of adding an intercept.

    One without weights has no equations, and is its activation alone.
    """

    keys: tuple[str, ...]
    folded: str = ""
    none: str = ""
    separate: str = ""
    separate_batch: str = ""


LAYERS: Final = {
    "dense": Layer(
        keys=("type", "units", "activation", "weights", "bias", "preactivation", "output"),
        folded="{weights} * intercept({input})",
        none="{weights} * {input}",
        separate="{weights} * {input} + {bias}",
        separate_batch="{weights} * {input} + {bias} * ones({examples})'",
    ),
    "activation": Layer(keys=("type", "activation", "output")),
}

#: What makes the output of a layer from its pre-activation; `linear` is the pre-activation itself.
ACTIVATIONS: Final = tuple(op.name for op in ops.ACTIVATIONS)

#: What a network may end in.
LOSSES: Final = {op.name: op.loss for op in ops.OPS.values() if op.loss is not None}
