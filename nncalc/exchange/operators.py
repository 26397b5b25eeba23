"""Formulas as operators of ONNX: one node for each operation that ONNX has, several for the others.

Every quantity is a matrix of doubles. Knows shapes and operators; files are elsewhere.
"""

from __future__ import annotations

import math
import struct
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from itertools import product
from typing import Final

from nncalc.exchange.onnx_file import DOUBLE, INT64, Attribute, Node, Tensor
from nncalc.graph.graph import Graph
from nncalc.graph.pictures import Windows
from nncalc.graph.rules import bound, computed, rule, size_names
from nncalc.graph.shapes import PARTS, Shapes
from nncalc.graph.sizes import SCALAR
from nncalc.language.formula import PI, Call, Formula, Name, Num, is_call, number_of, parts, replace
from nncalc.ops import OPS
from nncalc.problems import Problem

#: Operations that are one operator, whatever their arguments.
_SAME: Final = {
    "neg": "Neg", "hadamard": "Mul", "div": "Div", "hdiv": "Div", "hpow": "Pow", "exp": "Exp", "log": "Log",
    "sqrt": "Sqrt", "sin": "Sin", "cos": "Cos", "tan": "Tan", "sinh": "Sinh", "cosh": "Cosh", "tanh": "Tanh",
    "erf": "Erf", "asin": "Asin", "acos": "Acos", "atan": "Atan", "abs": "Abs", "sign": "Sign", "max": "Max",
    "min": "Min", "floor": "Floor", "round": "Round", "transpose": "Transpose", "relu": "Relu",
    "sigmoid": "Sigmoid", "softplus": "Softplus", "softsign": "Softsign", "reciprocal": "Reciprocal",
}  # fmt: skip
#: Operations that make a number of all entries, or of each row or column.
_REDUCED: Final = {
    "sum": "ReduceSum", "mean": "ReduceMean", "prod": "ReduceProd", "max": "ReduceMax", "min": "ReduceMin",
    "lse": "ReduceLogSumExp", "norm2": "ReduceL2", "norm2_scaled": "ReduceL2", "norm1": "ReduceL1",
}  # fmt: skip
_OVER: Final = {"_rows": 1, "_columns": 0}
_SOFTMAX: Final = {"softmax": "Softmax", "shifted_softmax": "Softmax", "log_softmax": "LogSoftmax"}


