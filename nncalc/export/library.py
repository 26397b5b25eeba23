"""What a library calls the operations: a table of words. Data only."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from nncalc.ops.kinds import Operation

#: Slopes of products that only their own rules need, which libraries that differentiate by themselves have not.
LACKS = frozenset({"prod_others", "prod_others_rows", "prod_others_columns", "cumprod_gradient", "adj", "adj_gradient"})


class Library(NamedTuple):
    """A library of Python that computes with arrays, and its words.

    `package` is how it is imported, `word` what stands before its functions, `opening` the lines that a program begins
    with, `array` makes an array of `rows`. In what is `written`, `{x}` and `{y}` are the first and the last argument,
    `{0}` and `{1}` those that stand among signs, `{all}` every argument; in what is `gathered`, of any number of
    arguments, `{x}` is all of them; what is `turned` is written so of transposes, which are left out. `helpers` are
    functions that the library lacks; each is written where it is called.

    One that `differentiates` by itself does so of the operations it is `trusted` with as the table of operations says,
    at kinks and far out too; any other that has a kink or a careful spelling gets the rule of the table. `slopes` are
    lines that find an `output`, which `forward` returns, and its `slopes` by `own` arguments, by the `places` of those.
    `number` is how a number is an array, where functions take nothing else. One that is `like_numpy` has the functions
    of NumPy by the same names. What it `lacks` is refused.
    """

    name: str
    package: str
    word: str
    opening: str
    array: str
    written: Mapping[str, str]
    gathered: Mapping[str, str]
    helpers: Mapping[str, str]
    differentiates: bool = False
    trusted: frozenset[str] = frozenset()
    slopes: tuple[str, ...] = ()
    number: str = ""
    like_numpy: bool = True
    lacks: frozenset[str] = frozenset()
    turned: Mapping[str, str] = MappingProxyType({})

    def own(self, op: Operation) -> str:
        """Return a better text than that of an operation's meaning, which the table has for NumPy."""
        if not self.like_numpy or (self.differentiates and op.loss is not None):  # whose kinks are those of its parts
            return ""
        return op.numpy.replace("np.", f"{self.word}.")
