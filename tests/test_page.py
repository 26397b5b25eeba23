"""A page made by hand has every output form: no form knows who makes pages, and each says all that a row holds."""

from __future__ import annotations

import csv
import io
import json
import re
import tomllib
from pathlib import Path

import pytest

from nncalc.cli.app import run
from nncalc.graph.shapes import Shapes
from nncalc.language.alphabet import GREEK
from nncalc.language.formula import name, num
from nncalc.language.parser import parse
from nncalc.page import Function, Page, Ratio, Row, Section, Side
from nncalc.problems import Problem
from nncalc.render import FORMATS, FORMS, render, style_of
from nncalc.render.layout import lines
from nncalc.render.tall import width

ROOT = Path(__file__).parent.parent
W, x, z, f = (name(base) for base in ("W", "x", "z", "f"))
FACTS = {"id": 1, "rule": "add", "rows": [[3.0], [4.0]], "exacts": None}
WORKED = Section(
    "Worked",
    (
        Row(
            name("x", of=f),
            (
                Side(parse("W'*z"), role="formula"),
                Side(parse("[1, 2]*3"), equal=False, role="substituted"),
                Side(parse("[3, 4]"), role="value"),
            ),
            (2, 1),
            remarks=(("half of ", z),),
            reuses=(z,),
            updates=x,
            facts=FACTS,
        ),
        Row(
            z,
            (
                Side(parse("1/2"), role="formula"),
                Side(parse("1/2"), role="substituted"),
                Side(parse("0.5"), role="value"),
            ),
            (1, 1),
        ),
    ),
    (("more of ", x),),
)  # fmt: skip
DERIVED = Section(
    "Derived",
    (
        Row(f, (Side(parse("W*x")),), ("m", 1), ("because of ", W), ((parse("A*B"), parse("B")),)),
        Row(None, (Side(parse("x")),)),
    ),
)
MATCHED = Section(
    "Matched",
    (
        Row(Ratio(f, x), (Side((Ratio(z, x), Ratio(f, z))),), None, ("(", ("m", 1), ")"), holds=True),
        Row(Ratio(f, x), (Side((Ratio(f, z), Ratio(z, x))),), remarks=(("sizes",),), holds=False),
        Row(W, (), ("m", "n"), ("a matrix",)),
    ),
)
SAID = Section("Said", (Row(z, (), None, ("just words",)),))
PAGE = Page(
    (WORKED, DERIVED, MATCHED, SAID),
    "A page",
    before=(("said of ", f, ", ", ("m", "n"), " and ", Ratio(f, x)),),
    after=(("said last",),),
    notes=("a convention",),
    steps=("id", "name", "rule", "formula", "value", "exact", "shape", "updates", "note"),
    data={"command": "none", "steps": None, "notes": None},
)


@pytest.mark.parametrize("form", ["table", "terminal", "plain", "markdown", "latex", "html"])
@pytest.mark.parametrize("ascii_only", [False, True])
def test_a_form_for_people_says_all_of_a_page(form: str, ascii_only: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "60")
    found = render(PAGE, form, ascii_only=ascii_only)
    for said in (
        "because of",
        "half of",
        "said of",
        "said last",
        "more of",
        "updates",
        "reuses",
        "sizes",
        "a matrix",
        "just words",
    ):
        assert said in found
    assert ("a convention" in found) == (form != "plain")
    assert not ascii_only or found.isascii()


def test_sides_and_remarks_in_a_table_and_in_plain_lines() -> None:
    table = render(PAGE._replace(inline=True), "table")
    assert "  ∂f/∂x = Wᵀ z ≈ [1; 2] · 3 = [3; 4]   (2×1)  updates x; reuses z; half of z\n" in table
    assert "  z     = 1/2               = 0.5      (1×1)\n" in table  # numbers that read as the formula, once
    assert "  f = W x  m×1  because of W; A B = B\n    = x\n" in table
    assert "  ∂f/∂x = ∂z/∂x · ∂f/∂z:       (m×1)     ✓\n" in table
    assert "  W                       m×n  a matrix\n" in table
    plain = render(PAGE, "plain", ascii_only=True)
    assert "d(f)/d(x) = W' * z ~= [1, 2] * 3 = [3, 4]  # 2x1; updates x; reuses z; half of z\n" in plain
    assert "f = x\n" in plain  # what goes on says again of what
    assert "W mxn  # a matrix\nz  # just words\n" in plain
    for most in (30, 200):
        assert not any(line.text.endswith(" ") for line in lines(PAGE, style_of(PAGE, ascii_only=False), most))


