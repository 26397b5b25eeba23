"""How long a worked backward pass takes from nothing, against importing NumPy and against an empty Typer app.

Whole processes, one after the other in turn, output to a pipe. Prints medians, and the medians of the
ratios within each round, which hold when the machine's speed drifts.
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

EMPTY_APP = """\
import typer
app = typer.Typer(rich_markup_mode=None, pretty_exceptions_enable=False, add_completion=False)
@app.command()
def main() -> None: ...
app()
"""
TARGETS = {"import numpy": 0.85, "empty Typer app": 1.25}
WORK = "nncalc backward --show-steps"


def seconds(command: list[str], environment: dict[str, str]) -> float:
    """Return how long `command` takes as a whole process."""
    start = time.perf_counter()
    subprocess.run(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True)
    return time.perf_counter() - start


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("-n", type=int, default=25, help="rounds (default 25)")
    rounds = parser.parse_args().n
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    with tempfile.TemporaryDirectory() as folder:
        app = Path(folder) / "empty_app.py"
        app.write_text(EMPTY_APP, encoding="utf-8")
        commands = {
            WORK: [sys.executable, "-m", "nncalc", "backward", "--show-steps"],
            "import numpy": [sys.executable, "-c", "import numpy"],
            "empty Typer app": [sys.executable, str(app)],
        }
        for command in commands.values():  # compiled files and the disk's cache are warm from here on
            seconds(command, environment)
        taken = [{name: seconds(command, environment) for name, command in commands.items()} for _ in range(rounds)]
    print(f"Python {platform.python_version()}, {platform.machine()}, {os.cpu_count()} cores, {rounds} rounds")
    for name in commands:
        print(f"{name:30} {1000 * statistics.median(each[name] for each in taken):7.1f} ms")
    for name, target in TARGETS.items():
        ratio = statistics.median(each[WORK] / each[name] for each in taken)
        print(f"{WORK} / {name:20} {ratio:5.2f}   (at most {target})")


if __name__ == "__main__":
    main()
