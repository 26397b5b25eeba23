"""The alphabet of LaTeX, and the forms of a worksheet that go into other documents."""

from __future__ import annotations

import csv
import io
import re
import subprocess
import sys
from pathlib import Path

import pytest
from expressions import applied
from hypothesis import given
from hypothesis import strategies as st
from printing import present
from programs import needed
from test_laws import derivations

from nncalc.cli.app import run
from nncalc.cli.streams import model_of
from nncalc.interface.presenting import Wish
from nncalc.language.alphabet import GREEK, canonical_name
from nncalc.language.formula import call, name, num
from nncalc.language.latex import pieces, quantity
from nncalc.language.parser import parse
from nncalc.language.printer import Style, show
from nncalc.ops import OPS
from nncalc.page import Page, Row, Section, Side
from nncalc.problems import Problem
from nncalc.render import render
from nncalc.render.equations import broken
from nncalc.render.metrics import width
from nncalc.render.typeset import lettered, prose
from nncalc.sheet.calculation import calculate
from nncalc.sheet.worksheet import worksheet

RECITATION = Path(__file__).parent.parent / "configs" / "recitation.toml"
LATEX = Style(latex=True, dot=False)
KNOWN = frozenset({"X", "y", "theta", "x", "A", "B", "z1", "z"})
#: Every command that a formula or a remark may hold.
COMMANDS = frozenset(
    re.findall(
        r"\\[A-Za-z]+|\\.",
        r"""\alpha \beta \theta \ell \hat \mathrm \texttt \text \operatorname \frac \partial \sqrt \left \right
        \begin \end
        \cdot \odot \oslash \otimes \star \circ \top \lfloor \rfloor \Phi \varphi \ln \Gamma \psi \le \ge \,
        \lVert \rVert \lvert \rvert \langle \rangle \mathbf \times \sum \delta
        \exp \log \sin \cos \tan \sinh \cosh \tanh \arcsin \arccos \arctan \det \max \min \sigma \Sigma \approx \quad
        \paragraph \par \noindent \begingroup \endgroup \allowdisplaybreaks \textbackslash \textasciicircum
        \textasciitilde \tfrac \hypot \\ \_ \{ \} \$ \& \# \% \|""",
    )
)


def compiled(body: str, folder: Path) -> None:
    """Run pdflatex over `body`, which must not complain."""
    needed("pdflatex")
    text = (
        "\\documentclass{article}\n\\usepackage{amsmath,amssymb,graphicx}\n"
        f"\\begin{{document}}\n{body}\n\\end{{document}}\n"
    )
    (folder / "page.tex").write_text(text, encoding="utf-8")
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "page.tex"]
    found = subprocess.run(command, cwd=folder, capture_output=True, timeout=60, check=False)
    assert found.returncode == 0, found.stdout.decode("utf-8", "replace")[-2000:]


