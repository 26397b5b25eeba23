"""TOML specs: the bounded scan, the words of refusals, and the place of every value."""

from __future__ import annotations

import time
import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nncalc.language.figures import Figure
from nncalc.problems import Problem, Where
from nncalc.spec import read
from nncalc.spec.document import Document
from nncalc.spec.places import Misread, where_at
from nncalc.spec.strict_toml import parse
from nncalc.spec.toml_errors import misread
from nncalc.spec.toml_places import find, offset_in
from nncalc.spec.words import Odd, Path


def refused(text: str) -> Problem:
    with pytest.raises(Problem) as caught:
        read(text.encode(), "net.toml", "toml", None)
    assert isinstance(caught.value.where, Where)
    return caught.value


@pytest.mark.parametrize(
    ("text", "line", "message", "hint"),
    [
        ("a 1\n", 1, "expected `=` after the key", None),
        ("a = 1 b = 2\n", 1, "expected the end of the line after the value", None),
        ("a = 1\nb = 'abc\n", 2, "the string is not closed", None),
        ('a = "abc\n', 1, "illegal character '\\n'", None),
        ('a = """abc\n', 1, "the string is not closed", None),
        ("a = [1, 2,\n 3\nb = 4\n", 3, "expected a comma or `]`; `[` on line 1 is still open", None),
        ('a = [{ b = "]" },\n [1],\n 3\nb = 4\n', 4, "expected a comma or `]`; `[` on line 1 is still open", None),
        ("a = { b = 1\n", 1, "expected a comma or `}`", None),
        ("[a\n", 1, "expected `]` at the end of the table's name", None),
        ("[[a]\n", 1, "expected `]]` at the end of the name of the array of tables", None),
        ("[]\n", 1, "a key is letters, digits, `_` and `-`, or stands in quotes", None),
        ("<<<<<<< HEAD\n", 1, "this is not a key, a table or a comment", None),
        ('a = "\\q"\n', 1, "a backslash in a string must be doubled or start an escape", None),
        ("d = 2024-02-30\n", 1, "there is no such date", None),
        ('a = "x\x1b[31m"\n', 1, "illegal character '\\x1b'", None),
        ("a = True\n", 1, "this is not a TOML value", "TOML writes `true` and `false`"),
        ("a = null\n", 1, "this is not a TOML value", "TOML has no null; leave the key out"),
        ("a = .5\n", 1, "this is not a TOML value", "a number has digits on both sides of the point, like 0.5"),
        ("a = 007\n", 1, "expected the end of the line after the value", "a number has no leading 0"),
        (
            "a = 0,5\n",
            1,
            "expected the end of the line after the value",
            "a number has a decimal point, not a comma; a list stands in brackets",
        ),
        ("w = [1/2, 1]\n", 1, "expected a comma or `]`", 'write a fraction as a string: "1/2"'),
        ("name: rec5\n", 1, "expected `=` after the key", "TOML writes `key = value`"),
        ("// spec\n", 1, "this is not a key, a table or a comment", "TOML starts a comment with `#`"),
        ("[input]\nx = 1\n[input]\n", 3, "`input` is given twice; the first is on line 1", None),
        ("a.b = 1\na = 2\n", 2, "`a` is given twice; the first is on line 1", None),
        ("a = 1\n\na.b = 2\n", 3, "`a.b` is given twice; the first is on line 1", None),
        ("[[layers]]\nunits = 1\n[layers]\n", 3, "`layers` is given twice; the first is on line 1", None),
        ("z = 1\n[input]\nx = 1\n[input]\n", 4, "`input` is given twice; the first is on line 2", None),
        ("[input]\nname = 1\nname = 2\n", 3, "`input.name` is given twice; the first is on line 2", None),
        ("[[a]]\nb = 1\n[[a]]\nb = 1\nb = 2\n", 5, "`a[1].b` is given twice; the first is on line 4", None),
        ("a = { b = 1, b = 2 }\n", 1, "a key in `a` is given twice", None),
        ('{"name": "x"}\n', 1, "this looks like JSON, not TOML", "name the file .json"),
        ("a = 1\n\ufeffb = 2\n", 2, "this is not a key, a table or a comment", None),
        ("a = 1\nb = 2\0\n", 2, "a NUL byte is not text", None),
    ],
)
def test_text_that_is_not_toml_is_refused_in_plain_words(text: str, line: int, message: str, hint: str | None) -> None:
    problem = refused(text)
    assert (problem.message, problem.hint, problem.code) == (message, hint, "syntax")
    assert isinstance(problem.where, Where)
    assert problem.where.line == line


