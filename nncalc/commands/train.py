"""`nncalc train`: the update of the parameters, a line each; many steps of it, and their loss."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import typer

from nncalc.cli import options
from nncalc.cli.presentation import forms, value_of
from nncalc.cli.streams import (
    check_place,
    conventions,
    model_of,
    paper_of,
    printed,
    remark,
    words,
    write,
    write_file,
)
from nncalc.interface.presenting import Wish, display_of
from nncalc.language.alphabet import listed
from nncalc.language.figures import Figure, is_figure
from nncalc.ops.optimizers import OPTIMIZERS, SETTINGS
from nncalc.page import Page
from nncalc.problems import Problem, one_of, safe
from nncalc.sheet.calculation import calculate
from nncalc.sheet.data import shaped
from nncalc.spec.model import Model
from nncalc.spec.statements import Training
from nncalc.spec.training import MOST_STEPS, checked, setting_problem
from nncalc.training.course import Course, Taken, advice, course_of, interruptible, taken
from nncalc.training.page import losses_page, step_data, steps_page, walked

#: How many steps are shown line by line at most, and what the parameters are written to.
MOST_SHOWN = 1_000
ENDINGS = (".toml", ".json", ".npz")


def _number(text: str) -> Figure:
    """Return a number as it was typed; raise BadParameter for what is none."""
    if not is_figure(text) or not math.isfinite(Figure(text)):
        raise typer.BadParameter(f"`{safe(text, 80)}` is not a number that floats have")
    return Figure(text)


def _setting(word: str) -> Any:
    return typer.Option(f"--{word}", metavar="X", parser=_number, help=f"{SETTINGS[word].says.capitalize()}.")


def train(
    spec: options.Words = None,
    expr: options.Expressions = None,
    wrt: Annotated[
        list[str] | None,
        typer.Option("--wrt", metavar="NAMES", help="What is trained. Default: the parameters."),
    ] = None,
    steps: Annotated[int | None, typer.Option("--steps", min=1, max=MOST_STEPS, help="How many steps.")] = None,
    rate: Annotated[Figure | None, _setting("rate")] = None,
    optimizer: Annotated[
        str | None, typer.Option("--optimizer", metavar="|".join(OPTIMIZERS), help="The update. Default: sgd.")
    ] = None,
    momentum: Annotated[Figure | None, _setting("momentum")] = None,
    rho: Annotated[Figure | None, _setting("rho")] = None,
    beta1: Annotated[Figure | None, _setting("beta1")] = None,
    beta2: Annotated[Figure | None, _setting("beta2")] = None,
    eps: Annotated[Figure | None, _setting("eps")] = None,
    decay: Annotated[Figure | None, _setting("decay")] = None,
    batch: Annotated[int | None, typer.Option("--batch", min=1, help="How many examples a step takes.")] = None,
    seed: Annotated[
        int | None, typer.Option("--seed", min=0, help="Take the examples in an order drawn by this, each round.")
    ] = None,
    until: Annotated[
        Figure | None, typer.Option("--until", metavar="X", parser=_number, help="Stop at a loss of at most this.")
    ] = None,
    show_steps: options.ShowSteps = False,
    plot: Annotated[str | None, typer.Option("--plot", metavar="FILE", help="Draw the loss, as SVG.")] = None,
    get: options.Get = None,
    form: options.Form = None,
    exact: options.Exact = False,
    convention: options.Convention = None,
    round_steps: options.RoundSteps = None,
    precision: options.Precision = None,
    ascii_only: options.Ascii = False,
    format_: options.Format = "table",
    standalone: options.Standalone = None,
    width: options.Width = None,
    picture: options.Picture = None,
    full: options.Full = False,
    pager: options.Pager = False,  # noqa: ARG001 -- its callback says so to what writes
    matrices: options.Matrices = None,
    threads: options.Threads = None,  # noqa: ARG001 -- its callback says so to the libraries
    output: Annotated[
        str | None,
        typer.Option(
            "-o", "--output", metavar="FILE", help="Write the trained spec (.toml, .json), or its parameters (.npz)."
        ),
    ] = None,
) -> None:
    """Train a network: gradient descent and what is made of it, each update a line.

    \b
    Examples:
      nncalc train --rate 0.1 --show-steps            one step of the built-in example, line by line
      nncalc train net.toml --steps 100 --rate 0.05   the loss along the way
      nncalc train net.toml --optimizer adam --steps 1000 --batch 32 --seed 1 -o trained.toml
      nncalc train net.toml --steps 500 --until 0.01 --plot loss.svg
      nncalc train net.toml --steps 10 --get loss
    """
    wish = Wish(
        show_steps,
        form,
        exact,
        precision,
        ascii_only,
        format_,
        get,
        full=full,
        matrices=matrices,
        paper=paper_of(format_, standalone, width, picture),
    ).checked()
    source = words(spec or []).spec
    _check_files(output, plot, source)
    given = {"rate": rate, "momentum": momentum, "rho": rho, "beta1": beta1, "beta2": beta2, "eps": eps, "decay": decay}
    said = Training(optimizer, steps, batch, seed, until, _settings(given))
    if optimizer is not None:
        one_of("--optimizer", optimizer, tuple(OPTIMIZERS))
    model = model_of(spec or [], expr or [], [], chosen=conventions(convention, round_steps))
    trained = model
    if wrt is not None:
        model, trained = _training(model, wrt)
    course = course_of(model, checked(said.over(model.training)))
    by_hand = show_steps or exact or model.conventions.rounding is not None
    done = _walk(course, wish) if by_hand else _run(course, wish)
    trained = trained._replace(given={**model.given, **done.parameters})
    if get is not None:
        _print_value(trained, wish)
    if plot is not None:
        _plot(course, done, plot, source)
    if output is not None:
        write_file(_file(trained, output), output, source)
    for words_of in (done.stopped, *advice(course, done)):
        if words_of:
            remark(words_of)
    if done.failed or done.interrupted:
        raise typer.Exit(130 if done.interrupted else 1)


def _training(model: Model, texts: Sequence[str]) -> tuple[Model, Model]:
    """Return the model with these quantities alone as its parameters, and with them among its parameters.

    Raises Problem (`usage`) for one that is computed.
    """
    parts = [part for text in texts for part in listed(text)]
    found = dict.fromkeys(of for part in parts for of in model.family(part) or [model.find(part)])
    for of in found:
        if of not in model.graph.leaves:
            raise Problem(f"`{of}` is computed, and cannot be trained", None, "name what is given", "usage")
    others = [tuple([of for of in names if of not in found]) for names in (model.inputs, model.targets)]
    model = model._replace(inputs=others[0], targets=others[1])
    every = dict.fromkeys((*model.parameters, *found))
    return model._replace(parameters=tuple(found)), model._replace(parameters=tuple(every))


def _check_files(output: str | None, plot: str | None, source: str | None) -> None:
    """Raise Problem (`usage`, `file`) for a file that could not be written after all the steps."""
    if plot is not None and not plot.lower().endswith(".svg"):
        raise Problem(f"`{safe(plot, 200)}` is not a file for a curve", None, "its name ends in .svg", "usage")
    for path in (output, plot):
        if path is not None:
            check_place(path, source)
    if output is not None and not output.lower().endswith(ENDINGS):
        raise Problem(
            f"`{safe(output, 200)}` is not a file for parameters", None,
            f"its name ends in {', '.join(ENDINGS)}; the page itself goes to standard output", "usage",
        )  # fmt: skip


def _settings(given: Mapping[str, Figure | None]) -> tuple[tuple[str, Figure], ...]:
    """Return the settings that were given; raise Problem (`usage`) for one that cannot be."""
    found = {word: value for word, value in given.items() if value is not None}
    for word, value in found.items():
        problem = setting_problem(word, value)
        if problem is not None:
            raise Problem(f"--{word} {problem}", None, None, "usage")
    return tuple(found.items())


def _print_value(trained: Model, wish: Wish) -> None:
    """Print values or derivatives of the trained model, each alone on a line."""
    wanted = [trained.named(each) for each in wish.get or ()]
    wrt = [of.base for of in wanted if of.of is not None]
    found = calculate(trained, wrt=wrt or None, backward=bool(wrt), exact=wish.exact, lines=False)
    write([value_of(found, wish, each) for each in wish.get or ()])


def _plot(course: Course, done: Taken, path: str, source: str | None) -> None:
    """Draw the losses."""
    from nncalc.render.curve import svg

    losses = [*done.losses, *([done.last] if done.last is not None else [])]
    write_file(svg(losses, course.model.title or "Training", "step", course.output.base), path, source)


def _run(course: Course, wish: Wish) -> Taken:
    """Take the steps, and print the losses; return what was done."""
    done = taken(course)
    if wish.get is None:
        _print([losses_page(course, done, every=wish.format == "csv")], wish)
    return done


def _walk(course: Course, wish: Wish) -> Taken:
    """Take the steps one by one, and print every line; return what was done."""
    if course.steps > MOST_SHOWN:
        what, leave = "too many to show", "--show-steps"
        if not wish.steps:
            what, leave = (
                ("too many to take exactly", "--exact") if wish.exact else ("too many to round", "--round-steps")
            )
        raise Problem(f"{course.steps} steps are {what}, at most {MOST_SHOWN}", None, f"leave out {leave}", "usage")
    with interruptible() as interrupted:
        walk = walked(course, interrupted, exact=wish.exact, scalar=wish.form in ("scalar", "both"))
    done = walk.taken(course)
    if wish.get is not None:
        return done
    if not wish.steps or not walk.steps:
        _print([losses_page(course, done, every=wish.format == "csv")], wish)
        return done
    wanted = forms(walk.steps[0].found, wish)
    if wish.format == "csv" and len(wanted) > 1:
        raise Problem("csv is one table", None, "choose --form scalar or --form vector", "usage")
    display = display_of(walk.steps[0].found, wish)
    pages = [steps_page(course, walk, form, display) for form in wanted]
    if wish.format == "json":
        sections = tuple(section for page in pages for section in page.sections)
        pages = [pages[0]._replace(sections=sections, data=step_data(course, walk))]
    _print(pages, wish)
    return done


def _print(pages: Sequence[Page], wish: Wish) -> None:
    found = [wish.laid(page) for page in pages]
    write(printed(found, wish.format, ascii_only=wish.ascii_only, file=False, paper=wish.paper))


def _file(model: Model, path: str) -> str | bytes:
    """Return a trained model as a spec that runs again as it is, or its parameters as arrays."""
    ending = os.path.splitext(path)[1].lower()
    if ending == ".npz":
        from nncalc.spec.arrays import npz_of

        return npz_of({of.base: shaped(model, of, model.given[of], float) for of in model.parameters})
    from nncalc.spec.printer import as_json, render

    return as_json(model) if ending == ".json" else render(model)
