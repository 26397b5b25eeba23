"""The `[loss]` table: the equation that each loss and each of its conventions makes, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from test_spec_layers import equations, refused, toml

from nncalc.cli.app import run
from nncalc.spec.layers import LOSSES

LAYER = """[[layers]]
type = "dense"
weights = { name = "W", values = [[1, 0.5], [2, -1], [0, 1]] }
bias = { name = "b", values = [0, 0.5, 0] }
"""
ONE = f"[input]\nvalues = [1, 2]\n{LAYER}[loss]\n"
MANY = f"[input]\nvalues = [[1, 2], [0, 1], [2, 2], [1, 0]]\n{LAYER}[loss]\n"
ROWS = "[[1, 2, 3], [4, 5, 6], [0, 0, 1], [1, 1, 1]]"
HUBER = f'type = "huber"\ntarget = {ROWS}\n'
CROSS = 'type = "cross_entropy_logits"\ntarget = [0, 2, 1, 1]\n'
BARE = '[input]\nvalues = [1, 2]\n[loss]\ntype = "huber"\ntarget = [1, 2]\n'
PENALTY = f"{HUBER}penalties = "
TRIPLET = f'type = "triplet"\ntarget = {ROWS}\nnegative = '


@pytest.mark.parametrize(
    ("start", "keys", "text", "general"),
    [
        (ONE, 'type = "huber"\ntarget = [1, 2, 3]\ndelta = 2\n', "huber(yhat, y, delta=2)", None),
        (ONE, 'type = "huber"\ntarget = [1, 2, 3]\ndelta = "1/3"\n', "huber(yhat, y, delta=1/3)", None),
        (ONE, 'type = "huber"\ntarget = [1, 2, 3]\nreduction = "none"\n', "huber(yhat, y)", None),
        (MANY, HUBER, "huber(yhat, y)", None),
        (MANY, HUBER + 'reduction = "mean"\n', "huber(yhat, y)/12", "huber(yhat, y)/(3*examples)"),
        (MANY, HUBER + 'reduction = "mean"\nper = "entries"\n', "huber(yhat, y)/12", "huber(yhat, y)/(3*examples)"),
        (MANY, HUBER + 'reduction = "mean"\nper = "examples"\n', "huber(yhat, y)/4", "huber(yhat, y)/examples"),
        (MANY, HUBER + "factor = 2\n", "2*huber(yhat, y)", None),
        (
            MANY, f'type = "squared_error"\nreduction = "none"\ntarget = {ROWS}\n',
            "ones(3)' * (yhat - y).^2 / 2", None,
        ),
        (MANY, f'type = "mean_absolute_percentage"\ntarget = {ROWS}\n', "mean_absolute_percentage(yhat, y)", None),
        (
            MANY, f'type = "mean_absolute_percentage"\nfactor = 1\nreduction = "sum"\ntarget = {ROWS}\n',
            "4*3*0.01*mean_absolute_percentage(yhat, y)", "examples*3*0.01*mean_absolute_percentage(yhat, y)",
        ),
        (
            MANY, f'type = "mean_absolute_percentage"\nreduction = "mean"\nper = "examples"\ntarget = {ROWS}\n',
            "3*mean_absolute_percentage(yhat, y)", None,
        ),
        (
            MANY, f'type = "mean_absolute_percentage"\nreduction = "none"\ntarget = {ROWS}\n',
            "100 * (ones(3)' * abs((yhat - y) ./ y) / 3)", None,
        ),
        (
            ONE, 'type = "mean_absolute_percentage"\nreduction = "sum"\ntarget = [1, 2, 3]\n',
            "3*mean_absolute_percentage(yhat, y)", None,
        ),
        (MANY, CROSS + "log_base = 2\n", "cross_entropy_logits(yhat, y)/log(2)", None),
        (MANY, CROSS + 'log_base = "e"\n', "cross_entropy_logits(yhat, y)", None),
        (MANY, CROSS + "label_smoothing = 0.1\n", "cross_entropy_logits(yhat, 0.9*y + 0.1/3)", None),
        (
            ONE, 'type = "binary_cross_entropy_logits"\ntarget = [0, 1, 1]\nlabel_smoothing = 0.2\n',
            "binary_cross_entropy_logits(yhat, 0.8*y + 0.2/2)", None,
        ),
        (
            ONE, 'type = "cross_entropy_logits"\ntarget = 1\nweights = [1, 2, 0.5]\nreduction = "mean"\n',
            "cross_entropy_logits(yhat, w .* y)", None,
        ),
        (
            MANY, CROSS + 'weights = { name = "classes", values = [1, 2, 0.5] }\nreduction = "mean"\nper = "weights"\n',
            "cross_entropy_logits(yhat, (classes * ones(4)') .* y)/sum((classes * ones(4)') .* y)",
            "cross_entropy_logits(yhat, (classes * ones(examples)') .* y)/sum((classes * ones(examples)') .* y)",
        ),
        (
            MANY, CROSS + 'weights = [1, 2, 0.5]\nlabel_smoothing = 0.5\nreduction = "none"\n',
            "-ones(3)' * (((w * ones(4)') .* (0.5*y + 0.5/3)) .* log(softmax(yhat)))",
            "-ones(3)' * (((w * ones(examples)') .* (0.5*y + 0.5/3)) .* log(softmax(yhat)))",
        ),
        (
            MANY, f"{TRIPLET}{{ name = 'far', values = {ROWS} }}\nmargin = 0\n",
            "triplet(yhat, y, far, margin=0)", None,
        ),
        (
            MANY, f'{TRIPLET}{ROWS}\nreduction = "none"\n',
            "max(0, distances(yhat, y) - distances(yhat, negative) + 1)", None,
        ),
        (
            ONE, 'type = "contrastive"\ntarget = 1\nother = [0, 1, 1]\n', "contrastive(yhat, other, y)", None,
        ),
        (
            MANY, f'type = "contrastive"\ntarget = [1, 0, 0, 1]\nother = {ROWS}\nreduction = "none"\nmargin = 2\n',
            "((1 - y) .* (ones(3)' * (yhat - other).^2) + y .* max(0, 2 - distances(yhat, other)).^2) / 2", None,
        ),
        (
            ONE, 'type = "contrastive"\ntarget = 1\nother = [0, 1, 1]\nalike = 1\n',
            "contrastive(yhat, other, 1 - y)", None,
        ),
        (
            ONE, 'type = "contrastive"\ntarget = 1\nother = [0, 1, 1]\nalike = 0\n',
            "contrastive(yhat, other, y)", None,
        ),
        (
            MANY, f'type = "contrastive"\ntarget = [1, 0, 0, 1]\nother = {ROWS}\nreduction = "none"\nalike = 1\n',
            "((1 - (1 - y)) .* (ones(3)' * (yhat - other).^2) + (1 - y) .* max(0, 1 - distances(yhat, other)).^2) / 2",
            None,
        ),
        (
            ONE, 'type = "binary_cross_entropy_logits"\ntarget = [0, 1, 1]\npos_weight = 3\n',
            "binary_weighted_logits(yhat, y, pos_weight=3)", None,
        ),
        (ONE, 'type = "gaussian_nll"\ntarget = [0, 1, 1]\nvariance = 2\n', "gaussian_nll(yhat, y, variance)", None),
        (
            MANY, PENALTY + '[{ type = "l2", strength = 0.1 }]\n', "huber(yhat, y) + 0.1*norm2(W)^2", None,
        ),
        (
            MANY, PENALTY + '[{ type = "l2", strength = "1/3", of = ["W", "b"], factor = 0.5 }]\n',
            "huber(yhat, y) + (1/3)*(norm2(W)^2 + norm2(b)^2)/2", None,
        ),
        (
            MANY, PENALTY + '[{ type = "l2", strength = 1, factor = "1/4" }]\n',
            "huber(yhat, y) + 0.25*norm2(W)^2", None,
        ),
        (
            MANY, PENALTY + '[{ type = "l1", strength = 1, of = "b" }]\nreduction = "mean"\n',
            "huber(yhat, y)/12 + norm1(b)", "huber(yhat, y)/(3*examples) + norm1(b)",
        ),
        (
            MANY, PENALTY + '[{ type = "elastic", strength = 0.1 }, { type = "elastic", strength = 1, ratio = 1 }]\n',
            "huber(yhat, y) + 0.05*norm1(W) + 0.05*norm2(W)^2/2 + norm1(W)", None,
        ),
    ],
)  # fmt: skip
def test_a_loss_makes_an_equation(start: str, keys: str, text: str, general: str | None) -> None:
    spec = toml(start + keys)
    assert (spec.statements["loss"].text, spec.statements["loss"].general) == (text, general)


def test_a_loss_of_each_example_is_summed_to_be_differentiated() -> None:
    spec = toml(MANY + HUBER + 'reduction = "none"\npenalties = [{ type = "l1", strength = 2 }]\n')
    assert equations(spec)["total"] == "sum(loss) + 2*norm1(W)"
    assert spec.output == "total"
    assert "loss" in spec.per_example
    said = "`loss` has a value for each of 4 examples; what is differentiated is `total`, their sum"
    assert said in spec.notes


@pytest.mark.parametrize(
    ("keys", "note"),
    [
        (HUBER, "huber: delta = 1"),
        (HUBER, 'the loss is the sum over 12 entries; reduction = "mean" divides by 12'),
        (HUBER + 'reduction = "mean"\n', 'the loss is the mean over 12 entries; per = "examples" divides by 4'),
        (HUBER + 'reduction = "mean"\nper = "examples"\n', "the loss is the mean over 4 examples"),
        (f'type = "mean_absolute_percentage"\ntarget = {ROWS}\n', "the loss is the mean over 12 entries"),
        (
            f'type = "mean_absolute_percentage"\ntarget = {ROWS}\n',
            "mean_absolute_percentage is 100 times the mean of |p - y| / |y|; `factor` changes that",
        ),
        (
            'type = "multiclass_hinge"\ntarget = [1, 3, 2, 2]\nbase = 1\n',
            "`y`: the class numbers, counted from 1, written with a 1 in the class's place",
        ),
        (CROSS + "log_base = 2\n", "the logarithms are of base 2: natural ones, divided by log(2)"),
        (CROSS + "label_smoothing = 0.1\n", "label_smoothing = 0.1: a label is 0.9*y + 0.1/3, its part of 3 classes"),
        (
            CROSS + 'weights = [1, 2, 3]\nreduction = "mean"\n',
            'the loss is the mean over 4 examples; per = "weights" divides by the sum of their weights',
        ),
        (
            CROSS + 'weights = [1, 2, 3]\nreduction = "mean"\nper = "weights"\n',
            "the loss is the mean over the examples, weighted: it is divided by the sum of their weights",
        ),
        (
            PENALTY + '[{ type = "l2", strength = 0.1 }]\n',
            "l2 adds 0.1 times the sum of the squares of `W`, no bias; factor = 0.5 is also usual",
        ),
        (
            PENALTY + '[{ type = "elastic", strength = 0.1, of = ["W", "b"] }]\n',
            "elastic adds 0.05 times the sum of the absolute values and 0.05/2 times the sum of the squares of `W` and"
            " `b`; factor = 1 is also usual",
        ),
    ],
)
def test_a_convention_is_said(keys: str, note: str) -> None:
    assert note in toml(MANY + keys).notes


def test_intercepts_that_are_folded_in_are_penalized_where_that_is_asked_for() -> None:
    folded = (MANY + HUBER).replace("[[1, 0.5], [2, -1], [0, 1]]", "[[0, 1, 0.5], [0.5, 2, -1], [0, 0, 1]]")
    folded = folded.replace('bias = { name = "b", values = [0, 0.5, 0] }\n', "")
    spec = toml(folded + 'penalties = [{ type = "l2", strength = 2 }]\n')
    assert spec.statements["loss"].text == "huber(yhat, y) + 2*norm2(trim(W))^2"
    said = "2 times the sum of the squares of `W` without column 0 of `W`, the intercepts; factor = 0.5 is also usual"
    assert f"l2 adds {said}" in spec.notes
    spec = toml(folded + 'penalties = [{ type = "l2", strength = 2, intercepts = true }]\n')
    assert spec.statements["loss"].text == "huber(yhat, y) + 2*norm2(W)^2"


@pytest.mark.parametrize(
    ("start", "keys", "message", "hint"),
    [
        (ONE, 'type = "mse"\n', "loss.type: `mse` is not known",
         'here it is `squared_error`, with factor = 1, reduction = "mean"'),
        (ONE, 'type = "torch.nn.functional.nll_loss"\n', "loss.type: `torch.nn.functional.nll_loss` is not known",
         'here it is `negative_log_likelihood`, with reduction = "mean"'),
        (ONE, 'type = "SmoothL1Loss"\n', "loss.type: `SmoothL1Loss` is not known", "here it is `smooth_l1`"),
        (MANY, HUBER + "delta = 0\n", "loss.delta: must be larger than 0, not 0", None),
        (MANY, f"{TRIPLET}{ROWS}\nmargin = -1\n", "loss.margin: must not be less than 0, but is -1", None),
        (MANY, HUBER + "beta = 1\n", "unknown key `beta` in loss", None),
        (MANY, HUBER + "label_smoothing = 0.1\n", "unknown key `label_smoothing` in loss", None),
        (MANY, HUBER + 'per = "examples"\n', 'loss.per: only a mean is divided, the reduction is "sum"',
         'set reduction = "mean"'),
        (MANY, HUBER + 'reduction = "mean"\nper = "weights"\n', "loss.per: `weights` is not known", None),
        (MANY, CROSS + "label_smoothing = 1\n", "loss.label_smoothing: must be less than 1, not 1", None),
        (MANY, CROSS + "log_base = 1\n", "loss.log_base: must be larger than 1, not 1", None),
        (MANY, CROSS + "base = 1\n", "loss.target: `y` must be a class number from 1 to 3, not 0", None),
        (MANY, CROSS.replace("[0, 2, 1, 1]", "[1, 2, 3, 3]"),
         "loss.target: `y` must be a class number from 0 to 2, not 3", "if classes are counted from 1, set base = 1"),
        (ONE, 'type = "cross_entropy_logits"\ntarget = [0, 1, 0]\nbase = 1\n',
         "loss.base: no class numbers are given, which it would count from",
         "a class number is one number for each example, such as target = 2"),
        (MANY, CROSS + "weights = [1, 2]\n",
         "loss.weights: `w` is a list of 2 values, must be a list of 3 values: one for each class", None),
        (MANY, CROSS + "weights = [1, -2, 3]\n", "loss.weights: a weight must not be less than 0, but is -2", None),
        (ONE, 'type = "hinge"\ntarget = [1, 0, 1]\n', "loss.target: `y` must be -1 or 1, not 0",
         "the two classes are -1 and 1 here"),
        (ONE, 'type = "poisson_log"\ntarget = [1, -1, 1]\n',
         "loss.target: `y` must not be less than 0, but is -1", None),
        (ONE, 'type = "multiclass_hinge"\ntarget = [0.5, 0.5, 0]\n', "loss.target: `y` must be 0 or 1, not 0.5",
         "the right class has a 1, the others 0; or give the number of the class"),
        (ONE, 'type = "multiclass_hinge"\ntarget = [1, 1, 0]\n',
         "loss.target: the probabilities `y` must sum to 1, not 2", None),
        (ONE, 'type = "contrastive"\ntarget = 0.5\nother = [0, 1, 1]\n', "loss.target: `y` must be 0 or 1, not 0.5",
         "0 says that the two are alike, 1 that they are not; `alike = 1` turns that"),
        (ONE, 'type = "contrastive"\ntarget = 1\nother = [0, 1, 1]\nalike = 2\n', "loss.alike: must be 0 or 1, not 2",
         "it is the label of two that are alike"),
        (ONE, 'type = "binary_cross_entropy_logits"\ntarget = [0, 1, 1]\npos_weight = 0\n',
         "loss.pos_weight: must be larger than 0, not 0", None),
        (MANY, f'type = "contrastive"\ntarget = [1, 0]\nother = {ROWS}\n',
         "loss.target: `y` has 2 values, must have 4: a label for each example", None),
        (MANY, f'type = "triplet"\ntarget = {ROWS}\n', "missing key `negative` in loss",
         "`triplet` is given that beside the target"),
        (MANY, f"{TRIPLET}[[1, 2, 3]]\n", "loss.negative: `negative` is 1×3, must be 4 rows of 3 values: "
         "`yhat` has 3 values for each of 4 examples (line 5)", None),
        (ONE, 'type = "gaussian_nll"\ntarget = [0, 1, 1]\nvariance = [1, 2]\n',
         "loss.variance: `variance` has 2 values, must have 3: `yhat` has 3 values (line 5)", None),
        (MANY, PENALTY + '"l2"\n', 'loss.penalties: must be a list of tables, not the string "l2"',
         'like `penalties = [{ type = "l2", strength = 0.1 }]`'),
        (MANY, PENALTY + '[{ type = "l3", strength = 1 }]\n', "loss.penalties[0].type: `l3` is not known",
         "did you mean `l1`? known: `l1`, `l2` or `elastic`"),
        (MANY, PENALTY + '[{ type = "l2" }]\n', "missing key `strength` in loss.penalties[0]",
         "how much it weighs, such as 0.1"),
        (MANY, PENALTY + '[{ type = "l2", strength = 0 }]\n',
         "loss.penalties[0].strength: must be larger than 0, not 0", None),
        (MANY, PENALTY + '[{ type = "l1", strength = 1, factor = 1 }]\n', "unknown key `factor` in loss.penalties[0]",
         None),
        (MANY, PENALTY + '[{ type = "elastic", strength = 1, ratio = 2 }]\n',
         "loss.penalties[0].ratio: must lie between 0 and 1, not 2", None),
        (MANY, PENALTY + '[{ type = "l2", strength = 1, of = ["V"] }]\n',
         "loss.penalties[0].of[0]: `V` is no parameter", "the parameters are `W` and `b`"),
        (MANY, PENALTY + '[{ type = "l2", strength = 1, of = 3 }]\n',
         "loss.penalties[0].of: must be a name or a list of names, not the number 3", 'like `of = ["W1"]`'),
        (MANY, PENALTY + '[{ type = "l2", strength = 1, intercepts = 1 }]\n',
         "loss.penalties[0].intercepts: must be `true` or `false`, not the number 1", None),
        (MANY, PENALTY + '[{ type = "l2", strength = 1, intercepts = true }]\n',
         "loss.penalties[0].intercepts: none of what is penalized holds intercepts", None),
        (BARE, 'penalties = [{ type = "l2", strength = 1 }]\n',
         "loss.penalties[0]: there are no weights to penalize", "`of` names parameters"),
        (BARE, 'penalties = [{ type = "l2", strength = 1, of = "x" }]\n',
         "loss.penalties[0].of: `x` is no parameter", None),
    ],
)  # fmt: skip
def test_what_a_loss_cannot_be_is_refused(start: str, keys: str, message: str, hint: str | None) -> None:
    problem = refused(start + keys)
    assert problem.message == message
    assert hint in (None, problem.hint)


@pytest.mark.parametrize(
    ("word", "hint"),
    [
        ("mse", "the mean of the squared differences is `mean((p - y).^2)`"),
        ("bce", "`binary_cross_entropy(p, y)` is minus the sum of y log(p) + (1 - y) log(1 - p), from probabilities p"),
        ("mae", "the mean of the absolute differences is `mean(abs(p - y))`"),
        ("nll_loss", "`negative_log_likelihood(l, y)` is minus the sum of y l, from logarithms l of probabilities"),
        ("huber_loss", "`huber(p, y)` is half the square of each difference up to `delta`, beyond it"),
    ],
)
def test_a_loss_that_is_called_otherwise_elsewhere_is_named(
    word: str, hint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["forward", "-e", f"l = {word}(p, y)", "p=1", "y=2"]) == 2
    assert f"hint: {hint}" in capsys.readouterr().err


@pytest.mark.parametrize("kind", LOSSES)
def test_each_loss_says_what_it_is_for(kind: str) -> None:
    """A loss that follows an activation says what to do otherwise; a smoothed label is that of a cross-entropy."""
    loss = LOSSES[kind]
    assert bool(loss.after) == bool(loss.instead)
    assert not loss.smooths or loss.logarithms


@pytest.mark.parametrize("options", [(), ("--batch", "2", "--seed", "1")])
@pytest.mark.parametrize(
    "keys",
    [
        HUBER + 'reduction = "mean"\npenalties = [{ type = "elastic", strength = 0.1 }]\n',
        HUBER + 'reduction = "none"\n',
        CROSS + 'weights = [1, 2, 0.5]\nlabel_smoothing = 0.1\nreduction = "mean"\nper = "weights"\n',
        f"{TRIPLET}[[1, 1, 1], [1, 0, 0], [6, 5, 4], [3, 2, 1]]\nmargin = 5\n",
        f'type = "gaussian_nll"\ntarget = {ROWS}\nvariance = 2\n',
    ],
)
def test_a_loss_trains(keys: str, options: tuple[str, ...], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "net.toml").write_text(MANY + keys, "utf-8")
    words = ["train", str(tmp_path / "net.toml"), "--rate", "0.01", "--steps", "20", *options, "--format", "json"]
    assert run(words) == 0
    losses = json.loads(capsys.readouterr().out)["losses"]
    assert sum(losses[-2:]) < sum(losses[:2])
