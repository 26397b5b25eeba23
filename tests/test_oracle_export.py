"""Programs for PyTorch and JAX, run there: every operation, at kinks too, every layer, loss and convention."""

from __future__ import annotations

import importlib.util
import json
import random
from pathlib import Path

import pytest
from exporting import KINDS, WRITABLE, agrees, drawn, grown, together
from test_configs import SPECS

from nncalc.cli.streams import conventions, model_of
from nncalc.export.program import LIBRARIES, written
from nncalc.problems import Problem
from nncalc.spec import read
from nncalc.spec.model import from_spec

if importlib.util.find_spec("torch"):
    from drawn_images import Painter
    from drawn_layers import Drawer
    from test_oracle_losses import asked, numbers_of, ours

pytestmark = pytest.mark.sampled
TORCH = pytest.param("torch", marks=pytest.mark.oracle)
both = pytest.mark.parametrize("target", [TORCH, pytest.param("jax", marks=pytest.mark.jax)])
#: JAX compiles each operation for each shape, which takes minutes for all of them.
at_length = pytest.mark.parametrize(
    "target", [TORCH, pytest.param("jax", marks=[pytest.mark.jax, pytest.mark.at_length])]
)


@at_length
@pytest.mark.parametrize("kind", KINDS)
def test_every_operation_has_the_value_and_the_slopes_of_the_table(target: str, kind: str) -> None:
    draw = random.Random(3)
    lacks = LIBRARIES[target].lacks
    apart = lacks | {"adj", "digamma", "trigamma", "norm2_scaled_rows", "norm2_scaled_columns"}
    models = [model for op in WRITABLE if op not in apart for model in drawn(op, kind, draw, 2)]
    assert len(models) > 150
    model, wrt = together(models)
    agrees(model, LIBRARIES[target], wrt)


@at_length
def test_formulas_of_any_make_agree(target: str) -> None:
    models = [model for seed in range(60) if (model := grown(seed)) is not None]
    assert len(models) > 50
    for model in models:
        agrees(model, LIBRARIES[target], tolerance=1e-9)  # sums of large terms lose digits, differently in each


@pytest.mark.oracle  # PyTorch draws them
@at_length
@pytest.mark.parametrize("seed", range(6))
def test_networks_of_every_layer_agree(target: str, seed: int) -> None:
    for spec in (Drawer(seed).drawn(sequence=seed % 3 != 0).spec, Painter(seed).drawn().spec):
        agrees(from_spec(read(json.dumps(spec).encode(), "net.json", "json", None)), LIBRARIES[target])


@both
@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.name)
def test_every_config_agrees(target: str, path: Path) -> None:
    agrees(model_of([str(path)], [], []), LIBRARIES[target])


@both
@pytest.mark.parametrize(("slope", "tie"), [("0", "split"), ("0.5", "first"), ("1", "all")])
def test_slopes_at_kinks_are_those_that_are_chosen(target: str, slope: str, tie: str) -> None:
    chosen = conventions([f"relu_slope_at_0={slope}", f"max_tie={tie}"], None)
    text = 'f = sum(relu(x)) + 3*max(u, v) + sum(max(y, w)) + 5*min(u, v) + 7*max(u, v, 2) + sum(max(A, over="rows"))'
    values = ["x=0,1,-1", "u=2", "v=2", "y=1,2", "w=1,3", "A=[[1,1],[0,2]]"]
    agrees(model_of(values, [text], [], chosen=chosen), LIBRARIES[target])


@both
def test_a_batch_is_in_rows_and_an_activation_far_out_is_finite(target: str) -> None:
    agrees(model_of(["xor"], [], []), LIBRARIES[target])
    far = "f = sum(softplus(x) + log_sigmoid(x) + silu(x)) + lse(x)"
    agrees(model_of(["x=-800,0,800"], [far], []), LIBRARIES[target])


@both
def test_a_cross_entropy_of_any_number_of_examples_is_in_rows(target: str) -> None:
    layer = {"type": "dense", "weights": {"name": "W", "values": [[1, 0.5], [0.5, 1], [0, 2]]}, "activation": "softmax"}
    layer["bias"] = {"name": "b1", "values": [0.1, -0.2, 0]}
    loss = {"type": "cross_entropy", "reduction": "mean", "target": {"name": "y", "values": [0, 2]}}
    spec = {"input": {"name": "x", "values": [[1, 2], [0.5, -1]]}, "layers": [layer], "loss": loss}
    text = written(from_spec(read(json.dumps(spec).encode(), "net.json", "json", None)), target, None).data
    assert isinstance(text, str)
    assert "    b = x @ W.T + b1.T  # examples x 3\n" in text
    assert "log_softmax(b, 1)) / examples" in text
    assert "# examples x 3; loss is found without it" in text
    assert ".T, 0)" not in text


@both
def test_a_side_that_is_not_taken_spoils_no_slope(target: str) -> None:
    agrees(model_of(["x=0,4"], ["f = sum(where(x > 1, sqrt(x - 1) .* log(x), x.^2))"], []), LIBRARIES[target])


@both
def test_probabilities_of_0_have_the_slopes_of_the_table(target: str) -> None:
    agrees(model_of(["p=1,0", "y=1,0"], ["f = cross_entropy(p, y) + norm2(p - y)"], []), LIBRARIES[target], ["p"])


@both
def test_what_an_engine_has_no_word_for_is_refused(target: str) -> None:
    model = model_of(["A=[[1,2],[3,4]]"], ["f = sum(adj(A))"], [])
    with pytest.raises(Problem, match="has no word for `adj"):
        agrees(model, LIBRARIES[target])


@pytest.mark.oracle
def test_every_loss_agrees_in_pytorch() -> None:
    for case in asked():
        if case.examples > 1 and case.reduction == "mean":
            agrees(ours(case, numbers_of(case)).model, LIBRARIES["torch"])


@both
def test_what_stands_among_signs_is_in_brackets(target: str) -> None:
    text = "f = cross_entropy_logits(z, y + 1)^2 - 2/cross_entropy_logits(z, 2*y) + sum(3 ./ above(z, w)) + 2/cbrt(u)"
    agrees(model_of(["z=1,2,3", "y=0,1,0", "w=0,1,3", "u=5"], [text], []), LIBRARIES[target], ["z"])
