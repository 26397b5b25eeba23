"""LaTeX documents that stand alone: they compile as they are, and no line is wider than the paper."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
from expressions import applied
from programs import needed
from test_html import networks

from nncalc.cli.app import run
from nncalc.language.formula import call, name
from nncalc.language.parser import parse
from nncalc.language.printer import Style, show
from nncalc.ops import OPS
from nncalc.render.metrics import width


def printed(capsys: pytest.CaptureFixture[str], *args: str) -> str:
    assert run([*args]) == 0
    return capsys.readouterr().out


def refused(capsys: pytest.CaptureFixture[str], *args: str) -> str:
    assert run([*args]) == 2
    found = capsys.readouterr()
    assert not found.out
    return found.err


@pytest.mark.parametrize(
    "paper", [("article",), ("article", "--width", "12cm"), ("beamer", "--width", "12cm"), ("beamer",)], ids=" ".join
)
def test_no_line_of_a_document_is_wider_than_its_paper(
    paper: tuple[str, ...], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    needed("pdflatex")
    for file, command in networks(tmp_path).items():
        if file == "recitation" and len(paper) == 1:
            continue
        text = printed(capsys, *command, "--format", "latex", "--standalone", *paper)
        (tmp_path / f"{file}.tex").write_text(text, encoding="ascii")
        latex = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", f"{file}.tex"]
        done = subprocess.run(latex, cwd=tmp_path, capture_output=True, timeout=120, check=False)
        assert done.returncode == 0, done.stdout.decode("utf-8", "replace")[-2000:]
        log = (tmp_path / f"{file}.log").read_text(encoding="utf-8", errors="replace")
        wide = [float(points) for points in re.findall(r"Overfull \\hbox \(([\d.]+)pt", log)]
        assert max(wide, default=0) <= 1, (file, wide)


def test_a_handout_of_a_graph_and_the_worked_solution_is_a_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    needed("pdflatex")
    monkeypatch.chdir(tmp_path)
    assert run(["graph", "-o", "net.pdf"]) == 0
    form = ["--form", "vector", "--format", "latex", "--standalone", "article", "--picture", "net.pdf"]
    (tmp_path / "page.tex").write_text(printed(capsys, "backward", "--show-steps", *form), encoding="ascii")
    latex = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "page.tex"]
    done = subprocess.run(latex, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0
    assert "net.pdf" in done.stdout
    assert "(1 page" in done.stdout
    assert "Overfull" not in done.stdout


def test_a_matrix_wider_than_the_paper_is_shrunk_to_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    row = ", ".join(f"{i}.123456" for i in range(1, 8))
    given = ["-e", "y = W + V", f"W=[[{row}], [{row}]]", f"V=[[{row}], [{row}]]", "--show-steps", "--form", "vector"]
    found = printed(capsys, "forward", *given, "--format", "latex", "--standalone", "article", "--width", "9cm")
    assert "smallmatrix" in found
    assert "\\resizebox{" in found
    needed("pdflatex")
    (tmp_path / "page.tex").write_text(found, encoding="ascii")
    latex = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "page.tex"]
    done = subprocess.run(latex, cwd=tmp_path, capture_output=True, timeout=120, check=False)
    assert done.returncode == 0
    assert b"Overfull" not in done.stdout


def test_lines_are_as_wide_as_the_paper_lets_them(capsys: pytest.CaptureFixture[str]) -> None:
    given = ["forward", "-e", "f = " + " + ".join(f"x{i}*y" for i in range(12)), "y=2", "--show-steps", "--no-split"]
    given += [f"x{i}={i + 1}" for i in range(12)]
    wide, narrow = (
        [line for line in printed(capsys, *given, "--format", "latex", "--width", room).splitlines() if "+" in line]
        for room in ("30cm", "6cm")
    )
    assert len(wide) < len(narrow)
    assert all(width(line.replace("&", "").rstrip("\\*")) < 180 for line in narrow)


def test_a_width_is_that_of_the_type(tmp_path: Path) -> None:
    """What every operation looks like, measured by pdflatex in the type that is meant."""
    needed("pdflatex")
    formulas = [applied(op.name, *map(name, op.args)) for op in OPS.values()]
    texts = [show(formula, Style(latex=True, dot=dot)) for formula in formulas for dot in (False, True)]
    texts += [show(call("pow", each, name("alpha", (1, 2))), Style(latex=True)) for each in formulas]
    texts += [show(parse(text, calculus=True), Style(latex=True)) for text in (
        "[[1, -22.5, 3], [0.125, 2, -1]]*[1, 2, 3]", "d(loss)/d(W1[1,2])", "a - 3*b + c/2*d - yhat",
        "sum(k, A[i,k]*x[k])",
        "softmax([0.5, 1e-7]) .* Gamma", "abs(-x)*fig + W_out*Theta1", "norm2(y - X*theta)^2 + 0.5*lam*norm2(theta)^2",
    )]  # fmt: skip
    boxes = "".join(f"\\sbox0{{$\\displaystyle {text}$}}\\typeout{{W\\the\\wd0}}\n" for text in texts)
    (tmp_path / "page.tex").write_text(
        f"\\documentclass{{article}}\\usepackage{{amsmath,amssymb}}\\begin{{document}}{boxes}\\end{{document}}\n"
    )
    latex = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "page.tex"]
    done = subprocess.run(latex, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=True)
    found = [float(points) for points in re.findall(r"^W([\d.]+)pt$", done.stdout, re.MULTILINE)]
    measured = [(text, points, width(text)) for text, points in zip(texts, found, strict=True)]
    assert [each for each in measured if not each[1] - 2 < each[2] < 1.35 * each[1] + 8] == []


@pytest.mark.parametrize(
    ("given", "says"),
    [
        (["--standalone", "article"], "--standalone goes with --format latex"),
        (["--standalone", "article", "--format", "html"], "a page of html is whole as it is"),
        (["--width", "12cm", "--format", "markdown"], "--width goes with --format latex"),
        (["--picture", "net.pdf"], "--picture goes with --format latex"),
        (["--picture", "net.pdf", "--format", "latex"], "add --standalone article"),
        (
            ["--picture", "none.pdf", "--format", "latex", "--standalone", "article"],
            "`nncalc graph -o none.pdf` draws one",
        ),
        (["--picture", "a}b.pdf", "--format", "latex", "--standalone", "article"], "is not a picture that LaTeX reads"),
        (["--standalone", "book", "--format", "latex"], "--standalone is one of article, beamer"),
        (["--width", "12", "--format", "latex"], "`12` is not the width of a line"),
        (["--width", "1cm", "--format", "latex"], "such as 12cm or 5in"),
        (["--width", "12em", "--format", "latex"], "`12em` is not the width of a line"),
    ],
)
def test_paper_that_does_not_fit_is_refused(given: list[str], says: str, capsys: pytest.CaptureFixture[str]) -> None:
    for command in (["forward"], ["backward"], ["train", "--rate", "0.1"], ["shapes"], ["derive", "x^2"]):
        assert says in refused(capsys, *command, *given)


def test_a_document_has_its_title_and_nothing_acts_in_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    spec = tmp_path / "net.toml"
    spec.write_text('name = "50% of {a} & b_c -- d"\n[inputs]\nx = 1\n[equations]\nf = "2*x"\n', encoding="utf-8")
    found = printed(capsys, "forward", str(spec), "--format", "latex", "--standalone", "article")
    assert found.startswith("\\documentclass{article}\n")
    assert r"\section*{50\% of \{a\} \& b\_c -{}- d}" in found
    assert found.endswith("\\end{document}\n")
    slides = printed(capsys, "forward", str(spec), "--format", "latex", "--standalone", "beamer", "--width", "5in")
    assert "\\addtolength\\margin{-361.35pt}" in slides
    assert slides.count("\\begin{frame}") == slides.count("\\end{frame}") > 1


BEGINS = {
    "article": "\\documentclass{article}\n\\usepackage{amsmath,amssymb,graphicx}\n\\begin{document}\n",
    "beamer": (
        "\\documentclass{beamer}\n\\usepackage{amsmath,amssymb}\n\\begin{document}\n\\begin{frame}[allowframebreaks]\n"
    ),
}
LETTERS = "".join(c for c in map(chr, range(0xC0, 0x180)) if c.isalpha())


@pytest.mark.parametrize("kind", BEGINS)
def test_a_part_of_a_document_goes_into_an_article_and_into_a_frame(
    kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    needed("pdflatex")
    spec = tmp_path / "net.toml"
    spec.write_text(
        f'name = "Übung ≈ 3, {LETTERS}, вес"\ninputs = {{ "größe" = [0.1, 2], "вес" = 3, "{LETTERS[:60]}" = 2 }}\n'
        f'equations = {{ "ñ" = "exp(größe) * вес / {LETTERS[:60]}", loss = "sum(ñ)" }}\n',
        encoding="utf-8",
    )
    row = ", ".join(f"{i}.5" for i in range(14))
    body = ""
    for words in (
        ["backward", str(spec), "--show-steps"],
        ["backward", str(spec), "--show-steps", "--ascii"],
        ["forward", "-e", "y = W + W", f"W=[[{row}], [{row}]]", "--show-steps", "--full"],
        ["train", "xor", "--rate", "0.1"],
        ["backward", "softmax-classifier", "--show-steps", "--form", "vector"],
    ):
        body += printed(capsys, *words, "--format", "latex")
    ends = "\\end{frame}\n" if kind == "beamer" else ""
    (tmp_path / "page.tex").write_text(f"{BEGINS[kind]}{body}{ends}\\end{{document}}\n", encoding="utf-8")
    latex = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "page.tex"]
    done = subprocess.run(latex, cwd=tmp_path, capture_output=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout.decode("utf-8", "replace")[-2000:]
    assert "\\text{größe}" in body
    assert 'gr{\\"o}{\\ss}e' in body


def test_every_line_of_the_recitation_has_room_beside_its_remark(capsys: pytest.CaptureFixture[str]) -> None:
    for paper in ("article", "beamer"):
        for form in ("scalar", "vector"):
            words = ["backward", "recitation", "--show-steps", "--form", form]
            found = printed(capsys, *words, "--format", "latex", "--standalone", paper)
            blocks = re.findall(r"\\begin\{align\*\}\n(.*?)\n\\end\{align\*\}", found, re.DOTALL)
            lines = [line for block in blocks for line in block.splitlines()]
            assert all(" &= " in line for line in lines)
            assert len(lines) == {"scalar": 26, "vector": 13}[form]
