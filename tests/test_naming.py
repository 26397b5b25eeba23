"""What quantities and gradients are called, wherever a name is asked for."""

from __future__ import annotations

from pathlib import Path

import pytest

from nncalc.cli.app import run

SPEC = str(Path(__file__).parent.parent / "configs" / "recitation.toml")
#: What means the derivative by the second weight of the output, which the lecture works out as 12.
CALLED = (
    "d(loss)/d(beta[1])", "∂ℓ/∂β₁", "d(loss)/d(beta.1)", "loss/beta.1", "loss/beta[1]", "L/beta.1", "dL/dbeta.1",
    "beta.grad[1]", "beta.grad.1", "beta[1].grad", "grads['beta[1]']", "dbeta.1", "dbeta_1", "dbeta_{1}",
)  # fmt: skip


@pytest.mark.parametrize("called", CALLED)
def test_a_derivative_may_be_called_so_wherever_one_is_asked_for(
    called: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["backward", SPEC, "--get", called]) == 0
    assert run(["check", SPEC, "--answer", f"{called} = 12", "--format", "plain"]) == 0
    assert run(["backward", SPEC, "--wrt", called, "--format", "plain", "--show-steps"]) == 0
    value, _, rest = capsys.readouterr().out.partition("\n")
    assert value == "12"
    assert rest.rstrip().endswith("∂ℓ/∂β₁ = ∂ℓ/∂ŷ · ∂ŷ/∂β₁ = ∂ℓ/∂ŷ · z₁ = 4 · 3 = 12  # updates β; reuses ∂ℓ/∂ŷ, z₁")


@pytest.mark.parametrize(
    ("called", "value"), [("alpha.2.1", "2"), ("a.1", "3"), ("x_2", "2"), ("L", "8"), ("α.2.1", "2")]
)
def test_so_may_a_value(called: str, value: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["forward", SPEC, "--get", called]) == 0
    assert capsys.readouterr().out == f"{value}\n"


@pytest.mark.parametrize(
    ("called", "said"),
    [
        ("gamma.1", "unknown name `gamma`"),
        ("loss/gamma", "unknown name `gamma`"),
        ("beta.9", "there is no entry `beta[9]`"),
        ("yhat/x", "`yhat/x` is not a name"),
        ("1.5", "`1.5` is not a name"),
        ("dyhat/dx", "gradients here are of `loss`, and `yhat` is another quantity"),
        ("d(q)/d(beta)", "unknown name `q`"),
        ("beta[1].grad[2]", "is not a name"),
    ],
)
def test_what_nothing_is_called_is_refused(called: str, said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["backward", SPEC, "--get", called]) == 2
    assert said in capsys.readouterr().err


def test_a_quantity_goes_before_what_people_call_another_so(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["-e", "L = x^2", "-e", "dx = 3*x", "-e", "f = L + dx", "x=2"]
    assert run(["backward", *words, "--get", "L", "--get", "dx", "--get", "f/x"]) == 0
    assert capsys.readouterr().out == "4\n6\n7\n"


def test_without_a_loss_there_is_no_gradient(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["forward", "-e", "f = 2*x", "x=[1, 2]", "--get", "dx"]) == 2
    assert "nothing is called `d(f)/d(x)` here" in capsys.readouterr().err
