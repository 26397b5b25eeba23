"""Pages as lines of text: matrices over several lines, columns, narrow terminals, colour."""

from __future__ import annotations

import json
import re
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from networks import Network, networks
from printing import in_line
from test_worksheet import solved

from nncalc.cli.app import run
from nncalc.language.formula import Formula, call, num
from nncalc.language.parser import parse
from nncalc.language.printer import Style, show
from nncalc.render import style_of
from nncalc.render.layout import Piece, in_columns, line_of, lines, wrapped
from nncalc.render.tall import block, broken, narrowed, width
from nncalc.render.terminal import coloured
from nncalc.sheet.worksheet import worksheet
from nncalc.spec import read
from nncalc.spec.model import from_spec

entries = st.sampled_from([num(text) for text in ("0", "1", "12.5", "0.25", "1e-07", "1234")])
signed = entries.flatmap(lambda entry: st.sampled_from([entry, call("neg", entry)]))
matrices = st.tuples(st.integers(1, 4), st.integers(1, 4)).flatmap(
    lambda size: st.lists(st.lists(signed, min_size=size[1], max_size=size[1]), min_size=size[0], max_size=size[0]).map(
        lambda rows: call("matrix", *[call("row", *row) for row in rows])
    )
)
columns = st.lists(signed, min_size=1, max_size=4).map(lambda rows: call("column", *rows))
products = st.lists(st.one_of(matrices, columns, signed), min_size=1, max_size=3).map(
    lambda factors: factors[0] if len(factors) == 1 else call("add", *factors)
)


@given(products)
def test_a_matrix_over_several_lines_is_the_one_in_a_line(formula: Formula) -> None:
    tall = block(show(formula, Style(paper=True, tall=True)))
    assert len({width(line) for line in tall.lines}) == 1
    text = in_line("\n".join(tall.lines)).strip()
    assert parse(text, paper=True) is formula or text == show(formula, Style(paper=True))


def test_columns_are_aligned_at_the_decimal_point() -> None:
    tall = block(show(parse("[[1.5, -2], [-10, 0.25], [3, 100]]"), Style(paper=True, tall=True)))
    assert tall.lines == ("⎡  1.5  −2   ⎤", "⎢−10     0.25⎥", "⎣  3   100   ⎦")
    assert tall.middle == 1


def test_in_ascii_brackets_stand_on_every_line() -> None:
    assert block(show(parse("2*[[1, 2], [3, 4]]"), Style(tall=True))).lines == ("2 * [1 2]", "    [3 4]")


texts = st.lists(st.sampled_from(["a", "12.5", "f(x, y)", "(a + b)", "W⁽¹⁾"]), min_size=1, max_size=12).flatmap(
    lambda words: st.lists(st.sampled_from([" + ", " · ", " − ", " "]), min_size=len(words), max_size=len(words)).map(
        lambda signs: "= " + "".join(a + b for a, b in zip(words, signs, strict=True)).rstrip(" +·−")
    )
)


@given(texts, st.integers(8, 60))
def test_a_long_text_is_broken_before_operators_and_in_no_word(text: str, room: int) -> None:
    pieces = broken(text, room)
    dots = "(?<=\\S) · (?=\\S)"  # a product that goes on in the next line has its sign
    assert re.sub(dots, " ", " ".join(piece.strip() for piece in pieces)) == re.sub(dots, " ", text)
    for piece in pieces:
        assert width(piece) <= room or " " not in piece.strip().removeprefix("= ").lstrip("+·− ")
    assert not any(re.search(r"[+·−]$", piece) for piece in pieces)


def test_the_loosest_operator_is_broken_at() -> None:
    assert broken("= a · b + c · d + e · f", 16) == ["= a · b + c · d", "  + e · f"]
    assert broken("= f(a + b) · g(c + d)", 14) == ["= f(a + b)", "  · g(c + d)"]
    assert broken("= [1 2 3; 4 5 6] x", 11) == ["= [1 2 3;", "  4 5 6] x"], "a matrix is broken between its rows"
    assert broken("= [10 20 30; 4 5 6] x", 9) == ["= [10 20", "  30;", "  4 5 6]", "  · x"], "no product in a row"


def test_a_matrix_wider_than_the_page_loses_its_middle() -> None:
    text = show(parse(f"[{list(range(1, 21))}]"), Style(paper=True, tall=True))
    found = narrowed(text, 20)
    assert in_line("\n".join(block(found).lines)).strip() == "[1 2 3 ⋯ 18 19 20]"
    assert narrowed(text, 60) == text


@given(networks(), st.sampled_from([60, 80, 120, 200]), st.sampled_from(["scalar", "vector"]), st.booleans())
def test_no_line_is_wider_than_the_terminal(
    network: Network, most: int, form: Literal["scalar", "vector"], ascii_only: bool
) -> None:
    page = worksheet(solved(from_spec(read(json.dumps(network.spec()).encode(), "net.json", "json", None))), form)
    for line in lines(page, style_of(page, ascii_only=ascii_only), most):
        assert width(line.text) <= most, line.text


@given(st.lists(st.lists(st.sampled_from(["", "a", "ŷ", "long one", "漢"]), min_size=4, max_size=4), max_size=5),
       st.integers(1, 3))  # fmt: skip
def test_cells_stand_under_each_other(rows: list[list[str]], gap: int) -> None:
    found = [line_of(*band.lines[0]).text for band in in_columns([[Piece(text) for text in row] for row in rows], gap)]
    full = [place for place in range(4) if any(row[place] for row in rows)]
    starts = [sum(max(width(row[i]) for row in rows) + gap for i in full if i < place) for place in full]
    for line, row in zip(found, rows, strict=True):
        for place, start in zip(full, starts, strict=True):
            if row[place]:
                before = next(cut for cut in range(len(line) + 1) if width(line[:cut]) == start)
                assert line[before:].startswith(row[place])


def test_a_row_stands_on_the_middle_line_of_its_tallest_matrix(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["forward", "-e", "f = A*x", "A=[[1,2,3],[4,5,6]]", "x=1,1,1", "--show-steps", "--form", "vector"]
    assert run(words) == 0
    assert capsys.readouterr().out.partition("Forward\n")[2] == (
        "                    ⎡1⎤\n  f = A x = ⎡1 2 3⎤ ⎢1⎥ = ⎡ 6⎤   (2×1)\n            ⎣4 5 6⎦ ⎣1⎦   ⎣15⎦\n"
    )
    assert run([*words, "--matrices", "inline"]) == 0
    assert "  f = A x = [1 2 3; 4 5 6] [1; 1; 1] = [6; 15]   (2×1)\n" in capsys.readouterr().out


def test_what_is_set_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    row = [Piece("x", "name"), Piece(" = a"), Piece(" = 1", "substituted"), Piece(" = 1", "value")]
    found = coloured([line_of(Piece("Given", "heading")), line_of(*row), line_of(Piece("note: n", "remark"))])
    assert found == (
        "\x1b[1mGiven\x1b[0m\n\x1b[36mx\x1b[0m = a\x1b[35m = 1\x1b[0m\x1b[1m = 1\x1b[0m\n\x1b[2mnote: n\x1b[0m\n"
    )
    assert wrapped("one two three", 8, " ") == [" one two", "   three"]
