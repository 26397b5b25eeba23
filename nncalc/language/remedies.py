"""What people write elsewhere, and what it is here: the hints of messages about text. Loaded only to refuse.

Knows words and signs of other languages (MATLAB, NumPy, LaTeX, the blackboard), no grammar.
"""

from __future__ import annotations

import re
import string
import unicodedata
from collections.abc import Collection, Sequence
from functools import cache
from typing import TYPE_CHECKING, NoReturn

from nncalc.language.alphabet import GREEK
from nncalc.language.formula import Call, Formula, Name, Num, is_call, parts
from nncalc.language.indexing import counted
from nncalc.ops import FUNCTIONS, OPS, OVER
from nncalc.ops.kinds import Function, Operation
from nncalc.problems import Problem, Span, nearest

if TYPE_CHECKING:
    from nncalc.language.tokens import Token

POSTFIX = frozenset({"'", ".T", "ᵀ"})
TRANSPOSE = "the transpose is written `x'` or `x.T`"
#: Functions of other languages; `{0}` is the first argument, `{1}` the second.
_FUNCTIONS = {
    "trace": "the trace is `tr({0})`",
    "transpose": "the transpose is `{0}'`",
    "T": "the transpose is `{0}'`",
    "t": "the transpose is `{0}'`",
    "inverse": "the inverse is `inv({0})`",
    "pinv": "with full column rank it is `inv({0}'*{0})*{0}'`",
    "determinant": "the determinant is `det({0})`",
    "norm": "`norm2({0})` is the Euclidean (of a matrix the Frobenius) norm, `norm1({0})` the sum of absolute values",
    "sqnorm": "the squared norm is `norm2({0})^2`",
    "ln": "the natural logarithm is `log({0})`",
    "expm": "the exponential of a matrix is no function here; `exp({0})` takes that of each entry",
    "logm": "the logarithm of a matrix is no function here; `log({0})` takes that of each entry",
    "sqrtm": "the square root of a matrix is no function here; `sqrt({0})` takes that of each entry",
    "argmax": "an index has no derivative; `softmax({0})` is its smooth form",
    "argmin": "an index has no derivative; `softmax(-{0})` is its smooth form",
    "dot": "the inner product is `{0}'*{1}`",
    "matmul": "the product is `{0}*{1}`",
    "mul": "the product is `{0}*{1}`",
    "multiply": "the product entry by entry is `{0}.*{1}`",
    "hadamard": "the product entry by entry is `{0}.*{1}`",
    "divide": "the quotient entry by entry is `{0}./{1}`",
    "solve": "the solution is `inv({0})*{1}`",
    "pow": "the power is `{0}^{1}`, entry by entry `{0}.^{1}`",
    "power": "the power is `{0}^{1}`, entry by entry `{0}.^{1}`",
    "sqr": "the square is `{0}^2`, entry by entry `{0}.^2`",
    "identity": "the identity matrix is `eye({0})`",
    "average": "the mean of all entries is `mean({0})`",
    "avg": "the mean of all entries is `mean({0})`",
    "sgn": "the sign is `sign({0})`",
    "heaviside": "`step({0})` is 1 where its argument is positive",
    "mse": "the mean of the squared differences is `mean(({0} - {1}).^2)`",
    "mse_loss": "the mean of the squared differences is `mean(({0} - {1}).^2)`",
    "rmse": "the root of their mean square is `sqrt(mean(({0} - {1}).^2))`",
    "sse": "the sum of the squared differences is `norm2({0} - {1})^2`",
    "mae": "the mean of the absolute differences is `mean(abs({0} - {1}))`",
    "l1_loss": "the mean of the absolute differences is `mean(abs({0} - {1}))`",
    "l1": "the sum of absolute values is `norm1({0})`",
    "l2": "the Euclidean norm is `norm2({0})`, its square `norm2({0})^2`",
    "sumsq": "the sum of squares is `norm2({0})^2`",
    "sum_squares": "the sum of squares is `norm2({0})^2`",
    "quad_form": "the quadratic form is `{0}'*{1}*{0}`",
    "mm": "the product is `{0}*{1}`",
    "mv": "the product is `{0}*{1}`",
    "bmm": "the product of each example is `{0}*{1}`, of one at a time",
    "einsum": "products are `{0}*{1}`, `{0}.*{1}` and `inner({0}, {1})`; any other sum over an index is written out",
    "tensordot": "products are `{0}*{1}`, `{0}.*{1}` and `inner({0}, {1})`; any other sum over an index is written out",
    "rsqrt": "it is `1/sqrt({0})`",
    "sec": "the secant is `1/cos({0})`",
    "csc": "the cosecant is `1/sin({0})`",
    "cosec": "the cosecant is `1/sin({0})`",
    "cot": "the cotangent is `1/tan({0})`",
    "ctg": "the cotangent is `1/tan({0})`",
    "sech": "it is `1/cosh({0})`",
    "coth": "it is `1/tanh({0})`",
    "ceil": "the least whole number that is no less is `-floor(-{0})`",
    "ceiling": "the least whole number that is no less is `-floor(-{0})`",
    "logit": "the logit is `log({0} / (1 - {0}))`",
    "entropy": "the entropy is `-sum(xlogy({0}, {0}))`",
    "satlin": "it is `clamp({0}, 0, 1)`",
    "if": "`where(c, a, b)` is a where c holds, else b",
    "piecewise": "`where(c, a, b)` is a where c holds, else b",
    "conv": "a kernel slides over a picture in `conv2d({0}, {1})`, over a line in `conv1d({0}, {1})`",
    "conv2": "a kernel slides over a picture in `conv2d({0}, {1})`",
    "convolve": "a kernel slides over a line in `conv1d({0}, {1})`",
    "correlate": "a kernel slides over a line in `conv1d({0}, {1})`",
    "maxpool": "the largest of each window is `max_pool2d({0})`",
    "avgpool": "the mean of each window is `avg_pool2d({0})`",
    "size": "a size is written as a number; `examples` is that of a batch, in a spec",
    "length": "a size is written as a number; `examples` is that of a batch, in a spec",
    "numel": "a size is written as a number; `examples` is that of a batch, in a spec",
    "shape": "a size is written as a number; `examples` is that of a batch, in a spec",
    "reshape": "`vec({0})` puts the columns of a matrix under each other; there is no other reshaping",
    "median": "there is no median here",
    "sort": "there is no sorting here",
    "eig": "there are no eigenvalues here",
    "svd": "there are no singular values here",
    "rank": "there is no rank here",
    "dropout": "it is a layer of a spec, of the type dropout",
    "grad": "derivatives are printed by nncalc backward and by nncalc derive",
    "gradient": "derivatives are printed by nncalc backward and by nncalc derive",
    "diff": "derivatives are printed by nncalc backward and by nncalc derive",
    "detach": "what is no parameter is not trained; `--wrt` says by what to differentiate",
    "stop_gradient": "what is no parameter is not trained; `--wrt` says by what to differentiate",
    "logistic": "the logistic function is `sigmoid({0})`",
    "sigma": "the logistic function is `sigmoid({0})`",
    "expit": "the logistic function is `sigmoid({0})`",
    "logsumexp": "log(sum(exp(x))) is `lse({0})`",
    "diagonal": "`dg({0})` is the diagonal of a matrix, `diag({0})` the matrix with a given diagonal",
    "Σ": "the sum of all entries is `sum({0})`",
    "not": "what does not hold is 1 less the comparison: `1 - ({0})`",
}
#: Words that stand alone in other languages.
_NAMES = {
    "T": TRANSPOSE,
    "t": TRANSPOSE,
    "I": "the identity of size n is `eye(n)`",
    "e": "e to the power x is `exp(x)`",
    "end": "the last of n entries is `x[n]`",
    "inf": "there is no infinity here",
    "nan": "there is no NaN here",
}
#: What functions stand in elsewhere.
_MODULE = re.compile(r"\b(torch|nn|F|functional|np|numpy|math|jax|jnp|lax|tf|keras|activations|scipy|special|sp)$")
_METHODS = {
    "t": TRANSPOSE,
    "transpose": TRANSPOSE,
    "mT": TRANSPOSE,
    "I": "the inverse is `inv(A)`",
    "inv": "the inverse is `inv(A)`",
    "dot": "the product is written with `*`",
}
#: What is written for words and signs of logic.
_BOTH = "both hold where their product is 1: `(a > 0) * (b > 0)`, entry by entry `(a > 0) .* (b > 0)`"
_EITHER = "one of them holds where `max(a > 0, b > 0)` is 1"
_NOT = "what does not hold is 1 less the comparison: `1 - (a > 0)`"
_LOGIC = {
    **dict.fromkeys(("and", "∧"), _BOTH),
    **dict.fromkeys(("or", "∨"), _EITHER),
    **dict.fromkeys(("if", "?"), "`where(c, a, b)` is a where c holds, else b"),
}


