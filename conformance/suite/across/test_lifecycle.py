"""LIF: whole lives, drawn in any order and compared with a small model."""

from __future__ import annotations

from collections.abc import Callable

from hypothesis import seed, settings
from hypothesis.stateful import RuleBasedStateMachine, run_state_machine_as_test

from conformance.cases.generator import derived_seed
from conformance.model import MUST, Clause
from conformance.requirement import requirement
from conformance.run.worker import Worker
from conformance.suite.steps.endpoints import DEVICE, DEVICES, MESSAGES, PUSH_CHANNELS, SUBSCRIPTIONS, TOKENS, pointer
from conformance.suite.steps.message_machine import MessageMachine
from conformance.suite.steps.push_machine import PushMachine
from conformance.suite.steps.tokens import Issuer
from conformance.target.client import Target

STEPS = 30
"""Of one life. Long lives show more than many: a lie about saving again needs somebody who has saved and subscribed."""


@requirement(
    "LIF-01",
    MUST,
    "Devices, subscriptions and push channels match the requests made so far",
    clause=Clause(pointer("delete", DEVICES, "description"), "Unregisters devices. All their subscriptions"),
    operations=[
        f"PUT {DEVICE}",
        f"PATCH {DEVICE}",
        f"DELETE {DEVICE}",
        f"GET {DEVICES}",
        f"DELETE {DEVICES}",
        f"POST {SUBSCRIPTIONS}",
        f"GET {SUBSCRIPTIONS}",
        f"DELETE {SUBSCRIPTIONS}",
        f"GET {PUSH_CHANNELS}",
        f"POST {MESSAGES}",
        f"GET {MESSAGES}",
    ],
    needs={"state", "push", "documentation"},
)
def test_push_state_follows_its_history(target: Target, worker: Worker) -> None:
    live("LIF-01", lambda: PushMachine(target, worker.begin_example), worker)


@requirement(
    "LIF-02",
    MUST,
    "A channel's history matches the accepted and rejected publish requests made so far",
    clause=Clause(pointer("get", MESSAGES, "description"), "Get message history for a channel"),
    operations=[f"POST {MESSAGES}", f"GET {MESSAGES}", f"POST {TOKENS}"],
    needs={"state", "credentials", "msgpack", "documentation"},
)
def test_history_follows_what_was_published(target: Target, issuer: Issuer, worker: Worker) -> None:
    live("LIF-02", lambda: MessageMachine(target, issuer, worker.begin_example), worker)


def live(id_: str, machine: Callable[[], RuleBasedStateMachine], worker: Worker) -> None:
    """As many lives as the profile says, drawn for this requirement and this seed."""
    run_state_machine_as_test(
        # A function that makes the machine serves as well as its class, though the types say otherwise.
        seed(derived_seed(worker.run_config.seed, id_))(machine),  # type: ignore[arg-type]
        settings=settings(stateful_step_count=STEPS),
    )
