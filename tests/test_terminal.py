"""On a terminal: colour, its width, `NO_COLOR`. A pseudo-terminal stands for the person's."""

from __future__ import annotations

import os
import re
import select
import struct
import subprocess
import sys
from pathlib import Path

import pytest

pty = pytest.importorskip("pty", reason="pseudo-terminals are Unix's")

ROOT = Path(__file__).parent.parent
SPEC = str(ROOT / "configs" / "recitation.toml")
CONTROL = re.compile(r"\x1b\[[0-9;]*m")


def on_terminal(*args: str, columns: int = 200, **variables: str) -> str:
    """Return what the program writes to a terminal that is so many columns wide."""
    import fcntl
    import termios

    mine, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
    kept = {key: value for key, value in os.environ.items() if key in ("PATH", "HOME") or key.startswith("COVERAGE")}
    environment = {**kept, "PYTHONPATH": str(ROOT), "LANG": "C.UTF-8", "TERM": "xterm-256color", **variables}
    program = subprocess.Popen(
        [sys.executable, "-m", "nncalc", *args], stdout=theirs, stderr=theirs, stdin=theirs, env=environment
    )
    os.close(theirs)
    written = bytearray()
    while select.select([mine], [], [], 60)[0]:
        try:
            chunk = os.read(mine, 65536)
        except OSError:  # how Linux says that the other side has closed
            break
        if not chunk:
            break
        written += chunk
    os.close(mine)
    assert program.wait(60) == 0
    return written.decode().replace("\r\n", "\n")


def piped(*args: str) -> str:
    """Return what the program writes to a pipe."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "LANG": "C.UTF-8"}
    done = subprocess.run([sys.executable, "-m", "nncalc", *args], env=environment, capture_output=True, check=True)
    return done.stdout.decode()


def test_colour_adds_nothing_to_the_words() -> None:
    words = ("backward", "--show-steps", SPEC)
    shown = on_terminal(*words)
    assert "\x1b[" in shown
    assert [line.rstrip() for line in CONTROL.sub("", shown).splitlines()] == piped(*words).splitlines()


@pytest.mark.parametrize("variables", [{"NO_COLOR": "1"}, {"TERM": "dumb"}, {"CLICOLOR": "0"}], ids=str)
def test_who_wants_no_colour_gets_none(variables: dict[str, str]) -> None:
    shown = on_terminal("backward", "--show-steps", SPEC, **variables)
    assert not re.search(r"\x1b\[[0-9;]*3[0-9]", shown)
    assert "∂ℓ/∂β₁" in shown


@pytest.mark.parametrize("columns", [40, 60, 80])
def test_a_narrow_terminal_gets_narrow_lines(columns: int) -> None:
    shown = on_terminal("backward", "--show-steps", SPEC, columns=columns, NO_COLOR="1")
    lines = [line for line in CONTROL.sub("", shown).splitlines() if not line.startswith("note:")]
    assert max(map(len, lines)) <= columns
    assert "= 12" in shown


def test_a_matrix_wider_than_the_terminal_is_cut_for_that_reason_and_goes_on_without_a_sign() -> None:
    words = ("backward", "-e", "f = sum(a*b' .* c)", "a=[1.25, 2.5]", f"c={[[1] * 6] * 2}",
             "b=[111111, 222222, 333333, 444444, 555555, 666666]", "--show-steps", "--form", "vector", "--wrt", "a",
    )  # fmt: skip
    shown = on_terminal(*words, columns=40, NO_COLOR="1")
    assert "⋯" in shown
    assert "matrices wider than the page are cut" in " ".join(CONTROL.sub("", shown).split())
    assert "many entries" not in shown
    whole = on_terminal(*words, "--full", columns=40, NO_COLOR="1")
    assert "⋯" not in whole
    assert "cut in the" not in whole
    assert not re.search(r"· \d+ \d+", whole)


def test_one_value_alone_has_no_colour() -> None:
    assert on_terminal("forward", "--get", "loss", SPEC) == "8\n"


def test_a_graph_on_a_terminal_is_the_same_as_in_a_pipe() -> None:
    assert on_terminal("graph", SPEC) == piped("graph", SPEC)


def test_a_page_goes_through_a_pager_where_that_is_asked_for(tmp_path: Path) -> None:
    seen = tmp_path / "seen"
    pager = tmp_path / "pager"
    pager.write_text(f"#!/bin/sh\ncat > '{seen}'\n")
    pager.chmod(0o755)
    kept = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT),
        "TERM": "xterm",
        "LANG": "C.UTF-8",
        "PAGER": str(pager),
    }
    mine, theirs = pty.openpty()
    command = [sys.executable, "-m", "nncalc", "backward", "--pager"]
    done = subprocess.run(
        command, stdin=theirs, stdout=theirs, stderr=subprocess.PIPE, env=kept, timeout=60, check=False
    )
    os.close(theirs)
    os.close(mine)
    assert done.returncode == 0
    assert "∂ℓ/∂α" in seen.read_text(encoding="utf-8")
    piped = subprocess.run(command, capture_output=True, env=kept, timeout=60, check=True)
    assert "∂ℓ/∂α" in piped.stdout.decode()
