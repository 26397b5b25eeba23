"""nncalc: a calculator that shows its work.

What Python is given is imported when it is asked for, so that the command line starts without it.
"""

__version__ = "0.2.0"
__all__ = ["Check", "Derivation", "Network", "Page", "Problem", "Result", "derive", "load", "testing"]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from nncalc import testing
    from nncalc.interface.python import Check, Derivation, Network, Page, Result, derive, load
    from nncalc.problems import Problem
else:

    def __getattr__(called):
        from importlib import import_module

        if called not in __all__:
            raise AttributeError(f"module `nncalc` has no attribute `{called}`")
        if called == "testing":
            return import_module("nncalc.testing")
        return getattr(import_module("nncalc.problems" if called == "Problem" else "nncalc.interface.python"), called)

    def __dir__():
        return [*globals(), *__all__]
