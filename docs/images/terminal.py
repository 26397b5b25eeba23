"""Draws what a terminal shows of a page, as SVG: `python docs/images/terminal.py`."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from html import escape
from pathlib import Path

from nncalc.render.tall import width

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
#: The picture, and the command whose page it shows.
PICTURE, WORDS = "page.svg", ["backward", "configs/recitation.toml", "--show-steps", "--form", "vector"]
#: How many of its lines are shown.
LINES = 33
#: How wide a character is, and how high a line.
WIDE, HIGH, ROOM = 8.43, 17, 16
#: The looks of a terminal, by the number that begins them.
LOOKS = {"1": 'font-weight="bold" fill="#fff"', "2": 'fill="#8b949e"', "35": 'fill="#d2a8ff"', "36": 'fill="#79c0ff"'}
_CONTROL = re.compile("\x1b\\[([0-9;]*)m")


def drawn() -> str:
    """Return the first lines of the page as SVG."""
    program = [sys.executable, "-m", "nncalc", *WORDS]
    environment = {**os.environ, "FORCE_COLOR": "1", "TERM": "xterm-256color", "PYTHONIOENCODING": "utf-8"}
    environment.pop("NO_COLOR", None)
    found = subprocess.run(program, cwd=ROOT, stdout=subprocess.PIPE, env=environment, check=True)  # noqa: S603
    shown = ["$ nncalc " + " ".join(WORDS), *found.stdout.decode("utf-8").splitlines()[:LINES]]
    wide = max(width(_CONTROL.sub("", line)) for line in shown) * WIDE + 2 * ROOM
    height = len(shown) * HIGH + 2 * ROOM
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide:.0f} {height}" width="{wide:.0f}"'
        f' height="{height}" font-family="ui-monospace, DejaVu Sans Mono, Menlo, monospace" font-size="14">',
        f"<title>{escape(shown[0])}</title>",
        f'<rect width="{wide:.0f}" height="{height}" rx="8" fill="#0d1117"/>',
        '<g fill="#e6edf3">',
    ]
    for place, line in enumerate(shown, 1):
        lines.append(f'<text y="{ROOM + place * HIGH - 4}">{"".join(_spans(line))}</text>')
    return "\n".join([*lines, "</g>", "</svg>"]) + "\n"


def _spans(line: str) -> list[str]:
    """Return a line of a terminal as spans of text, each word in its look and at its column, whatever the font."""
    pieces = _CONTROL.split(line)
    found: list[str] = []
    column = 0
    for look, text in zip(["", *pieces[1::2]], pieces[::2], strict=True):
        for word in re.split("( +)", text):
            if word.strip():
                place = f'x="{ROOM + column * WIDE:.1f}"'
                found.append(f"<tspan {' '.join(filter(None, (place, LOOKS.get(look))))}>{escape(word)}</tspan>")
            column += width(word)
    return found


if __name__ == "__main__":
    (HERE / PICTURE).write_text(drawn(), encoding="utf-8")
