"""How fast numbers are, each work against a named rival in one run: medians of ratios, one thread.

Hand-written NumPy is always there; PyTorch, micrograd and SymPy are measured where they are installed. `--table` prints
the rows for the README.
"""

from __future__ import annotations

import argparse
import csv
import importlib.util
import io
import json
import os
import random
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import redirect_stderr, redirect_stdout
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

for variable in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"

import numpy as np
from coldstart import seconds

from nncalc.cli.app import run as nncalc
from nncalc.graph.elements import elements
from nncalc.graph.graph import Equation, Graph
from nncalc.graph.shapes import Shapes, shapes_of
from nncalc.language.figures import Figure, exact_of
from nncalc.language.formula import Name, name
from nncalc.language.parser import parse
from nncalc.numbers import arrays, floats, rationals
from nncalc.numbers.buffers import Program
from nncalc.numbers.mixed import run as run_mixed
from nncalc.numbers.plan import plan_of
from nncalc.numbers.straight import straight
from nncalc.sheet.compiled import compiled
from nncalc.spec import read
from nncalc.spec.model import Model, from_spec
from nncalc.spec.statements import Training
from nncalc.training.course import course_of, taken

CONFIGS = Path(__file__).parent.parent / "configs"
NETS = {"784-256-10, batch 64": ((784, 256, 10), 64), "784-1024-1024-10, batch 256": ((784, 1024, 1024, 10), 256),
        "20 layers of 256, batch 128": ((256,) * 21, 128)}  # fmt: skip


class Row(NamedTuple):
    """One work against one rival: the ratio of their times, and what it may be at most."""

    work: str
    rival: str
    ratio: float
    aim: float


def timed(work: Callable[[], Any], times: int) -> float:
    """Return how long `work` takes, done so often."""
    start = time.perf_counter()
    for _ in range(times):
        work()
    return (time.perf_counter() - start) / times


def ratio(ours: Callable[[], Any], theirs: Callable[[], Any], times: int = 1, rounds: int = 9) -> float:
    """Return the median over some rounds of how long ours takes as against theirs, one after the other in turn."""
    ours(), theirs()
    return statistics.median(timed(ours, times) / timed(theirs, times) for _ in range(rounds))


def installed(module: str) -> bool:
    return importlib.util.find_spec(module) is not None


def model_of(spec: dict[str, Any]) -> Model:
    return from_spec(read(json.dumps(spec).encode(), "net.json", "json", None))


# -- the recitation's network ---------------------------------------------------------------------------------


def recitation() -> Iterator[Row]:
    """Run both passes of a network that a hand computes."""
    model = from_spec(read((CONFIGS / "recitation.json").read_bytes(), "recitation.json", "json", None))
    shapes = model.shapes()
    whole = compiled(model.graph, shapes, model.output, model.parameters).whole
    scalar = elements(whole, shapes)
    plan = plan_of(scalar, floats.PRIMITIVES)
    slopes = [
        each.name for each in scalar.equations if each.name.of is not None and each.name.base in ("alpha", "beta")
    ]
    run = straight(plan, [name("loss"), *slopes])
    values = [float(number) for leaf in model.graph.leaves for row in model.given[leaf] for number in row]
    assert run(values)[:2] == (8.0, 4.0)
    for rival, theirs, times, aim in recitation_by_others():
        yield Row("the recitation's network", rival, ratio(lambda: run(values), theirs, times), aim)


def recitation_by_others() -> Iterator[tuple[str, Callable[[], Any], int, float]]:
    """Yield how others run both passes of the recitation's network: who, how, how often at once, our aim."""
    x, y = np.array([1.0, 2.0]), 3.0
    alpha, beta = np.array([[2.0, 1, 0], [0, 2, 0]]), np.array([0.0, 1, 2])

    def by_hand() -> Any:
        a = alpha[:, 0] + alpha[:, 1:] @ x
        z = np.maximum(a, 0)
        error = beta[0] + beta[1:] @ z - y
        da = error * beta[1:] * (a > 0)
        return error**2 / 2, np.concatenate([[error], error * z]), np.column_stack([da, np.outer(da, x)])

    yield "hand-written NumPy", by_hand, 2000, 0.15
    if installed("micrograd"):
        from micrograd.engine import Value

        def by_micrograd() -> Any:
            one, other = [[Value(v) for v in row] for row in alpha.tolist()], [Value(v) for v in beta.tolist()]
            z = [(row[0] + row[1] * 1.0 + row[2] * 2.0).relu() for row in one]
            error = other[0] + other[1] * z[0] + other[2] * z[1] - y
            (error**2 * 0.5).backward()

        yield "micrograd", by_micrograd, 200, 0.02
    if installed("torch"):
        import torch

        torch.set_num_threads(1)
        ones, tx = torch.ones(1, dtype=torch.float64), torch.tensor([1.0, 1, 2], dtype=torch.float64)
        leaves = [torch.tensor(each, requires_grad=True) for each in (alpha, beta)]

        def by_torch() -> Any:
            z = torch.relu(leaves[0] @ tx)
            loss = (leaves[1] @ torch.cat([ones, z]) - y) ** 2 / 2
            return torch.autograd.grad(loss, leaves)

        yield "PyTorch eager", by_torch, 200, 0.01


