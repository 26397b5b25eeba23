"""ONNX: what is written says the same when it is read, operators mean what ONNX means, files that lie are refused."""

from __future__ import annotations

import importlib.util
import math
import random
import re
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from exporting import WRITABLE, drawn

from nncalc.cli.app import run
from nncalc.exchange.from_onnx import from_graph
from nncalc.exchange.handover import in_batch
from nncalc.exchange.nodes import OPERATORS
from nncalc.exchange.onnx_file import DOUBLE, FLOAT, INT64, Graph, Node, Tensor, Value, read, written
from nncalc.exchange.protobuf import field, fields
from nncalc.exchange.to_onnx import NOT_IN_RUNTIME, graph_of
from nncalc.exchange.to_onnx import written as handed
from nncalc.exchange.writing import placed, toml
from nncalc.language.formula import name
from nncalc.ops import OPS
from nncalc.problems import Problem
from nncalc.sheet.calculation import calculate
from nncalc.spec import Given
from nncalc.spec import read as read_spec
from nncalc.spec.model import Model, from_expressions, from_spec

if importlib.util.find_spec("onnx"):
    import onnx
    from onnx import helper
    from onnx.reference import ReferenceEvaluator
if importlib.util.find_spec("onnxruntime"):
    import onnxruntime
    from onnxruntime.capi.onnxruntime_pybind11_state import NotImplemented as NoKernel

ROOT = Path(__file__).parent.parent
CONFIGS = sorted((ROOT / "configs").glob("*.toml"))
#: Operations for which ONNX has no operators, and the matrices that it takes apart otherwise than is read here.
NO_OPERATOR = {
    "is_largest", "max_first", "atan2", "erfinv", "lgamma", "digamma", "trigamma", "polygamma", "cumprod",
    "cumprod_gradient", "cross", "inv", "adj", "adj_gradient", "max_unpool2d", "put_back",
}  # fmt: skip
NOT_READ = {"cumsum", "rot180", "windows", "prod_others", "unflatten"}


def model_of(text: str) -> Model:
    return from_spec(read_spec(text.encode(), "net.toml", "toml", None))


def values(model: Model) -> Any:
    output = model.output or model.graph.equations[-1].name
    return np.array(calculate(model, lines=False).machine.rows(output), dtype=float)


def said(model: Model, graph: Graph) -> dict[str, Given]:
    """Return the numbers of the inputs of a graph, as they would be said on the command line."""
    free = [each.name for each in graph.inputs if each.name not in graph.defaults]
    return {of: Given([[*map(float, row)] for row in model.given[name(of)]], 2, batch=False, path=()) for of in free}


def again(model: Model, graph: Graph) -> Model:
    """Return the model of a graph that was written and read again."""
    imported = from_graph(read(written(graph, "1")), said(model, graph), None)
    return model_of(toml(placed(imported.tree, None, "", {}, None)[0]))


@pytest.mark.parametrize("spec", CONFIGS, ids=lambda path: path.stem)
def test_an_example_is_the_same_when_it_is_written_and_read(spec: Path) -> None:
    model = model_of(spec.read_text(encoding="utf-8"))
    back = again(model, graph_of(model))
    assert values(back).tolist() == values(model).tolist()
    assert {*back.parameters} == {*model.parameters}


