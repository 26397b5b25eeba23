"""What Tab makes of a word: asked as a shell asks, and in the shells themselves."""

from __future__ import annotations

import os
import select
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from nncalc.cli.app import COMMANDS, run
from nncalc.interface.opening import examples
from nncalc.ops.optimizers import OPTIMIZERS
from nncalc.render import FORMATS
from nncalc.spec.safetensors import written
from tests.programs import needed

ROOT = Path(__file__).parent.parent
NAMES = ["x", "alpha", "beta", "y", "a", "z", "yhat", "loss"]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder with a spec, in it and below it, in which the program is asked."""
    (tmp_path / "nets").mkdir()
    text = (ROOT / "configs" / "recitation.toml").read_text(encoding="utf-8")
    (tmp_path / "net.toml").write_text(text, encoding="utf-8")
    (tmp_path / "nets" / "deep.toml").write_text(text, encoding="utf-8")
    (tmp_path / "nets" / "notes.txt").write_text("none", encoding="utf-8")
    (tmp_path / "broken.toml").write_text("[", encoding="utf-8")
    arrays = {"hidden.weight": ((1, 1), [1.0]), "hidden.bias": ((1,), [1.0]), "out.weight": ((1, 1), [2.0])}
    (tmp_path / "m.safetensors").write_bytes(written(arrays))
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("b", ["backward"]),
        ("", [*COMMANDS]),
        ("--vers", ["--version"]),
        ("backward --show", ["--show-steps"]),
        ("backward --format ", [*FORMATS]),
        ("derive --format n", ["numpy"]),
        ("backward --form v", ["vector"]),
        ("graph --format m", ["mermaid"]),
        ("check --method ", ["exact", "complex", "differences"]),
        ("train --optimizer ", [*OPTIMIZERS]),
        ("shapes --layout ", ["denominator", "numerator"]),
        ("check --hints ", ["1", "2", "3"]),
        ("init --kind c", ["classification"]),
        ("import --activation soft", ["softplus", "softmax", "softmin", "softsign"]),
        ("import --loss squ", ["squared_error", "squared_hinge"]),
        ("import m.safetensors --order ", ["hidden", "out"]),
        ("import m.safetensors --order out,", ["out,hidden"]),
        ("import none.safetensors --order ", []),
        ("import --like ne", ["net.toml", "nets/deep.toml"]),
        ("backward --convention max", ["max_tie=split", "max_tie=first", "max_tie=all"]),
        ("backward --convention round_s", ["round_steps="]),
        ("forward ne", ["net.toml", "nets/deep.toml"]),
        ("forward nets/", ["nets/deep.toml"]),
        ("forward ./n", ["./net.toml", "./nets/deep.toml"]),
        ("forward xo", ["xor"]),
        ("forward nowhere/", []),
        ("forward ", ["broken.toml", "net.toml", "nets/deep.toml", *examples()]),
        ("examples --copy so", ["softmax-classifier"]),
        ("ops huber", ["huber"]),
        ("forward net.toml --get ", NAMES),
        ("forward --get ", NAMES),
        ("backward net.toml --get loss/a", ["loss/alpha", "loss/a"]),
        ("backward net.toml --wrt x,al", ["x,alpha"]),
        ("backward net.toml --wrt alpha,al", []),
        ("backward net.toml --given y", ["y=", "yhat="]),
        ("worksheet net.toml --blank ", ["values", "formulas", "all", *NAMES]),
        ("graph net.toml --entry ", ["a.1", "a.2", "z.1", "z.2", "yhat", "loss"]),
        ("graph net.toml --entry a.", ["a.1", "a.2"]),
        ("graph --entry z.2", ["z.2"]),
        ("graph xor x=[[1,2]] y=1 --entry a.1", ["a.1"]),
        ("graph -e f=2*x x=1,2 --entry f", ["f.1", "f.2"]),
        ("graph -e f=2*x --entry f", []),
        ("forward -e f=x*softpl", ["f=x*softplus"]),
        ("forward -e f=x*y --get ", ["x", "y", "f"]),
        ("derive norm2(y-X*theta)^2 --wrt ", ["y", "X", "theta"]),
        ("forward broken.toml --get ", []),
        ("forward nowhere.toml --get ", []),
        ("forward - --get ", []),
        ("derive - --wrt ", []),
        ("backward --output ", []),
        ("nothing --get ", [*COMMANDS]),
    ],
)
def test_what_a_word_may_become(
    typed: str, found: list[str], folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert sorted(asked(typed, monkeypatch, capsys)) == sorted(found)


def asked(typed: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> list[str]:
    """Return what bash is told when that is typed after the program's name; nothing else is said."""
    words = ["nncalc", *typed.split(" ")]
    variables = {"_NNCALC_COMPLETE": "complete_bash", "COMP_WORDS": " ".join(words), "COMP_CWORD": str(len(words) - 1)}
    for variable, value in variables.items():
        monkeypatch.setenv(variable, value)
    with pytest.raises(SystemExit) as ended:
        run([])
    assert ended.value.code == 0
    shown = capsys.readouterr()
    assert not shown.err
    return shown.out.split()


