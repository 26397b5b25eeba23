"""What every test runs under: Hypothesis profiles, warnings as errors, and when other programs are asked.

`HYPOTHESIS_PROFILE=ci` (the default where the variable `CI` is set) draws the same examples each time.
Tests marked `oracle` compare with PyTorch, those marked `jax` with JAX; those marked `models` read and write files with
the libraries of ONNX and of safetensors. They run wherever these are installed; with `NNCALC_ORACLE=require` a run
without them fails. Those marked `mermaid` read with the parsers of Mermaid, KaTeX and MathJax, which npm fetches where
`NNCALC_MERMAID` is set. The report says how many were not run, and what was not tested for that.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
from typing import NamedTuple

import pytest
from hypothesis import HealthCheck, settings

_SLOW = (HealthCheck.too_slow, HealthCheck.data_too_large)
settings.register_profile("dev", deadline=None, max_examples=40, suppress_health_check=_SLOW)
settings.register_profile("ci", deadline=None, max_examples=40, suppress_health_check=_SLOW, derandomize=True)
settings.register_profile("long", deadline=None, max_examples=1500, suppress_health_check=_SLOW)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE") or ("ci" if os.environ.get("CI") else "dev"))

os.environ.setdefault("JAX_DISABLE_MOST_OPTIMIZATIONS", "1")  # it compiles each operation, to run it once


class Need(NamedTuple):
    """Whether there is what tests with a marker need, what is said where it is not, and what is not tested then."""

    there: bool
    lack: str
    untested: str


def installed(*libraries: str) -> bool:
    return all(importlib.util.find_spec(library) for library in libraries)


NEEDED = {
    "oracle": Need(installed("torch"), "torch not installed", "nothing is compared with PyTorch"),
    "models": Need(
        installed("onnx", "onnxruntime", "safetensors"),
        "onnx, onnxruntime or safetensors not installed", "no other program reads models and weights",
    ),
    "jax": Need(installed("jax"), "jax not installed", "no program runs in JAX"),
    "at_length": Need(
        "NNCALC_NETWORKS" in os.environ, "NNCALC_NETWORKS is not set", "what takes minutes was left out"
    ),
    "mermaid": Need(
        bool(os.environ.get("NNCALC_MERMAID") and shutil.which("npm") and shutil.which("node")),
        "NNCALC_MERMAID is not set, or npm not installed", "no viewer reads flowcharts and formulas",
    ),
}  # fmt: skip
_not_run = pytest.StashKey[dict[str, int]]()


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "oracle: compares with PyTorch, which must be installed")
    config.addinivalue_line("markers", "models: reads and writes files with onnx, onnxruntime and safetensors")
    config.addinivalue_line("markers", "jax: runs programs in JAX, which must be installed")
    config.addinivalue_line("markers", "at_length: takes minutes, and is run where NNCALC_NETWORKS is set")
    config.addinivalue_line(
        "markers", "mermaid: reads flowcharts and formulas with the parsers of Mermaid, KaTeX and MathJax"
    )
    config.addinivalue_line("filterwarnings", "error")
    if os.environ.get("NNCALC_ORACLE") == "require":
        for need in map(NEEDED.__getitem__, ("oracle", "jax", "models")):
            if not need.there:
                how = "pip install --group engines --group oracle"
                raise pytest.UsageError(f"NNCALC_ORACLE=require, but {need.lack}: {how}")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    found: dict[str, int] = {}
    for marker, need in NEEDED.items():
        away = [] if need.there else [item for item in items if item.get_closest_marker(marker)]
        if away:
            found[marker] = len(away)
            config.hook.pytest_deselected(items=away)
            items[:] = [item for item in items if item not in set(away)]
    config.stash[_not_run] = found


def pytest_report_collectionfinish(config: pytest.Config) -> list[str]:
    found = config.stash.get(_not_run, {})
    return [f"{marker}: {NEEDED[marker].lack}, {count} tests not run" for marker, count in found.items()]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for need in NEEDED.values():  # here too, as processes that share the work do not report what they collect
        if not need.there:
            terminalreporter.write_line(f"NOT TESTED: {need.lack}, so {need.untested}", yellow=True)