def documented() -> list[Any]:
    """Return the specs on the pages of layers and losses."""
    found: list[Any] = []
    for page in sorted((ROOT / "docs").rglob("*.md")):
        blocks = re.findall(r"^```toml\n(.*?)^```", page.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
        for place, text in enumerate(blocks):
            try:
                model_of(text).shapes()
            except Problem:  # a piece of a spec, or one with a file
                continue
            found.append(pytest.param(text, id=f"{page.stem} {place}"))
    return found


@pytest.mark.parametrize("text", documented())
def test_a_network_of_the_pages_is_the_same_when_it_is_written_and_read(text: str) -> None:
    model = model_of(text)
    assert np.allclose(values(again(model, graph_of(model))), values(model), rtol=1e-12, atol=1e-15)


def operations() -> list[str]:
    found = []
    for op in OPS.values():
        try:
            from_expressions([f"f = {op.name}({op.cases[0].args})"] if op.cases else [])
        except Problem:
            continue
        found.append(op.name)
    return found


@pytest.mark.parametrize("op", operations())
def test_an_operation_has_operators_or_is_refused(op: str) -> None:
    model, _ = from_expressions([f"f = {op}({OPS[op].cases[0].args})"])
    if op in NO_OPERATOR:
        with pytest.raises(Problem, match="ONNX has no operator"):
            graph_of(model)
        return
    graph = graph_of(model)
    if op not in NOT_READ:
        assert np.allclose(values(again(model, graph)), values(model), rtol=1e-12, atol=1e-15)


# -- operators, beside ONNX's own reference -----------------------------------------------------------------------


class Case:
    """A node with what it is given: arrays that go in, and arrays that are known."""

    def __init__(self, op: str, *given: Any, known: dict[str, Any] | None = None, **told: Any) -> None:
        self.op, self.given, self.known, self.told = op, [np.array(each, float) for each in given], known or {}, told


A, B, ROW, COLUMN = [[0.5, -1.5, 2], [3, 0.25, -0.75]], [[1, 2, 0.5], [-1, 4, 3]], [1, -2, 0.5], [[2], [3]]
POSITIVE, SMALL = [[0.5, 1.5, 2], [3, 0.25, 0.75]], [[0.5, -0.25, 0.75], [-0.5, 0.1, 0]]
PICTURES = (np.arange(50).reshape(2, 1, 5, 5) * 7 % 11 - 4) / 2
CHANNELS = (np.arange(64).reshape(2, 2, 4, 4) * 5 % 13 - 6) / 4


def whole(**lists: Any) -> dict[str, Any]:
    return {key: np.array(each, np.int64) for key, each in lists.items()}


CASES = [
    *[Case(op, A) for op in (
        "Neg", "Exp", "Abs", "Sign", "Sin", "Cos", "Tan", "Sinh", "Cosh", "Tanh", "Atan", "Floor", "Reciprocal", "Relu",
        "Sigmoid", "Softplus", "Softsign", "Mish", "HardSwish", "Identity", "LeakyRelu", "Elu", "Celu", "HardSigmoid",
        "Selu", "Round", "ThresholdedRelu",
    )],
    *[Case(op, POSITIVE) for op in ("Log", "Sqrt")], *[Case(op, SMALL) for op in ("Asin", "Acos")],
    Case("LeakyRelu", A, alpha=0.25), Case("Elu", A, alpha=1.5), Case("Selu", A, alpha=1.5, gamma=2.0),
    Case("HardSigmoid", A, alpha=0.25, beta=0.75), Case("Gelu", A, approximate="tanh"), Case("Gelu", A), Case("Erf", A),
    *[Case(op, A, B) for op in ("Add", "Sub", "Mul", "Div", "Max", "Min", "Sum")],
    *[Case(op, A, ROW) for op in ("Add", "Sub", "Mul", "Div", "PRelu", "Max")],
    *[Case(op, A, COLUMN) for op in ("Add", "Mul")], Case("Sub", ROW, COLUMN), Case("Mul", A, 2.5), Case("Div", 1, B),
    Case("Pow", POSITIVE, B), Case("Pow", A, 2), Case("Sum", A, B, ROW), Case("Clip", A, -1, 1),
    Case("Clip", CHANNELS, 0),
    Case("MatMul", A, np.transpose(B)), Case("Gemm", A, B, transB=1), Case("Gemm", A, B, [1, 2, 3], transA=1),
    Case("Gemm", A, np.transpose(B), [[1, 2]], alpha=0.5, beta=2.0), Case("Gemm", A, B, COLUMN, transB=1),
    Case("Transpose", A), Case("Transpose", A, perm=[1, 0]), Case("Dropout", A), Case("Det", [[2, 1], [1, 3]]),
    Case("Concat", A, B, axis=0), Case("Concat", A, COLUMN, axis=-1), Case("Concat", ROW, ROW, axis=0),
    Case("Concat", CHANNELS, CHANNELS[:, :1], axis=1), Case("Cast", A, to=DOUBLE),
    Case("Slice", A, known=whole(s=[0, -2], e=[1, 9], a=[0, 1])), Case("Slice", A, known=whole(s=[1], e=[2])),
    Case("Gather", A, known=whole(i=[1])), Case("Gather", A, known=whole(i=2), axis=1),
    *[Case(op, POSITIVE) for op in OPERATORS if op.startswith("Reduce")],
    *[Case(op, POSITIVE, known=whole(a=[1])) for op in OPERATORS if op.startswith("Reduce")],
    *[Case(op, POSITIVE, known=whole(a=[0]), keepdims=0) for op in OPERATORS if op.startswith("Reduce")],
    Case("ReduceMean", CHANNELS, known=whole(a=[2, 3])), Case("ReduceSum", A, known=whole(a=[-1]), keepdims=0),
    Case("Softmax", A), Case("Softmax", A, axis=0), Case("LogSoftmax", A, axis=1), Case("Softmax", ROW),
    Case("Reshape", A, known=whole(s=[3, 2])), Case("Reshape", A, known=whole(s=[1, -1])),
    Case("Reshape", A, known=whole(s=[-1, 1])), Case("Reshape", A, known=whole(s=[6])),
    Case("Reshape", A, known=whole(s=[0, 3])), Case("Reshape", np.reshape(A, (1, 6)), known=whole(s=[2, 3])),
    Case("Reshape", CHANNELS, known=whole(s=[2, -1])), Case("Flatten", CHANNELS), Case("Flatten", A, axis=0),
    Case("Squeeze", COLUMN), Case("Squeeze", COLUMN, known=whole(a=[1])), Case("Unsqueeze", ROW, known=whole(a=[0])),
    Case("Unsqueeze", ROW, known=whole(a=[1])),
    Case("LayerNormalization", A, ROW, [1, 2, 3], epsilon=0.01), Case("LayerNormalization", A, ROW),
    Case("BatchNormalization", A, ROW, [1, 2, 3], [0, 1, 0.5], [1, 2, 0.25], epsilon=0.01),
    Case("BatchNormalization", CHANNELS, [1, -2], [1, 2], [0, 1], [2, 0.25]),
    Case("Conv", PICTURES, known={"k": np.reshape(A, (1, 1, 2, 3))}),
    Case("Conv", CHANNELS, known={"k": np.reshape([*A, *B, *A, *B], (3, 2, 2, 2)), "b": np.array([1.0, 2, 3])}),
    Case("Conv", PICTURES, known={"k": np.arange(9.0).reshape(1, 1, 3, 3)}, pads=[1] * 4, strides=[2, 2]),
    Case("Conv", PICTURES, known={"k": np.reshape([1, 2, 3, 4.0], (1, 1, 2, 2))}, dilations=[2, 2]),
    Case("Conv", PICTURES[:1, :, :, :1], known={"k": np.reshape([1, 2, 3.0], (1, 1, 3, 1))}, pads=[1, 0, 1, 0]),
    Case("MaxPool", CHANNELS, kernel_shape=[2, 2], strides=[2, 2]), Case("MaxPool", PICTURES, kernel_shape=[3, 3]),
    Case("AveragePool", PICTURES, kernel_shape=[2, 2], strides=[2, 2]), Case("GlobalAveragePool", CHANNELS),
    Case("Relu", CHANNELS), Case("Add", CHANNELS, CHANNELS), Case("Mul", CHANNELS, 0.5),
]  # fmt: skip


def proto(case: Case) -> tuple[Any, dict[str, Any], Any]:
    """Return a model of one node as ONNX's own library makes it, what goes in, and what its reference finds.

    Pictures come out as rows.
    """
    given = {f"x{place}": array for place, array in enumerate(case.given)}
    nodes = [helper.make_node(case.op, [*given, *case.known], ["out"], **case.told)]
    if given["x0"].ndim == 4:
        nodes.append(helper.make_node("Flatten", ["out"], ["rows"]))
    end = nodes[-1].output[0]
    inputs = [helper.make_tensor_value_info(key, DOUBLE, array.shape) for key, array in given.items()]
    known = [onnx.numpy_helper.from_array(array, key) for key, array in case.known.items()]
    graph = helper.make_graph(nodes, "", inputs, [helper.make_tensor_value_info(end, DOUBLE, None)], known)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=9)
    return model, given, np.asarray(ReferenceEvaluator(model).run(None, given)[0])


