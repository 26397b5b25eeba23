"""JSON specs: strictness, the words of refusals, and the place of every value."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nncalc.language.figures import Figure
from nncalc.problems import Problem, Where
from nncalc.spec import read
from nncalc.spec.places import Misread
from nncalc.spec.strict_json import find, offset_in, parse
from nncalc.spec.words import Odd, Path


def refused(text: str | bytes) -> Problem:
    with pytest.raises(Problem) as caught:
        read(text.encode() if isinstance(text, str) else text, "net.json", "json", None)
    assert isinstance(caught.value.where, Where)
    return caught.value


@pytest.mark.parametrize(
    ("text", "line", "column", "message", "hint"),
    [
        (
            "{'a': 1}",
            1,
            2,
            'expected a key in double quotes (`"name"`) in what `{` opened on line 1, found `\'`',
            "JSON writes strings and keys in double quotes",
        ),
        (
            '{\n  // c\n  "a": 1}',
            2,
            3,
            'expected a key in double quotes (`"name"`) in what `{` opened on line 1, found `/`',
            "JSON has no comments",
        ),
        ('{\n  "a" 1}', 2, 7, "expected a colon after the key `a` in what `{` opened on line 1, found `1`", None),
        ('{"a": NaN}', 1, 7, "a: `NaN` is not a JSON value", "a value must be a finite number"),
        ('{"a": [1, -Infinity]}', 1, 11, "a[1]: `-Infinity` is not a JSON value", "a value must be a finite number"),
        ('{"a": +1}', 1, 7, "a: `+1` is not a JSON value", "JSON writes a positive number without a sign"),
        ('{"a": True}', 1, 7, "a: `True` is not a JSON value", "JSON writes `true`"),
        ('{"a": None}', 1, 7, "a: `None` is not a JSON value", "JSON writes `null`"),
        ('{"a": nothing}', 1, 7, "a: `nothing` is not a JSON value", None),
        (
            '{"a": 01}',
            1,
            7,
            "a: `01` is not a JSON value",
            "a number is written like 12, -0.5 or 1e-3, with digits on both sides of the point and no leading 0",
        ),
        ('{"a": "x\ty"}', 1, 9, "a: the character `\\t` must be written as an escape in a string", None),
        ('{"a": "x\n"}', 1, 7, "a: the string that starts here is not closed on its line", None),
        ('{"a": "x', 1, 7, "a: the string that starts here is not closed on its line", None),
        ('{"a": "\\x41"}', 1, 8, "a: `\\\\x` is not a JSON escape", None),
        (
            '{\n "a": [1, 2\n',
            2,
            12,
            "a: the document ends where a comma or `]` was expected; `[` on line 2 is not closed",
            None,
        ),
        ('{"a":', 1, 6, "a: the document ends where a value was expected", None),
        ('{"a": [1, 2}', 1, 12, "a: expected a comma or `]` in what `[` opened on line 1, found `}`", None),
        ('{"a": [1,,2]}', 1, 10, "a[1]: expected a value, found `,`", None),
        ('{"a": [1, 2,]}', 1, 12, "a: a comma before `]`", "JSON allows no trailing comma"),
        ('{"a": [true,]}', 1, 12, "a: a comma before `]`", "JSON allows no trailing comma"),
        ('{"a": 1,}', 1, 8, "a comma before `}`", "JSON allows no trailing comma"),
        ('{"a": 1} x', 1, 10, "text after the end of the document", None),
        ('{"a": 1,\n "\\u0061": 2}', 2, 2, "the key `a` is given twice; the first is on line 1", None),
        (
            '{"a": "\\ud800"}',
            1,
            7,
            "a: the string `\\ud800` holds half a character (a lone surrogate)",
            "write the character itself, or both halves of its escape",
        ),
        ("null", 1, 1, "the document must be an object of keys and values, not null", None),
        ("[1]", 1, 1, "the document must be an object of keys and values, not a list", None),
        ("  \n", 1, 1, "the file is empty", "see docs/spec.md for what a spec holds"),
        ('name = "x"', 1, 1, "`name` is not a JSON value", "if this is TOML, name the file .toml"),
        (
            "[inputs]\nx = 1",
            1,
            2,
            "[0]: `inputs` is not a JSON value",
            "if this is TOML, name the file .toml",
        ),
        ('{"a": 1}\0', 1, 9, "a NUL byte is not text", None),
    ],
)
def test_text_that_is_not_json_is_refused_where_it_goes_wrong(
    text: str, line: int, column: int, message: str, hint: str | None
) -> None:
    problem = refused(text)
    assert (problem.message, problem.hint) == (message, hint)
    assert isinstance(problem.where, Where)
    assert (problem.where.line, problem.where.column) == (line, column)


@pytest.mark.parametrize(
    ("data", "message", "line", "column"),
    [
        ('{"a": 1}'.encode("utf-16"), "the file is encoded in UTF-16, not in UTF-8", 1, 1),
        ('{"a": 1}'.encode("utf-32"), "the file is encoded in UTF-32, not in UTF-8", 1, 1),
        (b'{"a":\n "caf\xe9"}', "the byte 0xe9 is not UTF-8", 2, 6),
        (
            b'{"a": "' + b"x" * (32 * 2**20) + b'"}',
            "the file has 33554441 bytes; at most 33554432 are read",
            None,
            None,
        ),
    ],
)
def test_bytes_that_are_not_a_short_utf_8_text_are_refused(
    data: bytes, message: str, line: int | None, column: int | None
) -> None:
    problem = refused(data)
    assert problem.message == message
    assert isinstance(problem.where, Where)
    assert (problem.where.line, problem.where.column) == (line, column)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[" * 100_000, "nested more than 32 levels deep"),
        ('{"a":' * 100_000, "nested more than 32 levels deep"),
        ('{"a":[[[' + "[" * 40, "nested more than 32 levels deep"),
        (f'{{"name": "{"x" * 2_000_001}"}}', "name: a string of 2000001 characters is too long: at most 2000000"),
        (f'{{"a": [{"1," * 1_100_001}1]}}', "more than 1100000 values"),
        (f'{{"a": [{"[1]," * 250_000}[1]]}}', "more lists, objects and strings than a spec can have"),
        (f'{{"a": [{chr(34) * 4_500_000}]}}', "more lists, objects and strings than a spec can have"),
    ],
)
def test_a_document_that_would_take_long_to_read_is_refused(text: str, message: str) -> None:
    problem = refused(text)
    assert problem.message == message
    assert len(str(problem.hint)) < 100


def test_a_byte_order_mark_and_carriage_returns_are_nothing_special() -> None:
    spec = read(b'\xef\xbb\xbf{\r\n"equations": {\r\n"f": "1"}}', "net.json", "json", None)
    assert spec.where(("equations", "f")).line == 3


def test_numbers_become_integers_or_figures() -> None:
    tree = parse('{"a": [1, -0, -0.0, 1.50, 1E5, 12345678901234567890], "b": -7, "c": [0, 10]}')
    assert tree == {"a": [1, 0, 0, 1.5, 100000, 12345678901234567890], "b": -7, "c": [0, 10]}
    assert isinstance(tree, dict)
    assert [getattr(value, "text", value) for value in tree["a"]] == [
        1,
        "-0",
        "-0.0",
        "1.50",
        "1E5",
        12345678901234567890,
    ]


def test_lists_are_read_alike_on_the_fast_and_on_the_slow_road() -> None:
    for numbers in ("1, 2", "0, 10", "1.5, -2e3, 0.0", f"{'9' * 310}, 1", "1e999, 1", f"{'1' * 500}, 2"):
        fast, slow = parse(f"[{numbers}]"), parse(f"[{numbers}, null]")
        assert isinstance(slow, list)
        assert fast == slow[:-1]
    for wrong in ("[01, 2]", "[1, -]", "[1 2]", "[1, 2.]", "[1, 0x2]", "[, 1]", "[1,\x0b2]", "[--1]"):
        with pytest.raises(Misread):
            parse(wrong)


def test_a_number_that_cannot_be_used_is_kept_with_its_reason() -> None:
    assert parse('{"a": 1e400}') == {"a": Odd("1e400", "is too large for a floating-point number")}
    long = "1" * 500
    assert parse(long) == Odd("11111111111111111111…", "has 500 characters; a number has at most 400 digits")


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


def plain(value: Any) -> Any:
    """Return the value with every figure as a float."""
    if isinstance(value, Figure):
        return float(value)
    if isinstance(value, list):
        return [plain(member) for member in value]
    if isinstance(value, dict):
        return {key: plain(member) for key, member in value.items()}
    return value


def paths(value: object, path: Path = ()) -> list[tuple[Path, object]]:
    members: list[tuple[str | int, object]] = []
    if isinstance(value, dict):
        members = list(value.items())
    elif isinstance(value, list):
        members = list(enumerate(value))
    return [(path, value)] + [found for part, member in members for found in paths(member, (*path, part))]


@given(value=json_values, ascii_only=st.booleans(), indent=st.sampled_from([None, 1]))
def test_json_reads_as_python_reads_it_and_every_value_is_found(
    value: Any, ascii_only: bool, indent: int | None
) -> None:
    text = json.dumps(value, ensure_ascii=ascii_only, indent=indent)
    assert repr(plain(parse(text))) == repr(value)
    for path, member in paths(value):
        place = find(text, path)
        assert place is not None
        assert json.loads(text[place.value[0] : place.value[1]]) == member
        if path and isinstance(path[-1], str):
            assert json.loads(text[place.key[0] : place.key[1]]) == path[-1]
        if isinstance(member, str):
            starts = [offset_in(text, place.value[0], i) for i in range(len(member) + 1)]
            assert starts[-1] == place.value[1] - 1
            assert all(text[a] in (c, "\\") for a, c in zip(starts, member, strict=False))


@given(value=json_values, data=st.data())
def test_damaged_json_is_read_as_python_reads_it_or_refused(value: Any, data: st.DataObject) -> None:
    text = json.dumps(value)
    at = data.draw(st.integers(0, len(text)))
    damaged = text[:at] + data.draw(st.sampled_from(list('[]{},:"\\019-.eE+ \t\n#/\x00'))) + text[at + 1 :]
    try:
        found = plain(parse(damaged))
    except Misread:
        return
    if "Odd(" not in repr(found):
        assert found == json.loads(damaged)


def test_a_path_that_is_not_in_the_document_is_not_found() -> None:
    text = '{"a": [1, {"b": 2}], "c": {}}'
    paths: list[Path] = [("b",), ("a", 2), ("a", "b"), ("a", 1, 0), ("c", "d"), ("a", 0, "x")]
    assert [find(text, path) for path in paths] == [None] * 6


def test_a_place_in_a_json_string_counts_its_escapes() -> None:
    spec = read(b'{"equations": {"f": "\\u0078 + \\ud835\\udc65 + y"}}', "net.json", "json", None)
    assert spec.statements["f"].text == "x + 𝑥 + y"
    where = spec.where(("equations", "f"), 8, 1)
    assert (where.column, where.width) == (46, 1)
    assert spec.where(("equations", "f"), 4, 1).width == 12
