"""A derivation checked with numbers before anyone reads it: every line, and what it comes to.

Knows derivations and the independent derivatives of `check`.
"""

from __future__ import annotations

from collections.abc import Mapping

from nncalc.check import Sample, is_derivative, samples
from nncalc.derive.derivation import Derivation
from nncalc.formula import Name, names_in
from nncalc.problems import Problem
from nncalc.show import show


def verify(found: Derivation, assumed: Mapping[Name, frozenset[str]]) -> int:
    """Check a derivation on random matrices of two choices of sizes; return how many were drawn.

    Raises Problem (`derivative`) where the derivative and the complex step differ, which would be a mistake of
    nncalc's, and (`domain`) where there are no numbers to check it by.
    """
    setting = found.setting
    names = quantities(found)
    count = 0
    for sample in samples(setting.shapes, names, assumed, setting.formula):
        right = is_right(found, sample)
        count += right is True
        if right is False:
            raise Problem(
                f"the derivative found, `{show(found.derivative)}`, does not agree with the complex step", None,
                "this is a mistake of nncalc's; please report the expression", "derivative",
            )  # fmt: skip
    if not count:
        raise Problem(
            "the derivative has no value at any of the random numbers tried, so nothing can be checked", None,
            "say what its quantities are, with --assume 'x: positive' or 'S: spd', or skip the check: --no-verify",
            "domain",
        )  # fmt: skip
    return count


def quantities(found: Derivation) -> list[Name]:
    """Return the quantities that numbers are drawn for, what is differentiated by among them."""
    setting = found.setting
    letters = setting.shapes.letters
    inside = [each for each in names_in(setting.formula) if each.base not in letters]
    return inside if setting.wrt in inside else [*inside, setting.wrt]


def is_right(found: Derivation, sample: Sample) -> bool | None:
    """Return whether the derivative agrees with the complex step at some numbers; None where it has no value."""
    setting = found.setting
    formula = setting.formula
    if setting.hessian:
        slope = is_derivative(found.gradient, formula, setting.wrt, sample)
        if not slope:
            return slope
        formula = found.gradient
    return is_derivative(found.derivative, formula, setting.wrt, sample, turned=_is_turned(found))


def _is_turned(found: Derivation) -> bool:
    setting = found.setting
    number = setting.shapes.of(setting.wrt) == (1, 1)
    return setting.layout == "numerator" and not (number and 1 not in setting.shapes.of(setting.formula))