# -- large networks ----------------------------------------------------------------------------------------------


def net(sizes: tuple[int, ...], batch: int) -> tuple[Graph, Shapes, dict[Name, Any], Name, tuple[Name, ...]]:
    """Return a network of ReLU layers, its shapes and its numbers, an example a column; one output is a number."""
    last, number = len(sizes) - 2, sizes[-1] == 1
    layers = [
        {"type": "dense", "activation": "relu" if place < last else "linear" if number else "softmax",
         "weights": {"name": f"W{place}", "shape": [out, into], "init": "he_normal", "seed": place},
         "bias": {"name": f"b{place}", "values": [0.0] * out}}
        for place, (into, out) in enumerate(pairwise(sizes))
    ]  # fmt: skip
    draw = np.random.default_rng(0)
    x, labels = draw.normal(size=(batch, sizes[0])), draw.integers(0, sizes[-1], batch)
    y = draw.normal(size=(batch, 1)) if number else np.eye(sizes[-1])[labels]
    model = model_of({
        "input": {"name": "x", "values": x.tolist()}, "layers": layers,
        "loss": {
            "type": "squared_error" if number else "cross_entropy", "reduction": "sum",
            "target": {"name": "y", "values": y.tolist()},
        },
    })  # fmt: skip
    found = {leaf: np.asarray(arrays.array_of(model.given[leaf]), order="F") for leaf in model.graph.leaves}
    assert model.output is not None
    return model.graph, model.shapes(), found, model.output, model.parameters


def by_numpy(given: dict[Name, Any]) -> tuple[Callable[[], float], list[Any], list[Any], list[Any]]:
    """Return both passes as one writes them by hand, with buffers; and the weights, the offsets, the gradients."""
    named = {of.base: array for of, array in given.items()}
    count = sum(word.startswith("W") for word in named)
    x, y = np.ascontiguousarray(named["x"].T), np.ascontiguousarray(named["y"].T)
    weights = [np.ascontiguousarray(named[f"W{k}"].T) for k in range(count)]
    offsets = [named[f"b{k}"].ravel().copy() for k in range(count)]
    a = [np.empty((len(x), len(offset))) for offset in offsets]
    z, g = [np.empty_like(each) for each in a], [np.empty_like(each) for each in a]
    masks = [np.empty(each.shape, dtype=bool) for each in a]
    slopes, offset_slopes = [np.empty_like(each) for each in weights], [np.empty_like(each) for each in offsets]
    ones = np.ones(len(x))
    loss_of = squared_error if y.shape[1] == 1 else softmax_cross_entropy

    def run() -> float:
        before = x
        for k in range(count):
            np.dot(before, weights[k], out=a[k])
            a[k] += offsets[k]
            if k < count - 1:
                before = np.maximum(a[k], 0, out=z[k])
        loss = loss_of(a[-1], y, g[-1])
        for k in reversed(range(count)):
            np.dot((z[k - 1] if k else x).T, g[k], out=slopes[k])
            np.dot(ones, g[k], out=offset_slopes[k])
            if k:
                np.dot(g[k], weights[k].T, out=g[k - 1])
                np.greater(a[k - 1], 0, out=masks[k - 1])
                np.multiply(g[k - 1], masks[k - 1], out=g[k - 1])
        return float(loss)

    return run, weights, offsets, [*slopes, *offset_slopes]


def squared_error(yhat: Any, y: Any, slope: Any) -> Any:
    error = np.subtract(yhat, y, out=slope).ravel()
    return 0.5 * np.dot(error, error)


