"""Every check of nncalc, from nothing but Python 3.11 or newer: `python3 check.py`.

Makes the virtual environment `.venv`, installs what the checks need, then runs linters and tests.
Anything after `check.py` goes to pytest. NNCALC_ORACLE=require adds the comparison with PyTorch,
NNCALC_DOCUMENTS=require what LaTeX and a browser make of documents and what zsh and fish complete,
NNCALC_COVERAGE=require how much of the program is run by tests, for which they take half as long again.
"""

from __future__ import annotations

import importlib.util
import os
import platform
import shutil
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
VENV = os.path.join(HERE, ".venv")
BIN = os.path.join(VENV, "bin")
TORCH_ON_CPU = "https://download.pytorch.org/whl/cpu"
#: A program or module the checks use, and the Debian package it comes in.
NEEDED = {"dot": "graphviz", "jq": "jq"}
#: Those that look at documents, which are large, and shells in which Tab is tried: with NNCALC_DOCUMENTS=require.
DOCUMENTS = {
    "pdflatex": "texlive-latex-recommended", "chromium": "chromium", "zsh": "zsh", "fish": "fish",
    "groff": "groff-base",
}  # fmt: skip


def main() -> int:
    if sys.version_info < (3, 11):
        print(f"check.py needs Python 3.11 or newer, not {platform.python_version()}", file=sys.stderr)
        return 2
    started = time.monotonic()
    system_packages()
    environment()
    failed = [name for name, command in steps() if not passed(name, command)]
    print(f"\ncheck.py: {'failed: ' + ', '.join(failed) if failed else 'all good'}, {time.monotonic() - started:.0f} s")
    return 1 if failed else 0


def steps() -> list[tuple[str, list[str]]]:
    """Return every check, with its command."""
    pytest = ["pytest", "--numprocesses=auto", "--dist=loadgroup"]
    code = ["nncalc", "tests", "benchmarks", "check.py", "conftest.py", "hatch_build.py"]
    return [
        ("ruff check", ["ruff", "check", *code]),
        ("mypy", ["mypy"]),
        ("import-linter", ["lint-imports"]),
        *(
            [("pytest", [*pytest, *sys.argv[1:]])]
            if sys.argv[1:]
            else [
                ("pytest", ["coverage", "run", "-m", *pytest, "-m", "not sampled and not oracle"]),
                ("coverage", ["sh", "-c", "coverage combine -q && coverage report"]),
                ("pytest, many draws", [*pytest, "-m", "sampled or oracle"]),
            ]
            if os.environ.get("NNCALC_COVERAGE") == "require"
            else [("pytest", pytest)]
        ),
    ]


def passed(name: str, command: list[str]) -> bool:
    print(f"\n--- {name}", flush=True)
    there = {**os.environ, "PATH": BIN + os.pathsep + os.environ["PATH"]}
    there.pop("PYTHONDONTWRITEBYTECODE", None)  # many tests start the program anew
    there.pop("PYTHONPATH", None)
    return subprocess.run(command, cwd=HERE, env=there, check=False).returncode == 0


def system_packages() -> None:
    """Install what Debian has and this machine lacks, where that is allowed; else say what is missing."""
    needed = {**NEEDED, **(DOCUMENTS if os.environ.get("NNCALC_DOCUMENTS") == "require" else {})}
    missing = [package for program, package in needed.items() if not shutil.which(program)]
    if importlib.util.find_spec("ensurepip") is None:
        missing.append("python3-venv")
    if not missing:
        return
    if os.geteuid() == 0 and shutil.which("apt-get"):
        run(["apt-get", "update", "-qq"])
        run(["apt-get", "install", "-y", "-qq", "--no-install-recommends", *missing], quiet=True)
    else:
        sys.exit(f"check.py: please install {' and '.join(missing)} first: sudo apt-get install {' '.join(missing)}")


def environment() -> None:
    """Make `.venv` and install nncalc in it, with what the checks need."""
    if not os.path.exists(os.path.join(BIN, "pip")):
        run([sys.executable, "-m", "venv", VENV])
    pip = [os.path.join(BIN, "pip"), "install", "-q", "--disable-pip-version-check"]
    run([*pip, "-e", HERE, *group("test"), *group("lint"), *group("engines")])
    if os.environ.get("NNCALC_ORACLE") == "require":
        wanted = [*pip, *group("oracle")]
        local = torch_is_near(pip)
        run(wanted if local else [*wanted, "--extra-index-url", TORCH_ON_CPU])


def group(name: str) -> list[str]:
    """Return the packages of a dependency group, which pip itself reads from version 25.1 on."""
    import tomllib  # noqa: PLC0415 -- older Pythons, which are told that they are too old, have none

    with open(os.path.join(HERE, "pyproject.toml"), "rb") as file:
        found: list[str] = tomllib.load(file)["dependency-groups"][name]
    return found


def torch_is_near(pip: list[str]) -> bool:
    """Return whether pip is set up with a PyTorch of its own, so that none for GPUs need be downloaded."""
    config = subprocess.run([pip[0], "config", "list"], capture_output=True, text=True, check=False).stdout
    return sys.platform != "linux" or "find-links" in config


def run(command: list[str], *, quiet: bool = False) -> None:
    there = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    done = subprocess.run(command, env=there, check=False, stdout=subprocess.DEVNULL if quiet else None)
    if done.returncode:
        sys.exit(f"check.py: `{' '.join(command)}` failed")


if __name__ == "__main__":
    sys.exit(main())
