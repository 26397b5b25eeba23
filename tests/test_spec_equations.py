"""Specs as equations: what is read, what is refused, and the words of the refusals."""

from __future__ import annotations

import json
import math
import tomllib
from pathlib import Path
from typing import Any

import pytest

from nncalc.cli.app import run
from nncalc.language.figures import Figure
from nncalc.problems import Problem, Where
from nncalc.spec import Spec, Statement, read, value
from nncalc.spec.model import from_expressions, from_spec, with_values
from nncalc.spec.printer import render

RECITATION = """name = "Recitation 5"
[inputs]
x = [1, 2]
[targets]
y = 3
[parameters]
alpha = [[2, 1, 0], [0, 2, 0]]
beta = [[0, 1, 2]]
[equations]                       # in any order
a = "alpha * intercept(x)"
z = "relu(a)"
yhat = "beta * intercept(z)"
loss = "squared_error(yhat, y)"   # nothing uses it: it is differentiated
"""


def toml(text: str) -> Spec:
    return read(text.encode(), "net.toml", "toml", None)


def refused(text: str) -> Problem:
    with pytest.raises(Problem) as caught:
        toml(text)
    assert isinstance(caught.value.where, Where)
    return caught.value


def equations(text: str, inputs: str = "x = 1") -> str:
    return f"[inputs]\n{inputs}\n[equations]\n{text}\n"


def test_the_recitation_is_read_as_it_is_written() -> None:
    spec = toml(RECITATION)
    assert spec.name == "Recitation 5"
    assert spec.statements["a"] == Statement("alpha * intercept(x)", ("equations", "a"), written=True)
    assert list(spec.statements) == ["a", "z", "yhat", "loss"]
    assert spec.given["x"].rows == [[1], [2]]
    assert spec.given["x"].dims == 1
    assert spec.given["y"].rows == [[3]]
    assert spec.given["y"].dims == 0
    assert spec.given["alpha"].rows == [[2, 1, 0], [0, 2, 0]]
    assert spec.given["alpha"].path == ("parameters", "alpha")
    assert (spec.inputs, spec.targets, spec.parameters) == (("x",), ("y",), ("alpha", "beta"))
    assert spec.output == "loss"
    assert spec.per_example == frozenset()


def test_json_says_the_same_as_toml() -> None:
    tree: dict[str, Any] = {
        "name": "Recitation 5",
        "inputs": {"x": [1, 2]},
        "targets": {"y": 3},
        "parameters": {"alpha": [[2, 1, 0], [0, 2, 0]], "beta": [[0, 1, 2]]},
        "equations": {
            "a": "alpha * intercept(x)",
            "z": "relu(a)",
            "yhat": "beta * intercept(z)",
            "loss": "squared_error(yhat, y)",
        },
    }
    spec = read(json.dumps(tree).encode(), "net.json", "json", None)
    other = toml(RECITATION)
    assert (spec.statements, spec.given, spec.output) == (other.statements, other.given, other.output)


def test_numbers_keep_the_text_they_were_typed_with() -> None:
    spec = toml(equations('f = "x"', 'x = [0.10, 1e-3, "1/3", "0.1", 7, -0.5]'))
    texts = [value.text if isinstance(value, Figure) else value for (value,) in spec.given["x"].rows]
    assert texts == ["0.10", "1e-3", "1/3", "0.1", 7, "-0.5"]


def test_output_names_the_quantity_to_differentiate() -> None:
    assert toml('output = "g"\n' + equations('f = "x"\ng = "x"\nh = "x"')).output == "g"


@pytest.mark.parametrize(
    ("lines", "differentiated"),
    [
        (["loss = f^2", "f = 3*x"], "loss"),
        (["f = 3*x", "loss = f^2"], "loss"),
        (["g = f + h", "f = x^2", "h = x^3"], "g"),
        (["f = x^2", "g = x^3"], "g"),  # nothing uses either: the last
        (["g = f", "h = f", "f = x"], "f"),
    ],
)
def test_what_no_other_equation_uses_is_differentiated_in_any_order(lines: list[str], differentiated: str) -> None:
    text = "\n".join(line.replace("= ", '= "') + '"' for line in lines)
    by_spec = from_spec(toml(equations(text)))
    by_expressions = with_values(from_expressions(lines)[0], {"x": value("1", "x")})
    assert str(by_spec.output) == str(by_expressions.output) == differentiated
    for model in (by_spec, by_expressions):
        again = from_spec(toml(render(model)))
        assert again.output == model.output
        assert again.graph.equations == model.graph.equations


