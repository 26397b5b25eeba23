"""Conventions that a spec or a command line chooses: at kinks, in rounding, and how a batch is written.

Those at kinks are said by entries of the operation table. Knows what there is to choose; not what follows from it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final, NamedTuple

from nncalc.language.figures import text_of
from nncalc.language.hand import Rounding
from nncalc.ops import OPS
from nncalc.problems import Problem, nearest, safe
from nncalc.spec.node import Node
from nncalc.spec.words import either, shown

#: To how many places after the point steps are rounded at most.
MOST_PLACES: Final = 15

#: What a convention may be, that at a kink first as it is where nobody says it.
CHOICES: Final[Mapping[str, tuple[str, ...]]] = {
    **{op.switch.key: (op.switch.default, *op.switch.others) for op in OPS.values() if op.switch is not None},
    "round_half": ("up", "even"),
    "examples": ("columns", "rows"),
}
_NUMBERS: Final = "round_steps"
KEYS: Final = (*(key for key in CHOICES if key not in ("round_half", "examples")), _NUMBERS, "round_half", "examples")


class Conventions(NamedTuple):
    """What was chosen, by key, as texts; what is not in it is as it always is."""

    chosen: Mapping[str, str] = MappingProxyType({})

    def over(self, other: Conventions) -> Conventions:
        """Return what is chosen here, and else what `other` has."""
        return Conventions({**other.chosen, **self.chosen})

    def __bool__(self) -> bool:
        """Whether anything was chosen."""
        return bool(self.chosen)

    @property
    def switches(self) -> Mapping[str, str]:
        """Those at kinks."""
        return {key: value for key, value in self.chosen.items() if key not in (_NUMBERS, "round_half", "examples")}

    @property
    def rounding(self) -> Rounding | None:
        """How steps are rounded, None where they are not."""
        places = self.chosen.get(_NUMBERS)
        return Rounding(int(places), self.chosen.get("round_half") == "even") if places is not None else None

    @property
    def rows(self) -> bool:
        """Whether a batch has an example a row, not a column."""
        return self.chosen.get("examples") == "rows"

    @property
    def data(self) -> dict[str, str | float]:
        """What was chosen, numbers as such."""
        return {key: value if _number(value) is None else json_number(value) for key, value in self.chosen.items()}

    def checked(self) -> Conventions:
        """Return self; raise Problem (`usage`) for a half that nothing rounds."""
        if "round_half" in self.chosen and _NUMBERS not in self.chosen:
            raise Problem("`round_half` is of rounded steps, and none are", None, "add round_steps = 4", "usage")
        return self


def json_number(text: str) -> float:
    """Return what a text of a number is in a document: an integer where it is whole."""
    return int(text) if text.isdecimal() else float(text)


def read_conventions(node: Node) -> Conventions:
    """Return what the table `conventions` of a spec chooses; raise Problem where it chooses what there is not."""
    node.table(KEYS)
    found: dict[str, str] = {}
    for key, member in node.members():
        if key == _NUMBERS:
            found[key] = str(member.whole(0, MOST_PLACES))
        elif isinstance(member.value, int | float) and not isinstance(member.value, bool):
            found[key] = _choice(key, text_of(member.value), member)
        else:
            found[key] = _choice(key, member.choice(CHOICES[key]), member)
    return Conventions(found)


def _choice(key: str, text: str, node: Node) -> str:
    """Return which choice a text is, numbers however they are written; raise Problem where it is none."""
    for each in CHOICES[key]:
        if text == each or _number(text) == _number(each) is not None:
            return each
    raise node.problem(f"{shown(text)} is not known", f"known: {either(CHOICES[key])}")


def typed(texts: Sequence[str]) -> Conventions:
    """Return what a command line chooses, in words such as `max_tie=first`; raise Problem (`usage`)."""
    found: dict[str, str] = {}
    for text in texts:
        key, sign, value = (part.strip() for part in text.partition("="))
        if key not in KEYS:
            near = nearest(key, KEYS)
            hint = (f"did you mean `{near}`? " if near else "") + f"there are {either(KEYS)}"
            raise Problem(f"unknown convention `{safe(key, 80)}`", None, hint, "usage")
        if not sign or not value:
            like = "4" if key == _NUMBERS else CHOICES[key][-1]
            raise Problem(f"--convention {key} has no value", None, f"write --convention {key}={like}", "usage")
        if key in found:
            raise Problem(f"`{key}` is chosen twice", None, None, "usage")
        found[key] = _typed_value(key, value.strip("\"'"))
    return Conventions(found)


def _typed_value(key: str, value: str) -> str:
    if key == _NUMBERS:
        if value.isascii() and value.isdecimal() and int(value[:4]) <= MOST_PLACES:
            return str(int(value))
        what = f"`{safe(value, 80)}` is not a whole number from 0 to {MOST_PLACES}"
        raise Problem(f"round_steps: {what}", None, "to how many places after the point, such as 4", "usage")
    for each in CHOICES[key]:
        if value == each or _number(value) == _number(each) is not None:
            return each
    near = nearest(value, CHOICES[key])
    hint = (f"did you mean `{near}`? " if near else "") + f"known: {either(CHOICES[key])}"
    raise Problem(f"{key}: `{safe(value, 80)}` is not known", None, hint, "usage")


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None
