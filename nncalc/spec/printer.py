"""A model as a spec in equations: what its layers stand for, in TOML."""

from __future__ import annotations

from collections.abc import Iterator

from nncalc.graph.graph import end
from nncalc.language.figures import text_of
from nncalc.language.formula import Name
from nncalc.language.printer import show
from nncalc.spec.model import Model


def render(model: Model) -> str:
    """Return the text of a spec that means the same as `model`, without layers."""
    blocks = [f"name = {quoted(model.title)}"] if model.title else []
    if model.output is not None and model.output is not end(model.graph.equations):
        blocks.append(f"output = {quoted(model.output.base)}")
    batch = [quoted(of.base) for of in model.graph.names if of in model.per_example]
    if batch:
        blocks.append(f"batch = [{', '.join(batch)}]")
    if model.conventions:
        chosen = [f"{key} = {_number_or_text(value)}" for key, value in model.conventions.data.items()]
        blocks.append("\n".join(["[conventions]", *chosen]))
    for heading, names in _tables(model):
        blocks.append("\n".join([f"[{heading}]", *[f"{_key(of)} = {_value(model, of)}" for of in names]]))
    rows = [f"{_key(of)} = {quoted(text)}" for of, text in _equations(model)]
    blocks.append("\n".join(["[equations]", *rows]))
    return "\n\n".join(blocks) + "\n"


def as_json(model: Model) -> str:
    """Return the text of the same spec in JSON."""
    import json

    found: dict[str, object] = {"name": model.title} if model.title else {}
    if model.output is not None and model.output is not end(model.graph.equations):
        found["output"] = model.output.base
    batch = [of.base for of in model.graph.names if of in model.per_example]
    if batch:
        found["batch"] = batch
    if model.conventions:
        found["conventions"] = model.conventions.data
    for heading, names in _tables(model):
        found[heading] = {of.base: json.loads(_value(model, of)) for of in names}
    found["equations"] = {of.base: text for of, text in _equations(model)}
    return json.dumps(found, indent=2, ensure_ascii=False) + "\n"


def _equations(model: Model) -> Iterator[tuple[Name, str]]:
    """Yield each quantity and its formula, of any number of examples where it was said so."""
    for equation in model.graph.equations:
        text = model.of_any(equation)
        yield equation.name, show(equation.formula) if text is None else text


def _tables(model: Model) -> list[tuple[str, list[Name]]]:
    """Return the tables of given numbers that are not empty, each with its quantities."""
    inputs = (*model.inputs, *model.starts)
    tables = (("inputs", inputs), ("targets", model.targets), ("parameters", model.parameters))
    found = [(heading, [of for of in names if of in model.given]) for heading, names in tables]
    return [(heading, names) for heading, names in found if names]


def _key(of: Name) -> str:
    """Return a name as a key of TOML, which is in quotes unless all its letters are ASCII."""
    return of.base if of.base.isascii() else quoted(of.base)


def quoted(text: str) -> str:
    """Return `text` as a string of TOML."""
    if '"' in text and text.isprintable() and not {"'", "\\"} & {*text}:
        return f"'{text}'"
    return f'"{"".join(map(_character, text))}"'


def _character(c: str) -> str:
    """Return a character as it stands in a string of TOML."""
    if c == '"':
        return '\\"'
    return c if c.isprintable() and c != "\\" else f"\\U{ord(c):08x}"


def _number_or_text(value: str | float) -> str:
    return quoted(value) if isinstance(value, str) else str(value)


def _value(model: Model, of: Name) -> str:
    rows = model.given[of]
    dims = model.dims.get(of, 2)
    if of in model.per_example:
        rows = model.by_example(rows)
    texts = [[_number(number) for number in row] for row in rows]
    if len(texts) == len(texts[0]) == 1 and dims == 0:
        return texts[0][0]
    if len(texts[0]) == 1 and dims == 1:
        return "[" + ", ".join(row[0] for row in texts) + "]"
    return "[" + ", ".join("[" + ", ".join(row) + "]" for row in texts) + "]"


def _number(number: float) -> str:
    text = text_of(number)
    return f'"{text}"' if "/" in text else text