@pytest.mark.parametrize(
    ("named", "said"),
    [("loss", False), ("f", True), ("g", True)],
)
def test_a_printed_spec_names_its_output_where_another_would_be_taken(named: str, said: bool) -> None:
    model = from_spec(toml(f'output = "{named}"\n' + equations('loss = "f+g"\nf = "x^2"\ng = "f*x"')))
    text = render(model)
    assert (f'output = "{named}"' in text) == said
    assert str(from_spec(toml(text)).output) == named


def test_a_printed_spec_of_several_ends_names_its_output_unless_it_is_the_last() -> None:
    text = equations('f = "x^2"\ng = "x^3"')
    assert "output" not in render(from_spec(toml(text)))
    printed = render(from_spec(toml('output = "f"\n' + text)))
    assert 'output = "f"' in printed
    assert str(from_spec(toml(printed)).output) == "f"


def test_an_output_that_is_no_equation_is_refused_with_the_nearest_one() -> None:
    problem = refused('output = "lss"\n' + equations('loss = "x"'))
    assert problem.message == "output: `lss` is not known"
    assert problem.hint == "did you mean `loss`? known: `loss`"


def test_greek_letters_hats_and_subscripts_are_spelled_out() -> None:
    spec = toml('output = "ℓ"\n[inputs]\n"x₁" = 1\n"α" = 2\n[equations]\n"ŷ" = "x1*alpha"\n"ℓ" = "ŷ"\n')
    assert list(spec.given) == ["x1", "alpha"]
    assert list(spec.statements) == ["yhat", "loss"]
    assert spec.output == "loss"


def test_one_name_spelled_two_ways_is_a_name_twice() -> None:
    problem = refused('[inputs]\nalpha = 1\n[parameters]\n"α" = 2\n[equations]\nf = "alpha"\n')
    assert problem.message == "parameters.α: `alpha` is already the name of inputs.alpha (line 2)"
    assert problem.code == "name"
    assert isinstance(problem.where, Where)
    assert (problem.where.line, problem.where.column, problem.where.width) == (4, 1, 3)


def test_an_equation_may_be_a_bare_number() -> None:
    spec = toml(equations('f = 3\ng = 0.10\nh = "f+g"'))
    assert spec.statements["f"] == Statement("3", ("equations", "f"), written=False)
    assert spec.statements["g"].text == "0.10"


def test_a_place_inside_an_equation_is_a_column_of_the_file() -> None:
    spec = toml('[equations]\nf = "sin(x)"\n')
    where = spec.where(("equations", "f"), 4, 1)
    assert (where.line, where.column, where.width) == (2, 10, 1)
    assert where.text == 'f = "sin(x)"'


def test_a_place_without_a_document_has_no_line() -> None:
    spec = Spec("-e", "", {}, {}, (), (), (), None)
    assert spec.where(("equations", "f")) == Where("-e", None, None, "equations.f")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('f = ""', "equations.f: the equation is empty"),
        ('f = "  "', "equations.f: the equation is empty"),
        ('f = ["x", "y"]', "equations.f: must be an equation in quotes, not a list"),
        ("f = true", "equations.f: must be an equation in quotes, not `true`"),
        ("f = { x = 1 }", "equations.f: must be an equation in quotes, not a table"),
        ("f = nan", "equations.f: `nan` is not a finite number"),
        ('f = "x # comment"', "equations.f: `#` inside an equation on one line"),
        ('x = "1"', "equations.x: `x` is already the name of inputs.x (line 2)"),
        ('sin = "x"', "equations.sin: `sin` is the name of an operation"),
        ('"a b" = "x"', 'equations."a b": `a b` is not a name'),
        ('"" = "x"', 'equations."": a name must not be empty'),
        ('"-1" = "x"', 'equations."-1": `-1` is not a name'),
        ('"a\\u001b[31m" = "x"', 'equations."a\\x1b[31m": `a\\x1b[31m` is not a name'),
        ('"a\\u202eb" = "x"', 'equations."a\\u202eb": `a\\u202eb` is not a name'),
    ],
)
def test_what_is_no_equation_is_refused_on_its_line(text: str, message: str) -> None:
    problem = refused(equations(text))
    assert problem.message == message
    assert isinstance(problem.where, Where)
    assert problem.where.line == 4


