"""A model as a spec in equations: what its layers stand for, in TOML."""

from __future__ import annotations

from nncalc.graph.graph import end
from nncalc.language.figures import text_of
from nncalc.language.formula import Name
from nncalc.language.printer import show
from nncalc.spec.model import Model


def render(model: Model) -> str:
    """Return the text of a spec that means the same as `model`, without layers."""
    blocks = [f"name = {_quoted(model.title)}"] if model.title else []
    if model.output is not None and model.output is not end(model.graph.equations):
        blocks.append(f"output = {_quoted(model.output.base)}")
    batch = [_quoted(of.base) for of in model.graph.names if of in model.per_example]
    if batch:
        blocks.append(f"batch = [{', '.join(batch)}]")
    inputs = (*model.inputs, *model.starts)
    for heading, names in (("inputs", inputs), ("targets", model.targets), ("parameters", model.parameters)):
        given = [f"{of} = {_value(model, of)}" for of in names if of in model.given]
        if given:
            blocks.append("\n".join([f"[{heading}]", *given]))
    rows = [f"{equation.name} = {_quoted(show(equation.formula))}" for equation in model.graph.equations]
    blocks.append("\n".join(["[equations]", *rows]))
    return "\n\n".join(blocks) + "\n"


def _quoted(text: str) -> str:
    """Return `text` as a string of TOML."""
    return '"' + "".join(c if c.isprintable() and c not in '"\\' else f"\\U{ord(c):08x}" for c in text) + '"'


def _value(model: Model, of: Name) -> str:
    rows = model.given[of]
    dims = model.dims.get(of, 2)
    if of in model.per_example:
        rows = [list(column) for column in zip(*rows, strict=True)]
    texts = [[_number(number) for number in row] for row in rows]
    if len(texts) == len(texts[0]) == 1 and dims == 0:
        return texts[0][0]
    if len(texts[0]) == 1 and dims == 1:
        return "[" + ", ".join(row[0] for row in texts) + "]"
    return "[" + ", ".join("[" + ", ".join(row) + "]" for row in texts) + "]"


def _number(number: float) -> str:
    text = text_of(number)
    return f'"{text}"' if "/" in text else text
