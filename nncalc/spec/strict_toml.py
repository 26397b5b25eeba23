"""TOML, read by `tomllib` after a scan that bounds what it will have to do.

`tomllib` alone takes time that grows with the square of a key's parts and of a number's
digits, and recurses as deep as the text nests. Long arrays of plain numbers are read here and
put back afterwards, several times faster. Knows the text of one document.
"""

from __future__ import annotations

import re
from typing import Final

from nncalc.spec.numbers import LONGEST, number
from nncalc.spec.places import Misread, Place, line_at
from nncalc.spec.toml_places import statements
from nncalc.spec.toml_tokens import FILLING, STRING
from nncalc.spec.words import Odd, Path, path_text, shown

DEEPEST = 32
LONGEST_KEY = 32
MOST_STATEMENTS = 50_000
MOST_DOTS = 50_000
MOST_TOKENS = 400_000
LONGEST_STRING = 2_000_000

_WORD = re.compile(r"[^\s\[\]{}=,\"'#]++")
_GAP = re.compile(r"(?:[ \t]++|#[^\n]*+)+")
_NUMBERS = re.compile(r"\[(?:[0-9eE+\-., \t\n]*+\]|\s*+(?:\[[0-9eE+\-., \t\n]*+\][ \t\n]*+,?[ \t\n]*+)++\])")
_LAST_COMMA = re.compile(r"([0-9\]])([ \t\n]*),([ \t\n]*\])")
_LONG_ARRAY = 300
_NUMERIC = re.compile(r"[0-9+-]")
_PLACE = re.compile(r"(.*?) \(at (?:line (\d+), column (\d+)|end of document)\)", re.DOTALL)
_FRACTION = re.compile(r"[0-9]+\s*/\s*[0-9]+")
_BARE_POINT = re.compile(r"[+-]?\.[0-9]")
_ZERO = re.compile(r"(?:^|[=\s,\[+-])0$")
_QUOTE = re.compile(r"Expected ['\"\\]+")
_COLON = re.compile(r"\s*[\w-]+\s*:")
_FIXED: Final = "\ufdd0"

_SAID: Final = {
    "Expected '=' after a key in a key/value pair": "expected `=` after the key",
    "Invalid statement": "this is not a key, a table or a comment",
    "Invalid value": "this is not a TOML value",
    "Cannot overwrite a value": "a key is given twice",
    "Unclosed array": "expected a comma or `]`",
    "Unclosed inline table": "expected a comma or `}`",
    "Unterminated string": "the string is not closed",
    "Expected newline or end of document after a statement": "expected the end of the line after the value",
    "Expected ']' at the end of a table declaration": "expected `]` at the end of the table's name",
    "Expected ']]' at the end of an array declaration": "expected `]]` at the end of the name of the array of tables",
    "Unescaped '\\' in a string": "a backslash in a string must be doubled or start an escape",
    "Invalid initial character for a key part": "a key is letters, digits, `_` and `-`, or stands in quotes",
    "Invalid date or datetime": "there is no such date",
}


def parse(text: str) -> dict[str, object]:
    """Return the document as Python values; raise Misread where `text` is not TOML."""
    import tomllib  # not needed for a JSON document

    lifted: list[object] = []
    bounded = _bounded(text, lifted)
    try:
        tree: dict[str, object] = tomllib.loads(bounded, parse_float=_float)
    except tomllib.TOMLDecodeError as error:
        raise _misread(str(error), text) from None
    if lifted:
        _put_back(tree, lifted)
    return tree


def _float(text: str) -> object:
    if text.lstrip("+-") in ("nan", "inf"):
        return Odd(text, "is not a finite number")
    return number(text.replace("_", ""))


