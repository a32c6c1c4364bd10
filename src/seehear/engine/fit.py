"""The training loop: the same for every network, resumable at any step, bit-identical when resumed.

Nothing here depends on how often or when a run was interrupted, or on how many processes share it: batch, learning
rate and random numbers are pure functions of (seed, step, shard), gradients of shards are summed in one order, and the
state between two steps is all that is carried over.
"""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import reduce
from pathlib import Path

import torch
from torch import Tensor, nn

from seehear.core.errors import NotFiniteError
from seehear.engine.batch import Batch
from seehear.engine.device import Compute, seed_randomness
from seehear.engine.progress import Watch
from seehear.engine.schedule import Schedule
from seehear.engine.state import State, load_newest_state, optimizer_tensors, restore_optimizer, save_state
from seehear.engine.team import ALONE, Team
from seehear.nn.losses import Labels, Loss


@dataclass(frozen=True)
class Plan:
    """How long and how fast to train, and which validation metric chooses the epoch that is kept."""

    steps_per_epoch: int
    epochs: int
    schedule: Schedule
    seed: int
    metric: str
    higher_is_better: bool = True
    clip_norm: float | None = None
    """Largest L2 norm of the whole gradient; `None` leaves it alone."""
    weight_decay: float = 0.0
    patience: int | None = None
    """Stop after so many epochs without a better one; `None` trains to the end."""
    save_every_seconds: float = 30.0
    """Time between two states on disk; 0 saves after every step. It has no influence on the result."""

    @property
    def total_steps(self) -> int:
        return self.steps_per_epoch * self.epochs


@dataclass(frozen=True)
class Fitted:
    """What a training came to; the network holds the weights of `best_epoch`."""

    best_epoch: int
    """Counted from 1."""
    steps: int
    history: tuple[dict[str, float], ...]

    @property
    def best(self) -> dict[str, float]:
        """The record of the epoch that was kept."""
        return self.history[self.best_epoch - 1]


def fit(
    network: nn.Module,
    plan: Plan,
    *,
    batch_at: Callable[[int], Batch],
    loss: Loss,
    validate: Callable[[nn.Module, torch.device], dict[str, float]],
    states: Path,
    identity: str,
    training_inputs: Callable[[Labels], Mapping[str, Tensor]] = lambda labels: {},
    compute: Compute | None = None,
    team: Team = ALONE,
    watch: Watch | None = None,
    title: str = "training",
) -> Fitted:
    """Train `network` with Adam and leave in it the weights of the epoch that validated best.

    `batch_at(step)` must be a pure function; `validate(network, device)` gets the network in evaluation mode and
    returns metrics, among them `plan.metric`; `training_inputs(labels)` are arguments of the network besides features
    while it is trained. States are kept under `states`; where a run of the same `identity` was interrupted it goes on,
    and ends with the same bytes as if it had not been. Raises :class:`NotFiniteError`, naming the clips, when a loss or
    gradient is not finite; the states on disk stay as they were.

    Where `team` is of several processes each calls this with the same arguments. Only the leader reads and writes
    states, validates and is watched; all end with the same weights.
    """
    compute = (compute or Compute()).resolved()
    with compute.applied() as device, watch or Watch() as watching:
        run = _Run(network.to(device), plan, loss, training_inputs, compute, team, device)
        if (state := _shared_state(team, states, identity)) is not None:
            run.restore(state)
        watching.start(title, run.step, plan.total_steps)
        saved_step, saved_time = run.step, time.monotonic()
        while not run.finished:
            watching.on_step(run.step + 1, run.train_step(batch_at(run.step)))
            if run.step % plan.steps_per_epoch == 0:
                watching.on_epoch(run.end_epoch(validate))
            if team.leads and time.monotonic() - saved_time >= plan.save_every_seconds:
                save_state(states, run.state(), identity)
                saved_step, saved_time = run.step, time.monotonic()
        if team.leads and run.step != saved_step:
            save_state(states, run.state(), identity)
        network.load_state_dict(run.best_weights)
        network.eval()
    return Fitted(best_epoch(run.history, plan), run.step, tuple(run.history))


def best_epoch(history: Iterable[dict[str, float]], plan: Plan) -> int:
    """Number, from 1, of the first epoch that no other beats in `plan.metric`; 0 before any."""
    sign = 1 if plan.higher_is_better else -1
    scores = [sign * record[plan.metric] for record in history]
    return scores.index(max(scores)) + 1 if scores else 0


def _shared_state(team: Team, states: Path, identity: str) -> State | None:
    """Where the run goes on, as the leader found it on its disk."""
    found = load_newest_state(states, identity) if team.leads else None
    if team.size == 1:
        return found
    data = team.leaders(b"" if found is None else found.to_bytes())
    return State.from_bytes(data) if data else None


