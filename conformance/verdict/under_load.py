"""Says from which rate on the contract does not hold, from what a load counted at each of its rates.

Pure. A rate that was not reached, or of which no answer was judged, is not one at which the contract held, whatever was
found there.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence

from conformance.series import LoadStep
from conformance.verdict.result import some

_LATE = 25.0
"""Milliseconds that requests begin after their time, in the mean; then the load generator is at its end."""

_FEW = 3
_FEW_OF_MANY = 0.05
"""Answers that may be missing at a rate that was reached: so many, or this share of them."""


def is_reached(step: LoadStep) -> bool:
    """Whether the target answered nearly as often as it was to be asked, and to the end."""
    missing = (step.asked - step.reached) * step.seconds
    return step.is_whole and step.reached > 0 and missing <= max(_FEW, _FEW_OF_MANY * step.asked * step.seconds)


def _is_judged(step: LoadStep) -> bool:
    """Whether its answers say whether the contract held."""
    return is_reached(step) and step.judged > 0


def answer_of(steps: Sequence[LoadStep], counting: Collection[str]) -> str:
    """One sentence; "" without steps. counting: the requirements whose findings count."""
    if not steps:
        return ""
    failing = [sorted({id_ for id_, count in step.findings if count} & set(counting)) for step in steps]
    for number, failed in enumerate(failing):
        new = [id_ for id_ in failed if id_ not in failing[0]]
        if new:
            return _breaks_at(steps, number, new, failing[0]) + _unsaid(steps[:number])
    if failing[0]:
        higher = ", and higher rates added nothing" if len(steps) > 1 else ""
        return (
            f"the contract does not hold at {steps[0].asked:g} requests a second, the lowest rate: {some(failing[0])} "
            f"failed there{higher}{_unsaid(steps)}"
        )
    held = [step for step in steps if _is_judged(step)]
    if not held:
        return f"whether the contract holds under load is not known{_unsaid(steps)}"
    every = "every rate" if held == list(steps[: len(held)]) else "the rates that were reached and judged,"
    return f"the contract held at {every} up to {_rate(held[-1])}{_unsaid(steps)}"


def _breaks_at(steps: Sequence[LoadStep], number: int, new: list[str], at_all: list[str]) -> str:
    step, below = steps[number], [each for each in steps[:number] if _is_judged(each)]
    known = f"; {some(at_all)} failed at the lowest rate already" if at_all else ""
    held = "nothing of the kind was found" if at_all else "the contract held"
    lower = f"{held} at {_rate(below[-1])} and below, and " if below else ""
    rate = f"{step.asked:g} requests a second on ({step.reached:,.1f} reached)"
    return f"the contract fails from {rate}: {lower}{some(new)} failed first there{known}"


def _rate(step: LoadStep) -> str:
    return f"{step.asked:g} requests a second ({step.reached:,.1f} reached)"


def _unsaid(steps: Iterable[LoadStep]) -> str:
    return "".join(f"; {words}" for words in unknown(steps))


def unknown(steps: Iterable[LoadStep]) -> Iterator[str]:
    """A sentence for each rate of which it is not known whether the contract held, with what was in the way."""
    for step in steps:
        if not step.is_whole:
            yield f"the rate of {step.asked:g} requests a second was cut short after {step.seconds:g} s"
        elif not is_reached(step):
            yield (
                f"the rate of {step.asked:g} requests a second was not reached: the target gave {step.reached:,.1f} "
                f"answers a second, {_obstacle(step)}"
            )
        elif not step.judged:
            yield f"no answer was judged at {step.asked:g} requests a second"


def _obstacle(step: LoadStep) -> str:
    many = _FEW_OF_MANY * step.sent
    if not step.sent:
        return "and no request was sent"
    if step.refused > many:
        return f"and {step.refused:,} of {step.sent:,} requests were refused by a rate limit or a gateway"
    if step.failed > many:
        return f"and {step.failed:,} of {step.sent:,} requests got no response"
    if step.late >= _LATE:
        return f"and requests began {step.late:.0f} ms late: the load generator needs more workers and cores"
    return f"and the users waited for its answers ({step.median:g} ms in the median)"
