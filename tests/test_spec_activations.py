"""The activation of a layer: its settings, what of it is trained, and its pieces."""

from __future__ import annotations

import pytest

from nncalc.language.formula import name
from nncalc.problems import Problem
from nncalc.sheet.calculation import calculate
from nncalc.spec import Spec, read
from nncalc.spec.model import from_spec

FOUR = "[[1, 0], [0, 1], [2, 1], [-1, 1]]"
TWO = "[[1, 0], [0, -1]]"
BATCH = "[[1, -2], [0.5, 3], [-1, 1]]"


def spec(activation: str, weights: str = TWO, *, values: str = "[1, -2]", more: str = "") -> Spec:
    """Return a network of one layer."""
    layer = f'type = "dense"\nweights = {weights}\nbias = "none"\nactivation = {activation}'
    return toml(f"input = {{ values = {values} }}\n[[layers]]\n{layer}\n{more}")


def toml(text: str) -> Spec:
    return read(text.encode(), "net.toml", "toml", None)


def last(found: Spec) -> str:
    return list(found.statements.values())[-1].text


def refused(activation: str, weights: str = TWO, more: str = "") -> Problem:
    with pytest.raises(Problem) as caught:
        spec(activation, weights, more=more)
    return caught.value


@pytest.mark.parametrize(
    ("activation", "text"),
    [
        ('"gelu"', "gelu(b)"),
        ('{ type = "gelu" }', "gelu(b)"),
        ('{ type = "elu", alpha = 1.5 }', "elu(b, alpha=1.5)"),
        ('{ type = "elu", alpha = "1/3" }', "elu(b, alpha=1/3)"),
        ('{ type = "leaky_relu", slope = 0.2 }', "leaky_relu(b, slope=0.2)"),
        ('{ type = "swish", beta = -2 }', "swish(b, beta=-2)"),
        ('{ type = "threshold", value = 5, theta = 1 }', "threshold(b, theta=1, value=5)"),
        ('{ type = "prelu", slope = 0.1 }', "prelu(b, slope1)"),
        ('{ type = "prelu", slope = { name = "p", values = [0.1, 0.2] } }', "prelu(b, p)"),
    ],
)
def test_an_activation_has_its_settings_and_parameters(activation: str, text: str) -> None:
    assert last(spec(activation)) == text


def test_the_settings_of_an_activation_are_in_its_values_and_slopes() -> None:
    """At b = (1, 2) with alpha = 1.5 nothing is negative; at (-1, 2) elu is 1.5 (1/e - 1), its slope 1.5/e."""
    found = spec(
        '{ type = "elu", alpha = 1.5 }', values="[-1, -2]", more='[loss]\ntype = "squared_error"\ntarget = [0, 0]'
    )
    calculation = calculate(from_spec(found), backward=True)
    assert calculation.machine.rows(name("yhat"))[0][0] == pytest.approx(1.5 * (0.36787944117144233 - 1), rel=1e-15)
    slope = 1.5 * 0.36787944117144233 * 1.5 * (0.36787944117144233 - 1)
    assert calculation.machine.rows(name("W1", of=name("loss")))[0] == pytest.approx([-slope, -2 * slope], rel=1e-14)


def test_what_is_trained_is_a_parameter() -> None:
    found = spec('"prelu"')
    assert found.parameters == ("W1", "slope1")
    assert [float(entry) for row in found.given["slope1"].rows for entry in row] == [0.25]
    assert "`slope1`: the `slope` of prelu is trained, from 0.25" in found.notes
    found = spec('{ type = "prelu", slope = [0.1, 0.2] }')
    assert (len(found.given["slope1"].rows), found.given["slope1"].dims) == (2, 1)


def test_a_slope_for_each_unit_serves_every_example_of_a_batch() -> None:
    found = spec('{ type = "prelu", slope = [0.1, 0.2] }', values=BATCH)
    statement = list(found.statements.values())[-1]
    assert statement.text == "prelu(b, slope1 * ones(3)')"
    assert statement.general == "prelu(b, slope1 * ones(examples)')"
    assert last(spec('{ type = "prelu", slope = 0.1 }', values=BATCH)) == "prelu(b, slope1)"


def test_the_gradient_of_a_trained_slope_sums_what_is_negative() -> None:
    """b is (1, 2), (0.5, -3) and (-1, -1); the loss is the sum of yhat^2/2, so the gradients are slope times b^2."""
    more = '[loss]\ntype = "squared_error"\ntarget = [[0, 0], [0, 0], [0, 0]]'
    found = spec('{ type = "prelu", slope = ["1/2", "1/4"] }', values=BATCH, more=more)
    calculation = calculate(from_spec(found), backward=True)
    assert calculation.machine.rows(name("slope1", of=name("loss"))) == [[0.5], [2.5]]
    one = spec('{ type = "prelu", slope = 0.5 }', values=BATCH, more=more)
    assert calculate(from_spec(one), backward=True).machine.rows(name("slope1", of=name("loss"))) == [[5.5]]


