"""LIF: random sequences of requests, compared with a model of the state that they leave."""

from __future__ import annotations

from collections.abc import Callable

from hypothesis import seed, settings
from hypothesis.stateful import RuleBasedStateMachine, run_state_machine_as_test

from conformance.cases.seed import derived_seed
from conformance.model import MUST, Clause
from conformance.requirement import requirement
from conformance.run.worker import Worker
from conformance.suite.steps.endpoints import DEVICE, DEVICES, MESSAGES, PUSH_CHANNELS, SUBSCRIPTIONS, TOKENS, pointer
from conformance.suite.steps.flaws import rejected_flaw
from conformance.suite.steps.message_machine import MessageMachine
from conformance.suite.steps.push_machine import PushMachine
from conformance.suite.steps.tokens import Issuer
from conformance.target.client import Target

STEPS = 30
"""Steps of one sequence. A few long sequences find more than many short ones: a fault of a second registration, for
example, needs a device that was registered and subscribed before.
"""


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
def test_push_state_matches_the_requests(target: Target, worker: Worker) -> None:
    run_machine("LIF-01", lambda: PushMachine(target, worker.begin_example), worker)


@requirement(
    "LIF-02",
    MUST,
    "A channel's history matches the accepted and rejected publish requests made so far",
    clause=Clause(pointer("get", MESSAGES, "description"), "Get message history for a channel"),
    operations=[f"POST {MESSAGES}", f"GET {MESSAGES}", f"POST {TOKENS}"],
    needs={"state", "credentials", "msgpack", "documentation"},
)
def test_history_matches_the_publish_requests(target: Target, issuer: Issuer, worker: Worker) -> None:
    flaw = rejected_flaw(target)
    run_machine("LIF-02", lambda: MessageMachine(target, issuer, flaw, worker.begin_example), worker)


def run_machine(id_: str, machine: Callable[[], RuleBasedStateMachine], worker: Worker) -> None:
    """Run as many sequences as the profile asks for, drawn from the run's seed and the requirement."""
    run_state_machine_as_test(
        # A function that makes the machine serves as well as its class, though the types say otherwise.
        seed(derived_seed(worker.run_config.seed, id_))(machine),  # type: ignore[arg-type]
        settings=settings(stateful_step_count=STEPS),
    )
