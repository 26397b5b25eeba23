"""The operation table: every operation, as data, in one explicit order.

The parser's operators, the shapes, derivatives, scalar forms, values, the reference page
and the table's own tests are all read from `OPS`.
"""

from nncalc.ops.activations import ACTIVATIONS, SPELLINGS
from nncalc.ops.arithmetic import ARITHMETIC
from nncalc.ops.elementary import ELEMENTARY
from nncalc.ops.kinds import Function, Operation
from nncalc.ops.linear import LINEAR
from nncalc.ops.lines import of_lines
from nncalc.ops.losses import LOSSES
from nncalc.ops.matrices import MATRICES
from nncalc.ops.pictures import PICTURES

#: The operations by what they are for.
KINDS = {
    "Arithmetic": ARITHMETIC, "Elementary functions": ELEMENTARY, "Vectors and blocks": LINEAR, "Matrices": MATRICES,
    "Pictures": PICTURES,
    "Activations": ACTIVATIONS, "Losses": LOSSES, "Other spellings, which keep digits": SPELLINGS,
}  # fmt: skip

KINDS["Of each row or column"] = of_lines(op for kind in KINDS.values() for op in kind)

#: Every operation by name.
OPS: dict[str, Operation] = {op.name: op for kind in KINDS.values() for op in kind}

#: Operations by the word that is typed and what they are `over`; softmax of columns is softmax.
OVER: dict[tuple[str, str], Operation] = {
    **{(op.name, "columns"): op for op in OPS.values() if op.lines is not None and op.lines.makes == "columns"},
    **{(op.base, op.notation.over): op for op in OPS.values() if op.base and isinstance(op.notation, Function)},
}

_UNTYPED = frozenset({"matrix", "generic", "entries", "entries_0", "columns_0"})
#: Operations by the words that call them.
FUNCTIONS: dict[str, Operation] = {
    word: op
    for op in OPS.values()
    if isinstance(op.notation, Function) and not op.notation.over and op.name not in _UNTYPED
    for word in (op.notation.word, op.notation.unicode, *op.notation.also)
    if word
}

#: Quotients, and products with them, of matrices or numbers and entry by entry.
QUOTIENTS = frozenset({"div", "hdiv"})
PRODUCTS = QUOTIENTS | {"mul", "hadamard"}

__all__ = ["ACTIVATIONS", "FUNCTIONS", "KINDS", "LOSSES", "OPS", "OVER", "PRODUCTS", "QUOTIENTS"]