_SIGNS = {
    "%": "the remainder is `mod(x, y)`",
    "~": _NOT,
    "’": "the transpose is `'`",
    "‘": "the transpose is `'`",
    "`": "the transpose is `'`",
    "⊤": TRANSPOSE,
    "†": TRANSPOSE,
    "{": "group with `(` and `)`",
    "}": "group with `(` and `)`",
    '"': "text has no place in a formula",
    "∘": "the product entry by entry is `.*`",
    "○": "the product entry by entry is `.*`",
    "⋅": "the product is `*`",
    "∙": "the product is `*`",
    "•": "the product is `*`",
    "÷": "the quotient is `/`",
    "√": "the square root is `sqrt(x)`",
    "$": "a formula is written without `$`",
    "&": _BOTH,
    "¬": _NOT,
    "_": "a name begins with a letter",
    ":": "a slice stands in brackets behind what it is of: `x[2:3]`, `A[1,:]`",
}
#: Signs that are read on paper, and what stands for them here.
_PAPER = {
    "‖": "`norm2(x)` is the Euclidean norm, `norm1(x)` the sum of absolute values",
    "⌊": "`floor(x)` is the next whole number below",
    "⟨": "an inner product is written `x'*y`, of matrices `inner(A, B)`",
    "⟩": "an inner product is written `x'*y`, of matrices `inner(A, B)`",
    "⊗": "the Kronecker product is `kron(A, B)`",
    "⋆": "a kernel slides over a picture in `conv2d(x, K)`",
    "⁻¹": "the inverse is `inv(A)`, of a number `1/x`",
    "⁻ᵀ": "the inverse transposed is `inv(A)'`",
    "∑": "the sum of all entries is `sum(x)`",
}
_BARS = (
    "`abs(x)` is the absolute value, `det(A)` the determinant",
    "`norm2(x)` is the Euclidean norm, `norm1(x)` the sum of absolute values",
)