def _bounded(text: str, lifted: list[object]) -> str:
    """Return the text with long arrays of numbers taken out; raise Misread if it would take too long to read."""
    pieces: list[str] = []
    kept = position = depth = dots = all_dots = opened = tokens = 0
    while position < len(text):
        tokens += 1
        if tokens > MOST_TOKENS or opened > MOST_STATEMENTS or all_dots > MOST_DOTS:
            raise _too_many(position, opened, all_dots)
        c = text[position]
        if c in " \t#":
            position = _end_of(_GAP, text, position)
        elif c in "\"'":
            position = _string_end(text, position)
        elif c == "[" and (end := _numbers_end(text, position)) and (values := _lift(text[position:end])) is not None:
            lines = "\n" * text.count("\n", position, end)
            pieces += [text[kept:position], f'"""{_FIXED}{len(lifted)}{lines}"""']
            lifted.append(values)
            kept = position = end
        elif c in "\n=,[]{}":
            dots = 0
            opened += c in "=["
            depth = max(0, depth + (c in "[{") - (c in "]}"))
            if depth > DEEPEST:
                raise Misread(f"nested more than {DEEPEST} levels deep", position, position + 1)
            position += 1
        else:
            end = _end_of(_WORD, text, position)
            points = text.count(".", position, end)
            dots += points
            all_dots += points if points > 1 or not _NUMERIC.match(c) else 0
            if dots > LONGEST_KEY:
                raise Misread(f"a dotted key has more than {LONGEST_KEY} parts", position, position + 1)
            if end - position > LONGEST:
                raise _too_long(text[position], end - position, position)
            position = end
    return "".join([*pieces, text[kept:]])


def _end_of(pattern: re.Pattern[str], text: str, position: int) -> int:
    """Return the offset after what `pattern` finds at `position`, at least one further."""
    found = pattern.match(text, position)
    return found.end() if found else position + 1


def _string_end(text: str, start: int) -> int:
    end = _end_of(STRING, text, start)
    if end - start > LONGEST_STRING:
        raise Misread(f"a string of {end - start} characters is too long: at most {LONGEST_STRING}", start, start + 1)
    return end


def _too_long(first: str, length: int, position: int) -> Misread:
    if _NUMERIC.match(first):
        reason = f"a number of {length} characters is too long: at most {LONGEST} digits"
    else:
        reason = f"a word of {length} characters is too long: at most {LONGEST}"
    return Misread(reason, position, position + 1)


def _too_many(position: int, opened: int, dots: int) -> Misread:
    if opened > MOST_STATEMENTS:
        reason = f"more than {MOST_STATEMENTS} keys, tables and lists"
    elif dots > MOST_DOTS:
        reason = f"more than {MOST_DOTS} points in keys"
    else:
        reason = f"more than {MOST_TOKENS} words and signs outside plain lists of numbers"
    return Misread(reason, position, position + 1, "put large tables of numbers into a file, or write the spec as JSON")


def _numbers_end(text: str, start: int) -> int:
    """Return the offset after the long array of plain numbers that starts at `start`, or 0 if there is none."""
    found = _NUMBERS.match(text, start)
    return found.end() if found and found.end() - start > _LONG_ARRAY else 0


def _lift(array: str) -> object:
    """Return the numbers of the array, or None if it is not one that JSON would read the same."""
    from nncalc.spec.strict_json import parse as parse_json  # only long arrays need it

    try:
        return parse_json(_LAST_COMMA.sub(r"\1\2\3", array))
    except Misread:
        return None


def _put_back(tree: dict[str, object], lifted: list[object]) -> None:
    """Replace each string that stands for an array of numbers by the array."""
    tables: list[dict[str, object]] = [tree]
    lists: list[list[object]] = []
    while tables or lists:
        if tables:
            table = tables.pop()
            for key, value in table.items():
                table[key] = _restored(value, lifted, tables, lists)
        else:
            values = lists.pop()
            values[:] = [_restored(value, lifted, tables, lists) for value in values]


def _restored(value: object, lifted: list[object], tables: list[dict[str, object]], lists: list[list[object]]) -> object:
    """Return `value`, or the array it stands for, and put what is left to look through on the piles."""
    if isinstance(value, str) and value.startswith(_FIXED):
        return lifted[int(value[1:])]
    if isinstance(value, dict):
        tables.append(value)
    elif isinstance(value, list):
        lists.append(value)
    return value