def set_in(tree: dict[str, Any], given: dict[str, Any]) -> None:
    """Put numbers into the inputs of a spec, of pictures into each channel."""
    for key, array in given.items():
        if array.ndim < 4:
            tree["inputs"][key] = array.tolist()
        for channel in range(array.shape[1] if array.ndim == 4 else 0):
            own = f"{key}_{channel + 1}" if array.shape[1] > 1 else key
            tree["inputs"][own] = array[:, channel].reshape(-1, array.shape[3]).tolist()


@pytest.mark.models
@pytest.mark.parametrize("case", CASES, ids=[f"{case.op} {place}" for place, case in enumerate(CASES)])
def test_a_node_is_read_as_onnx_means_it(case: Case) -> None:
    model, given, wanted = proto(case)
    tree = from_graph(read(model.SerializeToString()), {}, None).tree
    set_in(tree, given)
    found = values(model_of(toml(placed(tree, None, "", {}, None)[0])))
    assert found.shape == (1, 1, *wanted.shape)[-2:]
    tolerance = 1e-6 if case.op in SINGLE else 1e-12
    assert np.allclose(found, wanted, rtol=tolerance, atol=tolerance)


#: Operators with a number that single precision does not have, or that the reference computes in it.
SINGLE = {"Erf", "Gelu", "LeakyRelu", "HardSigmoid", "Selu", "LayerNormalization", "BatchNormalization", "HardSwish"}


@pytest.mark.models
def test_every_operator_that_is_read_is_compared() -> None:
    here = {"ConstantOfShape", "Shape", "Where", "Greater", "Less", "GreaterOrEqual", "LessOrEqual", "Equal"}
    assert OPERATORS.keys() <= {case.op for case in CASES} | here


def test_the_page_names_every_operator_that_is_read() -> None:
    page = (ROOT / "docs" / "import.md").read_text(encoding="utf-8")
    (listed,) = re.findall(r"others of these operators:\n(.*?)\.\n", page, re.DOTALL)
    assert {*re.findall(r"`(\w+)`", listed)} == {*OPERATORS, "Constant"}


@pytest.mark.models
def test_operations_are_run_by_onnx_runtime_as_far_as_it_has_them() -> None:
    draw = random.Random(3)
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    tried, lacking = 0, set()
    has = [op for op in WRITABLE if op.removesuffix("_rows").removesuffix("_columns") not in NO_OPERATOR]
    for model in (model for op in has for model, _ in drawn(op, "shares", draw, 1)):
        graph = graph_of(model)
        try:
            session = onnxruntime.InferenceSession(written(graph, "0"), options)
        except NoKernel:
            lacks = {node.op for node in graph.nodes} & NOT_IN_RUNTIME
            assert lacks
            lacking |= lacks
            continue
        machine = calculate(model, lines=False).machine
        given = {each.name: np.array(model.given[name(each.name)], float) for each in graph.inputs}
        for output, found in zip(graph.outputs, session.run(None, given), strict=True):
            wanted = np.array(machine.rows(name(output.name)), float)
            assert np.abs(found - wanted).max() <= 1e-12 * max(1, np.abs(wanted).max())
        tried += 1
    assert tried > 100
    assert lacking == NOT_IN_RUNTIME


@pytest.mark.models
@pytest.mark.parametrize("spec", CONFIGS, ids=lambda path: path.stem)
def test_onnx_itself_runs_what_is_written(spec: Path) -> None:
    model = model_of(spec.read_text(encoding="utf-8"))
    data, remarks = handed(model, "onnx", None)
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    if remarks:  # ONNX itself has run it
        assert remarks == ("ONNX Runtime has no Conv of doubles, and does not run this",)
        with pytest.raises(NoKernel, match="Conv"):
            onnxruntime.InferenceSession(data, options)
        return
    session = onnxruntime.InferenceSession(data, options)
    graph = read(data)
    rows = in_batch(model)
    given = {each.name: np.array(rows.given[name(each.name)], float) for each in graph.inputs}
    calculated = calculate(rows, lines=False).machine
    for output, found in zip(graph.outputs, session.run(None, given), strict=True):
        assert np.allclose(found, calculated.rows(name(output.name)), rtol=1e-12, atol=1e-12)
    if graph.defaults:  # the loss of the target that is in the file
        free = {key: array for key, array in given.items() if key not in graph.defaults}
        assert np.allclose(session.run(None, free)[-1], calculated.rows(name(graph.outputs[-1].name)), rtol=1e-12)


# -- files that lie -----------------------------------------------------------------------------------------------

X, OUT = Value("x", DOUBLE, (1, 2)), Value("out", DOUBLE, (1, 2))


def file_of(*nodes: Node, given: tuple[Tensor, ...] = (), inputs: tuple[Value, ...] = (X,)) -> bytes:
    return written(Graph("g", nodes, given, inputs, (OUT,)), "1")


