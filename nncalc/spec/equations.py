"""The equations form: tables of given numbers and a table of equations as text.

Knows which tables there are; an equation's text is the business of the parser.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from nncalc.language.blocks import transposed
from nncalc.language.figures import text_of
from nncalc.problems import Problem, Where
from nncalc.spec.names import Names
from nncalc.spec.node import Node, legal_name
from nncalc.spec.sources import Reading, values
from nncalc.spec.statements import Given, Spec, Statement
from nncalc.spec.values import Values
from nncalc.spec.words import argument, counted

if TYPE_CHECKING:
    from nncalc.language.definitions import Head

TABLES: Final = ("inputs", "targets", "parameters")
KEYS: Final = ("name", *TABLES, "equations", "output", "batch", "conventions", "training")


def from_equations(root: Node, name: str, reading: Reading, *, rows: bool = False) -> Spec:
    """Return the spec that the document says in equations; inside a batch has its examples in columns, or in `rows`."""
    root.table(KEYS)
    names = Names()
    given: dict[str, Given] = {}
    of: dict[str, list[str]] = {}
    notes: list[str] = []
    batch = _batch(root)
    for table in TABLES:
        of[table] = []
        for key, node in member.members() if (member := root.get(table)) else ():
            quantity = names.take(legal_name(key, node, "key"), node, "key")
            own = values(node, reading.folder)
            numbers = reading.over(own, node, quantity)
            if own.dims == 2 and len(own.rows) == 1 and quantity not in batch and numbers.dims == 1:
                numbers = numbers._replace(dims=2)  # a row as before
            numbers = numbers.listed() if numbers.shape[1] == 1 and quantity not in batch else numbers
            some = numbers.first(reading.most) if quantity in batch else numbers
            given[quantity] = _given(some, batch=quantity in batch, rows=rows)
            of[table].append(quantity)
            notes += remarked(quantity, numbers)
    if reading.anew:
        _agree(given, reading, rows=rows)
    statements, definitions = _statements(root.need("equations"), names)
    inputs, targets, parameters = (tuple(of[table]) for table in TABLES)
    said = output(root, statements)
    for quantity, node in batch.items():
        Node(node.document, node.path, quantity).choice((*given, *statements))
    return Spec(
        root.document.source, name, statements, given, inputs, targets, parameters,
        said or [*statements][-1], frozenset(batch), tuple(notes), document=root.document, assumed=said is None,
        in_rows=rows, definitions=definitions,
    )  # fmt: skip


def _batch(root: Node) -> dict[str, Node]:
    """Return the quantities that hold an example in each column, which files and outputs have one a row."""
    node = root.get("batch")
    if node is None:
        return {}
    if not isinstance(node.value, list):
        raise node.expected("a list of names", 'like `batch = ["x", "yhat"]`')
    return {(part := node.at(place)).name(): part for place in range(len(node.value))}


def _agree(given: dict[str, Given], reading: Reading, *, rows: bool) -> None:
    """Raise Problem (`shape`) where some of the quantities of a batch have another number of examples anew."""
    count = {of: len(each.rows if rows else each.rows[0]) for of, each in given.items() if each.batch}
    anew = [of for of in count if of in reading.anew]
    odd = [of for of in count if anew and count[of] != count[anew[0]]]
    if odd:
        said = f"`{odd[0]}` has {counted(count[odd[0]], 'example')}, and `{anew[0]}` now has {count[anew[0]]}"
        raise Problem(said, Where(argument(anew[0])), f"set `{odd[0]}` as well", "shape")


def _given(numbers: Values, *, batch: bool, rows: bool) -> Given:
    """Return given numbers as they are kept; of a batch an example a column or a row, of a list a number."""
    if not batch or rows:
        return Given(numbers.column(), numbers.dims, batch=batch, path=numbers.node.path)
    turned = numbers.rows if numbers.dims < 2 else transposed(numbers.rows)
    return Given(turned, numbers.dims, batch=True, path=numbers.node.path)


def _statements(node: Node, names: Names) -> tuple[dict[str, Statement], dict[Head, Statement]]:
    """Return the equations by their names, and the definitions of functions among them."""
    statements: dict[str, Statement] = {}
    definitions: dict[Head, Statement] = {}
    for key, equation in node.members():
        head = _head(key, equation)
        if head is not None:
            names.take(head.name, equation, "key")
            definitions[head] = _statement(equation)
            continue
        quantity = names.take(legal_name(key, equation, "key"), equation, "key")
        statements[quantity] = _statement(equation)
    if not statements:
        raise node.problem("at least one equation is needed", 'like `f = "x + y"`')
    return statements, definitions


def _head(key: str, node: Node) -> Head | None:
    """Return the left side of a definition that a key is, None where it is the name of a quantity."""
    if "(" not in key:
        return None
    from nncalc.language.definitions import head_of

    try:
        return head_of(key)
    except Problem as problem:
        raise node.problem(problem.message, problem.hint, problem.code, "key") from None


def _statement(node: Node) -> Statement:
    value = node.value
    if isinstance(value, int | float) and not isinstance(value, bool):
        return Statement(str(getattr(value, "text", value)), node.path, written=False)
    if not isinstance(value, str):
        raise node.expected("an equation in quotes")
    if not value.strip():
        raise node.problem("the equation is empty", 'write its right side, like "x + y"', "syntax")
    if "#" in value and "\n" not in value:
        hint = "the file has comments of its own; put it outside the quotes"
        raise node.problem("`#` inside an equation on one line", hint, "syntax")
    return Statement(value, node.path, written=True)


def output(root: Node, statements: dict[str, Statement]) -> str | None:
    """Return the quantity that the key `output` names, one of the equations', or None if there is no such key."""
    node = root.get("output")
    if node is None:
        return None
    from nncalc.language.alphabet import canonical_name

    name = canonical_name(node.text())
    return name if name in statements else Node(node.document, node.path, name or node.value).choice(statements)


def remarked(name: str, numbers: Values) -> list[str]:
    """Return what was made of a file, and the note that floating point rounds an integer of these, if it does.

    Without a name they are those of a kernel.
    """
    value = numbers.rounded()
    if value is None:
        return [*numbers.notes]
    whose = f"`{name}`" if name else "a kernel"
    said = f"{whose} holds {text_of(value)}, which floating point rounds to {int(float(value))}; --exact keeps it"
    return [*numbers.notes, said]
