"""HTML with MathML: what stands in the file, and that a browser shows all of it."""

from __future__ import annotations

import json
import re
import subprocess
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from expressions import applied
from hypothesis import given
from hypothesis import strategies as st
from programs import needed
from test_latex import HOSTILE, KNOWN, sheet
from test_laws import derivations

from nncalc.cli.app import run
from nncalc.language.alphabet import canonical_name
from nncalc.language.formula import ACROSS, call, name, num
from nncalc.language.mathml import pieces, quantity
from nncalc.language.parser import parse
from nncalc.language.printer import Style, show
from nncalc.ops import OPS
from nncalc.page import Page, Row, Section, Side
from nncalc.render import render

MATHML = Style(mathml=True, dot=False)
#: The elements of MathML Core that are used; others do not act everywhere.
CORE = frozenset(
    re.findall(
        r"\w+", "math mrow mi mn mo mtext mspace mfrac msqrt msub msup msubsup munder mover mtable mtr mtd mphantom"
    )
)
#: Elements that HTML never closes.
VOID = frozenset({"meta", "wbr"})
NETWORK = """
name = "Two, three, two"
[input]
name = "x"
values = VALUES
[[layers]]
type = "dense"
activation = "sigmoid"
weights = { name = "W1", values = [[0.1, -0.4], [0.6, 0.3], [-0.2, 0.5]] }
bias = { name = "b1", values = [0.1, -0.2, 0.3] }
[[layers]]
type = "dense"
activation = "softmax"
weights = { name = "W2", values = [[1, -1, 0.5], [0.1, 2, -0.3]] }
bias = { name = "b2", values = [0, 0.1] }
[loss]
type = "cross_entropy"
target = TARGET
"""
LEAST_SQUARES = ("derive", "norm2(y - X*theta)^2", "--wrt", "theta", "--solve")


#: Numbers of many digits in columns that take most of a page, and brackets of four rows.
LONG = """
[inputs]
x = [1, -2, 3, 0, 1]
[parameters]
W = [
  [-0.26203537290810863, 0.04422922529595186, -0.13004483345192075, 0.10392003859619448, 0.12572030410805402],
  [0.5, 1, 2, 0, 1], [1, 0, 0, 0, 1], [0, 1, 2, 1, 1],
]
[equations]
f = "sum(W * x)"
"""


def networks(folder: Path) -> dict[str, tuple[str, ...]]:
    """Return the commands whose documents are looked at: the recitation, a network, a batch, long numbers, a proof."""
    one, batch, long = folder / "net.toml", folder / "batch.toml", folder / "long.toml"
    long.write_text(LONG, encoding="utf-8")
    one.write_text(NETWORK.replace("VALUES", "[0.5, -1]").replace("TARGET", "1"), encoding="utf-8")
    batch.write_text(
        NETWORK.replace("VALUES", "[[0.5, -1], [1, 2], [-0.3, 0.7]]").replace("TARGET", "[1, 0, 1]"), encoding="utf-8"
    )
    return {
        "recitation": ("backward", "--show-steps", "--form", "both"),
        "network": ("backward", str(one), "--show-steps", "--form", "both"),
        "batch": ("backward", str(batch), "--show-steps", "--form", "vector"),
        "long": ("backward", str(long), "--show-steps", "--form", "both"),
        "least-squares": LEAST_SQUARES,
    }


