"""Worked examples that others published, in both forms of a spec, against numbers found without nncalc.

`cases/README.md` says what a case holds and where its expected numbers come from.
"""

from __future__ import annotations

import ast
import json
import re
from functools import lru_cache
from math import isclose, ulp
from pathlib import Path
from typing import Any

import pytest

from nncalc.cli.app import run
from nncalc.language.formula import Formula, name, replace
from nncalc.language.parser import parse
from nncalc.language.printer import show
from nncalc.ops import OPS
from nncalc.spec.layers import LOSSES

Case = dict[str, Any]

FOLDER = Path(__file__).parent / "cases"
CASES: dict[str, Case] = {
    case["id"]: case for path in sorted(FOLDER.glob("*.json")) for case in json.loads(path.read_text("utf-8"))["cases"]
}
ACTIVATIONS = ("relu", "sigmoid", "tanh", "softplus", "softmax", "exp")

#: Cases of pictures, whose channels are quantities of their own: `test_published_pictures.py` has both forms of them.
MISSING = {
    "d2l-corr2d": "conv2d",
    "d2l-corr2d-multi-in": "conv2d",
}


class NotSaid(Exception):
    """A case that a form of the spec, or nncalc itself, has no words for."""


def word(text: str) -> str:
    """Return a quantity's name that is no operation's."""
    return text + "_" if text in OPS else text


def depth(value: Any) -> int:
    return 1 + depth(value[0]) if isinstance(value, list) else 0


def turned(rows: list[list[float]]) -> list[list[float]]:
    return [list(column) for column in zip(*rows, strict=True)]


def one_hot(classes: list[int], count: int) -> list[list[int]]:
    return [[int(place == each) for place in range(count)] for each in classes]


#: Signs and functions of the cases with matrices, and what they are here.
SIGNS = {ast.Add: "+", ast.Sub: "-", ast.MatMult: "*", ast.Mult: ".*", ast.Div: "./", ast.Pow: ".^"}
WORDS = {
    "T": "({0})'", "trace": "tr({0})", "dot": "inner({0}, {1})", "outer": "({0}) * ({1})'", "norm": "norm2({0})",
    "sqnorm": "norm2({0})^2",
}  # fmt: skip


def of_matrices(node: ast.expr) -> str:
    """Return an expression of the cases with matrices, where `@` is the product and `*` acts entry by entry."""
    match node:
        case ast.BinOp(left, sign, right):
            return f"({of_matrices(left)}) {SIGNS[type(sign)]} ({of_matrices(right)})"
        case ast.UnaryOp(ast.USub(), operand):
            return f"-({of_matrices(operand)})"
        case ast.Call(ast.Name(function), args):
            inside = [of_matrices(arg) for arg in args]
            return WORDS.get(function, f"{function}({', '.join(inside)})").format(*inside)
        case ast.Name(quantity):
            return word(quantity)
        case ast.Constant(number):
            return str(number)
    raise NotSaid(ast.dump(node))