def sheet(*texts: str, form: str = "scalar", backward: bool = True, **values: str) -> Page:
    """Return the worksheet of some equations with these values."""
    model = model_of([f"{word}={text}" for word, text in values.items()], list(texts), [])
    return worksheet(calculate(model, backward=backward, scalar=form == "scalar"), form)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "latex"),
    [
        ("inv(X'*X)*X'*y", r"(X^{\top} X)^{-1} X^{\top} y"), ("inv(X)'", r"X^{-\top}"), ("X''", r"(X^{\top})^{\top}"),
        ("norm2(y - X*theta)^2", r"\lVert y - X \theta \rVert^{2}"), ("norm1(x)", r"\lVert x \rVert_{1}"),
        ("(x + 1)/2", r"\frac{x + 1}{2}"), ("(x/2)^2", r"\left(\frac{x}{2}\right)^{2}"), ("(x^2)^3", "(x^{2})^{3}"),
        ("(x/y)/(1/(2*z))", r"\frac{x / y}{1 / (2 z)}"),
        ("-x^2*(y - 1)", "-x^{2} (y - 1)"), ("2*3", r"2 \cdot 3"), ("x .* y ./ z", r"x \odot y \oslash z"),
        ("x.^2", r"x^{\circ 2}"), ("1e-7", "10^{-7}"), ("2.5e-7*x", r"2.5 \cdot 10^{-7} x"),
        ("1e-7^2", "(10^{-7})^{2}"), ("kron(A, B)*x", r"(A \otimes B) x"), ("inner(A, B)", r"\langle A, B \rangle"),
        ("inner(A, B/2)", r"\left\langle A, \frac{B}{2} \right\rangle"),
        ("abs(x)", r"\lvert x \rvert"),
        ("sigmoid(x) + relu(x)", r"\sigma(x) + \operatorname{ReLU}(x)"),
        ("exp(x/2)", r"\exp\left(\frac{x}{2}\right)"),
        ("leaky_relu(x)", r"\operatorname{leaky\_relu}(x)"), ("asin(x)", r"\arcsin(x)"),
        ("lgamma(x)^2", r"\ln\Gamma(x)^{2}"), ("trigamma(x)", r"\psi'(x)"),
        ("digamma(x/2)", r"\psi\left(\frac{x}{2}\right)"),
        ("polygamma(2, x)", r"\psi^{(2)}\left(x\right)"),
        ("sqrt(x + 1)", r"\sqrt{x + 1}"),
        ("step(x)", r"\mathbf{1}[x > 0]"), ("intercept(z1)", r"\hat{z}^{(1)}"),
        ("intercept(yhat)", r"\begin{bmatrix} 1 \\ \hat{y} \end{bmatrix}"),
        ("intercept(x + y)", r"\begin{bmatrix} 1 \\ x + y \end{bmatrix}"), ("ones(n)", r"\mathbf{1}_{n}"),
        ("zeros(m, n)", r"\mathbf{0}_{m \times n}"), ("eye(n)", "I_{n}"), ("comm(m, n)", "K_{m,n}"),
        ("[1, 2]", r"\begin{bmatrix} 1 \\ 2 \end{bmatrix}"), ("[[1, 2]]", r"\begin{bmatrix} 1 & 2 \end{bmatrix}"),
        ("alpha[1,0]", r"\alpha_{1,0}"), ("z1[2]", "z^{(1)}_{2}"),
        ("W1[1,2]'", r"W^{(1)\top}_{1,2}"), ("z1[2]^2", "(z^{(1)}_{2})^{2}"), ("x[k1]", "x_{k_{1}}"),
        ("d(loss)/d(alpha[1,1])", r"\frac{\partial \ell}{\partial \alpha_{1,1}}"), ("d(theta)", r"\mathrm{d}\theta"),
        ("d(X*theta)", r"\mathrm{d}(X \theta)"), ("d(lam)", r"\mathrm{d}\lambda"),
        ("d(fig)", r"\mathrm{d}(\mathrm{fig})"),
        ("sum(k, A[i,k]*x[k])*y", r"\left(\sum_{k} A_{i,k} x_{k}\right) y"), ("2*sum(k, x[k])", r"2 \sum_{k} x_{k}"),
        ("lse(k, x[k])", r"\operatorname{lse}_{k}(x_{k})"), ("delta(i, j)", r"\delta_{i,j}"), ("(A*x)[j]", "(A x)_{j}"),
        ("softmax(z)[i]", r"\operatorname{softmax}(z)_{i}"),
        ("d((A*x)[j])/d(x[i])", r"\frac{\partial (A x)_{j}}{\partial x_{i}}"),
        ("d(A*x)/d(x)", r"\frac{\partial (A x)}{\partial x}"), ("yhat1 - loss", r"\hat{y}_{1} - \ell"),
    ],
)  # fmt: skip
def test_a_formula_is_spelled_in_latex(text: str, latex: str) -> None:
    assert show(parse(text, KNOWN, calculus=True), LATEX) == latex


@pytest.mark.parametrize(
    ("base", "latex"),
    [
        ("x", "x"), ("z12", "z_{12}"), ("fig", r"\mathrm{fig}"), ("fig1", r"\mathrm{fig1}"),
        ("lam1", r"\lambda_{1}"), ("eps", r"\epsilon"),
        ("W_out", r"\mathrm{W\_out}"),
        ("theta2", r"\theta_{2}"), ("Gamma", r"\Gamma"), ("omicron", r"\mathrm{omicron}"), ("é", r"\text{é}"),
        ("你_a", r"\text{你\_a}"), ("größe1", r"\text{größe1}"), ("input", r"\mathrm{input}"),
    ],
)  # fmt: skip
def test_a_name_is_spelled_in_latex(base: str, latex: str) -> None:
    assert quantity(base) == latex


@given(st.text(max_size=12), st.text(max_size=12))
def test_two_names_are_spelled_differently_and_act_in_nothing(one: str, other: str) -> None:
    names = {n for n in (canonical_name(one), canonical_name(other)) if n}
    texts = {quantity(each) for each in names}
    assert len(texts) == len(names)
    assert all(harmless(text) for text in texts)


