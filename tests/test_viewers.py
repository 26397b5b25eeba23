"""What `--format markdown` and `--format latex` write, read by KaTeX and by MathJax, which npm fetches."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from npm import reader

from nncalc.cli.app import run

pytestmark = [pytest.mark.mermaid, pytest.mark.xdist_group("mermaid")]

ROOT = Path(__file__).parent.parent
#: Each reads a list of formulas, and writes what is wrong with each.
READ = """
let text = "";
for await (const chunk of process.stdin) text += chunk;
const found = [];
for (const [tex, display] of JSON.parse(text)) found.push(await wrong(tex, display));
console.log(JSON.stringify(found));
"""
KATEX = """
import katex from "katex";
const wrong = (tex, display) => {
  try { katex.renderToString(tex, { displayMode: display, throwOnError: true, strict: "error" }); return ""; }
  catch (error) { return error.message; }
};
"""
MATHJAX = """
import MathJax from "mathjax";
const tex = { packages: { "[-]": ["noundefined", "noerrors"] } };
await MathJax.init({ loader: { load: ["input/tex"] }, startup: { typeset: false }, tex });
const wrong = async (tex, display) => {
  const found = await MathJax.tex2mmlPromise(tex, { display });
  return found.match(/data-mjx-error="([^"]*)"/)?.[1] ?? (found.includes("<merror") ? "an error" : "");
};
"""
VIEWERS = {"katex": (("katex@0.19.1",), KATEX), "mathjax": (("mathjax@4.1.3",), MATHJAX)}
#: Formulas of the two forms, those that stand alone first.
BLOCKS = {"markdown": r"^\$\$\n(.*?)^\$\$$", "latex": r"(\\begin\{align\*\}.*?\\end\{align\*\})"}
INLINE = r"(?<!\\)\$(.+?)(?<!\\)\$"
NAMES = """
name = "Übung 3: größe ≈ 1"
inputs = { "größe" = [0.1, 2], "é" = 2, "вес" = 3, "日本1" = 4, W_out = 5 }
equations = { "ñ" = "exp(größe) * é / вес + größe * 日本1", loss = "sum(ñ)^W_out" }
"""


def formulas(text: str, form: str) -> list[tuple[str, bool]]:
    """Return the formulas of a page, and whether each stands alone.

    In LaTeX those are left out that are shrunk to the paper, for which LaTeX itself needs a package, graphicx.
    """
    text = re.sub(r"```.*?```", "", text, flags=re.DOTALL)
    alone = [each for each in re.findall(BLOCKS[form], text, re.DOTALL | re.MULTILINE) if r"\resizebox" not in each]
    rest = re.sub(BLOCKS[form], "", text, flags=re.DOTALL | re.MULTILINE)
    return [*((each, True) for each in alone), *((each, False) for each in re.findall(INLINE, rest))]


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> list[list[str]]:
    """Return commands whose pages are read: every example, wide matrices, names of many alphabets."""
    named = tmp_path_factory.mktemp("viewers") / "names.toml"
    named.write_text(NAMES, encoding="utf-8")
    wide = "[" + ", ".join(f"[{', '.join(f'{i}.{j}' for j in range(14))}]" for i in range(2)) + "]"
    vector = ["--show-steps", "--form", "vector"]
    return [
        *(["backward", str(spec), *vector] for spec in sorted((ROOT / "configs").iterdir())),
        *(["backward", str(ROOT / "configs" / f"{each}.toml"), "--show-steps"] for each in ("recitation", "xor")),
        ["forward", "-e", "y = W + V", f"W={wide}", f"V={wide}", *vector, "--full"],
        ["backward", str(named), "--show-steps"],
        ["check", str(named)],
        ["shapes", str(ROOT / "configs" / "transformer.toml")],
        ["train", str(ROOT / "configs" / "xor.toml"), "--rate", "0.1"],
        ["worksheet", str(ROOT / "configs" / "recitation.toml")],
        ["derive", "norm2(y - X*theta)^2", "--wrt", "theta", "--solve"],
        ["derive", "logdet(X)", "--wrt", "X", "--method", "element"],
        ["ops", "softmax"],
    ]


@pytest.mark.parametrize("form", ["markdown", "latex"])
def test_viewers_of_mathematics_read_every_page(
    form: str, pages: list[list[str]], capsys: pytest.CaptureFixture[str]
) -> None:
    found: list[tuple[str, bool]] = []
    for words in pages:
        assert run([*words, "--format", form]) == 0
        found += formulas(capsys.readouterr().out, form)
    assert len(found) > 100
    for name, (packages, script) in VIEWERS.items():
        wrong = reader(packages, script + READ).read(found)
        assert [(name, said, text) for said, (text, _) in zip(wrong, found, strict=True) if said] == []


@pytest.mark.parametrize("viewer", VIEWERS)
def test_what_a_viewer_does_not_know_is_found(viewer: str) -> None:
    packages, script = VIEWERS[viewer]
    said = reader(packages, script + READ).read([(r"\nosuch x", True), (r"\frac{1}{2}", False), ("a & b", False)])
    assert [bool(each) for each in said] == [True, False, True]
