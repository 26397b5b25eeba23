"""Files of ONNX: a graph of operators, read without any library and written; what has no place here is refused.

https://github.com/onnx/onnx/blob/main/onnx/onnx.proto3 numbers the fields. Knows the form of a file, no operator.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple, TypeAlias

from nncalc.exchange.protobuf import Fields, bad, field, fields
from nncalc.problems import Problem
from nncalc.spec.values import MOST_VALUES
from nncalc.spec.words import shown

#: The versions of the format and of the operators that are written.
FORMAT, OPERATORS = 8, 18
MOST_BYTES: Final = 8 * MOST_VALUES + 2**16
_MOST_NODES: Final = 20_000
_MOST_INPUTS: Final = 1_000
_MOST_SIZES: Final = 8
#: Kinds of numbers by ONNX's number for them: how `struct` writes them, and the field that holds them one by one.
_KINDS: Final = {
    1: ("f", 4), 2: ("B", 5), 3: ("b", 5), 4: ("H", 5), 5: ("h", 5), 6: ("i", 5), 7: ("q", 7), 9: ("?", 5),
    10: ("e", 5), 11: ("d", 10), 12: ("I", 11), 13: ("Q", 11),
}  # fmt: skip
FLOAT, INT64, BOOL, HALF, DOUBLE = 1, 7, 9, 10, 11
REALS: Final = (FLOAT, HALF, DOUBLE)
_EXTERNAL: Final = 1
#: From this version on, arrays are spread over others by their shapes alone.
_OLDEST: Final = 7
#: From this version of the format on, what is given is not an input as well, unless it may be given otherwise.
_GIVEN_APART: Final = 4


class Tensor(NamedTuple):
    """An array: its name, the kind of its numbers, its shape, its numbers row by row."""

    name: str
    kind: int
    sizes: tuple[int, ...]
    numbers: Sequence[float]


#: What a node may be told. A number is a float or an integer, a text is one.
Attribute: TypeAlias = "int | float | str | list[int] | list[float] | Tensor"


class Node(NamedTuple):
    """An operator: what it is called, what goes in and comes out by name, and what it is told."""

    op: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    attributes: Mapping[str, Attribute] = {}
    name: str = ""


class Value(NamedTuple):
    """What goes into a graph or comes out of it: its name, its kind of numbers, its shape, `None` where it is open."""

    name: str
    kind: int
    sizes: tuple[int | None, ...] | None


class Graph(NamedTuple):
    """Nodes in an order in which they can be computed, arrays that are given, inputs and outputs."""

    name: str
    nodes: tuple[Node, ...]
    given: tuple[Tensor, ...]
    inputs: tuple[Value, ...]
    outputs: tuple[Value, ...]

    @property
    def defaults(self) -> set[str]:
        """The names of inputs that are given, which may be given otherwise."""
        return {each.name for each in self.inputs} & {each.name for each in self.given}


# -- read -----------------------------------------------------------------------------------------------


def read(data: bytes) -> Graph:
    """Return the graph of a file; raise Problem (`file`) for what is no such file, or lies."""
    if len(data) > MOST_BYTES:
        raise bad(f"the file has {len(data)} bytes; at most {MOST_BYTES} are read")
    model = Fields(memoryview(data), "the model")
    found = model.messages(7)
    if len(found) != 1:
        raise bad("this is no ONNX model: it has no graph")
    for each in model.messages(8):
        used = Fields(each, "a set of operators")
        domain, version = used.text(1), used.whole(2)
        if domain in ("", "ai.onnx") and version < _OLDEST:
            raise bad(f"the model uses operators of version {version}; those from {_OLDEST} on are read")
        if domain not in ("", "ai.onnx", "ai.onnx.ml"):
            raise bad(f"the model uses operators of {shown(domain)}, which are not known here")
    if model.messages(25):
        raise bad("the model defines functions, which are not read")
    graph = Fields(found[0], "the graph")
    if graph.messages(15):
        raise bad("the graph has sparse arrays, which are not read")
    nodes = graph.messages(1)
    if len(nodes) > _MOST_NODES:
        raise bad(f"the graph has {len(nodes)} nodes; at most {_MOST_NODES} are read")
    given = tuple(map(_tensor, graph.messages(5)))
    names = {each.name for each in given} if model.whole(1) < _GIVEN_APART else set()
    inputs = tuple(each for each in map(_in_or_out, graph.messages(11)) if each.name not in names)
    return Graph(graph.text(2), tuple(map(_node, nodes)), given, inputs, tuple(map(_in_or_out, graph.messages(12))))


def _node(data: memoryview) -> Node:
    node = Fields(data, "a node")
    op, domain = node.text(4), node.text(7)
    name = node.text(3)
    if domain not in ("", "ai.onnx"):
        raise Problem(
            f"the node {shown(name or op)} is {shown(op)} of {shown(domain)}, which is not known here",
            None, None, "file",
        )  # fmt: skip
    inputs = node.texts(1)
    if len(inputs) > _MOST_INPUTS:
        raise bad(f"the node {shown(name or op)} has {len(inputs)} inputs; at most {_MOST_INPUTS} are read")
    attributes = dict(_attribute(each, f"the node {shown(name or op)}") for each in node.messages(5))
    return Node(op, tuple(inputs), tuple(node.texts(2)), attributes, name)


def _attribute(data: memoryview, owner: str) -> tuple[str, Attribute]:
    found = Fields(data, f"an attribute of {owner}")
    name, kind = found.text(1), found.whole(20)
    if kind in (1, 6):
        reals = found.reals(2 if kind == 1 else 7, "f")
        if not all(map(math.isfinite, reals)):
            raise bad(f"{owner} has an attribute {shown(name)} that is nan or an infinity")
        return name, reals if kind == 6 else (reals or [0.0])[-1]
    if kind == 2:
        return name, found.whole(3)
    if kind == 3:
        return name, found.text(4)
    if kind == 4:
        return name, _tensor(found.data(5))
    if kind == 7:
        return name, found.wholes(8)
    raise bad(f"{owner} has an attribute {shown(name)} of a kind that is not read, such as a graph in it")


def _tensor(data: memoryview) -> Tensor:
    found = Fields(data, "an array")
    name, kind, sizes = found.text(8), found.whole(2), tuple(found.wholes(1))
    said = f"the array {shown(name)}" if name else "an array of a node"
    if found.messages(13) or found.whole(14) == _EXTERNAL:
        raise bad(f"{said} is in another file, which is not read")
    if kind not in _KINDS:
        raise bad(f"{said} holds numbers of kind {kind}, which are not read")
    if len(sizes) > _MOST_SIZES or any(size < 0 for size in sizes) or math.prod(sizes) > MOST_VALUES:
        shape = ", ".join(map(str, sizes[:_MOST_SIZES]))
        raise bad(f"{said} has the shape ({shape}); at most {MOST_VALUES:,} numbers in {_MOST_SIZES} axes are read")
    numbers = _numbers(found, kind, math.prod(sizes), said)
    if not all(map(math.isfinite, numbers)):
        raise bad(f"{said} holds nan or an infinity")
    return Tensor(name, kind, sizes, numbers)


def _numbers(found: Fields, kind: int, count: int, said: str) -> Sequence[float]:
    """Return the numbers of an array, which are raw bytes or in a field of their kind."""
    code, number = _KINDS[kind]
    raw = found.data(9)
    width = struct.calcsize(f"<{code}")
    if found.messages(9):
        if len(raw) != count * width:
            raise bad(f"{said} has {len(raw)} bytes, its shape and kind need {count * width}")
        return struct.unpack(f"<{count}{code}", raw)
    numbers: Sequence[float] = found.reals(number, code) if kind in (FLOAT, DOUBLE) else found.wholes(number)
    if kind == HALF:
        halves = struct.pack(f"<{len(numbers)}H", *[int(each) & 65535 for each in numbers])
        numbers = struct.unpack(f"<{len(numbers)}e", halves)
    if len(numbers) != count:
        raise bad(f"{said} has {len(numbers)} numbers, its shape needs {count}")
    return numbers


def _in_or_out(data: memoryview) -> Value:
    value = Fields(data, "an input or output")
    kinds = Fields(value.data(2), "a type").messages(1)
    if not kinds:
        raise bad(f"{shown(value.text(1))} is no array")
    tensor = Fields(kinds[-1], "a type")
    if not tensor.messages(2):
        return Value(value.text(1), tensor.whole(1), None)
    found: list[int | None] = []
    for each in Fields(tensor.data(2), "a shape").messages(1):
        size = Fields(each, "a size")
        found.append(size.whole(1) or None)
    if len(found) > _MOST_SIZES or any(size is not None and not 0 <= size <= MOST_VALUES for size in found):
        raise bad(f"the shape of {shown(value.text(1))} is not read")
    return Value(value.text(1), tensor.whole(1), tuple(found))


# -- written --------------------------------------------------------------------------------------------


def written(graph: Graph, version: str) -> bytes:
    """Return the file of a graph."""
    body = b"".join(
        [
            fields(1, map(_written_node, graph.nodes)), field(2, graph.name),
            fields(5, map(_written_tensor, graph.given)), fields(11, map(_written_value, graph.inputs)),
            fields(12, map(_written_value, graph.outputs)),
        ]
    )  # fmt: skip
    operators = field(1, "") + field(2, OPERATORS)
    return field(1, FORMAT) + field(2, "nncalc") + field(3, version) + field(7, body) + field(8, operators)


def _written_node(node: Node) -> bytes:
    attributes = [_written_attribute(name, value) for name, value in node.attributes.items()]
    return b"".join(
        [
            fields(1, node.inputs), fields(2, node.outputs), field(3, node.name or node.outputs[0]), field(4, node.op),
            fields(5, attributes),
        ]
    )  # fmt: skip


def _written_attribute(name: str, value: Attribute) -> bytes:
    if isinstance(value, Tensor):
        said, kind = field(5, _written_tensor(value)), 4
    elif isinstance(value, str):
        said, kind = field(4, value), 3
    elif isinstance(value, list):
        said, kind = fields(8, map(int, value)), 7
    else:
        said, kind = (field(3, value), 2) if isinstance(value, int) else (field(2, value), 1)
    return field(1, name) + said + field(20, kind)


def _written_tensor(tensor: Tensor) -> bytes:
    raw = struct.pack(f"<{len(tensor.numbers)}{_KINDS[tensor.kind][0]}", *tensor.numbers)
    return fields(1, tensor.sizes) + field(2, tensor.kind) + field(8, tensor.name) + field(9, raw)


def _written_value(value: Value) -> bytes:
    sizes = [field(2, "any") if size is None else field(1, size) for size in value.sizes or ()]
    shape = fields(1, sizes)
    return field(1, value.name) + field(2, field(1, field(1, value.kind) + field(2, shape)))
