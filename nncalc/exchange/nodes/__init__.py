"""Operators of ONNX as formulas in our language: what each node of a graph computes."""

from __future__ import annotations

from typing import Final

from nncalc.exchange.nodes import entries, layers, matrices, shapes
from nncalc.exchange.nodes.reading import Reading, Thing
from nncalc.problems import nearest

OPERATORS: Final = {**entries.OPERATORS, **matrices.OPERATORS, **shapes.OPERATORS, **layers.OPERATORS}


def read(reading: Reading) -> Thing:
    """Return what a node computes; raise Problem (`file`) for an operator that has no formula here."""
    known = OPERATORS.get(reading.node.op)
    if known is None:
        near = nearest(reading.node.op, OPERATORS)
        raise reading.problem("this operator is not read", f"{near} is" if near else None)
    return known(reading)
