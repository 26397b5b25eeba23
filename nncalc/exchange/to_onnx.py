"""A model as a graph of ONNX, in double precision: its equations forward, checked before it is written."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Sequence
from typing import Any, Final

from nncalc import __version__
from nncalc.exchange.handover import Written, in_batch, nearby
from nncalc.exchange.onnx_file import DOUBLE, Graph, Tensor, Value
from nncalc.exchange.onnx_file import written as file_of
from nncalc.exchange.operators import Operators
from nncalc.graph.graph import dependents
from nncalc.language.figures import Rows
from nncalc.language.formula import Name, names_in
from nncalc.problems import Problem
from nncalc.sheet.calculation import Calculation, calculate
from nncalc.spec.model import Model

#: How far what ONNX's reference finds may be off, of the largest entry or of 1; its error function is single-precision.
TOLERANCE: Final = 1e-12
TOLERANCE_OF_ERF: Final = 1e-6
#: Operators that ONNX has for doubles, and ONNX Runtime, which most people run a file in, has not.
NOT_IN_RUNTIME: Final = frozenset(("Acos", "Asin", "Atan", "AveragePool", "Conv", "Cosh", "Det", "Erf", "Sinh", "Tan"))


def written(model: Model, _target: str, wrt: Sequence[str] | None) -> Written:
    """Return a model as a file of ONNX; raise Problem where it has no operators, or finds other numbers.

    Its inputs go in, a batch with an example a row; its parameters are in it, and its targets, which may go in as well.
    """
    if wrt is not None:
        raise Problem("a graph of ONNX is of the forward pass, without gradients", None, "leave out --wrt", "usage")
    if model.conventions.rounding is not None:
        raise Problem("a graph of ONNX does not round its steps", None, "leave out round_steps", "usage")
    model = in_batch(model)
    found = graph_of(model)
    data = file_of(found, __version__)
    lacking = sorted({node.op for node in found.nodes} & NOT_IN_RUNTIME)
    said = (f"ONNX Runtime has no {' and no '.join(lacking)} of doubles, and does not run this",) if lacking else ()
    if importlib.util.find_spec("onnx") is None:
        untried = "onnx is not installed, so the graph was not run in it: pip install 'nncalc[onnx]'"
        return Written(data, (untried, *said))
    return Written(data, (*_check(data, model, found), *said))


def graph_of(model: Model) -> Graph:
    """Return the graph of a model: its prediction, and its loss where it has one."""
    shapes = model.shapes()
    to = Operators(shapes, [of.base for of in model.graph.names])
    to.add(model.graph)
    outputs = [of.base for of in outputs_of(model)]
    nodes = to.leading_to(outputs)
    used = {each for node in nodes for each in node.inputs} | {*outputs}
    free = {of for of in model.inputs if of not in model.computed} or {*model.inputs}
    given = [leaf for leaf in model.graph.leaves if leaf.base in used]

    def value(of: str, name: Name) -> Value:
        return Value(of, DOUBLE, to.shape(name))

    by_name = {each.base: each for each in model.graph.names}
    return Graph(
        model.title or "network", tuple(nodes),
        tuple(_tensor(leaf, model.given[leaf]) for leaf in given if leaf not in free),
        tuple(value(leaf.base, leaf) for leaf in given if leaf in free or leaf in model.targets),
        tuple(value(each, by_name[each]) for each in outputs),
    )  # fmt: skip


def outputs_of(model: Model) -> list[Name]:
    """Return what comes out: the last quantities that no target is in, and what is differentiated."""
    behind = dependents(model.graph, model.targets) if model.targets else frozenset()
    ahead = [each for each in model.graph.equations if each.name not in behind]
    used = {of for each in ahead for of in names_in(each.formula)}
    found = [each.name for each in ahead if each.name not in used]
    return [*dict.fromkeys([*found, *([model.output] if model.output is not None else [])])]


def _tensor(of: Name, rows: Rows) -> Tensor:
    entries = [float(each) for row in rows for each in row]
    return Tensor(of.base, DOUBLE, (len(rows), len(rows[0])), entries)


def _check(data: bytes, model: Model, graph: Graph) -> tuple[str, ...]:
    """Return what is to be said of how a file was tried; raise Problem where ONNX finds it unsound, or other numbers.

    It is run at the numbers of the model, and at others that are drawn for its inputs.
    """
    import onnx
    from onnx.reference import ReferenceEvaluator

    try:
        onnx.checker.check_model(data, full_check=True)
    except (onnx.checker.ValidationError, onnx.shape_inference.InferenceError) as error:
        raise Problem(f"ONNX finds the graph unsound: {str(error).strip()[:300]}", None, None, "usage") from None
    run = ReferenceEvaluator(data).run
    _compare(run, calculate(model, lines=False), graph)
    for other in nearby(model, model.inputs):
        try:
            found = calculate(other, lines=False)
        except Problem:  # no value there
            continue
        _compare(run, found, graph)
        return ()
    return ("no other numbers were found to try the graph at than its own",)


def _compare(run: Callable[..., Any], found: Calculation, graph: Graph) -> None:
    """Raise Problem (`domain`) where ONNX finds other outputs than a calculation."""
    import numpy as np

    names = {each.base: each for each in found.model.graph.names}
    given = {each.name: np.array(found.model.given[names[each.name]], dtype=np.float64) for each in graph.inputs}
    tolerance = TOLERANCE_OF_ERF if any(node.op == "Erf" for node in graph.nodes) else TOLERANCE
    for output, result in zip(graph.outputs, run(None, given), strict=True):
        wanted = np.array(found.machine.rows(names[output.name]), dtype=np.float64)
        off = np.abs(result - wanted).max() if result.shape == wanted.shape else np.inf
        if not off <= tolerance * max(1.0, float(np.abs(wanted).max())):
            what = f"ONNX finds another `{output.name}`, {off:g} off, so nothing is written"
            raise Problem(what, None, None, "domain")