class Strict(HTMLParser):
    """A parser that says what HTML would put right by itself: an element that is not closed, or closed twice."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: set[str] = set()
        self.said: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        assert not any(word.startswith("on") or word in ("src", "href") for word, _ in attrs)
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, _: list[tuple[str, str | None]]) -> None:
        assert tag == "mspace"

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.said.append(data)


def strict(text: str) -> Strict:
    """Return what a document holds; it is well formed, fetches nothing and runs nothing."""
    assert text.startswith("<!DOCTYPE html>\n<html lang=")
    assert "<script" not in text.lower()
    assert "http" not in text.lower()
    assert "url(" not in text
    found = Strict()
    found.feed(text)
    found.close()
    assert not found.open
    for each in re.findall(r"<math.*?</math>", text, re.DOTALL):
        assert {part.tag for part in ET.fromstring(each.replace("&#x2062;", "")).iter()} <= CORE
    return found


def well_formed(text: str) -> ET.Element:
    found = ET.fromstring(f"<math>{text}</math>")
    assert {part.tag for part in found.iter()} <= CORE
    for part in found.iter():  # words stand in leaves, and elements have as many parts as they need
        leaf = part.tag in ("mi", "mn", "mo", "mtext", "mspace")
        assert leaf or not (part.text or "").strip()
        assert not (part.tail or "").strip()
        needed = {"mfrac": 2, "msub": 2, "msup": 2, "munder": 2, "mover": 2, "msubsup": 3}.get(part.tag)
        assert needed is None or len(part) == needed
    return found


def seen(text: str) -> str:
    return "".join(ET.fromstring(f"<math>{text}</math>").itertext()).replace("\n", "").replace("\u2062", "")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("inv(X'*X)*X'*y", "(X⊤X)−1X⊤y"), ("inv(X)'", "X−⊤"), ("norm2(y - X*theta)^2", "‖y−Xθ‖2"),
        ("norm1(x)", "‖x‖1"), ("(x/y)/(1/(2*z))", "x/y1/(2z)"), ("2*3", "2·3"), ("x .* y ./ z", "x⊙y⊘z"),
        ("x.^2", "x∘2"),
        ("1e-7", "10−7"), ("2.5e7*x", "2.5·107x"), ("kron(A, B)*x", "(A⊗B)x"), ("inner(A, B/2)", "⟨A,B2⟩"),
        ("leaky_relu(x, slope=0.2)", "leaky_relu(x,slope=0.2)"), ("sqrt(x + 1)", "x+1"), ("step(x)", "𝟏[x>0]"),
        ("intercept(z1)", "z^(1)"), ("intercept(x + y)", "[1x+y]"), ("intercept(x)", "x^"), ("intercept(xx)", "[1xx]"),
        ("ones(n)'", "𝟏n⊤"), ("zeros(m, n)", "𝟎m×n"), ("eye(n)", "In"), ("comm(m, n)", "Km,n"), ("-x*fig", "−xfig"),
        ("z1[2]'", "z2(1)⊤"), ("x1[1]^2", "(x1(1))2"), ("m_alpha[1]", "mα1"), ("mhat_x", "m^x"), ("W_out", "W_out"),
        ("sum(k, A[i,k]*x[k])*y", "(∑kAi,kxk)y"), ("lse(k, x[k])", "lsek(xk)"), ("delta(i, j)", "δi,j"),
        ("(A*x)[j]", "(Ax)j"), ("softmax(z)[i]", "softmax(z)i"), ("d((A*x)[j])/d(x[i])", "∂(Ax)j∂xi"),
        ("d(A*x)/d(x)", "∂(Ax)∂x"), ("d(X*theta)", "d(Xθ)"), ("d(lam)", "dλ"), ("d(loss)/d(W1[1,2])", "∂ℓ∂W1,2(1)"),
    ],
)  # fmt: skip
def test_a_formula_is_spelled_in_mathml(text: str, shown: str) -> None:
    found = show(parse(text, KNOWN, calculus=True), MATHML)
    well_formed(found)
    assert seen(found) == shown


def test_every_operation_is_well_formed() -> None:
    for op in OPS.values():
        for part in (name("x"), call("div", name("x"), num(2))):
            plain = applied(op.name, *[part for _ in op.args]) if op.forms and op.forms[0].shapes == "entries" else None
            plain = plain if plain is not None else applied(op.name, *map(name, op.args))
            for each in (plain, call("pow", plain, num(2)), call("transpose", plain), call("mul", plain, plain)):
                well_formed(show(each, MATHML))


@given(derivations)
def test_a_derivation_in_mathml_is_well_formed(formula: object) -> None:
    text = show(formula, MATHML)  # type: ignore[arg-type]
    well_formed(text)
    assert "".join(pieces(text)) == text.replace("\n", "")
    for piece in pieces(text):
        well_formed(piece)


@given(st.text(max_size=12), st.text(max_size=12))
def test_two_names_are_spelled_differently(one: str, other: str) -> None:
    names = {n for n in (canonical_name(one), canonical_name(other)) if n}
    texts = {quantity(each) for each in names}
    assert len(texts) == len(names)
    for text in texts:
        well_formed(text)


def test_the_points_of_a_column_are_under_each_other() -> None:
    column = well_formed(show(parse("[-1, 12.5, 0.25, 3]"), MATHML))
    cells = ["".join(cell.itertext()) for cell in column.iter("mtd")]
    assert cells == ["0−1.00", "−12.50", "−00.25", "−03.00"], "what is not seen takes its room"
    hidden = ["".join(part.itertext()) for part in column.iter("mphantom")]
    assert hidden == ["0", ".00", "−", "0", "−0", "−0", ".00"]
    dots = call("matrix", call("row", num(1), num(ACROSS)), call("row", num("0.5"), num(ACROSS)))
    assert seen(show(dots, MATHML)) == f"[1.0{ACROSS}0.5{ACROSS}]"
    assert "mphantom" not in show(parse("[1/3, 1e-7, 12]"), MATHML)


def test_nothing_that_a_file_says_acts_in_html() -> None:
    hostile = "</title><script>alert(1)</script> <img src=x onerror=y> & \" ' `a` `" + HOSTILE
    page = sheet("f = вес1*W_1", вес1="2", W_1="3")
    page = page._replace(title=hostile, notes=(hostile,), before=((hostile,),), after=(("a ", name("x")),))
    for ascii_only in (False, True):
        found = render(page, "html", ascii_only=ascii_only)
        assert {"script", "img"}.isdisjoint(strict(found).tags)
        assert "вес1" in "".join(strict(found).said)
        assert found.isascii() or not ascii_only


def test_a_row_says_its_sign_and_whether_it_holds() -> None:
    x = name("x")
    rows = (
        Row(x, (Side(num(1)), Side(num(2), equal=False), Side(num(3), taken=True))),
        Row(x, (Side(num(4)),), holds=False), Row(x, (Side(num(5)),), holds=True), Row(x, (), (2, 3)),
    )  # fmt: skip
    said = "".join(strict(render(Page((Section("A<b", rows),)), "html")).said)
    for each in ("=1", "≈2", "←3", "≠4", "✗", "✓", "∈ℝ2×3", "A<b"):
        assert each in said


def test_each_command_writes_one_document(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    commands = [
        *networks(tmp_path).values(), ("forward", "--show-steps"), ("backward",), ("shapes",),
        ("shapes", "x: p -> y: r -> z: n"), ("train", "--rate", "0.1", "--show-steps", "--form", "both"),
        ("train", "--rate", "0.1", "--steps", "3"),
    ]  # fmt: skip
    for words in commands:
        assert run([*words, "--format", "html"]) == 0
        strict(capsys.readouterr().out)


def test_too_many_rows_are_left_out_of_a_document_that_stays_whole(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["forward", "-e", "z = relu(W*x)", f"W={[[1, 2]] * 1_200}", "x=1,2", "--show-steps", "--form", "scalar"]
    for form in ("html", "latex", "markdown"):
        assert run([*words, "--format", form]) == 0
        found = capsys.readouterr().out
        assert found.count("shows all") == 1
    assert run([*words, "--format", "html", "--full"]) == 0
    assert "shows all" not in "".join(strict(capsys.readouterr().out).said)


#: Says to the page around it how wide everything is; what scrolls by itself counts as it is seen.
MEASURE = """<script>addEventListener("load", () => {
  const wide = [...document.querySelectorAll("main *")].filter(
    each => !each.closest(".side math") && (!each.closest("math") || each.tagName == "math")).map(
    each => each.getBoundingClientRect().right);
  const sides = [...document.querySelectorAll(".side")];
  const scrolls = sides.filter(each => each.scrollWidth > each.clientWidth + 1);
  const cut = sides.filter(each => each.scrollHeight > each.clientHeight + 1);
  const right = each => Math.max(...[...each.querySelectorAll("mn")].map(part => part.getBoundingClientRect().right));
  const meet = [...document.querySelectorAll("mtd + mtd")].filter(
    each => right(each.previousElementSibling) > each.getBoundingClientRect().left);
  parent.postMessage([innerWidth, document.documentElement.scrollWidth, Math.max(...wide), scrolls.length, cut.length,
                      meet.length], "*");
});</script>"""
HOST = """<!DOCTYPE html><body><script>
let missing = FRAMES.length; const found = [];
addEventListener("message", event => {
  found.push(event.data);
  if (!--missing) document.body.setAttribute("data-found", JSON.stringify(found));
});
for (const [file, width] of FRAMES) {
  const frame = document.createElement("iframe"); frame.style.width = width + "px"; frame.style.border = 0;
  frame.style.height = "900px"; frame.src = file; document.body.append(frame);
}
</script>"""


def test_a_browser_shows_nothing_wider_than_its_window(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    browser = needed("chromium", "chromium-browser", "google-chrome")
    frames = []
    for file, words in networks(tmp_path).items():
        assert run([*words, "--format", "html"]) == 0
        text = capsys.readouterr().out
        (tmp_path / f"{file}.html").write_text(text.replace("</body>", f"{MEASURE}</body>"), encoding="utf-8")
        frames += [[f"{file}.html", width] for width in (1200, 400)]
    (tmp_path / "host.html").write_text(HOST.replace("FRAMES", json.dumps(frames)), encoding="utf-8")
    command = [
        browser, "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={tmp_path / 'profile'}",
        "--virtual-time-budget=10000", "--dump-dom", (tmp_path / "host.html").as_uri(),
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", timeout=120, check=False)
    answer = re.search(r'data-found="([^"]*)"', done.stdout)
    if answer is None:
        pytest.skip("NOT RUN: this Chromium does not run here")
    found = json.loads(answer[1])
    assert sorted(each[0] for each in found) == [400] * 5 + [1200] * 5
    for window, document, widest, scrolling, cut, meeting in found:
        assert cut == 0, "brackets have their ends"
        assert meeting == 0, "columns stand apart"
        assert document <= window
        assert widest <= window
        assert window < 1200 or scrolling == 0


def test_names_have_what_stands_below_and_above_them_and_a_comparison_its_brackets() -> None:
    assert quantity("mu_k") == "<msub><mi>μ</mi><mi>k</mi></msub>"
    assert quantity("x_12") == "<msub><mi>x</mi><mn>12</mn></msub>"
    assert quantity("chat") == '<mover accent="true"><mi>c</mi><mo stretchy="false">^</mo></mover>'
    assert quantity("in_x") == "<mi>in_x</mi>"
    shown = show(parse("above(x, y)"), MATHML)
    assert shown.startswith("<mi>𝟏</mi><mo")
    assert "<mo>&gt;</mo>" in shown
    assert "above" in show(parse("above(x, 0)"), MATHML)
    several = show(parse("is_largest(x, y, z)"), MATHML)
    assert '<mi>x</mi><mo>≥</mo><mi>y</mi><mo separator="true">,</mo><mi>z</mi>' in several
    assert "is_largest" in show(parse("is_largest(x, y)"), MATHML)
