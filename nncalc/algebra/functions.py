"""What each operation does in the normal form: one rule an operation, by its name."""

from __future__ import annotations

from collections.abc import Mapping

from nncalc.algebra import arithmetic, matrices, numbers
from nncalc.algebra.normal import Rule

RULES: Mapping[str, Rule] = {**arithmetic.RULES, **numbers.RULES, **matrices.RULES}
