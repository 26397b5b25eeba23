"""Training: steps against PyTorch's optimizers, engines and lines against each other, what ends it, what it writes."""

from __future__ import annotations

import importlib.util
import json
import os
import random
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest

from nncalc.cli.app import run
from nncalc.language.figures import Figure
from nncalc.language.formula import names_in
from nncalc.language.parser import parse
from nncalc.numbers import engines
from nncalc.numbers.evaluation import Evaluation
from nncalc.ops.optimizers import OPTIMIZERS, SETTINGS
from nncalc.progress import listening
from nncalc.spec import read
from nncalc.spec.model import Model, from_spec
from nncalc.spec.printer import as_json, render
from nncalc.spec.statements import Training
from nncalc.training.course import course_of, taken
from nncalc.training.page import walked

RECITATION = "configs/recitation.toml"
SQUARE = ["-e", "f = (w*x - y)^2", "w=1", "x=2", "y=3", "--wrt", "w"]


def spec(seed: int, examples: int = 6, loss: str = "cross_entropy") -> dict[str, Any]:
    """Return a network of three inputs, four hidden units and two outputs."""
    draw = random.Random(seed)

    def rows(count: int, width: int) -> list[list[float]]:
        return [[round(draw.uniform(-1, 1), 3) for _ in range(width)] for _ in range(count)]

    last = "softmax" if loss == "cross_entropy" else "linear"
    layers = [
        {"type": "dense", "activation": activation, "weights": {"name": f"W{place}", "values": rows(out, into)},
         "bias": {"name": f"b{place}", "values": rows(1, out)[0]}}
        for place, (into, out, activation) in enumerate([(3, 4, draw.choice(["tanh", "sigmoid"])), (4, 2, last)], 1)
    ]  # fmt: skip
    labels = [draw.randrange(2) for _ in range(examples)]
    return {
        "input": {"name": "x", "values": rows(examples, 3)},
        "layers": layers,
        "loss": {"type": loss, "reduction": draw.choice(["sum", "mean"]),
                 "target": {"name": "y", "values": [[1 - label, label] for label in labels]}},
    }  # fmt: skip


def model(found: dict[str, Any]) -> Model:
    return from_spec(read(json.dumps(found).encode(), "net.json", "json", None))


def training(optimizer: str, seed: int, batch: int | None = None) -> Training:
    """Return a training of five steps with settings that are no defaults."""
    draw = random.Random(seed)
    values = {"rate": "0.05", "momentum": "0.8", "rho": "0.9", "beta1": "0.85", "beta2": "0.95", "eps": "1e-6"}
    values["decay"] = str(draw.choice([0.1, 0.02]))
    words = ("rate", *OPTIMIZERS[optimizer].settings)
    return Training(optimizer, 5, batch, None, None, tuple((word, Figure(values[word])) for word in words))


def steps(found: dict[str, Any], said: Training) -> tuple[list[float], dict[str, Any]]:
    """Return the losses before the steps of a training, and what the parameters have become."""
    done = taken(course_of(model(found), said))
    return done.losses, {of.base: np.array(rows) for of, rows in done.parameters.items()}


