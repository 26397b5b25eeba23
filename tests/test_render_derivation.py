"""The forms of a derivation and of shapes: NumPy for every operation, numbers by the road of `backward`, colour."""

from __future__ import annotations

import ast
import csv
import io
import json
import re
import warnings
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import product
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nncalc.cli.app import run
from nncalc.deriving.numbers import evaluated
from nncalc.deriving.page import page
from nncalc.deriving.result import Wanted, derive
from nncalc.export.words import Words
from nncalc.graph.shapes import Shapes
from nncalc.graph.sizes import Shape, text_of
from nncalc.language.alphabet import in_ascii
from nncalc.language.formula import Formula, Name, call, literal, name, num
from nncalc.language.parser import parse
from nncalc.numbers.arrays import ARRAYS, Undefined
from nncalc.ops import OPS
from nncalc.problems import Problem
from nncalc.render import render, style_of
from nncalc.render.escaping import table
from nncalc.render.layout import lines
from nncalc.render.numpy_form import function

# -- NumPy: every operation of the table ------------------------------------------------------------------

#: What no derivative is written with but where a person wrote it, and NumPy has no word for.
SHAPES: list[Shape] = [(1, 1), (3, 1), (1, 3), (3, 3), (2, 3), (3, 2)]
#: Which rows or columns are taken.
ENDS = ((1, 1), (2, 3), (1, 3))
#: Shapes of operations on pictures, and the numbers after them.
PICTURED: dict[str, tuple[list[Shape], list[int]]] = {
    "windows": ([(6, 4)], [2, 3, 1, 1, 0, 1, 2]), "put_back": ([(4, 4)], [6, 5, 2, 2, 2, 0, 0, 1, 2]),
    "conv2d": ([(6, 4), (2, 3)], [2, 1, 1, 2]), "conv1d": ([(5, 1), (2, 1)], [2, 1, 2]),
    "max_pool2d": ([(6, 3)], [2, 1, 2]), "avg_pool2d": ([(6, 4)], [2, 0, 1]), "flatten": ([(4, 3)], [2]),
    "unflatten": ([(6, 2)], [3, 2, 2]),
}  # fmt: skip
EXPONENTS = {"pow": [num(3), num(2), num("0.5")], "hpow": [num(3), num(2)]}


def evaluate(formula: Formula, quantities: dict[Name, Any], shapes: Shapes) -> Any:
    """Return what the function in NumPy gives for a formula."""
    text = function([formula], Words(list(quantities), shapes), ["A test.", "", "Of it."])
    space: dict[str, Any] = {}
    exec(compile(ast.parse(text), "derivative", "exec"), space)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # of an overflow to what a number cannot hold
        return np.asarray(space["derivative"](*quantities.values()))


def calls(op: str) -> Iterator[tuple[Formula, list[Name], Shapes]]:
    """Yield the operation on names of every shape that fits it."""
    entry = OPS[op]
    if entry.forms and entry.forms[0].shapes == "part":
        for (first, last), shape in product(ENDS, SHAPES):
            shapes, part = Shapes({name("x0"): shape}), call(op, name("x0"), num(first), num(last))
            with suppress(Problem):
                shapes.of(part)
                yield part, [name("x0")], shapes
        return
    if op in PICTURED:
        sizes, numbers = PICTURED[op]
        names = [name(f"x{place}") for place in range(len(sizes))]
        yield call(op, *names, *map(num, numbers)), names, Shapes(dict(zip(names, sizes, strict=True)))
    count = 3 if op in ("add", "column", "row") else len(entry.args)
    for number in sorted({1 if entry.variadic else count, count}):
        for sizes in product(SHAPES, repeat=number):
            names = [name(f"x{place}") for place in range(number)]
            shapes = Shapes(dict(zip(names, sizes, strict=True)))
            for last in EXPONENTS.get(op, [names[-1]]):
                formula = call(op, *names[:-1], last, *map(literal, entry.settings.values()))
                try:
                    shapes.of(formula)
                except Problem:
                    continue
                yield formula, [each for each in names if each is last or each in names[:-1]], shapes