@pytest.mark.parametrize("most", [20, 40, 80])
def test_lines_on_a_narrow_page_stay_in_it_where_no_formula_is_wider(most: int) -> None:
    style = style_of(PAGE, ascii_only=False)
    widest = max(width(line.text) for line in lines(PAGE, style, most))
    assert widest <= max(most, len("  ∂f/∂x = ∂z/∂x · ∂f/∂z"))


def test_programs_get_the_columns_and_steps_that_the_page_names() -> None:
    rows = list(csv.DictReader(io.StringIO(render(PAGE, "csv"))))
    assert rows[0] == {
        "section": "worked", "name": "d(f)/d(x)", "formula": "W' * z", "shape": "2x1", "why": "", "note": "half of z",
    }  # fmt: skip
    assert [row["name"] for row in rows[2:4]] == ["f", "f"]
    assert (rows[4]["formula"], rows[4]["note"]) == ("d(z)/d(x) * d(f)/d(z)", "ok:")
    found = json.loads(render(PAGE, "json"))
    assert found["notes"] == ["more of x"]
    assert found["steps"] == [{
        "id": 1, "name": "∂f/∂x", "rule": "add", "formula": "W' * z", "value": [3, 4], "exact": None,
        "shape": [2, 1], "updates": True, "note": "half of z",
    }]  # fmt: skip


def test_programs_get_what_a_page_says_where_its_command_says_nothing_for_them() -> None:
    found = json.loads(render(PAGE._replace(data=None), "json"))
    assert found["title"] == "A page"
    assert found["rows"][0] == {
        "section": "Worked", "name": "d(f)/d(x)", "sides": ["W' * z", "[1, 2] * 3", "[3, 4]"], "shape": [2, 1],
        "why": "", "note": "half of z",
    }  # fmt: skip
    assert found["rows"][-1]["why"] == "just words"
    assert found["notes"] == ["said of f, mxn and d(f)/d(x)", "more of x", "said last", "a convention"]


def test_a_page_without_a_formula_is_no_function() -> None:
    with pytest.raises(Problem, match="no formula"):
        render(PAGE, "numpy")
    function = Function("double of x", parse("2*x"), ("n", 1), "denominator", (x,), Shapes({x: ("n", 1)}))
    assert "    return 2 * x\n" in render(PAGE._replace(function=function), "numpy")


def test_every_form_is_under_the_contract_that_keeps_forms_apart() -> None:
    root = Path(__file__).parent.parent
    settings = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    contracts = settings["tool"]["importlinter"]["contracts"]
    (kept,) = (each["modules"] for each in contracts if any(".render." in module for module in each.get("modules", ())))
    files = {f"nncalc.render.{path.stem}" for path in (root / "nncalc" / "render").glob("[a-z]*.py")}
    shared = "bounds colour columns equations escaping layout metrics paper plot sheets tall typeset"
    assert files - set(kept) == {f"nncalc.render.{each}" for each in shared.split()}


def test_what_a_page_has_by_name_is_what_people_ask_for() -> None:
    assert set(FORMATS) == set(FORMS) - {"terminal", "numpy"}


@pytest.mark.parametrize(
    ("form", "written"),
    [
        ("markdown", r"\text{stated; its formula gives }{\approx}\text{ }2.7"),
        ("html", "its formula gives ≈\N{NO-BREAK SPACE}<math><mn>2.7"),
        ("latex", r"its formula gives $\approx$~$2.7"),
    ],
)
def test_no_line_ends_between_a_sign_and_its_number(
    form: str, written: str, capsys: pytest.CaptureFixture[str]
) -> None:
    given = ["-e", "f = exp(x)", "-e", "g = 2*f", "x=1", "--state", "f=3", "--show-steps"]
    assert run(["forward", *given, "--format", form]) == 0
    assert written in capsys.readouterr().out


def test_no_line_of_markdown_ends_between_a_sign_and_its_number() -> None:
    page = Page((), after=(("it is ≈ ", num("2.5")), ("so ≈ 3",)))
    assert render(page, "markdown") == "- it is ≈\N{NO-BREAK SPACE}$2.5$\n- so ≈\N{NO-BREAK SPACE}3\n"


@pytest.mark.parametrize("spec", sorted((ROOT / "configs").iterdir()), ids=lambda path: path.name)
def test_notes_call_quantities_as_their_page_does(spec: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["forward", str(spec)]) == 0
    words = re.findall(r"\w+", re.sub("`[^`]*`", "", capsys.readouterr().out.partition("Forward")[2]))
    assert {*words}.isdisjoint({*GREEK, "yhat"})
    assert run(["forward", str(spec), "--ascii"]) == 0
    assert capsys.readouterr().out.isascii()
