"""The pages are tests: every console block in README and docs/ is run, and what it prints is compared.

A block is a list of `$ command` lines, each followed by what a terminal shows, standard error
included; `[exit 2]` stands for a status other than 0. A `toml`, `json` or `python` block that begins with
`# file: net.toml` is a file beside the page. A `python` block with `>>> ` lines is a session, one for the whole page,
of which each such line and what goes on from it is run. `pytest tests/test_docs.py --update` rewrites the blocks.
"""

from __future__ import annotations

import contextlib
import doctest
import io
import os
import re
import runpy
import shlex
import shutil
import subprocess
import sys
import traceback
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
import typer
from copies import copied

from nncalc.cli.app import COMMANDS, Commands, app
from nncalc.ops import FUNCTIONS
from nncalc.ops.kinds import Function
from nncalc.render import FORMATS
from nncalc.spec.layers import ACTIVATIONS, LOSSES

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
BLOCK = re.compile(r"^```(console|toml|json|python)\n(.*?)^```$", re.DOTALL | re.MULTILINE)


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    """Return a folder with the example specs and a `nncalc` that is the one under test."""
    shutil.copytree(ROOT / "configs", tmp_path / "configs")
    (tmp_path / "bin").mkdir()
    program = tmp_path / "bin" / "nncalc"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m nncalc "$@"\n', encoding="utf-8")
    program.chmod(0o755)
    return tmp_path


def ran(command: str, desk: Path) -> str:
    """Return what `command` shows on a terminal without colour, and its exit status where that is not 0.

    One that is `nncalc` alone runs in a process that has its modules already.
    """
    if command.startswith("nncalc ") and not re.search(r"[|<>;&`$*]", re.sub("'[^']*'", "", command)):
        return shown(*copied(shlex.split(command)[1:], desk))
    environment = {
        "PATH": f"{desk / 'bin'}{os.pathsep}{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT), "LANG": "C.UTF-8", "HOME": str(desk),
    }  # fmt: skip
    environment |= {key: value for key, value in os.environ.items() if key.startswith("COVERAGE")}
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", command],
        cwd=desk, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=60, check=False,
    )  # fmt: skip
    return shown(done.stdout, done.returncode)


def shown(printed: str, status: int) -> str:
    """Return what was printed and how it ended as they stand on a page."""
    text = printed.replace(str(ROOT) + "/", "")
    return text + ("\n" if text and not text.endswith("\n") else "") + (f"[exit {status}]\n" if status else "")


def rerun(block: str, desk: Path) -> str:
    """Return a console block with what its commands print now."""
    lines: list[str] = []
    for line in block.splitlines():
        if line.startswith("$ "):
            lines += [line, *ran(line[2:], desk).splitlines()]
    return "".join(f"{line}\n" for line in lines)


