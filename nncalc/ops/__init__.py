"""The operation table: every operation, as data, in one explicit order.

The parser's operators, the shapes, derivatives, scalar forms, values, the reference page
and the table's own tests are all read from `OPS`.
"""

from nncalc.ops.activations import ACTIVATIONS, SPELLINGS
from nncalc.ops.arithmetic import ARITHMETIC
from nncalc.ops.elementary import ELEMENTARY
from nncalc.ops.kinds import Operation
from nncalc.ops.linear import LINEAR
from nncalc.ops.losses import LOSSES
from nncalc.ops.matrices import MATRICES

_TABLE = (*ARITHMETIC, *ELEMENTARY, *LINEAR, *MATRICES, *ACTIVATIONS, *SPELLINGS, *LOSSES)

#: Every operation by name.
OPS: dict[str, Operation] = {op.name: op for op in _TABLE}

#: Quotients, and products with them, of matrices or numbers and entry by entry.
QUOTIENTS = frozenset({"div", "hdiv"})
PRODUCTS = QUOTIENTS | {"mul", "hadamard"}

__all__ = ["ACTIVATIONS", "LOSSES", "OPS", "PRODUCTS", "QUOTIENTS"]
