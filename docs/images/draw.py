"""Draws the pictures of the pages, with Graphviz's `dot`: `python docs/images/draw.py`."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
RECITATION = str(ROOT / "configs" / "recitation.toml")
#: Each picture, and what `nncalc graph` is asked for.
PICTURES = {
    "convolution-window.svg": ["convolution", "--entry", "A1[1,2]"],
    "convolution-network.svg": ["convolution", "--kind", "network"],
    "expression.svg": ["-e", "sin(x*y)/z + exp(x*z)/(x*y)"],
    "network.svg": [RECITATION, "--kind", "network", "--intercepts"],
    "recitation.svg": [RECITATION],
    "recitation-backward.svg": [RECITATION, "--backward", "--level", "scalar", "--gradients"],
    "recitation-values.svg": [RECITATION, "--values", "--gradients"],
}


def drawn(words: list[str]) -> bytes:
    """Return a graph as SVG."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "graph.svg"
        program = [sys.executable, "-m", "nncalc", "graph", *words, "-o", str(path)]
        subprocess.run(program, cwd=ROOT, check=True)  # noqa: S603
        return path.read_bytes()


def main() -> None:
    """Draw every picture anew."""
    for name, words in PICTURES.items():
        (HERE / name).write_bytes(drawn(words))


if __name__ == "__main__":
    main()