def test_an_equation_on_several_lines_may_have_comments() -> None:
    spec = toml(equations('f = """\nx # the input\n+ 1"""'))
    assert spec.statements["f"].text == "x # the input\n+ 1"


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("true", "inputs.x: must be a number, a list of numbers or a list of lists, not `true`"),
        ("2024-01-01", "inputs.x: must be a number, a list of numbers or a list of lists, not a date or a time"),
        ("nan", "inputs.x: `nan` is not a finite number"),
        ("[1, -inf]", "inputs.x[1]: `-inf` is not a finite number"),
        ("1e999", "inputs.x: `1e999` is too large for a floating-point number"),
        ("1e-999", "inputs.x: `1e-999` is too small for a floating-point number"),
        ("0e-9999", "inputs.x: `0e-9999` has an exponent beyond 1000"),
        ('"1"', 'inputs.x: must be a number, not the string "1"'),
        ('"abc"', 'inputs.x: must be a number, not the string "abc"'),
        ('"1/0"', "inputs.x: `1/0` divides by zero"),
        ("[]", "inputs.x: must be at least one number, not an empty list"),
        ("[[1], []]", "inputs.x[1]: must be a list of at least one number, not an empty list"),
        ("[[1], 2]", "inputs.x[1]: must be a list of numbers like the rows before it, not the number 2"),
        ("[1, [2]]", "inputs.x[1]: must be a number, not a list"),
        ("[[1, 2], [3]]", "inputs.x: rows of different lengths: row 1 has 2 values, row 2 has 1"),
        ("[[[1]]]", "inputs.x[0][0]: must be a number, not a list"),
        ("{ valeus = 1 }", "unknown key `valeus` in inputs.x"),
        ("{ value = 1 }", "unknown key `value` in inputs.x"),
        ("{ }", "missing key `values` in inputs.x"),
        ("{ shape = 2 }", "missing key `init` in inputs.x"),
        ('{ values = 1, init = "ones" }', "inputs.x.init: `values` is given already"),
        ("{ values = 1, seed = 1 }", "inputs.x.seed: does not go with `values`"),
    ],
)
def test_what_is_no_number_is_refused_by_its_key(value: str, message: str) -> None:
    problem = refused(equations('f = "x"', f"x = {value}"))
    assert problem.message == message
    assert isinstance(problem.where, Where)
    assert problem.where.line == 2


def test_an_integer_too_large_for_floating_point_is_refused() -> None:
    problem = refused(equations('f = "x"', f"x = [1, {'9' * 390}]"))
    for road in ("true", "# not plain\n"):
        assert problem.message == refused(equations('f = "x"', f"x = [1, {'9' * 390}, {road}]")).message
    assert problem.message == "inputs.x[1]: `99999999999999999999…` is too large for a floating-point number"
    problem = refused(equations('f = "x"', f'x = ["{"9" * 390}/7"]'))
    assert problem.message.endswith("is too large for a floating-point number")


def test_an_integer_that_floating_point_rounds_is_noted() -> None:
    spec = toml(equations('f = "x"', "x = [9007199254740993, 0]"))
    assert spec.given["x"].rows == [[9007199254740993], [0]]
    assert spec.notes == (
        "`x` holds 9007199254740993, which floating point rounds to 9007199254740992; --exact keeps it",
    )


def test_a_large_integer_that_floating_point_holds_is_not_noted() -> None:
    assert toml(equations('f = "x"', f"x = [{2**60}, 0]")).notes == ()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "the file is empty"),
        ("# nothing here\n", "missing keys: `equations`, or `input` and `layers`"),
        ('name = "x"\n', "missing keys: `equations`, or `input` and `layers`"),
        ("[inputs]\nx = 1\n", "missing key `equations`"),
        ("[equations]\n", "equations: at least one equation is needed"),
        ("equations = 3\n", "equations: must be a table, not the number 3"),
        ('inputs = [1]\n[equations]\nf = "1"\n', "inputs: must be a table, not a list"),
        ('name = 3\n[equations]\nf = "1"\n', "name: must be a string, not the number 3"),
        ('nmae = "x"\n[equations]\nf = "1"\n', "unknown key `nmae`"),
        ('[equations]\nf = "1"\n[input]\nvalues = 1\n', "input: does not go with `equations`"),
    ],
)
def test_a_document_that_is_no_spec_is_refused(text: str, message: str) -> None:
    assert refused(text).message == message


def test_an_unknown_key_is_met_with_the_nearest_and_all_known_ones() -> None:
    problem = refused('[equation]\nf = "1"\n')
    assert problem.hint is not None
    assert problem.hint.startswith("did you mean `equations`? known keys: `name`, `output`, `input`")
    assert isinstance(problem.where, Where)
    assert (problem.where.line, problem.where.column, problem.where.width) == (1, 1, 10)