def expected(formula: Formula, values: list[Any]) -> Any:
    """Return the value by `nncalc.arrays`, None where there is none."""
    from nncalc.numbers.array_machine import ArrayMachine

    machine = ArrayMachine()
    names = [name(f"x{place}") for place in range(len(values))]
    machine.values = dict(zip(names, values, strict=True))
    try:
        return machine.value(formula, None)
    except (Problem, Undefined):
        return None


@pytest.mark.parametrize("op", sorted(OPS.keys() - {"generic"}))
@pytest.mark.parametrize("far", [1, 30, 1000])
def test_every_operation_has_a_form_in_numpy(op: str, far: int) -> None:
    if OPS[op].forms and OPS[op].forms[0].shapes == "sizes":
        return  # the next test
    random = np.random.default_rng(3)
    compared = 0
    for formula, names, shapes in calls(op):
        for positive in (False, True):
            values = [random.standard_normal(shapes.of(each)) * far for each in names]  # type: ignore[arg-type]
            values = [np.abs(value) if positive else value for value in values]
            values = [v @ v.T + np.eye(len(v)) if positive and len(v) == v.shape[1] > 1 else v for v in values]
            right = expected(formula, values)
            if right is None:
                continue
            found = evaluate(formula, dict(zip(names, values, strict=True)), shapes)
            assert np.broadcast_to(found, right.shape) == pytest.approx(right, rel=1e-9, abs=1e-300), formula
            compared += 1
    partial = OPS[op].partial and far > 1  # sinh(1000) is too large for any number, 30 no probability
    assert compared or partial or op in ("matrix", "asin", "acos", "polygamma")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("ones(m)", np.ones((2, 1))), ("ones(m, n)", np.ones((2, 3))), ("zeros(n)", np.zeros((3, 1))),
        ("zeros(m, n)", np.zeros((2, 3))), ("eye(n)", np.eye(3)), ("m/n", 2 / 3),
        ("A' * A / m^2", np.full((3, 3), 0.5)),
        ("comm(m, n)", ARRAYS["comm"](np.array([[2]]), np.array([[3]]))),
        ("inv(sum(A))", 1 / 6), ("det(sum(A))", 6), ("tr(sum(A))", 6), ("softmax(sum(A))", 1), ("vec(sum(A))", 6),
        ("dg(sum(A))", 6), ("diag(sum(A))", 6), ("adj(sum(A))", 1), ("2'*A", np.full((2, 3), 2)),
        ("logdet(sum(A))", np.log(6)), ("lse(sum(A), 0, m)", np.log(np.exp(6) + 1 + np.exp(2))),
        ("-linear(A + 1)", np.full((2, 3), -2)), ("A - linear(A - 1)", np.ones((2, 3))),
        ("acos(A/2)", np.full((2, 3), np.arccos(0.5))), ("-(A - A/4)", np.full((2, 3), -0.75)),
        ("2^-sum(A)", 1 / 64), ("-sum(A)^2", -36), ("(-sum(A))^2", 36), ("(A .* A)'", np.ones((3, 2))),
        ("norm2(1e200*A)", 6**0.5 * 1e200), ("norm2(0*A)", 0), ("intercept(A)", np.ones((3, 3))),
        ("trim(A)", np.ones((2, 2))), ("2 - (3 - sum(A))", 5), ("2/(3/sum(A))", 4), ("2/3/sum(A)", 1 / 9),
        ("relu(-A) - step(A - 1) - step(A)", -np.ones((2, 3))),
    ],
)  # fmt: skip
def test_what_is_made_of_sizes_and_numbers(text: str, value: Any) -> None:
    found = evaluate(parse(text), {name("A"): np.ones((2, 3))}, Shapes({name("A"): ("m", "n")}))
    assert np.broadcast_to(found, np.shape(np.atleast_2d(value))) == pytest.approx(np.atleast_2d(value))


