"""What a spec says of training: which optimizer, with which settings, how many steps."""

from __future__ import annotations

from typing import Any, Final

from nncalc.language.figures import Figure, text_of
from nncalc.ops.optimizers import OPTIMIZERS, SETTINGS
from nncalc.problems import Problem
from nncalc.spec.node import Node
from nncalc.spec.statements import Training
from nncalc.spec.values import one_number
from nncalc.spec.words import joined

MOST_STEPS: Final = 1_000_000
#: What is counted, from what to what.
COUNTS: Final = {"steps": (1, MOST_STEPS), "batch": (1, MOST_STEPS), "seed": (0, 2**63 - 1)}
KEYS: Final = ("optimizer", *COUNTS, "until", *SETTINGS)


def read_training(node: Node) -> Training:
    """Return what the table `training` of a spec says; raise Problem where it says what cannot be."""
    node.table(KEYS)
    said: dict[str, Any] = {}
    settings: dict[str, Figure] = {}
    for key, member in node.members():
        if key == "optimizer":
            said[key] = member.choice(OPTIMIZERS)
        elif key in COUNTS:
            said[key] = member.whole(*COUNTS[key])
        elif key == "until":
            said[key] = one_number(member)
        else:
            problem = setting_problem(key, value := one_number(member))
            if problem is not None:
                raise member.problem(problem, code="domain")
            settings[key] = Figure(text_of(value))
    return Training(**said, settings=tuple(settings.items()))


def setting_problem(word: str, value: float) -> str | None:
    """Return why a setting cannot have this value, None where it can."""
    if value < 0 or (word == "rate" and value == 0):
        return f"must be {'above 0' if word == 'rate' else '0 or more'}, not {text_of(value)}"
    if SETTINGS[word].below and value >= 1:
        return f"must be below 1, not {text_of(value)}"
    return None


def checked(training: Training) -> Training:
    """Return what is said with an optimizer; raise Problem (`usage`) for a setting that it does not have."""
    optimizer = training.optimizer or "sgd"
    known = ("rate", *OPTIMIZERS[optimizer].settings)
    for word, _ in training.settings:
        if word not in known:
            has = joined([f"`{each}`" for each in known])
            raise Problem(f"`{optimizer}` has no `{word}`", None, f"it has {has}", "usage")
    return training._replace(optimizer=optimizer)
