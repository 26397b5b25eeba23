"""Programs that are handed over: what they find, what they say, and what is refused."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from exporting import WRITABLE, agrees, drawn, together
from test_configs import SPECS

from nncalc.cli.app import run
from nncalc.cli.streams import conventions, model_of
from nncalc.exchange.handover import in_batch
from nncalc.export import trial
from nncalc.export.batches import of_any_number
from nncalc.export.in_numpy import NUMPY
from nncalc.export.in_torch import TORCH
from nncalc.export.program import Program
from nncalc.problems import Problem
from nncalc.sheet.calculation import calculate

RECITATION = str(Path(__file__).parent.parent / "configs" / "recitation.toml")


def exported(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    assert run(["export", *words]) == 0
    return capsys.readouterr().out


def refused(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    assert run(["export", *words]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    return said.err


def started(path: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, str(path), *words], capture_output=True, text=True, timeout=60, check=False)


def test_a_program_prints_what_it_finds_and_says_where_that_differs(tmp_path: Path) -> None:
    path = tmp_path / "net.py"
    assert run(["export", RECITATION, "-o", str(path)]) == 0
    done = started(path)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == [
        "loss = [[8.0]]",
        "d(loss)/d(alpha) = [[4.0, 4.0, 8.0], [8.0, 8.0, 16.0]]",
        "d(loss)/d(beta) = [[4.0, 12.0, 8.0]]",
        "all as nncalc found it",
    ]
    text = path.read_text()
    path.write_text(text.replace('"d(loss)/d(beta)": [[4.0, 12.0, 8.0]]', '"d(loss)/d(beta)": [[4.0, 12.0, 8.5]]'))
    done = started(path)
    assert done.returncode == 1
    assert done.stdout.splitlines()[2:] == [
        "d(loss)/d(beta) = [[4.0, 12.0, 8.0]]",
        "d(loss)/d(beta) = [[4.0, 12.0, 8.5]] was found by nncalc",
        "something differs from what nncalc found for the numbers as they were exported;",
        "with others in GIVEN that is to be expected, and --no-check leaves the comparison out",
    ]
    done = started(path, "--no-check")
    assert (done.returncode, done.stdout.splitlines()[2:]) == (0, ["d(loss)/d(beta) = [[4.0, 12.0, 8.0]]"])
    path.write_text(text.replace("dloss_dyhat = yhat - y", "dloss_dyhat = (yhat - y) * np.nan"))
    assert started(path).returncode == 1


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.name)
def test_every_config_agrees_in_numpy(path: Path) -> None:
    agrees(model_of([str(path)], [], []), NUMPY)


def test_every_operation_has_its_value_and_slopes_in_numpy() -> None:
    draw = random.Random(4)
    apart = {"norm2_scaled_rows", "norm2_scaled_columns"}  # of which a line of one number is that number
    models = [model for op in WRITABLE if op not in apart for model in drawn(op, "integers", draw, 1)]
    assert len(models) > 100
    model, wrt = together(models)
    agrees(model, NUMPY, wrt)


def test_lines_are_those_of_the_page_in_the_same_order(capsys: pytest.CaptureFixture[str]) -> None:
    text = exported(capsys, RECITATION)
    wanted = ["a = alpha @", "z = np.maximum", "yhat = beta @", "loss = ", "dloss_dyhat = yhat - y", "dloss_dbeta",
              "dloss_dz", "dloss_da", "dloss_dalpha"]  # fmt: skip
    lines = [line.strip() for line in text.splitlines()]
    places = [next(place for place, line in enumerate(lines) if line.startswith(each)) for each in wanted]
    assert places == sorted(places)
    assert "column 0 of alpha and beta holds the intercepts" in text
    assert "squared_error is 1/2 times the sum" in text


def test_a_batch_is_in_rows_unless_columns_are_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    text = exported(capsys, "xor")
    assert "z @ W2.T" in text
    assert "- an example is a row" in text
    text = exported(capsys, "xor", "--convention", "examples=columns")
    assert "W2 @ z" in text
    assert "- an example is a column" in text


def test_names_that_python_has_or_ascii_lacks_are_renamed_and_said(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    text = exported(
        capsys, "-e", "f = lambda*größe + np*calculate + grosse*重み + sum(dloss*loss)", "lambda=2", "größe=3", "np=1",
        "calculate=2", "grosse=5", "重み=1", "dloss=1,2", "loss=2",
    )  # fmt: skip
    for said in ("lambda is called lambda_", "np is called np_", "calculate is called calculate_"):
        assert f"- {said} here" in text
    path = tmp_path / "names.py"
    path.write_text(text, encoding="utf-8")
    assert started(path).returncode == 0
    code = [line for line in text.splitlines() if line.startswith("    f = ")]
    assert code[0].isascii()


def test_a_title_stays_in_its_comment(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    spec = tmp_path / "net.json"
    name = '"""\nimport os\n\\'
    spec.write_text(json.dumps({"name": name, "parameters": {"x": 1}, "equations": {"f": "x^2"}}))
    text = exported(capsys, str(spec))
    path = tmp_path / "net.py"
    path.write_text(text)
    assert started(path).returncode == 0
    assert "\nimport os" not in text


