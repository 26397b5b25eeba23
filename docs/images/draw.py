"""Draws the pictures of the pages, with Graphviz's `dot`: `python docs/images/draw.py`."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
RECITATION = str(ROOT / "configs" / "recitation.toml")
#: Each picture, and what `nncalc graph` is asked for.
PICTURES = {
    "expression.svg": ["-e", "sin(x*y)/z + exp(x*z)/(x*y)"],
    "recitation.svg": [RECITATION],
    "recitation-values.svg": [RECITATION, "--values", "--gradients"],
}


def drawn(words: list[str]) -> bytes:
    """Return a graph as SVG."""
    program = [sys.executable, "-m", "nncalc", "graph", *words]
    graph = subprocess.run(program, cwd=ROOT, stdout=subprocess.PIPE, check=True)  # noqa: S603
    return subprocess.run(["dot", "-Tsvg"], input=graph.stdout, stdout=subprocess.PIPE, check=True).stdout  # noqa: S607


def main() -> None:
    """Draw every picture anew."""
    for name, words in PICTURES.items():
        (HERE / name).write_bytes(drawn(words))


if __name__ == "__main__":
    main()