def test_a_message_in_other_words_than_todays_is_passed_on() -> None:
    wrong = misread("Something new", "a = 1\n")
    assert (wrong.message, wrong.start) == ("something new", 5)
    assert len(misread("X" * 500, "a").message) == 201
    assert misread("Cannot overwrite a value (at line 1, column 1)", "a = 1").message == "a key is given twice"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("w = " + "[" * 1000, "nested more than 32 levels deep"),
        ("[" * 15_000_000, "nested more than 32 levels deep"),
        ("w = " + "{a=" * 100_000, "nested more than 32 levels deep"),
        ("a" + ".a" * 50_000 + " = 1\n", "a dotted key has more than 32 parts"),
        ("a" + " . a" * 50_000 + " = 1\n", "a dotted key has more than 32 parts"),
        ('"a"' + '."a"' * 50_000 + " = 1\n", "a dotted key has more than 32 parts"),
        (("a" + ".a" * 20 + "=1\n") * 5000, "more than 50000 points in keys"),
        ("units = " + "9" * 5000, "a number of 5000 characters is too long: at most 400 digits"),
        ("units = 0x" + "f" * 1_000_000, "a number of 1000002 characters is too long: at most 400 digits"),
        ("x" * 500 + " = 1", "a word of 500 characters is too long: at most 400"),
        ("[[t]]\n" * 300_000, "more than 150000 keys, tables and lists"),
        ("".join(f"k{i} = {i}\n" for i in range(160_000)), "more than 150000 keys, tables and lists"),
        ("a = [" + "1e0_0," * 700_000 + "]", "more than 1200000 words and signs outside plain lists of numbers"),
        ("#\n" * 5_000_000, "more than 1200000 words and signs outside plain lists of numbers"),
        ('name = "' + "\\n" * 2_000_000 + '"', "a string of 4000002 characters is too long: at most 2000000"),
        ('name = """' + '"a' * 7_000_000, "more than 1200000 words and signs outside plain lists of numbers"),
        ("a = [" + "1," * 1_100_001 + "]", "more than 1100000 values"),
    ],
)
def test_a_document_that_would_take_long_to_read_is_refused_soon(text: str, message: str) -> None:
    start = time.process_time()
    problem = refused(text)
    assert problem.message == message
    assert time.process_time() - start < 10
    assert isinstance(problem.where, Where)
    assert problem.where.text is None or len(problem.where.text) <= 2000


def test_numbers_become_integers_or_figures() -> None:
    tree = parse("a = [1, 0x10, 1_000, 1.50, 1e5, +2.0, 1_0.5]\nb = [inf, -nan]\n")
    assert tree["a"] == [1, 16, 1000, 1.5, 100000, 2, 10.5]
    assert [getattr(value, "text", value) for value in tree["a"]] == [1, 16, 1000, "1.50", "1e5", "2.0", "10.5"]
    assert tree["b"] == [Odd("inf", "is not a finite number"), Odd("-nan", "is not a finite number")]


def test_a_dotted_number_is_no_dotted_key() -> None:
    assert parse("a = [" + "0.5, 'x', " * 1000 + "]\n")["a"] == [0.5, "x"] * 1000


LONG = ", ".join(str(i % 7) for i in range(200))


