r"""The alphabet of MathML Core, which browsers draw by themselves: each text is elements one after the other.

Nothing in a name acts in HTML: its letters are escaped. A new line stands before each sign between operands: `pieces`
are what a browser may part there, outside of any element. Loaded only where HTML is asked for.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import escape

from nncalc.language.alphabet import GREEK, SHORT, layer_of, parted
from nncalc.language.brackets import (
    ATOM,
    FRACTION,
    KRONECKER,
    NEGATIVE,
    OPEN,
    POWER,
    PRODUCT,
    SUM,
    Alphabet,
    Style,
    Text,
    Writer,
    compared,
    hats,
    is_indicator,
    is_layer,
    is_taken,
    kronecker,
    largest,
    ranges_of,
    rows_of,
    slid,
)
from nncalc.language.formula import ACROSS, DOWN, PI, Call, Formula, Name, Num, num
from nncalc.language.indexing import TAKING, entry_of
from nncalc.language.parser import is_number
from nncalc.ops import OPS
from nncalc.ops.elementary import UNKNOWN_FUNCTIONS
from nncalc.ops.kinds import Fence, Function, Infix, Postfix, Prefix

#: Where a line may be broken, and whatever opens or closes an element.
BREAK = "\n"
_TAG = re.compile(r"\n|<(/?)[^>]*?(/?)>")
#: What is taller than a letter, so that brackets around it must grow.
_TALL = ("<mfrac>", "<mtable", "<munder>", "<msqrt>")
#: A text that begins with a digit or a minus, so that a factor before it needs a dot.
_NUMERAL = re.compile(r"(?:<m(?:sup|sub|row)>)*(?:<mn>|<mo[^>]*>−)")
_MINUS = '<mo form="prefix">−</mo>'
_THIN = '<mspace width="0.17em"/>'


def element(tag: str, *parts: str) -> str:
    """Return parts inside an element."""
    return f"<{tag}>{''.join(parts)}</{tag}>"


def pieces(text: str) -> list[str]:
    r"""Return what a text may be parted into, where a line is too short for all of it.

    >>> pieces("<mi>a</mi>\n<mo>+</mo><mrow><mi>b</mi>\n<mo>+</mo><mi>c</mi></mrow>")
    ['<mi>a</mi>', '<mo>+</mo><mrow><mi>b</mi><mo>+</mo><mi>c</mi></mrow>']
    """
    ends, depth = [0], 0
    for found in _TAG.finditer(text):
        if found[0] != BREAK:
            depth += -1 if found[1] else 0 if found[2] else 1
        elif not depth:
            ends.append(found.start())
    return [text[start:end].replace(BREAK, "") for start, end in zip(ends, [*ends[1:], len(text)], strict=True)]


def _one(text: str) -> str:
    """Return a text as one element."""
    return element("mrow", text)


def _letters(text: str) -> str:
    return element("mi", escape(text))


def _infix(sign: str) -> str:
    return f'{BREAK}<mo form="infix">{escape(sign)}</mo>'


def quantity(base: str) -> str:
    """Return the name `base` as MathML spells it.

    >>> quantity("theta1"), quantity("yhat")
    ('<msub><mi>θ</mi><mn>1</mn></msub>', '<mover accent="true"><mi>y</mi><mo stretchy="false">^</mo></mover>')
    """
    if base == "loss":
        return _letters("ℓ")
    over, _, under = base.partition("_")
    letter = _letter(over)
    if letter is not None and (under.isdecimal() or _letter(parted(under)[0]) is not None):
        return element("msub", letter, element("mn", under) if under.isdecimal() else quantity(under))
    stem, digits = parted(base)
    letter_of = _letter(stem)
    if letter_of is None:
        return _letters(base)
    return element("msub", letter_of, element("mn", digits)) if digits else letter_of


def _letter(stem: str) -> str | None:
    """Return one letter of mathematics, or None where `stem` is a word."""
    hatted = _letter(stem.removesuffix("hat")) if stem.endswith("hat") else None
    if hatted is not None:
        return _hat(hatted)
    word = SHORT.get(stem, stem)
    letter = GREEK.get(word, stem)
    return _letters(letter) if len(letter) == 1 else None


def _hat(letter: str) -> str:
    return f'<mover accent="true">{letter}<mo stretchy="false">^</mo></mover>'


def _bracketed(text: str) -> str:
    if any(tall in text for tall in _TALL):
        return element("mrow", "<mo>(</mo>", text, "<mo>)</mo>")
    return f'<mo form="prefix" stretchy="false">(</mo>{text}<mo form="postfix" stretchy="false">)</mo>'


def _number(formula: Num) -> Text:
    if formula.text in (ACROSS, DOWN):
        return element("mo", formula.text), ATOM
    mantissa, mark, exponent = formula.text.lower().partition("e")
    if not mark:
        return element("mn", escape(formula.text)), ATOM
    sign = _MINUS if int(exponent) < 0 else ""
    power = element("msup", element("mn", "10"), _one(sign + element("mn", str(abs(int(exponent))))))
    return (power, POWER) if mantissa == "1" else (f"{element('mn', mantissa)}<mo>·</mo>{power}", PRODUCT)


def _name(formula: Name, style: Style) -> Text:
    if formula.of is not None:
        above, under = _entry_of(formula.of, style), _entry_of(formula, style)
        return ratio(above, under), FRACTION
    return _entry_of(formula, style), POWER if is_layer(formula, style) else ATOM


def ratio(above: str, under: str) -> str:
    """Return the derivative of one text by another."""
    return element("mfrac", _one(f"<mi>∂</mi>{above}"), _one(f"<mi>∂</mi>{under}"))


def slashed(formula: Name, style: Style) -> str:
    """Return a name for a line of words, where a fraction would be too tall."""
    shown = _entry_of(formula, style)
    return shown if formula.of is None else f"<mi>∂</mi>{_entry_of(formula.of, style)}<mo>/</mo><mi>∂</mi>{shown}"


def _entry_of(formula: Name, style: Style, above: str = "") -> str:
    """Return a name or entry with a mark `above` the digits of a layer, leaving aside what it is the derivative of."""
    under = _one(_subscript(formula.index)) if formula.index else ""
    found = layer_of(formula.base)
    if found is not None and is_layer(formula, style):
        stem, digits = found
        layer = _layer(digits, above)
        return element("msubsup", quantity(stem), under, layer) if under else element("msup", quantity(stem), layer)
    shown = _letters(formula.base) if is_taken(formula.base, style) else quantity(formula.base)
    if under and shown.startswith("<msub>"):
        shown = _one(shown)
    return element("msub", shown, under) if under else shown


def _layer(digits: str, above: str = "") -> str:
    return _one(_bracketed(element("mn", digits)) + above)


def _subscript(index: Sequence[int | str]) -> str:
    texts = (quantity(part) if isinstance(part, str) else element("mn", str(part)) for part in index)
    return '<mo separator="true">,</mo>'.join(texts)


def _index(index: Sequence[Formula]) -> str:
    return _one(_subscript([part.base if isinstance(part, Name) else str(part) for part in index]))


def _word(notation: Function) -> str:
    return _letters(notation.unicode or notation.word)


def _sign(notation: Infix | Prefix | Postfix) -> str:
    if isinstance(notation, Prefix):
        return _MINUS
    return element("mo", escape(notation.unicode or notation.sign))


def _joined(writer: Writer, formula: Call, before: str, after: str) -> Text:
    notation = OPS[formula.op].notation
    assert isinstance(notation, Infix)
    if formula.op != "mul":
        return before + _infix(notation.unicode or notation.sign) + after, notation.strength
    if writer.style.dot or _NUMERAL.match(after) or is_number(formula.args[1]):
        return f"{before}{_infix('·')}{after}", notation.strength
    apart = any(map(_is_wide, formula.args)) or before.endswith("<mo>]</mo></mrow>")
    return f"{before}{BREAK}{_THIN if apart else '<mo>&#x2062;</mo>'}{after}", notation.strength


def _is_wide(formula: Formula) -> bool:
    """Return whether a factor begins or ends in what needs room beside another: a word, a matrix, a fraction."""
    while isinstance(formula, Call) and formula.op == "mul":
        formula = formula.args[1]
    if isinstance(formula, Name):
        return formula.of is not None or _letter(parted(formula.base)[0]) is None
    return isinstance(formula, Call) and formula.op in ("column", "matrix", "row", "div")


# -- notations of their own ---------------------------------------------------------------------


def _added(writer: Writer, formula: Call) -> Text:
    text = ""
    for term in formula.args:
        negative = isinstance(term, Call) and term.op == "neg" and bool(text)
        body = term.args[0] if negative and isinstance(term, Call) else term
        text += _infix("−" if negative else "+") if text else ""
        text += writer.held(body, OPEN if text else NEGATIVE)
    return text, SUM


def _fraction(writer: Writer, formula: Call) -> Text:
    above, under = (_without_bar(writer, part) for part in formula.args)
    return element("mfrac", _one(above), _one(under)), FRACTION


def _without_bar(writer: Writer, formula: Formula) -> str:
    """Return what stands in a fraction; a quotient there has no second bar."""
    if isinstance(formula, Call) and formula.op == "div":
        above, under = formula.args
        return f"{writer.held(above, PRODUCT)}<mo>/</mo>{writer.held(under, PRODUCT + 1)}"
    return writer.show(formula)


def _raised(writer: Writer, base: Formula, exponent: str) -> Text:
    return element("msup", _one(writer.held(base, POWER + 1)), _one(exponent)), POWER


def _power(writer: Writer, formula: Call) -> Text:
    return _raised(writer, formula.args[0], writer.show(formula.args[1]))


def _entry_power(writer: Writer, formula: Call) -> Text:
    return _raised(writer, formula.args[0], f"<mo>∘</mo>{writer.held(formula.args[1], POWER)}")


def _above(writer: Writer, formula: Call) -> Text | None:
    return _indicator(compared(writer, formula), "&gt;") if is_indicator(formula) else None


def _largest(writer: Writer, formula: Call) -> Text | None:
    sides = largest(writer, formula)
    return _indicator(sides, "≥") if sides is not None else None


def _indicator(sides: Sequence[str], sign: str) -> Text:
    start, end = '<mo form="prefix" stretchy="false">[</mo>', '<mo form="postfix" stretchy="false">]</mo>'
    return f"<mi>𝟏</mi>{start}{f'<mo>{sign}</mo>'.join(sides)}{end}", ATOM


def _transpose(writer: Writer, formula: Call) -> Text:
    (inner,) = formula.args
    if isinstance(inner, Name) and inner.of is None and is_layer(inner, writer.style):
        return _entry_of(inner, writer.style, "<mi>⊤</mi>"), POWER
    if isinstance(inner, Call) and inner.op == "inv":
        return _raised(writer, inner.args[0], f"{_MINUS}<mi>⊤</mi>")
    if isinstance(inner, Call) and inner.op in ("ones", "zeros"):
        return element("msubsup", *_filled(writer, inner), "<mi>⊤</mi>"), POWER
    return _raised(writer, inner, "<mi>⊤</mi>")


def _inverse(writer: Writer, formula: Call) -> Text:
    return _raised(writer, formula.args[0], f"{_MINUS}<mn>1</mn>")


def _fenced(fence: Fence, text: str) -> str:
    grows = "" if any(tall in text for tall in _TALL) else ' stretchy="false"'
    found = element("mrow", f"<mo{grows}>{fence.left}</mo>", text, f"<mo{grows}>{fence.right}</mo>")
    kind = "mn" if fence.below.isdecimal() else "mi"
    return element("msub", found, element(kind, fence.below)) if fence.below else found


def _kron(writer: Writer, formula: Call) -> Text:
    return kronecker(writer, formula, "<mo>⊗</mo>"), KRONECKER


def _slid(writer: Writer, formula: Call) -> Text | None:
    return slid(writer, formula, "<mo>⋆</mo>")


def _hatted(writer: Writer, formula: Call) -> Text | None:
    inner = hats(formula, writer.style)
    if inner is None:
        return None
    stem, digits = parted(inner.base)
    letter = _letter(stem) or quantity(stem)
    return (element("msup", _hat(letter), _layer(digits)), POWER) if digits else (_hat(letter), ATOM)


def _direct(writer: Writer, formula: Call) -> Text:
    return element("msub", _one(writer.show(formula.args[0]) + "<mo>|</mo>"), "<mtext>direct</mtext>"), ATOM


def _ones(writer: Writer, formula: Call) -> Text:
    return element("msub", *_filled(writer, formula)), ATOM


def _filled(writer: Writer, formula: Call) -> tuple[str, str]:
    """Return the sign of a matrix of ones or zeros, and its sizes."""
    sizes = '<mo form="infix">×</mo>'.join(writer.held(size, PRODUCT + 1) for size in formula.args)
    return f"<mi>{'𝟏' if formula.op == 'ones' else '𝟎'}</mi>", _one(sizes)


def _brackets(writer: Writer, formula: Call) -> Text:
    rows = rows_of(formula)
    columns = [_column(writer, [row[place] for row in rows]) for place in range(len(rows[0]))]
    table = element("mtable", *(element("mtr", *cells) for cells in zip(*columns, strict=True)))
    return element("mrow", "<mo>[</mo>", table, "<mo>]</mo>"), ATOM


def _column(writer: Writer, entries: Sequence[Formula]) -> list[str]:
    """Return the cells of a column: numbers are as wide as each other, their points under each other."""
    parts = [_parts(entry) for entry in entries]
    numbers = [each for each in parts if each]
    if None in parts or not numbers:
        return [element("mtd", writer.show(entry)) for entry in entries]
    minus, whole, after = (max(len(each[place]) for each in numbers) for place in range(3))
    cells: list[str] = []
    for entry, each in zip(entries, parts, strict=True):
        shown = writer.show(entry)
        if each:
            before = _MINUS * (minus - len(each[0])), "0" * (whole - len(each[1]))
            rest = ("" if each[2] else ".")[:after] + "0" * (after - max(len(each[2]), 1))
            shown = _room(before[0] + _digits(before[1])) + shown + _room(_digits(rest))
        cells.append(element("mtd", shown))
    return cells


def _digits(text: str) -> str:
    return element("mn", text) if text else ""


def _room(text: str) -> str:
    """Return as much room as a text takes."""
    return element("mphantom", text) if text else ""


def _parts(entry: Formula) -> tuple[str, str, str] | tuple[()] | None:
    """Return a number as its minus, its units and what follows; nothing of dots, None of what is no such number."""
    if isinstance(entry, Num) and entry.text in (ACROSS, DOWN):
        return ()
    number = entry.args[0] if isinstance(entry, Call) and entry.op == "neg" else entry
    if not (isinstance(number, Num) and number.text.replace(".", "", 1).isdecimal()):
        return None
    units, point, rest = number.text.partition(".")
    return "" if number is entry else "−", units, point + rest


def _part(writer: Writer, formula: Call) -> Text:
    """Write indices and slices below what they are of: A with 1:n and a colon for all."""
    own = entry_of(formula)
    if own is not None:
        return _name(own, writer.style)
    inner, ranges = ranges_of(writer, formula, "<mo>:</mo>")
    below = '<mo separator="true">,</mo>'.join(ranges)
    return element("msub", _one(writer.held(inner, ATOM)), _one(below)), ATOM


def _sum_over(writer: Writer, formula: Call) -> Text:
    index, body, *ends = formula.args
    if ends:
        first, last = map(writer.show, ends)
        below = _one(f"{_index([index])}<mo>=</mo>{first}")
        return f"{element('munderover', '<mo>∑</mo>', below, _one(last))}{writer.held(body, OPEN)}", OPEN
    return f"<munder><mo>∑</mo>{_index([index])}</munder>{writer.held(body, OPEN)}", OPEN


def _over(writer: Writer, formula: Call) -> Text:
    index, body, *_ = formula.args
    word = element("msub", _letters(formula.op.removeprefix("over_")), _index([index]))
    return word + _bracketed(writer.show(body)), ATOM


def _entry(writer: Writer, formula: Call) -> Text:
    whole, *index = formula.args
    called = isinstance(whole, Call) and isinstance(OPS[whole.op].notation if whole.op in OPS else None, Function)
    text = writer.show(whole) if called else _bracketed(writer.show(whole))
    return element("msub", _one(text), _index(index)), ATOM


def _differential(writer: Writer, formula: Call) -> Text:
    (inner,) = formula.args
    letter = isinstance(inner, Name) and inner.of is None and _letter(inner.base.rstrip("0123456789")) is not None
    text = writer.show(inner)
    return f'<mi mathvariant="normal">d</mi>{text if letter else _bracketed(text)}', ATOM


def _derivative(writer: Writer, formula: Call) -> Text:
    of, by = formula.args
    above = writer.show(of) if isinstance(of, Call) and of.op == "entry" else _bracketed(writer.show(of))
    return ratio(above, writer.show(by)), FRACTION


def _generic(writer: Writer, formula: Call) -> Text:
    inner, called, order = formula.args
    word = quantity(UNKNOWN_FUNCTIONS[int(str(called))])
    primes = f"<mo>{'′' * int(str(order))}</mo>"
    return writer.called(element("msup", word, primes) if order is not num(0) else word, (inner,)), ATOM


def _delta(_: Writer, formula: Call) -> Text:
    return element("msub", "<mi>δ</mi>", _index(formula.args)), ATOM


MATHML = Alphabet(
    number=_number,
    name=_name,
    word=_word,
    sign=_sign,
    bracketed=_bracketed,
    joined=_joined,
    special={
        "add": _added,
        "div": _fraction,
        "pow": _power,
        "hpow": _entry_power,
        "transpose": _transpose,
        "above": _above,
        "is_largest": _largest,
        "half_turns": lambda _, formula: ("<mi>π</mi>", ATOM) if formula is PI else None,
        "inv": _inverse,
        "kron": _kron,
        "conv2d": _slid,
        "intercept": _hatted,
        "trim": _hatted,
        "ones": _ones,
        "zeros": _ones,
        "column": _brackets,
        "generic": _generic,
        "row": _brackets,
        "matrix": _brackets,
        **dict.fromkeys(TAKING, _part),
        **{f"over_{op.name}": _over for op in OPS.values() if op.runs},
        "over_sum": _sum_over,
        "entry": _entry,
        "differential": _differential,
        "derivative": _derivative,
        "delta": _delta,
        "direct": _direct,
    },
    pattern=lambda notation: notation.mathml,
    fenced=_fenced,
    comma='<mo separator="true">,</mo>',
    equals="<mo>=</mo>",
    each=lambda over: f"<mtext>each {over.removesuffix('s')}</mtext>",
)