class Operators:
    """Turns equations into nodes; a class because nodes and their names gather in it."""

    def __init__(self, shapes: Shapes, taken: Sequence[str]) -> None:
        self.shapes = shapes
        self.nodes: list[Node] = []
        self.names: dict[Formula, str] = {}
        self.constants: dict[tuple[object, ...], str] = {}
        self.taken = frozenset(taken)
        self.counts: Counter[str] = Counter()
        self.called: dict[str, str] = {}
        self.aim = ""

    def add(self, graph: Graph) -> None:
        """Add the nodes of all equations, each with its quantity's name; raise Problem where ONNX has no operator."""
        self.names |= {leaf: leaf.base for leaf in graph.leaves}
        for equation in graph.equations:
            self.aim = equation.name.base
            found = self.found(equation.formula)
            last = self.nodes[-1] if self.nodes else None
            own = last is not None and last.outputs == (found,) and last.op != "Constant" and found not in self.called
            if own:
                self.called[found] = self.aim
            else:
                self.nodes.append(Node("Identity", (found,), (self.aim,)))
            self.names[equation.name] = self.aim

    def leading_to(self, outputs: Sequence[str]) -> list[Node]:
        """Return the nodes that outputs come from, in order, with the names of quantities."""
        wanted = {*outputs}
        kept: list[Node] = []
        for node in reversed(self.nodes):
            inputs = tuple(self.called.get(each, each) for each in node.inputs)
            made = tuple(self.called.get(each, each) for each in node.outputs)
            if wanted.intersection(made):
                kept.append(node._replace(inputs=inputs, outputs=made))
                wanted.update(inputs)
        return kept[::-1]

    def found(self, formula: Formula) -> str:
        """Return the name of what a formula is, with all nodes that it needs."""
        for part in parts(formula):
            if part not in self.names:
                self.names[part] = self.made(part)
        return self.names[formula]

    def made(self, part: Formula) -> str:
        if isinstance(part, Num):
            return self.number(float(part.text))
        if isinstance(part, Name):
            raise Problem(f"`{part}` has no place in a graph of ONNX", None, None, "usage")
        if part is PI:
            return self.number(math.pi)
        args = [self.names[arg] for arg in part.args]
        if part.op in _SAME:
            return self.node(_SAME[part.op], *self.spread(part, args))
        own = _OWN.get(part.op)
        if own is not None:
            return own(self, part, args)
        if OPS[part.op].chooses:
            return self.node("Where", self.positive(args[0]), *args[1:])
        if part.op in PARTS:
            return self.part(part, args[0])
        return self.along(part, args) or self.by_meaning(part)

    def by_meaning(self, part: Call) -> str:
        """Return what an operation is by its meaning; raise Problem (`usage`) for one that has none."""
        op = OPS[part.op]
        text = computed(op)
        if not text or op.name == "generic":
            raise Problem(f"ONNX has no operator for `{op.name}`", None, None, "usage")
        sizes = size_names(self.shapes.form(part)[1]) if op.forms else {}
        return self.found(replace(rule(text), bound(part) | sizes))

    def along(self, part: Call, args: Sequence[str]) -> str | None:
        """Return a sum and its like, over all entries, rows or columns; None for another operation."""
        over = next((axis for end, axis in _OVER.items() if part.op.endswith(end)), None)
        base = part.op.removesuffix("_rows").removesuffix("_columns")
        if base in _SOFTMAX:
            return self.node(_SOFTMAX[base], *args, axis=over or 0)
        if base not in _REDUCED:
            return None
        if len(args) > 1:
            args = [self.node("Concat", *[self.reshaped(arg, (-1, 1)) for arg in args], axis=0)]
        axes = [] if over is None else [self.whole([over])]
        return self.node(_REDUCED[base], *args, *axes, keepdims=1)

    def spread(self, part: Call, args: Sequence[str]) -> list[str]:
        """Return arguments, a column or row that ones spread over a matrix by itself: ONNX spreads it.

        One argument at least has the whole shape without.
        """
        bare = [self.bare(arg) for arg in part.args]
        shape = self.shapes.of(part)
        whole = any(each is None and self.shapes.of(arg) == shape for each, arg in zip(bare, part.args, strict=True))
        if not whole or part.op not in ("add", "hadamard", "hdiv"):
            return [*args]
        return [arg if each is None else each for arg, each in zip(args, bare, strict=True)]

    def bare(self, formula: Formula) -> str | None:
        """Return the name of the column or row in a product with ones, None for any other formula."""
        if not is_call(formula, "mul"):
            return None
        one, other = formula.args
        if is_call(one, "ones") and self.shapes.of(one)[1] == 1 and self.shapes.of(other)[0] == 1:
            return self.names[other]
        turned = other.args[0] if is_call(other, "transpose") else other
        if is_call(turned, "ones") and self.shapes.of(other)[0] == 1 and self.shapes.of(one)[1] == 1:
            return self.names[one]
        return None

    # -- nodes and constants ----------------------------------------------------------------------------

    def node(self, op: str, *inputs: str, **attributes: Attribute) -> str:
        """Add a node; return the name of its result."""
        self.counts[self.aim] += 1
        while (name := f"{self.aim}_{self.counts[self.aim]}") in self.taken:
            self.counts[self.aim] += 1
        self.nodes.append(Node(op, inputs, (name,), attributes))
        return name

    def constant(self, kind: int, sizes: tuple[int, ...], numbers: Sequence[float]) -> str:
        """Return the name of numbers that stand in the graph."""
        key = (kind, sizes, *numbers)
        if key not in self.constants:
            self.constants[key] = self.node("Constant", value=Tensor("", kind, sizes, numbers))
        return self.constants[key]

    def number(self, value: float) -> str:
        return self.constant(DOUBLE, (1, 1), [value])

    def filled(self, value: float, shape: tuple[int, int]) -> str:
        return self.constant(DOUBLE, shape, [value] * (shape[0] * shape[1]))

    def whole(self, values: Sequence[int]) -> str:
        return self.constant(INT64, (len(values),), values)

    def reshaped(self, name: str, sizes: Sequence[int]) -> str:
        return self.node("Reshape", name, self.whole(sizes))

    def positive(self, name: str) -> str:
        return self.node("Greater", name, self.number(0))

    def shape(self, formula: Formula) -> tuple[int, int]:
        rows, columns = self.shapes.of(formula)
        assert isinstance(rows, int)
        assert isinstance(columns, int)
        return rows, columns

    # -- parts ------------------------------------------------------------------------------------------

    def part(self, part: Call, name: str) -> str:
        """Return some rows or columns."""
        first, last = self.shapes.ends(part)
        assert isinstance(first, int)
        assert isinstance(last, int)
        return self.sliced(name, first - 1, last, int(bool(self.shapes.across(part))))

    def sliced(self, name: str, start: int, end: int, axis: int) -> str:
        return self.node("Slice", name, self.whole([start]), self.whole([end]), self.whole([axis]))

    def gathered(self, name: str, places: Sequence[Sequence[int]], shape: tuple[int, int]) -> str:
        """Return entries of a matrix in a new arrangement, by their places row by row."""
        flat = [place for row in places for place in row]
        return self.node("Gather", self.reshaped(name, [-1]), self.constant(INT64, shape, flat), axis=0)


