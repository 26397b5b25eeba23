"""How many planted mistakes are named, how many spoilt gradients are found, how long a class's worksheets take.

`python benchmarks/mistakes.py [NETWORKS]`: in each of so many random networks (50), every mistake that can be made
there is made once, and the line where it is first seen, or the last that it reaches, is answered with 4 to 6 digits.
Every right line is answered too. In four times as many networks one entry of a gradient is made wrong by a part in
10^9, and all are checked beside the complex step. Then 30 sheets of the recitation are judged in one call, beside an
empty call.
"""

from __future__ import annotations

import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from slipped import network, text
from test_checking import spoil
from test_judging import answer, differs, judge_of

from nncalc.checking.gradients import compared
from nncalc.judging.catalogue import CATALOGUE
from nncalc.judging.judge import RIGHT
from nncalc.sheet.calculation import calculate
from nncalc.spec import read
from nncalc.spec.model import from_spec

SHEETS = 30


def planted(networks: int) -> Counter[str]:
    """Return how often a planted mistake was named, another, or none, and how right answers were judged."""
    found: Counter[str] = Counter()
    for seed in range(networks):
        judge, draw = judge_of(network(seed)), random.Random(seed)
        table, digits = judge.table, draw.randint(4, 6)
        for each in judge.judged([answer(judge, of, table.right[of], digits) for of in table.lines]):
            found["right" if each.verdict in RIGHT else "right, called wrong"] += 1
        for code in CATALOGUE:
            slips = [slip for mistake, slip in judge.slips if mistake.code == code]
            if not slips:
                continue
            slip = draw.choice(slips)
            moved = table.changed(slip.lines, slip.given)
            seen = [of for of in moved if of in table.lines and differs(table.right[of], moved[of])]
            if seen:
                of = draw.choice([seen[0], seen[-1]])
                (each,) = judge.judged([answer(judge, of, moved[of], digits)])
                codes = [one.mistake.code for one in each.mistakes]
                found["named" if code in codes else "another named" if codes else "not named"] += 1
    return found


def spoilt(networks: int) -> Counter[str]:
    """Return how often a gradient that is wrong by a part in 10^9 was found, and how often a right one differed."""
    found: Counter[str] = Counter()
    for seed in range(networks):
        model = from_spec(read(text(network(seed)), "net.json", "json", None))
        ours = calculate(model, backward=True, scalar=True)
        entries = [entry for entry in compared(ours, "complex") if entry.outcome != "kink"]
        found["right, said to differ"] += sum(entry.outcome == "differs" for entry in entries)
        known = [entry.of for entry in entries if entry.ours]
        one = random.Random(seed).choice(known)
        spoil(ours, one)
        found["found" if one in {e.of for e in compared(ours, "complex") if e.outcome == "differs"} else "missed"] += 1
    return found


def timed(*arguments: str) -> float:
    start = time.perf_counter()
    subprocess.run([sys.executable, "-m", "nncalc", *arguments], cwd=ROOT, check=False, capture_output=True)
    return time.perf_counter() - start


def main() -> None:
    networks = int(sys.argv[1]) if len(sys.argv) > 1 else 50
    start = time.perf_counter()
    found = planted(networks)
    count = sum(found[key] for key in ("named", "another named", "not named"))
    print(f"{networks} networks, {time.perf_counter() - start:.1f} s")
    for key in ("named", "another named", "not named"):
        print(f"  {key:20} {found[key]:6}  {found[key] / count:.1%}")
    for key in ("right", "right, called wrong"):
        print(f"  {key:20} {found[key]:6}")
    found = spoilt(4 * networks)
    print(f"{4 * networks} gradients spoilt by 1e-9")
    for key in ("found", "missed", "right, said to differ"):
        print(f"  {key:20} {found[key]:6}")
    with tempfile.TemporaryDirectory() as folder:
        files = []
        for sheet in range(SHEETS):
            path = Path(folder) / f"{sheet}.toml"
            path.write_text(f"a = [{sheet % 5}, 2]\nyhat = {sheet % 7}\n'd(loss)/d(beta)' = [4, {sheet % 13}, 8]\n")
            files += ["--answers", str(path)]
        config = "configs/recitation.toml"
        print(f"{SHEETS} sheets in one call: {timed('check', config, *files) / timed('check', config):.1f} of `check`")


if __name__ == "__main__":
    main()