def unreadable(text: str, position: int) -> str | None:
    """Return the remedy for a character that begins no token."""
    character = text[position]
    before, after = text[:position].rstrip(), text[position + 1 :]
    word = _leading_word(after)
    if character == "\\":
        if before.endswith("^{") and word in ("top", "intercal"):
            return TRANSPOSE
        return _backslash(before, word)
    if character == ".":
        if before.endswith("*"):
            return "the product entry by entry is `.*`"
        if word and _MODULE.search(before):
            return _alone(after)
        if word:
            return _METHODS.get(word) or f"a function is written before what it acts on: `{word}(...)`"
        return "a point belongs to a number, or begins `.*`, `./`, `.^` or `.T`"
    if character == "!":
        return _exclamation(before, after)
    return _SIGNS.get(character)


def _exclamation(before: str, after: str) -> str:
    """Return the remedy for `!`, which is a factorial behind a value, and denies what is after it.

    >>> _exclamation("", "x"), _exclamation("x", "= y"), _exclamation("n", " + 1")[:20]
    ('what does not hold is 1 less the comparison: `1 - (a > 0)`', '`a != b` is `1 - (a == b)`', 'the factorial of n i')
    """
    if after.startswith("="):
        return "`a != b` is `1 - (a == b)`"
    return (
        "the factorial of n is `exp(lgamma(n + 1))`" if before[-1:].isalnum() or before.endswith((")", "]")) else _NOT
    )


def _alone(after: str) -> str:
    """Return the remedy for a function with the module that it is in elsewhere, of which `after` is the rest.

    >>> _alone("nn.functional.relu(x)"), _alone("fft(x)")
    ('a function is called by its name alone: `relu(...)`', 'there is no `fft` here; `nncalc ops` lists what there is')
    >>> _alone("dot(x, y)")
    "the inner product is `x'*y`"
    """
    last = after[: len(after) - len(after.lstrip(string.ascii_letters + string.digits + "_."))].rpartition(".")[2]
    if last.lower() == "linear":  # which is the identity here
        return 'it is `W*x + b`, in a spec a layer `type = "dense"`'
    op = FUNCTIONS.get(last) or FUNCTIONS.get(called(last) or "")
    if op is not None and op.loss is None and _letters(op.name) == _letters(last):
        return f"a function is called by its name alone: `{op.name}(...)`"
    return here(last, ("x", "y")) or f"there is no `{last}` here; `nncalc ops` lists what there is"


