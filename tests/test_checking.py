"""Gradients beside independent methods: all agree, what is spoilt is found, and kinks are no failures."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from networks import Network, networks

from nncalc.checking.gradients import METHODS, checked, compared
from nncalc.cli.app import run
from nncalc.graph.calculus import gradient_of
from nncalc.language.formula import Name, name
from nncalc.numbers.run import ScalarMachine
from nncalc.sheet.calculation import Calculation

CONFIGS = sorted((Path(__file__).parent.parent / "configs").iterdir())


def said(capsys: pytest.CaptureFixture[str], *args: str) -> dict[str, Any]:
    assert run(["check", *args, "--format", "json"]) == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def outcomes(found: dict[str, Any]) -> dict[str, str]:
    return {entry["name"]: entry["outcome"] for entry in found["entries"]}


@pytest.mark.parametrize("method", METHODS)
def test_the_recitation_agrees_by_every_method(method: str, capsys: pytest.CaptureFixture[str]) -> None:
    found = said(capsys, str(CONFIGS[1].parent / "recitation.toml"), "--method", method)
    assert (found["method"], found["right"], len(found["entries"])) == (method, True, 9)
    ours = [entry["ours"] for entry in found["entries"]]
    assert ours == [4, 4, 8, 8, 8, 16, 4, 12, 8]  # by hand: the recitation's own answers
    others = [entry["other"] for entry in found["entries"]]
    assert others == ours if method == "exact" else others == pytest.approx(ours, rel=1e-10)


@pytest.mark.parametrize("spec", CONFIGS, ids=lambda path: path.name)
def test_the_gradients_of_every_example_agree(spec: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = said(capsys, str(spec))
    assert found["right"]
    assert set(outcomes(found).values()) == {"agrees"}


def test_in_rationals_the_difference_is_exactly_0(capsys: pytest.CaptureFixture[str]) -> None:
    found = said(capsys, "-e", "f = (w*x - 1/3)^2", "w=1/7", "x=3", "--wrt", "w")
    assert found["entries"] == [
        {
            "name": "d(f)/d(w)", "ours": pytest.approx(4 / 7), "other": pytest.approx(4 / 7), "difference": 0.0,
            "bar": 0.0, "outcome": "agrees", "exact": ["4/7", "4/7"],  # by hand: 2 (3/7 - 1/3) 3
        }
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("f = exp(w)", "it is irrational"),
        ("f = w^3", "f is no polynomial of degree 2 in w"),
        ("f = 1/w", "f is no polynomial of degree 2 in w"),
    ],
)
def test_where_there_are_no_rational_differences_it_says_why(
    text: str, why: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["check", "-e", text, "w=2"]) == 0
    printed = capsys.readouterr().out
    assert "the complex step" in printed
    assert f"no rational differences: {why}" in printed
    assert run(["check", "-e", text, "w=2", "--method", "exact"]) == 2
    assert why in capsys.readouterr().err.replace("`", "")


@pytest.mark.parametrize("method", METHODS)
def test_a_kink_is_no_failure(method: str, capsys: pytest.CaptureFixture[str]) -> None:
    found = said(capsys, "-e", "f = relu(x) + abs(y) + z^2", "x=0", "y=0", "z=3", "--method", method)
    assert outcomes(found) == {"d(f)/d(x)": "kink", "d(f)/d(y)": "kink", "d(f)/d(z)": "agrees"}
    assert [entry.get("sides") for entry in found["entries"][:2]] == [pytest.approx([0, 1]), pytest.approx([-1, 1])]
    assert found["right"]


def test_a_curve_near_0_is_no_kink(capsys: pytest.CaptureFixture[str]) -> None:
    for text in ("f = x^2", "f = sqrt(x^2 + 1e-6)", "f = 1e6*x^2"):
        assert set(outcomes(said(capsys, "-e", text, "x=0", "--method", "complex")).values()) == {"agrees"}


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--method", "guess"], "guess"), (["--step", "0"], "--step is larger than 0"),
        (["--step", "1e-5", "--method", "exact"], "--step goes with differences"), (["--wrt", "a"], "`a` is computed"),
    ],
)  # fmt: skip
def test_what_cannot_be_checked_is_refused(words: list[str], says: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["check", str(CONFIGS[1].parent / "recitation.toml"), *words]) == 2
    assert says in capsys.readouterr().err


def test_a_page_has_a_line_for_each_quantity_and_those_that_are_odd(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["check", "-e", "f = sum(relu(x))", "x=0,1,-1"]) == 0
    printed = capsys.readouterr().out
    assert "2 of 3 entries agree exactly; 1 of 3 entries at a kink" in printed
    assert "not differentiable here: the slope is 0 to the left and 1 to the right" in printed
    assert "2 of 3 entries agree, 1 at a kink" in printed


def spoil(found: Calculation, entry: Name) -> None:
    """Make an entry of a gradient wrong by a part in a thousand million."""
    machine = found.machine
    assert isinstance(machine, ScalarMachine)
    machine.floats[entry] *= 1 + 1e-9
    machine.exacts[entry] = None


@pytest.mark.sampled
@given(networks(), st.integers(0, 1000))
def test_an_error_of_a_part_in_a_thousand_million_is_found_and_nothing_else(network: Network, seed: int) -> None:
    """Wherever rounding moves an entry by less: a saturated sigmoid behind large numbers is known less well."""
    found = network.calculated()
    entries = [*compared(found, "complex")]
    assert all(entry.outcome != "differs" for entry in entries)
    known = [entry.of for entry in entries if entry.sides is None and entry.bar < 5e-10 * abs(entry.ours)]
    if known:
        one = random.Random(seed).choice(known)
        spoil(found, one)
        assert [entry.of for entry in compared(found, "complex") if entry.outcome == "differs"] == [one]


@pytest.mark.sampled
@given(networks())
def test_differences_raise_no_false_alarm(network: Network) -> None:
    assert all(entry.outcome != "differs" for entry in compared(network.calculated(), "differences"))


def test_a_spoilt_entry_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    from nncalc.checking.gradients import Checked
    from nncalc.checking.page import page
    from nncalc.cli.streams import model_of, printed

    model = model_of([], ["f = exp(w)*v"], ["w=1", "v=2"], [])
    found = checked(model, None).found
    spoil(found, gradient_of(name("w"), name("f")))
    made = page(Checked(found, "complex", tuple(compared(found, "complex"))), steps=False)
    text = "".join(printed([made], "table", ascii_only=True, file=True))
    assert "it differs: the complex step gives 5.436563657" in text
    assert "1 of 2 entries differ" in text


@pytest.mark.parametrize("near", [2**-6, 2**-12, 2**-14, 5e-5, 1e-5, 3e-6])
@pytest.mark.parametrize("side", [-1, 1])
def test_a_kink_near_by_is_no_false_alarm(near: float, side: int) -> None:
    from nncalc.cli.streams import model_of

    model = model_of([], ["f = sigmoid(relu(w - 1)*v + w)"], [f"w={1 + side * near!r}", "v=2"], [])
    entries = compared(checked(model, None).found, "differences")
    assert [entry.outcome for entry in entries] == ["agrees", "agrees"]
