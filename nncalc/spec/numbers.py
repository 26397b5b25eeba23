"""Numbers: from the text that was typed to an integer or a figure that keeps it.

Knows how numbers are written and how large they may be; not where they stand.
"""

from __future__ import annotations

import math
import re

from nncalc.language.figures import DECIMAL, FRACTION, Figure, whole_point
from nncalc.spec.words import Odd

LONGEST = 400
LARGEST = int(1.7976931348623157e308)
#: Above this a floating-point number no longer tells neighbouring integers apart.
EXACT = 2**53
#: An integer of so many digits is never too large.
_SHORT = 300
_FURTHEST = 1000

_INTEGER = re.compile(r"0|[1-9][0-9]*")
_INTEGERS = re.compile(r"[-0-9, \t\r\n]++")
_LEADING_ZERO = re.compile(r"0[0-9]")
#: A decimal number of ordinary size: neither too large nor, unless it is zero, too small.
_ORDINARY = re.compile(r"-?(?:0|[1-9][0-9]{0,30})\.[0-9]{1,30}(?:[eE]-?[0-9]{1,2})?")
_EXPONENT = re.compile(r"[eE]([+-]?[0-9]+)")


def number(text: str) -> int | Figure | Odd:
    """Return what `text`, a decimal number or a fraction, says: an integer, else a figure that keeps its text.

    >>> number("12"), number("0.10").text, number("1e999").reason
    (12, '0.10', 'is too large for a floating-point number')
    """
    if len(text) > LONGEST:
        return Odd(text[:20] + "…", f"has {len(text)} characters; a number has at most {LONGEST} digits")
    text = whole_point(text)
    bare = text[1:] if text.startswith(("-", "+")) else text
    if _INTEGER.fullmatch(bare) and text != "-0":
        return whole(int(text))
    if _LEADING_ZERO.match(bare):
        return Odd(text, "starts with a superfluous 0")
    exponent = _EXPONENT.search(bare)
    if exponent and DECIMAL.fullmatch(bare) and abs(int(exponent[1])) > _FURTHEST:
        return Odd(text, f"has an exponent beyond {_FURTHEST}")
    return _figure(text, bare)


def whole(value: int) -> int | Odd:
    """Return the integer, if a floating-point number can be as large."""
    if -LARGEST <= value <= LARGEST:
        return value
    return Odd(f"{str(value)[:20]}…", "is too large for a floating-point number")


def _figure(text: str, bare: str) -> Figure | Odd:
    try:
        value = Figure(text)
    except OverflowError:
        return Odd(text, "is too large for a floating-point number")
    except ValueError:
        reason = "divides by zero" if FRACTION.fullmatch(bare) else "is not a number"
        return Odd(text, reason)
    if math.isinf(value):
        return Odd(text, "is too large for a floating-point number")
    if not value and _significant(bare):
        return Odd(text, "is too small for a floating-point number")
    return value


def _significant(bare: str) -> bool:
    """Say whether `bare` is written as something else than zero."""
    digits = re.split("[eE/]", bare)[0]
    return any(digit in "123456789" for digit in digits)


def number_list(inside: str) -> list[int | Figure | Odd] | None:
    """Return the numbers of `inside`, the text between the brackets of a flat list, or None if JSON would not read it.

    This is the fast road for long lists.
    """
    texts = inside.split(",")
    if _INTEGERS.fullmatch(inside) and max(map(len, texts)) <= _SHORT:
        try:
            values: list[int | Figure | Odd] = list(map(int, texts))
        except ValueError:
            return None
        if "0" not in inside or [text.strip(" \t\r\n") for text in texts] == list(map(str, values)):
            return values
    bare = [text.strip(" \t\r\n") for text in texts]
    if not all(map(_JSON_NUMBER.fullmatch, bare)):
        return None
    return [_ordinary(text) if _ORDINARY.fullmatch(text) else number(text) for text in bare]


def _ordinary(text: str) -> Figure:
    """Return the figure of a decimal number that needs no check: `Figure(text)`, six times as fast."""
    figure = float.__new__(Figure, text)
    figure.text = text
    return figure


_JSON_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*+)(?:\.[0-9]++)?(?:[eE][+-]?[0-9]++)?")
