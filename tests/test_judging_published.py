"""Questions and reports of people whose gradient was wrong: each slip, in a network of our own, is named.

The slip is the published one, the numbers are ours. `code` is what is named, `line` the line as it was written.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from nncalc.cli.app import run

PAGE = (Path(__file__).parent.parent / "docs" / "answers.md").read_text(encoding="utf-8")


class Report(NamedTuple):
    """Where it was asked, the network it is tried in, the quantity, the wrong line, and what is to be named."""

    where: str
    network: str
    of: str
    line: str
    code: str


def spec(act: str, last: str, loss: str, target: object, **more: object) -> dict[str, Any]:
    return {
        "input": {"name": "x", "values": [0.7, -1.3]},
        "layers": [
            {
                "type": "dense", "activation": act, "weights": {"name": "W", "values": [[0.9, -0.4], [0.3, 0.8]]},
                "bias": {"name": "b", "values": [0.2, 1.9]}, "preactivation": "a", "output": "z",
            },
            {
                "type": "dense", "activation": last, "weights": {"name": "V", "values": [[1.1, -0.6], [-0.5, 0.7]]},
                "bias": {"name": "c", "values": [0.1, -0.3]}, **({} if last == "linear" else {"preactivation": "s"}),
                "output": "yhat",
            },
        ],
        "loss": {"type": loss, "target": target, **more},
    }  # fmt: skip


NETWORKS = {
    "relu": spec("relu", "linear", "squared_error", [0.4, -0.9]),
    "tanh": spec("tanh", "linear", "squared_error", [0.4, -0.9]),
    "sigmoids": spec("sigmoid", "sigmoid", "squared_error", [0.4, 0.9]),
    "softmax": spec("tanh", "softmax", "squared_error", [0, 1]),
    "batch": spec("tanh", "sigmoid", "binary_cross_entropy", [[0, 1], [1, 1], [0, 0]], reduction="mean")
    | {"input": {"name": "x", "values": [[0.7, -1.3], [0.2, 0.5], [-1.1, 0.4]]}},
}
REPORTS = [
    Report("https://github.com/haifengl/smile/issues/528", "relu", "d(loss)/d(a)", "step(a)", "arriving_missing"),
    Report(
        "https://github.com/Bot-Academy/NeuralNetworkFromScratch/pull/3", "sigmoids", "d(loss)/d(s)",
        "d(loss)/d(yhat)", "slope_missing",
    ),
    Report(
        "https://github.com/iamtrask/Grokking-Deep-Learning/issues/56", "tanh", "d(loss)/d(a)",
        "d(loss)/d(z) .* (1 - tanh(z).^2)", "slope_at_output",
    ),
    Report(
        "https://github.com/maziarraissi/backprop/issues/1", "tanh", "d(loss)/d(V)", "d(loss)/d(yhat) * a'",
        "activation_of_other_layer",
    ),
    Report(
        "https://stats.stackexchange.com/questions/322521", "batch", "d(loss)/d(V)", "3 * d(loss)/d(s) * z'",
        "sum_for_mean",
    ),
    Report(
        "https://math.stackexchange.com/questions/4158072", "sigmoids", "d(loss)/d(yhat)", "y - yhat", "sign_flipped"
    ),
    Report(
        "https://stackoverflow.com/questions/53287032", "sigmoids", "d(loss)/d(z)", "V' * d(loss)/d(yhat)",
        "slope_missing",
    ),
    Report(
        "https://stackoverflow.com/questions/43885650", "tanh", "d(loss)/d(a)", "d(loss)/d(z) .* (1 - a.^2)",
        "slope_at_preactivation",
    ),
    Report(
        "https://github.com/makeyourownneuralnetwork/makeyourownneuralnetwork/issues/77", "sigmoids",
        "d(loss)/d(yhat)", "2 * (yhat - y)", "factor_two",
    ),
    Report(
        "https://github.com/ujjwalkarn/Machine-Learning-Tutorials/pull/16", "sigmoids", "d(loss)/d(a)", "d(loss)/d(z)",
        "slope_missing",
    ),
    Report(
        "https://github.com/makeyourownneuralnetwork/makeyourownneuralnetwork/issues/77", "tanh", "d(loss)/d(z)",
        "V * d(loss)/d(yhat)", "weights_not_transposed",
    ),
    Report(
        "https://stats.stackexchange.com/questions/235528", "softmax", "d(loss)/d(s)",
        "d(loss)/d(yhat) .* yhat .* (1 - yhat)", "softmax_jacobian_diagonal",
    ),
]  # fmt: skip


def computed(path: Path, line: str) -> Any:
    """Return the numbers that the wrong line gives, as its author would have them."""
    from nncalc.judging.judge import Judge
    from nncalc.language.parser import Known, read
    from nncalc.spec import read as spec_of
    from nncalc.spec.model import from_spec

    judge = Judge(from_spec(spec_of(path.read_bytes(), path.name, "json", None)))
    names = [each.base for each in judge.model.graph.names]
    value = judge.table.value(read(line, Known(names, whole=True)).formula)
    assert value is not None, line
    rows = [[float(f"{each:.5g}") for each in row] for row in value.tolist()]
    return [row[0] for row in rows] if len(rows[0]) == 1 else rows


@pytest.mark.parametrize("report", REPORTS, ids=[f"{each.where.rpartition('/')[2]}-{each.code}" for each in REPORTS])
def test_a_published_slip_is_named(report: Report, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "net.json"
    path.write_text(json.dumps(NETWORKS[report.network]))
    numbers = computed(path, report.line)
    assert run(["check", str(path), "--answer", f"{report.of} = {numbers}", "--format", "json"]) == 1
    (found,) = json.loads(capsys.readouterr().out)["answers"]
    assert report.code in [each["code"] for each in found["mistakes"]], found
    assert report.where in PAGE


@pytest.mark.parametrize("report", REPORTS, ids=[f"{each.where.rpartition('/')[2]}-{each.code}" for each in REPORTS])
def test_as_a_formula_it_is_named_as_well(report: Report, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "net.json"
    path.write_text(json.dumps(NETWORKS[report.network]))
    assert run(["check", str(path), "--answer", f"{report.of} = {report.line}", "--format", "json"]) == 1
    (found,) = json.loads(capsys.readouterr().out)["answers"]
    assert report.code in [each["code"] for each in found["mistakes"]], found