def softmax_cross_entropy(logits: Any, y: Any, slope: Any) -> Any:
    less = logits - logits.max(axis=1, keepdims=True)
    exps = np.exp(less)
    total = exps.sum(axis=1, keepdims=True)
    np.subtract(exps / total, y, out=slope)
    return -(y * (less - np.log(total))).sum()


def large() -> Iterator[Row]:
    """Run both passes of networks that are mostly matrix products."""
    for (what, (sizes, batch)), aim in zip(NETS.items(), (1.05, 1.02, 1.02), strict=True):
        graph, shapes, given, output, parameters = net(sizes, batch)
        plan = plan_of(compiled(graph, shapes, output, parameters).whole, arrays.PRIMITIVES)
        program = Program(plan, shapes, given)
        theirs = by_numpy(given)[0]
        program.run()
        assert np.isclose(program.value(output)[0, 0], theirs())
        yield Row(what, "hand-written NumPy", ratio(program.run, theirs, 20 if batch == 64 else 4), aim)
        if installed("torch"):
            yield Row(what, "PyTorch eager", ratio(program.run, by_torch(given), 20 if batch == 64 else 4), 0.95)


def pictures(kernels: int = 8, side: int = 28, size: int = 5, batch: int = 16) -> Iterator[Row]:
    """Run both passes of a convolution, pooling and a dense layer, beside NumPy with windows as columns."""
    draw, half = np.random.default_rng(0), (side - size + 1) // 2
    given: dict[Name, Any] = {
        name("x"): draw.normal(size=(batch * side, side)),
        name("W"): draw.normal(size=(10, kernels * half * half)) / half,
        name("y"): np.eye(10)[:, draw.integers(0, 10, batch)],
        **{name(f"K{k}"): draw.normal(size=(size, size)) / size for k in range(kernels)},
    }
    texts = {f"a{k}": f"conv2d(x, K{k}, pictures={batch})" for k in range(kernels)}
    texts |= {f"p{k}": f"flatten(max_pool2d(relu(a{k}), pictures={batch}), pictures={batch})" for k in range(kernels)}
    texts |= {"z": f"W * [{', '.join(f'p{k}' for k in range(kernels))}]", "loss": "cross_entropy_logits(z, y)"}
    graph = Graph(tuple(given), tuple(Equation(name(word), parse(text)) for word, text in texts.items()))
    shapes = shapes_of(graph, {of: array.shape for of, array in given.items()})
    parameters = tuple(of for of in given if of.base[0] in "KW")
    plan = plan_of(compiled(graph, shapes, name("loss"), parameters).whole, arrays.PRIMITIVES)
    program = Program(plan, shapes, {of: np.asarray(array, order="F") for of, array in given.items()})
    theirs = pictures_by_numpy(given, kernels, (batch, side, size))
    program.run()
    assert np.isclose(program.value(name("loss"))[0, 0], theirs())
    yield Row(
        f"{kernels} kernels of {size}x{size}, {batch} pictures", "hand-written NumPy", ratio(program.run, theirs, 4), 3
    )