# -- operations that are not one operator -----------------------------------------------------------------------


def _add(to: Operators, part: Call, args: Sequence[str]) -> str:
    """Return a sum, of what stands behind a minus its difference."""
    args = to.spread(part, args)
    behind = [to.names[arg.args[0]] if is_call(arg, "neg") else None for arg in part.args]
    found, minus = args[0], behind[0]
    first = 1
    if minus is not None and behind[1] is None:
        found, first = to.node("Sub", args[1], minus), 2
    for arg, taken in zip(args[first:], behind[first:], strict=True):
        found = to.node("Sub", found, taken) if taken is not None else to.node("Add", found, arg)
    return found


def _mul(to: Operators, part: Call, args: Sequence[str]) -> str:
    scalar = SCALAR in map(to.shapes.of, part.args)
    return to.node("Mul" if scalar else "MatMul", *args)


def _pow(to: Operators, part: Call, args: Sequence[str]) -> str:
    base, exponent = part.args
    if to.shape(base) == SCALAR:
        return to.node("Pow", *args)
    count = number_of(exponent)
    if not isinstance(count, int) or count < 1:
        raise Problem("ONNX has no operator for such a power of a matrix", None, None, "usage")
    found = args[0]
    for _ in range(count - 1):
        found = to.node("MatMul", found, args[0])
    return found


def _filled(value: float) -> Callable[[Operators, Call, Sequence[str]], str]:
    return lambda to, part, _: to.filled(value, to.shape(part))


def _eye(to: Operators, part: Call, _: Sequence[str]) -> str:
    return _unit(to, to.shape(part)[0])


def _unit(to: Operators, size: int) -> str:
    return to.constant(DOUBLE, (size, size), [float(i == j) for i, j in product(range(size), repeat=2)])


def _beside(axis: int) -> Callable[[Operators, Call, Sequence[str]], str]:
    return lambda to, _, args: to.node("Concat", *args, axis=axis) if len(args) > 1 else args[0]


def _intercept(to: Operators, part: Call, args: Sequence[str]) -> str:
    return to.node("Concat", to.filled(1, (1, to.shape(part)[1])), args[0], axis=0)


def _pad(to: Operators, part: Call, args: Sequence[str]) -> str:
    return to.node("Concat", to.filled(0, (to.shape(part)[0], 1)), args[0], axis=1)


def _trim(to: Operators, part: Call, args: Sequence[str]) -> str:
    return to.sliced(args[0], 1, to.shape(part.args[0])[1], 1)


def _step(to: Operators, _: Call, args: Sequence[str]) -> str:
    return to.node("Cast", to.positive(args[0]), to=DOUBLE)