def relu(made: str = "out", of: str = "x") -> Node:
    return Node("Relu", (of,), (made,))


def graph_with(number: int, data: bytes) -> bytes:
    """Return a model whose graph has one more field."""
    body = field(1, field(1, "x") + field(2, "out") + field(4, "Relu")) + field(number, data)
    value = field(2, field(1, field(1, 11) + field(2, field(1, field(1, 2)))))
    return field(1, 8) + field(7, body + field(11, field(1, "x") + value) + field(12, field(1, "out") + value))


def tensor(**told: bytes) -> bytes:
    """Return an array whose fields are replaced by others."""
    own = {"sizes": field(1, 1), "kind": field(2, 11), "name": field(8, "w"), "raw": field(9, bytes(8))}
    return b"".join((own | told).values())


LIES: list[tuple[bytes, str]] = [
    (b"", "the file is empty"),
    (field(1, 8), "it has no graph"),
    (b"\xff" * 20, "a number of more than 10 bytes"),
    (b"\x3a\x7f1", "the model ends in the middle of a field: 127 bytes are said, 1 are there"),
    (b"\x3b", "a field of a kind that no such file has"),
    (b"\x80", "the model ends in the middle of a number"),
    (file_of(relu())[:-30], "the model ends in the middle of"),
    (field(7, 5), "field 7 of the model is of another kind than it must be"),
    (graph_with(1, b"") + field(25, b""), "the model defines functions"),
    (graph_with(1, b"") + field(8, field(1, "evil")), "the model uses operators of `evil`"),
    (graph_with(1, b"") + field(8, field(1, "") + field(2, 6)), "the model uses operators of version 6"),
    (graph_with(15, b""), "the graph has sparse arrays"),
    (graph_with(1, field(4, "Relu") + field(7, "evil") + field(3, "n")), "the node `n` is `Relu` of `evil`"),
    (graph_with(1, field(4, "If") + field(5, field(1, "body") + field(20, 5))), "such as a graph in it"),
    (graph_with(2, b"\xff"), "a text in the graph is not in UTF-8"),
    (graph_with(5, tensor(place=field(14, 1))), "the array `w` is in another file"),
    (graph_with(5, tensor(place=field(13, b""))), "the array `w` is in another file"),
    (graph_with(5, tensor(kind=field(2, 8))), "the array `w` holds numbers of kind 8"),
    (graph_with(5, tensor(sizes=field(1, 2**40) + field(1, 2**40))), "numbers in 8 axes are read"),
    (graph_with(5, tensor(sizes=field(1, -1))), "numbers in 8 axes are read"),
    (graph_with(5, tensor(sizes=fields(1, [1] * 9))), "numbers in 8 axes are read"),
    (graph_with(5, tensor(sizes=field(1, 3))), "the array `w` has 8 bytes, its shape and kind need 24"),
    (graph_with(5, tensor(raw=field(10, bytes(16)))), "the array `w` has 2 numbers, its shape needs 1"),
    (graph_with(5, tensor(raw=field(10, bytes(9)))), "end in the middle of one"),
    (graph_with(5, tensor(raw=field(9, b"\0\0\0\0\0\0\xf0\x7f"))), "the array `w` holds nan or an infinity"),
    (graph_with(11, field(1, "seq")), "`seq` is no array"),
    (graph_with(11, field(1, "v") + field(2, field(1, field(2, field(1, field(1, 2**40)))))), "the shape of `v` is"),
    (file_of(relu("out", "b"), relu("b", "out")), "uses `b`, which nothing before it makes"),
    (file_of(relu("b", "none"), relu("out", "b")), "uses `none`, which nothing before it makes"),
    (file_of(relu("b")), "nothing makes the output `out`"),
    (file_of(relu(), relu()), "`out` is made twice"),
    (file_of(Node("Loop", ("x",), ("out",))), "Loop: this operator is not read"),
    (file_of(Node("LSTM", ("x",), ("out",)), inputs=(Value("x", DOUBLE, (3, 1, 2)),)), "LSTM: this operator is not"),
    (file_of(Node("Reluu", ("x",), ("out",), {}, "act")), "the node `act`, Reluu: this operator is not read"),
    (file_of(Node("Add", ("x",), ("out",))), "Add: its input 2 is missing"),
    (file_of(Node("Softmax", ("x",), ("out",), {"axis": 7})), "Softmax: there is no axis 7"),
    (file_of(Node("Softmax", ("x",), ("out",), {"axis": "a"})), "Softmax: `axis` is no whole number"),
    (file_of(Node("LeakyRelu", ("x",), ("out",), {"alpha": "a"})), "LeakyRelu: `alpha` is no number"),
    (file_of(Node("Gelu", ("x",), ("out",), {"approximate": "a"})), "Gelu: the approximation `a` is not known"),
    (file_of(Node("MatMul", ("x", "x"), ("out",))), "MatMul: the shapes (1, 2) and (1, 2) are not multiplied"),
    (file_of(Node("Conv", ("x", "x"), ("out",))), "Conv: it takes an array of four axes"),
    (file_of(Node("Reshape", ("x", "x"), ("out",))), "its input 2 must be whole numbers that stand in the file"),
    (file_of(Node("Dropout", ("x",), ("a", "b")), Node("Add", ("a", "b"), ("out",))), "beside its first output is"),
    (file_of(Node("Sum", ("x",) * 1001, ("out",))), "the node `out` has 1001 inputs"),
    (file_of(Node("Constant", (), ("out",))), "Constant: it has no numbers"),
    (file_of(relu(), inputs=(Value("x", INT64, (1, 2)),)), "the input `x` is no array of 1, 2 or 4 axes of"),
    (file_of(relu(), inputs=(Value("x", DOUBLE, (1, 2, 3)),)), "the input `x` is no array of 1, 2 or 4 axes"),
    (file_of(relu(), inputs=(Value("x", DOUBLE, (2**20, 2**20)),)), "`x` has the shape (1048576, 1048576)"),
]