@pytest.mark.parametrize(
    "array",
    [
        f"[{LONG}]",
        f"[\n{LONG},\n]",
        f"[[{LONG}],\n [{LONG}]]",
        f"[\n[{LONG}],\n[{LONG}, ],\n ]",
        f"[0.50, {LONG}, -1e3]",
        f"[0x1F, {LONG}]",
        f"[{LONG}, # why\n 1]",
        f"[{LONG}, 1_000]",
        f"[[{LONG}], [[{LONG}]]]",
    ],
)
def test_long_arrays_of_numbers_are_read_as_tomllib_reads_them(array: str) -> None:
    text = f"[a.b]\nc = {array}\nd = [{{ e = {array.replace(chr(10), ' ') if '#' not in array else 1} }}]\n"
    assert parse(text) == tomllib.loads(text)
    place = find(text, ("a", "b", "d", 0, "e"))
    assert place is not None


@pytest.mark.parametrize("array", [f"[{LONG},,]", f"[{LONG} 1]", f"[, {LONG}]", f"[{LONG}, 01]", f"[{LONG}, 1.]"])
def test_long_arrays_that_are_not_toml_are_refused(array: str) -> None:
    with pytest.raises(Misread):
        parse(f"a = {array}\n")


def test_an_error_after_a_long_array_has_its_own_line() -> None:
    problem = refused(f"a = [\n{LONG},\n{LONG}]\nb = True\n")
    assert isinstance(problem.where, Where)
    assert (problem.where.line, problem.where.column) == (4, 5)


@pytest.mark.parametrize("text", ["\\uFDD00", "\\U0000fdd07", "\ufdd00"])
def test_no_string_is_taken_for_a_long_array(text: str) -> None:
    document = f'name = "{text}"\na = [{LONG}]\n'
    assert parse(document) == tomllib.loads(document)


def test_figures_of_a_long_array_keep_their_text() -> None:
    tree = parse(f"a = [0.10, {LONG}]")
    assert isinstance(tree["a"], list)
    assert isinstance(tree["a"][0], Figure)
    assert tree["a"][0].text == "0.10"


DOCUMENT = """name = 'literal'  # [x]
"quoted key" = { a.b = 1, "c" = [ 1, # ]
  { d = "}" } ] }
a . b = \"\"\"
two "lines" \\
   and one\"\"\"

[table]
date = 2020-01-01 10:00:00
'x.y' = ''' "]" '''

  [[layers]] # first
units = 1
[layers.weights]
values = [[1, 2],
  [3, 4]]
[[layers]]
units = 0x2
[[layers.inner]]
deep = true
["\\u0061\\t\\x"]
k = 1
"""


@pytest.mark.parametrize(
    ("path", "line", "column", "value"),
    [
        (("name",), 1, 1, "'literal'"),
        (("quoted key", "a"), 2, 18, "1"),
        (("quoted key", "a", "b"), 2, 18, "1"),
        (("quoted key", "c", 0), 2, 35, "1"),
        (("quoted key", "c", 1, "d"), 3, 5, '"}"'),
        (("a", "b"), 4, 1, '"""\ntwo "lines" \\\n   and one"""'),
        (("a",), 4, 1, '"""\ntwo "lines" \\\n   and one"""'),
        (("table",), 8, 1, "[table]"),
        (("table", "date"), 9, 1, "2020-01-01 10:00:00"),
        (("table", "x.y"), 10, 1, "''' \"]\" '''"),
        (("layers",), 12, 3, "[[layers]]"),
        (("layers", 0), 12, 3, "[[layers]]"),
        (("layers", 0, "units"), 13, 1, "1"),
        (("layers", 0, "weights"), 14, 1, "[layers.weights]"),
        (("layers", 0, "weights", "values", 1, 0), 16, 4, "3"),
        (("layers", 1), 17, 1, "[[layers]]"),
        (("layers", 1, "units"), 18, 1, "0x2"),
        (("layers", 1, "inner", 0, "deep"), 20, 1, "true"),
    ],
)
def test_every_value_of_a_document_is_found(path: Path, line: int, column: int, value: str) -> None:
    place = find(DOCUMENT, path)
    assert place is not None
    where = where_at("net.toml", DOCUMENT, place.key[0], place.key[1], None)
    assert (where.line, where.column) == (line, column)
    assert DOCUMENT[place.value[0] : place.value[1]] == value