def _above(to: Operators, _: Call, args: Sequence[str]) -> str:
    sign = to.node("Sign", to.node("Sub", *args))
    return to.node("Div", to.node("Add", sign, to.number(1)), to.number(2))


def _with_0(op: str) -> Callable[[Operators, Call, Sequence[str]], str]:
    """Return x log(y) or x / y, each 0 where x is."""

    def made(to: Operators, _: Call, args: Sequence[str]) -> str:
        x, y = args
        at_0 = to.node("Equal", x, to.number(0))
        safe = to.node("Where", at_0, to.number(1), y)
        return to.node("Div", x, safe) if op == "Div" else to.node("Mul", x, to.node("Log", safe))

    return made


def _in_base(base: float) -> Callable[[Operators, Call, Sequence[str]], str]:
    return lambda to, _, args: to.node("Div", to.node("Log", args[0]), to.number(math.log(base)))


def _exp2(to: Operators, _: Call, args: Sequence[str]) -> str:
    return to.node("Pow", to.number(2), args[0])


def _cbrt(to: Operators, _: Call, args: Sequence[str]) -> str:
    root = to.node("Pow", to.node("Abs", args[0]), to.number(1 / 3))
    return to.node("Mul", to.node("Sign", args[0]), root)


def _log1p(to: Operators, _: Call, args: Sequence[str]) -> str:
    return to.node("Log", to.node("Add", args[0], to.number(1)))


def _expm1(to: Operators, _: Call, args: Sequence[str]) -> str:
    return to.node("Sub", to.node("Exp", args[0]), to.number(1))


def _diag(to: Operators, part: Call, args: Sequence[str]) -> str:
    return to.node("Mul", args[0], _unit(to, to.shape(part)[0]))


def _diagonal(op: str) -> Callable[[Operators, Call, Sequence[str]], str]:
    """Return the diagonal as a column, or its sum."""

    def made(to: Operators, part: Call, args: Sequence[str]) -> str:
        kept = to.node("Mul", args[0], _unit(to, to.shape(part.args[0])[0]))
        axes = [to.whole([1])] if op == "dg" else []
        return to.node("ReduceSum", kept, *axes, keepdims=1)

    return made


def _vec(to: Operators, part: Call, args: Sequence[str]) -> str:
    return to.reshaped(to.node("Transpose", args[0]), to.shape(part))


def _kron(to: Operators, part: Call, args: Sequence[str]) -> str:
    (m, n), (p, q) = map(to.shape, part.args)
    blocks = to.node("Mul", to.reshaped(args[0], (m, 1, n, 1)), to.reshaped(args[1], (1, p, 1, q)))
    return to.reshaped(blocks, (m * p, n * q))


def _det(to: Operators, _: Call, args: Sequence[str]) -> str:
    return to.reshaped(to.node("Det", args[0]), (1, 1))


def _logdet(to: Operators, part: Call, args: Sequence[str]) -> str:
    return to.node("Log", _det(to, part, args))


def _cumsum(to: Operators, _: Call, args: Sequence[str]) -> str:
    return to.node("CumSum", args[0], to.constant(INT64, (), [0]))


def _rot180(to: Operators, part: Call, args: Sequence[str]) -> str:
    rows, columns = to.shape(part)
    places = [[(rows - 1 - i) * columns + columns - 1 - j for j in range(columns)] for i in range(rows)]
    return to.gathered(args[0], places, (rows, columns))


def _exact(number: float) -> bool:
    """Return whether ONNX, whose attributes are single-precision, can say a number as it is."""
    found: float = struct.unpack("<f", struct.pack("<f", number))[0]
    return found == number


def _told(op: str, setting: str) -> Callable[[Operators, Call, Sequence[str]], str]:
    """Return an operator that is told a number, where it can be told that; else what the operation means."""

    def made(to: Operators, part: Call, args: Sequence[str]) -> str:
        said = number_of(part.args[-1])
        if said is None or not _exact(float(said)):
            return to.by_meaning(part)
        return to.node(op, args[0], **{setting: float(said)})

    return made


# -- pictures -----------------------------------------------------------------------------------------------------


def _settings(part: Call) -> list[int]:
    """Return the whole numbers after the quantities of a call."""
    found = [number_of(arg) for arg in part.args[OPS[part.op].quantities :]]
    return [int(each or 0) for each in found]


