"""The wheel: what is in it, and that it runs alone, without the repository."""

from __future__ import annotations

import email
import os
import re
import subprocess
import sys
import tomllib
import venv
import zipfile
from pathlib import Path

import pytest

import nncalc

ROOT = Path(__file__).parent.parent


def run(command: list[str], folder: Path, *, fails: bool = False) -> subprocess.CompletedProcess[str]:
    """Run a command far from the repository, with nothing of this process's Python in its environment."""
    environment = {
        key: value for key, value in os.environ.items() if not key.startswith(("PYTHON", "COVERAGE", "COLUMNS"))
    }
    environment |= {"PYTHONDONTWRITEBYTECODE": "1", "PYTHONUTF8": "1"}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert fails or done.returncode == 0, f"{command} failed:\n{done.stdout}{done.stderr}"
    return done


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a wheel, built as an installer builds it: in an environment of its own, from the source tree."""
    folder = tmp_path_factory.mktemp("wheel")
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "wheel", "-q", "--no-deps", "--no-cache-dir"]
    run([*pip, "-w", str(folder), str(ROOT)], folder)
    (found,) = folder.glob("*.whl")
    return found


@pytest.fixture(scope="module")
def elsewhere(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the `bin` folder of a new environment that holds the wheel.

    What nncalc depends on comes from this environment, so that nothing is downloaded twice.
    """
    folder = tmp_path_factory.mktemp("elsewhere")
    venv.create(folder / "env", with_pip=False)
    (site,) = (folder / "env").glob("lib/python*/site-packages")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)
    import typer

    (site / "borrowed.pth").write_text(f"{Path(typer.__file__).parent.parent}\n", encoding="utf-8")
    program = folder / "env" / "bin" / "nncalc"
    (words,) = site.glob("nncalc-*.dist-info/entry_points.txt")
    match = re.search(r"^nncalc = ([\w.]+):(\w+)$", words.read_text(encoding="utf-8"), re.MULTILINE)
    assert match, "the wheel has no program `nncalc`"
    python = folder / "env" / "bin" / "python"
    program.write_text(f"#!{python}\nfrom {match[1]} import {match[2]}\n{match[2]}()\n", encoding="utf-8")
    program.chmod(0o755)
    return folder / "env" / "bin"


@pytest.mark.slow
def test_the_wheel_holds_the_program_the_examples_and_the_licence_and_nothing_else(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    for example in (ROOT / "configs").iterdir():
        assert f"nncalc/configs/{example.name}" in names
    assert "nncalc/cli/app.py" in names
    assert "nncalc/py.typed" in names
    assert any(name.endswith("licenses/LICENSE") for name in names)
    own = f"nncalc-{nncalc.__version__}"
    assert {name.split("/")[0] for name in names} == {"nncalc", f"{own}.dist-info", f"{own}.data"}
    assert [name for name in names if name.startswith(f"{own}.data")] == [f"{own}.data/data/share/man/man1/nncalc.1"]
    assert not [name for name in names if name.endswith((".pyc", "~")) or "/test_" in name or "/tests/" in name]


@pytest.mark.slow
def test_what_an_index_shows_leads_to_no_file_that_is_not_there(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (each for each in archive.namelist() if each.endswith("METADATA"))
        said = email.message_from_string(archive.read(name).decode())
    assert said["Description-Content-Type"] == "text/markdown"
    text = str(said.get_payload())
    prose = re.sub(r"^```.*?^```$|`[^`\n]*`", "", text, flags=re.MULTILINE | re.DOTALL)
    assert re.findall(r"\]\((?!https?:)[^)]*\)", prose) == []
    assert "](docs/spec.md)" in (ROOT / "README.md").read_text(encoding="utf-8")
    assert "A network is a spec of layers or equations" in text
    assert said.get_all("Provides-Extra") == ["onnx"]
    assert {f"Programming Language :: Python :: 3.{minor}" for minor in range(11, 15)} <= {*said.get_all("Classifier")}


@pytest.mark.slow
def test_the_installed_program_runs_the_built_in_example_elsewhere(elsewhere: Path, tmp_path: Path) -> None:
    where = run([str(elsewhere / "python"), "-c", "import nncalc; print(nncalc.__file__)"], tmp_path)
    assert str(elsewhere.parent) in where.stdout
    done = run([str(elsewhere / "nncalc"), "backward", "--show-steps"], tmp_path)
    assert "∂ℓ/∂β₁   = ∂ℓ/∂ŷ · ∂ŷ/∂β₁     = ∂ℓ/∂ŷ · z₁         = 4 · 3 = 12   updates β" in done.stdout
    assert "built-in example" in done.stderr
    assert run([str(elsewhere / "nncalc"), "--version"], tmp_path).stdout == f"nncalc {nncalc.__version__}\n"
    assert run([str(elsewhere / "nncalc"), "forward", "nothing.toml"], tmp_path, fails=True).returncode == 2


@pytest.mark.slow
def test_python_dash_m_is_the_same_program(elsewhere: Path, tmp_path: Path) -> None:
    words = ["forward", "--get", "yhat"]
    one = run([str(elsewhere / "nncalc"), *words], tmp_path)
    other = run([str(elsewhere / "python"), "-m", "nncalc", *words], tmp_path)
    assert (one.stdout, one.stderr) == (other.stdout, other.stderr)
    assert one.stdout == "7\n"


@pytest.mark.slow
@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_shell_is_told_how_to_complete(shell: str, elsewhere: Path, tmp_path: Path) -> None:
    done = run(["env", f"_NNCALC_COMPLETE=source_{shell}", str(elsewhere / "nncalc")], tmp_path)
    assert f"_NNCALC_COMPLETE=complete_{shell}" in done.stdout


@pytest.mark.slow
def test_bash_completes_commands_and_options(elsewhere: Path, tmp_path: Path) -> None:
    def completed(words: str, place: int) -> list[str]:
        setting = ["_NNCALC_COMPLETE=complete_bash", f"COMP_WORDS={words}", f"COMP_CWORD={place}"]
        return run(["env", *setting, str(elsewhere / "nncalc")], tmp_path).stdout.split()

    assert completed("nncalc b", 1) == ["backward"]
    assert "--show-steps" in completed("nncalc backward --sh", 2)


def test_what_is_written_about_the_project_agrees() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    project = settings["project"]
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert project["requires-python"].removeprefix(">=") in readme
    assert "pip install -q . && .venv/bin/nncalc backward --show-steps" in readme
    assert "python3 check.py" in readme
    assert "MIT" in readme
    assert "The nncalc authors" in (ROOT / "LICENSE").read_text(encoding="utf-8")
    (oracle,) = [each for each in settings["dependency-groups"]["oracle"] if each.startswith("torch")]
    assert re.fullmatch(r"torch==[\d.]+", oracle)
    citation = dict(re.findall(r"^([a-z-]+): (.+)$", (ROOT / "CITATION.cff").read_text(encoding="utf-8"), re.MULTILINE))
    changes = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert citation["version"] == nncalc.__version__
    assert citation["license"] == project["license"]
    assert f"## {nncalc.__version__} ({citation['date-released']})\n" in changes