def harmless(text: str) -> bool:
    """Return whether `text` is ASCII but for letters, its braces match, and its commands are those of formulas."""
    commands = re.findall(r"\\[A-Za-z]+|\\.", text)
    others = {c for c in commands if c[1:] not in GREEK}
    rest = re.sub(r"\\.", "", text)
    matched = rest.count("{") == rest.count("}") and not set(rest) & set("$%#~")
    return all(c.isascii() or c.isalnum() for c in text) and others <= COMMANDS and matched


@given(derivations)
def test_a_derivation_in_latex_holds_nothing_that_amsmath_lacks(formula: object) -> None:
    assert harmless(show(formula, LATEX))  # type: ignore[arg-type]


@given(st.text(max_size=30))
def test_prose_acts_in_nothing(text: str) -> None:
    found = prose(text)
    assert lettered(found, ascii_only=True).isascii()
    assert not re.search(r"(?<!\\)(?:\\\\)*[%#&]", found)


def test_a_wide_matrix_has_columns_enough(tmp_path: Path) -> None:
    row = call("row", *map(num, range(14)))
    assert "array" in show(call("matrix", row, row), LATEX)
    compiled(rf"\[{show(call('matrix', row, row), LATEX)}\]", tmp_path)


def test_every_operation_compiles(tmp_path: Path) -> None:
    formulas = []
    for op in OPS.values():
        args = [
            call("div", name("x"), num(2)) if op.forms and op.forms[0].shapes == "entries" else name(a) for a in op.args
        ]
        plain = applied(op.name, *args)
        formulas += [plain, call("pow", plain, num(2)), call("transpose", plain), call("div", plain, plain)]
        formulas += [call("mul", plain, call("neg", plain)), call("entry", plain, name("i"), name("k1"))]
    body = "\n".join(rf"\[ {show(formula, LATEX)} \]" for formula in formulas)
    assert set(re.findall(r"\\[A-Za-z]+", body)) <= COMMANDS
    compiled(body, tmp_path)


HOSTILE = r"\input{/etc/passwd} $x$ 100% a&b#c~d^e_f {} <script>|*`é α 你 ½×′" "\n\x1b[31m"


def test_a_page_of_worksheets_compiles_whatever_the_title(tmp_path: Path) -> None:
    sheets = [
        sheet("a = X*t - y", "f = norm2(a)^2 + logdet(A)", form=form,
              X="[[1,2],[3,4],[5,7]]", t="1,2", y="1,2,4", A="[[2,1],[1,3]]")
        for form in ("scalar", "vector")
    ]  # fmt: skip
    sheets.append(sheet("f = sum(relu(W_1*x) .* вес1)", W_1="[[1e-9,-2],[0,0]]", x="0,1", вес1="1,2"))
    sheets.append(
        sheet(
            "f = " + " + ".join(f"x{i}*{'sin' * (i % 2)}(y)" for i in range(40)),
            y="1",
            **{f"x{i}": "2" for i in range(40)},
        )
    )
    sheets.append(worksheet(calculate(model_of([str(RECITATION)], [], []), backward=True), "vector"))
    hostile = [each._replace(title=HOSTILE, notes=(HOSTILE, *each.notes)) for each in sheets]
    compiled("\n".join(render(each, "latex") for each in hostile), tmp_path)
    assert render(hostile[0], "latex", ascii_only=True).isascii()


def test_a_worksheet_in_latex_is_a_block_a_section() -> None:
    found = render(sheet("f = x^2*y", x="3", y="1/2"), "latex")
    assert found == (
        "\\par\\medskip\\noindent\\textbf{Given}\n"
        "\\begin{align*}\n  x &= 3 \\\\\n  y &= \\frac{1}{2}\n\\end{align*}\n\n"
        "\\par\\medskip\\noindent\\textbf{Forward}\n\\begin{align*}\n"
        "  f &= x^{2} \\cdot y = 3^{2} \\cdot \\frac{1}{2} = 4.5\n\\end{align*}\n\n"
        "\\par\\medskip\\noindent\\textbf{Backward}\n\\begin{align*}\n"
        "  \\frac{\\partial f}{\\partial x} &= 2 \\cdot y \\cdot x = 2 \\cdot \\frac{1}{2} \\cdot 3 = 3 \\\\\n"
        "  \\frac{\\partial f}{\\partial y} &= x^{2} = 3^{2} = 9\n\\end{align*}\n"
    )


def apart(text: str, room: float) -> str:
    raise AssertionError((text, room))


def test_a_long_sum_is_broken_between_terms() -> None:
    formula = parse(" - ".join(["a*b"] * 12))
    lines = broken(formula, LATEX, 130, apart)
    assert len(lines) > 2
    assert " ".join(line.removeprefix("{} ") for line in lines) == show(formula, LATEX)
    assert all(width(line) <= 140 for line in lines)


