"""Optimizers: the lines in which a parameter is updated, in nncalc's own language.

In a line `p` stands for the parameter, `g` for its gradient, a setting's or another line's letter for that. To add an
optimizer, add an entry. The conventions are PyTorch's.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple


class Setting(NamedTuple):
    """A number that an optimizer takes: the letter for it, another where that is taken, its default, what it is.

    It lies from 0 on, `below` 1 where that is said.
    """

    letter: str
    other: str
    default: str
    says: str
    below: bool = False


class Optimizer(NamedTuple):
    """The settings of an optimizer beside the rate, what it keeps from step to step (0 at first), and its lines.

    A `convention` that others have otherwise is said.
    """

    settings: tuple[str, ...]
    kept: tuple[str, ...]
    lines: tuple[tuple[str, str], ...]
    says: str
    source: str
    convention: str = ""


#: What may be set, by the word for it in a spec and on the command line.
SETTINGS: Final[Mapping[str, Setting]] = {
    "rate": Setting("eta", "rate", "0.1", "the learning rate"),
    "momentum": Setting("mu", "momentum", "0.9", "how much of the last step is kept", below=True),
    "rho": Setting("rho", "rate_of_decay", "0.99", "how much of the squared gradients is kept", below=True),
    "beta1": Setting("beta1", "rho1", "0.9", "how much of the gradients is kept", below=True),
    "beta2": Setting("beta2", "rho2", "0.999", "how much of the squared gradients is kept", below=True),
    "eps": Setting("epsilon", "eps", "1e-8", "keeps the denominator above 0"),
    "decay": Setting("lambda", "weight_decay", "0.01", "the weight decay"),
}
#: The number of the step, which some lines need.
STEP: Final = Setting("t", "step", "1", "the number of the step")

_MOMENTS: Final = (
    ("m", "beta1 * m + (1 - beta1) * g"),
    ("v", "beta2 * v + (1 - beta2) * g.^2"),
    ("mhat", "m / (1 - beta1^t)"),
    ("vhat", "v / (1 - beta2^t)"),
)

OPTIMIZERS: Final[Mapping[str, Optimizer]] = {
    "sgd": Optimizer((), (), (("p", "p - eta * g"),), "gradient descent", "Robbins and Monro 1951"),
    "momentum": Optimizer(
        ("momentum",), ("v",), (("v", "mu * v + g"), ("p", "p - eta * v")),
        "gradient descent with momentum", "Polyak 1964",
        "the rate multiplies v, which it is not part of",
    ),
    "nesterov": Optimizer(
        ("momentum",), ("v",), (("v", "mu * v + g"), ("p", "p - eta * (g + mu * v)")),
        "gradient descent with Nesterov's momentum", "Sutskever, Martens, Dahl and Hinton 2013",
        "the rate multiplies v, which it is not part of; the gradient is that of the parameters as they are",
    ),
    "adagrad": Optimizer(
        ("eps",), ("s",), (("s", "s + g.^2"), ("p", "p - eta * g ./ (sqrt(s) + epsilon)")),
        "steps divided by the root of all squared gradients", "Duchi, Hazan and Singer 2011",
        "epsilon is added to the root, not under it",
    ),
    "rmsprop": Optimizer(
        ("rho", "eps"), ("s",),
        (("s", "rho * s + (1 - rho) * g.^2"), ("p", "p - eta * g ./ (sqrt(s) + epsilon)")),
        "steps divided by the root of a mean of squared gradients", "Tieleman and Hinton 2012",
        "epsilon is added to the root, not under it",
    ),
    "adam": Optimizer(
        ("beta1", "beta2", "eps"), ("m", "v"),
        (*_MOMENTS, ("p", "p - eta * mhat ./ (sqrt(vhat) + epsilon)")),
        "adaptive moments", "Kingma and Ba 2015, algorithm 1",
        "epsilon is added to the root, not under it",
    ),
    "adamw": Optimizer(
        ("beta1", "beta2", "eps", "decay"), ("m", "v"),
        (*_MOMENTS, ("p", "(1 - eta * lambda) * p - eta * mhat ./ (sqrt(vhat) + epsilon)")),
        "adaptive moments with decoupled weight decay", "Loshchilov and Hutter 2019, algorithm 2",
        "epsilon is added to the root, not under it; the weights decay by the rate times lambda",
    ),
}  # fmt: skip
#: Settings that an optimizer has another default of than the others.
DEFAULTS: Final[Mapping[tuple[str, str], str]] = {
    ("adagrad", "eps"): "1e-10", ("adagrad", "rate"): "0.01", ("rmsprop", "rate"): "0.01",
    ("adam", "rate"): "0.001", ("adamw", "rate"): "0.001",
}  # fmt: skip
