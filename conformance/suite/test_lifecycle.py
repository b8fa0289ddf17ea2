"""LIF: whole lives, drawn in any order and compared with a small model."""

from __future__ import annotations

from hypothesis import HealthCheck, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from conformance.cases import derived_seed
from conformance.examiner import Examiner
from conformance.model import MUST, Clause
from conformance.requirement import requirement
from conformance.suite.paths import DEVICE, DEVICES, MESSAGES, PUSH_CHANNELS, SUBSCRIPTIONS, pointer
from conformance.suite.push_machine import PushMachine
from conformance.target import Target

STEPS = 12


@requirement(
    "LIF-01",
    MUST,
    "Devices, subscriptions and push channels are what the requests so far made of them",
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
def test_push_state_follows_its_history(target: Target, examiner: Examiner) -> None:
    def machine() -> PushMachine:
        return PushMachine(target, examiner.begin)

    run_state_machine_as_test(
        # A function that makes the machine serves as well as its class, though the types say otherwise.
        seed(derived_seed(examiner.situation.seed, "LIF-01"))(machine),  # type: ignore[arg-type]
        settings=settings(
            max_examples=examiner.situation.examples,
            stateful_step_count=STEPS,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
