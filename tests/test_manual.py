"""The man page: it is that of the help as it is now, and roff has nothing against it."""

from __future__ import annotations

import os
import re
import runpy
import subprocess
from pathlib import Path

import pytest

import nncalc
from nncalc.cli.app import COMMANDS
from tests.programs import needed

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "man" / "nncalc.1"


def test_it_is_made_from_the_help_as_it_is(request: pytest.FixtureRequest) -> None:
    made = runpy.run_path(str(ROOT / "docs" / "manual.py"))
    if request.config.getoption("--update"):
        made["main"]()
    assert PAGE.read_text(encoding="utf-8") == made["manual"]()


def test_it_has_every_command_and_the_options_of_several_once() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert re.findall(r'^\.SS "nncalc (\w+)"$', text, re.MULTILINE) == [*COMMANDS]
    assert text.startswith(f'.TH NNCALC 1 "" "nncalc {nncalc.__version__}"')
    assert text.count(r"\fB\-\-show\-steps\fR") == 1
    assert text.count(r"\fB\-\-unfold\fR") == 1
    assert r"nncalc derive \(aqnorm2(y \- X*theta)\(ha2\(aq" in text


def test_it_is_shown_without_a_warning() -> None:
    groff = needed("groff")
    done = subprocess.run(
        [groff, "-man", "-Kutf8", "-Tutf8", "-ww", "-P-c", "-P-b", "-P-u", str(PAGE)],
        env={**os.environ, "LANG": "C.UTF-8"}, capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip
    assert not done.stderr
    for words in ("nncalc - a calculator that shows its work", "∂ℓ/∂ŷ", "f = sin(x*y)/z + exp(x*z)/(x*y)", "NO_COLOR"):
        assert words in done.stdout
