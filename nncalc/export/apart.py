"""Functions that stand before a program: operations that a library has no word for, or differentiates otherwise."""

from __future__ import annotations

import textwrap
from functools import reduce
from typing import TYPE_CHECKING

from nncalc.export.entries import Entries
from nncalc.graph.calculus import arguments, share_of
from nncalc.graph.rules import computed, filled, letters, rule, size_names, switched
from nncalc.graph.shapes import Shapes
from nncalc.graph.sizes import SCALAR, signature, sized_pair
from nncalc.language.alphabet import in_ascii
from nncalc.language.formula import Call, Name, call, is_call, literal, name, names_in, replace
from nncalc.ops import OPS
from nncalc.ops.kinds import Form, Operation
from nncalc.sheet.compiled import careful

if TYPE_CHECKING:
    from nncalc.export.words import Words

#: How wide lines of words and numbers are.
WIDTH = 110
_ANY = signature("m n -> m n")[1]


def helper(word: str, op: Operation, form: Form | None, words: Words) -> str:
    """Return the text of a function of an operation, in one of its forms, by its meaning or entry by entry."""
    names = letters(op)
    pairs = signature(form.shapes)[0] if form is not None else [_ANY] * len(op.args)
    shapes = Shapes(dict.fromkeys(names, SCALAR))
    for each, pair in zip(names, pairs, strict=False):
        shapes.name(each, sized_pair(pair))
    inside = type(words)(names, shapes, words.library, words)
    own = words.library.own(op)
    inside.help_with(own)
    if own or computed(op):
        body = own or inside.text(words.whole_sides(rule(computed(op))))
    else:
        assert form is not None
        body = Entries(inside, form).text()
    defaults = [""] * len(op.args) + [f"={inside.array(literal(default))}" for default in op.settings.values()]
    given = [f"{inside.arguments[each]}{default}" for each, default in zip(names, defaults, strict=True)]
    sizes = [f"    {size} = {inside.measured(letter)}" for letter, size in inside.sizes.items()]
    return "\n".join([f"def {word}({', '.join(given)}):", _about(op), *sizes, f"    return {body}", ""])


def _about(op: Operation) -> str:
    """Return the docstring of a function of an operation, with what its spelling is for; broken where it is long."""
    why = "; spelled against overflow and lost digits" if "out" in op.careful else ""
    return textwrap.indent("\n".join(textwrap.wrap(f'"""Return {op.summary}{why}."""', WIDTH)), "    ")


def lettered(formula: Call, shapes: Shapes) -> tuple[Call, list[Name]]:
    """Return a call with a letter for each argument that is no number, and those letters."""
    op, args = OPS[formula.op], arguments(formula, shapes)
    several = op.variadic or args != formula.args
    words = [f"x{place}" for place in range(1, 1 + len(args))] if several else [*op.args, *op.settings]
    given = [name(word) if names_in(arg) else arg for word, arg in zip(words, args, strict=True)]
    made = reduce(lambda one, other: call(formula.op, one, other), given) if args != formula.args else None
    made = call(formula.op, *given) if made is None else made
    assert isinstance(made, Call)
    return made, [arg for arg in given if isinstance(arg, Name)]


def whole(word: str, made: Call, words: Words) -> str:
    """Return the text of a function of an operation, its numbers in it."""
    given = ", ".join(words.arguments.values())
    return "\n".join([f"def {word}({given}):", _about(OPS[made.op]), f"    return {_body(made, words)}", ""])


def ruled(word: str, made: Call, words: Words) -> str:
    """Return the text of a function whose slopes are those of the table."""
    g = name("g")
    lines = [f"    lambda {', '.join(words.arguments.values())}: {_body(made, words)},"]
    words.shapes.name(g, words.shapes.of(made))
    for place, arg in enumerate(arguments(made, words.shapes)):
        if isinstance(arg, Name):
            back = words.beside(g)
            share = share_of(made, place, g, made, words.shapes, careful)
            text = "0" if is_call(share, "zeros") else back.text(share)
            text = text if names_in(share) else f"{words.library.word}.full_like({back.arguments[arg]}, {text})"
            lines.append(f"    lambda {', '.join(back.arguments.values())}: {text},")
    chosen = switched(OPS[made.op], words.shapes.switches)
    about = in_ascii(chosen[1] if chosen is not None else OPS[made.op].summary)
    return "\n".join([f"{word} = _ruled(  # {about}", *lines, ")", ""])


def _body(made: Call, words: Words) -> str:
    """Return the text of what an operation is: as the library writes it, or else by its meaning."""
    op = OPS[made.op]
    if made.op in words.library.written or not computed(op):
        return words.as_it_is(made)
    sizes = size_names(words.shapes.form(made)[1]) if op.forms else {}
    return words.text(words.whole_sides(replace(filled(computed(op), made), sizes)))