def test_a_program_goes_by_conventions_that_are_chosen(capsys: pytest.CaptureFixture[str]) -> None:
    model = model_of(["x=0"], ["f = relu(x)"], [], chosen=conventions(["relu_slope_at_0=1"], None))
    agrees(model, NUMPY)
    text = exported(capsys, "-e", "f = relu(x)", "x=0", "--convention", "relu_slope_at_0=1")
    assert '"d(f)/d(x)": [[1.0]]' in text
    assert "- ReLU'(0) = 1" in text


def test_a_network_without_a_loss_is_written_forward(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    spec = tmp_path / "net.json"
    layers = [{"type": "dense", "weights": {"name": "W", "values": [[1, 2]]}, "bias": "none", "activation": "relu"}]
    spec.write_text(json.dumps({"input": {"name": "x", "values": [1, 2]}, "layers": layers}))
    path = tmp_path / "net.py"
    path.write_text(exported(capsys, str(spec)))
    assert started(path).stdout == "yhat = [[5.0]]\nall as nncalc found it\n"


# -- of any number of examples ----------------------------------------------------------------------------------


def with_a_row_more(path: Path) -> list[Any]:
    """Run a program with its last example once more; return its exit status, and the numbers that it prints."""
    space: dict[str, Any] = {"__name__": "program"}
    text = path.read_text(encoding="utf-8")
    exec(compile(text, "program", "exec"), space)
    head, rest = text.split("GIVEN = ", 1)
    given = {of: [*rows, rows[-1]] if of in ("x", "y") else rows for of, rows in space["GIVEN"].items()}
    path.write_text(f"{head}GIVEN = {given!r}\n\nEXPECTED = {rest.split('EXPECTED = ', 1)[1]}", encoding="utf-8")
    done = started(path, "--no-check")
    assert done.stderr == ""
    return [done.returncode, {of: json.loads(rows) for of, rows in (x.split(" = ") for x in done.stdout.splitlines())}]


def test_a_program_takes_any_number_of_examples(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = tmp_path / "net.py"
    path.write_text(exported(capsys, "xor"))
    text = path.read_text()
    assert "    examples = len(x)\n    a = x @ W1.T + b1.T  # examples x 2\n" in text
    assert "/ examples" in text
    assert "dloss_db1 = np.sum(dloss_da, 0)[:, None]" in text
    assert "- an example is a row; GIVEN has 4, and there may be any number" in text
    assert run(["backward", "xor", "x=[[0,0],[0,1],[1,0],[1,1],[1,1]]", "y=0,1,1,0,0", "--format", "json"]) == 0
    found = json.loads(capsys.readouterr().out)
    status, printed = with_a_row_more(path)
    assert status == 0
    assert printed["loss"][0][0] == pytest.approx(found["values"]["loss"], rel=1e-12)
    for of in ("W1", "b1", "W2"):
        slope = found["gradients"][of]
        expected = slope if isinstance(slope[0], list) else [[each] for each in slope]
        assert printed[f"d(loss)/d({of})"] == [pytest.approx(row, rel=1e-12) for row in expected]


def test_a_target_of_another_number_of_examples_is_not_spread(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    path = tmp_path / "net.py"
    text = exported(capsys, "xor")
    path.write_text(text.replace('"y": [[0.0], [1.0], [1.0], [0.0]]', '"y": [[0.0]]'))
    done = started(path, "--no-check")
    assert done.returncode == 1
    assert "AssertionError: x and y have different numbers of examples" in done.stderr


def test_examples_in_columns_are_counted_there(capsys: pytest.CaptureFixture[str]) -> None:
    text = exported(capsys, "xor", "--convention", "examples=columns")
    assert "    examples = x.shape[1]\n    a = W1 @ x + b1  # 2 x examples\n" in text


def test_one_example_of_a_batch_is_written_for_any_number(capsys: pytest.CaptureFixture[str]) -> None:
    text = exported(capsys, "xor", "x=[[1,0]]", "y=1")
    assert "a = x @ W1.T + b1.T  # examples x 2" in text


def test_a_program_that_hangs_on_its_number_of_examples_is_refused_as_one_of_any() -> None:
    model = model_of(["xor"], [], [])
    found = calculate(in_batch(model), backward=True, lines=False)
    general = of_any_number(model, found)
    assert general is not None
    program = Program(found, NUMPY, general)
    text = program.text()
    assert trial.tried(text, NUMPY, [found, general.more], program.given()).draws == trial.DRAWS
    frozen = text.replace("examples = len(x)", "examples = 4")
    assert trial.tried(frozen, NUMPY, [found], program.given()).draws == trial.DRAWS
    with pytest.raises(Problem, match="off by"):
        trial.tried(frozen, NUMPY, [found, general.more], program.given())


def test_a_calculation_from_the_middle_is_written_for_as_many_examples_as_there_are(
    capsys: pytest.CaptureFixture[str],
) -> None:
    text = exported(capsys, "xor", "--given", "z=[[0,0.5],[0,1.5],[0.25,1],[0.75,2]]")
    assert "the lines are written for 4, and for no other number" in text
    assert "_squared_error(yhat, y) / 4" in text


def test_a_helper_says_what_its_spelling_is_for(capsys: pytest.CaptureFixture[str]) -> None:
    said = "spelled against overflow and lost digits"
    assert said in " ".join(exported(capsys, "-e", "f = sum(sigmoid(x))", "x=1,2").split())
    assert said not in " ".join(exported(capsys, "xor").split())


def test_pictures_are_written_for_as_many_as_there_are(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    spec = tmp_path / "net.json"
    kernel = {"type": "conv2d", "kernels": [{"name": "K", "values": [[1, 2], [3, 4]]}]}
    picture = [[1, 2, 0], [0, 1, 3], [2, 0, 1]]
    layers = [kernel, {"type": "flatten"}]
    data = {"name": "x", "values": [picture, picture], "kind": "batch"}
    spec.write_text(json.dumps({"input": data, "layers": layers}))
    text = exported(capsys, str(spec))
    assert "the lines are written for 2, and for no other number" in text


# -- what is tried before it is written -------------------------------------------------------------------------


def tried(text: str, library: Any = NUMPY) -> trial.Tried:
    found = calculate(model_of([RECITATION], [], []), backward=True, lines=False)
    return trial.tried(text, library, [found], {of.base: of.base for of in found.model.graph.leaves})


def test_a_program_that_finds_something_else_is_refused() -> None:
    text = Program(calculate(model_of([RECITATION], [], []), backward=True, lines=False), NUMPY).text()
    assert tried(text) == trial.Tried(True, trial.DRAWS)
    with pytest.raises(Problem, match=r"off by"):
        tried(text.replace("* ((a > 0) * 1.0)", "* 1.01"))
    with pytest.raises(Problem, match="off by"):  # right at its own numbers alone
        tried(text.replace("dloss_dyhat = yhat - y", "dloss_dyhat = 4"))
    with pytest.raises(Problem, match="failed: NameError"):
        tried(text.replace("dloss_dyhat = yhat - y", "dloss_dyhat = yhatt - y"))
    with pytest.raises(Problem, match="off by"):
        tried(text.replace("dloss_dyhat = yhat - y", "dloss_dyhat = yhat * np.nan"))
    with pytest.raises(Problem, match="off by nan"):  # behind numbers that are right
        tried(text.replace("dloss_dalpha = ", "dloss_dalpha = [[0, 0, 0], [0, 0, np.nan]] + "))


def test_a_library_that_is_not_installed_is_said() -> None:
    assert tried("", TORCH._replace(package="no_such_library")) == trial.Tried(False, 0)


# -- what is refused --------------------------------------------------------------------------------------------


def test_targets_and_endings_that_are_none_are_refused(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert "did you mean `torch`?" in refused(capsys, RECITATION, "--to", "torhc")
    path = tmp_path / "net.txt"
    assert "ends in nothing that is written here" in refused(capsys, RECITATION, "-o", str(path))
    assert "contradict each other" in refused(capsys, RECITATION, "--to", "numpy", "-o", str(path))
    assert not path.exists()


def test_what_a_program_does_not_do_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert "does not round its steps" in refused(capsys, RECITATION, "--convention", "round_steps=2")
    assert "unknown name `gamma`" in refused(capsys, RECITATION, "--wrt", "gamma")
    many = "x=" + ",".join(["1"] * 100_001)
    assert "at most 100,000" in refused(capsys, "-e", "f = sum(x)", many)


# -- derive -----------------------------------------------------------------------------------------------------


def test_a_solution_is_a_function(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["derive", "norm2(y - X*theta)^2", "--wrt", "theta", "--solve", "--format", "numpy"]) == 0
    text = capsys.readouterr().out
    space: dict[str, Any] = {}
    exec(text, space)
    assert space["solve"]([1, 2, 3], [[1, 0], [1, 1], [1, 2]]).ravel().tolist() == pytest.approx([1, 1])
    assert "X' * X must have an inverse." in text
    assert run(["derive", "x^3/3 - a*x", "--wrt", "x", "--solve", "--format", "numpy"]) == 0
    exec(capsys.readouterr().out, space)
    assert [each.item() for each in space["solve"](4)] == [2, -2]


def test_a_solution_that_is_not_known_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["derive", "x*log(x)*sin(x)", "--wrt", "x", "--solve", "--format", "numpy"]) == 2
    assert "there is no solution to write" in capsys.readouterr().err