@pytest.mark.parametrize(("data", "message"), LIES, ids=[f"{place} {lie[1][:40]}" for place, lie in enumerate(LIES)])
def test_a_file_that_lies_is_refused_with_one_error(
    data: bytes, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("m.onnx").write_bytes(data)
    assert run(["import", "m.onnx", "-o", "net.toml"]) == 2
    error = capsys.readouterr().err
    assert message in error
    assert error.count("error: ") == 1
    assert not Path("net.toml").exists()


P = Value("x", DOUBLE, (1, 2, 3, 3))
K = Tensor("k", DOUBLE, (1, 2, 2, 2), [1.0] * 8)


def whole_of(name: str, *values: int) -> Tensor:
    return Tensor(name, INT64, (len(values),), [*values])


def conv(**told: Any) -> Node:
    return Node("Conv", ("x", "k"), ("out",), told)


REFUSED: list[tuple[Value, tuple[Node, ...], tuple[Tensor, ...], str]] = [
    (P, (conv(group=2),), (K,), "in groups, or not for these channels"),
    (P, (conv(strides=[1, 2]),), (K,), "moves otherwise down than across"),
    (P, (conv(pads=[1, 0, 1, 0]),), (K,), "padded otherwise above than beside"),
    (P, (conv(auto_pad="SAME_UPPER"),), (K,), "left to be found out"),
    (P, (conv(strides=3),), (K,), "`strides` is no list of whole numbers"),
    (P, (Node("Conv", ("x", "x"), ("out",)),), (), "its kernels are computed"),
    (P, (Node("MaxPool", ("x",), ("out",), {"kernel_shape": [2, 3]}),), (), "its window is not square"),
    (P, (Node("MaxPool", ("x",), ("out",), {"kernel_shape": [2, 2], "ceil_mode": 1}),), (), "windows are padded"),
    (P, (Node("MaxPool", ("x",), ("out",), {"kernel_shape": [9, 9]}),), (), "has the shape"),
    (P, (Node("Softmax", ("x",), ("out",)),), (), "it takes pictures, which"),
    (P, (Node("Relu", ("x",), ("out",)),), (), "the output `out` is pictures of several channels"),
    (P, (Node("ReduceMax", ("x",), ("out",)),), (), "of pictures the mean of each channel is read"),
    (P, (Node("Reshape", ("x", "s"), ("out",)),), (whole_of("s", 3, 6),), "become an array of the shape (3, 6)"),
    (P, (Node("Add", ("x", "w"), ("out",)),), (Tensor("w", DOUBLE, (3,), [1.0] * 3),), "neither pictures nor a number"),
    (X, (Node("Reshape", ("x", "s"), ("out",)),), (whole_of("s", 3, 3),), "does not hold what the shape (1, 2) does"),
    (X, (Node("Reshape", ("x", "s"), ("out",)),), (whole_of("s", 1, 2, 1),), "an array of 3 axes is not read"),
    (X, (Node("Reshape", ("x", "s"), ("out",)),), (whole_of("s", 1, 2, 1, 1),), "several channels are made of a"),
    (X, (Node("Squeeze", ("x", "s"), ("out",)),), (whole_of("s", 1),), "an axis that is not of one"),
    (X, (Node("Slice", ("x", "s", "s"), ("out",)),), (whole_of("s", 1),), "it takes nothing"),
    (X, (Node("Slice", ("x", "a", "e", "a", "e"), ("out",)),), (whole_of("a", 0), whole_of("e", 2)), "parts otherwise"),
    (X, (Node("Gather", ("x", "s"), ("out",)),), (whole_of("s", 0, 0),), "other entries than one row or one column"),
    (X, (Node("Gather", ("x", "x"), ("out",)),), (), "its places are computed"),
    (X, (Node("Gather", ("s", "s"), ("out",)),), (whole_of("s", 7),), "it takes what is not there"),
    (X, (Node("Transpose", ("x",), ("out",), {"perm": [0, 0]}),), (), "in an order that is not read"),
    (X, (Node("Gemm", ("x", "x"), ("out",)),), (), "Gemm: the shapes (1, 2) and (1, 2) are not multiplied"),
    (X, (Node("Add", ("x", "w"), ("out",)),), (Tensor("w", DOUBLE, (3,), [1.0] * 3),), "do not go together"),
    (X, (Node("Add", ("x", "w"), ("out",)),), (Tensor("w", DOUBLE, (1, 1, 2), [1.0] * 2),), "the array `w` of 1×1×2"),
    (X, (Node("Concat", ("x", "w"), ("out",), {"axis": 0}),), (Tensor("w", DOUBLE, (1, 1), [1.0]),), "do not go"),
    (X, (Node("Cast", ("x",), ("out",), {"to": INT64}),), (), "whole numbers of computed ones"),
    (X, (Node("Dropout", ("x", "", "t"), ("out",)),), (Tensor("t", 9, (), [True]),), "it drops values at random"),
    (X, (Node("LayerNormalization", ("x", "x"), ("out",), {"axis": 0}),), (), "other values than those of each row"),
    (X, (Node("BatchNormalization", ("x",) * 5, ("out",), {"training_mode": 1}),), (), "in its state for training"),
    (X, (Node("ConstantOfShape", ("s",), ("out",)),), (whole_of("s", 1, 1, 1),), "the shape (1, 1, 1) is not read"),
]


@pytest.mark.parametrize("case", REFUSED, ids=[f"{at} {each[1][0].op}" for at, each in enumerate(REFUSED)])
def test_a_node_that_means_something_else_is_refused(
    case: tuple[Value, tuple[Node, ...], tuple[Tensor, ...], str],
) -> None:
    value, nodes, given, message = case
    with pytest.raises(Problem, match=re.escape(message)):
        from_graph(read(file_of(*nodes, given=given, inputs=(value,))), {}, None)


def test_a_picture_of_several_channels_is_said_channel_by_channel() -> None:
    said = {"x": Given([[1.0]], 2, batch=False, path=())}
    with pytest.raises(Problem, match="`x` has 2 channels, which are set one by one in the spec"):
        from_graph(read(file_of(conv(), given=(K,), inputs=(P,))), said, None)


def test_shapes_that_are_computed_from_shapes_are_known() -> None:
    nodes = (
        Node("Shape", ("x",), ("s",)),
        Node("Gather", ("s", "zero"), ("n",)),
        Node("Unsqueeze", ("n", "axis"), ("first",)),
        Node("Cast", ("first",), ("cast",), {"to": INT64}),
        Node("Concat", ("rest", "cast"), ("sizes",), {"axis": 0}),
        Node("Reshape", ("x", "sizes"), ("out",)),
    )
    given = (Tensor("zero", INT64, (), [0]), whole_of("axis", 0), whole_of("rest", -1))
    tree = from_graph(read(file_of(*nodes, given=given)), {}, None).tree
    assert tree["equations"] == {"out": "x'"}


def test_a_loss_of_a_model_in_equations_takes_what_is_said(network: bytes) -> None:
    nodes = (Node("Neg", ("x",), ("u",)), Node("Softmax", ("u",), ("out",)))
    said = {of: Given([rows], 2, batch=False, path=()) for of, rows in (("x", [1, 2]), ("y", [0, 1]))}
    tree = from_graph(read(file_of(*nodes)), said, "cross_entropy").tree
    model = model_of(toml(placed(tree, None, "", {}, None)[0]))
    assert values(model) == pytest.approx(np.log(1 + np.e))  # -log(exp(-2) / (exp(-1) + exp(-2)))
    unsaid = from_graph(read(file_of(*nodes)), {}, "squared_error").tree
    assert unsaid["targets"] == {"y": {"shape": [1, 2], "init": "zeros"}}


def test_a_file_of_more_bytes_than_numbers_are_for_is_refused() -> None:
    with pytest.raises(Problem, match="the file has 17000000 bytes"):
        read(bytes(17_000_000))


def test_a_list_of_sizes_without_end_is_refused() -> None:
    with pytest.raises(Problem, match="an array has more than 2000000 numbers in a field"):
        read(graph_with(5, field(1, bytes(2_000_001))))


def test_steps_that_are_rounded_are_not_handed_over() -> None:
    model = model_of(CONFIGS[0].read_text(encoding="utf-8") + "\n[conventions]\nround_steps = 3\n")
    with pytest.raises(Problem, match="does not round its steps"):
        handed(model, "onnx", None)


def test_digits_round_what_the_file_has_and_not_what_was_said(
    network: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    data = file_of(Node("Add", ("x", "w"), ("out",)), given=(Tensor("w", DOUBLE, (2,), [1 / 3, 2 / 3]),))
    Path("w.onnx").write_bytes(data)
    assert run(["import", "w.onnx", "x=0.12345,1.10", "--digits", "2"]) == 0
    out = capsys.readouterr().out
    assert "x = [[0.12345, 1.10]]" in out
    assert "w = [0.33, 0.67]" in out


def test_a_shape_that_grows_without_bound_is_refused() -> None:
    sizes = Node("Constant", (), ("s",), {"value": Tensor("", INT64, (2,), [2**20, 2**20])})
    with pytest.raises(Problem, match="has the shape"):
        from_graph(read(file_of(sizes, Node("ConstantOfShape", ("s",), ("out",)))), {}, None)


def test_bytes_that_were_changed_anywhere_are_read_or_refused() -> None:
    data = bytearray(written(graph_of(model_of(CONFIGS[-1].read_text(encoding="utf-8"))), "1"))
    for place in range(0, len(data), 3):
        broken = bytearray(data)
        broken[place] ^= 0x55
        try:
            from_graph(read(bytes(broken)), {}, None)
        except Problem:
            continue


def lonely(op: str, inputs: int, sizes: tuple[int, ...], **told: Any) -> bytes:
    """Return a model of one node, whose further inputs are arrays of ones, and which may lack what it needs."""
    names = ("x", *(f"w{place}" for place in range(1, inputs)))[:inputs]
    given = tuple(Tensor(each, FLOAT, sizes, [1.0] * int(np.prod(sizes))) for each in names[1:])
    value = Value("x", FLOAT, sizes)
    return written(Graph("main", (Node(op, names, ("y",), told),), given, (value,), (Value("y", FLOAT, ()),)), "1")


@pytest.mark.parametrize("op", sorted(OPERATORS))
def test_a_node_that_lacks_inputs_or_attributes_is_read_or_refused(op: str) -> None:
    for inputs in range(4):
        for sizes in ((), (2,), (2, 2), (1, 1, 2, 2)):
            with suppress(Problem):
                from_graph(read(lonely(op, inputs, sizes)), {}, None)


@pytest.mark.parametrize(
    ("op", "inputs", "told", "says"),
    [
        ("MaxPool", 1, {}, "its window is not square"),
        ("Conv", 1, {}, "its input 2 is missing"),
        ("Conv", 2, {"kernel_shape": [3, 3]}, "its `kernel_shape` is not that of its kernels"),
        ("LeakyRelu", 1, {"alpha": math.nan}, "an attribute `alpha` that is nan or an infinity"),
        ("Elu", 1, {"alpha": math.inf}, "an attribute `alpha` that is nan or an infinity"),
    ],
)
def test_what_a_node_says_of_itself_is_not_believed(op: str, inputs: int, told: dict[str, Any], says: str) -> None:
    with pytest.raises(Problem, match=re.escape(says)):
        from_graph(read(lonely(op, inputs, (1, 1, 2, 2), **told)), {}, None)


def test_a_picture_is_flattened_to_as_many_values_as_it_has() -> None:
    given = (
        Tensor("shape", INT64, (2,), [1, 99]), Tensor("w", FLOAT, (1, 1), [2.0]),
    )  # fmt: skip
    nodes = (
        Node("MaxPool", ("x",), ("p",), {"kernel_shape": [2, 2]}), Node("Reshape", ("p", "shape"), ("f",), {}),
        Node("Gemm", ("f", "w"), ("y",), {}),
    )  # fmt: skip
    graph = Graph("main", nodes, given, (Value("x", FLOAT, (1, 1, 2, 2)),), (Value("y", FLOAT, (1, 1)),))
    with pytest.raises(Problem, match="does not hold what the shape"):
        from_graph(read(written(graph, "1")), {}, None)


# -- the command --------------------------------------------------------------------------------------------------


@pytest.fixture
def network(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> bytes:
    """Return a network as PyTorch writes one, in single precision, in the folder that the test is in."""
    monkeypatch.chdir(tmp_path)
    weights = {
        "fc1.weight": [[0.5, -1], [0.25, 2], [1, 0.75]], "fc1.bias": [0.5, -0.25, 1],
        "fc2.weight": [[2, -0.5, 1]], "fc2.bias": [0.75],
    }  # fmt: skip
    given = tuple(Tensor(key, FLOAT, np.shape(each), np.ravel(each).tolist()) for key, each in weights.items())
    nodes = (
        Node("Gemm", ("input", "fc1.weight", "fc1.bias"), ("/fc1/Gemm_output_0",), {"transB": 1}),
        Node("LeakyRelu", ("/fc1/Gemm_output_0",), ("/act/LeakyRelu_output_0",), {"alpha": 0.1}),
        Node("Gemm", ("/act/LeakyRelu_output_0", "fc2.weight", "fc2.bias"), ("output",), {"transB": 1}),
    )
    graph = Graph("main", nodes, given, (Value("input", FLOAT, (None, 2)),), (Value("output", FLOAT, (None, 1)),))
    data = written(graph, "1")
    Path("m.onnx").write_bytes(data)
    return data


def by_numpy(x: Any) -> Any:
    a = np.array(x) @ np.transpose([[0.5, -1], [0.25, 2], [1, 0.75]]) + [0.5, -0.25, 1]
    return np.where(a > 0, a, 0.1 * a) @ np.transpose([[2, -0.5, 1]]) + 0.75


@pytest.mark.parametrize("x", ["1,2", "[[1,2],[-3,4]]"])
def test_a_network_is_imported_with_its_input_and_a_loss(
    network: bytes, x: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["import", "m.onnx", f"input={x}", "--loss", "squared_error", "-o", "net.toml"]) == 0
    remarks = capsys.readouterr().err.splitlines()
    assert remarks[0] == "nncalc: fc1.weight -> W1 (3×2)"
    assert remarks[-1] == "nncalc: y is made up: say it, here or in any command, with y=..."
    rows = np.reshape(np.fromstring(re.sub(r"[\[\]]", "", x), sep=","), (-1, 2))
    model = model_of(Path("net.toml").read_text(encoding="utf-8"))
    assert np.allclose(values(model), (by_numpy(rows) ** 2).sum() / 2, rtol=1e-14)
    assert run(["backward", "net.toml"]) == 0


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["input=1,2,3"], "`input` has 3 values, and the first layer takes 2"),
        (["x=1"], "`x` is nothing that is set here"),
        (["--like", "net.toml"], "a model of ONNX says itself what network it is"),
        (["--loss", "mse"], "--loss is one of"),
    ],
)
def test_what_does_not_go_with_a_model_is_refused(
    network: bytes, words: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["import", "m.onnx", *words]) == 2
    assert message in capsys.readouterr().err


