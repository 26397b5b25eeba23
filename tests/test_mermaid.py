"""What `--format mermaid` writes, read by Mermaid's own parser, which npm fetches."""

from __future__ import annotations

import html
import json
import re
from pathlib import Path
from typing import NamedTuple

import pytest
from npm import Reader, reader

from nncalc.cli.app import run
from nncalc.graph.drawing import Arrow, Box, Drawing
from nncalc.language.formula import name, num
from nncalc.language.printer import PAPER
from nncalc.render.mermaid import render

pytestmark = [pytest.mark.mermaid, pytest.mark.xdist_group("mermaid")]

ROOT = Path(__file__).parent.parent
PACKAGES = ("mermaid@12.3.0", "jsdom@29.1.1")
#: Reads a list of texts, and writes what each is: the text of each box, the ends and the text of each arrow.
#: Mermaid reads 500 arrows unless it is told otherwise; the scalar graph of a transformer block has more.
SCRIPT = """
import { JSDOM } from "jsdom";
const { window } = new JSDOM("");
Object.assign(globalThis, { window, document: window.document });
const { default: mermaid } = await import("mermaid");
mermaid.initialize({ maxEdges: 1000 });
let text = "";
for await (const chunk of process.stdin) text += chunk;
const found = [];
for (const each of JSON.parse(text)) {
  await mermaid.parse(each);
  const { db } = await mermaid.mermaidAPI.getDiagramFromText(each);
  const boxes = [...db.getVertices().values()].map((box) => [box.id, box.text]);
  found.push({ boxes, arrows: db.getEdges().map((edge) => [edge.start, edge.end, edge.text]) });
}
console.log(JSON.stringify(found));
"""


class Read(NamedTuple):
    """What the parser makes of a flowchart."""

    boxes: dict[str, str]
    arrows: list[tuple[str, str, str]]


@pytest.fixture(scope="session")
def parser() -> Reader:
    return reader(PACKAGES, SCRIPT)


def read(parser: Reader, texts: list[str]) -> list[Read]:
    return [
        Read(
            {box: _plain(text) for box, text in each["boxes"]},
            [(start, end, _plain(text)) for start, end, text in each["arrows"]],
        )
        for each in parser.read(texts)
    ]


def _plain(text: str) -> str:
    """Return a text without the signs that Mermaid keeps entities in until it draws."""
    text = re.sub("ﬂ°°([0-9]+)¶ß", r"&#\1;", text)
    return html.unescape(re.sub("ﬂ°([a-z]+)¶ß", r"&\1;", text))


def test_mermaid_reads_every_example(parser: Reader, capsys: pytest.CaptureFixture[str]) -> None:
    options = [[], ["--values", "--gradients"], ["--level", "scalar"], ["--backward", "--gradients"], ["--ascii"]]
    words = [[str(spec), *each] for spec in sorted((ROOT / "configs").iterdir()) for each in options]
    words = [each for each in words if "expression" not in each[0]]
    words += [["convolution", "--kind", "network"]]
    words += [[str(ROOT / "configs" / "xor.toml"), "--kind", "network", "--intercepts"], ["-e", "abs(x)*y"]]
    texts: list[str] = []
    facts: list[dict[str, list[dict[str, str]]]] = []
    for each in words:
        assert run(["graph", *each, "--format", "mermaid"]) == 0
        texts.append(capsys.readouterr().out)
        assert run(["graph", *each, "--format", "json"]) == 0
        facts.append(json.loads(capsys.readouterr().out))
    for found, fact in zip(read(parser, texts), facts, strict=True):
        places = {node["id"]: f"n{place}" for place, node in enumerate(fact["nodes"])}
        assert [box for box in found.boxes if box.startswith("n") and not box.startswith("note")] == [*places.values()]
        ends = [(places[edge["from"]], places[edge["to"]]) for edge in fact["edges"]]
        assert [(start, end) for start, end, _ in found.arrows] == ends


def test_any_text_is_a_label_of_mermaid_and_nothing_else(parser: Reader) -> None:
    texts = [
        'a"b',
        "a]b",
        "a|b",
        "<b>x</b>",
        "a & b",
        "#35;",
        "x --> y",
        "end",
        "%% no",
        "`md`",
        "é 日本 ŷ",
        "a;b",
        "{{}}",
    ]
    arrows = (Arrow(name("x"), name("y"), num(1)),)
    drawings = [
        Drawing((Box(name("x"), "input", text=text), Box(name("y"), "computed", text=text)), arrows) for text in texts
    ]
    found = read(parser, [render(each, PAPER) for each in drawings])
    assert [each.boxes for each in found] == [{"n0": text, "n1": text} for text in texts]
    assert all(each.arrows == [("n0", "n1", "1")] for each in found)