@pytest.mark.parametrize(
    ("text", "value"), [("A*[1, 2, 4]", [[7], [7]]), ("[[1, 2], [3, 4]]*A", [[3] * 3, [7] * 3]),
        ("A.*[[-1, 2, 3], [1, 2, 3]]", [[-1, 2, 3], [1, 2, 3]]),
                      ("det([[2]])", 2), ("sum([1])", 1)]
)  # fmt: skip
def test_brackets_in_numpy(text: str, value: Any) -> None:
    assert evaluate(parse(text), {name("A"): np.ones((2, 3))}, Shapes({name("A"): (2, 3)})) == pytest.approx(
        np.asarray(value)
    )


def test_a_matrix_without_an_inverse_has_an_adjugate_in_numpy_and_a_negative_determinant_no_logarithm() -> None:
    shapes = Shapes({name("A"): (2, 2)})
    singular = {name("A"): np.array([[1, 2], [2, 4]])}
    assert evaluate(parse("adj(A)"), singular, shapes) == pytest.approx(np.array([[4, -2], [-2, 1]]))
    assert np.isnan(evaluate(parse("logdet(A)"), {name("A"): np.array([[1, 2], [3, 4]])}, shapes))


def numpy_of(*args: Any, **more: Any) -> Callable[..., Any]:
    """Return the function in NumPy of a derivation."""
    text = render(page(derive(Wanted(*args, **more)), None), "numpy", ascii_only=False)
    space: dict[str, Any] = {}
    exec(compile(ast.parse(text), "derivative", "exec"), space)
    found: Callable[..., Any] = space["derivative"]
    return found


def test_no_name_in_numpy_is_one_of_pythons_or_two_at_once() -> None:
    found = numpy_of("mean(lambda_*x)", "x", ("x: lambda, lambda_: 1",))
    assert found(lambda_=5, x=[0, 0]) == pytest.approx(np.array([[2.5], [2.5]]))
    assert numpy_of("float*norm2(np)^2", "np", ("float: 1",))(float_=2, np_=[1, 2]) == pytest.approx(
        np.array([[4], [8]])
    )
    assert numpy_of("sum(derivative)", "derivative")([1, 2]) == pytest.approx(np.ones((2, 1)))


def test_a_size_in_numpy_is_read_off_a_sum_or_refused() -> None:
    shapes = Shapes({name("A"): ("m", "n+1")})
    assert evaluate(parse("ones(n)"), {name("A"): np.ones((2, 3))}, shapes) == pytest.approx(np.ones((2, 1)))
    with pytest.raises(Problem, match="no array has the size `n` by itself"):
        Words([name("A")], Shapes({name("A"): ("m*n", 1)})).text(parse("ones(n)"))


@pytest.mark.parametrize(
    ("expression", "wrt", "far"),
    [("softplus(x)", "x", 1000), ("sum(softplus(W*x))", "x", 1000),
        ("-y'*log(softmax(z))", "z", 1000), ("lse(z)", "z", 1000), ("norm2(x)", "x", 1e200)],
)  # fmt: skip
def test_a_derivative_in_numpy_is_finite_far_out(expression: str, wrt: str, far: float) -> None:
    found = numpy_of(expression, wrt)
    arguments = {"W": np.diag([far, -far]), "x": [1.0 if far < 1e4 else far, -far], "y": [1, 0], "z": [far, -far]}
    assert np.isfinite(
        found(**{word: arguments[word] for word in "WxyzA" if re.search(rf"\b{word}\b", expression)})
    ).all()


# -- at numbers: the conventions of `backward` ---------------------------------------------------------


def at(expression: str, wrt: str | None, *texts: str, shapes: str = "", **more: Any) -> Any:
    """Return the values at numbers by name, and the notes."""
    result = derive(Wanted(expression, wrt, (shapes,) if shapes else (), **more))
    found = evaluated(result, texts, None)
    return {each.name.id: each.rows for each in found.values}, found.notes


RELU, TIE = "ReLU′(0) = 0", "a tie in max is shared, or taken by the side that is a constant"