def test_kernels_that_are_used_twice_are_the_same_parameters() -> None:
    kernel = Tensor("k", FLOAT, (1, 1, 1, 1), [2])
    nodes = (Node("Conv", ("x", "k"), ("a",)), Node("Relu", ("a",), ("z",)), Node("Conv", ("z", "k"), ("out",)))
    value = Value("x", FLOAT, (1, 1, 2, 2))
    graph = Graph("g", nodes, (kernel,), (value,), (value._replace(name="out"),))
    tree = from_graph(read(written(graph, "1")), {}, None).tree
    assert [*tree["parameters"]] == ["k"]
    assert tree["equations"] == {"a": "conv2d(x, k)", "z": "relu(a)", "out": "conv2d(z, k)"}


def test_a_chain_of_pictures_in_layers_computes_what_it_does_in_equations() -> None:
    numbers = {"K": ((2, 1, 2, 2), range(8)), "c": ((2,), (1, -2)), "W": ((2, 8), range(-8, 8)), "b": ((2,), (3, 4))}
    given = tuple(Tensor(of, FLOAT, sizes, [*map(float, each)]) for of, (sizes, each) in numbers.items())
    nodes = (
        Node("Conv", ("x", "K", "c"), ("a",), {"pads": [1, 1, 1, 1]}),
        Node("AveragePool", ("a",), ("p",), {"kernel_shape": [3, 3], "strides": [1, 1]}),
        Node("Relu", ("p",), ("z",)),
        Node("Flatten", ("z",), ("f",)),
        Node("Gemm", ("f", "W", "b"), ("out",), {"transB": 1}),
    )
    shape = Value("x", FLOAT, (1, 1, 3, 3))
    said = {"x": Given([[1, -2, 3], [0.5, 1, -1], [2, 0, -3]], 2, batch=False, path=())}
    found = []
    for more in ((), (Node("Neg", ("out",), ("less",)), Node("Neg", ("less",), ("end",)))):
        out = Value(more[-1].outputs[0] if more else "out", FLOAT, (1, 2))
        tree = from_graph(read(written(Graph("g", (*nodes, *more), given, (shape,), (out,)), "1")), said, None).tree
        found.append(values(model_of(toml(placed(tree, None, "", {}, None)[0]))).ravel())
        assert ("layers" in tree) is not bool(more)
    assert np.allclose(found[0], found[1], rtol=1e-14)


