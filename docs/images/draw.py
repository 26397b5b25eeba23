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
    "lstm-network.svg": ["lstm.toml", "--kind", "network", "--values"],
    "network.svg": [RECITATION, "--kind", "network", "--intercepts"],
    "recitation.svg": [RECITATION],
    "recitation-backward.svg": [RECITATION, "--backward", "--level", "scalar", "--gradients"],
    "transformer-network.svg": ["transformer", "--kind", "network"],
    "recitation-values.svg": [RECITATION, "--values", "--gradients"],
}


def drawn(words: list[str]) -> bytes:
    """Return a graph as SVG."""
    with tempfile.TemporaryDirectory() as folder:
        for name, text in specs().items():
            Path(folder, name).write_text(text, encoding="utf-8")
        program = [sys.executable, "-m", "nncalc", "graph", *words, "-o", "graph.svg"]
        subprocess.run(program, cwd=folder, check=True)  # noqa: S603
        return Path(folder, "graph.svg").read_bytes()


def specs() -> dict[str, str]:
    """Return the specs that stand on the page of graphs, by the names of their files."""
    blocks = (HERE.parent / "graph.md").read_text(encoding="utf-8").split("```toml\n# file: ")[1:]
    return {name: rest.partition("```")[0] for name, _, rest in (block.partition("\n") for block in blocks)}


def main() -> None:
    """Draw every picture anew."""
    for name, words in PICTURES.items():
        (HERE / name).write_bytes(drawn(words))


if __name__ == "__main__":
    main()
