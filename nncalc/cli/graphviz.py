"""Graphviz's `dot`, which makes pictures of DOT where it is installed."""

from __future__ import annotations

import os
import re
import shutil
import subprocess

from nncalc.cli.streams import remark
from nncalc.interface.opening import reason
from nncalc.problems import Problem, safe

#: How many seconds a picture may take.
LIMIT = 60.0
INSTALL = "apt install graphviz, brew install graphviz, or winget install Graphviz.Graphviz; -o net.dot needs none"

#: When a PDF was drawn, the only thing in which two of the same drawing differ; a date as long takes its place.
_DATE = re.compile(rb"(/CreationDate \(D:)[0-9]{14}")


def drawn(text: str, form: str, limit: float = LIMIT) -> bytes:
    """Return the picture that Graphviz makes of DOT, as `svg`, `png` or `pdf`; raise Problem (`file`)."""
    program = shutil.which("dot")
    if program is None:
        raise Problem(f"a picture in .{form} is drawn by Graphviz, which is not installed", None, INSTALL, "file")
    try:
        done = subprocess.run(  # noqa: S603 -- the program that the user installed, no shell, nothing of the drawing in its arguments
            [program, f"-T{form}"], input=text.encode(), capture_output=True, check=False, timeout=limit,
            env={**os.environ, "TZ": "UTC"},
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise Problem(
            f"Graphviz did not finish the picture within {limit:g} seconds", None,
            "draw less: --level vector, or --no-split; -o net.dot writes down what it would draw", "file",
        ) from None  # fmt: skip
    except OSError as error:
        raise Problem(f"Graphviz cannot be run: {reason(error)}", None, INSTALL, "file") from None
    said = done.stderr.decode(errors="replace").strip()
    if done.returncode != 0 or not done.stdout:
        why = f": {safe(said.splitlines()[0], 300)}" if said else f": exit status {done.returncode}"
        raise Problem(f"Graphviz failed{why}", None, "-o net.dot writes down what it was to draw", "file")
    if said:
        remark(f"Graphviz: {said.splitlines()[0]}")
    return _DATE.sub(rb"\g<1>19700101000000", done.stdout) if form == "pdf" else done.stdout
