"""Random networks of every layer that is a template, against PyTorch, and the same as their own equations.

How many is said by NNCALC_NETWORKS, 100 otherwise.
"""

from __future__ import annotations

import importlib.util
import json
import os
from typing import Any

import pytest

from nncalc.language.formula import Name, name
from nncalc.sheet.calculation import Calculation, calculate
from nncalc.spec import read
from nncalc.spec.model import Model, from_spec
from nncalc.spec.printer import render

if importlib.util.find_spec("torch"):
    import torch
    from drawn_images import Painter
    from drawn_layers import Drawer

pytestmark = [pytest.mark.oracle, pytest.mark.sampled]
MANY = int(os.environ.get("NNCALC_NETWORKS") or 100)
#: How many networks are one test.
EACH = 25


def of_input(model: Model) -> list[Name]:
    """Return the input of a network, which in pictures is all of its channels."""
    return [of for of in model.inputs if of.base == model.inputs[0].base or of.base.startswith("x")]


def calculated(text: str, form: str) -> Calculation:
    model = from_spec(read(text.encode(), f"net.{form}", form, None))
    return calculate(model, wrt=[of.base for of in (*model.parameters, *of_input(model))], backward=True)


def found(calculation: Calculation) -> dict[str, Any]:
    output = calculation.output
    assert output is not None
    wrt = [*calculation.model.parameters, *of_input(calculation.model)]
    gradients = {of.base: calculation.machine.rows(name(of.base, of=output)) for of in wrt}
    return {"": calculation.machine.rows(output), **gradients}


@pytest.mark.parametrize("block", range(-(-MANY // EACH)))
def test_layers_agree_with_pytorch_and_with_their_equations(block: int) -> None:
    for seed in range(block * EACH, min(MANY, (block + 1) * EACH)):
        sequence = seed % 3 != 0
        drawn = Drawer(seed).drawn(sequence=sequence)
        calculation = calculated(json.dumps(drawn.spec), "json")
        ours = found(calculation)
        assert found(calculated(render(calculation.model), "toml")) == ours
        loss = drawn.loss(drawn.leaves)
        loss.backward()
        wanted = {"": [[float(loss.detach())]]}
        for word, leaf in drawn.leaves.items():
            if leaf.grad is None:
                leaf.grad = torch.zeros_like(leaf)
            rows = leaf.grad.reshape(-1, 1) if leaf.grad.dim() < 2 else leaf.grad
            wanted[word] = (rows.T if not sequence and word == "p0" else rows).tolist()
        compared(ours, wanted, seed, drawn.spec)


@pytest.mark.parametrize("block", range(-(-MANY // EACH)))
def test_pictures_agree_with_pytorch_and_with_their_equations(block: int) -> None:
    for seed in range(block * EACH, min(MANY, (block + 1) * EACH)):
        drawn = Painter(seed).drawn()
        calculation = calculated(json.dumps(drawn.spec), "json")
        ours = found(calculation)
        assert found(calculated(render(calculation.model), "toml")) == ours
        loss = drawn.loss()
        loss.backward()
        wanted = {"": [[float(loss.detach())]]}
        for key, leaf in drawn.leaves.items():
            grad = torch.zeros_like(leaf) if leaf.grad is None else leaf.grad
            grad = grad[..., None] if grad.dim() in (1, 3) else grad
            if key == "x":  # pictures stand under each other
                wanted |= {own: grad[:, c].flatten(0, 1).tolist() for c, own in enumerate(drawn.names[key])}
            elif grad.dim() == 2:
                wanted[drawn.names[key][0]] = grad.tolist()
            else:
                kernels = zip(drawn.names[key], grad, strict=True)
                wanted |= {own: grid.tolist() for owns, each in kernels for own, grid in zip(owns, each, strict=True)}
        compared(ours, wanted, seed, drawn.spec)


def compared(ours: dict[str, Any], wanted: dict[str, Any], seed: int, spec: dict[str, Any]) -> None:
    assert ours.keys() == wanted.keys()
    scale = max(1, *(abs(value) for rows in wanted.values() for row in rows for value in row))
    for word, rows in wanted.items():
        for line, row in zip(ours[word], rows, strict=True):
            for a, b in zip(line, row, strict=True):
                assert abs(a - b) <= 1e-12 * scale, (seed, word, spec)
