"""Every loss against PyTorch in double precision: its value and its gradients, in each reduction, of one or more."""

from __future__ import annotations

import importlib.util
import json
import random
from collections.abc import Callable
from typing import Any, NamedTuple

import pytest
from networks import drawn_target

from nncalc.language.formula import name
from nncalc.ops import OPS
from nncalc.sheet.calculation import Calculation, calculate
from nncalc.spec import read
from nncalc.spec.layers import LOSSES
from nncalc.spec.model import from_spec

pytestmark = pytest.mark.oracle
if importlib.util.find_spec("torch"):
    import torch
    from torch import Tensor
    from torch.nn import functional as F

Rows = list[list[float]]


class Oracle(NamedTuple):
    """What PyTorch makes of a loss: one value for each entry, or for each example, and the activation before it."""

    function: Callable[..., Any]
    target: str = "numbers"
    activation: str = "linear"
    settings: tuple[tuple[str, float], ...] = ()
    other: str = ""


def each(function: str, **given: Any) -> Callable[..., Any]:
    """Return a function of PyTorch with a value for each entry or example."""
    return lambda p, y, **more: getattr(F, function)(p, y, reduction="none", **given, **more)


def logs(z: Tensor) -> Tensor:
    return torch.log_softmax(z, 1)


def focal(log_p: Tensor, y: Tensor, gamma: float) -> Tensor:
    return -(y * (-torch.expm1(log_p)) ** gamma * log_p)


def binary_focal(z: Tensor, y: Tensor, gamma: float) -> Tensor:
    """Torchvision's sigmoid focal loss, without its alpha."""
    p = torch.sigmoid(z)
    right = p * y + (1 - p) * (1 - y)
    return F.binary_cross_entropy_with_logits(z, y, reduction="none") * (1 - right) ** gamma


def weighted(z: Tensor, y: Tensor, pos_weight: float) -> Tensor:
    weight = torch.tensor(pos_weight, dtype=torch.float64)
    return F.binary_cross_entropy_with_logits(z, y, reduction="none", pos_weight=weight)


def margins(s: Tensor, y: Tensor, margin: float) -> Tensor:
    """PyTorch divides by the number of classes, CS231n does not."""
    return F.multi_margin_loss(s, y.argmax(1), margin=margin, reduction="none") * s.shape[1]


def contrastive(a: Tensor, y: Tensor, other: Tensor, margin: float) -> Tensor:
    d = (a - other).square().sum(1, keepdim=True).sqrt()
    return ((1 - y) * d**2 + y * F.relu(margin - d) ** 2).squeeze(1) / 2


def cosine(p: Tensor, y: Tensor) -> Tensor:
    return 1 - F.cosine_similarity(p, y, dim=1, eps=0.0)


def triplet(a: Tensor, y: Tensor, negative: Tensor, margin: float) -> Tensor:
    return F.triplet_margin_loss(a, y, negative, margin=margin, eps=0.0, reduction="none")