def pictures_by_numpy(given: dict[Name, Any], kernels: int, sizes: tuple[int, int, int]) -> Callable[[], float]:
    """Return both passes of the network of `pictures` as one writes them by hand, with windows as columns."""
    batch, side, size = sizes
    out, weights, y = side - size + 1, given[name("W")], given[name("y")].T
    x = given[name("x")].reshape(batch, side, side)
    stacked = np.stack([given[name(f"K{k}")].ravel() for k in range(kernels)])

    def run() -> float:
        seen = np.lib.stride_tricks.sliding_window_view(x, (size, size), axis=(1, 2))
        columns = seen.transpose(3, 4, 0, 1, 2).reshape(size * size, -1)
        a = stacked @ columns
        z = np.maximum(a, 0).reshape(kernels, batch, out // 2, 2, out // 2, 2)
        pooled = z.max(axis=(3, 5), keepdims=True)
        flat = pooled.reshape(kernels, batch, -1).transpose(1, 0, 2).reshape(batch, -1)
        slope = np.empty((batch, 10))
        loss = softmax_cross_entropy(flat @ weights.T, y, slope)
        weights_slope = slope.T @ flat
        back = (slope @ weights).reshape(batch, kernels, -1).transpose(1, 0, 2).reshape(pooled.shape)
        g = ((z == pooled) * back).reshape(kernels, -1) * (a > 0)
        kernels_slope = g @ columns.T
        assert weights_slope.size
        assert kernels_slope.size
        return float(loss)

    return run


def by_torch(given: dict[Name, Any], rate: float | None = None) -> Callable[[], Any]:
    """Return both passes in PyTorch, eagerly; with a `rate` a step of gradient descent too."""
    import torch

    torch.set_num_threads(1)
    named = {of.base: torch.tensor(np.ascontiguousarray(array)) for of, array in given.items()}
    count = sum(word.startswith("W") for word in named)
    leaves = [named[f"{letter}{k}"].requires_grad_() for k in range(count) for letter in "Wb"]
    x, y = named["x"].T.contiguous(), named["y"].T.contiguous()

    def run() -> Any:
        z = x
        for k in range(count):
            z = z @ leaves[2 * k].T + leaves[2 * k + 1].T
            z = torch.relu(z) if k < count - 1 else z
        loss = 0.5 * ((z - y) ** 2).sum() if y.shape[1] == 1 else -(y * torch.log_softmax(z, 1)).sum()
        slopes = torch.autograd.grad(loss, leaves)
        if rate is not None:
            with torch.no_grad():
                for leaf, slope in zip(leaves, slopes, strict=True):
                    leaf -= rate * slope
        return loss

    return run


SCRIPT = """\
import numpy as np
folder, count = {folder!r}, {count}
z, y = np.load(folder + "/x.npy"), np.load(folder + "/y.npy")
for k in range(count):
    z = z @ np.load(folder + f"/W{{k}}.npy").T + np.load(folder + f"/b{{k}}.npy").ravel()
    z = np.maximum(z, 0) if k < count - 1 else z
less = z - z.max(axis=1, keepdims=True)
print(-(y * (less - np.log(np.exp(less).sum(axis=1, keepdims=True)))).sum())
"""


def whole() -> Iterator[Row]:
    """Compute the loss of the same networks, whole processes, from files."""
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    for what, (sizes, batch) in NETS.items():
        given = net(sizes, batch)[2]
        with tempfile.TemporaryDirectory() as folder:
            for of, array in given.items():
                turned = array.T if of.base in ("x", "y") else array
                np.save(
                    f"{folder}/{of.base}.npy", np.ascontiguousarray(turned.ravel() if of.base[0] == "b" else turned)
                )
            layers = [
                {"type": "dense", "activation": "softmax" if k == len(sizes) - 2 else "relu",
                 "weights": {"name": f"W{k}", "file": f"W{k}.npy"}, "bias": {"name": f"b{k}", "file": f"b{k}.npy"}}
                for k in range(len(sizes) - 1)
            ]  # fmt: skip
            loss = {"type": "cross_entropy", "target": {"name": "y", "file": "y.npy"}}
            spec = {"input": {"name": "x", "file": "x.npy"}, "layers": layers, "loss": loss}
            Path(folder, "net.json").write_text(json.dumps(spec), encoding="utf-8")
            script = Path(folder, "script.py")
            script.write_text(SCRIPT.format(folder=folder, count=len(sizes) - 1), encoding="utf-8")
            ours = [sys.executable, "-m", "nncalc", "forward", f"{folder}/net.json", "--get", "loss"]
            found = ratio(
                lambda: seconds(ours, environment),
                lambda: seconds([sys.executable, str(script)], environment),
            )
        yield Row(f"{what}, from files to the loss", "a NumPy script", found, 1.3)


# -- many scalars ---------------------------------------------------------------------------------------------------


def scalars(count: int = 100_000, wide: int = 1_000) -> Iterator[Row]:
    """Run a chain of scalar operations, and levels of them: read, compiled, forward and backward; and again."""
    if not installed("micrograd"):
        return
    draw = random.Random(1)
    chain = [(k % 3, k, k) for k in range(count)]
    levels = [
        (3 + k % 3, *(max(0, (k // wide - 1) * wide + draw.randrange(wide) + 1) for _ in "ab")) for k in range(count)
    ]
    yield from _scalar_graph(f"a chain of {count:,} scalar operations", chain)
    yield from _scalar_graph(f"{count:,} scalar operations in levels of {wide:,}", levels)


#: Scalar operations as text, and in micrograd; each of one or two values before it.
SCALARS: tuple[tuple[str, Callable[[Any, Any], Any]], ...] = (
    ("0.9*x{0}", lambda a, _: a * 0.9), ("x{0} + 0.01", lambda a, _: a + 0.01), ("relu(x{0})", lambda a, _: a.relu()),
    ("x{0}*x{1}", lambda a, b: a * b), ("x{0} + 0.3*x{1}", lambda a, b: a + 0.3 * b),
    ("0.5*x{0} - x{1}", lambda a, b: 0.5 * a - b),
)  # fmt: skip


def _scalar_graph(what: str, graph: list[tuple[int, int, int]]) -> Iterator[Row]:
    """Run equations, each an operation and the places of what it is of; the value at the place 0 is given."""
    from micrograd.engine import Value

    text = "[inputs]\nx0 = 0.3\n[equations]\n"
    text += "".join(f'x{k} = "{SCALARS[op][0].format(i, j)}"\n' for k, (op, i, j) in enumerate(graph, 1))
    text = text.replace("[inputs]", f'output = "x{len(graph)}"\n[inputs]')
    plans: list[Any] = []

    def ours() -> None:
        model = from_spec(read(text.encode(), "chain.toml", "toml", None))
        shapes = model.shapes()
        ready = compiled(model.graph, shapes, model.output, model.graph.leaves)
        plan = plan_of(ready.whole, floats.PRIMITIVES)
        plans[:] = [plan]
        again()

    def again() -> None:
        assert run_mixed(plans[0], {name("x0"): 0.3}, {name("x0"): Fraction(3, 10)})

    def theirs() -> None:
        values = [Value(0.3)]
        for op, i, j in graph:
            values.append(SCALARS[op][1](values[i], values[j]))
        values[-1].backward()

    found = in_deep_stack(lambda: (ratio(ours, theirs, 1, 3), ratio(again, ours, 1, 3)))
    yield Row(f"{what}, from its spec", "micrograd", found[0], 5)
    yield Row(f"{what}, run again", "read and compiled too", found[1], 0.05)


def in_deep_stack(work: Callable[[], Any]) -> Any:
    """Return what `work` does with room for micrograd's recursion."""
    found: list[Any] = []
    sys.setrecursionlimit(10**6)
    threading.stack_size(512 * 2**20)
    thread = threading.Thread(target=lambda: found.append(work()))
    thread.start()
    thread.join()
    return found[0]


def lines() -> Iterator[Row]:
    """Write every worked scalar line of a layer as CSV."""
    width = 100
    draw = random.Random(0)
    rows = [[round(draw.uniform(-1, 1), 3) for _ in range(width)] for _ in range(width)]
    spec = {
        "input": {"name": "x", "values": rows[0]},
        "layers": [{"type": "dense", "activation": "tanh", "weights": {"name": "W", "values": rows}, "bias": "none"},
                   {"type": "dense", "weights": {"name": "v", "values": [rows[1]]}, "bias": "none"}],
        "loss": {"type": "squared_error", "target": 1},
    }  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        path = f"{folder}/net.json"
        Path(path).write_text(json.dumps(spec), encoding="utf-8")
        words = ["backward", path, "--show-steps", "--form", "scalar", "--format", "csv"]

        def ours() -> str:
            found = io.StringIO()
            with redirect_stdout(found), redirect_stderr(io.StringIO()):
                assert nncalc(words) == 0
            return found.getvalue()

        table = list(csv.reader(io.StringIO(ours())))
        theirs = ratio(ours, lambda: csv.writer(io.StringIO()).writerows(table), 1, 3)
    yield Row(f"{len(table) - 1:,} worked scalar lines as CSV", "Python's csv module", theirs, 20)


# -- training, and exactly --------------------------------------------------------------------------------------------


def training() -> Iterator[Row]:
    """Take steps of gradient descent, against a loop by hand and against PyTorch."""
    for what, sizes, batch, steps in (
        ("1,000 steps of 2-16-1 on 200 examples", (2, 16, 1), 200, 1000),
        ("100 steps of 784-256-10, batch 64", (784, 256, 10), 64, 100),
    ):
        graph, shapes, given, output, parameters = net(sizes, batch)
        del shapes
        rows = {leaf: array.tolist() for leaf, array in given.items()}
        model = Model("", graph, rows, {}, (), (), parameters, output)
        course = course_of(model, Training("sgd", steps, settings=(("rate", Figure("1e-5")),)))
        passes, weights, offsets, slopes = by_numpy(given)

        def by_hand() -> None:
            for _ in range(steps):
                passes()
                for own, slope in zip([*weights, *offsets], slopes, strict=True):
                    own -= 1e-5 * slope

        def ours() -> None:
            taken(course)

        yield Row(what, "hand-written NumPy", ratio(ours, by_hand, 1, 5), 1.2)
        if installed("torch"):
            step = by_torch(given, 1e-5)
            yield Row(what, "PyTorch eager", ratio(ours, lambda: timed(step, steps), 1, 5), 0.7)


def exactly() -> Iterator[Row]:
    """Run both passes of a network of rationals."""
    draw = random.Random(1)
    sizes = (10, 10, 10, 1)
    layers = [
        {"type": "dense", "activation": "relu" if place < 2 else "linear", "bias": "none",
         "weights": {"name": f"W{place}", "values": [[draw.randint(-30, 30) / 10 for _ in range(a)] for _ in range(b)]}}
        for place, (a, b) in enumerate(pairwise(sizes))
    ]  # fmt: skip
    inputs = [draw.randint(-30, 30) / 10 for _ in range(10)]
    spec = {"input": {"name": "x", "values": inputs}, "layers": layers, "loss": {"type": "squared_error", "target": 1}}
    weights = [[[Fraction(str(v)) for v in row] for row in layer["weights"]["values"]] for layer in layers]
    x = [Fraction(str(v)) for v in inputs]
    model = model_of(spec)
    shapes = model.shapes()
    assert model.output is not None
    scalar = elements(compiled(model.graph, shapes, model.output, model.parameters).whole, shapes)
    plan = plan_of(scalar, floats.PRIMITIVES)
    slopes = [each.name for each in scalar.equations if each.name.of is not None]
    numbers = [exact_of(number) for leaf in model.graph.leaves for row in model.given[leaf] for number in row]
    given = dict(zip(scalar.leaves, numbers, strict=True))
    found = rationals.run(plan, given, slopes)
    assert found is not None
    theirs = by_fractions(weights, x)
    assert [found[name("W0", (1, place + 1), name("loss"))] for place in range(10)] == theirs[-1][0]
    aim = ratio(lambda: rationals.run(plan, given, slopes), lambda: by_fractions(weights, x), 1, 15)
    yield Row("10-10-10-1 in rationals, compiled", "fractions.Fraction by hand", aim, 0.5)


def by_fractions(weights: list[Any], x: list[Fraction]) -> list[Any]:
    """Return the gradients by every weight, of half the squared distance from 1."""
    before, sums = [x], []
    for place, rows in enumerate(weights):
        sums.append([sum((w * v for w, v in zip(row, before[-1], strict=True)), Fraction(0)) for row in rows])
        before.append([max(v, Fraction(0)) for v in sums[-1]] if place < len(weights) - 1 else sums[-1])
    g = [before[-1][0] - 1]
    found = []
    for place in reversed(range(len(weights))):
        found.append([[each * v for v in before[place]] for each in g])
        if place:
            columns = zip(*weights[place], strict=True)
            back = [sum((w * each for w, each in zip(column, g, strict=True)), Fraction(0)) for column in columns]
            g = [each if v > 0 else Fraction(0) for each, v in zip(back, sums[place - 1], strict=True)]
    return found


def derived() -> Iterator[Row]:
    """Derive least squares, checked, as a whole process."""
    if not installed("sympy"):
        return
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    ours = [sys.executable, "-m", "nncalc", "derive", "norm2(y - X*theta)^2", "--wrt", "theta"]
    theirs = [sys.executable, "-c", "import sympy"]
    found = ratio(lambda: seconds(ours, environment), lambda: seconds(theirs, environment))
    yield Row("least squares, derived and checked, as a process", "import sympy", found, 0.4)


WORKS = {
    each.__name__: each for each in (recitation, large, pictures, whole, scalars, lines, training, exactly, derived)
}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("works", nargs="*", choices=[[], *WORKS], help="which works (default all)")
    parser.add_argument("--table", action="store_true", help="print Markdown")
    asked = parser.parse_args()
    if asked.table:
        print("| work | rival | ratio | aim |\n|---|---|---|---|")
    for work in asked.works or WORKS:
        for row in WORKS[work]():
            if asked.table:
                print(f"| {row.work} | {row.rival} | {row.ratio:.3g} | {row.aim:g} |", flush=True)
            else:
                print(f"{row.work:52} {row.rival:28} {row.ratio:8.3g}   (at most {row.aim:g})", flush=True)


if __name__ == "__main__":
    main()
