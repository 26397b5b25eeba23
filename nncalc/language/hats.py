"""What a hat on a name means: 1 put first, to meet an intercept, or the first column left out, which holds them."""

from __future__ import annotations

from collections.abc import Iterable

from nncalc.language.formula import Call, Formula, Name, parts


def trimmed_in(formulas: Iterable[Formula]) -> frozenset[str]:
    """Return the names whose hat takes off their first column; on others it puts 1 first."""
    found: dict[str, set[str]] = {"trim": set(), "intercept": set()}
    for each in formulas:
        for part in parts(each):
            if isinstance(part, Call) and part.op in found and isinstance(part.args[0], Name):
                found[part.op].add(part.args[0].base)
    return frozenset(found["trim"] - found["intercept"])


def hats_in(formulas: Iterable[Formula]) -> tuple[tuple[str | Formula, ...], ...]:
    """Return what the hats in formulas mean, words and formulas in one note; none where there is no hat."""
    formulas = tuple(formulas)
    trimmed = trimmed_in(formulas)
    every = dict.fromkeys(part for each in formulas for part in parts(each) if isinstance(part, Call))
    said: list[str | Formula] = []
    for part in every:
        of = part.args[0] if part.op in ("intercept", "trim") else None
        if isinstance(of, Name) and (part.op == "trim") == (of.base in trimmed):
            how = "with 1 put first" if part.op == "intercept" else "without its first column"
            said += ["; " if said else "", part, ": ", of, f" {how}"]
    return (tuple(said),) if said else ()
