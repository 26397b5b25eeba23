"""From Python: what is computed, printed and refused is what the command computes, prints and refuses."""

from __future__ import annotations

import decimal
import json
import os
import random
import subprocess
import sys
import warnings
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from test_html import CORE, Strict

import nncalc
from nncalc.cli.app import run
from nncalc.language.formula import call, forgetting, name, num
from nncalc.progress import _ears
from nncalc.sheet.calculation import calculate
from nncalc.testing import assert_gradients

ROOT = Path(__file__).parent.parent
CONFIGS = sorted((ROOT / "configs").iterdir())
SPEC = ROOT / "configs" / "recitation.toml"


def printed(capsys: pytest.CaptureFixture[str], *words: object) -> str:
    assert run([str(word) for word in words]) in (0, 1)
    return capsys.readouterr().out


def as_lists(arrays: Any) -> dict[str, Any]:
    return {of: array.tolist() for of, array in arrays.items()}


# -- the same as the command --------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.name)
def test_arrays_are_the_numbers_of_the_command_to_the_last_bit(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    net = nncalc.load(path)
    found = json.loads(printed(capsys, "backward", path, "--format", "json"))
    result = net.backward()
    assert as_lists(result.values) == found["values"]
    assert as_lists(result.gradients) == found["gradients"]
    assert (net.name, list(net.parameters), result.output) == (found["name"], found["parameters"], found["output"])
    assert result.data == found
    forward = json.loads(printed(capsys, "forward", path, "--format", "json"))
    assert as_lists(net.forward().values) == forward["values"] == found["values"]
    assert dict(net.forward().gradients) == {}


@pytest.mark.parametrize("form", ["table", "plain", "csv", "markdown", "latex", "html"])
@pytest.mark.parametrize("path", [SPEC, ROOT / "configs" / "xor.toml"], ids=lambda path: path.name)
def test_a_page_is_what_the_command_prints(path: Path, form: str, capsys: pytest.CaptureFixture[str]) -> None:
    net = nncalc.load(path)
    assert net.backward().text(form) == printed(capsys, "backward", path, "--format", form)
    words = ("--show-steps", "--form", "vector", "--format", form)
    assert net.page("vector").text(form) == printed(capsys, "backward", path, *words)
    assert net.page("vector").text(form, ascii=True) == printed(capsys, "backward", path, *words, "--ascii")


def test_the_form_of_a_page_is_chosen_as_the_command_does(capsys: pytest.CaptureFixture[str]) -> None:
    for path in (SPEC, *(ROOT / "configs" / f"{each}.toml" for each in ("xor", "softmax-classifier"))):
        assert f"{nncalc.load(path).page()}\n" == printed(capsys, "backward", path, "--show-steps")
    both = nncalc.load(SPEC).backward(wrt="alpha").page("both", precision=3)
    words = ("--wrt", "alpha", "--show-steps", "--form", "both", "--precision", "3")
    assert both.text() == printed(capsys, "backward", SPEC, *words)
    assert both.text("json") == printed(capsys, "backward", SPEC, *words, "--format", "json")


def test_one_example_of_a_batch_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    page, xor = nncalc.load("xor").backward().page(example=2), ROOT / "configs" / "xor.toml"
    assert page.text() == printed(capsys, "backward", xor, "--show-steps", "--example", "2")


def test_equations_are_taken_apart_as_the_command_does(capsys: pytest.CaptureFixture[str]) -> None:
    words = ("-e", "u = x*y", "-e", "f = u*exp(u) + x", "x=2", "y=1/3")
    net = nncalc.load("u = x*y  # a product\nf = u*exp(u) +\n    x", x=2, y=Fraction(1, 3))
    assert net.page().text() == printed(capsys, "backward", *words, "--show-steps")
    assert net.backward().data == json.loads(printed(capsys, "backward", *words, "--format", "json"))
    assert nncalc.load("u = x*y; f = u*exp(u) + x", x=2, y="1/3").page().text() == net.page().text()
    assert net.set(x=1).page().text() == printed(capsys, "backward", *words[:-2], "x=1", "y=1/3", "--show-steps")


def test_values_are_set_started_from_and_stated_as_on_the_command_line(capsys: pytest.CaptureFixture[str]) -> None:
    shape = ("--format", "json")
    for net, words in [
        (nncalc.load(SPEC, x=[0, 2]), ("x=0,2",)),
        (nncalc.load(SPEC, {"y": "1/3", "α": [[1, 0, 1], [0, 1, 1]]}), ("y=1/3", "alpha=[[1,0,1],[0,1,1]]")),
        (nncalc.load(SPEC, given={"z": [0, 1]}), ("--given", "z=0,1")),
        (nncalc.load(SPEC, state={"a": [3, -1]}), ("--state", "a=3,-1")),
        (nncalc.load(SPEC, conventions={"round_steps": 2}), ("--convention", "round_steps=2")),
        (nncalc.load(nncalc.load(SPEC), x=[0, 2]), ("x=0,2",)),
        (nncalc.load(SPEC).set({"x": [0, 2]}), ("x=0,2",)),
    ]:
        assert net.backward().data == json.loads(printed(capsys, "backward", SPEC, *words, *shape))
    exact = json.loads(printed(capsys, "backward", SPEC, "x=1/3,2/7", "--exact", *shape))
    found = nncalc.load(SPEC, x=["1/3", Fraction(2, 7)]).backward(exact=True)
    assert found.data == exact
    assert str(found.exactly("a[1]")) == exact["exact"]["values"]["a"][0]
    assert str(found.exactly("loss")) == exact["exact"]["values"]["loss"]
    assert [[str(each) for each in row] for row in found.exactly("d(loss)/d(alpha)")] == exact["exact"]["gradients"][
        "alpha"
    ]


def test_what_is_differentiated_is_chosen_as_on_the_command_line(capsys: pytest.CaptureFixture[str]) -> None:
    net = nncalc.load("softmax-classifier")
    path = ROOT / "configs" / "softmax-classifier.toml"
    for result, words in [
        (net.backward("x,alpha"), ("--wrt", "x,alpha")),
        (net.backward(["x", "alpha"]), ("--wrt", "x", "--wrt", "alpha")),
        (net.backward(unfold=True), ("--unfold",)),
    ]:
        assert result.data == json.loads(printed(capsys, "backward", path, *words, "--format", "json"))
    assert nncalc.load(SPEC).backward(of="yhat").data == json.loads(
        printed(capsys, "backward", SPEC, "--of", "yhat", "--format", "json")
    )


def test_a_spec_is_a_path_a_name_a_table_or_a_text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = SPEC.read_text(encoding="utf-8")
    tree = json.loads((ROOT / "configs" / "recitation.json").read_text(encoding="utf-8"))
    wanted = nncalc.load(SPEC).backward().data
    for spec in (str(SPEC), "recitation", text, tree, json.dumps(tree)):
        assert nncalc.load(spec).backward().data == wanted
    equations = nncalc.load(str(nncalc.load(SPEC))).backward()
    assert (equations.data["values"], equations.data["gradients"]) == (wanted["values"], wanted["gradients"])
    monkeypatch.chdir(tmp_path)
    Path("a=b").write_text(text, encoding="utf-8")
    Path("x.csv").write_text("1,2\n", encoding="utf-8")
    assert nncalc.load("a=b").backward().data == wanted
    table = {"inputs": {"x": {"file": "x.csv"}}, "equations": {"f": "sum(x)"}}
    assert nncalc.load(table).forward()["f"] == nncalc.load(json.dumps(table)).forward()["f"] == 3


def test_answers_are_judged_as_the_command_does(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    net = nncalc.load(SPEC)
    answers = {"a": [3, 2], "dalpha": "[[12, 12, 24], [16, 16, 32]]", "d(loss)/d(z)": "d(loss)/d(yhat)*beta"}
    file = tmp_path / "mine.json"
    file.write_text(json.dumps(answers), encoding="utf-8")
    for found in (net.check(answers), net.check(file)):
        assert not found.right
        assert not found
        assert [each["verdict"] for each in found.answers] == ["right", "mistake", "wrong"]
        assert found.score == pytest.approx(1 / 3)
    assert net.check(file).text() == printed(capsys, "check", SPEC, "--answers", file)
    assert net.check().text() == printed(capsys, "check", SPEC)
    assert net.check(wrt="x").text() == printed(capsys, "check", SPEC, "--wrt", "x")
    assert net.check().score == 1
    assert not net.check({"beta_grad": np.array([[4.0, 12, 8.001]])})
    assert net.check({"beta_grad": np.array([[4.0, 12, 8.001]])}, tolerance=1e-3)


def test_a_derivation_is_that_of_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = (
        "derive",
        "x'*A*x",
        "--wrt",
        "x",
        "--assume",
        "A: symmetric",
        "--hessian",
        "--at",
        "x=1,2",
        "--at",
        "A=[[2,1],[1,3]]",
    )
    found = nncalc.derive(
        "x'*A*x", wrt="x", assume=["A: symmetric"], hessian=True, at={"x": [1, 2], "A": np.array([[2, 1], [1, 3]])}
    )
    assert found.text() == printed(capsys, *words)
    assert found.data == json.loads(printed(capsys, *words, "--format", "json"))
    assert nncalc.derive(str(SPEC), wrt="beta").text() == printed(capsys, "derive", SPEC, "--wrt", "beta")
    assert nncalc.derive("x'*x").text("numpy") == printed(capsys, "derive", "x'*x", "--format", "numpy")
    at = nncalc.derive("A*x", wrt="x", at={"A": [[2, 1], [1, 3]], "x": "1, 1/2"}).values
    assert at["d(f)/d(x)"].tolist() == [[2, 1], [1, 3]]  # symmetric, so in either layout
    assert nncalc.derive("norm2(y - X*w)^2", wrt="w", solve=True).solution == "inv(X' * X) * X' * y"
    assert nncalc.derive("x'*x", answer="2*x").right is True
    assert nncalc.derive("x'*x", answer="x").right is False
    assert nncalc.derive("x'*x").right is None
    assert callable(nncalc.derive)  # and no room of that name has taken its place


# -- the same words -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        (lambda: nncalc.load("nowhere.toml"), ["forward", "nowhere.toml"]),
        (lambda: nncalc.load("xorr"), ["forward", "xorr"]),
        (lambda: nncalc.load(ROOT), ["forward", ROOT]),
        (lambda: nncalc.load("w.npz"), ["forward", "w.npz"]),
        (lambda: nncalc.load("f = sni(x)", x=1), ["forward", "-e", "f = sni(x)", "x=1"]),
        (lambda: nncalc.load("f = x*z", x=1), ["forward", "-e", "f = x*z", "x=1"]),
        (lambda: nncalc.load("f = x*z", x=1, Z=2), ["forward", "-e", "f = x*z", "x=1", "Z=2"]),
        (lambda: nncalc.load("a = x*; f = a", x=1), ["forward", "-e", "a = x*", "-e", "f = a", "x=1"]),
        (lambda: nncalc.load(SPEC, x="1,two"), ["forward", SPEC, "x=1,two"]),
        (lambda: nncalc.load(SPEC, x=[1, 2, 3]).forward(), ["forward", SPEC, "x=1,2,3"]),
        (lambda: nncalc.load(SPEC, yhat=3), ["forward", SPEC, "yhat=3"]),
        (lambda: nncalc.load(SPEC, {"alpha": 1, "α": 1}), ["forward", SPEC, "alpha=1", "α=1"]),
        (lambda: nncalc.load(SPEC, given={"q": 1}), ["forward", SPEC, "--given", "q=1"]),
        (lambda: nncalc.load(SPEC, conventions={"max_ti": 1}), ["forward", SPEC, "--convention", "max_ti=1"]),
        (lambda: nncalc.load(SPEC).forward()["los"], ["forward", SPEC, "--get", "los"]),
        (lambda: nncalc.load(SPEC).forward()["x[7]"], ["forward", SPEC, "--get", "x[7]"]),
        (lambda: nncalc.load(SPEC).forward()["1+"], ["forward", SPEC, "--get", "1+"]),
        (lambda: nncalc.load(SPEC).forward().values["lss"], ["forward", SPEC, "--get", "lss"]),
        (lambda: nncalc.load(SPEC).backward(wrt="gamma"), ["backward", SPEC, "--wrt", "gamma"]),
        (lambda: nncalc.load(SPEC).backward(of="gamma"), ["backward", SPEC, "--of", "gamma"]),
        (lambda: nncalc.load("f = exp(x)", x=1).forward(exact=True), ["forward", "-e", "f = exp(x)", "x=1", "--exact"]),
        (lambda: nncalc.load("f = 1/x", x=0).forward(), ["forward", "-e", "f = 1/x", "x=0"]),
        (lambda: nncalc.load(SPEC).forward().text("yaml"), ["forward", SPEC, "--format", "yaml"]),
        (lambda: nncalc.load(SPEC).page("both").text("csv"),
         ["backward", SPEC, "--show-steps", "--form", "both", "--format", "csv"]),
        (lambda: nncalc.load(SPEC).page("matrix"), ["backward", SPEC, "--show-steps", "--form", "matrix"]),
        (lambda: nncalc.load("xor").backward().page(example=5).text(),
         ["backward", "xor", "--show-steps", "--example", "5"]),
        (lambda: nncalc.load("xor").backward().page("vector", example=1),
         ["backward", "xor", "--show-steps", "--form", "vector", "--example", "1"]),
        (lambda: nncalc.load("xor").backward().page(example=1).text("csv"),
         ["backward", "xor", "--show-steps", "--example", "1", "--format", "csv"]),
        (lambda: nncalc.load(SPEC, given={"z": "1,two"}), ["forward", SPEC, "--given", "z=1,two"]),
        (lambda: nncalc.load(SPEC).check({"q": 1}), ["check", SPEC, "--answer", "q = 1"]),
        (lambda: nncalc.load(SPEC).check("nowhere.json"), ["check", SPEC, "--answers", "nowhere.json"]),
        (lambda: nncalc.load(SPEC).check({"a": 1}, tolerance=2.0),
         ["check", SPEC, "--answer", "a = 1", "--tolerance", "2"]),
        (lambda: nncalc.load(SPEC).check(tolerance=0.1), ["check", SPEC, "--tolerance", "0.1"]),
        (lambda: nncalc.derive("x'*B*"), ["derive", "x'*B*"]),
        (lambda: nncalc.derive(""), ["derive", ""]),
        (lambda: nncalc.derive("x*y"), ["derive", "x*y"]),
        (lambda: nncalc.derive("x'*x", at={"x": "1,two"}), ["derive", "x'*x", "--at", "x=1,two"]),
        (lambda: nncalc.derive("x'*x", method="magic"), ["derive", "x'*x", "--method", "magic"]),
        (lambda: nncalc.derive("x'*x", layout="wide"), ["derive", "x'*x", "--layout", "wide"]),
        (lambda: nncalc.derive("x'*x", answer="x", verify=False), ["derive", "x'*x", "--answer", "x", "--no-verify"]),
    ],
)  # fmt: skip
def test_a_problem_has_the_words_of_the_terminal(
    asked: Callable[[], object], words: list[object], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(nncalc.Problem) as found:
        asked()
    assert run([str(word) for word in words]) == 2
    assert capsys.readouterr().err == f"{found.value}\n"
    assert found.value.message in str(found.value)


def test_a_mistake_in_a_table_of_python_is_said_by_its_key(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tree = {"input": {"name": "x", "values": [1, 2]}, "layers": [{"type": "dense", "activaton": "relu"}]}
    with pytest.raises(nncalc.Problem) as found:
        nncalc.load(tree)
    file = tmp_path / "net.json"
    file.write_text(json.dumps(tree), encoding="utf-8")
    assert run(["forward", str(file)]) == 2
    assert found.value.message in capsys.readouterr().err
    assert found.value.where is not None
    assert (found.value.where.source, found.value.where.path) == ("dict", "layers[0].activaton")
    assert str(found.value).startswith(
        "dict: error: unknown key `activaton` in layers[0]\nhint: did you mean `activation`?"
    )


def spec_with(values: object) -> dict[str, object]:
    return {"inputs": {"x": values}, "equations": {"f": "sum(x)"}}


@pytest.mark.parametrize(
    ("values", "said"),
    [
        (float("nan"), "inputs.x: `nan` is not a number"),
        (np.array([1, np.inf]), "inputs.x: the array holds nan or an infinity"),
        (np.array([1j]), "`inputs.x` is an array of complex128, not of real numbers"),
        (np.array(["a"]), "`inputs.x` is an array of <U1, not of real numbers"),
        (np.array([{}]), "`inputs.x` is no array of numbers: float() argument must be"),
        (np.zeros((2, 2, 2)), "inputs.x: is an array of 3 axes, at most 2 are read here"),
        (np.zeros((0, 2)), "read are 1 to 2,000,000 numbers"),
        ({1, 2}, "inputs.x: a set is no number, list, table or text"),
        ({1: 2}, "inputs.x: the key 1 is not a string"),
        ({None: 2}, "inputs.x: the key None is not a string"),
        (np.array([10**400]), "`inputs.x` is no array of numbers: int too large to convert to float"),
        ([[1, 2], [3]], "inputs.x: rows of different lengths"),
        ([], "inputs.x: must be at least one number"),
        ([True], "inputs.x[0]: must be a number, not `true`"),
        (None, "inputs.x: must be a number"),
        (10**400, "is too large for a floating-point number"),
    ],
)
def test_what_is_no_number_is_refused(values: object, said: str) -> None:
    with pytest.raises(nncalc.Problem) as found:
        nncalc.load(spec_with(values))
    assert said in found.value.message


@pytest.mark.parametrize("number", [10**400, -(10**400), float("nan"), float("inf"), -float("inf"), np.array([np.nan])])
def test_an_answer_that_is_not_finite_is_refused(number: object) -> None:
    with pytest.raises(nncalc.Problem, match="`a`: numbers are finite"):
        nncalc.load(SPEC).check({"a": number})


def test_an_array_where_none_belongs_and_a_table_without_end_are_refused() -> None:
    with pytest.raises(nncalc.Problem, match="name: must be a string, not an array"):
        nncalc.load({"name": np.ones(2), "equations": {"f": "1"}})
    endless: list[object] = []
    endless.append(endless)
    with pytest.raises(nncalc.Problem, match="nested too deeply"):
        nncalc.load(spec_with(endless))
    for asked in (lambda: nncalc.load("-"), lambda: nncalc.derive("-")):  # would wait for a terminal
        with pytest.raises(nncalc.Problem, match="is standard input"):
            asked()
    with pytest.raises(nncalc.Problem, match="has its conventions"):
        nncalc.load(nncalc.load(SPEC), conventions={"round_steps": 2})
    with pytest.raises(nncalc.Problem, match="--wrt is for checking gradients"):
        nncalc.load(SPEC).check({"a": 1}, wrt="x")
    with pytest.raises(nncalc.Problem, match="`f` has no exact value here"):
        nncalc.load("f = exp(x)", x=1).forward().exactly("f")
    for digits in (0, 18, -1):
        with pytest.raises(nncalc.Problem, match=f"--precision is a whole number from 1 to 17, not {digits}"):
            nncalc.load(SPEC).forward().page(precision=digits)
    assert not hasattr(nncalc, "nothing")
    assert {"load", "derive", "testing", "Problem", "__version__"} <= set(dir(nncalc))


# -- names, arrays, shapes ----------------------------------------------------------------------------------------


def test_numbers_are_as_they_are_typed_and_arrays_are_doubles() -> None:
    typed = nncalc.load("f = sum(x)", x=[0.1, "1/3", decimal.Decimal("0.20"), Fraction(1, 7), 3]).page()
    assert all(word in str(typed) for word in ("0.1", "1/3", "0.20", "1/7"))
    given = np.array([1.5, 2.5])
    net = nncalc.load("f = sum(x)", x=given)
    given[:] = 7
    assert net.forward()["f"] == 4
    assert nncalc.load("f = sum(x)", x=np.float64(2)).forward()["x"].shape == ()
    assert nncalc.load("f = sum(x)", x=np.float32([[1, 2]])).forward()["x"].tolist() == [[1, 2]]

    class Tensor:
        def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
            return np.array([1, 2, 3])

    assert nncalc.load("f = sum(x)", x=Tensor()).forward()["f"] == 6


def test_results_hold_arrays_in_the_shape_that_was_typed() -> None:
    found = nncalc.load(SPEC).backward()
    shapes = {of: array.shape for of, array in found.values.items()}
    assert shapes == {"x": (2,), "alpha": (2, 3), "beta": (1, 3), "y": (), "a": (2,), "z": (2,), "yhat": (), "loss": ()}
    assert all(array.dtype == np.float64 for array in (*found.values.values(), *found.gradients.values()))
    assert found["α₁,₁"] == found["alpha[1,1]"] == 1
    assert found["∂ℓ/∂α"] is found.gradients["alpha"] is found.gradients["α"]
    assert "alpha" in found.gradients
    assert "x" not in found.gradients
    assert found.gradients.get("x") is None
    assert len(found.gradients) == 5
    with pytest.raises(KeyError) as missing:
        found.gradients["x"]
    assert isinstance(missing.value, nncalc.Problem)
    assert "there is no gradient by `x` here" in str(missing.value)


def test_a_batch_has_an_example_a_row() -> None:
    net = nncalc.load("xor")
    found = net.backward()
    assert len(found["x"]) == len(found.gradients[next(iter(found.gradients))]) == 4


def test_results_do_not_change() -> None:
    net = nncalc.load(SPEC)
    first = net.backward()
    first.values["x"][:] = 100
    first.gradients["alpha"][:] = 100
    second = net.set(x=[0, 0]).backward()
    assert net.backward()["x"].tolist() == [1, 2]
    assert second["loss"] != first["loss"] == 8
    assert "4 4  8" in str(first.page("vector"))


def test_what_is_shown_of_each_in_a_line() -> None:
    net = nncalc.load(SPEC)
    assert repr(net) == "<network 'Recitation 5': x, alpha, beta, y, a, z, yhat, loss>"
    assert repr(nncalc.load("f = x", x=1)) == "<network: x, f>"
    assert repr(net.backward()) == "<backward: loss = 8, gradients by yhat, beta, z, a, alpha>"
    assert repr(nncalc.load("f = x", x=1).forward()) == "<forward: f = 1, values of x, f>"
    assert repr(net.backward(wrt="beta").gradients) == "<gradient by yhat, gradient by beta>"
    assert repr(net.check({"a": 3})) == "<check: not all is right>"
    assert repr(nncalc.derive("x'*x")) == "<derivative of f by x: 2 * x>"
    assert (net.inputs, net.output) == (("x",), "loss")


# -- in a notebook ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("example", ["recitation", "xor", "softmax-classifier"])
def test_what_a_notebook_shows_is_well_formed_and_reaches_no_further(example: str) -> None:
    net = nncalc.load(example)
    answers = {of: array for of, array in net.forward().values.items() if of == net.output}
    for shown in (net.backward(), net.page("vector"), net.check(answers), nncalc.derive("x'*A*x", wrt="x")):
        text = shown._repr_html_()
        found = Strict()
        found.feed(text)
        found.close()
        assert not found.open
        assert found.tags.isdisjoint({"html", "head", "body", "script", "link"})
        assert found.tags & CORE
        looks = text.partition("<style>")[2].partition("</style>")[0]
        rules = [
            line.strip() for line in looks.splitlines() if line.strip() and not line.startswith(("@", "}", "  --"))
        ]
        assert all(rule == "}" or rule.startswith(".nncalc") for rule in rules)
        assert r"\begin{align*}" in shown._repr_latex_()


def test_a_title_does_nothing_in_a_notebook() -> None:
    text = nncalc.load({"name": "</div><script>alert(1)</script>", "equations": {"f": "1+1"}}).forward()._repr_html_()
    assert "<script" not in text
    assert text.count("</div>") == text.count("<div")


# -- what is left behind ------------------------------------------------------------------------------------------


def state() -> list[object]:
    """Return what a process has that a library might change."""
    return [
        sys.getrecursionlimit(), np.geterr(), decimal.getcontext().prec, list(warnings.filters), dict(os.environ),
        Path.cwd(), random.getstate(), np.random.get_state()[2], sys.path[:], list(_ears),
        np.get_printoptions(), sys.stdout, sys.stderr,
    ]  # fmt: skip


def test_nothing_is_left_behind() -> None:
    nncalc.derive("x'*x")  # whatever is imported once
    before = state()
    net = nncalc.load("softmax-classifier", conventions={"round_steps": 3})
    net.backward().page("both").text("json")
    net.check({"a1": 3} if "a1" in net.forward().values else {"loss": 3})
    nncalc.derive("norm2(y - X*w)^2", wrt="w", solve=True).text("latex")
    with pytest.raises(nncalc.Problem):
        nncalc.load("f = " + "sin(" * 20_000 + "x" + ")" * 20_000, x=1).page().text()
    with pytest.raises(AssertionError):
        assert_gradients(SPEC, beta=np.ones(3))
    assert state() == before


def test_a_long_product_needs_no_other_limit() -> None:
    before = sys.getrecursionlimit()
    text = "f = " + "*".join(["x"] * 600)
    assert nncalc.load(text, x=2).forward()["f"] == 2.0**600
    assert sys.getrecursionlimit() == before
    with pytest.raises(RecursionError):  # which it takes
        calculate(nncalc.load(text, x=2).model)


def work(seed: int) -> str:
    """Return much of what there is to say of one network, which another thread has not."""
    draw = random.Random(seed)
    x, w = [draw.randint(-9, 9) for _ in range(3)], [[draw.randint(-9, 9) / 4 for _ in range(3)] for _ in range(2)]
    net = nncalc.load(
        f"a{seed} = W*x; z = tanh(a{seed}) .* {seed + 2}.125; loss = norm2(z - y)^2", x=x, W=w, y=[seed, 1],
        conventions={"round_steps": 4} if seed % 3 == 0 else None,
    )  # fmt: skip
    result = net.backward(wrt="W,x")
    page = result.page("both" if seed % 2 else "scalar")
    html = page._repr_html_() if seed % 2 else ""
    return "".join([page.text("json"), str(page), html, str(net.check({"a" + str(seed): [1, 2]}))])


def test_threads_do_not_disturb_each_other() -> None:
    before, interval = sys.getrecursionlimit(), sys.getswitchinterval()
    wanted = [work(seed) for seed in range(4)]
    try:
        sys.setswitchinterval(1e-5)
        with ThreadPoolExecutor(6) as pool:
            assert list(pool.map(work, [*range(4), *range(4)])) == wanted * 2
    finally:
        sys.setswitchinterval(interval)
    assert sys.getrecursionlimit() == before


def test_equal_formulas_are_one_object_in_every_thread() -> None:
    def made(at: int) -> list[object]:
        found = []
        for each in range(at * 0, 3_000):
            if each % 2:
                with forgetting():
                    call("mul", num(f"{each}.5"), num(f"{each}.25"))
            found.append(call("add", name(f"thread{each}"), call("mul", num(f"{each}.5"), num(f"{each}.25"))))
        return found

    interval = sys.getswitchinterval()
    try:
        sys.setswitchinterval(1e-6)
        with ThreadPoolExecutor(4) as pool:
            first, *others = pool.map(made, range(4))
    finally:
        sys.setswitchinterval(interval)
    assert all(one is other for each in others for one, other in zip(first, each, strict=True))


def test_importing_it_imports_nothing_else() -> None:
    code = (
        "import sys; before = set(sys.modules); import nncalc\n"
        "print(sorted(set(sys.modules) - before))\n"
        "net = nncalc.load('f = x*y', x=2, y=3); str(net.backward().page()); print('numpy' in sys.modules)\n"
        "nncalc.testing.assert_gradients(net, x=3); print('pytest' in sys.modules, 'typer' in sys.modules)"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=True)
    assert done.stdout.splitlines() == ["['nncalc']", "False", "False False"]


# -- in a test ----------------------------------------------------------------------------------------------------


def refused(spec: Any, *gradients: Any, **named: Any) -> str:
    with pytest.raises(AssertionError) as found:
        assert_gradients(spec, *gradients, **named)
    return str(found.value)


def test_gradients_that_are_right_pass_in_every_shape_and_under_every_name() -> None:
    alpha, beta = np.array([[4.0, 4, 8], [8, 8, 16]]), [4, 12, 8]
    assert_gradients(SPEC, alpha=alpha, beta=beta)
    assert_gradients("recitation", {"d(loss)/d(alpha)": alpha, "beta.grad": [beta]})
    assert_gradients(nncalc.load(SPEC), {"∂ℓ/∂α₁,₁": 4, "a": [4, 8]}, yhat=4 + 1e-9)
    assert_gradients(SPEC, beta=[4, 12, 8.01], tolerance=1e-2)
    for path in CONFIGS:
        net = nncalc.load(path)
        found = net.backward().gradients
        assert_gradients(net, {of: found[of] for of in net.parameters or net.inputs})


def test_which_entries_differ_and_by_which_mistake_is_said() -> None:
    said = refused(SPEC, alpha=[[12, 12, 24], [16, 16, 32]], beta=[4, 12, 8])
    assert said.startswith(
        "`alpha`: 6 of 6 entries differ\n"
        "  [0, 0]  d(loss)/d(alpha[1,0]): 12, and 4 is right\n"
        "  [0, 1]  d(loss)/d(alpha[1,1]): 12, and 4 is right\n"
    )
    assert "  and 1 more\n" in said
    assert "slope_is_value: the activation's value stands in place of its slope" in " ".join(said.split())
    assert "beta`" not in said
    one = refused(SPEC, beta=[4, 12, 9])
    assert one.startswith("`beta`: 1 of 3 entries differs\n  [2]  d(loss)/d(beta[2]): 9, and 8 is right\n\n")
    entry = refused(SPEC, {"alpha[1,1]": 7})
    assert entry.startswith("`alpha[1,1]`: 1 of 1 entries differs\n  []  d(loss)/d(alpha[1,1]): 7, and 4 is right")


def test_a_gradient_in_another_shape_or_without_numbers_is_wrong() -> None:
    assert "it is 3×2, and must be 2×3" in refused(SPEC, alpha=np.ones((3, 2)))
    assert "transposed" in refused(SPEC, alpha=np.array([[4.0, 8], [4, 8], [8, 16]]))
    assert refused(SPEC, beta=[4, np.nan, 8]) == "`beta`: nan at [1]"
    assert refused(SPEC, alpha=[[4, 4, 8], [8, 8, -np.inf]]) == "`alpha`: -inf at [1, 2]"


def test_a_network_without_a_loss_has_values_and_a_page_but_no_gradients() -> None:
    layer = {"type": "dense", "weights": {"name": "W", "values": [[1, 2]]}, "bias": "none"}
    net = nncalc.load({"input": {"name": "x", "values": [3, 4]}, "layers": [layer]})
    assert net.output is None
    assert net.forward()["yhat"] == 11
    assert "Backward" not in str(net.page())
    for asked in (net.backward, lambda: assert_gradients(net, W=[[3, 4]])):
        with pytest.raises(nncalc.Problem, match="there is no loss to differentiate"):
            asked()


def test_one_slip_that_others_follow_from_fails() -> None:
    found = nncalc.load(SPEC).backward().gradients
    said = refused(SPEC, {of: 2 * found[of] for of in ("yhat", "beta", "alpha")})
    assert "`yhat`: 1 of 1 entries differs" in said
    assert "right from there" in said


def test_what_fails_fits_a_terminal_and_one_mistake_is_told_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The residual ŷ − y without the half that a mean over two entries has: three mistakes give those numbers."""
    spec = {
        "input": {"name": "x", "values": [1, 2]},
        "layers": [{"type": "dense", "weights": {"name": "W", "values": [[1, 0.5], [-1, 2]]},
                    "bias": {"name": "b", "values": [0, 0.25]}}],
        "loss": {"type": "squared_error", "reduction": "mean", "target": [3, 1]},
    }  # fmt: skip
    found = nncalc.load(spec).backward().gradients
    for columns in (80, 120):
        monkeypatch.setenv("COLUMNS", str(columns))
        said = refused(spec, W=2 * found["W"], b=2 * found["b"])
        assert max(map(len, said.splitlines())) <= columns - 8, "pytest sets it in by 8"
        assert said.count("factor_two:") == 1
        assert said.count("sum_for_mean:") == 1
        assert said.count("ours") == 1
        assert "a mistake, the same as in ∂ℓ/∂W" in said


@pytest.mark.parametrize(
    ("gradients", "said"),
    [
        ({}, "there are no answers"),
        ({"gamma": 1}, "unknown name `gamma`"),
        ({"alpha": "abc"}, "`alpha` is an array of <U3, not of real numbers"),
        ({"alpha": [[1, 2], [3]]}, "`alpha` is no array of numbers"),
        ({"alpha": np.zeros((2, 2, 2))}, "is not a number"),
        ({"y": 1}, "is not computed here"),
    ],
)
def test_what_is_no_gradient_is_a_problem_and_no_failure(gradients: dict[str, Any], said: str) -> None:
    with pytest.raises(nncalc.Problem) as found:
        assert_gradients(SPEC, gradients)
    assert said in found.value.message


@pytest.mark.oracle
def test_tensors_are_arrays() -> None:
    import torch

    W = torch.tensor([[0.5, -1.0], [0.25, 2.0]], dtype=torch.float64, requires_grad=True)
    x, y = torch.tensor([1.0, -2.0], dtype=torch.float64), torch.tensor([0.5, 0.25])
    loss = 0.5 * ((torch.sigmoid(W @ x) - y) ** 2).sum()
    loss.backward()
    text = "yhat = sigmoid(W*x); loss = squared_error(yhat, y)"
    net = nncalc.load(text, W=W.detach(), x=x, y=y)
    assert net.forward()["loss"] == pytest.approx(loss.item(), rel=1e-12)
    assert_gradients(net, W=W.grad)
    with pytest.raises(AssertionError, match="2 of 4 entries differ"):
        assert_gradients(net, W=W.grad * torch.tensor([[1], [2]]))
    with pytest.raises(nncalc.Problem, match=r"`W` is no array of numbers: .*detach\(\)"):
        nncalc.load(text, W=W, x=x, y=y)
