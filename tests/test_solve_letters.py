"""What `--solve` finds does not hang on the letters of sizes: closed forms under ten letterings each.

A size that must be less than another, so that a matrix has an inverse, is less whatever its letter.
The closed forms are those of `cases/matrix/identities.json`, which names the source of each.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nncalc.deriving.result import Result, Wanted, derive
from nncalc.deriving.vanishing import fitting
from nncalc.language.parser import parse
from nncalc.numbers.check import agree, value

FILE = json.loads((Path(__file__).parent / "cases" / "matrix" / "identities.json").read_text(encoding="utf-8"))
CASES = {case["id"]: case for case in FILE["cases"] if "stationary" in case}
#: Letters for the sizes n, d, m, k, r in turn, in every order of the alphabet.
LETTERINGS = ("abcde", "edcba", "nmlkj", "jklmn", "pnmrk", "knpmr", "zywvu", "uvzyw", "qhtcj", "tjhqc")


def lettered(case: dict[str, Any], letters: str) -> tuple[Result, str]:
    """Return what is found of a case with other letters for its sizes, and the closed form in these letters."""
    sizes = sorted({size for shape in case["shapes"].values() for size in shape if size.isalpha()})
    taken = set(case["shapes"])
    free = [letter + ("0" if letter in taken else "") for letter in letters]
    new = dict(zip(sizes, free, strict=False))

    def renamed(text: str) -> str:
        return re.sub(r"\b(?:eye|ones)\((\w+)\)", lambda m: m.group(0).replace(f"({m[1]})", f"({new[m[1]]})"), text)

    shapes = tuple(f"{of}: {' x '.join(new.get(size, size) for size in s) or '1'}" for of, s in case["shapes"].items())
    assume = tuple(f"{of}: {each}" for of, said in case.get("assume", {}).items() for each in said)
    wanted = Wanted(renamed(case["expression"]), case["wrt"], shapes, assume, solve=True, verify=True)
    return derive(wanted), renamed(case["stationary"])


@pytest.mark.parametrize("letters", LETTERINGS)
def test_a_closed_form_is_found_under_any_letters_of_its_sizes(letters: str) -> None:
    assert len(CASES) >= 14
    for key, case in CASES.items():
        found, published = lettered(case, letters)
        there = found.stationary
        assert there is not None
        assert there.point is not None, f"{key} with {letters}: {there.reason}"
        drawn = list(fitting(found.derivation, there, there.point, found.assumed))
        assert len(drawn) >= 4
        assert len({tuple(sample.sizes.items()) for sample in drawn}) == 2
        for sample in drawn:
            theirs = value(parse(published), sample.values, sample.sizes)
            assert np.isfinite(theirs).all()
            assert agree(value(there.point, sample.values, sample.sizes), theirs), key


@pytest.mark.parametrize("letters", LETTERINGS)
def test_two_matrices_that_must_both_be_tall_are(letters: str) -> None:
    n, k, m, q, _ = (letter + "0" for letter in letters)
    shapes = (f"X: {n} x {m}, U: {n} x {k}, S: {k} x {q}, V: {m} x {q}",)
    there = derive(Wanted("norm2(X - U*S*V')^2", "S", shapes, solve=True)).stationary
    assert there is not None
    assert there.point is parse("inv(U'*U)*U'*X*V*inv(V'*V)"), there.reason
