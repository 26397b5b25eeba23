"""Packages of npm that read what is written for them, and a script of each that says what they make of it.

They come from npm where `NNCALC_MERMAID` is set, into a folder of their own outside the tree that later runs use again.
Where they cannot be had a test that asks is not run, and the report says so; `NNCALC_MERMAID=require` fails then.
"""

from __future__ import annotations

import getpass
import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pytest


class Reader(NamedTuple):
    """A script of JavaScript in the folder of the packages that it needs."""

    folder: Path
    script: str

    def read(self, given: Sequence[Any]) -> list[Any]:
        """Return what the script writes of each, as JSON both ways."""
        command = ["node", "--input-type=module", "--eval", self.script]
        data = json.dumps(given).encode()
        done = subprocess.run(command, cwd=self.folder, input=data, capture_output=True, check=False, timeout=120)
        assert done.returncode == 0, done.stderr.decode()
        found: list[Any] = json.loads(done.stdout)
        assert len(found) == len(given)
        return found


def reader(packages: Sequence[str], script: str) -> Reader:
    """Return a script with its packages, installed once."""
    kept = Path(tempfile.gettempdir()) / f"nncalc-{'-'.join(packages)}-{getpass.getuser()}"
    if not _is_ours(kept):
        folder = Path(tempfile.mkdtemp(prefix="nncalc-npm-"))
        command = ["npm", "install", "--silent", "--no-audit", "--no-fund", "--ignore-scripts", *packages]
        (folder / "package.json").write_text("{}")
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=300)
        if done.returncode != 0:
            shutil.rmtree(folder)
            stop = pytest.fail if os.environ["NNCALC_MERMAID"] == "require" else pytest.skip
            stop(f"NOT TESTED: npm could not install {', '.join(packages)}: {done.stderr[-500:]}")
        if _is_ours(kept):  # another process was faster
            shutil.rmtree(folder)
        elif kept.exists():
            kept = folder
        else:
            folder.rename(kept)
    return Reader(kept, script)


def _is_ours(folder: Path) -> bool:
    return folder.exists() and folder.stat().st_uid == os.getuid()