def test_a_long_product_is_broken_between_factors_and_a_dot_says_so() -> None:
    formula = parse("[[1, 2, 3]]*[1, 2, 3]*(a + b)*log(x)")
    assert [piece.bare for piece in pieces(formula, LATEX)] == [False, True, True, False, True]
    assert broken(formula, LATEX, 60, apart)[1].startswith(r"{} \cdot \begin")
    small = broken(parse("[[1, 2, 3, 4, 5, 6]]"), LATEX, 90, apart)
    assert small == [r"\left[\begin{smallmatrix} 1 & 2 & 3 & 4 & 5 & 6 \end{smallmatrix}\right]"]


@given(derivations)
def test_pieces_of_a_formula_are_the_formula(formula: object) -> None:
    found = pieces(formula, LATEX)  # type: ignore[arg-type]
    whole = show(formula, LATEX)  # type: ignore[arg-type]
    assert "".join(piece.text for piece in found).replace(" ", "") == whole.replace(" ", "").replace(r"\,", "")
    for piece in found:
        assert piece.text.count("{") == piece.text.count("}")
        assert piece.text.count(r"\left") - piece.text.count(r"\leftarrow") == piece.text.count(r"\right")
    assert width(whole) > 0


def test_a_worksheet_in_ascii_markdown_is_a_table_a_section() -> None:
    page = sheet("f = abs(x)*W_1", x="-3", W_1="2")._replace(title="a|b *c*")
    found = render(page, "markdown", ascii_only=True)
    assert found.splitlines()[:6] == ["# a\\|b \\*c\\*", "", "## Given", "", "| quantity | value |", "| --- | --- |"]
    assert "| f | = abs(x) \\* W\\_1 | = abs(-3) \\* 2 | = 6 |" in found


def test_a_table_in_markdown_has_as_many_cells_in_each_row() -> None:
    found = render(
        sheet("f = sum(abs(x) .* y)", x="-3,2", y="1,2", form="vector")._replace(notes=(HOSTILE,)),
        "markdown",
        ascii_only=True,
    )
    assert found.count("\n| --- |") == 3
    for block in found.split("\n\n"):
        if block.startswith("|"):
            assert len({len(re.findall(r"(?<!\\)\|", row)) for row in block.splitlines()}) == 1
    assert "<script>" not in found
    assert "\x1b" not in found


def mathematics(text: str) -> list[str]:
    """Return what stands between dollars in Markdown, blocks first."""
    blocks = re.findall(r"^\$\$\n(.*?)\n\$\$$", text, re.DOTALL | re.MULTILINE)
    rest = re.sub(r"^\$\$\n.*?\n\$\$$", "", text, flags=re.DOTALL | re.MULTILINE)
    return [*blocks, *re.findall(r"(?<!\\)\$([^$\n]+)(?<!\\)\$", rest)]


def test_markdown_holds_only_what_every_viewer_reads() -> None:
    """GitHub takes a backslash before a sign, knows no `operatorname`, and lets Markdown see a formula first."""
    said = (("a_b* [c](d) <e> `f` -- 50% & #1 {x} |y| ~ ^ $z$ \\ é ½×′", name("x", (1,)), " and ", name("W1", (1, 2))),)
    page = sheet("W_1 = relu(x_in*[[1,2]]) - leaky_relu(z)", "f = sum(softmax(W_1)) + abs(sqrt(2))", x_in="1,2", z="1",
                 form="vector")  # fmt: skip
    first = page.sections[0]
    row = first.rows[0]._replace(remarks=said, holds=True, laws=((parse("u_1"), parse("v")),))
    page = page._replace(before=said, sections=(first._replace(rows=(row, *first.rows[1:])), *page.sections[1:]))
    found = mathematics(render(page, "markdown"))
    assert len(found) == 5
    for each in found:
        assert set(re.findall(r"\\[A-Za-z]+|\\.", each)) <= VIEWED | {f"\\{letter}" for letter in GREEK}
        assert not set(each) & set("$%#~*`")
        assert "\n\n" not in each
        assert not re.search(r"^\s*([-+>=#]|\d+[.)])( |$)", each, re.MULTILINE), "Markdown begins no block in it"
        assert not re.search(r"\S_", each), "no emphasis ends in it"
    many = render(
        sheet("f = " + " + ".join(f"x{i}" for i in range(60)), **{f"x{i}": "2" for i in range(60)}), "markdown"
    )
    blocks = mathematics(many)
    assert len(blocks) > 6
    assert all(block.count("\n") <= 18 for block in blocks)