class Equations:
    """A case as a spec in equations. Batches lie in columns there, so they are turned on the way in and out."""

    def __init__(self, case: Case) -> None:
        self.case = case
        self.given: dict[str, Any] = {**case["inputs"], **case["parameters"]}
        self.equations: dict[str, str] = {}
        self.batch: set[str] = set()
        self.asides: set[str] = set()
        if case["kind"] != "network":
            for line in case["expression"]:
                left, _, right = line.partition("=")
                self.equations[word(left.strip())] = self.infix(right.strip())
            return
        steps = [*case["layers"], *([case["loss"]] if case["loss"] else [])]
        for step in steps:
            self.equations[word(step["out"])] = self.step(step)

    def infix(self, text: str) -> str:
        """Return an expression in nncalc's language, where powers of lists are taken entry by entry."""
        if self.case["kind"] == "matrix":
            return of_matrices(ast.parse(text, mode="eval").body)
        if any(depth(value) for value in self.given.values()):
            text = text.replace("**", ".^")
        return text

    def per_example(self, quantity: str) -> bool:
        """Return whether a quantity holds one example per row where it was published, and note it."""
        if quantity in self.given and depth(self.given[quantity]) == 2:
            self.batch.add(quantity)
        return quantity in self.batch

    def step(self, step: dict[str, Any]) -> str:
        if step["op"] == "expr":
            return self.infix(step["expr"])
        if step["op"] == "dense":
            return self.dense(step)
        if step["op"] in ACTIVATIONS:
            if self.per_example(step["in"]):
                self.batch.add(step["out"])
            return f"{step['op']}({word(step['in'])})"
        if "prediction" not in step:
            return f"{step['op']}({word(step['in'])}, {word(step['weight'])})"
        return self.loss(step)

    def dense(self, step: dict[str, Any]) -> str:
        source, weight = step["in"], word(step["weight"])
        batch = self.per_example(source)
        if batch:
            self.batch.add(step["out"])
        if depth(self.given[step["weight"]]) == 1 or step.get("weight_layout") == "in_out":
            weight += "'"
        style = step.get("bias_style", "separate")
        if style == "column0":
            return f"{weight} * intercept({word(source)})"
        if style == "none":
            return f"{weight} * {word(source)}"
        assert style == "separate"
        bias = word(step["bias"])
        if batch:
            bias += f" * ones({len(self.given[next(iter(self.case['inputs']))])})'"
        return f"{weight} * {word(source)} {'-' if step.get('bias_sign') == 'minus' else '+'} {bias}"

    def loss(self, step: dict[str, Any]) -> str:
        p, y = step["prediction"], step["target"]
        batch = self.per_example(p)
        rows = self.given.get(p) or self.case["expected"]["values"][p]
        if step.get("target_kind") == "index" and depth(self.given[y]) <= 1:
            classes = self.given[y] if batch else [self.given[y]]
            found = one_hot(classes, len(rows[0]) if batch else len(rows))
            self.given[y] = found if batch else found[0]
        self.per_example(y)
        p, y = word(p), word(y)
        kind = step["op"] + ("_logits" if step.get("from") == "logits" else "")
        entries = (len(rows) * len(rows[0]) if batch else len(rows)) if depth(rows) else 1
        examples = len(rows) if batch else 1
        if step.get("reduction") == "none":
            self.batch.add(step["out"])
            if kind == "binary_cross_entropy_logits":
                return f"softplus({p}) - {y} .* {p}"
            assert kind == "cross_entropy"
            return f"-(ones({len(rows[0])})' * xlogy({y}, {p}))"
        count = examples if kind.startswith("cross_entropy") else entries
        factor = 2 * step.get("factor", 1) if kind == "squared_error" else 1
        text = f"{factor} * {kind}({p}, {y})" if factor != 1 else f"{kind}({p}, {y})"
        mean = step.get("reduction", "mean" if kind == "log_cosh" else None) == "mean"
        return f"{text} / {count}" if mean and count > 1 else text

    def document(self) -> Case:
        inside = {word(n): turned(v) if n in self.batch else v for n, v in self.given.items()}
        parameters = {word(n) for n in self.case["parameters"]}
        found: Case = {
            "inputs": {n: v for n, v in inside.items() if n not in parameters},
            "parameters": {n: inside[n] for n in inside if n in parameters},
            "equations": self.equations,
        }
        return {key: value for key, value in found.items() if value}

    def published(self, quantity: str, value: Any) -> Any:
        """Return a result in the arrangement that was published."""
        if quantity not in self.batch:
            return value
        rows = turned(value)
        expected = self.case["expected"]["values"].get(quantity)
        return [row[0] for row in rows] if expected and depth(expected) == 1 else rows


