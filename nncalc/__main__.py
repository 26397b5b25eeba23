"""The way in: `nncalc`, or `python -m nncalc`.

Starting up makes many objects and no garbage, and the end comes soon; walking the objects to find
out would be a fifth of the time.
"""

import gc
import sys


def main() -> None:
    """Run the program and leave with its exit status."""
    gc.set_threshold(100_000)
    from nncalc.cli.app import run

    status = run(sys.argv[1:])
    gc.freeze()
    sys.exit(status)


if __name__ == "__main__":
    main()
