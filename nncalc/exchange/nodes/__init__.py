"""Operators of ONNX as formulas in our language: what each node of a graph computes."""

from __future__ import annotations

from typing import Final

from nncalc.exchange.nodes import entries, layers, matrices, shapes
from nncalc.exchange.nodes.reading import Reading, Thing
from nncalc.problems import nearest

OPERATORS: Final = {**entries.OPERATORS, **matrices.OPERATORS, **shapes.OPERATORS, **layers.OPERATORS}


_RECURRENT: Final = ("LSTM", "GRU", "RNN")


def read(reading: Reading) -> Thing:
    """Return what a node computes; raise Problem (`file`) for an operator that has no formula here."""
    check_known(reading)
    return OPERATORS[reading.node.op](reading)


def check_known(reading: Reading) -> None:
    """Raise Problem (`file`) for an operator that has no formula here."""
    op = reading.node.op
    if op in OPERATORS:
        return
    near = nearest(op, OPERATORS)
    hint = f"{near} is" if near else None
    if op in _RECURRENT:
        hint = (
            f'save the weights as safetensors, and `--like net.toml` puts them into a spec with `type = "{op.lower()}"`'
        )
    raise reading.problem("this operator is not read", hint)
