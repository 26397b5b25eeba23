"""Long work says how far it is, on a terminal; a pseudo-terminal stands for the person's."""

from __future__ import annotations

import json
import os
import re
import select
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from nncalc.progress import listening, silence, told

pty = pytest.importorskip("pty", reason="pseudo-terminals are Unix's")

ROOT = Path(__file__).parent.parent
SPEC = str(ROOT / "configs" / "recitation.toml")
#: The program, for which any work is long.
IMPATIENT = """
import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)  # which a shell's background job has ignored
import nncalc.render.progress as progress
progress.LONG = progress.OFTEN = 0
from nncalc.cli.app import run
sys.exit(run(sys.argv[1:]))
"""
CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
SHOWN = "\x1b[?25h"  # the cursor is there again


class Started:
    """The program with a terminal for standard error, and for standard output too if asked; a class as it runs."""

    def __init__(self, *args: str, output: int = subprocess.PIPE, both: bool = False) -> None:
        self.mine, theirs = pty.openpty()
        kept = {key: value for key, value in os.environ.items() if key in ("PATH", "HOME") or key.startswith("COV")}
        environment = {**kept, "PYTHONPATH": str(ROOT), "LANG": "C.UTF-8", "TERM": "xterm-256color", "COLUMNS": "120"}
        self.program = subprocess.Popen(
            [sys.executable, "-c", IMPATIENT, *args],
            stdout=theirs if both else output,
            stderr=theirs,
            stdin=subprocess.DEVNULL,
            env=environment,
        )
        os.close(theirs)
        self.written = ""

    def until(self, word: str | None = None) -> str:
        """Return what it has written to its terminal, once that has a word in it, or all."""
        while (word is None or word not in self.written) and select.select([self.mine], [], [], 60)[0]:
            try:
                chunk = os.read(self.mine, 65536)
            except OSError:  # how Linux says that the other side has closed
                break
            if not chunk:
                break
            self.written += chunk.decode(errors="replace")
        return self.written

    def ended(self) -> int:
        """Return its exit status; what was to be read has been read."""
        if self.program.stdout is not None:
            self.program.stdout.close()
        return self.program.wait(60)


def long_chain(folder: Path, count: int = 1000) -> str:
    """Return the path of a spec with so many equations, each of which needs the one before."""
    equations = {f"a{i}": f"a{i - 1} * 1.0001 + x" if i else "x + w" for i in range(count)}
    path = folder / "chain.json"
    path.write_text(json.dumps({"inputs": {"x": 0.5}, "parameters": {"w": 1.5}, "equations": equations}))
    return str(path)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["forward", SPEC], ["reading", "computing", "writing", "laying out"]),
        (["backward", "--show-steps", SPEC], ["computing", "differentiating", "writing", "laying out"]),
        (["graph", "--values", SPEC], ["computing", "drawing"]),
        (["shapes", SPEC], ["reading", "differentiating", "laying out"]),
        (["derive", "norm2(y - X*theta)^2", "--wrt", "theta"], ["differentiating", "explaining", "checking"]),
        (["train", SPEC, "--steps", "9", "--rate", "0.01"], ["training loss", "laying out"]),
    ],
    ids=lambda value: value[0],
)
def test_a_command_says_what_it_does_and_how_far_it_is(words: list[str], said: list[str], tmp_path: Path) -> None:
    with (tmp_path / "out").open("wb") as out:
        started = Started(*words, output=out.fileno())
        written = started.until()
        assert started.ended() == 0
    shown = CONTROL.sub("", written)
    assert [word for word in said if word not in shown] == []
    assert re.search(r"━ +\d+%", shown)
    assert written.endswith(SHOWN) or SHOWN in written[-40:]
    plain = subprocess.run(
        [sys.executable, "-c", IMPATIENT, *words], capture_output=True, check=True,
        env={**os.environ, "PYTHONPATH": str(ROOT), "LANG": "C.UTF-8"},
    )  # fmt: skip
    assert (tmp_path / "out").read_bytes() == plain.stdout
    assert plain.stderr == b""  # no terminal, no word


def test_nothing_is_said_once_something_is_printed_on_the_same_terminal() -> None:
    started = Started("backward", SPEC, "--show-steps", "--format", "csv", both=True)
    written = started.until().replace("\r\n", "\n")
    assert started.ended() == 0
    before, _, after = written.rpartition(SHOWN)
    assert "differentiating" in before
    assert after.lstrip("\r").removeprefix("\x1b[1A\x1b[2K").startswith("pass,name,formula")
    assert "\x1b" not in after.removeprefix("\r").removeprefix("\x1b[1A\x1b[2K")


def test_nothing_is_said_while_a_pipe_is_written_to() -> None:
    started = Started("backward", SPEC, "--show-steps", "--format", "csv")
    assert "writing" not in started.until()
    assert started.ended() == 0


def test_a_remark_stands_on_a_line_of_its_own(tmp_path: Path) -> None:
    spec = tmp_path / "wide.json"
    layer = {"type": "dense", "weights": {"name": "W", "values": [[0.5] * 40] * 40}, "bias": "none"}
    loss = {"type": "squared_error", "target": [1] * 40}
    spec.write_text(json.dumps({"input": {"name": "x", "values": [1] * 40}, "layers": [layer], "loss": loss}))
    started = Started("backward", str(spec), "--show-steps")
    shown = started.until()
    assert started.ended() == 0
    before, _, after = shown.partition("nncalc: ")
    assert re.fullmatch(r"[\r\n]*(\x1b\[[0-9;]*[AK])*", before.rpartition(SHOWN)[2])
    assert after.startswith("printed in vector form")


def test_an_interruption_leaves_no_file_and_a_clean_terminal(tmp_path: Path) -> None:
    spec = long_chain(tmp_path, 3_000)
    folder = tmp_path / "out"
    folder.mkdir()
    started = Started("backward", spec, "--show-steps", "--format", "csv", "-o", str(folder / "out.csv"))
    assert "writing" in started.until("writing")
    started.program.send_signal(signal.SIGINT)
    written = started.until()
    assert started.ended() == 130
    assert list(folder.iterdir()) == []
    assert "Traceback" not in written
    after = written.rpartition(SHOWN)[2]
    assert CONTROL.sub("", after).strip() == ""


def test_work_goes_on_when_its_terminal_is_gone(tmp_path: Path) -> None:
    spec, path = long_chain(tmp_path), tmp_path / "out.csv"
    started = Started("backward", spec, "--show-steps", "--format", "csv", "-o", str(path))
    started.until("computing")
    os.close(started.mine)
    assert started.ended() == 0
    assert len(path.read_text().splitlines()) == 2003


def test_a_part_of_a_part_is_a_part_of_the_whole() -> None:
    heard: list[tuple[str, float]] = []
    with listening(lambda what, done, _: heard.append((what, done)), lambda: heard.append(("", 1))):
        for _ in told("ab", "reading"):
            for _ in told("cd", "spelling"):
                break  # one that is left behind is no part of what follows
        for _ in told("", "nothing"):
            pass
        for _ in told("e", "writing"):
            silence()
        assert told([1], "unheard") == [1]
    assert heard == [
        ("reading", 0), ("reading", 0), ("reading", 0.5), ("reading", 0.5), ("writing", 0), ("", 1), ("", 1),
    ]  # fmt: skip