def test_what_is_not_trained_is_no_parameter() -> None:
    given = tuple(Tensor(name, FLOAT, (2,), [1, 2]) for name in ("gamma", "beta", "m", "variance"))
    nodes = (
        Node("BatchNormalization", ("x", "gamma", "beta", "m", "variance"), ("u",)),
        Node("Where", ("mask", "u", "x"), ("out",)),
    )
    mask = Tensor("mask", 9, (1, 2), [True, False])
    tree = from_graph(read(file_of(*nodes, given=(*given, mask))), {}, None).tree
    assert ([*tree["parameters"]], [*tree["inputs"]]) == (["gamma", "beta"], ["x", "m", "variance", "mask"])


CHAINED = {"W": [[1, 2], [3, 4], [5, 6]], "b": [1, 2, 3], "V": [[1, -1], [2, -2], [3, -3]], "c": [[1, 2]]}


def chained(*nodes: Node) -> Graph:
    given = tuple(Tensor(key, FLOAT, np.shape(each), np.ravel(each).tolist()) for key, each in CHAINED.items())
    return Graph("g", nodes, given, (Value("x", FLOAT, (1, 2)),), (Value("out", FLOAT, (1, 2)),))


GEMM = Node("Gemm", ("x", "W", "b"), ("a",), {"transB": 1})
LAST = (Node("MatMul", ("z", "V"), ("u",)), Node("Add", ("c", "u"), ("out",)))


