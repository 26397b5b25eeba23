"""Specs as layers: the equations they expand to, default names, shapes, losses and targets."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from nncalc.cli.app import run
from nncalc.language.figures import Figure
from nncalc.language.formula import name
from nncalc.language.printer import Style, show
from nncalc.problems import Problem, Where
from nncalc.spec import Spec, read, transposed
from nncalc.spec.model import from_spec

RECITATION = """name = "Recitation 5"

[input]
name = "x"
values = [1, 2]

[[layers]]
type = "dense"
units = 2
activation = "relu"
weights = { name = "alpha", values = [[2, 1, 0], [0, 2, 0]] }
bias = "folded"

[[layers]]
type = "dense"
weights = { name = "beta", values = [[0, 1, 2]] }
bias = "folded"

[loss]
type = "squared_error"
target = 3
"""

CLASSES = """
input = { values = [1, 2] }
[[layers]]
type = "dense"
weights = [[1, 0], [0, 1], [1, 1]]
bias = "none"
activation = "softmax"
[loss]
type = "cross_entropy"
target = 2
"""

YES_OR_NO = """
input = { values = [2.0, -1.0] }
[[layers]]
type = "dense"
activation = "sigmoid"
weights = { name = "w", values = [[0.5, -0.25]] }
bias = { name = "b", values = [0.1] }
[loss]
type = "binary_cross_entropy"
target = [1]
"""


def toml(text: str, *changes: tuple[str, str]) -> Spec:
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    return read(text.encode(), "net.toml", "toml", None)


def refused(text: str, *changes: tuple[str, str]) -> Problem:
    with pytest.raises(Problem) as caught:
        toml(text, *changes)
    assert isinstance(caught.value.where, Where)
    return caught.value


def equations(spec: Spec) -> dict[str, str]:
    return {name: statement.text for name, statement in spec.statements.items()}


def network(layers: str, values: str = "[1]") -> str:
    return f"[input]\nvalues = {values}\n{layers}"


def dense(weights: str, rest: str = "") -> str:
    return f'[[layers]]\ntype = "dense"\nweights = {weights}\n{rest}\n'


def test_the_recitation_expands_to_the_lectured_equations() -> None:
    spec = toml(RECITATION)
    assert equations(spec) == {
        "a": "alpha * intercept(x)",
        "z": "relu(a)",
        "yhat": "beta * intercept(z)",
        "loss": "squared_error(yhat, y)",
    }
    assert spec.given["x"].rows == [[1], [2]]
    assert spec.given["alpha"].rows == [[2, 1, 0], [0, 2, 0]]
    assert spec.given["y"].rows == [[3]]
    assert (spec.inputs, spec.targets, spec.parameters) == (("x",), ("y",), ("alpha", "beta"))
    assert spec.output == "loss"
    assert spec.per_example == frozenset()
    assert spec.notes == (
        "`alpha` and `beta`: a row for each unit they go to, a column for each unit they come from",
        "column 0 of `alpha` and `beta` holds the intercepts; they multiply a constant 1 put first",
        "squared_error is 1/2 times the sum of the squared differences; `factor` changes that",
    )


def test_an_equation_from_a_layer_is_reported_at_the_key_it_came_from() -> None:
    spec = toml(RECITATION)
    paths = {name: statement.path for name, statement in spec.statements.items()}
    assert paths == {
        "a": ("layers", 0, "weights"),
        "z": ("layers", 0, "activation"),
        "yhat": ("layers", 1, "weights"),
        "loss": ("loss", "type"),
    }
    assert not any(statement.written for statement in spec.statements.values())
    assert spec.where(paths["z"]).line == 10


def test_quantities_have_the_names_the_user_gives() -> None:
    spec = toml(
        RECITATION,
        ('bias = "folded"\n', 'bias = "folded"\npreactivation = "h"\noutput = "u"\n'),
        ("target = 3", 'name = "J"\ntarget = { name = "t", values = [3] }'),
        ('name = "x"', 'name = "p"'),
    )
    assert equations(spec) == {
        "h": "alpha * intercept(p)",
        "u": "relu(h)",
        "yhat": "beta * intercept(u)",
        "J": "squared_error(yhat, t)",
    }
    assert spec.given["t"].rows == [[3]]
    assert spec.given["t"].dims == 1


def test_a_network_without_names_gets_the_courses() -> None:
    layer = dense("[[1, 1]]", 'activation = "tanh"')
    assert equations(toml(network(layer * 2))) == {
        "a": "alpha * intercept(x)",
        "z": "tanh(a)",
        "b": "beta * intercept(z)",
        "yhat": "tanh(b)",
    }
    assert equations(toml(network(layer * 3))) == {
        "a1": "W1 * intercept(x)",
        "z1": "tanh(a1)",
        "a2": "W2 * intercept(z1)",
        "z2": "tanh(a2)",
        "b": "W3 * intercept(z2)",
        "yhat": "tanh(b)",
    }


def test_hidden_linear_layers_have_one_name_only() -> None:
    spec = toml(network(dense("[[1, 1]]") + dense("[[1, 1]]")))
    assert equations(spec) == {"z": "alpha * intercept(x)", "yhat": "beta * intercept(z)"}


def test_a_linear_layer_with_a_preactivation_is_an_equation_more() -> None:
    spec = toml(network(dense("[[1, 1]]", 'preactivation = "b"')))
    assert equations(spec) == {"b": "W1 * intercept(x)", "yhat": "linear(b)"}
    assert spec.statements["yhat"].path == ("layers", 0)


def test_default_names_keep_clear_of_the_users() -> None:
    assert equations(toml(YES_OR_NO)) == {
        "a": "w * x + b",
        "yhat": "sigmoid(a)",
        "loss": "binary_cross_entropy(yhat, y)",
    }
    taken = dense('{ name = "W1", values = [[1, 1]] }', 'output = "W2"')
    spec = toml(network(dense("[[1, 1]]", 'output = "x"') + dense("[[1, 1]]", 'output = "W3"') + taken))
    assert equations(spec) == {"x": "W1_ * intercept(x_)", "W3": "W2_ * intercept(x)", "W2": "W1 * intercept(W3)"}


def test_a_separate_bias_is_added() -> None:
    spec = toml(network(dense("[[1], [2]]", "bias = { values = [3, 4] }")))
    assert equations(spec) == {"yhat": "W1 * x + b1"}
    assert spec.given["b1"].rows == [[3], [4]]
    assert spec.parameters == ("W1", "b1")
    assert spec.notes == ("`W1`: a row for each unit it goes to, a column for each unit it comes from",)


def test_a_bias_of_one_unit_may_be_a_number() -> None:
    spec = toml(network(dense("[[1]]", 'bias = { name = "c", values = 3 }')))
    assert equations(spec) == {"yhat": "W1 * x + c"}
    assert spec.given["c"].dims == 0


def test_the_weights_of_one_unit_may_be_a_flat_list() -> None:
    for layer in (dense("[1, 2]"), dense("[1, 2]", "units = 1")):
        spec = toml(network(layer))
        assert spec.given["W1"].rows == [[1, 2]]
        assert spec.given["W1"].dims == 1


def test_a_batch_has_one_example_per_column_inside() -> None:
    spec = toml(
        network(
            dense("[[1, 2], [3, 4], [5, 6]]", 'bias = { values = [1, 2, 3] }\nactivation = "relu"')
            + '[loss]\ntype = "squared_error"\ntarget = [[1, 2, 3], [4, 5, 6]]\n',
            "[[10, 20], [30, 40]]",
        )
    )
    assert equations(spec) == {
        "b": "W1 * x + b1 * ones(2)'",
        "yhat": "relu(b)",
        "loss": "squared_error(yhat, y)",
    }
    assert spec.given["x"].rows == [[10, 30], [20, 40]]
    assert spec.given["x"].batch
    assert spec.given["y"].rows == [[1, 4], [2, 5], [3, 6]]
    assert spec.per_example == {"x", "b", "yhat", "y"}
    assert 'the loss is the sum over 6 entries; reduction = "mean" divides by 6' in spec.notes
    assert transposed(spec.given["x"]).rows == [[10, 20], [30, 40]]
    assert not transposed(spec.given["x"]).batch


def test_a_batch_of_one_unit_has_a_list_of_targets() -> None:
    text = network(dense("[[1, 1]]") + '[loss]\ntype = "squared_error"\ntarget = [3, 4]\n', "[[1], [2]]")
    spec = toml(text)
    assert spec.given["y"].rows == [[3, 4]]
    assert (spec.given["y"].dims, spec.given["y"].batch) == (1, True)


@pytest.mark.parametrize(
    ("lines", "text", "note"),
    [
        ("", "squared_error(yhat, y)", "squared_error is 1/2 times"),
        ("factor = 0.5", "squared_error(yhat, y)", "squared_error is 0.5 times"),
        ("factor = 1", "2*squared_error(yhat, y)", "squared_error is 1 times"),
        ("factor = 0.3", "0.6*squared_error(yhat, y)", "squared_error is 0.3 times"),
        ("factor = 0.0125", "0.025*squared_error(yhat, y)", "squared_error is 0.0125 times"),
        ('factor = "1/3"', "(2/3)*squared_error(yhat, y)", "squared_error is 1/3 times"),
        ("factor = 1e-30", "(1/500000000000000000000000000000)*squared_error(yhat, y)", "squared_error is 1e-30 times"),
        ('reduction = "sum"', "squared_error(yhat, y)", "squared_error is 1/2 times"),
        ('reduction = "mean"', "squared_error(yhat, y)", "the loss is the mean over one entry"),
    ],
)
def test_factor_and_reduction_stand_in_the_equation(lines: str, text: str, note: str) -> None:
    spec = toml(RECITATION + lines)
    assert spec.statements["loss"].text == text
    assert any(said.startswith(note) for said in spec.notes)


def test_means_divide_as_pytorch_does() -> None:
    # torch.nn.MSELoss and BCELoss average over entries, CrossEntropyLoss over examples
    squares = network(
        dense("[[1, 1], [2, 2]]")
        + '[loss]\ntype = "squared_error"\nfactor = 1\nreduction = "mean"\ntarget = [[1, 2], [3, 4], [5, 6]]\n',
        "[[1], [2], [3]]",
    )
    spec = toml(squares)
    assert spec.statements["loss"].text == "2*squared_error(yhat, y)/6"
    assert 'the loss is the mean over 6 entries; per = "examples" divides by 3' in spec.notes
    classes = network(
        dense("[[1, 1], [2, 2]]", 'activation = "softmax"')
        + '[loss]\ntype = "cross_entropy"\nreduction = "mean"\ntarget = [0, 1, 1]\n',
        "[[1], [2], [3]]",
    )
    spec = toml(classes)
    assert spec.statements["loss"].text == "cross_entropy(yhat, y)/3"
    assert "the loss is the mean over 3 examples" in spec.notes
    assert spec.given["y"].rows == [[1, 0, 0], [0, 1, 1]]
    assert spec.given["y"].dims == 2


def test_a_factor_of_another_loss_scales_it() -> None:
    assert toml(CLASSES + "factor = 0.5").statements["loss"].text == "0.5*cross_entropy(yhat, y)"


def test_a_class_number_becomes_a_column_with_one_1() -> None:
    spec = toml(CLASSES)
    assert spec.given["y"].rows == [[0], [0], [1]]
    assert spec.given["y"].dims == 1
    assert "`y`: class 2, counted from 0, written with a 1 in the class's place" in spec.notes


def test_probabilities_may_be_fractions() -> None:
    spec = toml(CLASSES, ("target = 2", 'target = ["1/3", "1/3", "1/3"]'))
    assert spec.given["y"].rows == [[Figure("1/3")]] * 3


@pytest.mark.parametrize(
    ("target", "message", "hint"),
    [
        (
            "3",
            "loss.target: `y` must be a class number from 0 to 2, not 3",
            "if classes are counted from 1, set base = 1",
        ),
        (
            "-1",
            "loss.target: `y` must be a class number from 0 to 2, not -1",
            "or one probability for each of the 3 units",
        ),
        (
            "1.0",
            "loss.target: `y` must be a class number from 0 to 2, not 1.0",
            "or one probability for each of the 3 units",
        ),
        ("[0, 1]", "loss.target: `y` has 2 values, must have 3: `yhat` has 3 values (line 5)", None),
        ("[[0, 1, 0]]", "loss.target: `y` is 1×3, must be a list of 3 values: `yhat` has 3 values (line 5)", None),
        (
            "[0.3, 0.3, 0.3]",
            "loss.target: the probabilities `y` must sum to 1, not 0.9",
            "a target holds one probability per class, such as [0, 1, 0]",
        ),
        ("[2, -1, 0]", "loss.target: `y` must lie between 0 and 1, not 2", None),
        ('"3"', 'loss.target: must be a number, not the string "3"', "write 3 without quotes"),
        ("[]", "loss.target: must be at least one number, not an empty list", None),
        ("[false, true, false]", "loss.target[0]: must be a number, not `false`", None),
    ],
)
def test_a_target_that_is_no_class_is_refused(target: str, message: str, hint: str | None) -> None:
    problem = refused(CLASSES, ("target = 2", f"target = {target}"))
    assert (problem.message, problem.hint) == (message, hint)
    assert isinstance(problem.where, Where)
    assert problem.where.line == 10


@pytest.mark.parametrize(
    ("target", "message"),
    [
        (
            "[0, 1]",
            "`y` has 2 values, must have 3 class numbers, or 3 rows of 2 values: "
            "`yhat` has 2 values for each of 3 examples (line 5)",
        ),
        (
            "[[1, 0], [0, 1]]",
            "`y` is 2×2, must be a list of 3 class numbers, or 3 rows of 2 values: "
            "`yhat` has 2 values for each of 3 examples (line 5)",
        ),
        (
            "1",
            "`y` is a number, must be a list of 3 class numbers, or 3 rows of 2 values: "
            "`yhat` has 2 values for each of 3 examples (line 5)",
        ),
        ("[[1, 0], [0, 1], [0.5, 0.4]]", "the probabilities `y` must sum to 1, not 0.9 in row 3"),
    ],
)
def test_the_target_of_a_batch_has_a_row_for_each_example(target: str, message: str) -> None:
    layers = dense("[[1, 1], [2, 2]]", 'activation = "softmax"')
    text = network(f'{layers}[loss]\ntype = "cross_entropy"\ntarget = {target}\n', "[[1], [2], [3]]")
    assert refused(text).message == f"loss.target: {message}"


@pytest.mark.parametrize(
    ("target", "message"),
    [
        ("[3, 4]", "loss.target: `y` has 2 values, must have 1: `yhat` has 1 value (line 16)"),
        ("[[3]]", "loss.target: `y` is 1×1, must be a number: `yhat` has 1 value (line 16)"),
    ],
)
def test_a_target_of_the_wrong_length_names_the_prediction(target: str, message: str) -> None:
    problem = refused(RECITATION, ("target = 3", f"target = {target}"))
    assert (problem.message, problem.code) == (message, "shape")


def test_a_probability_of_yes_lies_between_0_and_1() -> None:
    assert toml(YES_OR_NO, ("[1]", "0.5")).given["y"].rows == [[Figure("0.5")]]
    assert refused(YES_OR_NO, ("[1]", "1.5")).message == "loss.target: `y` must lie between 0 and 1, not 1.5"


@pytest.mark.parametrize(
    ("spec", "activation", "loss", "message"),
    [
        (CLASSES, "linear", "cross_entropy", "`cross_entropy` cannot follow the activation `linear`"),
        (CLASSES, "relu", "cross_entropy", "`cross_entropy` cannot follow the activation `relu`"),
        (CLASSES, "softmax", "cross_entropy_logits", "`cross_entropy_logits` cannot follow the activation `softmax`"),
        (
            YES_OR_NO,
            "tanh",
            "binary_cross_entropy",
            "`binary_cross_entropy` cannot follow the activation `tanh`",
        ),
        (
            YES_OR_NO,
            "sigmoid",
            "binary_cross_entropy_logits",
            "`binary_cross_entropy_logits` cannot follow the activation `sigmoid`",
        ),
    ],
)
def test_a_loss_asks_for_its_activation(spec: str, activation: str, loss: str, message: str) -> None:
    old = "softmax" if spec is CLASSES else "sigmoid"
    kind = "cross_entropy" if spec is CLASSES else "binary_cross_entropy"
    problem = refused(spec, (f'"{old}"', f'"{activation}"'), (f'"{kind}"', f'"{loss}"'))
    assert problem.message == f"loss.type: {message}"
    assert problem.hint is not None


def test_logits_come_from_a_linear_layer() -> None:
    spec = toml(CLASSES, ('activation = "softmax"\n', ""), ('"cross_entropy"', '"cross_entropy_logits"'))
    assert equations(spec) == {"yhat": "W1 * x", "loss": "cross_entropy_logits(yhat, y)"}


def test_softmax_of_one_unit_is_noted() -> None:
    spec = toml(network(dense("[[1, 1]]", 'activation = "softmax"')))
    assert "softmax of one unit is always 1: `yhat` does not depend on the input" in spec.notes


def test_a_network_without_a_loss_has_no_output_unless_it_is_named() -> None:
    text = network(dense("[[1, 1]]"))
    assert toml(text).output is None
    assert toml(text).targets == ()
    assert toml('output = "yhat"\n' + text).output == "yhat"


def test_the_layout_and_the_intercepts_of_many_layers_are_a_note_each() -> None:
    spec = toml(network(dense("[[1, 1]]") * 3 + dense("[[1]]", 'bias = "none"')))
    assert spec.notes == (
        "`W1`, `W2`, `W3` and `W4`: a row for each unit they go to, a column for each unit they come from",
        "column 0 of `W1`, `W2` and `W3` holds the intercepts; they multiply a constant 1 put first",
    )


def test_weights_of_the_wrong_shape_are_refused_in_the_layers_own_words() -> None:
    problem = refused(RECITATION, ("[[2, 1, 0], [0, 2, 0]]", "[[2, 1], [0, 2]]"))
    assert problem.message == (
        "layers[0].weights: `alpha` is 2×2, must be 2×3: `x` has 2 values (line 5), "
        "the folded intercept adds 1 (line 12)"
    )
    assert problem.hint == 'put the intercepts in column 0, or set bias = "none"'
    assert problem.code == "shape"
    assert problem.where == Where(
        "net.toml", 11, 29, "layers[0].weights.values",
        'weights = { name = "alpha", values = [[2, 1], [0, 2]] }', 25,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("layer", "message", "hint"),
    [
        (
            dense("[[1, 2, 3]]"),
            "layers[0].weights: `W1` is 1×3, must be 1×2: `x` has 1 value (line 2), the folded intercept adds 1",
            'it fits with layout = "in_out" and bias = "none": '
            "a row is a unit it comes from, a column a unit it goes to",
        ),
        (
            dense("[[1, 2]]", 'bias = "none"'),
            "layers[0].weights: `W1` is 1×2, must be 1×1: `x` has 1 value (line 2)",
            "its transpose fits, 2×1: a row is a unit it goes to, a column a unit it comes from; "
            'it fits as it is with layout = "in_out"; or, if column 0 holds the intercepts, set bias = "folded"',
        ),
        (
            dense("[[1], [2]]", 'units = 1\nbias = "folded"'),
            "layers[0].weights: `W1` is 2×1, must be 1×2: `x` has 1 value (line 2), "
            "the folded intercept adds 1 (line 7), `units` is 1 (line 6)",
            "its transpose fits, 1×2: a row is a unit it goes to, a column a unit it comes from; "
            'it fits as it is with layout = "in_out"',
        ),
        (
            dense("[[1, 2]]", "units = 3"),
            "layers[0].weights: `W1` is 1×2, must be 3×2: `units` is 3 (line 6)",
            "a row is a unit it goes to, a column a unit it comes from; `units` may be left out",
        ),
        (
            dense("[2, 1, 0, 0]", "units = 2"),
            "layers[0].weights: `W1` is a list of 4 values, must be 2×2: `x` has 1 value (line 2), "
            "the folded intercept adds 1, `units` is 2 (line 6)",
            "write one list per unit: [[…], […]]",
        ),
        (
            dense("1", 'bias = "none"'),
            "layers[0].weights: `W1` is a number, must be 1×1: `x` has 1 value (line 2)",
            "a row is a unit it goes to, a column a unit it comes from",
        ),
        (
            dense("[[1, 2]]", "bias = { values = [1, 2] }").replace("[[1, 2]]", "[[1]]"),
            "layers[0].bias: `b1` has 2 values, must have 1: `W1` has 1 row (line 5)",
            "one number per unit, or one number for all, `values = 0.25`",
        ),
        (
            dense("[[1], [2]]", "bias = { values = [[1, 2]] }"),
            "layers[0].bias: `b1` is 1×2, must be a list of 2 values",
            "one number per unit, or one number for all, `values = 0.25`",
        ),
    ],
)
def test_shapes_that_do_not_fit_are_refused_with_their_reasons(layer: str, message: str, hint: str) -> None:
    problem = refused(network(layer))
    assert (problem.message, problem.hint, problem.code) == (message, hint, "shape")


def test_a_second_layer_that_does_not_fit_the_first_names_it() -> None:
    problem = refused(RECITATION, ("[[0, 1, 2]]", "[[0, 1, 2, 3]]"))
    assert problem.message == (
        "layers[1].weights: `beta` is 1×4, must be 1×3: `z` has 2 values (line 11), "
        "the folded intercept adds 1 (line 17)"
    )


@pytest.mark.parametrize(
    ("old", "new", "message", "line"),
    [
        ('type = "dense"\nunits', "units", "missing key `type` in layers[0]", 7),
        ('type = "dense"\nunits', 'type = "Dense "\nunits', "layers[0].type: `Dense ` is not known", 8),
        (
            'type = "dense"\nunits',
            "type = 7\nunits",
            "layers[0].type: must be a string, not the number 7",
            8,
        ),
        ("units = 2", "units = true", "layers[0].units: must be an integer, not `true`", 9),
        ("units = 2", "units = 2.5", "layers[0].units: must be an integer, not the number 2.5", 9),
        ("units = 2", "units = 0", "layers[0].units: must be between 1 and 2000000, not 0", 9),
        ('"relu"', '"sigmod"', "layers[0].activation: `sigmod` is not known", 10),
        ('"relu"', "3", "must be a string, not the number 3", 10),
        ("activation", "activaton", "unknown key `activaton` in layers[0]", 10),
        ('weights = { name = "beta", values = [[0, 1, 2]] }\n', "", "missing key `weights` in layers[1]", 14),
        ('bias = "folded"', 'bias = "fold"', "layers[0].bias: `fold` is not known", 12),
        (
            'bias = "folded"',
            "bias = 1",
            'layers[0].bias: must be "folded", "none", a list or a table, not the number 1',
            12,
        ),
        (
            'bias = "folded"',
            "bias = true",
            'layers[0].bias: must be "folded", "none", a list or a table, not `true`',
            12,
        ),
        ('"beta"', '"alpha"', "layers[1].weights.name: `alpha` is already the name of layers[0].weights (line 11)", 16),
        ('"beta"', '"x"', "layers[1].weights.name: `x` is already the name of input (line 4)", 16),
        ('"beta"', "3", "layers[1].weights.name: must be a string, not the number 3", 16),
        ('type = "squared_error"', 'type = "squared-eror"', "loss.type: `squared-eror` is not known", 20),
        ('type = "squared_error"\n', "", "missing key `type` in loss", 19),
        ("target = 3\n", "", "missing key `target` in loss", 19),
        ("target = 3", "targets = 3", "unknown key `targets` in loss", 21),
        ("target = 3", "target = 3\nfactor = 0", "loss.factor: must be larger than 0, not 0", 22),
        ("target = 3", 'target = 3\nreduction = "all"', "loss.reduction: `all` is not known", 22),
        ('name = "x"\n', 'name = "x"\nvaleus = 1\n', "unknown key `valeus` in input", 5),
        ("values = [1, 2]\n", "", "missing key `values` in input", 3),
    ],
)
def test_a_key_that_is_wrong_is_named_with_its_line(old: str, new: str, message: str, line: int) -> None:
    problem = refused(RECITATION, (old, new))
    assert message in problem.message
    assert isinstance(problem.where, Where)
    assert problem.where.line == line


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("layers = []\n[input]\nvalues = 1\n", "layers: at least one layer is needed"),
        ("layers = 3\n[input]\nvalues = 1\n", "layers: must be an array of tables, not the number 3"),
        ("[input]\nvalues = 1\n[layers]\n", "layers: must be an array of tables, not a table"),
        ('layers = ["dense"]\n[input]\nvalues = 1\n', 'layers[0]: must be a table, not the string "dense"'),
        ("[input]\nvalues = 1\n", "missing key `layers`"),
        ('[[layers]]\ntype = "dense"\n', "missing key `input`"),
        ('loss = "x"\n[input]\nvalues = 1\n[[layers]]\n', 'loss: must be a table, not the string "x"'),
        ("[input]\nvalues = 1\n[[layers]]\n[inputs]\n", "unknown key `inputs`"),
    ],
)
def test_a_document_that_is_no_network_is_refused(text: str, message: str) -> None:
    assert refused(text).message == message


def test_input_may_be_its_values_alone() -> None:
    assert toml('input = [1, 2]\n[[layers]]\ntype = "dense"\nweights = [0, 1, 2]\n').inputs == ("x",)


def test_a_rounded_integer_is_noted_wherever_it_stands() -> None:
    big = 2**53 + 1
    spec = toml(
        network(
            dense(f"[[{big}]]", f"bias = {{ values = [{big}] }}") + f'[loss]\ntype = "squared_error"\ntarget = {big}\n',
            f"[{big}]",
        )
    )
    assert [note.split("`")[1] for note in spec.notes if "--exact" in note] == ["x", "W1", "b1", "y"]


# -- without weights -----------------------------------------------------------------------------------------


def test_a_loss_alone_is_that_of_the_numbers_given() -> None:
    spec = toml('[input]\nvalues = [0.5, 0.25]\n[loss]\ntype = "cross_entropy"\ntarget = 1\n')
    assert equations(spec) == {"loss": "cross_entropy(x, y)"}
    assert (spec.given["y"].rows, spec.parameters, spec.output) == ([[0], [1]], (), "loss")


def test_an_activation_alone_is_a_layer() -> None:
    layer = '[[layers]]\ntype = "activation"\nactivation = "tanh"\n'
    assert equations(toml(network(layer, "[1, 2]"))) == {"yhat": "tanh(x)"}
    after = toml(network(dense("[[1, 1]]") + layer + dense("[[2, 1]]"), "[3]"))
    assert equations(after) == {
        "z": "alpha * intercept(x)", "z1": "tanh(z)", "yhat": "beta * intercept(z1)",
    }  # fmt: skip
    assert after.parameters == ("alpha", "beta")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[input]\nvalues = [1]\n", "missing key `layers`"),
        ('[[layers]]\ntype = "activation"\n', "missing key `activation` in layers[0]"),
        ('[[layers]]\ntype = "activation"\nactivation = "tanh"\nweights = [1]\n', "unknown key `weights` in layers[0]"),
        ('[[layers]]\ntype = "activation"\nactivation = "softmax"\n[loss]\ntype = "cross_entropy_logits"\ntarget = 0\n',
         "`cross_entropy_logits` cannot follow the activation `softmax`"),
    ],
)  # fmt: skip
def test_what_is_wrong_without_weights_is_said(text: str, message: str) -> None:
    text = text if text.startswith("[input]") else network(text, "[1, 2]")
    assert message in refused(text).message


def test_an_activation_of_one_number_that_is_always_1_is_noted() -> None:
    spec = toml(network('[[layers]]\ntype = "activation"\nactivation = "softmax"\n'))
    assert "softmax of one unit is always 1: `yhat` does not depend on the input" in spec.notes


# -- layers of images ---------------------------------------------------------------------------------------------


def conv2d(kernels: str, rest: str = "") -> str:
    return f'[[layers]]\ntype = "conv2d"\nkernels = {kernels}\n{rest}\n'


PICTURE = "[[1, 2, 0], [0, 1, 3], [2, 1, 1]]"
#: Kernels of one channel and of two.
PLAIN, DEEP = "[[1, 0], [0, -1]]", "[[[1, 0], [0, -1]], [[0, 1], [1, 0]]]"
FLATTEN = '[[layers]]\ntype = "flatten"\n'


def channels(layers: str) -> Spec:
    """Return the spec of layers that take a picture of two channels."""
    return toml(f'[input]\nkind = "image"\nvalues = [{PICTURE}, {PICTURE}]\n{layers}')


@pytest.mark.parametrize(
    ("kernels", "names"),
    [
        (f'[{{ name = "K", values = {DEEP} }}]', ["K1_1", "K1_2"]),
        (f'[{{ name = "K1", values = {DEEP} }}]', ["K1_1", "K1_2"]),
        (f"[{{ values = {DEEP} }}]", ["K1_1", "K1_2"]),
        (f'{{ name = "L", values = [{DEEP}, {DEEP}] }}', ["L1_1", "L1_2", "L2_1", "L2_2"]),
        (f'{{ name = "L3", values = [{DEEP}] }}', ["L3_1", "L3_2"]),
        (f'{{ name = "L3", values = [{DEEP}, {DEEP}] }}', ["L3_1_1", "L3_1_2", "L3_2_1", "L3_2_2"]),
        (f'[{{ name = "u", values = {DEEP} }}, {{ values = {DEEP} }}]', ["u1_1", "u1_2", "K2_1", "K2_2"]),
    ],
)
def test_a_kernel_of_several_channels_is_numbered_by_kernel_and_channel(kernels: str, names: list[str]) -> None:
    assert list(channels(conv2d(kernels)).parameters) == names


@pytest.mark.parametrize(
    ("kernels", "names"),
    [
        (f'[{{ name = "K", values = {PLAIN} }}]', ["K"]),
        (f"[{{ values = {PLAIN} }}]", ["K"]),
        (f"[{{ values = {PLAIN} }}, {{ values = {PLAIN} }}]", ["K1", "K2"]),
        (f'{{ name = "L", values = [{PLAIN}, {PLAIN}] }}', ["L1", "L2"]),
    ],
)
def test_a_kernel_of_one_channel_is_numbered_by_kernel(kernels: str, names: list[str]) -> None:
    assert list(toml(network(conv2d(kernels), PICTURE)).parameters) == names


def test_where_there_are_several_convolutions_all_names_have_the_layers_number() -> None:
    two = f"[{{ values = {PLAIN} }}, {{ values = {PLAIN} }}]"
    spec = toml(
        network(
            conv2d(two, 'bias = [1, 2]\nactivation = "relu"')
            + conv2d(f"[{{ values = {DEEP} }}]", "bias = 3\npadding = 1")
            + '[[layers]]\ntype = "activation"\nactivation = "tanh"\n'
            + '[[layers]]\ntype = "max_pool2d"\n'
            + FLATTEN,
            PICTURE,
        )
    )
    assert equations(spec) == {
        "A1_1": "conv2d(x, K1_1, stride=1, padding=0, dilation=1, pictures=1) + c1[1]",
        "Z1_1": "relu(A1_1)",
        "A1_2": "conv2d(x, K1_2, stride=1, padding=0, dilation=1, pictures=1) + c1[2]",
        "Z1_2": "relu(A1_2)",
        "A2_1": "conv2d(Z1_1, K2_1_1, stride=1, padding=1, dilation=1, pictures=1)"
        " + conv2d(Z1_2, K2_1_2, stride=1, padding=1, dilation=1, pictures=1) + c2",
        "Z2_1": "tanh(A2_1)",
        "P": "max_pool2d(Z2_1, size=2, stride=0, pictures=1)",
        "yhat": "flatten(P, pictures=1)",
    }
    assert spec.families["K"] == ("K1_1", "K1_2", "K2_1_1", "K2_1_2")
    assert spec.families["K2"] == spec.families["K2_1"] == ("K2_1_1", "K2_1_2")


def test_an_activation_after_another_counts_as_a_layer() -> None:
    active = '[[layers]]\ntype = "activation"\nactivation = "tanh"\n'
    kernels = f"[{{ values = {PLAIN} }}, {{ values = {PLAIN} }}]"
    spec = toml(network(conv2d(kernels, 'activation = "relu"') + active + active, PICTURE))
    assert list(equations(spec)) == ["A1_1", "Z1_1", "A1_2", "Z1_2", "Z2_1", "Z2_2", "yhat1", "yhat2"]


def test_names_of_outputs_keep_clear_of_the_users() -> None:
    kernels = f"[{{ values = {PLAIN} }}, {{ values = {PLAIN} }}]"
    weights = dense("{ name = 'A1', values = [[1, 1, 1, 1, 1, 1, 1, 1]] }", 'bias = "none"')
    spec = toml(network(conv2d(kernels) + FLATTEN + weights, PICTURE))
    assert list(equations(spec)) == ["A1_1", "A1_2", "f", "yhat"]
    spec = toml(network(conv2d(kernels) + FLATTEN + weights.replace("A1", "K1"), PICTURE))
    assert spec.parameters == ("K1_1", "K1_2", "K1")
    weights = dense("{ name = 'A1_1', values = [[1]] }", 'bias = "none"')
    spec = toml(network(conv2d(kernels) + conv2d(f"[{{ values = {DEEP} }}]") + FLATTEN + weights, PICTURE))
    assert list(equations(spec)) == ["A1_1_", "A1_2", "A2_1", "f", "yhat"]
    spec = toml(network(conv2d(f'[{{ name = "K1", values = {PLAIN} }}, {{ values = {PLAIN} }}]'), PICTURE))
    assert spec.parameters == ("K1", "K2")
    weights = dense("{ name = 'L1', values = [[1, 1, 1, 1, 1, 1, 1, 1]] }", 'bias = "none"')
    problem = refused(network(conv2d(f'{{ name = "L", values = [{PLAIN}, {PLAIN}] }}') + FLATTEN + weights, PICTURE))
    assert problem.message.startswith("layers[0].kernels: `L1` is already the name of layers[2].weights")
    problem = refused(network(conv2d(f'{{ name = "K", values = [{PLAIN}, {PLAIN}] }}', 'output = "K"'), PICTURE))
    assert problem.message == "layers[0].output: `K` is already the name of layers[0].kernels (line 5)"
    problem = refused(network(conv2d(f'{{ name = "u1", values = [{PLAIN}, {PLAIN}] }}', 'output = "u1"'), PICTURE))
    assert problem.message.startswith("layers[0].output: `u1` is already the name of")


@pytest.mark.parametrize("later", [False, True], ids=["in the layer", "a layer of its own"])
def test_a_trained_slope_is_one_for_all_kernels(later: bool) -> None:
    two = f"[{{ values = {PLAIN} }}, {{ values = {PLAIN} }}]"
    active = 'activation = "prelu"'
    layers = conv2d(two) + f'[[layers]]\ntype = "activation"\n{active}\n' if later else conv2d(two, active)
    spec = toml(network(layers + FLATTEN, PICTURE))
    assert equations(spec)["Z2"] == "prelu(A2, slope1)"
    assert spec.parameters == ("K1", "K2", "slope1")
    problem = refused(network(layers, PICTURE), ('"prelu"', '{ type = "prelu", slope = [1, 2] }'))
    assert problem.message.endswith("`slope1` is a list of 2 values, must be a number")


def test_one_number_may_be_the_bias_of_all_kernels() -> None:
    two = f"[{{ values = {PLAIN} }}, {{ values = {PLAIN} }}]"
    spec = toml(network(conv2d(two, "bias = -0.75"), PICTURE))
    assert equations(spec)["A2"].endswith(" + c")
    assert (spec.given["c"].rows, spec.given["c"].dims) == ([[-0.75]], 0)
    assert "`c`: one number, which all 2 kernels have" in spec.notes


@pytest.mark.parametrize(
    ("rest", "message", "hint"),
    [
        (
            "bias = [1, 2]",
            "layers[0].bias: `c` is a list of 2 values, must be a list of 1 value, one for each kernel",
            "or one number for all, `0.25`",
        ),
        (
            'padding = "same"',
            "layers[0].padding: `same` needs a kernel of an odd number of rows and columns, as many of both: "
            "the padding is the same on all sides",
            "write the padding as a number",
        ),
    ],
)
def test_what_does_not_fit_a_convolution_is_said(rest: str, message: str, hint: str) -> None:
    problem = refused(network(conv2d(f"[{{ values = {PLAIN} }}]", rest), PICTURE))
    assert (problem.message, problem.hint) == (message, hint)


@pytest.mark.parametrize(
    ("loss", "target", "must", "hint"),
    [
        (
            "cross_entropy",
            "[0, 1, 0, 0]",
            "has 4 values, must have 1 class number, or 1 row of 4 values",
            "the batch has one example, whose row stands in a list: [[0, 1, 0, 0]]",
        ),
        ("cross_entropy", "2", "is a number, must be a list of 1 class number, or 1 row of 4 values", None),
        ("squared_error", "[1, 2]", "has 2 values, must have 1 row of 4 values", None),
    ],
)
def test_the_target_of_a_batch_of_one_picture(loss: str, target: str, must: str, hint: str | None) -> None:
    active = '[[layers]]\ntype = "activation"\nactivation = "softmax"\n'
    layers = conv2d(f"[{{ values = {PLAIN} }}]") + FLATTEN + active
    text = network(f'{layers}[loss]\ntype = "{loss}"\ntarget = {target}\n', f"[{PICTURE}]")
    problem = refused(text)
    assert problem.message.startswith(f"loss.target: `y` {must}: `yhat` has 4 values for each of 1 example")
    assert problem.hint == hint


TWO = network(
    conv2d(f"[{{ values = {PLAIN} }}, {{ values = {PLAIN} }}]")
    + conv2d(f"[{{ values = {DEEP} }}]")
    + FLATTEN
    + '[loss]\ntype = "squared_error"\ntarget = 1\n',
    PICTURE,
)


def test_a_name_stands_for_the_quantities_whose_names_it_begins(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "two.toml"
    path.write_text(TWO)
    assert run(["backward", str(path), "--wrt", "K1,A1,x", "--format", "json"]) == 0
    found = json.loads(capsys.readouterr().out)["gradients"]
    assert {"K1_1", "K1_2", "A1_1", "A1_2", "x"} <= found.keys()
    assert not {"K2_1_1", "K2_1_2"} & found.keys()
    assert run(["train", str(path), "--wrt", "K2", "--steps", "1", "--rate", "0.1", "--format", "json"]) == 0
    assert "K2_1_2" in capsys.readouterr().out
    assert run(["backward", str(path), "--of", "K1"]) == 2
    assert "error: `K1` stands for `K1_1` and `K1_2`\nhint: name one of them" in capsys.readouterr().err


def test_a_name_that_stands_for_many_is_said_with_some_of_them() -> None:
    values = ", ".join([PLAIN] * 8)
    model = from_spec(toml(network(conv2d(f"{{ values = [{values}] }}"), PICTURE)))
    with pytest.raises(Problem, match=r"`K` stands for `K1`, `K2`, `K3`, `K4`, `K5`, `K6` and \.\.\."):
        model.find("K")


def test_numbers_of_a_layer_and_what_is_in_it_are_above_the_line() -> None:
    one, many = name("A2_1"), Style(paper=True, arrays=frozenset({"A2_1", "x_1"}))
    assert show(one, Style(paper=True)) == show(one, many) == "A⁽²,¹⁾"
    assert show(one, Style(latex=True)) == "A^{(2,1)}"
    assert show(one, Style(mathml=True)) == show(one, many._replace(paper=False, mathml=True))
    assert "<mn>2,1</mn>" in show(one, Style(mathml=True))
    assert show(name("x_1"), many) == "x_1"
    assert show(name("x_1"), many._replace(paper=False, latex=True)) == "{x_{1}}"


def test_a_bias_is_a_list_as_weights_are() -> None:
    def spec(bias: str) -> str:
        return f'[input]\nvalues = [1, 2]\n[[layers]]\ntype = "dense"\nweights = [[1, 2], [3, 4]]\nbias = {bias}\n'

    written = ("[5, 6]", "{ values = [5, 6] }")
    bare, table = (from_spec(read(spec(each).encode(), "net.toml", "toml", None)) for each in written)
    assert bare.given == table.given
    assert [each.name.id for each in bare.graph.equations] == ["yhat"]