@pytest.mark.parametrize(
    ("activation", "text"),
    [
        ('"maxout"', "maxout(rows(b, 1, 2), rows(b, 3, 4))"),
        ('{ type = "maxout", pieces = 2 }', "maxout(rows(b, 1, 2), rows(b, 3, 4))"),
        ('{ type = "maxout", pieces = 4 }', "maxout(rows(b, 1, 1), rows(b, 2, 2), rows(b, 3, 3), rows(b, 4, 4))"),
        ('"glu"', "glu(rows(b, 1, 2), rows(b, 3, 4))"),
    ],
)
def test_pieces_of_a_pre_activation_lie_under_each_other(activation: str, text: str) -> None:
    assert last(spec(activation, FOUR)) == text


def test_pieces_make_fewer_units() -> None:
    """b is (1, -2, 0, -3) and (0.5, 3, 4, 2.5), (-1, 1, -1, 2)."""
    found = spec('"maxout"', FOUR, values=BATCH, more='[[layers]]\ntype = "dense"\nweights = [[1, 1]]\nbias = "none"')
    assert "maxout: 4 rows are 2 pieces of 2, one under the other" in found.notes
    calculation = calculate(from_spec(found))
    assert calculation.machine.rows(name("z")) == [[1, 4, -1], [-2, 3, 2]]
    assert calculation.machine.rows(name("yhat")) == [[-1, 7, 1]]


def test_units_are_those_that_leave_the_layer() -> None:
    assert last(spec('"glu"', FOUR, more="units = 2")) == "glu(rows(b, 1, 2), rows(b, 3, 4))"
    problem = refused('"glu"', FOUR, "units = 4")
    assert problem.message == "layers[0].weights: `W1` is 4×2, must be 8×2: `units` is 4, each of 2 pieces (line 7)"


def test_an_activation_alone_takes_pieces_too() -> None:
    text = 'input = { values = [1, -2, 3, 4] }\n[[layers]]\ntype = "activation"\nactivation = "glu"\n'
    assert last(toml(text)) == "glu(rows(x, 1, 2), rows(x, 3, 4))"


@pytest.mark.parametrize(
    ("activation", "weights", "message", "hint"),
    [
        ('{ type = "elu", alpah = 1 }', TWO, "unknown key `alpah` in layers[0].activation",
         "did you mean `alpha`? known keys: `type`, `alpha`"),
        ('{ type = "prelu", pieces = 2 }', TWO, "unknown key `pieces` in layers[0].activation",
         "known keys: `type`, `slope`"),
        ('{ type = "eluu" }', TWO, "layers[0].activation.type: `eluu` is not known", "did you mean `elu`?"),
        ('{ alpha = 1 }', TWO, "missing key `type` in layers[0].activation",
         'like `activation = { type = "elu", alpha = 1.5 }`'),
        ('{ type = "elu", alpha = [1] }', TWO, "layers[0].activation.alpha: must be a number, not a list",
         "numbers nest at most two levels deep: a list of lists"),
        ('{ type = "maxout", pieces = 3 }', FOUR,
         "layers[0].activation: `maxout` takes 3 pieces of one size, and there are 4 rows",
         "the number of rows is a multiple of 3"),
        ('{ type = "maxout", pieces = 1 }', FOUR,
         "layers[0].activation.pieces: must be between 2 and 2000000, not 1", None),
        ('{ type = "prelu", slope = [1, 2, 3] }', TWO,
         "layers[0].activation.slope: `slope1` is a list of 3 values, must be a number or a list of 2 values",
         "one number for all units, or one for each"),
        ('{ type = "prelu", slope = { name = "W1", values = 1 } }', TWO,
         "layers[0].activation.slope.name: `W1` is already the name of layers[0].weights", "choose another name"),
    ],
)  # fmt: skip
def test_what_an_activation_does_not_have_is_refused(
    activation: str, weights: str, message: str, hint: str | None
) -> None:
    weights = weights if "W1" not in activation else f'{{ name = "W1", values = {weights} }}'
    problem = refused(activation, weights)
    assert problem.message.partition(" (line")[0] == message
    assert problem.hint == hint


def test_a_word_that_is_like_no_activation_lists_them_all() -> None:
    problem = refused('"zzzz"')
    assert problem.hint is not None
    assert problem.hint.startswith("known: `linear`, `relu`, ")
    problem = refused("3")
    assert problem.message == "layers[0].activation: must be a string, not the number 3"
    assert problem.hint is not None
    assert problem.hint.startswith("one of `linear`, `relu`, ")


@pytest.mark.parametrize(("activation", "value"), [("softmax", 1), ("softmin", 1), ("log_softmax", 0)])
def test_what_is_the_same_for_one_unit_is_noted(activation: str, value: int) -> None:
    found = spec(f'"{activation}"', "[[1, 1]]")
    assert f"{activation} of one unit is always {value}: `yhat` does not depend on the input" in found.notes
