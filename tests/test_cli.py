"""The program from outside: what it prints where, its exit statuses, its files."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from nncalc import __version__
from nncalc.cli.app import COMMANDS, run

#: What sets parts of a line apart on a terminal.
CONTROL = re.compile(r"\x1b\[[0-9;]*m")
ROOT = Path(__file__).parent.parent
SPEC = str(ROOT / "configs" / "recitation.toml")


def program(*args: str, **more: object) -> subprocess.CompletedProcess[bytes]:
    """Run the program in a process of its own."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), **more.pop("env", {})}  # type: ignore[dict-item]
    options = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "check": False, "timeout": 60, **more}
    return subprocess.run([sys.executable, "-m", "nncalc", *args], env=environment, **options)  # noqa: PLW1510  # type: ignore[call-overload,no-any-return]


def test_data_go_to_standard_output_and_remarks_to_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["forward", "--get", "yhat"]) == 0
    found = capsys.readouterr()
    assert found.out == "7\n"
    assert found.err == "nncalc: no spec named, so this is the built-in example, recitation.json\n"


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["forward", "nowhere.toml"], "cannot read `nowhere.toml`: no such file or directory"),
        (["forward", str(ROOT)], "is a folder"),
        (["forwrd"], "did you mean `forward`?"),
        (["forward", SPEC, SPEC], "one spec at a time"),
        (["forward", SPEC, "-e", "x"], "exclude each other"),
        (["forward", SPEC, "--format", "yaml"], "--format is one of table, plain, json"),
        (["forward", SPEC, "--precision", "x"], "whole number from 1 to 17"),
        (["forward", SPEC, "--given", "z"], "has no value"),
        (["forward", SPEC, "x=1,2", "x=3,4"], "given twice"),
        (["forward", SPEC, "yhat=3"], "`yhat` is computed, not given"),
        (["forward", SPEC, "--get", "x[7]"], "there is no entry `x[7]`"),
        (["forward", SPEC, "--get", "1+"], "is not a name"),
        (["forward", SPEC, "--get", "x+y"], "is not a name"),
        (["forward", SPEC, "--get", "d(loss)/d(x)"], "nothing is called `d(loss)/d(x)` here"),
        (["backward", "-e", "x*x'", "x=1,2"], "only a number can be differentiated"),
        (["backward", SPEC, "--wrt", "gamma"], "unknown name `gamma`"),
        (["backward", SPEC, "--exact", "--wrt", "x", "x=abc,1"], "abc"),
        (["backward", "-e", "exp(x)", "x=1", "--exact"], "`exp` has no exact value here"),
        (["backward", "-e", "log(x)", "x=0"], "division by zero"),
        (["forward", "-e", "f = x", "-e", "f = y", "x=1", "y=2"], "`f` has two equations"),
        (["forward", "-e", "sin = x", "x=1"], "is a function"),
        (["forward", "-e", "2 = x", "x=1"], "`2` is not a name"),
        (["forward", "-e", "x[2]", "x=1"], "has 1 entry"),
        (["graph", SPEC, "--level", "none"], "--level is one of vector, scalar"),
    ],
)
def test_a_mistake_is_one_message_and_status_2(args: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(args) == 2
    found = capsys.readouterr()
    if "log(x)" not in args:
        assert said in found.err
    assert found.out == ""
    assert "Traceback" not in found.err


def test_a_mistake_as_json_is_one_object(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["forward", "-e", "f = sni(x)", "--format", "json"]) == 2
    (error,) = json.loads(capsys.readouterr().err)["errors"]
    assert error["code"] == "name"
    assert (error["line"], error["column"]) == (1, 5)
    assert error["hint"] == "did you mean `sin`?"


def test_standard_input_is_read_as_toml_or_json() -> None:
    for text in (Path(SPEC).read_bytes(), (ROOT / "configs" / "recitation.json").read_bytes()):
        assert program("forward", "-", "--get", "loss", input=text).stdout == b"8\n"


def test_an_output_file_is_written_whole(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = tmp_path / "out.txt"
    target.write_text("old", encoding="utf-8")
    assert run(["forward", SPEC, "-o", str(target)]) == 0
    assert "ℓ = 8" in target.read_text(encoding="utf-8")
    assert capsys.readouterr().out == ""
    assert [path.name for path in tmp_path.iterdir()] == ["out.txt"]


def test_a_failure_leaves_the_old_file_alone(tmp_path: Path) -> None:
    target = tmp_path / "out.txt"
    target.write_text("old", encoding="utf-8")
    assert run(["forward", "-e", "1/x", "x=0", "-o", str(target)]) == 2
    assert target.read_text(encoding="utf-8") == "old"


def test_the_spec_is_never_overwritten(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    spec = tmp_path / "net.toml"
    spec.write_bytes(Path(SPEC).read_bytes())
    (tmp_path / "link.toml").symlink_to(spec)
    for output in (spec, tmp_path / "link.toml"):
        assert run(["forward", str(spec), "-o", str(output)]) == 2
        assert "is the spec itself" in capsys.readouterr().err
    assert spec.read_bytes() == Path(SPEC).read_bytes()


def test_a_folder_or_a_missing_folder_is_no_output(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["forward", SPEC, "-o", str(tmp_path)]) == 2
    assert run(["forward", SPEC, "-o", str(tmp_path / "no" / "out.txt")]) == 2
    assert "no such file or directory" in capsys.readouterr().err


def test_a_closed_or_full_output_is_an_error() -> None:
    with open("/dev/full", "wb") as full:
        found = program("forward", SPEC, stdout=full)
    assert found.returncode == 2
    assert b"cannot write standard output" in found.stderr
    closed = subprocess.run(
        ["sh", "-c", '"$0" -m nncalc forward "$1" >&-', sys.executable, SPEC],
        stderr=subprocess.PIPE, env={**os.environ, "PYTHONPATH": str(ROOT)}, check=False,
    )  # fmt: skip
    assert closed.returncode == 2


def test_a_reader_that_goes_away_is_no_error() -> None:
    command = f'"{sys.executable}" -m nncalc backward --show-steps "{SPEC}" | head -1'
    found = subprocess.run(
        ["bash", "-c", command], capture_output=True, env={**os.environ, "PYTHONPATH": str(ROOT)}, check=False
    )
    assert found.stdout == b"Recitation 5\n"
    assert b"Traceback" not in found.stderr


def test_a_stream_that_cannot_carry_greek_gets_ascii() -> None:
    found = program("backward", SPEC, env={"PYTHONIOENCODING": "ascii"})
    assert b"d(loss)/d(alpha) = [4 4  8]   (2x3)  updates alpha\n                     [8 8 16]\n" in found.stdout


def test_the_output_is_the_same_under_every_hash_seed() -> None:
    outputs = {program("backward", "--show-steps", SPEC, env={"PYTHONHASHSEED": str(seed)}).stdout for seed in range(3)}
    for option in ("--get", "--wrt"):
        wrong = ("backward", SPEC, option, "zz")
        assert len({program(*wrong, env={"PYTHONHASHSEED": str(seed)}).stderr for seed in range(3)}) == 1
    assert len(outputs) == 1


def test_a_pipe_gets_no_colour_and_long_lines_stay_whole() -> None:
    found = program("backward", "--show-steps", SPEC, env={"COLUMNS": "20"}).stdout.decode()
    assert "\x1b" not in found
    assert "∂ℓ/∂α₁,₁ = ∂ℓ/∂a₁ · ∂a₁/∂α₁,₁ = ∂ℓ/∂a₁ · x₁        = 4 · 1 = 4" in found
    forced = program("backward", "--show-steps", SPEC, env={"COLUMNS": "20", "FORCE_COLOR": "1", "TERM": "xterm"})
    assert "\x1b[36m∂ℓ/∂α₁,₁" in forced.stdout.decode()
    assert CONTROL.sub("", forced.stdout.decode()) == found


@pytest.mark.parametrize(
    ("said", "coloured"),
    [
        ({"FORCE_COLOR": "1"}, True),
        ({"FORCE_COLOR": "1", "TERM": "dumb"}, True),
        ({"CLICOLOR_FORCE": "1", "CLICOLOR": "0"}, True),
        ({"CLICOLOR_FORCE": "0"}, False),
        ({"FORCE_COLOR": ""}, False),
        ({"CLICOLOR": "1"}, False),
        ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, False),
    ],
)
def test_what_is_said_of_colour_in_a_pipe(
    said: dict[str, str], coloured: bool, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for word in ("NO_COLOR", "FORCE_COLOR", "CLICOLOR", "CLICOLOR_FORCE"):
        monkeypatch.delenv(word, raising=False)
    for word, value in said.items():
        monkeypatch.setenv(word, value)
    assert run(["forward", SPEC]) == 0
    assert ("\x1b[" in capsys.readouterr().out) == coloured


def test_the_version_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    for option in ("-V", "--version"):
        assert run([option]) == 0
        assert capsys.readouterr().out == f"nncalc {__version__}\n"


def test_a_spec_on_standard_input_names_files_below_the_working_folder(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("1,2\n", encoding="utf-8")
    spec = '[inputs]\nx = { file = "%s" }\n[equations]\nf = "sum(x)"\n'
    found = program("forward", "-", "--get", "f", input=(spec % "x.csv").encode(), cwd=tmp_path)
    assert (found.returncode, found.stdout) == (0, b"3\n")
    outside = program("forward", "-", input=(spec % "../x.csv").encode(), cwd=tmp_path)
    assert outside.returncode == 2
    assert b"`../x.csv` is not a file below the spec's folder" in outside.stderr


def test_a_hand_sized_spec_imports_neither_numpy_nor_rich() -> None:
    code = (
        "import sys; from nncalc.cli.app import run; run(['backward', '--show-steps', sys.argv[1]]); "
        "print([m for m in ('numpy', 'rich') if m in sys.modules], file=sys.stderr)"
    )
    found = subprocess.run(
        [sys.executable, "-c", code, SPEC], capture_output=True, env={**os.environ, "PYTHONPATH": str(ROOT)}, check=True
    )
    assert found.stderr.endswith(b"[]\n")


def test_a_terminal_draws_columns_or_stacks_them(monkeypatch: pytest.MonkeyPatch) -> None:
    from nncalc.interface.opening import read_spec
    from nncalc.render import render
    from nncalc.sheet.calculation import calculate
    from nncalc.sheet.worksheet import worksheet
    from nncalc.spec.model import from_spec

    sheet = worksheet(calculate(from_spec(read_spec(SPEC)), backward=True), "scalar")
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "200")
    wide = CONTROL.sub("", render(sheet, "terminal"))
    assert "ŷ  = β₀ · z₀ + β₁ · z₁ + β₂ · z₂       = 0 · 1 + 1 · 3 + 2 · 2 = 7" in wide
    monkeypatch.setenv("COLUMNS", "60")
    narrow = CONTROL.sub("", render(sheet, "terminal"))
    assert "  ŷ = β₀ · z₀ + β₁ · z₁ + β₂ · z₂\n    = 0 · 1 + 1 · 3 + 2 · 2\n    = 7" in narrow
    assert max(map(len, narrow.splitlines())) <= 60


@pytest.mark.parametrize("command", ["forward", "backward", "graph"])
def test_help_begins_with_examples(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run([command, "--help"]) == 0
    text = capsys.readouterr().out
    assert text.index("Examples:") < text.index("Options:")


@pytest.mark.parametrize("words", [[], ["help"], ["help", "help"], ["help", "--help"]], ids=" ".join)
def test_no_command_and_help_show_the_help(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--help"]) == 0
    help_option = capsys.readouterr()
    assert run(words) == 0
    found = capsys.readouterr()
    assert found == help_option
    assert found.out.startswith("Usage: nncalc ")
    assert not found.err


@pytest.mark.parametrize("command", COMMANDS)
def test_help_of_a_command_is_its_help_option(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run([command, "--help"]) == 0
    help_option = capsys.readouterr()
    assert run(["help", command]) == 0
    assert capsys.readouterr() == help_option


def test_help_of_an_unknown_command_is_refused_as_the_command_is(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["nonsense"]) == run(["help", "nonsense"]) == 2
    one, other = capsys.readouterr().err.splitlines()[::2]
    assert one == other == "error: unknown command `nonsense`"
    assert run(["help", "backwrd"]) == 2
    assert capsys.readouterr().err.endswith("hint: did you mean `backward`?\n")


def test_completion_offers_commands() -> None:
    found = program(env={"_NNCALC_COMPLETE": "complete_bash", "COMP_WORDS": "nncalc ba", "COMP_CWORD": "1"})
    assert found.stdout.decode().split() == ["backward"]


def test_values_set_before_running_are_stored_in_their_shape(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["forward", SPEC, "x=1/2,0.25", "alpha=[[1,1,1],[0,0,1]]", "--get", "a"]) == 0
    assert capsys.readouterr().out == "[1.75, 0.25]\n"


def test_a_batch_is_shown_one_example_per_row(capsys: pytest.CaptureFixture[str]) -> None:
    xor = str(ROOT / "configs" / "xor.toml")
    assert run(["forward", xor, "--format", "json"]) == 0
    values = json.loads(capsys.readouterr().out)["values"]
    assert values["x"] == [[0, 0], [0, 1], [1, 0], [1, 1]]
    assert values["yhat"] == [[-0.5], [-1.5], [-0.75], [-1.25]]
    assert values["loss"] == 1.390625


def test_a_large_network_is_run_in_arrays_and_gives_the_same(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    weights = [[((i * 7 + j * 3) % 11 - 5) / 16 for j in range(41)] for i in range(40)]
    spec = {
        "input": {"values": [[((i + j) % 5 - 2) / 4 for j in range(40)] for i in range(6)]},
        "layers": [
            {"type": "dense", "activation": "tanh", "weights": {"name": "V", "values": weights}, "bias": "folded"},
            {
                "type": "dense",
                "activation": "softmax",
                "weights": {"name": "U", "values": weights[:3]},
                "bias": "folded",
            },
        ],
        "loss": {"type": "cross_entropy", "target": [0, 1, 2, 0, 1, 2], "reduction": "mean"},
    }
    path = tmp_path / "large.json"
    path.write_text(json.dumps(spec), encoding="utf-8")
    found = []
    for extra in ([], ["--form", "scalar"]):
        assert run(["backward", str(path), "--format", "json", *extra]) == 0
        found.append(json.loads(capsys.readouterr().out))
    for key, rows in found[0]["gradients"].items():
        for row, other in zip(rows, found[1]["gradients"][key], strict=True):
            assert row == pytest.approx(other, rel=1e-9, abs=1e-14), key
    assert run(["backward", str(path), "--show-steps"]) == 0
    assert "printed in vector form" in capsys.readouterr().err


def test_a_title_moves_no_terminal_and_survives_equations(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    spec = tmp_path / "net.toml"
    spec.write_text('name = "a\\u001b[31m \\"b\\" α"\n[inputs]\nx = 1\n[equations]\nf = "2*x"\n', encoding="utf-8")
    assert run(["forward", str(spec), "--show-steps"]) == 0
    assert "\x1b" not in capsys.readouterr().out
    assert run(["forward", str(spec), "--equations", "-o", str(tmp_path / "again.toml")]) == 0
    assert run(["forward", str(tmp_path / "again.toml"), "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["name"] == 'a\x1b[31m "b" α'


def test_a_name_is_set_by_what_the_page_calls_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    spec = tmp_path / "net.toml"
    spec.write_text('[inputs]\nb = [1, 2]\nb1 = 3\nlam = 2\n[equations]\nf = "sum(b)*b1*lam"\n')
    for words, value in ((["b₁=100"], "612"), (["b1=100"], "600"), (["λ=3"], "27"), (["lambda=3"], "27")):
        assert run(["forward", str(spec), *words, "--get", "f"]) == 0
        assert capsys.readouterr().out == value + "\n"
    assert run(["forward", str(spec), "--get", "b₂"]) == 0
    assert capsys.readouterr().out == "2\n"
    assert run(["forward", "-e", "f = x + ε", "eps=2", "x=1", "--get", "f"]) == 0
    assert capsys.readouterr().out == "3\n"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--matrices", "inline", "--format", "json"], "--matrices is for tables"),
        (["--matrices", "inline", "--get", "loss"], "--matrices is for tables"),
        (["--matrices", "flat"], "--matrices is one of tall, inline"),
        (["--show-steps", "--example", "1", "--format", "csv"], "--example is for a page that is read"),
    ],
)
def test_options_that_contradict_each_other_are_refused(
    words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["backward", *words]) == 2
    assert said in capsys.readouterr().err


@pytest.mark.parametrize(
    ("name", "begins"),
    [
        ("out.json", '{"nncalc"'), ("out.csv", "pass,name"), ("out.md", "# Recitation"), ("out.tex", "% Recitation"),
        ("out.html", "<!DOCTYPE html>"), ("out.txt", "Recitation 5"), ("out", "Recitation 5"),
    ],
)  # fmt: skip
def test_a_file_is_what_its_name_says(name: str, begins: str, tmp_path: Path) -> None:
    path = tmp_path / name
    assert run(["forward", SPEC, "-o", str(path)]) == 0
    assert path.read_text(encoding="utf-8").startswith(begins)


@pytest.mark.parametrize(
    ("name", "form", "says"),
    [
        ("out.json", "csv", "--format csv and the ending of `out.json` contradict each other"),
        ("out.svg", "table", "`out.svg` ends in no form that is written here"),
        ("out.qq", "", "its name may end in .json, .csv, .md, .tex, .html, .htm, .txt"),
    ],
)
def test_a_name_that_says_another_form_is_refused(
    name: str, form: str, says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / name
    assert run(["forward", SPEC, "-o", str(path), *(["--format", form] if form else [])]) == 2
    assert says in capsys.readouterr().err
    assert not path.exists()


def test_several_values_are_a_line_each(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["backward", SPEC, "--get", "loss", "--get", "d(loss)/d(beta)", "--get", "yhat"]) == 0
    assert capsys.readouterr().out == "8\n[[4, 12, 8]]\n7\n"


@pytest.mark.parametrize("name", ["sheet.json", "sheet.csv", "sheet.svg"])
def test_a_worksheet_is_written_in_forms_that_are_read_and_no_other_is_recommended(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["worksheet", SPEC, "-o", str(tmp_path / name)]) == 2
    said = capsys.readouterr().err
    assert f"`{name}` ends in no form that is written here" in said
    assert "its name may end in .md, .tex, .html, .htm, .txt" in said
    assert not list(tmp_path.iterdir())


def test_a_value_alone_is_written_as_the_name_of_its_file_says(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A matrix, a column and a number of the recitation."""
    path = tmp_path / "of.csv"
    for called, says in (("loss/alpha", "4,4,8\n8,8,16\n"), ("loss/a", "4\n8\n"), ("loss", "8\n")):
        assert run(["backward", SPEC, "--get", called, "-o", str(path)]) == 0
        assert path.read_text(encoding="utf-8") == says
    assert run(["backward", SPEC, "--get", "loss/alpha", "-o", str(tmp_path / "of.json")]) == 0
    assert json.loads((tmp_path / "of.json").read_text(encoding="utf-8")) == [[4, 4, 8], [8, 8, 16]]
    capsys.readouterr()
    for words, says in (
        (["--get", "loss", "--get", "yhat", "-o", str(tmp_path / "two.csv")], "several values, of which csv holds one"),
        (["--get", "loss", "-o", str(tmp_path / "one.html")], "--get writes numbers alone, which are no html"),
    ):
        assert run(["backward", SPEC, *words]) == 2
        assert says in capsys.readouterr().err
    assert sorted(each.name for each in tmp_path.iterdir()) == ["of.csv", "of.json"]


def test_a_table_of_checked_gradients_has_every_entry_with_its_outcome(tmp_path: Path) -> None:
    path = tmp_path / "check.csv"
    assert run(["check", SPEC, "-o", str(path)]) == 0
    first, *rows = path.read_text(encoding="utf-8").splitlines()
    assert first == "name,ours,other,difference,bar,outcome"
    assert len(rows) == 9, "six entries of alpha, three of beta"
    assert all(row.endswith(",agrees") and ",," not in row for row in rows)
