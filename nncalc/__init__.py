"""nncalc: a calculator that shows its work.

What Python is given is imported when it is asked for, so that the command line starts without it.
"""

__version__ = "0.2.0"
__all__ = [
    "Arrays", "Check", "Derivation", "Network", "Page", "Problem", "Result", "Unknown", "derive", "load", "testing",
]  # fmt: skip

TYPE_CHECKING = False
if TYPE_CHECKING:
    from nncalc import testing
    from nncalc.interface.python import Arrays, Check, Derivation, Network, Page, Result, derive, load
    from nncalc.problems import Problem, Unknown
else:

    def __getattr__(called: str) -> object:
        from importlib import import_module

        if called not in __all__:
            raise AttributeError(f"module `nncalc` has no attribute `{called}`")
        if called == "testing":
            return import_module("nncalc.testing")
        of = "problems" if called in ("Problem", "Unknown") else "interface.python"
        return getattr(import_module(f"nncalc.{of}"), called)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
