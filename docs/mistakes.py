"""Writes the catalogue of mistakes, each tried in a network, in `mistakes.md`: `python docs/mistakes.py`."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path

from nncalc.judging.answers import answers_of
from nncalc.judging.catalogue import CATALOGUE
from nncalc.judging.judge import Judge
from nncalc.judging.slips import Slip
from nncalc.judging.table import Array
from nncalc.language.formula import Name, name
from nncalc.language.printer import show
from nncalc.spec import read
from nncalc.spec.model import from_spec

HERE = Path(__file__).parent
PAGE = HERE / "mistakes.md"
BEGIN, END = "<!-- mistakes -->\n", "<!-- end of mistakes -->\n"
#: Networks that are built in; those that stand on the page come after them.
BUILT_IN = ("recitation", "softmax-classifier", "xor", "convolution")
#: How many numbers an answer has at most, and how many digits each.
FEW, DIGITS = 12, 5


def networks(page: str) -> dict[str, Judge]:
    """Return the networks that mistakes are tried in, by what `nncalc check` is told."""
    found = {each: (HERE.parent / "configs" / f"{each}.toml").read_bytes() for each in BUILT_IN}
    for block in page.split("```toml\n# file: ")[1:]:
        path, _, rest = block.partition("\n")
        found[path] = rest.partition("```")[0].encode()
    assert all(map(tomllib.loads, (text.decode() for text in found.values())))
    return {each: Judge(from_spec(read(text, each, "toml", None))) for each, text in found.items()}


def tried(code: str, judges: dict[str, Judge]) -> tuple[str, str]:
    """Return the command in which a mistake is made and named, first if that can be, and the line as it stands then."""
    among: tuple[str, str] | None = None
    for network, judge in judges.items():
        for slip in (slip for mistake, slip in judge.slips if mistake.code == code):
            for called, said in wrong(judge, slip):
                (found,) = judge.judged(answers_of(judge.model, [(called, said)]))
                codes = [each.mistake.code for each in found.mistakes]
                if code in codes:
                    line = slip.lines.get(slip.at)
                    then = f"`{show(slip.at)} = {show(line)}`" if line is not None else slip.detail
                    among = among or (f"nncalc check {network} --answer '{called} = {said}'", then)
                    if codes[0] == code:
                        return f"nncalc check {network} --answer '{called} = {said}'", then
    if among is None:
        raise LookupError(code)
    return among


def wrong(judge: Judge, slip: Slip) -> Iterator[tuple[str, str]]:
    """Yield answers that a slip leads to, as they are typed."""
    moved = judge.table.changed(slip.lines, slip.given)
    for of, value in moved.items():
        right = judge.table.right.get(of)
        if of in judge.table.lines and right is not None and value.size <= FEW and differs(value, right):
            yield of.id, typed(judge, of, value)


def differs(value: Array, right: Array) -> bool:
    """Return whether a value is another one than the right one, at the digits that are typed."""
    return value.shape != right.shape or float(abs(value - right).max()) > 10.0**-DIGITS * float(abs(right).max())


def typed(judge: Judge, of: Name, value: Array) -> str:
    """Return a value as it is typed: a number, a list, or rows, of a batch one an example."""
    rows = value.tolist()
    if name(of.base) in judge.model.per_example:
        rows = judge.model.by_example(rows)
    texts = [[f"{each + 0.0:.{DIGITS}g}" for each in row] for row in rows]  # 0, and not -0
    if len(texts[0]) == 1:
        return ", ".join(row[0] for row in texts)
    lists = [", ".join(row) for row in texts]
    return lists[0] if len(lists) == 1 else f"[{', '.join(f'[{each}]' for each in lists)}]"


def updated(page: str) -> str:
    """Return the text of the page with the catalogue as it is now."""
    judges = networks(page)
    before, _, rest = page.partition(BEGIN)
    rows = [("code", "what went wrong", "the line then", "tried"), ("---",) * 4]
    for mistake in CATALOGUE.values():
        command, then = tried(mistake.code, judges)
        rows.append((f"`{mistake.code}`", mistake.says, then.replace("|", r"\|"), f"`{command}`"))
    table = "".join(f"| {' | '.join(cells)} |\n" for cells in rows)
    return before + BEGIN + "\n" + table + "\n" + END + rest.partition(END)[2]


def main() -> None:
    """Write the catalogue anew."""
    PAGE.write_text(updated(PAGE.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
