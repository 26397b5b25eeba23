"""A flat product or sum of hundreds is ordinary input to every command."""

from __future__ import annotations

import json

import pytest

from nncalc.cli.app import run

pytestmark = pytest.mark.sampled

MANY = 400
VALUES = ["x=1/2", "w=1/2"]
FLAT = {
    "product": "*".join(["(x+w)"] * MANY),
    "quotient": "/".join(["(x+w)"] * MANY),
    "elementwise product": ".*".join(["(x+w)"] * MANY),
    "sum": "+".join(["x*w"] * MANY),
    "difference": "-".join(["x*w"] * MANY),
}
#: What each is at x = w = 1/2, and its derivatives: of a product n (x+w)^(n-1), of a quotient (2-n) (x+w)^(1-n).
BY_HAND = {
    "product": (1, MANY), "quotient": (1, 2 - MANY), "elementwise product": (1, MANY),
    "sum": (MANY / 4, MANY / 2), "difference": ((2 - MANY) / 4, (2 - MANY) / 2),
}  # fmt: skip


@pytest.mark.parametrize("kind", FLAT)
@pytest.mark.parametrize("split", ["--split", "--no-split"])
def test_both_passes(kind: str, split: str, capsys: pytest.CaptureFixture[str]) -> None:
    value, slope = BY_HAND[kind]
    assert run(["backward", "-e", "f = " + FLAT[kind], *VALUES, split, "--show-steps", "--format", "json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["values"]["f"] == value
    assert (found["gradients"]["x"], found["gradients"]["w"]) == (slope, slope)


@pytest.mark.parametrize("kind", FLAT)
@pytest.mark.parametrize(
    "words",
    [
        ["forward", "-e", "--show-steps"],
        ["forward", "-e", "--equations"],
        ["forward", "-e", "--show-steps", "--no-split", "--form", "vector", "--format", "markdown"],
        ["backward", "-e", "--show-steps", "--format", "latex"],
        ["backward", "-e", "--show-steps", "--form", "vector", "--format", "csv"],
        ["graph", "-e", "--values", "--gradients"],
        ["graph", "-e", "--format", "json"],
        ["shapes", "-e"],
    ],
    ids=" ".join,
)
def test_every_command_takes_it(words: list[str], kind: str, capsys: pytest.CaptureFixture[str]) -> None:
    command, flag, *options = words
    values = VALUES if command != "shapes" else []
    assert run([command, flag, "f = " + FLAT[kind], *values, *options]) == 0
    assert not capsys.readouterr().err


def test_rationals(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["backward", "-e", "f = " + FLAT["quotient"], *VALUES, "--exact", "--get", "d(f)/d(x)"]) == 0
    assert capsys.readouterr().out == f"{2 - MANY}\n"


@pytest.mark.parametrize(
    "formula",
    [FLAT["product"], FLAT["sum"], FLAT["difference"], "/".join(["(x+w)"] * 120), ".*".join(["(x+w)"] * 120)],
    ids=lambda formula: formula[:8],
)
def test_a_derivation_answers_or_says_what_is_wrong(formula: str, capsys: pytest.CaptureFixture[str]) -> None:
    status = run(["derive", formula, "--wrt", "x"])
    found = capsys.readouterr()
    assert (status, found.out == "", found.err.count("error: ")) in ((0, False, 0), (2, True, 1))