@pytest.mark.parametrize(
    "path", [("none",), ("layers", 2), ("name", 0), ("quoted key", "c", 5), ("quoted key", "c", 0, "x"), ("table", "y")]
)
def test_what_is_not_in_a_document_is_not_found(path: Path) -> None:
    document = DOCUMENT.replace("\\x", "")
    assert find(document, path) is None
    where = Document("net.toml", document, "toml", {}).where(path)
    assert where.line is None
    assert Document("net.toml", document, "toml", {}).where_key(path) == where
    assert Document("net.toml", document, "toml", {}).line(path) is None


@pytest.mark.parametrize(
    "text", ["a = [1, 'x\n", 'a = [1, "x', "a = [1, 2", "[", "a", "a.", 'a."\\uZZZZ" = 1\n[', "a ="]
)
def test_a_broken_document_is_searched_as_far_as_it_goes(text: str) -> None:
    assert find(text, ("b",)) is None


@pytest.mark.parametrize(
    ("literal", "text"),
    [
        ('"a\\tb\\u00e9c\\U0001F600d"', "a\tbéc😀d"),
        ("'a\\b'", "a\\b"),
        ("'''\nab'''", "ab"),
        ('"""\nab \\\n   cd\\"e"""', 'ab cd"e'),
        ('"""\\\n  ab"""', "ab"),
    ],
)
def test_a_character_of_a_string_is_found_behind_its_escapes(literal: str, text: str) -> None:
    assert tomllib.loads(f"x = {literal}")["x"] == text
    for index, character in enumerate(text):
        found = literal[offset_in(literal, 0, index)]
        assert found in (character, "\\")


def test_a_place_ends_with_its_line_and_hides_what_does_not_print() -> None:
    text = "a = 1\nb\t=\u202e [1,\n2]\n"
    assert where_at("f", text, 6, 15, "b") == Where("f", 2, 1, "b", "b =\ufffd [1,", 8)
    assert where_at("f", "x" * 3000, 5, 6, None) == Where("f", 1, 6, None, None, 1)


keys = st.sampled_from(["a", "b", "c d", "é", "1", ""])
scalars = st.integers(-9, 9) | st.booleans() | st.text(max_size=4) | st.sampled_from([0.5, -2.5])
trees = st.recursive(scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3))


def written(value: object) -> str:
    """Return the value as TOML, tables inline."""
    match value:
        case bool():
            return str(value).lower()
        case str():
            escaped = "".join(c if c.isalnum() and c.isascii() else f"\\U{ord(c):08x}" for c in value)
            return f'"{escaped}"'
        case list():
            return "[" + ", ".join(map(written, value)) + "]"
        case dict():
            return "{" + ", ".join(f"{written(key)} = {written(member)}" for key, member in value.items()) + "}"
        case _:
            return str(value)


def paths(value: object, path: Path = ()) -> list[tuple[Path, object]]:
    members: list[tuple[str | int, object]] = []
    if isinstance(value, dict):
        members = list(value.items())
    elif isinstance(value, list):
        members = list(enumerate(value))
    return [(path, value)] + [found for part, member in members for found in paths(member, (*path, part))]


@given(tree=st.dictionaries(keys, trees, max_size=4), headers=st.booleans())
def test_every_value_of_any_document_is_found(tree: dict[str, object], headers: bool) -> None:
    lines = []
    for key, value in sorted(tree.items(), key=lambda pair: headers and isinstance(pair[1], dict)):
        if headers and isinstance(value, dict):
            lines.append(f"[{written(key)}]")
            lines += [f"{written(inner)} = {written(member)}" for inner, member in value.items()]
        else:
            lines.append(f"{written(key)} = {written(value)}")
    text = "\n".join(lines)
    assert parse(text) == tree
    for path, value in paths(tree)[1:]:
        place = find(text, path)
        assert place is not None
        slice_ = text[place.value[0] : place.value[1]]
        if not (headers and len(path) == 1 and isinstance(value, dict)):
            assert tomllib.loads(f"x = {slice_}")["x"] == value