class Layers:
    """A case as a spec in layers, up to the quantity `end` or to its output; raises NotSaid where it has none.

    Steps that do not lead there are asides, which have specs of their own.
    """

    def __init__(self, case: Case, end: str | None = None) -> None:
        if case["kind"] != "network":
            raise NotSaid
        self.given: dict[str, Any] = {**case["inputs"], **case["parameters"]}
        steps = {step["out"]: step for step in [*case["layers"], *([case["loss"]] if case["loss"] else [])]}
        chain = [steps[end or case["output"] or [*steps][-1]]]
        while source(chain[0]) in steps:
            chain.insert(0, steps[source(chain[0])])
        self.asides = {*steps} - {step["out"] for step in chain}
        signal = source(chain[0])
        self.spec: Case = {"input": {"name": word(signal), "values": self.given[signal]}}
        for step in chain:
            signal = self.step(step, signal)
        if chain[-1]["op"] not in LOSSES and end is None and case["output"]:
            self.spec["output"] = word(case["output"])

    def step(self, step: dict[str, Any], signal: str) -> str:
        """Add a step to the layers, and return the name of what comes out of it."""
        out: str = step["out"]
        if source(step) != signal:
            raise NotSaid
        if "prediction" in step:
            self.loss(step)
            return out
        layers = self.spec.setdefault("layers", [])
        if step["op"] in ("dense", "expr"):
            layers.append(self.dense(step))
            return out
        if step["op"] not in ACTIVATIONS[:-1]:
            raise NotSaid
        if layers and "activation" not in layers[-1]:
            layers[-1].update(activation=step["op"], preactivation=layers[-1]["output"], output=word(out))
        else:
            layers.append({"type": "activation", "activation": step["op"], "output": word(out)})
        return out

    def loss(self, loss: dict[str, Any]) -> None:
        kind = loss["op"] + ("_logits" if loss.get("from") == "logits" else "")
        target = {"name": word(loss["target"]), "values": self.given[loss["target"]]}
        self.spec["loss"] = {"type": kind, "name": word(loss["out"]), "target": target}
        if kind == "squared_error":
            self.spec["loss"]["factor"] = loss.get("factor", 1)
        if "reduction" in loss or kind == "log_cosh":
            self.spec["loss"]["reduction"] = loss.get("reduction", "mean")

    def dense(self, step: dict[str, Any]) -> dict[str, Any]:
        """Return a layer with weights; `w*x + b` of numbers is one."""
        if step["op"] == "expr":
            weight, _, bias = re.split(r"[*+]", step["expr"].replace(" ", ""))
            step = {**step, "weight": weight, "bias": bias}
        keys = {"layout": step.get("weight_layout", "out_in"), "sign": step.get("bias_sign")}
        style = step.get("bias_style", "separate")
        bias = {"column0": "folded", "none": "none"}.get(style)
        if bias is None:
            bias = {"name": word(step["bias"]), "values": self.given[step["bias"]]}
        weights = self.given[step["weight"]]
        weights = weights if depth(weights) else [[weights]]
        return {
            "type": "dense",
            "weights": {"name": word(step["weight"]), "values": weights},
            "bias": bias,
            "output": word(step["out"]),
            **{key: value for key, value in keys.items() if value is not None},
        }

    def document(self) -> Case:
        return self.spec

    def published(self, quantity: str, value: Any) -> Any:  # noqa: ARG002 -- as `Equations` has it
        return value


def source(step: dict[str, Any]) -> str:
    """Return what a step is of."""
    if step["op"] == "expr":
        found = re.fullmatch(r"\w+\*(\w+) \+ \w+", step["expr"])
        if found is None:
            raise NotSaid
        return found[1]
    return step["prediction"] if "prediction" in step else step["in"]


@lru_cache
def said_in_layers() -> list[str]:
    found = []
    for key, case in CASES.items():
        if key in MISSING:
            continue
        try:
            Layers(case)
        except NotSaid:
            continue
        found.append(key)
    return found


def flat(value: Any) -> list[float]:
    return [entry for each in value for entry in flat(each)] if isinstance(value, list) else [value]