@pytest.fixture(params=[0, 10**9], ids=["arrays", "floats"])
def kind(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run the steps in arrays, or in Python's numbers, whatever their size."""
    monkeypatch.setattr(engines, "HAND_SIZED", request.param)


@pytest.mark.parametrize("batch", [None, 4])
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_lines_and_engines_take_the_same_steps(
    optimizer: str, batch: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    found, said = spec(3), training(optimizer, 3, batch)
    course = course_of(model(found), said)
    shown = walked(course).taken(course)
    for size in (0, 10**9):
        monkeypatch.setattr(engines, "HAND_SIZED", size)
        done = taken(course)
        assert done.losses == pytest.approx(shown.losses, rel=1e-13)
        assert done.last == pytest.approx(shown.last, rel=1e-13)
        for of, rows in done.parameters.items():
            assert np.array(rows) == pytest.approx(np.array(shown.parameters[of], dtype=float), rel=1e-12)


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_every_line_of_an_update_is_its_formula(optimizer: str, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["train", RECITATION, "--steps", "2", "--optimizer", optimizer, "--show-steps", "--form", "scalar"]
    assert run([*words, "--format", "json"]) == 0
    found = json.loads(capsys.readouterr().out)
    lines = [line for line in found["steps"] if line["pass"] == "update"]
    assert {line["step"] for line in lines} == {1, 2}
    assert len(lines) == 2 * 9 * len(OPTIMIZERS[optimizer].lines)
    for line in lines:
        again = parse(line["substituted"])
        assert not names_in(again)
        assert Evaluation().rounded(again) == pytest.approx(line["value"], rel=5e-6), line
        assert [*map(str, names_in(parse(line["formula"], line["uses"])))] == line["uses"]


@pytest.mark.oracle
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.usefixtures("kind")
def test_five_steps_are_those_of_pytorch(optimizer: str) -> None:
    for seed in range(8):
        found = spec(seed, loss=random.Random(seed).choice(["cross_entropy", "squared_error"]))
        batch = (None, 4)[seed % 2]
        said = training(optimizer, seed, batch)
        losses, parameters = steps(found, said)
        expected_losses, expected = by_pytorch(found, said)
        assert losses == pytest.approx(expected_losses, rel=1e-12)
        for word, rows in expected.items():
            assert parameters[word].reshape(rows.shape) == pytest.approx(rows, rel=1e-12, abs=1e-14), (seed, word)


def by_pytorch(found: dict[str, Any], said: Training) -> tuple[list[float], dict[str, Any]]:
    """Return what PyTorch's optimizer makes of a network."""
    assert importlib.util.find_spec("torch")
    import torch

    leaves: dict[str, Any] = {}
    for layer in found["layers"]:
        for part in ("weights", "bias"):
            values = torch.tensor(layer[part]["values"], dtype=torch.float64)
            leaves[layer[part]["name"]] = values.requires_grad_()
    x = torch.tensor(found["input"]["values"], dtype=torch.float64)
    y = torch.tensor(found["loss"]["target"]["values"], dtype=torch.float64)
    value = {word: float(text) for word, text in said.settings}
    rate, own = value["rate"], list(leaves.values())
    made = {
        "sgd": lambda: torch.optim.SGD(own, lr=rate),
        "momentum": lambda: torch.optim.SGD(own, lr=rate, momentum=value["momentum"]),
        "nesterov": lambda: torch.optim.SGD(own, lr=rate, momentum=value["momentum"], nesterov=True),
        "adagrad": lambda: torch.optim.Adagrad(own, lr=rate, eps=value["eps"]),
        "rmsprop": lambda: torch.optim.RMSprop(own, lr=rate, alpha=value["rho"], eps=value["eps"]),
        "adam": lambda: torch.optim.Adam(own, lr=rate, betas=(value["beta1"], value["beta2"]), eps=value["eps"]),
        "adamw": lambda: torch.optim.AdamW(
            own, lr=rate, betas=(value["beta1"], value["beta2"]), eps=value["eps"], weight_decay=value["decay"]
        ),
    }[said.optimizer or ""]()
    size = said.batch or len(x)
    starts = [*range(0, len(x), size)]
    losses = []
    for step in range(said.steps or 1):
        start = starts[step % len(starts)]
        inputs, target = x[start : start + size], y[start : start + size]
        hidden = getattr(torch, found["layers"][0]["activation"])(inputs @ leaves["W1"].T + leaves["b1"])
        logits = hidden @ leaves["W2"].T + leaves["b2"]
        if found["loss"]["type"] == "cross_entropy":
            loss, count = -(target * torch.log_softmax(logits, 1)).sum(), len(target)
        else:
            loss, count = ((logits - target) ** 2).sum() / 2, target.numel()
        loss = loss / count if found["loss"]["reduction"] == "mean" else loss
        made.zero_grad()
        loss.backward()
        made.step()
        losses.append(float(loss.detach()))
    return losses, {word: leaf.detach().numpy() for word, leaf in leaves.items()}


# -- what is taken ------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("kind")
def test_examples_come_in_the_order_of_the_file_and_the_rest_is_a_batch_too(tmp_path: Path) -> None:
    text = "\n".join([
        'batch = ["x", "y"]', "[inputs]", "x = [[1], [2], [3]]", "[targets]", "y = [[0], [0], [0]]",
        "[parameters]", "w = 1", "[equations]", 'f = "squared_error(w*x, y)"',
    ])  # fmt: skip
    said = Training("sgd", 4, 2, None, None, (("rate", Figure("0.1")),))
    done = taken(course_of(from_spec(read(text.encode(), "net.toml", "toml", None)), said))
    w, losses = 1.0, []
    for squares in (5, 9, 5, 9):  # x is 1, 2, then 3, then again
        losses.append(squares * w * w / 2)
        w -= 0.1 * squares * w
    assert done.losses == pytest.approx(losses, rel=1e-14)
    assert [*done.parameters.values()] == [[[pytest.approx(w, rel=1e-14)]]]
    assert done.last == pytest.approx(14 * w * w / 2, rel=1e-14)


@pytest.mark.parametrize("examples", ["columns", "rows"])
def test_pictures_are_trained_in_batches_as_those_alone(examples: str, monkeypatch: pytest.MonkeyPatch) -> None:
    draw = random.Random(4)
    pictures = [[[draw.uniform(-1, 1) for _ in range(3)] for _ in range(3)] for _ in range(5)]
    found: dict[str, Any] = {
        "input": {"name": "x", "values": pictures},
        "layers": [
            {"type": "conv2d", "kernels": [{"name": "K", "values": [[0.5, -1], [0.25, 2]]}], "activation": "tanh"},
            {"type": "flatten"},
            {"type": "dense", "bias": "none", "weights": {"name": "W", "values": [[1, 0.5, -1, 2], [0, 1, 1, -1]]}},
        ],
        "loss": {"type": "cross_entropy_logits", "target": [0, 1, 1, 0, 1]},
        "conventions": {"examples": examples},
    }

    def parts() -> list[float]:
        """Take the batches one after the other, each as a network of its own."""
        spec, losses = json.loads(json.dumps(found)), []
        for some in ([0, 1], [2, 3], [4], [0, 1]):
            spec["input"]["values"] = [pictures[each] for each in some]
            spec["loss"]["target"] = [found["loss"]["target"][each] for each in some]
            done = taken(course_of(model(spec), training("sgd", 0, None)._replace(steps=1)))
            losses += done.losses
            kernel, weights = done.parameters.values()
            spec["layers"][0]["kernels"][0]["values"], spec["layers"][2]["weights"]["values"] = kernel, weights
        return losses

    said = training("sgd", 0, 2)._replace(steps=4)
    ours = taken(course_of(model(found), said)).losses
    assert ours == pytest.approx(parts(), rel=1e-13)
    monkeypatch.setattr(engines, "HAND_SIZED", 0)
    assert taken(course_of(model(found), said)).losses == pytest.approx(ours, rel=1e-13)


def test_a_seed_draws_an_order_that_can_be_repeated() -> None:
    def losses(seed: int) -> list[float]:
        said = training("sgd", 0, 2)._replace(seed=seed, steps=9)
        return taken(course_of(model(spec(1)), said)).losses

    assert losses(1) == losses(1)
    assert losses(1) != losses(2)


def test_what_a_spec_says_of_training_holds_unless_the_command_line_says_otherwise(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "net.toml"
    path.write_text(
        '[inputs]\nx = 2\n[targets]\ny = 3\n[parameters]\nw = 1\n[equations]\nf = "(w*x - y)^2"\n'
        '[training]\noptimizer = "momentum"\nrate = 0.01\nmomentum = 0.5\nsteps = 3\n'
    )

    def settings(*words: str) -> tuple[str, dict[str, float], int]:
        assert run(["train", str(path), "--format", "json", *words]) == 0
        found = json.loads(capsys.readouterr().out)
        return found["optimizer"], found["settings"], len(found["losses"])

    assert settings() == ("momentum", {"rate": 0.01, "momentum": 0.5}, 3)
    assert settings("--rate", "0.2", "--steps", "2") == ("momentum", {"rate": 0.2, "momentum": 0.5}, 2)
    assert settings("--optimizer", "sgd") == ("sgd", {"rate": 0.1}, 3)


# -- what ends it -----------------------------------------------------------------------------------------------


def test_a_loss_small_enough_ends_it_before_the_step(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["train", *SQUARE, "--steps", "99", "--until", "0.002", "--format", "json"]) == 0
    out, err = capsys.readouterr()
    found = json.loads(out)
    assert found["losses"] == pytest.approx([1, 0.04])
    assert found["loss"] == pytest.approx(0.0016)
    assert "stopped before step 3: the loss is 0.0016, at most 0.002" in err
    assert run(["train", *SQUARE, "--steps", "99", "--until", "0.002", "--show-steps", "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["losses"] == pytest.approx([1, 0.04])


@pytest.mark.usefixtures("kind")
def test_a_loss_that_is_no_number_ends_it_and_loses_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "out.json"
    words = ["-e", "f = exp(w*w*x) + w^2", "w=1", "x=2", "--wrt", "w", "--rate", "1", "--steps", "9"]
    assert run(["train", *words, "--format", "json", "-o", str(path)]) == 1
    out, err = capsys.readouterr()
    found = json.loads(out)
    assert "stopped before step 2: the loss or a gradient is no finite number" in err
    assert len(found["losses"]) == 1
    assert found["loss"] is None
    w = 1 - (4 * np.exp(2) + 2)
    assert json.loads(path.read_text())["parameters"]["w"] == pytest.approx(w) == found["parameters"]["w"]


def test_shown_steps_end_where_others_do(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["train", *SQUARE, "--rate", "1e200", "--steps", "4", "--show-steps"]) == 1
    out, err = capsys.readouterr()
    assert "Step 2" not in out
    assert "w ← w − η · ∂f/∂w" in out
    assert "stopped before step 2: the loss or a gradient is no finite number" in err
    assert "a --rate below 1e200 may help" in err


@pytest.mark.usefixtures("kind")
@pytest.mark.parametrize(
    ("equation", "optimizer", "rate"),
    [("w*x*1e200", "adam", "0.1"), ("(w*x - 1)^2", "sgd", "1e308"), ("w*x*1e308 + w*1e308", "sgd", "10")],
)
def test_an_update_beyond_the_floats_is_not_taken(
    equation: str, optimizer: str, rate: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "out.json"
    words = ["-e", f"f = {equation}", "w=3", "x=2", "--wrt", "w", "--optimizer", optimizer, "--rate", rate]
    for more in ([], ["--show-steps"]):
        status = run(["train", *words, "--steps", "3", "-o", str(path), *more])
        out, err = capsys.readouterr()
        assert status in (1, 2), (out, err)
        assert "Traceback" not in err
        assert "←" not in err
        if path.exists():
            assert json.loads(path.read_text())["parameters"]["w"] == pytest.approx(3, abs=1e308)
            path.unlink()


@pytest.mark.usefixtures("kind")
def test_what_fails_before_the_first_step_is_said_as_elsewhere(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["-e", "f = sum(w*0 + x.*w) + log(0)", "w=1,2", "x=1,2", "--wrt", "w"]
    assert run(["train", *words, "--steps", "3"]) == 2
    assert "`log(0)` is not defined" in capsys.readouterr().err


def test_what_has_no_value_at_first_is_said_as_elsewhere(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["train", "-e", "f = log(w)", "w=-1", "--wrt", "w"]) == 2
    assert "`log(-1)` is not defined" in capsys.readouterr().err


def test_an_interruption_ends_it_after_the_step_it_is_at() -> None:
    said = Training("sgd", 100, None, None, None, (("rate", Figure("0.01")),))

    def hear(what: str, part: float, said: Callable[[], str] | None) -> None:
        del what, said
        if part == 0.02:
            os.kill(os.getpid(), signal.SIGINT)

    with listening(hear, lambda: None):
        done = taken(course_of(model(spec(0)), said))
    assert (len(done.losses), done.interrupted, done.stopped) == (3, True, "interrupted after step 3")
    fewer = taken(course_of(model(spec(0)), said._replace(steps=3)))
    assert done.parameters == fewer.parameters


# -- what it writes ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("ending", ["toml", "json"])
@pytest.mark.parametrize("source", [RECITATION, "configs/xor.toml", "configs/softmax-classifier.toml"])
def test_a_trained_spec_runs_again_as_it_is(
    source: str, ending: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = str(tmp_path / f"out.{ending}")
    assert run(["train", source, "--steps", "3", "--rate", "0.01", "--get", "loss", "-o", path]) == 0
    loss = capsys.readouterr().out
    assert run(["forward", path, "--get", "loss"]) == 0
    assert capsys.readouterr().out == loss


@pytest.mark.parametrize("loss", ["squared_error", "cross_entropy"])
@pytest.mark.parametrize("seed", range(4))
def test_a_trained_spec_trains_in_other_batches_as_its_layers_do(seed: int, loss: str, tmp_path: Path) -> None:
    found = spec(seed, loss=loss)
    source, path = tmp_path / "net.json", tmp_path / "out.json"
    source.write_text(json.dumps(found))
    assert run(["train", str(source), "--steps", "1", "--rate", "1e-9", "-o", str(path)]) == 0
    trained = json.loads(path.read_text())
    trained["parameters"] = {
        name: layer[kind]["values"] for place, layer in enumerate(found["layers"], 1)
        for kind, name in (("weights", f"W{place}"), ("bias", f"b{place}"))
    }  # fmt: skip
    losses, parameters = steps(trained, training("sgd", seed, 4))
    theirs, others = steps(found, training("sgd", seed, 4))
    assert losses == pytest.approx(theirs, rel=1e-14)
    for name, numbers in parameters.items():
        np.testing.assert_allclose(numbers, others[name], rtol=1e-13)


def test_a_quantity_may_be_called_examples() -> None:
    found = spec(1)
    found["input"]["name"] = "examples"
    net = model(found)
    assert "ones(6)'" in render(net)
    assert render(model(json.loads(as_json(net)))) == render(net)


def test_trained_parameters_are_arrays_that_numpy_reads(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "out.npz"
    assert run(["train", RECITATION, "--rate", "0.1", "--format", "json", "-o", str(path)]) == 0
    found = json.loads(capsys.readouterr().out)["parameters"]
    with np.load(path) as arrays:
        assert {key: arrays[key].tolist() for key in arrays} == found
        assert arrays["alpha"].tolist() == [[1.6, 0.6, -0.8], [-0.8, 1.2, -1.6]]


def test_a_curve_is_drawn_that_others_can_read(tmp_path: Path) -> None:
    path = tmp_path / "loss.svg"
    assert run(["train", RECITATION, "--rate", "0.01", "--steps", "50", "--plot", str(path)]) == 0
    root = ElementTree.fromstring(path.read_text())
    (curve,) = root.iter("{http://www.w3.org/2000/svg}polyline")
    points = [tuple(map(float, point.split(","))) for point in curve.attrib["points"].split()]
    assert len(points) == 51
    assert [x for x, _ in points] == sorted(x for x, _ in points)
    assert points[0][1] < points[-1][1], "the loss goes down, which is up in numbers of SVG"


def test_a_table_of_many_steps_is_short_and_csv_has_them_all(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["train", RECITATION, "--rate", "0.01", "--steps", "1234"]
    assert run(words) == 0
    assert len(capsys.readouterr().out.splitlines()) < 35
    assert run([*words, "--format", "csv"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert (lines[0], len(lines)) == ("step,loss", 1236)


def test_exact_steps_are_rationals(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["train", *SQUARE, "--rate", "1/7", "--steps", "2", "--exact", "--get", "w"]) == 0
    assert capsys.readouterr().out == "73/49\n"
    assert run(["train", RECITATION, "--exact", "--steps", "5", "--get", "loss"]) == 0
    assert "/" in capsys.readouterr().out
    assert run(["train", RECITATION, "--exact", "--steps", "3"]) == 0
    assert "ℓ = 8 " in capsys.readouterr().out
    assert run(["train", RECITATION, "--exact", "--steps", "40", "--rate", "0.01", "--get", "loss"]) == 2
    assert "is too long to carry on with" in capsys.readouterr().err
    assert run(["train", "-e", "f = exp(w)", "w=1", "--wrt", "w", "--exact"]) == 2
    assert "no exact value" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--optimizer", "adm"], "did you mean `adam`?"),
        (["--beta1", "0.5"], "`sgd` has no `beta1`"),
        (["--optimizer", "adam", "--beta1", "1"], "--beta1 must be below 1, not 1"),
        (["--rate", "0"], "--rate must be above 0, not 0"),
        (["--rate", "fast"], "`fast` is not a number"),
        (["--rate", "1e999"], "`1e999` is not a number"),
        (["--batch", "2"], "a batch of 2: there is one example"),
        (["--wrt", "yhat"], "`yhat` is computed, and cannot be trained"),
        (["-o", "out.txt"], "its name ends in .toml, .json, .npz"),
        (["-o", "nowhere/out.toml"], "no such file or directory"),
        (["--plot", "loss.png"], "its name ends in .svg"),
        (["--steps", "0"], "--steps"),
        (["--steps", "5000", "--show-steps"], "5000 steps are too many to show"),
        (["--show-steps", "--form", "both", "--format", "csv"], "csv is one table"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused(words: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["train", RECITATION, *words]) == 2
    out, err = capsys.readouterr()
    assert (out, said in err) == ("", True), err


@pytest.mark.usefixtures("kind")
def test_batches_train_what_is_asked_for_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "out.json"
    words = ["configs/xor.toml", "--wrt", "W1", "--batch", "2", "--steps", "3", "--rate", "0.5"]
    found = []
    for more in ([], ["--show-steps"]):
        assert run(["train", *words, "--format", "json", "-o", str(path), *more]) == 0
        found.append(json.loads(capsys.readouterr().out)["losses"])
        assert run(["forward", str(path), "--format", "json"]) == 0
        trained = json.loads(capsys.readouterr().out)["values"]
        assert run(["forward", "configs/xor.toml", "--format", "json"]) == 0
        before = json.loads(capsys.readouterr().out)["values"]
        assert [of for of in ("W1", "b1", "W2") if trained[of] != before[of]] == ["W1"]
    assert found[0] == pytest.approx(found[1], rel=1e-12)


def test_one_example_is_a_batch_of_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    picture = {
        "input": [[1, 2, 0], [0, 1, 3], [2, 1, 1]],
        "layers": [
            {"type": "conv2d", "kernels": {"values": [[1, 0], [0, -1]]}},
            {"type": "flatten"},
            {"type": "dense", "weights": {"values": [[1, 2, 3, 4]]}, "bias": "none"},
        ],
        "loss": {"type": "squared_error", "target": 1},
    }
    path = tmp_path / "picture.json"
    path.write_text(json.dumps(picture))
    for one in (RECITATION, str(path)):
        found = []
        for more in ([], ["--batch", "1"], ["--batch", "1", "--show-steps"]):
            assert run(["train", one, "--steps", "3", "--rate", "0.001", "--format", "json", *more]) == 0
            found.append(json.loads(capsys.readouterr().out)["losses"])
        assert len(found[0]) == 3
        assert found[1] == found[0]
        assert found[2] == pytest.approx(found[0], rel=1e-12)


def test_a_loss_that_grew_is_that_of_all_examples(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """At w = 0, where it begins, the loss of one example is 0.0001, of the other 100."""
    path = tmp_path / "line.toml"
    text = """
        batch = ["x", "y"]
        [inputs]
        x = [[1], [1]]
        [targets]
        y = [[%s], [%s]]
        [parameters]
        w = 0
        [equations]
        loss = "norm2(w*x - y)^2"
    """
    words = ["train", str(path), "--batch", "1", "--steps", "1", "--rate"]
    path.write_text(text % (0.01, 10))
    assert run([*words, "0.1"]) == 0
    out, err = capsys.readouterr()
    assert "the loss is that of its 1 example, at the end of all" in out
    assert "grew" not in err
    path.write_text(text % (10, 0.01))
    assert run([*words, "1.8"]) == 0  # w = 36, 26^2 + 36^2 in place of 100
    assert "the loss grew; a --rate below 1.8 may help" in capsys.readouterr().err


def test_what_each_example_has_is_not_trained_in_batches(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["train", "configs/xor.toml", "--wrt", "x", "--batch", "2"]) == 2
    assert "`x` has an entry for each example" in capsys.readouterr().err
    assert run(["train", "configs/xor.toml", "--wrt", "x", "--get", "loss"]) == 0


def test_an_interruption_ends_shown_steps_too() -> None:
    course = course_of(model(spec(0)), Training("sgd", 5, None, None, None, (("rate", Figure("0.01")),)))
    found = walked(course, [signal.SIGINT])
    assert (len(found.steps), found.interrupted, found.stopped) == (1, True, "interrupted after step 1")


def test_there_must_be_something_to_train(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["train", "-e", "f = x", "x=1"]) == 2
    assert "there is no parameter to train" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ('optimizer = "adamm"', "training.optimizer"),
        ("rate = -1", "training.rate: must be above 0, not -1"),
        ("optimizer = 'adam'\nbeta2 = 1.5", "training.beta2: must be below 1"),
        ("steps = 0", "training.steps: must be between 1 and"),
        ("speed = 3", "unknown key `speed` in training"),
    ],
)
def test_a_spec_that_says_what_cannot_be_is_refused(
    said: str, message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "net.toml"
    path.write_text(f'[inputs]\nx = 2\n[equations]\nf = "x"\n[training]\n{said}\n')
    assert run(["forward", str(path)]) == 2
    assert message in capsys.readouterr().err


def test_every_setting_belongs_to_an_optimizer_and_has_an_option() -> None:
    from nncalc.commands.train import train

    used = {word for kind in OPTIMIZERS.values() for word in kind.settings}
    assert used | {"rate"} == {*SETTINGS}
    assert {*SETTINGS} <= {*train.__annotations__}
