"""A derivation checked with numbers before anyone reads it: every line, and what it comes to.

Knows derivations and the independent derivatives of `check`.
"""

from __future__ import annotations

from collections.abc import Mapping

from nncalc.deriving.derivation import Derivation
from nncalc.deriving.statements import put_in
from nncalc.graph.sizes import product
from nncalc.language.formula import Name, call, names_in
from nncalc.numbers.check import Sample, is_derivative, is_hessian, samples, value
from nncalc.numbers.complexes import real
from nncalc.problems import Problem
from nncalc.progress import told

#: How many entries a derivative may have whose sizes are numbers, to be compared with the complex step.
MOST_ENTRIES = 40_000


def verify(found: Derivation, assumed: Mapping[Name, frozenset[str]]) -> int:
    """Check a derivation on random matrices of two choices of sizes; return how many were drawn.

    Raises Problem (`derivative`) where the derivative and the complex step differ, which would be a mistake of
    nncalc's, and (`domain`) where there are no numbers to check it by.
    """
    setting = found.setting
    names = quantities(found)
    entries = product(*setting.shapes.of(setting.formula), *setting.shapes.of(setting.wrt))
    if isinstance(entries, int) and entries > MOST_ENTRIES:
        raise Problem(
            f"the derivative would have {entries:,} entries, at most {MOST_ENTRIES:,} are checked by numbers", None,
            "write sizes as letters, such as n x d, or leave the check out with --no-verify", "usage",
        )  # fmt: skip
    count = 0
    drawn = [*samples(setting.shapes, names, assumed, setting.formula, also=(found.derivative,))]
    for sample in told(drawn, "checking"):
        right = is_right(found, sample)
        count += right is True
        wrong = setting.wrt if right is False else _wrong_on_the_way(found, sample)
        if wrong is not None:
            raise Problem(
                f"the derivative found of `{setting.of}` by `{wrong}` does not agree with the complex step", None,
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
    """Return whether the derivative agrees with the complex step at some numbers; None where it has no value.

    A Hessian is compared with the slopes of the gradient, and with those of the formula itself to both sides: the
    gradient may have been written shorter by what is true of the numbers, but not beside them.
    """
    setting = found.setting
    if not setting.hessian:
        return is_derivative(found.derivative, setting.formula, setting.wrt, sample, turned=_is_turned(found))
    slope = is_derivative(found.gradient, setting.formula, setting.wrt, sample)
    if not slope:
        return slope
    if is_hessian(found.derivative, setting.formula, setting.wrt, sample) is False:
        return False
    return is_derivative(found.derivative, found.gradient, setting.wrt, sample, turned=_is_turned(found))


def _wrong_on_the_way(found: Derivation, sample: Sample) -> Name | None:
    """Return the first name on the way to the variable whose line does not agree with the complex step."""
    meaning = put_in(found.setting.definitions)
    for check in found.checks:
        values = dict(sample.values)
        for each in names_in(call("column", check.found, check.formula, check.wrt)):
            if each in meaning:
                values[each] = real(value(meaning[each], sample.values, sample.sizes))
        there = sample._replace(values=values)
        if is_derivative(check.found, check.formula, check.wrt, there, turned=check.turned) is False:
            return check.wrt
    return None


def _is_turned(found: Derivation) -> bool:
    setting = found.setting
    number = setting.shapes.of(setting.wrt) == (1, 1)
    return setting.layout == "numerator" and not (number and 1 not in setting.shapes.of(setting.formula))
