"""Single entries on the command line: set, differentiated by, checked; refused where a whole quantity is asked for."""

from __future__ import annotations

import json

import pytest

import nncalc
from nncalc.cli.app import run

#: Worked in the recitation: the gradient by alpha is [[4, 4, 8], [8, 8, 16]], by beta [[4, 12, 8]].
ENTRY = {"alpha.1.2": 8, "alpha[2,2]": 16, "alpha.1.0": 4}


def printed(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    assert run([*words]) == 0
    return capsys.readouterr().out


@pytest.mark.parametrize("entry", ENTRY)
def test_a_gradient_by_an_entry_is_that_alone(entry: str, capsys: pytest.CaptureFixture[str]) -> None:
    place = entry.replace("[", ".").replace(",", ".").strip("]").split(".")
    own = f"d(loss)/d(alpha[{place[1]},{place[2]}]) = {ENTRY[entry]}"
    for more in ([], ["--show-steps"]):
        page = printed(capsys, "backward", "recitation", "--wrt", entry, "--ascii", *more)
        slopes = [line for line in page.splitlines() if "d(alpha" in line]
        assert len(slopes) == 1
        assert all(part in slopes[0] for part in own.split(" = "))
        page = printed(capsys, "check", "recitation", "--wrt", entry, "--ascii", *more)
        assert [line.split("  ")[1] for line in page.splitlines() if "d(alpha" in line] == [own]
        assert "it agrees" in page


def test_an_entry_stands_beside_a_whole_quantity(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["recitation", "--wrt", "alpha.1.2,beta", "--ascii"]
    page = printed(capsys, "backward", *words)
    assert [line.split()[:3] for line in page.splitlines() if "d(loss)" in line] == [
        ["d(loss)/d(alpha[1,2])", "=", "8"], ["d(loss)/d(beta)", "=", "[4"],
    ]  # fmt: skip
    page = printed(capsys, "check", *words)
    assert "3 entries agree exactly" in page
    assert "all 4 entries agree" in page
    found = json.loads(printed(capsys, "check", *words[:3], "--format", "json"))
    assert found["wrt"] == ["alpha[1,2]", "beta"]
    assert [each["ours"] for each in found["entries"]] == [8, 4, 12, 8]


def test_entries_are_checked_with_every_method(capsys: pytest.CaptureFixture[str]) -> None:
    for method in ("exact", "complex", "differences"):
        words = ["check", "xor", "--wrt", "W1.2.1", "--method", method, "--format", "json"]
        found = json.loads(printed(capsys, *words))
        assert [each["name"] for each in found["entries"]] == ["d(loss)/d(W1[2,1])"]
        assert found["right"]


def test_lines_of_a_batch_lead_to_the_entry_that_is_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    page = printed(capsys, "backward", "xor", "--wrt", "W1.1.2", "--show-steps", "--ascii")
    assert [line.split()[0] for line in page.splitlines() if "d(W1" in line] == ["d(loss)/d(W1[1,2])"]


def test_entries_are_set(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["forward", "recitation", "alpha.1.0=3", "x[2]=1/2", "--get", "alpha", "--get", "x"]
    assert printed(capsys, *words).splitlines() == ["[[3, 1, 0], [0, 2, 0]]", "[1, 0.5]"]
    assert printed(capsys, "forward", "-e", "f = sum(x)", "x=1,2", "x.2=5", "--get", "f") == "6\n"
    assert printed(capsys, "forward", "xor", "x.2.4=7", "--get", "x") == "[[0, 0], [0, 1], [1, 0], [1, 7]]\n"
    assert nncalc.load("xor", {"W1.1.2": 3}).set({"W1[2,2]": 4}).forward()["W1"].tolist() == [[1, 3], [0.5, 4]]


def test_an_entry_of_a_batch_says_its_example(capsys: pytest.CaptureFixture[str]) -> None:
    """The second example of xor is (0, 1): a = (0.5*1 - 0.75, 1*1 + 0.5)."""
    for words, value, said in (
        (["xor", "--get", "a.2.2"], "1.5", "a[2,2] is value 2 of example 2, as a page counts"),
        (["xor", "--get", "a.1.2"], "-0.25", "a[1,2] is value 1 of example 2, as a page counts"),
        (["xor", "--get", "a.1.2", "--convention", "examples=rows"], "0.5", ""),  # as --get a has it
        (["xor", "--get", "W1.1.2"], "0.5", ""),
        (["recitation", "--get", "a.2"], "2", ""),
    ):
        assert run(["forward", *words]) == 0
        out, err = capsys.readouterr()
        assert (out, said in err) == (f"{value}\n", True)
        assert bool(said) == ("example" in err)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["forward", "recitation", "alpha.1.0=3,4"], "`alpha[1,0]` is one number"),
        (["forward", "recitation", "alpha.3.0=3"], "the entries of `alpha` run from `alpha[1,0]` to `alpha[2,2]`"),
        (["forward", "recitation", "z.1=3"], "`z` is computed, not given"),
        (["forward", "recitation", "w.1=3"], "unknown name `w.1`"),
        (["forward", "recitation", "--given", "z.1=3"], "`z.1` is an entry of `z`"),
        (["backward", "xor", "--of", "yhat[1,1]"], "`yhat[1,1]` is an entry, and a whole quantity is differentiated"),
        (["check", "xor", "--of", "yhat.1.1"], "`yhat.1.1` is an entry"),
        (["train", "xor", "--wrt", "W1.1.2"], "`W1.1.2` is an entry of `W1`"),
        (["check", "recitation", "--wrt", "alpha.3.2"], "there is no entry `alpha[3,2]`"),
    ],
)  # fmt: skip
def test_entries_that_are_none_or_not_asked_for_are_refused(
    words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(words) == 2
    out, err = capsys.readouterr()
    assert (out, said in err) == ("", True), err