def test_matrices_stay_as_they_are_typed() -> None:
    spec = toml(equations('f = "x"', "x = { values = [[1, 2], [3, 4], [5, 6]] }"))
    assert spec.given["x"].rows == [[1, 2], [3, 4], [5, 6]]
    assert spec.given["x"].dims == 2
    assert not spec.given["x"].batch
    assert spec.given["x"].path == ("inputs", "x", "values")


@pytest.mark.parametrize(
    ("table", "rows", "dims"),
    [
        ('{ shape = [2, 2], init = "zeros" }', [[0, 0], [0, 0]], 2),
        ('{ shape = [2], init = "ones" }', [[1], [1]], 1),
        ('{ shape = 2, init = "ones" }', [[1], [1]], 1),
        ('{ shape = [], init = "ones" }', [[1]], 0),
        ('{ shape = [1, 2], init = "constant", value = "1/3" }', [[1 / 3, 1 / 3]], 2),
    ],
)
def test_an_initialiser_fills_a_shape(table: str, rows: list[list[float]], dims: int) -> None:
    given = toml(equations('f = "x"', f"x = {table}")).given["x"]
    assert (given.rows, given.dims) == (rows, dims)


@pytest.mark.parametrize(
    ("init", "low", "high"),
    [
        ('"uniform", low = -0.1, high = 0.1', -0.1, 0.1),
        ('"xavier"', -math.sqrt(6 / 50), math.sqrt(6 / 50)),
        ('"glorot_uniform"', -math.sqrt(6 / 50), math.sqrt(6 / 50)),
        ('"normal"', -6, 6),
        ('"normal", mean = 100, std = 0.5', 97, 103),
        ('"he_normal"', -6 * math.sqrt(2 / 30), 6 * math.sqrt(2 / 30)),
    ],
)
def test_a_random_initialiser_repeats_itself_and_stays_in_its_range(init: str, low: float, high: float) -> None:
    text = equations('f = "x"', f"x = {{ shape = [20, 30], init = {init}, seed = 7 }}")
    rows = toml(text).given["x"].rows
    assert rows == toml(text).given["x"].rows
    assert rows != toml(text.replace("seed = 7", "seed = 8")).given["x"].rows
    assert (len(rows), len(rows[0])) == (20, 30)
    assert low <= min(map(min, rows)) < max(map(max, rows)) <= high


def test_a_uniform_start_is_what_python_draws_from_the_seed() -> None:
    # random.Random(7).uniform(0, 1), twice, by hand
    given = toml(equations('f = "x"', 'x = { shape = 2, init = "uniform", low = 0, high = 1, seed = 7 }')).given["x"]
    assert given.rows == [[0.32383276483316237], [0.15084917392450192]]


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ('init = "ones"', "missing key `shape` in inputs.x"),
        ('shape = [2], init = "onse"', "inputs.x.init: `onse` is not known"),
        ('shape = [2], init = ""', "inputs.x.init: must not be empty"),
        ('shape = [2], init = "xavier"', "missing key `seed` in inputs.x"),
        ('shape = [2], init = "xavier", seed = -1', f"inputs.x.seed: must be between 0 and {2**63 - 1}, not -1"),
        ('shape = [2], init = "uniform", seed = 1', "missing key `low` in inputs.x"),
        ('shape = [2], init = "uniform", seed = 1, low = 1, high = 1', "inputs.x.high: must be larger than `low`, 1"),
        ('shape = [2], init = "normal", seed = 1, std = 0', "inputs.x.std: must be larger than 0"),
        ('shape = [2], init = "ones", seed = 1', "inputs.x.seed: does not go with `init`"),
        ('shape = [0], init = "ones"', "inputs.x.shape[0]: must be between 1 and 2000000, not 0"),
        ('shape = [2.5], init = "ones"', "inputs.x.shape[0]: must be an integer, not the number 2.5"),
        ('shape = true, init = "ones"', "inputs.x.shape: must be an integer, not `true`"),
        ('shape = [1, 1, 1], init = "ones"', "inputs.x.shape: must be a list of at most two integers, not a list"),
        ('shape = "2", init = "ones"', 'inputs.x.shape: must be a list of at most two integers, not the string "2"'),
        (
            'shape = [2000, 2000], init = "ones"',
            "inputs.x.shape: asks for 4000000 values; at most 2000000 are held",
        ),
    ],
)
def test_an_initialiser_that_does_not_hold_together_is_refused(table: str, message: str) -> None:
    assert refused(equations('f = "x"', f"x = {{ {table} }}")).message == message


