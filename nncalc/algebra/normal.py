"""The algebra in which every operation has its rule."""

from __future__ import annotations

from collections.abc import Mapping

from nncalc.algebra import arithmetic, blocks, core, matrices, numbers
from nncalc.algebra.core import Rule
from nncalc.algebra.terms import NOTHING, Facts
from nncalc.graph.shapes import Shapes

#: What each operation does in the normal form, by its name.
RULES: Mapping[str, Rule] = {**arithmetic.RULES, **numbers.RULES, **matrices.RULES, **blocks.RULES}


class Algebra(core.Algebra):
    """Knows the rules of all operations."""

    def __init__(self, shapes: Shapes, facts: Facts = NOTHING, *, expand: bool = False, split: bool = False) -> None:
        super().__init__(shapes, facts, RULES, expand=expand, split=split)