ORACLES: dict[str, Oracle] = {
    "squared_error": Oracle(lambda p, y: F.mse_loss(p, y, reduction="none") / 2),
    "absolute_error": Oracle(each("l1_loss")),
    "mean_absolute_percentage": Oracle(lambda p, y: 100 * ((p - y) / y).abs(), "positive"),
    "huber": Oracle(each("huber_loss"), settings=(("delta", 1.5),)),
    "smooth_l1": Oracle(each("smooth_l1_loss"), settings=(("beta", 0.5),)),
    "log_cosh": Oracle(lambda p, y: torch.log(torch.cosh(p - y))),
    "poisson": Oracle(each("poisson_nll_loss", log_input=False, eps=0.0), "positive", "softplus"),
    "poisson_log": Oracle(each("poisson_nll_loss"), "positive"),
    "gaussian_nll": Oracle(
        lambda p, y, variance: F.gaussian_nll_loss(p, y, variance, reduction="none"), other="positive"
    ),
    "cross_entropy": Oracle(lambda z, y: -(y * logs(z)).sum(1), "classes", "softmax"),
    "cross_entropy_logits": Oracle(each("cross_entropy"), "classes"),
    "binary_cross_entropy": Oracle(each("binary_cross_entropy_with_logits"), "probabilities", "sigmoid"),
    "binary_cross_entropy_logits": Oracle(each("binary_cross_entropy_with_logits"), "probabilities"),
    "binary_weighted": Oracle(weighted, "probabilities", "sigmoid", (("pos_weight", 3),)),
    "binary_weighted_logits": Oracle(weighted, "probabilities", settings=(("pos_weight", 0.25),)),
    "negative_log_likelihood": Oracle(lambda z, y: -(y * logs(z)).sum(1), "classes", "log_softmax"),
    "kl_divergence": Oracle(lambda z, y: F.kl_div(logs(z), y, reduction="none").sum(1), "distribution", "softmax"),
    "focal": Oracle(lambda z, y, gamma: focal(logs(z), y, gamma).sum(1), "classes", "softmax", (("gamma", 1.5),)),
    "focal_logits": Oracle(lambda z, y, gamma: focal(logs(z), y, gamma).sum(1), "classes", settings=(("gamma", 3),)),
    "binary_focal": Oracle(binary_focal, "probabilities", "sigmoid", (("gamma", 3),)),
    "binary_focal_logits": Oracle(binary_focal, "probabilities", settings=(("gamma", 1.5),)),
    "hinge": Oracle(lambda p, y: F.relu(1 - y * p), "signs"),
    "squared_hinge": Oracle(lambda p, y: F.relu(1 - y * p) ** 2, "signs"),
    "multiclass_hinge": Oracle(margins, "classes", settings=(("margin", 0.75),)),
    "cosine_distance": Oracle(cosine),
    "triplet": Oracle(triplet, settings=(("margin", 2),), other="numbers"),
    "contrastive": Oracle(contrastive, "labels", settings=(("margin", 4),), other="numbers"),
}


def test_every_loss_has_an_oracle() -> None:
    assert LOSSES.keys() == ORACLES.keys()


class Asked(NamedTuple):
    """A loss with its conventions, over some examples."""

    kind: str
    examples: int
    reduction: str
    keys: dict[str, Any]

    @property
    def id(self) -> str:
        return "-".join([self.kind, str(self.examples), self.reduction, *self.keys])


def asked() -> list[Asked]:
    found = []
    for kind in ORACLES:
        loss = LOSSES[kind]
        found += [Asked(kind, examples, reduction, {}) for examples in (1, 4) for reduction in ("sum", "mean", "none")]
        found.append(Asked(kind, 4, "mean", {"per": "entries" if loss.per == "example" else "examples"}))
        found += [Asked(kind, 4, "mean", {"factor": 0.75})]
        if loss.smooths:
            found.append(Asked(kind, 4, "mean", {"label_smoothing": 0.2}))
        if loss.logarithms:
            found.append(Asked(kind, 4, "mean", {"log_base": 2}))
        if loss.linear:
            weights = {"weights": [0.5, 2, 1.25]}
            found += [Asked(kind, examples, each, weights) for examples in (1, 4) for each in ("sum", "mean", "none")]
            found.append(Asked(kind, 4, "mean", {**weights, "per": "weights"}))
        if loss.linear and loss.smooths:
            found.append(Asked(kind, 4, "mean", {"weights": [0.5, 2, 1.25], "label_smoothing": 0.1, "per": "weights"}))
    return found


class Drawn(NamedTuple):
    """Numbers of a network of one layer, and its targets."""

    x: Rows
    w: Rows
    b: list[float]
    y: Rows
    other: Rows