def repeated(block: str, names: dict[str, Any]) -> str:
    """Return a session with what it shows now; a mistake is its last line."""
    lines: list[str] = []
    for example in doctest.DocTestParser().get_examples(block):
        first, *rest = example.source.splitlines()
        shown = io.StringIO()
        with contextlib.redirect_stdout(shown):
            try:
                exec(compile(example.source, "<page>", "single"), names)
            except Exception as error:  # noqa: BLE001 -- whatever the page shows
                shown.writelines(
                    ["Traceback (most recent call last):\n  ...\n", *traceback.format_exception_only(error)]
                )
        lines += [f">>> {first}", *(f"... {line}".rstrip() for line in rest), *shown.getvalue().splitlines()]
    return "".join(f"{line}\n" for line in lines)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_a_page_shows_what_its_commands_print(
    page: Path, desk: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = page.read_text(encoding="utf-8")
    monkeypatch.chdir(desk)
    fresh: list[str] = []
    session: dict[str, Any] = {}
    end = 0
    for match in BLOCK.finditer(text):
        kind, body = match.groups()
        if kind == "console" or body.startswith(">>> "):
            fresh += [text[end : match.start(2)], rerun(body, desk) if kind == "console" else repeated(body, session)]
            end = match.end(2)
        else:
            named = re.match(r"(?:#|//) file: (\S+)\n", body)
            if named:
                (desk / named[1]).write_text(body if kind == "toml" else body[named.end() :], encoding="utf-8")
    new = "".join([*fresh, text[end:]])
    if request.config.getoption("--update"):
        page.write_text(new, encoding="utf-8")
    assert new == text or request.config.getoption("--update")


def test_every_command_and_option_is_on_a_page() -> None:
    text = "\n".join(page.read_text(encoding="utf-8") for page in PAGES)
    group = typer.main.get_command(app)
    assert isinstance(group, Commands)
    for command in COMMANDS:
        page = ROOT / "docs" / f"{command}.md"
        assert page.exists(), f"docs/{command}.md is missing"
        found = group.get_command(None, command)
        for parameter in found.params:
            for option in getattr(parameter, "opts", []):
                if option.startswith("--"):
                    assert option in page.read_text(encoding="utf-8"), f"{option} is not in docs/{command}.md"
    assert "--version" in text


def test_every_output_form_is_named_where_one_is_chosen() -> None:
    group = typer.main.get_command(app)
    assert isinstance(group, Commands)
    for command in ("forward", "derive", "shapes"):  # `backward` refers to `forward`
        (option,) = (each for each in group.get_command(None, command).params if each.name == "format_")
        (row,) = re.findall(
            r"^\| `--format.*$", (ROOT / "docs" / f"{command}.md").read_text(encoding="utf-8"), re.MULTILINE
        )
        assert not [form for form in FORMATS if f"`{form}`" not in row or form not in str(getattr(option, "help", ""))]


def test_no_page_names_an_option_that_does_not_exist() -> None:
    group = typer.main.get_command(app)
    assert isinstance(group, Commands)
    known = {"--help", "--version", "--install-completion", "--show-completion", "--update"}
    for command in COMMANDS:
        for parameter in group.get_command(None, command).params:
            known.update([*parameter.opts, *parameter.secondary_opts])
    for page in PAGES:
        if page.name == "errors.md":  # it has options that are misspelt
            continue
        for line in page.read_text(encoding="utf-8").splitlines():
            if "nncalc" in line or line.startswith("|"):
                strangers = set(re.findall(r"(?<![\w-])--[a-z][a-z0-9-]+", line)) - known
                assert not strangers, f"{page.name}: {line}"


def test_the_reference_of_operations_is_that_of_the_table(request: pytest.FixtureRequest) -> None:
    made = runpy.run_path(str(ROOT / "docs" / "operations.py"))
    if request.config.getoption("--update"):
        made["main"]()
    text = made["PAGE"].read_text(encoding="utf-8")
    assert made["updated"](text) == text, "make docs writes it anew"
    words = {op.notation.word for op in FUNCTIONS.values() if isinstance(op.notation, Function)}
    assert all(f"`{word}(" in text for word in words)


def test_every_mistake_is_named_where_it_is_made(request: pytest.FixtureRequest) -> None:
    made = runpy.run_path(str(ROOT / "docs" / "mistakes.py"))
    if request.config.getoption("--update"):
        made["main"]()
    text = made["PAGE"].read_text(encoding="utf-8")
    assert made["updated"](text) == text, "make docs writes it anew"


def test_every_activation_and_loss_is_named_where_a_layer_is_explained() -> None:
    text = (ROOT / "docs" / "spec.md").read_text(encoding="utf-8")
    assert not [word for word in (*ACTIVATIONS, *LOSSES) if f"`{word}`" not in text]


def test_every_picture_shows_what_the_program_draws() -> None:
    assert shutil.which("dot"), "the pictures are drawn with Graphviz: apt-get install graphviz"
    place = ROOT / "docs" / "images"
    pictures = runpy.run_path(str(place / "draw.py"))
    terminal = runpy.run_path(str(place / "terminal.py"))
    assert {path.name for path in place.glob("*.svg")} == {*pictures["PICTURES"], terminal["PICTURE"]}
    assert terminal["drawn"]() == (place / terminal["PICTURE"]).read_text(encoding="utf-8"), "make images"

    def texts(svg: bytes) -> list[str]:
        return sorted(each.text or "" for each in ElementTree.fromstring(svg).iter() if each.tag.endswith("}text"))

    for name, words in pictures["PICTURES"].items():
        assert texts(pictures["drawn"](words)) == texts((place / name).read_bytes()), f"make images draws {name} anew"


def test_no_page_names_a_page_that_is_not_there() -> None:
    for page in PAGES:
        for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
            if "://" not in target:
                assert (page.parent / target).exists(), f"{page.name} names {target}"
