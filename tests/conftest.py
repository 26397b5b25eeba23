"""What every test runs under: Hypothesis profiles, warnings as errors, and when PyTorch is asked.

`HYPOTHESIS_PROFILE=ci` (the default where the variable `CI` is set) draws the same examples each time.
Tests marked `oracle` compare with PyTorch. They run wherever it is installed; where it is not, the
report says how many were not run, and with `NNCALC_ORACLE=require` the run fails instead.
"""

from __future__ import annotations

import importlib.util
import os

import pytest
from hypothesis import HealthCheck, settings

_SLOW = (HealthCheck.too_slow, HealthCheck.data_too_large)
settings.register_profile("dev", deadline=None, max_examples=40, suppress_health_check=_SLOW)
settings.register_profile("ci", deadline=None, max_examples=60, suppress_health_check=_SLOW, derandomize=True)
settings.register_profile("long", deadline=None, max_examples=1500, suppress_health_check=_SLOW)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE") or ("ci" if os.environ.get("CI") else "dev"))

ORACLE = importlib.util.find_spec("torch") is not None
_not_run = pytest.StashKey[int]()


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "oracle: compares with PyTorch, which must be installed")
    config.addinivalue_line("filterwarnings", "error")
    if not ORACLE and os.environ.get("NNCALC_ORACLE") == "require":
        raise pytest.UsageError("NNCALC_ORACLE=require, but PyTorch is not installed: pip install 'nncalc[oracle]'")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if ORACLE:
        return
    away = [item for item in items if item.get_closest_marker("oracle")]
    if away:
        config.stash[_not_run] = len(away)
        config.hook.pytest_deselected(items=away)
        items[:] = [item for item in items if item not in set(away)]


def pytest_report_collectionfinish(config: pytest.Config) -> list[str]:
    count = config.stash.get(_not_run, 0)
    return [f"oracle: torch not installed, {count} tests not run"] if count else []
