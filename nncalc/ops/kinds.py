"""What an entry of the operation table says. Data only: nothing here parses or computes.

Every rule is text in nncalc's own language. In a rule an argument's name stands for the
argument, `g` for the gradient that arrives, `out` for the operation's result, and a letter
of the shape signature for that size.
"""

from collections.abc import Mapping
from enum import Enum
from typing import Literal, NamedTuple, TypeAlias


class Flat(Enum):
    """Why an argument has no derivative rule of its own in the table."""

    CONSTANT = "the result does not change with it, wherever it changes at all"
    DATA = "a label or a count, which is never differentiated"
    UNROLLED = "no one formula serves every exponent; `calculus` writes it out for the one at hand"


CONSTANT = Flat.CONSTANT
DATA = Flat.DATA
UNROLLED = Flat.UNROLLED

Rule: TypeAlias = str | Flat

#: f(-x) is -f(x), or f(x), or 1 - f(x), or something else.
Parity: TypeAlias = Literal["odd", "even", "complement", ""]


class Function(NamedTuple):
    """Written `word(x, y)`; `unicode` and `latex` are other spellings of the word, `also` other ASCII words for it."""

    word: str
    unicode: str = ""
    latex: str = ""
    also: tuple[str, ...] = ()


class Infix(NamedTuple):
    """Written between its arguments; the stronger binds tighter. `also` are other ASCII spellings."""

    sign: str
    strength: int
    unicode: str = ""
    latex: str = ""
    also: tuple[str, ...] = ()
    right: bool = False


class Prefix(NamedTuple):
    """Written before its argument."""

    sign: str
    strength: int
    unicode: str = ""
    latex: str = ""


class Postfix(NamedTuple):
    """Written after its argument."""

    sign: str
    strength: int
    unicode: str = ""
    latex: str = ""
    also: tuple[str, ...] = ()


Notation: TypeAlias = Function | Infix | Prefix | Postfix


class Case(NamedTuple):
    """One published or hand-computed value: arguments as formulas, and what comes out."""

    args: str
    gives: float


class Form(NamedTuple):
    """How an operation acts on arguments of one kind of shape.

    `shapes` is a signature such as `m n, n p -> m p`, or a word: `numbers` for any count of
    scalars to a scalar, `sizes` for a shape that the arguments say (`sized` names it), `entries` for brackets.
    A size of a result may be a product of letters, `m*p`. `gradient` gives each argument's share of `g`; `element`
    says entry [i,j] of the result, with `sum(k, ...)` for a sum over an index; where that is empty, as entries are
    only arranged, `general` says it with `delta(i, j)`, 1 where the indices are equal, else 0.
    """

    shapes: str
    gradient: Mapping[str, Rule]
    element: str
    sized: str = "m n"
    general: str = ""


class Kink(NamedTuple):
    """Where an operation has no derivative, and the convention that decides there.

    `where` is a formula of the arguments that is zero at the kink, or `out` where the result is zero there; `says`
    names the convention.
    """

    where: str
    says: str


class Operation(NamedTuple):
    """One operation, whole.

    Exactly one of `slope` and `forms` is given: an elementwise operation acts on each
    entry, a scalar argument meeting every entry of the others, and `slope` is its
    derivative by each argument; anything else lists its forms, the first that fits wins.
    `value` names the function that `run` binds. `careful` offers a numerically better
    spelling of a rule (key: the argument) or of the value (key: `out`), used where the
    textbook spelling loses digits; `shorter` a spelling that is equal for some numbers only,
    used where it is. `fused` says which operation computes this one after
    another: cross-entropy after softmax is `cross_entropy_logits`. `square` says what the square of the result
    is, where that is simpler than the result: of a norm, a sum of squares. A `partial` operation has no
    value for some arguments, or one too large, so 0 times it is not left out as 0. `parity` says of a function
    of one number what a minus before the number does, `never_negative` that no entry of the result is below 0.
    """

    name: str
    args: tuple[str, ...]
    value: str
    notation: Notation
    summary: str
    slope: Mapping[str, Rule] | None = None
    forms: tuple[Form, ...] = ()
    element: str = ""
    meaning: str = ""
    careful: Mapping[str, str] | None = None
    shorter: Mapping[str, str] | None = None
    fused: Mapping[str, str] | None = None
    square: str = ""
    kink: Kink | None = None
    exact: bool = False
    partial: bool = False
    variadic: bool = False
    parity: Parity = ""
    never_negative: bool = False
    cases: tuple[Case, ...] = ()


def elementwise(  # noqa: PLR0913 -- an operation is all of this
    name: str,
    args: str,
    *,
    slope: Mapping[str, Rule],
    summary: str,
    notation: Notation | None = None,
    value: str = "",
    element: str = "",
    meaning: str = "",
    careful: Mapping[str, str] | None = None,
    kink: Kink | None = None,
    exact: bool = False,
    partial: bool = False,
    variadic: bool = False,
    parity: Parity = "",
    never_negative: bool = False,
    cases: tuple[Case, ...] = (),
) -> Operation:
    """Return an operation that acts on each entry by itself."""
    return Operation(
        name, tuple(args.split()), value or name, notation or Function(name), summary,
        slope=slope, element=element, meaning=meaning, careful=careful, kink=kink, exact=exact,
        partial=partial, variadic=variadic, parity=parity, never_negative=never_negative, cases=cases,
    )  # fmt: skip


def structural(  # noqa: PLR0913 -- an operation is all of this
    name: str,
    args: str,
    *forms: Form,
    summary: str,
    notation: Notation | None = None,
    value: str = "",
    meaning: str = "",
    careful: Mapping[str, str] | None = None,
    shorter: Mapping[str, str] | None = None,
    fused: Mapping[str, str] | None = None,
    square: str = "",
    kink: Kink | None = None,
    exact: bool = False,
    partial: bool = False,
    variadic: bool = False,
    never_negative: bool = False,
    cases: tuple[Case, ...] = (),
) -> Operation:
    """Return an operation whose entries depend on more than one entry of its arguments."""
    return Operation(
        name, tuple(args.split()), value or name, notation or Function(name), summary,
        forms=forms, meaning=meaning, careful=careful, shorter=shorter, fused=fused, square=square, kink=kink,
        exact=exact, partial=partial, variadic=variadic, never_negative=never_negative, cases=cases,
    )  # fmt: skip