def numbers_of(case: Asked) -> Drawn:
    oracle, draw = ORACLES[case.kind], random.Random(case.id)
    one = lambda: draw.uniform(-1.5, 1.5)  # noqa: E731 -- in four places
    return Drawn(
        [[one(), one()] for _ in range(case.examples)], [[one(), one()] for _ in range(3)], [one() for _ in range(3)],
        drawn_target(oracle.target, case.examples, draw), drawn_target(oracle.other or "numbers", case.examples, draw),
    )  # fmt: skip


def ours(case: Asked, given: Drawn) -> Calculation:
    oracle, loss = ORACLES[case.kind], LOSSES[case.kind]
    first = (lambda rows: rows) if case.examples > 1 else (lambda rows: rows[0])
    target = (
        first(given.y)
        if oracle.target != "labels"
        else [row[0] for row in given.y]
        if case.examples > 1
        else given.y[0][0]
    )
    spec = {
        "input": {"name": "x", "values": first(given.x)},
        "layers": [{
            "type": "dense", "activation": oracle.activation, "weights": {"name": "W", "values": given.w},
            "bias": {"name": "c", "values": given.b},
        }],
        "loss": {
            "type": case.kind, "target": target, "reduction": case.reduction, **dict(oracle.settings),
            **{key: first(given.other) for key in loss.others.values()}, **case.keys,
        },
    }  # fmt: skip
    model = from_spec(read(json.dumps(spec).encode(), "net.json", "json", None))
    return calculate(model, wrt=["W", "c"], backward=True, scalar=False)


def theirs(case: Asked, given: Drawn) -> tuple[Tensor, Tensor, Tensor]:
    """Return what PyTorch has: the loss, each example's where that is asked for, and the gradients of its sum."""
    oracle, loss, keys = ORACLES[case.kind], LOSSES[case.kind], case.keys
    x, w, c, y, other = (torch.tensor(rows, dtype=torch.float64) for rows in given)
    w.requires_grad_()
    c.requires_grad_()
    z = x @ w.T + c
    z = F.softplus(z) if oracle.activation == "softplus" else z
    plain = y
    if "label_smoothing" in keys:
        y = y * (1 - keys["label_smoothing"]) + keys["label_smoothing"] / (3 if loss.target == "classes" else 2)
    weights = torch.tensor(keys.get("weights", [1, 1, 1]), dtype=torch.float64)
    y = y * weights if "weights" in keys else y
    values = oracle.function(z, y, **dict(oracle.settings), **dict.fromkeys(loss.others.values(), other))
    values = (
        values
        * keys.get("factor", 1)
        / float(OPS[case.kind].loss.factor.replace("1/2", "0.5") if "factor" in keys else 1)
    )  # type: ignore[union-attr]
    values = values / torch.log(torch.tensor(2.0, dtype=torch.float64)) if "log_base" in keys else values
    rows = values.reshape(case.examples, -1).sum(1)
    rows = rows / 3 if loss.averages and case.reduction == "none" else rows
    found = rows if case.reduction == "none" else rows.sum()
    if case.reduction == "mean":
        per = keys.get("per", "entries" if loss.per == "entry" else "examples")
        found = (
            found / {"entries": 3 * case.examples, "examples": case.examples, "weights": (plain * weights).sum()}[per]
        )
    found.sum().backward()
    return found.detach(), w.grad, c.grad  # type: ignore[return-value]


@pytest.mark.parametrize("case", asked(), ids=lambda case: case.id)
def test_a_loss_agrees_with_pytorch(case: Asked) -> None:
    given = numbers_of(case)
    found, wanted = ours(case, given), theirs(case, given)
    output = found.output
    assert output is not None
    losses = found.machine.rows(name("loss"))[0]
    assert losses == pytest.approx(wanted[0].reshape(-1).tolist(), rel=1e-12, abs=1e-13)
    for of, slope in (("W", wanted[1]), ("c", wanted[2][:, None])):
        rows = found.machine.rows(name(of, of=output))
        scale = float(slope.abs().max())
        for row, line in zip(rows, slope.tolist(), strict=True):
            assert row == pytest.approx(line, rel=1e-12, abs=1e-12 * max(scale, 1e-3)), of
