"""Equations in `derive`: names that a person gave stay, each with its own line; and what is refused of them."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nncalc.cli.app import run
from nncalc.deriving.result import Wanted, derive
from nncalc.deriving.verify import verify
from nncalc.language.formula import call, name, num
from nncalc.problems import Problem
from nncalc.render import FORMATS

ROOT = Path(__file__).parent.parent
LEAST = "u = X*w - y; norm2(u)^2"
CELL = "a = W*x + U*hp + b; h = tanh(a); L = 0.5*norm2(V*h - y)^2"
GATES = (
    "f = sigmoid(Wf*x); i = sigmoid(Wi*x); g = tanh(Wg*x); o = sigmoid(Wo*x);"
    "c = f.*cp + i.*g; h = o.*tanh(c); L = 0.5*norm2(h - y)^2"
)


def derived(capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, Any]:
    assert run(["derive", *words, "--format", "json"]) == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def lines(capsys: pytest.CaptureFixture[str], *words: str) -> list[str]:
    assert run(["derive", *words, "--format", "plain"]) == 0
    return [line.partition("  #")[0] for line in capsys.readouterr().out.splitlines() if not line.startswith("#")]


def notes(capsys: pytest.CaptureFixture[str], *words: str) -> list[str]:
    assert run(["derive", *words, "--format", "plain"]) == 0
    return [line[2:] for line in capsys.readouterr().out.splitlines() if line.startswith("#")]


def refused(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    assert run(["derive", *words]) == 2
    found = capsys.readouterr()
    assert not found.out
    return found.err


def test_a_name_that_a_person_gave_stays_and_its_derivative_is_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert lines(capsys, LEAST, "--wrt", "w") == [
        "u = X w − y",
        "f = ‖u‖²",
        "df = ⟨2 u, du⟩",
        "∂f/∂u = 2 u",
        "⟨∂f/∂u, du⟩ = ⟨Xᵀ ∂f/∂u, dw⟩",
        "∂f/∂w = Xᵀ ∂f/∂u",
        "∂f/∂w = 2 Xᵀ u",
        "∂f/∂w = 2 Xᵀ (X w − y)",
    ]


@pytest.mark.parametrize(
    "words",
    [
        ("u = X*w - y", "norm2(u)^2"),
        ("norm2(u)^2", "u = X*w - y"),
        ("norm2(u)^2; u = X*w - y;",),
        ("v = X*w\nu = v\n  - y  # what is left\nnorm2(u)^2",),
        ("u = X*w -\ny\n\nnorm2(u)^2",),
        ("v = [X*w,\n y]\nu = X*w - y ; norm2(u)^2",),
    ],
)
def test_equations_stand_in_any_order_apart_by_signs_lines_or_words(
    words: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    assert derived(capsys, *words, "--wrt", "w")["derivative"] == "2 * X' * (X * w - y)"


def test_what_nothing_needs_is_said_and_left_out(capsys: pytest.CaptureFixture[str]) -> None:
    found = derived(capsys, "k = 2*X; u = X*w - y; L = norm2(u)^2", "--wrt", "w")
    assert found["definitions"] == {"u": "X * w - y"}
    assert found["name"] == "L"
    assert "nothing needs k" in notes(capsys, "k = 2*X; u = X*w - y; L = norm2(u)^2", "--wrt", "w")


def test_a_cell_goes_back_as_a_person_does(capsys: pytest.CaptureFixture[str]) -> None:
    found = derived(capsys, CELL, "--wrt", "W")
    assert found["slopes"] == {
        "d(L)/d(h)": "V' * (V * h - y)",
        "d(L)/d(a)": "d(L)/d(h) .* (1 - h.^2)",
        "d(L)/d(W)": "d(L)/d(a) * x'",
    }
    assert found["derivative"] == "d(L)/d(a) * x'"  # what the names stand for would be long
    assert derived(capsys, CELL, "--wrt", "U")["derivative"] == "d(L)/d(a) * hp'"


def test_a_gate_goes_back_through_the_state(capsys: pytest.CaptureFixture[str]) -> None:
    found = derived(capsys, GATES, "--wrt", "Wf")["slopes"]
    assert found["d(L)/d(c)"] == "d(L)/d(h) .* o .* (1 - tanh(c).^2)"
    assert found["d(L)/d(f)"] == "cp .* d(L)/d(c)"
    assert found["d(L)/d(Wf)"] == "(d(L)/d(f) .* f .* (1 - f)) * x'"


def test_what_comes_back_from_several_names_is_a_sum(capsys: pytest.CaptureFixture[str]) -> None:
    found = derived(capsys, "u = A*x; v = B*u; f = v'*u", "--wrt", "x", "--shapes", "A: n x n, B: n x n")
    assert found["slopes"]["d(f)/d(u)"] == "v + B' * d(f)/d(v)"
    assert "what comes back from `f` and from `v`" in [step["rule"] for step in found["steps"]]
    assert found["derivative"] == "A' * (B + B') * A * x"


def function(text: str) -> Any:
    scope: dict[str, Any] = {}
    exec(text, scope)
    return scope["derivative"]


@pytest.mark.parametrize("layout", ["denominator", "numerator"])
@pytest.mark.parametrize("wrt", ["W", "U", "b", "x", "hp", "V"])
def test_the_function_for_numpy_is_a_backward_pass(wrt: str, layout: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["derive", CELL, "--wrt", wrt, "--layout", layout, "--format", "numpy"]) == 0
    text = capsys.readouterr().out
    assert ("    dL_dh = " in text) == (wrt != "V")
    random = np.random.default_rng(0)
    sizes = {"W": (3, 2), "x": (2, 1), "U": (3, 4), "hp": (4, 1), "b": (3, 1), "V": (2, 3), "y": (2, 1)}
    at = {of: random.standard_normal(size) for of, size in sizes.items()}

    def loss(moved: np.ndarray) -> float:
        there = {**at, wrt: moved}
        h = np.tanh(there["W"] @ there["x"] + there["U"] @ there["hp"] + there["b"])
        return 0.5 * float(np.sum((there["V"] @ h - there["y"]) ** 2))

    wanted = np.zeros(sizes[wrt])
    for place in np.ndindex(sizes[wrt]):
        step = np.zeros(sizes[wrt])
        step[place] = 1e-6
        wanted[place] = (loss(at[wrt] + step) - loss(at[wrt] - step)) / 2e-6
    found = function(text)(**at)
    assert np.allclose(found, wanted if layout == "denominator" else wanted.T, atol=1e-7)


def test_a_defined_name_may_be_the_variable(capsys: pytest.CaptureFixture[str]) -> None:
    found = derived(capsys, LEAST, "--wrt", "u", "--at", "X=[[1,2],[3,4]]", "--at", "w=1,1", "--at", "y=1,0")
    assert found["derivative"] == "2 * u"
    assert "u is varied as it stands, whatever it is made of" in notes(capsys, LEAST, "--wrt", "u")
    assert found["values"] == {"f": 53, "d(f)/d(u)": [4, 14]}  # u = (2, 7)
    found = derived(capsys, "K = X*X' + lam*I; y'*inv(K)*y", "--wrt", "K", "--shapes", "X: n x d")
    assert found["derivative"] == "-inv(K)' * y * y' * inv(K)'"
    assert refused(capsys, LEAST, "--wrt", "u", "--answer", "2*(X*w - y)").startswith(
        "--answer:1:4: error: unknown name"
    )


def test_a_definition_that_is_symmetric_is_used_as_such(capsys: pytest.CaptureFixture[str]) -> None:
    found = derived(capsys, "K = X*X' + lam*I; y'*inv(K)*y", "--wrt", "y")
    assert found["slopes"] == {"d(f)/d(y)": "2 * inv(K) * y"}


def test_a_definition_alone_may_be_what_the_whole_is(capsys: pytest.CaptureFixture[str]) -> None:
    assert derived(capsys, "u = A*x; u", "--wrt", "x")["derivative"] == "A'"
    assert derived(capsys, "u = 2*t; s = u; s", "--wrt", "t", "--shapes", "t: 1")["derivative"] == "2"


def test_what_does_not_depend_on_the_variable_is_zero(capsys: pytest.CaptureFixture[str]) -> None:
    found = derived(capsys, "u = A*x; z = w; s = 0*norm2(z); norm2(u)^2", "--wrt", "x")
    assert found["derivative"] == "2 * A' * A * x"
    found = derived(capsys, LEAST, "--wrt", "q")
    assert found["derivative"] == "zeros(m)"
    assert found["definitions"] == {"u": "X * w - y"}
    assert refused(capsys, LEAST, "--wrt", "W").startswith("error: the expression has no `W` to differentiate by")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (
            "a = b + x; b = 2*a; norm2(b)",
            "EXPR:1:1: error: the equations go round in a circle: `a` needs `b` needs `a`",
        ),
        ("c = x; a = a + x; norm2(a)", "EXPR:1:8: error: the equations go round in a circle: `a` needs `a`"),
        ("u = x; u = 2*x; norm2(u)", "EXPR:1:8: error: `u` is defined twice"),
        ("u = x; norm2(u); u", "EXPR:1:18: error: two expressions have no name, and one is differentiated"),
        ("relu = x; norm2(relu)", "EXPR:1:1: error: `relu` is a function and cannot name a quantity"),
        ("u = A*(x; norm2(u)", "EXPR:1:9: error: expected `)`, found `;`"),
        ("x = norm2(x)", "EXPR:1:1: error: the equations go round in a circle: `x` needs `x`"),
        ("u = x +; norm2(u)", "EXPR:1:8: error: the expression ends too soon"),
        (";", "EXPR:1:1: error: the expression is empty"),
        ("u = θ ‖; norm2(u)", "EXPR:1:7: error: unexpected `‖`"),
        (";".join(f"x{count} = x" for count in range(501)), "error: there are 501 equations, at most 500 are read"),
    ],
)
def test_what_is_wrong_is_said_at_its_place(text: str, says: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert refused(capsys, text, "--wrt", "x").startswith(says)


def test_what_does_not_fit_is_said_at_its_place(capsys: pytest.CaptureFixture[str]) -> None:
    said = refused(capsys, "u = A*x;\nv = u*b; norm2(v)", "--wrt", "x", "--shapes", "A: n x n, b: n, x: n")
    assert said.startswith("EXPR:2:5: error: `A * x * b` does not fit")


def test_a_shape_may_be_said_of_a_defined_name_and_nothing_may_be_assumed(capsys: pytest.CaptureFixture[str]) -> None:
    assert derived(capsys, LEAST, "--wrt", "w", "--shapes", "u: 3")["shapes"]["X"] == [3, "d"]
    assert "asked for: u is n×1" in notes(capsys, LEAST, "--wrt", "w", "--shapes", "X: n x d, u: ?")
    said = refused(capsys, LEAST, "--wrt", "w", "--assume", "u: positive")
    assert said.startswith("error: `u` is `X * w - y`, so nothing is assumed of it")
    assert "is both a quantity and a size" in refused(capsys, "n = X*w; norm2(n)", "--wrt", "w", "--shapes", "X: n x d")
    assert "is given" not in refused(capsys, LEAST, "--wrt", "w", "--at", "u=1")


def test_values_of_the_names_on_the_way_are_shown(capsys: pytest.CaptureFixture[str]) -> None:
    at = ("--at", "X=[[1,2],[3,4]]", "--at", "w=1,1", "--at", "y=1,0")
    found = derived(capsys, LEAST, "--wrt", "w", *at)["values"]
    assert found == {"u": [2, 7], "f": 53, "d(f)/d(u)": [4, 14], "d(f)/d(w)": [46, 64]}
    found = derived(capsys, LEAST, "--wrt", "w", *at, "--layout", "numerator")["values"]
    assert found["d(f)/d(u)"] == [[4, 14]]
    found = derived(capsys, LEAST, "--wrt", "w", *at, "--hessian")["values"]
    assert found["H"] == [[20, 28], [28, 40]]
    assert refused(capsys, LEAST, "--wrt", "w", "--at", "u=1").startswith("error: `u` has an equation")


@pytest.mark.parametrize("answer", ["2*X'*u", "X'*d(f)/d(u)", "2*X'*(X*w - y)"])
def test_an_answer_may_use_the_names_on_the_way(answer: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert derived(capsys, LEAST, "--wrt", "w", "--answer", answer)["answer"]["right"]


def test_an_answer_may_not_use_what_is_asked(capsys: pytest.CaptureFixture[str]) -> None:
    said = refused(capsys, LEAST, "--wrt", "w", "--answer", "d(f)/d(w)")
    assert said.startswith("--answer:1:1: error: unknown name `d(f)/d(w)`")


def test_solve_and_hessian_see_through_the_names(capsys: pytest.CaptureFixture[str]) -> None:
    assert derived(capsys, LEAST, "--wrt", "w", "--solve")["stationary"] == "inv(X' * X) * X' * y"
    found = derived(capsys, "h = X*w; sum(softplus(h))", "--wrt", "w", "--hessian")
    assert found["derivative"] == "X' * diag((1 - sigmoid(X * w)) .* sigmoid(X * w)) * X"
    assert "X' * diag((1 - sigmoid(h)) .* sigmoid(h)) * X" in [step["formula"] for step in found["steps"]]
    assert refused(capsys, "h = X*w; 2*h", "--wrt", "w", "--hessian").startswith("error: a Hessian belongs to a number")


def test_one_general_element_goes_back_name_by_name(capsys: pytest.CaptureFixture[str]) -> None:
    found = lines(capsys, LEAST, "--wrt", "w", "--method", "element")
    assert "∂f/∂u = 2 u" in found
    assert "(∂f/∂w)ᵢ = ∂(Σₖ ∂f/∂uₖ (Σₗ Xₖ,ₗ wₗ − yₖ))/∂wᵢ" in found
    assert found[-3:] == ["∂f/∂w = Xᵀ ∂f/∂u", "∂f/∂w = 2 Xᵀ u", "∂f/∂w = 2 Xᵀ (X w − y)"]
    found = lines(
        capsys, "k = X*w; s = sum(k); s^2 + s*t", "--wrt", "w", "--method", "element", "--layout", "numerator"
    )
    assert "∂f/∂k = ∂f/∂s · 1ₙᵀ" in found
    assert "(∂f/∂w)ᵢ = ∂(Σₗ Σₘ ∂f/∂kₗ Xₗ,ₘ wₘ)/∂wᵢ" in found  # the index is no name that a person gave
    assert "∂f/∂w = ∂f/∂k X" in found
    both = lines(capsys, "u = A*x; v = B*x; v'*u", "--wrt", "x", "--method", "element", "--shapes", "A: n x d")
    assert "(∂f/∂x)ᵢ = ∂(Σₖ Σₗ ∂f/∂vₖ Bₖ,ₗ xₗ + Σₖ Σₗ ∂f/∂uₖ Aₖ,ₗ xₗ)/∂xᵢ" in both
    vector = lines(capsys, "h = tanh(W*x); V*h", "--wrt", "x", "--method", "element")
    assert vector[:3] == ["h = tanh(W x)", "f = V h", "f = V tanh(W x)"]


def test_multiplying_out_puts_the_names_in(capsys: pytest.CaptureFixture[str]) -> None:
    found = lines(capsys, LEAST, "--wrt", "w", "--method", "expand")
    assert found[:4] == ["u = X w − y", "f = ‖u‖²", "f = ‖X w − y‖²", "f = (X w − y)ᵀ (X w − y)"]


TURNED = "as a number is its own transpose"


@pytest.mark.parametrize(
    ("text", "last"),
    [
        (
            "norm2(y - X*w)^2",
            [
                "yᵀ y − yᵀ (X w) − (X w)ᵀ y + (X w)ᵀ (X w); multiplied out",
                f"yᵀ y − 2 yᵀ X w + wᵀ Xᵀ X w; yᵀ (X w) = (X w)ᵀ y, {TURNED}",
            ],
        ),
        (
            "0.5*norm2(y - X*w)^2",
            [
                "0.5 (yᵀ y) − 0.5 (yᵀ (X w)) − 0.5 ((X w)ᵀ y) + 0.5 ((X w)ᵀ (X w)); multiplied out",
                f"0.5 yᵀ y − yᵀ X w + 0.5 wᵀ Xᵀ X w; yᵀ (X w) = (X w)ᵀ y, {TURNED}",
            ],
        ),
        ("w'*A*w + w'*A'*w", ["wᵀ A w + wᵀ Aᵀ w", f"2 wᵀ A w; wᵀ A w = wᵀ Aᵀ w, {TURNED}"]),
        (
            "(w'*a + 1)^2",
            [
                "(wᵀ a) (wᵀ a) + wᵀ a + wᵀ a + 1; multiplied out",
                "(aᵀ w)² + 2 aᵀ w + 1; equal terms are counted together",
            ],
        ),
        (
            "(y - X*w)'*S*(y - X*w)",
            [
                "(y − X w)ᵀ S (y − X w)",
                "yᵀ S y − yᵀ S X w − wᵀ Xᵀ S y + wᵀ Xᵀ S X w; multiplied out; equal terms are counted together",
            ],
        ),
    ],
)
def test_every_product_is_written_before_equal_ones_are_counted_together(
    text: str, last: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["derive", text, "--wrt", "w", "--method", "expand", "--format", "plain"]) == 0
    found = capsys.readouterr().out.replace("  # 1×1", "").splitlines()
    assert [line.removeprefix("f = ") for line in found if line.startswith("f = ")][-2:] == last


def test_functions_of_square_matrices_are_told_of_in_definitions(capsys: pytest.CaptureFixture[str]) -> None:
    said = notes(capsys, "K = exp(A); x'*K*x", "--wrt", "x")
    assert "exp(A) is exp of each entry, not that of the matrix" in said


def test_a_line_on_the_way_that_is_wrong_is_caught() -> None:
    found = derive(Wanted(LEAST, "w", verify=False)).derivation
    (check,) = found.checks
    assert verify(found, {}) == 4
    spoilt = found._replace(checks=(check._replace(found=call("mul", num(3), name("y"))),))
    with pytest.raises(Problem, match="the derivative found of `f` by `u` does not agree with the complex step"):
        verify(spoilt, {})


# -- files -------------------------------------------------------------------------------------------------------


def test_a_file_of_equations_is_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for file in ("least.txt", "least.eq"):
        path = tmp_path / file
        path.write_text("# least squares\nu = X*w\n  - y    # what is left\nL = norm2(u)^2\n", encoding="utf-8")
        assert derived(capsys, str(path), "--wrt", "w")["derivative"] == "2 * X' * (X * w - y)"
    path.write_text("u = X*w\nL = norm2(u)^2 +\n", encoding="utf-8")
    assert refused(capsys, str(path), "--wrt", "w").startswith(f"{path}:")
    assert "which stands alone" in refused(capsys, str(path), "norm2(u)", "--wrt", "w")
    path.write_bytes(b"\xff\xfe")
    assert "is not a text in UTF-8" in refused(capsys, str(path), "--wrt", "w")
    assert "no such file" in refused(capsys, str(tmp_path / "none.txt"), "--wrt", "w")


def test_standard_input_is_read(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"u = X*w - y\nnorm2(u)^2\n")))
    assert derived(capsys, "-", "--wrt", "w")["derivative"] == "2 * X' * (X * w - y)"


def test_a_spec_is_read_its_numbers_say_shapes(capsys: pytest.CaptureFixture[str]) -> None:
    path = str(ROOT / "configs" / "recitation.toml")
    found = derived(capsys, path, "--wrt", "alpha")
    assert found["shapes"] == {"beta": [1, 3], "alpha": [2, 3], "x": [2, 1], "y": [1, 1]}
    assert found["slopes"]["d(loss)/d(alpha)"] == "d(loss)/d(a) * intercept(x)'"
    found = derived(capsys, path, "--wrt", "alpha", "--shapes", "alpha: 5 x 3, beta: 1 x 6")
    assert found["shape"] == [5, 3]
    assert refused(capsys, path, "--wrt", "W").startswith("error: unknown name `W`")


def test_a_spec_on_standard_input_is_known_by_its_tables(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for file in ("recitation.json", "recitation-equations.toml"):
        data = (ROOT / "configs" / file).read_bytes()
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(data)))
        assert derived(capsys, "-", "--wrt", "beta")["slopes"]["d(loss)/d(yhat)"] == "yhat - y"


def test_a_transpose_is_no_file_ending(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "A.T").write_text("nothing", encoding="utf-8")
    assert derived(capsys, "A.T", "--wrt", "A", "--shapes", "A: 1 x n")["derivative"] == "eye(n)"


@pytest.mark.parametrize("form", [form for form in (*FORMATS, "numpy") if form != "terminal"])
@pytest.mark.parametrize("words", [(), ("--chain",), ("--method", "element"), ("--hessian",)])
def test_every_form_prints_definitions(form: str, words: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["derive", LEAST, "--wrt", "w", *words, "--format", form]) == 0
    assert capsys.readouterr().out


def test_functions_that_nobody_knows_may_stand_in_definitions(capsys: pytest.CaptureFixture[str]) -> None:
    found = derived(capsys, "u = a'*x; g(u)", "--wrt", "x", "--shapes", "g: function")
    assert found["derivative"] == "g'(a' * x) * a"
    vector = lines(capsys, "u = A*x; v = g(u); norm2(v)^2", "--wrt", "x", "--shapes", "g: function", "--hessian")
    assert not any("⟨g," in line for line in vector)  # what arrives has another letter
    assert lines(capsys, "g(A*x)", "--wrt", "x", "--shapes", "g: function")[1].startswith("⟨G, df⟩")


def test_names_that_rules_use_may_be_a_persons(capsys: pytest.CaptureFixture[str]) -> None:
    found = derived(capsys, "g = X*w; H = sum(g); f = H^2", "--wrt", "w", "--hessian")
    assert found["derivative"] == "2 * X' * ones(n, n) * X" or found["verified"]
    assert found["steps"][-1]["name"] != "H"
    found = derived(capsys, "g = A*x; u = tanh(g); B*u", "--wrt", "x", "--layout", "numerator")
    assert found["verified"]
