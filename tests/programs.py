"""Programs that tests of documents and shells need: without them these are not run, or fail where that is asked for."""

from __future__ import annotations

import os
import shutil

import pytest


def needed(*programs: str) -> str:
    """Return the path of the first of some programs that is installed; without one the test that asks is skipped.

    With NNCALC_DOCUMENTS=require it fails instead.
    """
    found = next(filter(None, map(shutil.which, programs)), None)
    if found is None:
        stop = pytest.fail if os.environ.get("NNCALC_DOCUMENTS") == "require" else pytest.skip
        stop(f"NOT RUN: {programs[0]} is not installed")
    return found