NAMES = (
    "größe", "coût", "âge", "É", "e\u0301", "вес", "日本", "x_ö", "ñ1", "größe_1", "αβ", "ŷ1", "א", "ا", "ı", "ß",
    "for", "true", "inf", "nan", "null", "end", "inputs", "name", "examples", "lambda", "T", "e", "pi",
    "α", "θ1", "W1", "W_out", "a" * 99, "ö" * 99,
)  # fmt: skip


@pytest.mark.parametrize("named", NAMES, ids=lambda each: each[:12])
def test_what_equations_prints_is_read_again_whatever_the_names(
    named: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    spec, again = tmp_path / "net.json", tmp_path / "again.toml"
    text = {"inputs": {named: [1, 2]}, "parameters": {f"{named}k": 3}, "equations": {"f": f"sum({named}) * {named}k"}}
    spec.write_text(json.dumps(text), encoding="utf-8")
    assert run(["forward", str(spec), "--equations", "-o", str(again)]) == 0
    capsys.readouterr()
    found: list[object] = []
    for each in (spec, again):
        assert run(["backward", str(each), "--format", "json"]) == 0
        found.append(json.loads(capsys.readouterr().out))
    assert found[0] == found[1]
    assert tomllib.loads(again.read_text(encoding="utf-8"))["equations"]
    assert run(["forward", str(again), "--equations"]) == 0
    assert capsys.readouterr().out == again.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "named", ["a.b", 'a"b', "a'b", "a b", "", "-x", "3x", "_x", "x\n", "x\u202ey", "q\u0301", "exp", "a" * 300]
)
def test_what_is_no_name_is_refused_where_it_stands(
    named: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    spec = tmp_path / "net.json"
    spec.write_text(json.dumps({"inputs": {named: 1}, "equations": {"f": "2"}}), encoding="utf-8")
    assert run(["forward", str(spec), "--equations"]) == 2
    found = capsys.readouterr()
    assert not found.out
    assert "net.json:1:" in found.err


@pytest.mark.parametrize(
    "example", sorted((Path(__file__).parent.parent / "configs").iterdir()), ids=lambda each: each.name
)
def test_an_example_as_equations_is_the_same_network(
    example: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found: list[dict[str, list[float]]] = []
    for each in (str(example), str(tmp_path / "again.toml"), str(tmp_path / "again.json")):
        assert run(["backward", each, "--format", "json"]) == 0
        data = json.loads(capsys.readouterr().out)
        groups = (data["values"], data["gradients"])
        found.append(
            {f"{place} {of}": flat(given) for place, group in enumerate(groups) for of, given in group.items()}
        )
        if len(found) == 1:
            for form in ("toml", "json"):
                assert run(["forward", each, "--equations", "-o", str(tmp_path / f"again.{form}")]) == 0
    assert found[1] == found[2] == found[0]


def flat(given: Any) -> list[float]:
    """Return the numbers of a quantity, however it was typed: one row is a list in layers, and a row in equations."""
    return [number for each in given for number in flat(each)] if isinstance(given, list) else [given]


def test_a_name_with_a_hat_that_nothing_is_given_of_is_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["forward", "-e", "f = sum(x̂)"]) == 2
    assert "-e:1:9: error: `x` has no value" in capsys.readouterr().err


@pytest.mark.parametrize("words", [["--format", "csv"], ["-o", "net.html"], ["--format", "latex"]], ids=" ".join)
def test_equations_are_a_spec_and_nothing_else(
    words: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(["forward", "xor", "--equations", *words]) == 2
    said = capsys.readouterr().err
    assert "--equations writes a spec" in said or "its name may end in .json, .toml" in said
    assert not [*tmp_path.iterdir()]


def test_a_key_in_markdown_is_read_back_whatever_its_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    inputs = '[inputs]\nx = [1, 2]\n[parameters]\n"größe" = 0.5\nW_out = 2\n"вес" = 1\n'
    Path("net.toml").write_text(inputs + '[equations]\nf = "x * größe * W_out * вес"\ns = "sum(f)"\n', encoding="utf-8")
    assert run(["worksheet", "net.toml", "--key", "-o", "key.md"]) == 0
    assert run(["check", "net.toml", "--answers", "key.md"]) == 0
    assert "8 of 8 answers are right" in capsys.readouterr().out
