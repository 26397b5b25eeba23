"""Values typed on the command line."""

from __future__ import annotations

import pytest

from nncalc.language.figures import Figure
from nncalc.problems import Problem, Where
from nncalc.spec import value


@pytest.mark.parametrize(
    ("text", "rows", "dims"),
    [
        ("1", [[1]], 0),
        ("-0.5", [[-0.5]], 0),
        ("−2", [[-2]], 0),
        (" 3 ", [[3]], 0),
        ("1/4", [[0.25]], 0),
        ("1e3", [[1000]], 0),
        ("1,2", [[1], [2]], 1),
        ("[1, 2]", [[1], [2]], 1),
        ("[7]", [[7]], 1),
        ("[[2,1,0],[0,2,0]]", [[2, 1, 0], [0, 2, 0]], 2),
        (" [ [1] , [2] ] ", [[1], [2]], 2),
    ],
)
def test_a_typed_value_is_a_number_a_list_or_a_list_of_lists(text: str, rows: list[list[float]], dims: int) -> None:
    given = value(text, "x")
    assert (given.rows, given.dims, given.batch, given.path) == (rows, dims, False, ())


def test_a_typed_figure_keeps_its_text() -> None:
    ((found,),) = value("1/3", "y").rows
    assert isinstance(found, Figure)
    assert found.text == "1/3"


@pytest.mark.parametrize(
    ("text", "column", "message"),
    [
        ("", 1, "a number is missing"),
        ("1,,2", 3, "a number is missing"),
        ("[]", 2, "a number is missing"),
        ("abc", 1, "`abc` is not a number"),
        ("1, x2", 4, "`x2` is not a number"),
        ("1/0", 1, "`1/0` divides by zero"),
        ("007", 1, "`007` starts with a superfluous 0"),
        ("nan", 1, "`nan` is not a number"),
        ("1e999", 1, "`1e999` is too large for a floating-point number"),
        ("[1, 2", 1, "brackets must hold numbers, or lists of numbers of the same length"),
        ("[[1], 2]", 1, "brackets must hold numbers, or lists of numbers of the same length"),
        ("[[1, 2], [3]]", 1, "rows of different lengths: row 1 has 2 values, row 2 has 1"),
        ("[[1, 2], [3, y]]", 14, "`y` is not a number"),
        ("\x1b[31m", 1, "`\\x1b[31m` is not a number"),
    ],
)
def test_a_typed_value_that_is_none_is_refused_at_its_column(text: str, column: int, message: str) -> None:
    with pytest.raises(Problem) as caught:
        value(text, "argument x")
    assert caught.value.message == message
    assert caught.value.hint == "write 3, 1/3, 1,2 or [[2, 1], [0, 2]]"
    where = caught.value.where
    assert isinstance(where, Where)
    assert (where.source, where.line, where.column) == ("argument x", 1, column)