def _misread(message: str, text: str) -> Misread:
    found = _PLACE.fullmatch(message)
    if found is None or found[2] is None:
        return _explained(found[1] if found else message, text, len(text), placed=False)
    starts = -1
    for _ in range(int(found[2]) - 1):
        starts = text.find("\n", starts + 1)
    return _explained(found[1], text, min(starts + int(found[3]), len(text)), placed=True)


def _explained(said: str, text: str, offset: int, *, placed: bool) -> Misread:
    """Return what `tomllib` said in our words, with the key or the bracket it is about."""
    if text.lstrip().startswith("{"):
        start = len(text) - len(text.lstrip())
        return Misread("this looks like JSON, not TOML", start, start + 1, "name the file .json")
    start = offset if placed else len(text.rstrip())
    reason = _SAID.get(said) or ("the string is not closed" if _QUOTE.fullmatch(said) else _plainly(said))
    before = [(path, place) for path, place in statements(text) if place.key[0] < offset]
    if said.startswith(("Cannot overwrite", "Cannot declare", "Cannot mutate", "Duplicate inline", "Cannot redefine")):
        return _twice(text, before, start)
    opened = _open_bracket(text, before[-1][1].value[0] if before else 0, offset)
    if opened is not None and line_at(text, opened) != line_at(text, start):
        reason += f"; `{text[opened]}` on line {line_at(text, opened)} is still open"
    return Misread(reason, start, start + 1, _remedy(text, start))


def _plainly(said: str) -> str:
    plain = said[:1].lower() + said[1:]
    return plain if len(plain) < 200 else plain[:200] + "…"


def _twice(text: str, before: list[tuple[Path, Place]], start: int) -> Misread:
    """Say which key or table stands there a second time, and where the first is."""
    if not before:
        return Misread("a key is given twice", start, start + 1)
    path, place = before[-1]
    name = shown(path_text(path))
    for earlier, first in before[:-1]:
        if earlier[: len(path)] == path or path[: len(earlier)] == earlier != ():
            line = line_at(text, first.key[0])
            return Misread(f"{name} is given twice; the first is on line {line}", *place.key)
    return Misread(f"a key in {name} is given twice", *place.key)


def _open_bracket(text: str, start: int, end: int) -> int | None:
    """Return the offset of the innermost bracket that is still open at `end`, from `start` on."""
    opened: list[int] = []
    position = start
    while position < end:
        c = text[position]
        found = STRING.match(text, position)
        if c in "[{":
            opened.append(position)
        elif c in "]}" and opened:
            opened.pop()
        filled = FILLING.match(text, found.end() if found else position + 1)
        position = filled.end() if filled else end
    return opened[-1] if opened else None


def _remedy(text: str, start: int) -> str | None:
    """Return what to do about some things that are not TOML but often typed."""
    begin = text.rfind("\n", 0, start) + 1
    line = text[begin : text.find("\n", start) if "\n" in text[start:] else len(text)]
    rest = line[start - begin :]
    if _FRACTION.match(rest) or (rest.startswith("/") and rest[1:2] not in "/*" and line[: start - begin].rstrip()[-1:].isdigit()):
        return 'write a fraction as a string: "1/2"'
    if rest.startswith(("True", "False")):
        return "TOML writes `true` and `false`"
    if rest.startswith(("None", "null")):
        return "TOML has no null; leave the key out"
    before = line[: start - begin]
    if _BARE_POINT.match(rest) or (rest.startswith(".") and before[-1:].isdigit()):
        return "a number has digits on both sides of the point, like 0.5"
    if _ZERO.search(before) and rest[:1].isdigit():
        return "a number has no leading 0"
    if rest.startswith(",") and before[-1:].isdigit():
        return "a number has a decimal point, not a comma; a list stands in brackets"
    if _COLON.match(line):
        return "TOML writes `key = value`"
    if rest.startswith(("//", "/*")):
        return "TOML starts a comment with `#`"
    return None