def test_a_folder_with_very_many_files_is_not_gone_through(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("nncalc.cli.completion.MOST_FILES", 0)
    assert asked("forward ne", monkeypatch, capsys) == []


# -- in the shells ----------------------------------------------------------------------------------------------

#: What is typed before Tab, and what the line is then.
TYPED = (
    ("nncalc backw", "nncalc backward"),
    ("nncalc forward net", "nncalc forward net"),
    ("nncalc forward net.", "nncalc forward net.toml"),
    ("nncalc forward softm", "nncalc forward softmax-classifier"),
    ("nncalc backward --form v", "nncalc backward --form vector"),
    ("nncalc derive --format nu", "nncalc derive --format numpy"),
    ("nncalc backward net.toml --get loss/be", "nncalc backward net.toml --get loss/beta"),
    ("nncalc backward net.toml --wrt x,al", "nncalc backward net.toml --wrt x,alpha"),
    ("nncalc graph -o nets/no", "nncalc graph -o nets/notes.txt"),
)


@pytest.fixture
def environment(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Return what a shell needs to find the program that is under test."""
    bin_ = tmp_path_factory.mktemp("bin")
    program = bin_ / "nncalc"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m nncalc "$@"\n', encoding="utf-8")
    program.chmod(0o755)
    kept = {key: value for key, value in os.environ.items() if key.startswith("COVERAGE")}
    path = f"{bin_}{os.pathsep}{os.environ['PATH']}"
    return {**kept, "PATH": path, "PYTHONPATH": str(ROOT), "HOME": str(bin_), "LANG": "C.UTF-8", "TERM": "dumb"}


@contextmanager
def terminal(command: list[str], environment: dict[str, str]) -> Iterator[int]:
    """Run a program on a terminal of its own, and give what is written there."""
    pty = pytest.importorskip("pty", reason="pseudo-terminals are Unix's")
    mine, theirs = pty.openpty()
    program = subprocess.Popen(
        command, stdin=theirs, stdout=theirs, stderr=theirs, env=environment, start_new_session=True
    )
    os.close(theirs)
    try:
        yield mine
    finally:
        program.kill()
        program.wait(30)
        os.close(mine)


def until(mine: int, mark: str) -> str:
    """Return what a terminal shows up to the end of the line that has a mark."""
    shown, end = b"", time.monotonic() + 60
    while time.monotonic() < end:
        if select.select([mine], [], [], 1)[0]:
            shown += os.read(mine, 65536)
        text = shown.decode(errors="replace").replace("\r", "")
        if mark in text and text.partition(mark)[2].count("\n"):
            return text.partition(mark)[2].partition("\n")[0].rstrip()
    pytest.fail(f"{mark} does not come: {shown!r}")


@pytest.mark.parametrize(
    ("shell", "command", "prepared"),
    [
        ("bash", ["--norc", "--noprofile", "-i"], ""),
        ("zsh", ["-f", "-i"], "autoload -U compinit; compinit -u -D; PS1='%% '; unsetopt PROMPT_SP; "),
    ],
)
def test_tab_in_a_shell(shell: str, command: list[str], prepared: str, environment: dict[str, str]) -> None:
    with terminal([needed(shell), *command], environment) as mine:
        os.write(mine, f'{prepared}eval "$(_NNCALC_COMPLETE=source_{shell} nncalc)"; echo "rea"dy\n'.encode())
        until(mine, "\nready")
        for place, (typed, line) in enumerate(TYPED):
            os.write(mine, f'{typed}\t\x01echo "line"{place}: \n'.encode())  # completed, then shown as the shell has it
            assert until(mine, f"\nline{place}: ") == line


def test_tab_in_fish(environment: dict[str, str]) -> None:
    fish = needed("fish")
    some = TYPED[::2]  # fish asks twice
    each = "; ".join(f"complete --do-complete '{typed}'; echo =" for typed, _ in some)
    done = subprocess.run(
        [fish, "--no-config", "-c", f"_NNCALC_COMPLETE=source_fish nncalc | source; {each}"],
        env=environment, capture_output=True, text=True, timeout=120, check=True,
    )  # fmt: skip
    *answers, rest = done.stdout.split("=\n")
    assert not rest
    for (typed, line), answer in zip(some, answers, strict=True):
        words = [found.partition("\t")[0] for found in answer.splitlines()]
        assert words == [line.rpartition(" ")[2]] or (line == typed and len(words) > 1), typed
