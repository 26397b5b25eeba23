"""What a calculation can be handed over to: a table. A module of it is imported when it is asked for.

Each module has a function `written(model, target, wrt)` that returns a `Written`: text or bytes, and what is to be
said of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple


class Target(NamedTuple):
    """How the file of a target ends, and which module writes it; one that is `binary` goes to a file only."""

    ending: str
    module: str
    binary: bool = False


TARGETS: Mapping[str, Target] = {
    "numpy": Target(".py", "nncalc.export.program"),
    "torch": Target(".py", "nncalc.export.program"),
    "jax": Target(".py", "nncalc.export.program"),
    "onnx": Target(".onnx", "nncalc.exchange.to_onnx", binary=True),
    "safetensors": Target(".safetensors", "nncalc.exchange.to_safetensors", binary=True),
}
