"""A graph of ONNX as a spec in equations: a quantity for each value that is worth a name, arrays as its parameters."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from math import prod
from typing import Final

from nncalc.exchange.chains import DRAWN, drawn, made_up
from nncalc.exchange.layer_chain import chain_of
from nncalc.exchange.nodes import check_known, read
from nncalc.exchange.nodes.reading import Matrix, Pictures, Reading, Thing, is_atom, shortest
from nncalc.exchange.onnx_file import FLOAT, INT64, REALS, Graph, Node, Tensor, Value
from nncalc.exchange.writing import Imported, Numbers, Tree, count_of
from nncalc.graph.rules import either_way
from nncalc.language.alphabet import canonical_name
from nncalc.language.figures import text_of
from nncalc.language.parser import Known
from nncalc.language.parser import read as formula_of
from nncalc.language.printer import show
from nncalc.ops import FUNCTIONS, OPS
from nncalc.problems import Problem
from nncalc.spec.statements import Given
from nncalc.spec.values import MOST_VALUES
from nncalc.spec.words import shown

#: Operators whose result may stand in the formula of the one node that uses it, where that is one of them as well.
_INSIDE: Final = frozenset({
    "Abs", "Add", "AveragePool", "Cast", "Concat", "Conv", "Div", "Dropout", "Equal", "Flatten", "Gemm",
    "GlobalAveragePool", "Greater", "Identity", "Log", "MatMul", "MaxPool", "Mul", "Neg", "Pow", "ReduceMean",
    "ReduceSum", "Reshape", "Slice", "Sqrt", "Squeeze", "Sub", "Transpose", "Unsqueeze", "Where",
})  # fmt: skip
#: Those that are a layer where they have a bias, and the names that exporters give to graphs that have none.
_LAYERS: Final = ("Conv", "Gemm")
_NAMELESS: Final = ("", "network", "main_graph", "main", "torch_jit", "graph")
_LONGEST, _MOST_WRITTEN, _MOST_QUANTITIES = 120, 16, 5_000


def from_graph(graph: Graph, values: Mapping[str, Given], loss: str | None) -> Imported:
    """Return the spec of a graph, with numbers of its inputs, and a loss of its last output.

    A chain of layers is one in layers, anything else one in equations.
    Raises Problem (`file`) for a node that has no formula here, (`usage`, `shape`) for numbers that do not go with it.
    """
    nodes = _needed(graph)
    return chain_of(graph, nodes, values, loss) or _Importer(graph, nodes, values).imported(loss)


class _Importer:
    """Reads nodes one after the other; a class as quantities, their names and numbers gather in it."""

    def __init__(self, graph: Graph, nodes: list[Node], values: Mapping[str, Given]) -> None:
        self.graph = graph
        self.values = dict(values)
        self.things: dict[str, Thing] = {}
        self.placed: dict[str, Matrix] = {}
        self.equations: dict[str, str] = {}
        self.tables: dict[str, Tree] = {"inputs": {}, "targets": {}, "parameters": {}}
        self.names: dict[str, str] = {}
        self.alike: Counter[str] = Counter()
        self.remarks: list[str] = []
        self.nodes = nodes
        self.uses = Counter(name for node in self.nodes for name in node.inputs)
        self.users = {name: node.op for node in self.nodes for name in node.inputs}
        self.ends = [each.name for each in graph.outputs]
        self.home = _homes(graph, nodes)
        self.slid: dict[str, list[list[str]]] = {}

    def imported(self, loss: str | None) -> Imported:
        """Return the spec."""
        for node in self.nodes:
            if node.op != "Constant":
                check_known(Reading(node, (), self.matrix, self.kernels))
        for each in self.graph.inputs:
            if each.name not in self.home:
                self.define(each.name, self.input(each))
        for tensor in self.graph.given:
            self.define(tensor.name, tensor)
        for node in self.nodes:
            self.node(node)
        ends = [self.end(each) for each in self.ends]
        if not ends:
            raise Problem("the graph has no output", None, None, "file")
        last = self.loss(loss, ends[-1]) if loss is not None else ends[-1].text
        stranger = next(iter(self.values), None)
        if stranger is not None:
            known = ", ".join(f"`{each}`" for each in [*self.tables["inputs"], *self.tables["targets"]])
            raise Problem(f"`{stranger[:80]}` is nothing that is set here", None, f"there is {known}", "usage")
        title = self.graph.name if self.graph.name.isprintable() else ""
        tree: Tree = {} if title in _NAMELESS else {"name": title}
        tree |= {"output": last} if last != [*self.equations][-1] else {}
        tree |= {heading: table for heading, table in self.tables.items() if table}
        tree["equations"] = self.shown()
        return Imported(tree, tuple(self.remarks))

    def shown(self) -> Tree:
        """Return the equations as our printer writes them."""
        known = Known([*self.equations, *(name for table in self.tables.values() for name in table)], whole=True)
        return {of: show(formula_of(text, known).formula) for of, text in self.equations.items()}

    def define(self, name: str, thing: Thing) -> None:
        """Say what a name of the graph stands for; raise Problem (`file`) where it has a meaning already."""
        if name in self.things:
            raise Problem(f"{shown(name)} is made twice", None, None, "file")
        if any(size < 1 for size in thing.sizes) or prod(thing.sizes) > MOST_VALUES:
            raise Problem(f"{shown(name)} has the shape {thing.sizes}, which is not read", None, None, "file")
        self.things[name] = thing

    def name(self, text: str, end: str = "") -> str:
        """Return a name for a quantity that is free, like the one in the file."""
        plain = re.sub(r"[^A-Za-z0-9]+", "_", text).strip("_")
        found = (canonical_name(text) or canonical_name(plain) or canonical_name(f"v{plain}") or "v")[:80] + end
        stem, found = found, found if self.free(found) else f"{found}_"
        while not self.free(found):
            self.alike[stem] += 1
            found = f"{stem}_{1 + self.alike[stem]}"
        if len(self.names) >= _MOST_QUANTITIES:
            raise Problem(f"the network has more than {_MOST_QUANTITIES} quantities", None, None, "file")
        self.names[found] = text
        return found

    def free(self, word: str) -> bool:
        """Return whether nothing is called so."""
        return not (word in self.names or word in OPS or word in FUNCTIONS or word == "pi")

    # -- nodes ------------------------------------------------------------------------------------------

    def node(self, node: Node) -> None:
        """Read a node: what it makes is known from here on, in the formula of the next or under a name of its own."""
        for each in node.inputs:
            if each and each not in self.things:
                hint = "nodes stand in an order in which they can be computed, without a circle"
                raise Problem(
                    f"the node {shown(node.name or node.op)} uses {shown(each)}, which nothing before it makes",
                    None, hint, "file",
                )  # fmt: skip
        args = tuple(self.things[each] if each else None for each in node.inputs)
        reading = Reading(node, args, self.matrix, self.kernels)
        if not node.outputs or any(self.uses[each] or each in self.ends for each in node.outputs[1:] if each):
            raise reading.problem("what it makes beside its first output is used, which is not read")
        made = node.outputs[0]
        found = _constant(reading) if node.op == "Constant" else read(reading)
        whole = node.op in _LAYERS and len(node.inputs) > 2  # with its bias it is a layer
        self.define(made, self.settled(made, found, inside=node.op in _INSIDE and not whole))

    def settled(self, made: str, found: Thing, *, inside: bool) -> Thing:
        """Return what a node makes as it is used from here on, where it may be `inside` in a formula of the next."""
        if isinstance(found, Tensor):
            return found
        inside = inside and self.uses[made] == 1 and made not in self.ends and self.users[made] in _INSIDE
        if isinstance(found, Matrix):
            if (is_atom(found.text) and made not in self.ends) or (inside and len(found.text) <= _LONGEST):
                return found
            return self.called(self.name(made), found)
        inside = inside and self.users[made] != "Conv"  # which uses a channel for each kernel
        if all(map(is_atom, found.channels)) or (inside and sum(map(len, found.channels)) <= _LONGEST):
            return found
        several = len(found.channels) > 1
        names = [self.name(made, f"_{at}" if several else "") for at in range(1, len(found.channels) + 1)]
        self.equations |= zip(names, found.channels, strict=True)
        return found._replace(channels=tuple(names))

    def called(self, own: str, found: Matrix) -> Matrix:
        self.equations[own] = found.text
        return Matrix(own, found.sizes)

    def end(self, name: str) -> Matrix:
        """Return an output, which is a quantity with an equation of its own."""
        found = self.things.get(name)
        if found is None:
            raise Problem(f"nothing makes the output {shown(name)}", None, None, "file")
        if isinstance(found, Pictures):
            if len(found.channels) > 1:
                raise Problem(f"the output {shown(name)} is pictures of several channels", None, None, "file")
            found = found.matrix(found.channels[0])
        found = self.matrix(found) if isinstance(found, Tensor) else found
        return found if found.text in self.equations else self.called(self.name(name), found)

    # -- numbers ----------------------------------------------------------------------------------------

    def matrix(self, tensor: Tensor) -> Matrix:
        """Return known numbers as a matrix: those with a name a quantity, others as they are written."""
        if len(tensor.sizes) > 2:
            what = f"the array {shown(tensor.name)} of {count_of(tensor.sizes)}"
            raise Problem(f"{what} is no matrix", None, None, "file")
        own = tensor.name in self.home
        if not own and (text := _written(tensor)) is not None:
            return Matrix(text, tensor.sizes)
        if not own or tensor.name not in self.placed:
            of = self.name(tensor.name or "constant")
            heading = self.home.get(tensor.name, "inputs")
            said = self.values.pop(of, None) if heading == "targets" else None
            numbers = Numbers(of, _listed(tensor.sizes), [float(each) for each in tensor.numbers])
            self.tables[heading][of] = numbers if said is None else _said(of, tensor.sizes, said)
            self.placed[tensor.name if own else of] = found = _leaf(of, tensor.sizes)
            return found
        return self.placed[tensor.name]

    def kernels(self, tensor: Tensor) -> list[list[str]]:
        """Return a quantity for each kernel and each of its channels."""
        if tensor.name in self.slid:
            return self.slid[tensor.name]
        count, channels, rows, columns = tensor.sizes
        found: list[list[str]] = []
        for at in range(count):
            found.append([])
            for channel in range(channels):
                several = (f"_{at + 1}" if count > 1 else "") + (f"_{channel + 1}" if channels > 1 else "")
                own = self.name(tensor.name or "K", several)
                start = (at * channels + channel) * rows * columns
                entries = [float(each) for each in tensor.numbers[start : start + rows * columns]]
                self.tables["parameters"][own] = Numbers(own, (rows, columns), entries)
                found[-1].append(own)
        if tensor.name:
            self.slid[tensor.name] = found
        return found

    def input(self, value: Value) -> Thing:
        """Return an input, with the numbers that were said of it, or else with drawn ones."""
        if value.kind not in REALS or value.sizes is None or len(value.sizes) not in (0, 1, 2, 4):
            what = f"the input {shown(value.name)}"
            raise Problem(f"{what} is no array of 1, 2 or 4 axes of real numbers", None, None, "file")
        own = self.name(value.name)
        said = self.values.pop(own, None)
        sizes = tuple(size or 1 for size in value.sizes)
        if said is not None and len(sizes) == 2 and value.sizes[0] is None:
            sizes = (len(said.rows) if said.dims == 2 else 1, sizes[1])
        if len(sizes) == 4:
            return self.picture(own, sizes, said)
        self.tables["inputs"][own] = self.numbers(own, sizes, said)
        return _leaf(own, sizes)

    def numbers(self, own: str, sizes: tuple[int, ...], said: Given | None) -> object:
        """Return the numbers of an input."""
        if said is not None:
            return _said(own, sizes, said)
        self.remarks.append(drawn(own))
        return {"shape": [*(_listed(sizes) or (1,))], **DRAWN}

    def picture(self, own: str, sizes: tuple[int, ...], said: Given | None) -> Pictures:
        count, channels, rows, columns = sizes
        if said is not None and channels > 1:
            raise Problem(f"`{own}` has {channels} channels, which are set one by one in the spec", None, None, "usage")
        names = [self.name(own, f"_{at}") for at in range(1, channels + 1)] if channels > 1 else [own]
        for each in names:
            self.tables["inputs"][each] = self.numbers(each, (count * rows, columns), said)
        return Pictures(tuple(names), sizes)

    def loss(self, loss: str, end: Matrix) -> str:
        """Add a loss of the last output, and its target, which is 0 where nothing is said."""
        said = self.values.pop("y", None)
        target, own = self.name("y"), self.name("loss")
        if said is None:
            self.remarks.append(made_up(target))
            self.tables["targets"][target] = {"shape": [*(_listed(end.sizes) or (1,))], "init": "zeros"}
        else:
            self.tables["targets"][target] = _said(target, end.sizes, said)
        y = _leaf(target, end.sizes)
        turned = not either_way(loss)  # of rows, where it takes an example a column
        self.equations[own] = f"{loss}({end.turned if turned else end.text}, {y.turned if turned else y.text})"
        return own


def _needed(graph: Graph) -> list[Node]:
    """Return the nodes that outputs come from, in the order of the file."""
    wanted = {each.name for each in graph.outputs}
    kept: list[Node] = []
    for node in reversed(graph.nodes):
        if wanted.intersection(node.outputs):
            kept.append(node)
            wanted.update(node.inputs)
    return kept[::-1]


def _homes(graph: Graph, nodes: Sequence[Node]) -> dict[str, str]:
    """Return the table of a spec that each named array belongs to: what is trained is a parameter."""
    found = {each.name: "parameters" if each.kind in REALS else "inputs" for each in graph.given}
    for node in nodes:
        if node.op == "BatchNormalization":  # whose mean and variance come last
            found |= dict.fromkeys(set(node.inputs[3:]) & found.keys(), "inputs")
    return found | dict.fromkeys(graph.defaults, "targets")


def _leaf(own: str, sizes: tuple[int, ...]) -> Matrix:
    """Return a given quantity: a list is a column here, and a row among arrays of two axes."""
    return Matrix(f"{own}'" if len(sizes) == 1 and sizes != (1,) else own, sizes)


def _listed(sizes: tuple[int, ...]) -> tuple[int, ...]:
    """Return the shape in which a spec has an array: a column is a list, one entry a number."""
    if len(sizes) == 2 and sizes[1] == 1:
        return sizes[:1] if sizes[0] > 1 else ()
    return () if sizes == (1,) else sizes


def _said(own: str, sizes: tuple[int, ...], said: Given) -> object:
    """Return numbers as they were said, in lists, if they are as many as there must be."""
    entries = [each for row in said.rows for each in row]
    rows = Matrix("", sizes).shape[0]
    if len(entries) != prod(sizes) or (said.dims == 2 and len(said.rows) != rows):
        raise Problem(f"`{own}` is {count_of(sizes)}, and {len(entries)} numbers are said of it", None, None, "shape")
    return Numbers(own, _listed(sizes), entries).nested()


def _constant(reading: Reading) -> Tensor:
    """Return the numbers of a node that is nothing else."""
    for key, value in reading.node.attributes.items():
        if key == "value" and isinstance(value, Tensor):
            return value._replace(name="")
        if key in ("value_float", "value_int") and isinstance(value, int | float):
            return Tensor("", FLOAT if key == "value_float" else INT64, (), [value])
        if key in ("value_floats", "value_ints") and isinstance(value, list):
            return Tensor("", FLOAT if key == "value_floats" else INT64, (len(value),), value)
    raise reading.problem("it has no numbers")


def _written(tensor: Tensor) -> str | None:
    """Return numbers as they stand in a formula, None where they are too many for one."""
    (rows, columns), numbers = Matrix("", tensor.sizes).shape, [float(each) for each in tensor.numbers]
    texts = [text_of(shortest(each) if tensor.kind == FLOAT else each) for each in numbers]
    if len(texts) == 1:
        return texts[0]
    if len({*texts}) == 1:
        return f"ones({rows}, {columns})" if numbers[0] == 1 else f"{texts[0]} * ones({rows}, {columns})"
    if rows == columns and numbers == [float(i % (columns + 1) == 0) for i in range(len(numbers))]:
        return f"eye({rows})"
    if len(texts) > _MOST_WRITTEN:
        return None
    return "[" + ", ".join(f"[{', '.join(texts[at * columns : (at + 1) * columns])}]" for at in range(rows)) + "]"