@given(st.text(max_size=40))
def test_words_in_the_mathematics_of_markdown_act_in_nothing(text: str) -> None:
    row = Row(name("x"), (Side(num(1)),), remarks=((text,),))
    (found,) = mathematics(render(Page((Section("A", (row,)),)), "markdown"))
    assert set(re.findall(r"\\[A-Za-z]+|\\.", found)) <= VIEWED | {f"\\{letter}" for letter in GREEK}
    assert not set(found) & set("$%#~*`")
    assert found.count("{") == found.count("}")


#: What KaTeX and MathJax know, and GitHub allows.
VIEWED = frozenset(
    re.findall(
        r"\\[A-Za-z]+",
        r"""\begin \end \cr \frac \partial \ell \hat \mathrm \mathbf \text \texttt \left \right \lvert \rvert \lVert
        \rVert \langle \rangle \cdot \odot \oslash \otimes \star \circ \top \times \sum \sqrt \approx \leftarrow \neq
        \in \mathbb \quad \qquad \checkmark \rule \thinspace \enspace \vert \lbrack \rbrack \lbrace \rbrace \ast
        \backslash \wedge \sim \tfrac \exp \log \max \min \det \cdots \vdots \sigma \dots \textasciitilde""",
    )
)


def test_a_worksheet_in_csv_reads_back() -> None:
    found = list(csv.DictReader(io.StringIO(render(sheet("f = x^2*y", x="3", y="1/2"), "csv"))))
    assert [tuple(row.values()) for row in found] == [
        ("given", "x", "", "", "3", "1x1", "", ""),
        ("given", "y", "", "", "1/2", "1x1", "", ""),
        ("forward", "f", "x^2 * y", "3^2 * (1/2)", "4.5", "1x1", "mul", ""),
        ("backward", "d(f)/d(x)", "2 * y * x", "2 * (1/2) * 3", "3", "1x1", found[3]["rule"], ""),
        ("backward", "d(f)/d(y)", "x^2", "3^2", "9", "1x1", found[4]["rule"], ""),
    ]
    assert all(parse(row["formula"]) for row in found if row["formula"])


def test_csv_is_one_table() -> None:
    model = model_of(["x=1,2"], ["f = sum(x)"], [])
    with pytest.raises(Problem, match="csv is one table"):
        present("forward", calculate(model, scalar=True), Wish(steps=True, form="both", format="csv"))


def test_a_kink_is_noted_in_every_form() -> None:
    found = sheet("f = relu(x)", x="0")
    assert "ReLU$'$(0) = 0" in render(found, "latex")
    assert r"\text{ReLU}{'}\text{(0) = 0}" in render(found, "markdown")
    assert "ReLU′(0) = 0" in render(found, "csv")


def test_the_default_run_loads_none_of_this() -> None:
    code = (
        "import sys; sys.argv = ['nncalc', 'backward', '--show-steps'];"
        "from nncalc.__main__ import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "print([m for m in sys.modules if m in ('nncalc.latex', 'nncalc.remedies', 'csv') or 'typeset' in m])"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, encoding="utf-8", check=True)
    assert found.stdout.splitlines()[-1] == "[]"


@pytest.mark.parametrize(
    ("text", "latex"),
    [
        ("W_f", "{W_{f}}"), ("mu_k", r"{\mu_{k}}"), ("Sigma_x", r"{\Sigma_{x}}"), ("xhat", r"\hat{x}"),
        ("x_12", "{x_{12}}"), ("chat", r"\hat{c}"),
        ("muhat_1", r"{\hat{\mu}_{1}}"), ("W_out", r"\mathrm{W\_out}"), ("in_x", r"\mathrm{in\_x}"),
        ("above(x, y)", r"\mathbf{1}[x > y]"), ("above(x, 0)", r"\operatorname{above}(x, 0)"),
        ("is_largest(x, y, z)", r"\mathbf{1}[x \ge y, z]"), ("above(2, 1)", r"\mathbf{1}[2 > 1]"),
        ("above(1, 1)", r"\operatorname{above}(1, 1)"), ("inv(X)'", r"X^{-\top}"), ("eye(n)", "I_{n}"),
    ],
)  # fmt: skip
def test_names_have_what_stands_below_and_above_them(text: str, latex: str) -> None:
    assert show(parse(text), LATEX) == latex


@pytest.mark.parametrize("width", ["6cm", "12cm", "20cm"])
def test_a_derivative_is_written_out_however_long_it_is(width: str, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["derive", "0.5*norm2(W2*tanh(W1*x+b1)+b2-y)^2", "--wrt", "W1", "--format", "latex"]
    assert run([*words, "--standalone", "article", "--width", width]) == 0
    assert "written out" in capsys.readouterr().out