def _leading_word(text: str) -> str:
    end = next((place for place, c in enumerate(text) if not (c.isalnum() or c == "_")), len(text))
    return text[:end] if text[:1].isalpha() else ""


def _backslash(before: str, word: str) -> str:
    if word in GREEK or (word and not (before[-1:].isalnum() or before.endswith((")", "]", "'")))):
        return f"LaTeX is not read; write `{word}`" if word in GREEK or word in OPS else "LaTeX is not read"
    return "the solution of A*x = b is `inv(A)*b`"


def misplaced(before: Sequence[Token], after: Sequence[Token]) -> str | None:
    """Return the remedy for the first token of `after`, where the formula in `before` was over."""
    token = after[0]
    text = token.text
    summed = _over_index(before, after)
    if summed is not None:
        return summed
    if text in _LOGIC:
        return _LOGIC[text]
    if before and before[-1].text == "not":
        return _NOT
    ended = bool(before) and (before[-1].kind != "sign" or before[-1].text in {")", "]", *POSTFIX})
    if ended and (token.kind in ("number", "word", "sub", "sup") or text in ("(", "[")):
        if token.kind == "sub":
            return None
        if before[-1].text in OPS and before[-1].kind == "word":
            return f"a function has its argument in brackets: `{before[-1].text}({_opening(after)})`"
        return f"multiplication is not implied: write `{_factor(before)}*{_factors(_opening(after))}`"
    if text == "=":
        return "the part before `=` belongs to the name of the equation"
    if text == ";":
        return "one formula at a time; the rows of a matrix are lists, [[1, 2], [3, 4]]"
    if text == "|":
        return _EITHER if after[1].text == "|" else _BARS[0]
    return _PAPER.get(text) or _SIGNS.get(text)


def _factors_of(after: Sequence[Token]) -> list[Token]:
    """Return the tokens up to the next term, or the end of the brackets that hold them."""
    found: list[Token] = []
    level = 0
    for token in after[:-1]:  # the last is the end
        level += (token.text in ("(", "[")) - (token.text in (")", "]"))
        if level < 0 or (not level and token.text in ("+", "-", ",", "=")):
            break
        found.append(token)
    return found


def _over_index(before: Sequence[Token], after: Sequence[Token]) -> str | None:
    """Return how `sum_i x_i*log(x_i)` is written: `sum(i, x[i]*log(x[i]))`."""
    last = before[-1] if before else after[0]
    if last.kind == "word" and last.text[0] == "Σ" and len(last.text) == 2:
        return "a sum over an index is written `sum(i, x[i])`"
    braced = last.text == "sum_" and after[0].text == "{"
    index = after[1].text if braced else last.text.removeprefix("sum_")
    if last.kind != "word" or not last.text.startswith("sum_") or len(index) != 1:
        return None
    body = ""
    for token in _factors_of(after[3:] if braced else after):
        stem, found, rest = token.text.rpartition("_")
        taken = token.kind == "word" and found and index in rest
        body += f"{stem}[{','.join(rest)}]" if taken else token.text
    return f"a sum over an index is written `sum({index}, {body})`"


def chained(one: str, other: str) -> str:
    """Return what is meant by `a < b < c`."""
    return f"both hold where their product is 1: `(a {one} b) * (b {other} c)`"


def place(formula: Formula, span: Span) -> Formula:
    """Return an index: a whole number, or a letter, or a sum or product of these; raise Problem (`syntax`)."""
    for part in parts(formula):
        whole = isinstance(part, Name) or (isinstance(part, Num) and part.text.isdecimal())
        if not whole and not (isinstance(part, Call) and part.op in ("add", "mul", "neg")):
            raise Problem(
                "an index is a whole number", span, "or a letter that is one, or a sum such as `n + 1`", "syntax"
            )
    found = counted(formula)
    if is_call(found, "neg"):
        raise Problem(
            "an index is not negative", span, "indices count from 1; the last of n entries is `x[n]`", "syntax"
        )
    return found


