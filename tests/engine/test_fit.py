"""The loop on a network small enough to follow: what is learned, what is kept, what stops it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from seehear.core.errors import InvalidValueError, NotFiniteError
from seehear.engine.batch import Batch
from seehear.engine.device import Compute
from seehear.engine.fit import Fitted, Plan, best_epoch, fit
from seehear.engine.progress import Watch
from seehear.engine.schedule import EpochSteps
from seehear.nn.losses import Labels, segment_cross_entropy
from seehear.nn.prediction import Prediction

PLAN = Plan(steps_per_epoch=3, epochs=4, schedule=EpochSteps(0.01), seed=5, metric="accuracy", save_every_seconds=0.0)
UNSAVED = replace(PLAN, save_every_seconds=1e9)
"""The same with one state only, at the end: a test that needs no more is done sooner."""
ONE_THREAD = Compute("cpu", threads=1)


class Mean(nn.Module):
    """Segment logits from the mean over the grid, after dropout."""

    def __init__(self) -> None:
        super().__init__()
        self.linear = nn.Linear(4, 3)
        nn.init.constant_(self.linear.weight, 0.1)
        nn.init.zeros_(self.linear.bias)
        self.dropout = nn.Dropout(0.5)

    def forward(self, visual: Tensor, audio: Tensor) -> Prediction:
        return Prediction(2, segment_logits=self.linear(self.dropout(visual.mean(dim=(2, 3)) + audio)))


def batch_at(step: int) -> Batch:
    generator = torch.Generator().manual_seed(step)
    classes = torch.randint(0, 3, (2, 5), generator=generator)
    audio = 4.0 * nn.functional.one_hot(classes, 4)
    names = (f"first of {step}", f"second of {step}")
    return Batch(names, torch.randn(2, 5, 1, 1, 4, generator=generator), audio, Labels(classes[:, 0], classes))


class StopAt(Watch):
    """Stands for a kill between two steps."""

    def __init__(self, step: int) -> None:
        self.last, self.first = step, -1

    def start(self, title: str, step: int, total_steps: int) -> None:
        self.first = step

    def on_step(self, step: int, loss: float) -> None:
        if step == self.last:
            raise KeyboardInterrupt


def scores(*values: float) -> Callable[[nn.Module, torch.device], dict[str, float]]:
    """A validation whose results are given."""
    left = list(values)
    return lambda network, device: {"accuracy": left.pop(0)}


def weight_sum(network: nn.Module, device: torch.device) -> dict[str, float]:
    return {"accuracy": sum(value.double().sum().item() for value in network.state_dict().values())}


def run(folder: Path, plan: Plan = UNSAVED, network: nn.Module | None = None, **changes: object) -> Fitted:
    given = {"batch_at": batch_at, "loss": segment_cross_entropy, "validate": weight_sum, "identity": "run"}
    given |= {"compute": ONE_THREAD, **changes}
    return fit(network or Mean(), plan, states=folder, **given)  # type: ignore[arg-type]


def trained(folder: Path, **changes: object) -> tuple[dict[str, Tensor], Fitted]:
    network = Mean()
    fitted = run(folder, network=network, **changes)
    return network.state_dict(), fitted


def same(first: dict[str, Tensor], second: dict[str, Tensor]) -> bool:
    return all(torch.equal(first[name], second[name]) for name in first)


def test_the_loss_falls(tmp_path: Path) -> None:
    fitted = run(tmp_path, replace(UNSAVED, epochs=60))
    assert fitted.history[-1]["loss"] < 0.8 * fitted.history[0]["loss"]


@pytest.mark.parametrize("step", [1, 2, 3, 7, 9, 11])
def test_interrupted_before_any_step_and_resumed_it_ends_the_same(tmp_path: Path, step: int) -> None:
    weights, fitted = trained(tmp_path / "unbroken")
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path / "broken", PLAN, watch=StopAt(step + 1))
    resumed = StopAt(-1)
    again, fitted_again = trained(tmp_path / "broken", watch=resumed)
    assert resumed.first == step
    assert same(weights, again)
    assert fitted_again == fitted


def test_states_on_disk_have_no_influence_on_the_result(tmp_path: Path) -> None:
    often, _ = trained(tmp_path / "often", plan=PLAN)
    never, _ = trained(tmp_path / "never", plan=UNSAVED)
    assert same(often, never)


def test_another_seed_gives_other_weights(tmp_path: Path) -> None:
    first, _ = trained(tmp_path / "first")
    second, _ = trained(tmp_path / "second", plan=replace(UNSAVED, seed=6))
    assert not same(first, second)


def test_random_numbers_of_the_caller_neither_matter_nor_change(tmp_path: Path) -> None:
    first, second = Mean(), Mean()
    torch.manual_seed(1)
    before = torch.get_rng_state()
    run(tmp_path / "first", network=first)
    assert torch.equal(torch.get_rng_state(), before)
    torch.manual_seed(2)
    run(tmp_path / "second", network=second)
    assert same(first.state_dict(), second.state_dict())


def test_two_states_stay_on_disk(tmp_path: Path) -> None:
    run(tmp_path, PLAN)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["step-000000011", "step-000000012"]


def test_a_damaged_state_is_passed_over_for_the_one_before(tmp_path: Path) -> None:
    weights, _ = trained(tmp_path / "unbroken")
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path / "broken", PLAN, watch=StopAt(8))
    newest = tmp_path / "broken" / "step-000000007" / "weights.safetensors"
    flipped = bytearray(newest.read_bytes())
    flipped[-1] ^= 1
    newest.write_bytes(flipped)
    resumed = StopAt(-1)
    again, _ = trained(tmp_path / "broken", watch=resumed)
    assert resumed.first == 6
    assert same(weights, again)


def test_what_a_kill_left_half_written_is_cleared_away(tmp_path: Path) -> None:
    half = tmp_path / ".step-000000004.abcd"
    half.mkdir(parents=True)
    (half / "weights.safetensors").write_bytes(b"half")
    run(tmp_path)
    assert not half.exists()


def test_states_of_another_run_are_refused(tmp_path: Path) -> None:
    run(tmp_path)
    with pytest.raises(InvalidValueError, match="other settings or data"):
        run(tmp_path, identity="other")


def test_the_epoch_that_validated_best_is_kept_the_first_of_equals(tmp_path: Path) -> None:
    kept, after = Mean(), []

    def validate(network: nn.Module, device: torch.device) -> dict[str, float]:
        after.append({name: value.clone() for name, value in network.state_dict().items()})
        return {"accuracy": [0.1, 0.7, 0.7, 0.3][len(after) - 1]}

    fitted = run(tmp_path, network=kept, validate=validate)
    assert fitted.best_epoch == 2
    assert fitted.best["accuracy"] == 0.7
    assert same(kept.state_dict(), after[1])


def test_a_loss_is_best_where_it_is_lowest() -> None:
    history = [{"accuracy": value} for value in (3.0, 1.0, 2.0)]
    assert best_epoch(history, PLAN) == 1
    assert best_epoch(history, replace(PLAN, higher_is_better=False)) == 2


def test_patience_stops_after_so_many_epochs_without_a_better_one(tmp_path: Path) -> None:
    plan = replace(UNSAVED, epochs=9, patience=2)
    fitted = run(tmp_path, plan, validate=scores(0.1, 0.5, 0.4, 0.5))
    assert (fitted.steps, fitted.best_epoch, len(fitted.history)) == (4 * PLAN.steps_per_epoch, 2, 4)


def test_an_early_stop_stays_stopped_when_resumed(tmp_path: Path) -> None:
    plan = replace(UNSAVED, epochs=9, patience=1)
    first = run(tmp_path, plan, validate=scores(0.5, 0.4))
    assert run(tmp_path, plan, validate=scores()) == first


def test_the_gradient_is_clipped_to_its_norm(tmp_path: Path) -> None:
    seen: list[float] = []

    class Recording(torch.optim.Adam):
        def step(self, closure: None = None) -> None:
            gradients = [p.grad for group in self.param_groups for p in group["params"]]
            seen.append(torch.cat([gradient.flatten() for gradient in gradients]).norm().item())
            super().step()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(torch.optim, "Adam", Recording)
        run(tmp_path / "free", replace(UNSAVED, epochs=1))
        free = seen.copy()
        seen.clear()
        run(tmp_path / "clipped", replace(UNSAVED, epochs=1, clip_norm=0.01))
    assert min(free) > 0.02
    assert seen == pytest.approx([0.01] * 3, rel=1e-3)


def broken_at(step: int) -> Callable[[int], Batch]:
    def at(now: int) -> Batch:
        batch = batch_at(now)
        if now == step:
            batch.visual[1, 0] = float("nan")
        return batch

    return at


def test_features_that_are_not_finite_stop_the_run_and_name_the_clip(tmp_path: Path) -> None:
    with pytest.raises(NotFiniteError, match="step 5") as caught:
        run(tmp_path, batch_at=broken_at(4))
    assert "second of 4" in str(caught.value)
    assert "first of 4" not in str(caught.value)


def test_a_run_stopped_by_such_features_goes_on_once_they_are_mended(tmp_path: Path) -> None:
    weights, _ = trained(tmp_path / "unbroken")
    with pytest.raises(NotFiniteError):
        run(tmp_path / "broken", PLAN, batch_at=broken_at(4))
    again, _ = trained(tmp_path / "broken")
    assert same(weights, again)


def test_a_validation_that_is_not_finite_stops_the_run(tmp_path: Path) -> None:
    with pytest.raises(NotFiniteError, match="validation accuracy after step 3 is nan"):
        run(tmp_path, validate=scores(float("nan")))


def test_a_loss_that_overflows_on_sound_features_names_every_clip_of_the_batch(tmp_path: Path) -> None:
    def overflow(prediction: Prediction, labels: Labels) -> Tensor:
        return segment_cross_entropy(prediction, labels) * float("inf")

    with pytest.raises(NotFiniteError, match=r"first of 0, second of 0.*learning rate"):
        run(tmp_path, loss=overflow)


def test_a_gradient_that_is_not_finite_stops_the_run_before_it_reaches_the_weights(tmp_path: Path) -> None:
    network = Mean()
    before = {name: value.clone() for name, value in network.state_dict().items()}

    def steep(prediction: Prediction, labels: Labels) -> Tensor:
        assert prediction.segment_logits is not None
        return (prediction.segment_logits * 0).abs().sqrt().sum()  # finite, with an infinite slope times zero

    with pytest.raises(NotFiniteError, match="gradient"):
        run(tmp_path, network=network, loss=steep)
    assert same(network.state_dict(), before)


def test_bfloat16_trains_float32_weights_to_nearly_the_same_loss(tmp_path: Path) -> None:
    plain = run(tmp_path / "plain")
    half, fitted = trained(tmp_path / "half", compute=replace(ONE_THREAD, precision="bf16"))
    assert {value.dtype for value in half.values()} == {torch.float32}
    assert fitted.history[-1]["loss"] == pytest.approx(plain.history[-1]["loss"], rel=0.02)
    assert fitted.history[-1]["loss"] != plain.history[-1]["loss"]