def _pictured(to: Operators, name: str, formula: Formula, pictures: int) -> str:
    """Return pictures that stand under each other as ONNX has them: pictures, channels, rows, columns."""
    rows, columns = to.shape(formula)
    return to.reshaped(name, (pictures, 1, rows // pictures, columns))


def _convolved(to: Operators, part: Call, args: Sequence[str]) -> str:
    stride, padding, dilation, *rest = _settings(part)
    sides = padding if part.op == "conv2d" else 0
    x = _pictured(to, args[0], part.args[0], rest[0] if rest else 1)
    kernel = _pictured(to, args[1], part.args[1], 1)
    found = to.node(
        "Conv", x, kernel, strides=[stride, stride], pads=[padding, sides, padding, sides],
        dilations=[dilation, dilation],
    )  # fmt: skip
    return to.reshaped(found, to.shape(part))


def _pooled(op: str) -> Callable[[Operators, Call, Sequence[str]], str]:
    def made(to: Operators, part: Call, args: Sequence[str]) -> str:
        size, stride, pictures = _settings(part)
        x = _pictured(to, args[0], part.args[0], pictures)
        found = to.node(op, x, kernel_shape=[size, size], strides=[stride or size] * 2)
        return to.reshaped(found, to.shape(part))

    return made


def _flatten(to: Operators, part: Call, args: Sequence[str]) -> str:
    length, pictures = to.shape(part)
    if pictures == 1:
        return to.reshaped(args[0], (length, 1))
    return to.node("Transpose", to.reshaped(args[0], (pictures, length)))


def _unflatten(to: Operators, part: Call, args: Sequence[str]) -> str:
    return to.reshaped(to.node("Transpose", args[0]), to.shape(part))


def _windows(to: Operators, part: Call, args: Sequence[str]) -> str:
    """Return the windows of pictures: each a column of the entries' places; a place past the last is a 0."""
    windows = Windows(*_settings(part))
    rows, columns = to.shape(part.args[0])
    down, across = windows.places(rows, columns)
    tall, outside = rows // windows.pictures, rows * columns

    def place(picture: int, i: int, j: int) -> int:
        inside = 0 <= i < tall and 0 <= j < columns
        return (picture * tall + i) * columns + j if inside else outside

    corners = [*product(range(windows.pictures), range(down), range(across))]
    places = [
        [
            place(
                each,
                top * windows.by + i * windows.dilation - windows.padding,
                left * windows.by + j * windows.dilation - windows.sides,
            )
            for each, top, left in corners
        ]
        for i, j in product(range(windows.height), range(windows.width))
    ]
    flat = to.node("Concat", to.reshaped(args[0], (1, outside)), to.filled(0, (1, 1)), axis=1)
    return to.gathered(flat, places, to.shape(part))


_OWN: Final[Mapping[str, Callable[[Operators, Call, Sequence[str]], str]]] = {
    "add": _add, "mul": _mul, "pow": _pow, "ones": _filled(1), "zeros": _filled(0), "eye": _eye,
    "column": _beside(0), "matrix": _beside(0), "row": _beside(1), "intercept": _intercept, "pad": _pad, "trim": _trim,
    "step": _step, "above": _above, "xlogy": _with_0("Log"), "xdivy": _with_0("Div"), "log2": _in_base(2),
    "log10": _in_base(10), "exp2": _exp2, "cbrt": _cbrt, "log1p": _log1p, "expm1": _expm1, "diag": _diag,
    "dg": _diagonal("dg"), "tr": _diagonal("tr"), "vec": _vec, "kron": _kron, "det": _det, "logdet": _logdet,
    "cumsum": _cumsum, "rot180": _rot180, "leaky_relu": _told("LeakyRelu", "alpha"), "elu": _told("Elu", "alpha"),
    "conv2d": _convolved, "conv1d": _convolved, "max_pool2d": _pooled("MaxPool"),
    "avg_pool2d": _pooled("AveragePool"), "flatten": _flatten, "unflatten": _unflatten, "windows": _windows,
}  # fmt: skip