@pytest.mark.parametrize(
    ("expression", "wrt", "shapes", "texts", "slope", "notes"),
    [
        ("norm2(x)", "x", "", ["x=0,0"], [[0], [0]], ("‖A‖₂′ = 0 at 0",)),
        ("norm2(x)^2", "x", "", ["x=0,0"], [[0], [0]], ()),
        ("det(A)", "A", "", ["A=[[1,2],[2,4]]"], [[4, -2], [-2, 1]], ()),
        ("relu(x)", "x", "x: 1", ["x=0"], [[0]], (RELU,)),
        ("relu(x)", "x", "x: 1", ["x=1"], [[1]], ()),
        ("relu(x)", "x", "", ["x=0,1"], [[0, 0], [0, 1]], (RELU,)),
        ("max(x, y)", "x", "x: 1, y: 1", ["x=1", "y=1"], [[0.5]], (TIE,)),
        ("max(x, 1)", "x", "x: 1", ["x=1"], [[0]], (TIE,)),
        ("max(x, y, z)", "x", "x: 1, y: 1, z: 1", ["x=1", "y=1", "z=1"], [[pytest.approx(1 / 3)]], (TIE,)),
        ("max(x, y, z, 1)", "x", "x: 1, y: 1, z: 1", ["x=1", "y=1", "z=1"], [[0]], (TIE,)),
        ("sum(relu(x)) + norm1(x)", "x", "", ["x=0,1"], [[0], [2]], (RELU, "|x|′ = 0 at 0")),
        ("relu(y)*x", "x", "x: 1, y: 1", ["x=1", "y=0"], [[0]], ()),
        ("x", "x", "x: 1", ["x=3"], [[1]], ()),
    ],
)  # fmt: skip
def test_numbers_keep_the_conventions_and_say_which(
    expression: str, wrt: str, shapes: str, texts: list[str], slope: Any, notes: tuple[str, ...]
) -> None:
    values, said = at(expression, wrt, *texts, shapes=shapes)
    assert values[f"d(f)/d({wrt})"] == slope
    assert said == notes


def test_the_gradient_of_a_number_lies_in_numerator_layout() -> None:
    values, _ = at("sum(A*X)", "X", "A=[[1,2]]", "X=[[1,2,3],[4,5,6]]", layout="numerator")
    assert values["d(f)/d(X)"] == [[1, 2]] * 3


def test_a_hessian_at_numbers_is_called_so_and_stands_beside_the_gradient() -> None:
    values, _ = at("norm2(x)^4", "x", "x=1,2", hessian=True)
    assert list(values) == ["f", "d(f)/d(x)", "H"]
    assert values["H"] == pytest.approx(np.array([[28, 16], [16, 52]]))


def test_a_stationary_point_without_a_value_is_a_note() -> None:
    values, notes = at("norm2(y - X*w)^2", "w", "X=[[1,2],[2,4]]", "y=1,2", "w=0,0", solve=True)
    assert values == {"f": [[5]], "d(f)/d(w)": [[-10], [-20]]}
    assert "no value here: `inv(X' * X)`" in notes[0]
    values, notes = at("norm2(y - X*w)^2", "w", "X=[[1,2],[2,4]]", "y=1,2", solve=True)
    assert (values, len(notes)) == ({}, 1)


@pytest.mark.parametrize(
    ("expression", "texts", "says"),
    [
        ("x/norm2(x)", ["x=0,0"], "in `f[1] = "),
        ("sum(sqrt(x))", ["x=0,1"], "in `d(f)/d(x[1]) = "),
        ("sqrt(x)", ["x=0,1"], "in `d(f)/d(x[1,1]) = "),
        ("logdet(A)", ["A=[[1,2],[3,4]]"], "in `f = logdet(A)`"),
    ],
)
def test_what_has_no_value_is_called_by_its_name(expression: str, texts: list[str], says: str) -> None:
    with pytest.raises(Problem) as caught:
        at(expression, None, *texts)
    assert "result_" not in caught.value.message
    assert says in caught.value.message


