"""TOML, read by `tomllib` after a scan that bounds what it will have to do.

`tomllib` alone takes time that grows with the square of a key's parts and of a number's
digits, and recurses as deep as the text nests. Long arrays of plain numbers are read here and
put back afterwards, several times faster. Knows the text of one document.
"""

from __future__ import annotations

import re
from typing import Final, NoReturn

from nncalc.spec.numbers import LONGEST, number
from nncalc.spec.places import Misread
from nncalc.spec.toml_tokens import STRING
from nncalc.spec.words import Odd

DEEPEST = 32
LONGEST_KEY = 32
MOST_STATEMENTS = 150_000
MOST_DOTS = 50_000
MOST_TOKENS = 1_200_000
LONGEST_STRING = 2_000_000

_WORD = re.compile(r"[^\s\[\]{}=,\"'#]++")
_GAP = re.compile(r"(?:[ \t]++|#[^\n]*+)+")
_NUMBERS = re.compile(r"\[(?:[0-9eE+\-., \t\n]*+\]|\s*+(?:\[[0-9eE+\-., \t\n]*+\][ \t\n]*+,?[ \t\n]*+)++\])")
_LAST_COMMA = re.compile(r"([0-9\]])([ \t\n]*),([ \t\n]*\])")
_LONG_ARRAY = 300
_NUMERIC = re.compile(r"[0-9+-]")
_TOO_MANY = "put large tables of numbers into a file, or write the spec as JSON"
#: The start of a string that stands for an array; no text that has it is lifted from.
_FIXED: Final = "\ufdd0"


def parse(text: str) -> dict[str, object]:
    """Return the document as Python values; raise Misread where `text` is not TOML."""
    import tomllib  # not needed for a JSON document

    scan = _Scan(text)
    bounded = scan.bounded()
    try:
        tree: dict[str, object] = tomllib.loads(bounded, parse_float=_float)
    except tomllib.TOMLDecodeError as error:
        from nncalc.spec.toml_errors import misread

        raise misread(str(error), text) from None
    return {key: _restored(value, scan.lifted) for key, value in tree.items()} if scan.lifted else tree


def _float(text: str) -> object:
    if text.lstrip("+-") in ("nan", "inf"):
        return Odd(text, "is not a finite number")
    return number(text.replace("_", ""))


class _Scan:
    """One pass over a text, which counts what `tomllib` would spend its time on and takes out arrays of numbers."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.lifted: list[object] = []
        self._pieces: list[str] = []
        self._kept = self._position = 0
        self._depth = self._dots = self._all_dots = self._opened = 0
        self._may_lift = _FIXED not in text and _FIXED.encode("unicode_escape")[2:].decode() not in text.lower()

    def bounded(self) -> str:
        """Return the text without its long arrays of numbers; raise Misread if it would take too long to read."""
        text, tokens = self.text, 0
        while self._position < len(text):
            c = text[self._position]
            tokens += 1
            if tokens > MOST_TOKENS:
                self._refuse(f"more than {MOST_TOKENS} words and signs outside plain lists of numbers", _TOO_MANY)
            if c in " \t#":
                self._position = _end_of(_GAP, text, self._position)
            elif c in "\"'":
                self._string()
            elif c in "\n=,[]{}":
                self._sign(c)
            else:
                self._word(c)
        return "".join([*self._pieces, text[self._kept :]])

    def _refuse(self, reason: str, hint: str | None = None) -> NoReturn:
        raise Misread(reason, self._position, self._position + 1, hint)

    def _string(self) -> None:
        end = _end_of(STRING, self.text, self._position)
        if end - self._position > LONGEST_STRING:
            self._refuse(f"a string of {end - self._position} characters is too long: at most {LONGEST_STRING}")
        self._position = end

    def _sign(self, c: str) -> None:
        if c == "[" and self._lift():
            return
        self._dots = 0
        self._opened += c in "=["
        self._depth = max(0, self._depth + (c in "[{") - (c in "]}"))
        if self._depth > DEEPEST:
            self._refuse(f"nested more than {DEEPEST} levels deep")
        if self._opened > MOST_STATEMENTS:
            self._refuse(f"more than {MOST_STATEMENTS} keys, tables and lists", _TOO_MANY)
        self._position += 1

    def _word(self, c: str) -> None:
        end = _end_of(_WORD, self.text, self._position)
        length, dots = end - self._position, self.text.count(".", self._position, end)
        number = _NUMERIC.match(c) is not None
        self._dots += dots
        self._all_dots += 0 if number and dots < 2 else dots
        if self._dots > LONGEST_KEY:
            self._refuse(f"a dotted key has more than {LONGEST_KEY} parts")
        if self._all_dots > MOST_DOTS:
            self._refuse(f"more than {MOST_DOTS} points in keys", _TOO_MANY)
        if length > LONGEST:
            said = (f"a number of {length} characters", " digits") if number else (f"a word of {length} characters", "")
            self._refuse(f"{said[0]} is too long: at most {LONGEST}{said[1]}")
        self._position = end

    def _lift(self) -> bool:
        """Take out the array of numbers that starts here, if it is a long and plain one."""
        start = self._position
        found = _NUMBERS.match(self.text, start) if self._may_lift else None
        if found is None or len(found[0]) < _LONG_ARRAY:
            return False
        from nncalc.spec.strict_json import parse as parse_json

        try:
            self.lifted.append(parse_json(_LAST_COMMA.sub(r"\1\2\3", found[0])))
        except Misread:
            return False
        mark = f'"""{_FIXED}{len(self.lifted) - 1}' + "\n" * found[0].count("\n") + '"""'
        self._pieces += [self.text[self._kept : start], mark]
        self._kept = self._position = found.end()
        return True


def _end_of(pattern: re.Pattern[str], text: str, position: int) -> int:
    """Return the offset after what `pattern` finds at `position`, at least one further."""
    found = pattern.match(text, position)
    return found.end() if found else position + 1


def _restored(value: object, lifted: list[object]) -> object:
    """Return `value` with each string that stands for an array of numbers replaced by the array."""
    if isinstance(value, str) and value.startswith(_FIXED):
        return lifted[int(value[1:])]
    if isinstance(value, dict):
        return {key: _restored(member, lifted) for key, member in value.items()}
    if isinstance(value, list):
        return [_restored(member, lifted) for member in value]
    return value
