"""A graph of ONNX that is layers one after the other, as a spec in layers: dense ones, first those of a picture."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Final

from nncalc.exchange.chains import DRAWN, Step, Wanted, assembled, dense, nested, network, went
from nncalc.exchange.nodes.layers import kernel_window, pool_window
from nncalc.exchange.nodes.reading import Reading, shortest
from nncalc.exchange.onnx_file import REALS, Graph, Node, Tensor
from nncalc.exchange.weights import Dense, ends
from nncalc.exchange.writing import Imported, Numbers, Tree, count_of
from nncalc.language.alphabet import canonical_name
from nncalc.problems import Problem
from nncalc.spec.statements import Given

#: Activations by their operators, and their settings by the attributes that say them, with what those are by default.
_ACTIVATIONS: Final[Mapping[str, tuple[str, Mapping[str, tuple[str, float]]]]] = {
    "Relu": ("relu", {}), "Sigmoid": ("sigmoid", {}), "Tanh": ("tanh", {}), "Softplus": ("softplus", {}),
    "Softsign": ("softsign", {}), "Mish": ("mish", {}), "HardSwish": ("hard_swish", {}), "Softmax": ("softmax", {}),
    "LogSoftmax": ("log_softmax", {}), "Gelu": ("gelu", {}), "LeakyRelu": ("leaky_relu", {"alpha": ("slope", 0.01)}),
    "Elu": ("elu", {"alpha": ("alpha", 1.0)}), "Celu": ("celu", {"alpha": ("alpha", 1.0)}),
}  # fmt: skip
_IDLE: Final = ("Identity", "Dropout")
_POOLS: Final = {"MaxPool": "max_pool2d", "AveragePool": "avg_pool2d"}


def chain_of(graph: Graph, nodes: Sequence[Node], values: Mapping[str, Given], loss: str | None) -> Imported | None:
    """Return the spec of a graph that is a chain of layers, None for any other."""
    free = [each for each in graph.inputs if each.name not in graph.defaults]
    if len(free) != 1 or len(graph.outputs) != 1 or free[0].kind not in REALS:
        return None
    called, sizes = canonical_name(free[0].name), tuple(size or 1 for size in free[0].sizes or ())
    chain = _Chain({each.name: each for each in graph.given}, free[0].name, pictured=len(sizes) == 4)
    once = Counter(name for node in nodes for name in node.inputs)
    if not all(chain.take(node, once) for node in nodes) or chain.at != graph.outputs[0].name:
        return None
    if called is None or not values.keys() <= {called, "y"} or not chain.dense or chain.pictured:
        return None
    wanted = Wanted(called, values.get(called), values.get("y"), loss)
    if len(sizes) == 2 and (wanted.x is not None or sizes[0] == 1):
        return network([Step(*each) for each in chain.dense], wanted)
    if len(sizes) == 4 and sizes[0] == 1 and (wanted.x is None or sizes[1] == 1):
        found = assembled(_picture(wanted, sizes), chain.spec(), wanted, (ends(chain.dense[-1][0])[1], None))
        return found._replace(remarks=(*chain.remarks, *found.remarks))
    return None


def _picture(wanted: Wanted, sizes: tuple[int, ...]) -> Tree:
    """Return the input of a network of one picture."""
    shape = sizes[2:] if sizes[1] == 1 else sizes[1:]
    if wanted.x is None:
        return {"name": wanted.called, "kind": "image", "shape": [*shape], **DRAWN}
    rows = nested(wanted.x)
    if wanted.x.dims != 2 or (len(wanted.x.rows), len(wanted.x.rows[0])) != shape:
        raise Problem(f"`{wanted.called}` is a picture of {count_of(shape)}", None, None, "shape")
    return {"name": wanted.called, "kind": "image", "values": rows}


class _Chain:
    """Takes nodes one after the other; a class as layers gather in it. `at` is what the next one is given.

    A dense layer stands among the others as its place among those that are `dense`; of pictures the first is given
    `flat` values, -1 where their number is not said.
    """

    def __init__(self, given: Mapping[str, Tensor], at: str, *, pictured: bool) -> None:
        self.given = given
        self.at = at
        self.pictured = pictured
        self.dense: list[tuple[Dense, str | Tree | None]] = []
        self.rows: list[Tree | int] = []
        self.remarks: list[str] = []
        self.slides = 0
        self.bare = False
        self.flat = -1

    def spec(self) -> list[Tree]:
        """Return the layers as a spec has them, and note where arrays went."""
        found: list[Tree] = []
        for row in self.rows:
            if isinstance(row, int):
                row, remarks = dense(Step(*self.dense[row]), row + 1)  # noqa: PLW2901 -- the layer of that place
                self.remarks += remarks
            found.append(row)
        return found

    def take(self, node: Node, once: Mapping[str, int]) -> bool:
        """Take a node, if it is what comes next in such a chain."""
        if not node.inputs or self.at not in node.inputs or once[self.at] != 1:
            return False
        done = len([each for each in node.outputs if each]) == 1 and self.taken(node)
        self.at = node.outputs[0] if done else self.at
        return done

    def taken(self, node: Node) -> bool:
        bare, self.bare = self.bare, False
        if node.op in _IDLE:
            self.bare = bare
            return len(node.inputs) == 1
        if node.op in _ACTIVATIONS:
            return self.activated(_activation(node))
        if self.pictured:
            return self.taken_of_pictures(node)
        if node.op == "Add" and bare:
            return self.biased(node)
        if node.op == "Flatten":
            return node.attributes.get("axis", 1) == 1
        layer = self.layer(node) if node.op in ("Gemm", "MatMul") else None
        if layer is not None:
            self.bare = node.op == "MatMul"
            self.rows.append(len(self.dense))
            self.dense.append((layer, None))
        return layer is not None

    def taken_of_pictures(self, node: Node) -> bool:
        if node.op in ("Flatten", "Reshape"):
            self.pictured = False
            flat = self.given.get(node.inputs[1]) if node.op == "Reshape" and len(node.inputs) > 1 else None
            self.rows.append({"type": "flatten"})
            if flat is not None and len(flat.numbers) == 2 and flat.numbers[0] in (0, 1):
                self.flat = int(flat.numbers[1])
                return self.flat == -1 or self.flat > 0
            return node.op == "Flatten" and node.attributes.get("axis", 1) == 1
        try:
            row = self.of_pictures(node, Reading(node, (), _never, _never))
        except Problem:  # it moves otherwise than layers here do
            return False
        self.rows += [row] if row is not None else []
        return row is not None

    def of_pictures(self, node: Node, reading: Reading) -> Tree | None:
        """Return a convolution or a pool as a spec has it, None for anything else; raise Problem."""
        if node.op in _POOLS:
            size, stride = pool_window(reading)
            return {"type": _POOLS[node.op], "size": size, **({"stride": stride} if stride != size else {})}
        arrays = [self.given[name] for name in node.inputs[1:] if name in self.given]
        if node.op != "Conv" or not arrays or len(arrays) + 1 != len(node.inputs) or len(arrays[0].sizes) != 4:
            return None
        stride, padding, sides, dilation = kernel_window(reading, arrays[0].sizes[2:])
        if reading.integer("group", 1) != 1 or padding != sides:
            return None
        told = {"stride": (stride, 1), "padding": (padding, 0), "dilation": (dilation, 1)}
        row: Tree = {"type": "conv2d", **{key: value for key, (value, usual) in told.items() if value != usual}}
        self.slides += 1
        for (key, letter), tensor in zip((("kernels", "K"), ("bias", "c")), arrays, strict=False):
            numbers = _numbers(tensor, tensor.sizes)._replace(about={"name": f"{letter}{self.slides}"})
            self.remarks.append(went(numbers, f"{letter}{self.slides}"))
            row[key] = numbers
        return row

    def activated(self, active: str | Tree | None) -> bool:
        """Add an activation of the last layer, or between pictures one by itself."""
        last = self.rows[-1] if self.rows else None
        if active is None or last is None:
            return False
        if isinstance(last, int):
            layer, before = self.dense[last]
            self.dense[last] = (layer, active)
            return before is None
        if last["type"] == "conv2d" and "activation" not in last:
            last["activation"] = active
            return True
        self.rows.append({"type": "activation", "activation": active})
        return True

    def layer(self, node: Node) -> Dense | None:
        """Return the layer that a product with weights begins, or is."""
        told = node.attributes
        if len(node.inputs) < 2 or node.inputs[0] != self.at or any(told.get(key, 1) != 1 for key in ("alpha", "beta")):
            return None
        weights = self.given.get(node.inputs[1])
        if weights is None or len(weights.sizes) != 2 or told.get("transA", 0):
            return None
        turned = bool(told.get("transB", 0))
        if not self.dense and self.flat not in (-1, weights.sizes[turned]):
            return None
        layer = Dense(_numbers(weights, weights.sizes), None, "out_in" if turned else "in_out")
        return self.with_bias(layer, node.inputs[2]) if len(node.inputs) > 2 and node.inputs[2] else layer

    def with_bias(self, layer: Dense, name: str) -> Dense | None:
        bias = self.given.get(name)
        units = layer.weights.sizes[layer.layout == "in_out"]
        if bias is None or bias.sizes not in ((units,), (1, units)):
            return None
        return layer._replace(bias=_numbers(bias, (units,)))

    def biased(self, node: Node) -> bool:
        """Add the bias of a layer that has none yet."""
        others = [each for each in node.inputs if each != self.at]
        layer = self.with_bias(self.dense[-1][0], others[0]) if len(others) == 1 else None
        if layer is not None:
            self.dense[-1] = (layer, None)
        return layer is not None


def _never(_: Tensor) -> Any:
    raise AssertionError("a window has no arrays")


def _numbers(tensor: Tensor, sizes: tuple[int, ...]) -> Numbers:
    return Numbers(tensor.name, sizes, [float(each) for each in tensor.numbers])


def _activation(node: Node) -> str | Tree | None:
    """Return an activation as a spec has it, None where it is another than its name says."""
    word, settings = _ACTIVATIONS[node.op]
    if node.attributes.get("axis", -1) not in (1, -1):
        return None
    if node.op == "Gelu":
        word = {"none": "gelu", "tanh": "gelu_tanh"}.get(str(node.attributes.get("approximate", "none")), "")
        return word or None
    told: Tree = {}
    for key, (setting, default) in settings.items():
        value = node.attributes.get(key, default)
        if not isinstance(value, int | float):
            return None
        told[setting] = shortest(float(value))
    return {"type": word, **told} if told else word