def close(found: Any, expected: Any, tolerance: dict[str, float]) -> bool:
    """Return whether two nested lists hold the same numbers in the same arrangement."""
    if isinstance(expected, list):
        if not isinstance(found, list):
            return len(expected) == 1 and close(found, expected[0], tolerance)
        return len(found) == len(expected) and all(close(f, e, tolerance) for f, e in zip(found, expected, strict=True))
    if isinstance(found, list):
        return len(found) == 1 and close(found[0], expected, tolerance)
    return isclose(found, expected, rel_tol=tolerance["rtol"], abs_tol=tolerance["atol"])


def answered(document: Case, arguments: list[str], folder: Path, capsys: pytest.CaptureFixture[str]) -> Case:
    """Return what the program answers as JSON about a spec."""
    path = folder / "spec.json"
    path.write_text(json.dumps(document), "utf-8")
    status = run([arguments[0], str(path), *arguments[1:], "--format", "json"])
    streams = capsys.readouterr()
    if status:
        raise NotSaid(streams.err)
    found: Case = json.loads(streams.out)
    return found


def results(case: Case, form: type[Equations | Layers], folder: Path, capsys: pytest.CaptureFixture[str]) -> Case:
    """Return the values and gradients that nncalc finds for a case, arranged as they were published."""
    expected = case["expected"]
    assert "derivative" not in expected, "a case for `derive`"
    said = form(case)
    wanted = [n for n in expected["gradients"] if n not in said.asides]
    document = said.document()
    if expected["gradients"]:
        arguments = ["backward", "--of", word(case["output"]), "--wrt", ",".join(map(word, wanted))]
    else:
        arguments = ["forward"]
    if "rational" in expected:
        arguments.append("--exact")
    found = answered(document, arguments, folder, capsys)
    asked = [n for n in expected["values"] if n not in said.asides]
    return {
        "values": {n: said.published(n, found["values"][word(n)]) for n in asked},
        "gradients": {n: said.published(n, found["gradients"][word(n)]) for n in wanted if expected["gradients"]},
    }


def compare(case: Case, found: Case) -> None:
    for kind in ("values", "gradients"):
        for quantity, value in found[kind].items():
            expected = case["expected"][kind][quantity]
            assert close(value, expected, case["tolerance"]), f"{kind} of {quantity}: {value}, must be {expected}"


DERIVED = [key for key, case in CASES.items() if "derivative" in case["expected"]]


@pytest.mark.parametrize("key", DERIVED)
def test_a_published_derivative_of_a_vector(key: str, capsys: pytest.CaptureFixture[str]) -> None:
    """The equations become one expression, which `derive` differentiates and evaluates at the published numbers."""
    case = CASES[key]
    document = Equations(case).document()
    whole: Formula = parse(document["equations"][word(case["output"])])
    for quantity, text in reversed(document["equations"].items()):
        whole = replace(whole, {name(quantity): parse(text)})
    numbers = {**document.get("inputs", {}), **document.get("parameters", {})}
    at = [part for quantity, value in numbers.items() for part in ("--at", f"{quantity}={json.dumps(value)}")]
    layout = case["conventions"]["derivative_layout"]
    (wrt,) = map(word, case["wrt"])
    status = run(["derive", show(whole), "--wrt", wrt, "--layout", layout, *at, "--format", "json"])
    streams = capsys.readouterr()
    assert status == 0, streams.err
    found = json.loads(streams.out)["values"][f"d(f)/d({wrt})"]
    assert [len(found), len(found[0])] == case["expected"]["derivative_shape"]
    assert close(found, case["expected"]["derivative"], case["tolerance"])