@pytest.mark.parametrize(
    ("middle", "activation"),
    [
        ((Node("Tanh", ("a",), ("z",)),), "tanh"),
        ((Node("LeakyRelu", ("a",), ("z",)),), {"type": "leaky_relu", "slope": 0.01}),
        ((Node("Elu", ("a",), ("z",), {"alpha": 0.1}),), {"type": "elu", "alpha": 0.1}),
        ((Node("Gelu", ("a",), ("z",), {"approximate": "tanh"}),), "gelu_tanh"),
        ((Node("Dropout", ("a",), ("d",)), Node("Softmax", ("d",), ("z",), {"axis": 1})), "softmax"),
    ],
)
def test_a_chain_of_dense_layers_is_one_in_layers(middle: tuple[Node, ...], activation: object) -> None:
    graph = read(written(chained(GEMM, *middle, *LAST), "1"))
    tree = from_graph(graph, {"x": Given([[1], [-2]], 1, batch=False, path=())}, None).tree
    first, last = tree["layers"]
    assert first["activation"] == activation
    assert (first["weights"].key, first["bias"].key, last["weights"].key, last["bias"].key) == ("W", "b", "V", "c")
    assert (first.get("layout"), last["layout"]) == (None, "in_out")
    model = model_of(toml(placed(tree, None, "", {}, None)[0]))
    equations = again(model, graph_of(model))  # the same, with a node an equation
    assert np.allclose(values(model), values(equations), rtol=1e-14)


@pytest.mark.parametrize(
    "nodes",
    [
        (GEMM._replace(attributes={"transB": 1, "alpha": 2.0}), Node("Relu", ("a",), ("z",)), *LAST),
        (GEMM, Node("Relu", ("a",), ("r",)), Node("Tanh", ("r",), ("z",)), *LAST),
        (GEMM, Node("Relu", ("a",), ("r",)), Node("Add", ("r", "a"), ("z",)), *LAST),
        (GEMM, Node("Softmax", ("a",), ("z",), {"axis": 0}), *LAST),
        (GEMM, Node("Relu", ("a",), ("z",)), LAST[0], Node("Sub", ("u", "c"), ("out",))),
    ],
)
def test_what_is_no_chain_of_dense_layers_is_one_in_equations(nodes: tuple[Node, ...]) -> None:
    assert "equations" in from_graph(read(written(chained(*nodes), "1")), {}, None).tree


def test_a_spec_is_exported_and_imported_by_two_commands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(["export", "xor", "-o", "xor.onnx"]) == 0
    assert run(["import", "xor.onnx", "x=[[0,0],[0,1],[1,0],[1,1]]", "-o", "back.toml"]) == 0
    capsys.readouterr()
    for wanted in ("loss", "d(loss)/d(W1)", "d(loss)/d(W2)"):
        assert run(["backward", "xor", "--get", wanted]) == run(["backward", "back.toml", "--get", wanted]) == 0
        first, second = capsys.readouterr().out.splitlines()
        assert first == second


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["xor", "--to", "onnx"], "--to onnx is written to a file"),
        (["xor", "--to", "onyx", "-o", "x.onnx"], "--to is one of"),
        (["xor", "-o", "x.pdf"], "`x.pdf` ends in nothing that is written here"),
        (["xor", "--to", "onnx", "-o", "x.safetensors"], "contradict each other"),
        (["xor", "-o", "x.onnx", "--wrt", "W1"], "without gradients"),
        (["-e", "y = lgamma(x)", "x=3", "-o", "x.onnx"], "ONNX has no operator for `lgamma`"),
        (["-e", "y = A^-1", "A=[[1,2],[3,4]]", "-o", "x.onnx"], "ONNX has no operator for"),
    ],
)
def test_what_is_not_exported_is_refused(
    words: list[str], message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(["export", *words]) == 2
    assert message in capsys.readouterr().err
    assert not [*tmp_path.iterdir()]