def no_index(token: Token, opened: Token, before: Sequence[Token], after: Sequence[Token]) -> NoReturn:
    """Raise Problem (`syntax`) at what ends an index where `]` should."""
    if token.text == ":":
        raise Problem("a slice has two ends, no step", token.span, "`x[2:5]` takes 2, 3, 4 and 5", "syntax")
    found = f"`{token.text}`" if token.text else "the end"
    raise Problem(f"expected `]`, found {found}", token.span, unclosed(opened, before, after), "syntax")


def unclosed(opened: Token, before: Sequence[Token], after: Sequence[Token]) -> str | None:
    """Return the remedy for the first token of `after`, which does not close what `opened` did."""
    if opened.text == "[" and after[0].kind in ("number", "word") and before[-1].kind in ("number", "word"):
        return "entries are separated by commas: `[1, 2]`"
    if opened.text == "[" and after[0].text == ";":
        return "a column is written `[1, 2]`, a matrix `[[1, 2], [3, 4]]`"
    if after[0].kind != "end" and after[0].text not in (")", "]", ","):
        return misplaced(before, after)
    return f"`{opened.text}` at column {opened.start + 1} is not closed"


def valueless(after: Sequence[Token]) -> str:
    """Return the remedy for a token that stands where a value is expected."""
    text = after[0].text
    if text == "<":
        return _PAPER["⟨"]
    if text == "|":
        return _BARS[len(after) > 1 and after[1].text == "|"]
    return _PAPER.get(text) or _SIGNS.get(text, "a value is expected here")


def _factor(before: Sequence[Token]) -> str:
    """Return the last factor of what was read, as short as it can be told."""
    start = len(before) - 1
    while start and (before[start].text in POSTFIX or before[start].kind == "sup"):
        start -= 1
    brackets = {")": "(...)", "]": "[...]"}
    return brackets.get(before[start].text, before[start].text) + "".join(each.text for each in before[start + 1 :])


def _opening(after: Sequence[Token]) -> str:
    return {"(": "(...)", "[": "[...]"}.get(after[0].text, after[0].text)


def _factors(word: str) -> str:
    """Return a word of two letters as the product that it is on a board, where it begins with a capital: Ax."""
    return "*".join(word) if len(word) == 2 and word.isalpha() and word[0].isupper() else word


def function(word: str, args: Sequence[str], names: Collection[str], known: Collection[str]) -> str | None:
    """Return the remedy for a function that there is not, called with `args`."""
    if word in names:
        entry = f", entry {args[0]} is `{word}[{args[0]}]`" if len(args) == 1 and args[0].isdecimal() else ""
        return f"a product is written `{_times(word, args)}`{entry}"
    found = here(word, args)
    if found is not None:
        return found
    meant = nearest(word, known) if len(word) > 1 else None
    if meant is not None:
        return f"did you mean `{meant}`?"
    return f"a product is written `{_times(word, args)}`" if len(word) == 1 else None


def here(word: str, args: Sequence[str]) -> str | None:
    """Return what a function of another language is here, with what it was called with.

    >>> here("rsqrt", ("x",)), here("lrelu", ("x",)), here("foo", ())
    ('it is `1/sqrt(x)`', 'here it is `leaky_relu`', None)
    >>> here("bce", ("p", "y"))[-75:]
    'from probabilities p; `bce` is this loss of a spec, with reduction = "mean"'
    """
    said = _FUNCTIONS.get(word) or _FUNCTIONS.get(word.lower())
    if said is not None:
        filled = [_grouped(arg) if f"({{{place}}})" not in said else arg for place, arg in enumerate(args)]
        return said.format(*[*filled, "x", "y"][:2] if not args else [*filled, "y"])
    loss = _loss(word)
    if loss is not None:
        keys = _keys(loss, word)
        means = f"; `{word}` is this loss of a spec, with {keys}" if keys else ""
        return f"`{loss}({', '.join(OPS[loss].args)})` is {OPS[loss].summary}{means}"
    meant = called(word)
    if meant is None:
        return None
    return f"did you mean `{meant}`?" if _letters(meant) == _letters(word) else f"here it is `{meant}`"


