"""How long long inputs and long outputs take, against importing NumPy, and how much memory.

A chain of 10,000 scalar equations, of which one derivative is asked for; and 100 inputs, 100 tanh units and one output,
every scalar line of both passes as CSV. Whole processes, one after the other in turn, output to a pipe; memory is the
process's peak, less that of `nncalc --version`. The seconds belong to the machine: trust the ratios.
"""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

EQUATIONS = 10_000
WIDTH = 100
BARE, CHAIN, LINES, NUMPY = "nncalc --version", "a chain of equations", "every line of a layer", "import numpy"
#: How many seconds at most, and how many MB more than the empty program.
TARGETS = {CHAIN: (1.2, 40), LINES: (1.5, None)}


class Run(NamedTuple):
    """What a process took: seconds, and MB at its peak."""

    seconds: float
    memory: float


def chain() -> str:
    """Return a spec of scalar equations, each from the one before."""
    lines = [f'x{k + 1} = "0.5*x{k} + sin(x{k})"' for k in range(EQUATIONS)]
    return "\n".join(["[inputs]", "x0 = 0.3", "[equations]", *lines]) + "\n"


def layer() -> str:
    """Return a spec of one hidden layer."""

    def rows(count: int) -> list[list[float]]:
        return [[((7919 * i + 104_729 * j) % 601 - 300) / 1000 for j in range(WIDTH)] for i in range(count)]

    return f"""\
[input]
name = "x"
values = {rows(1)[0]}
[[layers]]
type = "dense"
activation = "tanh"
weights = {{ name = "W", values = {rows(WIDTH)} }}
bias = {{ name = "b", values = {rows(1)[0]} }}
[[layers]]
type = "dense"
weights = {{ name = "v", values = {rows(1)} }}
bias = "none"
[loss]
type = "squared_error"
target = 1
"""


def measured(command: list[str], environment: dict[str, str]) -> Run:
    """Return what `command` takes as a whole process."""
    start = time.perf_counter()
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    assert process.stdout is not None
    with process.stdout:
        process.stdout.read()
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    per_unit = 1 / 2**20 if sys.platform == "darwin" else 1 / 2**10
    return Run(time.perf_counter() - start, used.ru_maxrss * per_unit)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("-n", type=int, default=5, help="rounds (default 5)")
    rounds = parser.parse_args().n
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    nncalc = [sys.executable, "-m", "nncalc"]
    with tempfile.TemporaryDirectory() as folder:
        spec, net = Path(folder) / "chain.toml", Path(folder) / "net.toml"
        spec.write_text(chain(), encoding="utf-8")
        net.write_text(layer(), encoding="utf-8")
        commands = {
            BARE: [*nncalc, "--version"],
            CHAIN: [*nncalc, "backward", str(spec), "--get", f"d(x{EQUATIONS})/d(x0)"],
            LINES: [*nncalc, "backward", str(net), "--show-steps", "--form", "scalar", "--format", "csv"],
            NUMPY: [sys.executable, "-c", "import numpy"],
        }
        for command in commands.values():  # compiled files and the disk's cache are warm from here on
            measured(command, environment)
        taken = [{name: measured(command, environment) for name, command in commands.items()} for _ in range(rounds)]
    print(f"Python {platform.python_version()}, {platform.machine()}, {os.cpu_count()} cores, {rounds} rounds")
    for name in commands:
        seconds = statistics.median(each[name].seconds for each in taken)
        ratio = statistics.median(each[name].seconds / each[NUMPY].seconds for each in taken)
        more = statistics.median(each[name].memory - each[BARE].memory for each in taken)
        aims = [f"{most} {unit}" for most, unit in zip(TARGETS.get(name, ()), ("s", "MB"), strict=False) if most]
        aim = f"   (at most {', '.join(aims)})" if aims else ""
        print(f"{name:24} {1000 * seconds:7.1f} ms  {ratio:6.2f} of import numpy  {more:+6.1f} MB{aim}")


if __name__ == "__main__":
    main()
