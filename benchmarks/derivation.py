"""How long least squares takes to derive from nothing, against `nncalc --version`, importing NumPy and importing SymPy.

Whole processes, one after the other in turn, output to a pipe. SymPy is measured where it is installed.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import platform
import statistics
import sys

from coldstart import seconds

EXPRESSION = ["norm2(y - X*theta)^2", "--wrt", "theta"]
BARE, DERIVED, CHECKED = "nncalc --version", "nncalc derive --no-verify", "nncalc derive"
#: How many seconds more than `--version` a derivation may take that is not checked with numbers.
TARGET = 0.15


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("-n", type=int, default=15, help="rounds (default 15)")
    rounds = parser.parse_args().n
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    nncalc = [sys.executable, "-m", "nncalc"]
    commands = {
        BARE: [*nncalc, "--version"],
        DERIVED: [*nncalc, "derive", *EXPRESSION, "--no-verify"],
        CHECKED: [*nncalc, "derive", *EXPRESSION],
        "import numpy": [sys.executable, "-c", "import numpy"],
    }
    if importlib.util.find_spec("sympy") is not None:
        commands["import sympy"] = [sys.executable, "-c", "import sympy"]
    for command in commands.values():  # compiled files and the disk's cache are warm from here on
        seconds(command, environment)
    taken = [{name: seconds(command, environment) for name, command in commands.items()} for _ in range(rounds)]
    print(f"Python {platform.python_version()}, {platform.machine()}, {os.cpu_count()} cores, {rounds} rounds")
    for name in commands:
        ratio = statistics.median(each[name] / each["import numpy"] for each in taken)
        print(
            f"{name:26} {1000 * statistics.median(each[name] for each in taken):7.1f} ms  {ratio:5.2f} of import numpy"
        )
    more = statistics.median(each[DERIVED] - each[BARE] for each in taken)
    print(f"{DERIVED} - {BARE}: {more:.3f} s   (at most {TARGET})")


if __name__ == "__main__":
    main()