def test_careful_spellings_serve_vectors_too() -> None:
    values, _ = at("softmax(x)", "x", "x=1000,0")
    assert values["f"] == [[1], [0]]


# -- one of each: shapes, columns, ASCII -----------------------------------------------------------------


@pytest.mark.parametrize("form", ["table", "plain", "csv", "markdown", "latex", "numpy", "json"])
def test_a_size_that_is_a_product_is_in_brackets_in_every_form(form: str) -> None:
    result = derive(Wanted("A*X*B", "X"))
    found = render(page(result, None), form, ascii_only=False)
    looks = {
        "csv": "(d*n)x(k*m)",
        "latex": r"(d n) \times (k m)",
        "markdown": r"(d n) \times (k m)",
        "numpy": "(d*n) x (k*m)",
        "json": '"d*n"',
    }
    assert looks.get(form, "(d·n)×(k·m)") in found.replace("\\*", "*")
    if form not in ("json", "latex", "numpy"):
        plain = render(page(result, None), form, ascii_only=True)
        assert plain.isascii()
        assert "(d*n)x(k*m)" in plain.replace("\\*", "*")


def test_shapes_in_every_form_of_the_shapes_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["shapes", "W: m x n -> a: m -> loss: 1", "--ascii"]) == 0
    found = capsys.readouterr().out
    assert "(m*n)xm" in found
    assert found.isascii()
    assert text_of(("d*n", 1), " × ") == "(d·n) × 1"


def test_a_note_of_backward_is_ascii_where_that_is_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["backward", "-e", "f = norm2(x)", "x=0,0", "--show-steps", "--ascii"]) == 0
    found = capsys.readouterr().out
    assert "||A||_2' = 0 at 0" in found
    assert found.isascii()


@given(st.text())
def test_words_in_ascii_lose_no_letter(text: str) -> None:
    found = in_ascii(text)
    assert all(character in found for character in text if character.isascii())
    assert in_ascii("(d·n)×1 − ½") == "(d*n)x1 - 1/2"


def test_a_table_in_markdown_lacks_what_no_row_fills() -> None:
    assert table(["a", "b"], [["x", ""], ["*", ""]]).splitlines() == ["| a |", "| --- |", "| x |", "| \\* |"]


# -- a terminal ---------------------------------------------------------------------------------------------

CONTROL = re.compile(r"\x1b\[[0-9;]*m")


@pytest.mark.parametrize("columns", [40, 60, 120, 200])
@pytest.mark.parametrize("ascii_only", [False, True])
def test_colour_changes_no_character(columns: int, ascii_only: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    for variable, value in {"COLUMNS": str(columns), "TERM": "xterm-256color"}.items():
        monkeypatch.setenv(variable, value)
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.delenv("FORCE_COLOR", raising=False)
    result = derive(Wanted("norm2(y - X*theta)^2", "theta", solve=True))
    made = page(result, None)
    plain = [line.text for line in lines(made, style_of(made, ascii_only=ascii_only), columns)]
    shown = render(page(result, None), "terminal", ascii_only=ascii_only)
    assert "\x1b[" in shown
    assert CONTROL.sub("", shown).splitlines() == plain
    if columns == 200:
        assert "".join(f"{line}\n" for line in plain) == render(page(result, None), "table", ascii_only=ascii_only)
    monkeypatch.setenv("NO_COLOR", "1")
    assert not re.search(r"\x1b\[[0-9;]*3[0-9]", render(page(result, None), "terminal", ascii_only=ascii_only))


def test_csv_and_json_of_a_derivation_read_back() -> None:
    result = derive(Wanted("norm2(x)^2", "x"))
    rows = list(csv.DictReader(io.StringIO(render(page(result, None), "csv", ascii_only=False))))
    assert rows[-1]["formula"] == "2 * x"
    numbers = evaluated(result, ["x=1,2"], None)
    assert json.loads(render(page(result, numbers), "json"))["values"] == {"f": 5, "d(f)/d(x)": [2, 4]}