@cache
def called(word: str) -> str | None:
    """Return what a function is called here that goes by `word` in a library, whose signs do not matter.

    >>> called("LogSoftmax"), called("hardtanh"), called("siren"), called("reluLayer"), called("foo")
    ('log_softmax', 'hard_tanh', 'sine', 'relu', None)
    """
    words = {_letters(word), _letters(word).removesuffix("layer")}
    return next((each for each, op in FUNCTIONS.items() if words & {*map(_letters, (each, *op.elsewhere))}), None)


def _letters(word: str) -> str:
    return word.replace("_", "").lower()


def loss_elsewhere(word: str) -> str | None:
    """Return what a loss of a library is called here, and with which keys of a spec it is the same.

    >>> loss_elsewhere("torch.nn.functional.mse_loss"), loss_elsewhere("HuberLoss"), loss_elsewhere("x")
    ('`squared_error`, with factor = 1, reduction = "mean"', '`huber`', None)
    """
    name = _loss(word)
    if name is None:
        return None
    keys = _keys(name, word)
    return f"`{name}`, with {keys}" if keys else f"`{name}`"


def _keys(name: str, word: str) -> str:
    """Return the keys of a spec with which a loss is what a library calls `word`."""
    loss = OPS[name].loss
    return next((loss.elsewhere[each] for each in _plain(word) if each in loss.elsewhere), "") if loss else ""


def _loss(word: str) -> str | None:
    """Return the loss that a library calls so."""
    plain = _plain(word)
    losses = [op for op in OPS.values() if op.loss is not None]
    found = [op.name for op in losses if op.loss is not None and not op.loss.elsewhere.keys().isdisjoint(plain)]
    return next(iter([*found, *(op.name for op in losses if not {*plain}.isdisjoint(_plain(op.name)))]), None)


def _plain(word: str) -> tuple[str, str]:
    """Return a loss's name in small letters, without the module before it, and that without `loss` after it."""
    letters = word.rpartition(".")[2].replace("_", "").replace("-", "").replace(" ", "").casefold()
    return letters, letters.removesuffix("loss")


def _times(word: str, args: Sequence[str]) -> str:
    return f"{word}*{args[0] if len(args) == 1 and args[0].isalnum() else '(...)'}"


def _grouped(arg: str) -> str:
    return arg if arg.isalnum() else f"({arg})"


def no_name(text: str) -> str | None:
    """Return the remedy for a word that is no name: a fraction in one sign is two numbers.

    >>> no_name("½"), no_name("x½"), no_name("a-b")
    ('`½` is `1/2`', '`½` is `1/2`', None)
    """
    sign = next((c for c in text if not c.isdigit() and unicodedata.category(c) == "No"), None)
    if sign is None:
        return None
    over, under = unicodedata.numeric(sign).as_integer_ratio() if sign in "¼½¾" else (0, 0)
    return f"`{sign}` is `{over}/{under}`" if under else f"`{sign}` is written in digits, as a quotient such as `1/3`"


def unknown_name(word: str) -> str | None:
    """Return the remedy for a name that is a notation elsewhere, or an index."""
    if word in ("i", "j", "k", "l"):
        return f"an index runs within a sum, `sum({word}, x[{word}])`"
    return _NAMES.get(word)


def no_lines(op: Operation | None, word: Token, value: Token) -> Problem:
    """Return the problem with a setting that says of which lines an operation is one: `axis=1`, `over="row"`."""
    called = op.notation.word if op is not None and isinstance(op.notation, Function) else ""
    if op is None or (op.name, "rows") not in OVER:
        lines = ", ".join(
            dict.fromkeys(base for base, _ in OVER if OPS[base].summary and "_" not in base.replace("log_", ""))
        )
        hint = "it acts on each entry by itself" if op is not None and op.entrywise else f"it is a setting of {lines}"
        return Problem(f"`{called}` has no setting `{word.text}`", word.span, hint, "name")
    if word.text.startswith("keepdim"):
        hint = "a number for each row is a column already, one for each column a row"
        return Problem(f"`{called}` has no setting `{word.text}`", word.span, hint, "name")
    if word.text != "over":
        return Problem(f"`{called}` has no setting `{word.text}`", word.span, _LINES_SAID, "name")
    near = nearest(value.text.strip('"'), ("rows", "columns"))
    hint = f'did you mean `over="{near}"`?' if near else _LINES_SAID
    return Problem('`over` is "rows" or "columns"', value.span, hint, "syntax")


_LINES_SAID = '`over="rows"` is of each row, NumPy\'s axis=1; `over="columns"` of each column, axis=0'