@pytest.mark.parametrize("key", [key for key in CASES if key not in MISSING and key not in DERIVED])
def test_a_published_case_in_equations(key: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    compare(CASES[key], results(CASES[key], Equations, tmp_path, capsys))


@pytest.mark.parametrize("key", said_in_layers())
def test_a_published_network_in_layers(key: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    compare(CASES[key], results(CASES[key], Layers, tmp_path, capsys))


def test_published_networks_can_be_said_in_layers() -> None:
    """All but convolutions."""
    assert {key for key, case in CASES.items() if case["kind"] == "network"} - {*said_in_layers()} == {*MISSING}


ASIDES = {"elementwise": "PyTorch's value for each entry, where ours is for each example", "e": "exp is no activation"}


@pytest.mark.parametrize(
    ("key", "aside"), [(key, aside) for key in said_in_layers() for aside in sorted(Layers(CASES[key]).asides)]
)
def test_a_step_beside_a_published_network_in_layers(
    key: str, aside: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It has a spec of its own: the losses of each example, another activation of the same layer."""
    case = CASES[key]
    if any(step["op"] == "expr" and step["out"] == aside for step in case["layers"]) or aside in ASIDES:
        return
    found = answered(Layers(case, aside).document(), ["forward"], tmp_path, capsys)
    assert close(found["values"][word(aside)], case["expected"]["values"][aside], case["tolerance"])


@pytest.mark.parametrize(("key", "feature"), MISSING.items())
def test_a_case_of_a_missing_feature_still_fails(
    key: str, feature: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """If this fails, nncalc has the feature now: take the case out of `MISSING`."""
    with pytest.raises(NotSaid):
        results(CASES[key], Equations, tmp_path, capsys)


def after_one_step(case: Case, rate: float, folder: Path, capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    """Return what `train` makes of the parameters in one step of gradient descent, arranged as they were published."""
    said = Equations(case)
    updated = [*case["expected"]["after_update"]["parameters"]]
    words = ["train", "--rate", str(rate), "--wrt", ",".join(map(word, updated))]
    found = answered(said.document(), words, folder, capsys)
    return {of: said.published(of, found["parameters"][word(of)]) for of in updated}


@pytest.mark.parametrize("key", [key for key, case in CASES.items() if "after_update" in case["expected"]])
def test_the_values_after_a_published_step_of_gradient_descent(
    key: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    case = CASES[key]
    update = case["expected"]["after_update"]
    before = results(case, Equations, tmp_path, capsys)
    for parameter, expected in update["parameters"].items():
        old, slope = flat(case["parameters"][parameter]), flat(before["gradients"][parameter])
        new = [each - update["learning_rate"] * g for each, g in zip(old, slope, strict=True)]
        assert close(new, flat(expected), case["tolerance"])
    trained = after_one_step(case, update["learning_rate"], tmp_path, capsys)
    for parameter, expected in update["parameters"].items():
        assert close(flat(trained[parameter]), flat(expected), case["tolerance"])
    moved = {**case, "parameters": {**case["parameters"], **update["parameters"]}}
    moved["expected"] = {"values": update["values"], "gradients": {}}
    compare(moved, results(moved, Equations, tmp_path, capsys))


def at(found: Case, path: str) -> float | None:
    """Return the number at a path such as `values.a[1]`, or None where there is none."""
    kind, _, rest = path.partition(".")
    base, *places = re.findall(r"[^\[\].]+", rest)
    value = found.get(kind, {}).get(base)
    for place in places:
        value = value[int(place)] if isinstance(value, list) else value
    return value if isinstance(value, int | float) else None


@pytest.mark.parametrize("key", [key for key in CASES if key not in MISSING and key not in DERIVED])
def test_a_figure_printed_by_the_source_is_the_value_rounded(
    key: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    case = CASES[key]
    found = results(case, Equations, tmp_path, capsys)
    for figure in case.get("printed_figures", []):
        value = at(found, figure["path"])
        if figure["verdict"] != "ok" or value is None:
            continue
        mantissa, _, exponent = figure["printed"].lower().partition("e")
        place = 10.0 ** (int(exponent or 0) - len(mantissa.partition(".")[2]))
        assert abs(value - float(figure["printed"])) <= max(place * (0.5 + 1e-6), ulp(value)), figure