class _Run:
    """A training between two steps."""

    def __init__(
        self,
        network: nn.Module,
        plan: Plan,
        loss: Loss,
        training_inputs: Callable[[Labels], Mapping[str, Tensor]],
        compute: Compute,
        team: Team,
        device: torch.device,
    ) -> None:
        self.network, self.plan, self.loss, self.training_inputs = network, plan, loss, training_inputs
        self.compute, self.team, self.device = compute, team, device
        self.parameters = [parameter for parameter in network.parameters() if parameter.requires_grad]
        self.forward = compute.compiled(network)
        self.optimizer = torch.optim.Adam(network.parameters(), lr=0.0, weight_decay=plan.weight_decay)
        self.step = 0
        self.loss_sum = 0.0
        self.history: list[dict[str, float]] = []
        self.best_weights: dict[str, Tensor] = {}

    @property
    def finished(self) -> bool:
        if self.step >= self.plan.total_steps:
            return True
        if self.plan.patience is None or self.step % self.plan.steps_per_epoch:
            return False
        return len(self.history) - best_epoch(self.history, self.plan) >= self.plan.patience

    @property
    def learning_rate(self) -> float:
        return self.plan.schedule.rate(self.step, self.plan.steps_per_epoch, self.plan.epochs)

    def train_step(self, batch: Batch) -> float:
        for group in self.optimizer.param_groups:
            group["lr"] = self.learning_rate
        self.network.train()
        value = self._whole_gradient(batch) if self.compute.shards == 1 else self._gradient_of_shards(batch)
        self._check_finite("loss", value, batch)
        limit = float("inf") if self.plan.clip_norm is None else self.plan.clip_norm
        self._check_finite("gradient", nn.utils.clip_grad_norm_(self.network.parameters(), limit).item(), batch)
        self.optimizer.step()
        self.step += 1
        self.loss_sum += value
        return value

    def _whole_gradient(self, batch: Batch, shard: int = 0) -> float:
        """Leave the gradient of the loss in the parameters and return the loss."""
        seed_randomness(self.plan.seed, self.step, shard)
        batch = batch.to(self.device)
        with self.compute.autocast():
            prediction = self.forward(batch.visual, batch.audio, **self.training_inputs(batch.labels))
        loss = self.loss(prediction, batch.labels)
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        return loss.item()

    def _gradient_of_shards(self, batch: Batch) -> float:
        """The same by parts of the batch, each where its process is, summed in their order by everyone."""
        shards = self.compute.shards or 1
        own = [self._flat_gradient(batch.shard(number, shards), number) for number in self.team.own(shards)]
        loss, *gradient = reduce(Tensor.add, self.team.gathered(torch.stack(own))).split(
            [1, *(parameter.numel() for parameter in self.parameters)]
        )
        for parameter, values in zip(self.parameters, gradient, strict=True):
            parameter.grad = values.view_as(parameter)
        return loss.item()

    def _flat_gradient(self, shard: Batch, number: int) -> Tensor:
        """(1+P,) loss and gradient of one shard in one row; zeros for a shard without clips."""
        gradients: list[Tensor | None] = [None] * len(self.parameters)
        value = 0.0
        if len(shard):
            value = self._whole_gradient(shard, number)
            gradients = [parameter.grad for parameter in self.parameters]
        pairs = zip(gradients, self.parameters, strict=True)
        flat = [(torch.zeros_like(other) if one is None else one).flatten() for one, other in pairs]
        return torch.cat([torch.tensor([value], device=self.device), *flat])

    def end_epoch(self, validate: Callable[[nn.Module, torch.device], dict[str, float]]) -> dict[str, float]:
        metrics = self._validated(validate)
        if not math.isfinite(score := metrics[self.plan.metric]):
            raise NotFiniteError(
                f"validation {self.plan.metric} after step {self.step} is {score}; look at the features of its clips"
            )
        rate = self.plan.schedule.rate(self.step - 1, self.plan.steps_per_epoch, self.plan.epochs)
        mean_loss = self.loss_sum / self.plan.steps_per_epoch
        self.history.append({"epoch": len(self.history) + 1, "loss": mean_loss, "learning_rate": rate, **metrics})
        self.loss_sum = 0.0
        if best_epoch(self.history, self.plan) == len(self.history):
            self.best_weights = {name: value.detach().clone() for name, value in self.network.state_dict().items()}
        return self.history[-1]

    def _validated(self, validate: Callable[[nn.Module, torch.device], dict[str, float]]) -> dict[str, float]:
        """What the leader measured, once all are known to have trained the same weights."""
        if self.team.size > 1:
            weights = [value.detach().cpu().flatten() for value in self.network.state_dict().values()]
            self.team.require_same(torch.cat(weights).numpy().tobytes(), f"weights after step {self.step}")
        found = b""
        if self.team.leads:
            self.network.eval()
            with torch.inference_mode():
                found = json.dumps(validate(self.network, self.device)).encode()
        return json.loads(self.team.leaders(found))

    def state(self) -> State:
        return State(
            weights=self.network.state_dict(),
            optimizer=optimizer_tensors(self.optimizer, self.network),
            best_weights=self.best_weights,
            step=self.step,
            loss_sum=self.loss_sum,
            history=self.history,
        )

    def restore(self, state: State) -> None:
        self.network.load_state_dict(state.weights)
        restore_optimizer(self.optimizer, self.network, state.optimizer)
        self.best_weights = state.best_weights
        self.step, self.loss_sum, self.history = state.step, state.loss_sum, state.history

    def _check_finite(self, what: str, value: float, batch: Batch) -> None:
        if math.isfinite(value):
            return
        broken = [
            name
            for name, visual, audio in zip(batch.names, batch.visual, batch.audio, strict=True)
            if not (visual.isfinite().all() and audio.isfinite().all())
        ]
        if broken:
            cause = f"the features of {', '.join(broken)} are not finite: extract them again or leave them out"
        else:
            cause = f"the batch held {', '.join(batch.names)}: look at these clips, or lower the learning rate"
        raise NotFiniteError(f"the {what} of step {self.step + 1} is {value}; {cause}")
