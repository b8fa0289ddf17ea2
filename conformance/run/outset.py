"""The lines that say what a run is about to do: to which target, with which rights, and for how long.

Pure.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from conformance.costs import Forecast
from conformance.profile import Blast, Start
from conformance.report.text.safe_text import one_line
from conformance.run.config import RunConfig
from conformance.run.readiness import Readiness
from conformance.target.limits import limiting, rights

_WIDTH = 13
_DAY = 86_400
_STAYS = "channels and their messages stay as long as the service keeps them, and tokens until they expire"


def of_target(run: RunConfig, found: Readiness) -> Iterator[str]:
    """What the pre-flight found out, and what the profile will do with it."""
    yield from _line("target", _target(run, found))
    yield from _line("TLS", _tls(run, found))
    yield from _line("clock", _clock(found))
    yield from _line("key", _key(run, found))
    yield from _line("application", _application(run))
    yield from _line("writes", _writes(run))


def of_tests(run: RunConfig, found: Readiness, tests: int, expected: Forecast) -> Iterator[str]:
    """How many tests there are, and what they are expected to take."""
    unknown = f"; {expected.unknown} tests were never measured, and come on top" if expected.unknown else ""
    requests = f"about {_rounded(expected.requests):,} requests, as against the reference server{unknown}"
    yield from _line("tests", f"{tests:,}, with {requests}")
    yield from _line("time", _time(run, found, expected))


def _line(name: str, text: str) -> Iterator[str]:
    yield f"{name:{_WIDTH}} {one_line(text)}"


def _target(run: RunConfig, found: Readiness) -> str:
    server = f"server {found.server}" if found.server else "its answers name no server (x-ably-serverid)"
    kind = "the embedded reference server" if run.profile.target.start is Start.EMBEDDED else server
    return f"{run.url}, {kind}, by the profile {run.profile.name}"


def _tls(run: RunConfig, found: Readiness) -> str:
    if found.tls is None:
        return "unknown: no handshake was completed" if run.url.startswith("https:") else "none: the URL is http"
    days = int((found.tls.expires - run.started) // _DAY)
    day = datetime.fromtimestamp(found.tls.expires, UTC).date()
    return f"{found.tls.version}, the certificate of {found.tls.name} expires on {day} (in {days} days)"


def _clock(found: Readiness) -> str:
    if found.skew is None:
        return "unknown: the target does not tell the time; the clock of this machine is used"
    return f"the target's is {found.skew:+d} ms from ours, to within {max(found.accuracy, 1):.0f} ms"


def _key(run: RunConfig, found: Readiness) -> str:
    target = run.profile.target
    if target.start is not Start.GIVEN:
        return "made with the application, and may do everything"
    if "credentials" not in target.offers:
        return f"not looked at: the profile {run.profile.name} does not offer credentials"
    if run.blockers:
        return "not known to be accepted"
    if found.capability is None:
        return "accepted; the target does not tell what it may do"
    if limiting(found.capability) is None:
        return "accepted, and may do everything that the suite asks"
    return f"accepted, and may only {rights(found.capability)}"


def _application(run: RunConfig) -> str:
    target = run.profile.target
    if target.start is not Start.GIVEN:
        return "made for the run, and deleted at its end"
    is_shared = target.blast_radius is not Blast.EXCLUSIVE
    return "given, and shared with others" if is_shared else 'given, and for this run alone (blast_radius "exclusive")'


def _writes(run: RunConfig) -> str:
    target, world = run.profile.target, run.profile.world
    if target.start is not Start.GIVEN:
        return "anything in that application, which nothing outlives"
    if target.blast_radius is Blast.READ_ONLY:
        return "nothing but requests for tokens, which stay until they expire"
    if "state" not in target.offers:
        return "generated requests; nothing is removed, because the profile says that the target keeps nothing"
    spaces = sorted(filter(None, {world.channels, world.persisted, world.push}))
    names = f"names with conf-{run.run}-, on channels also in the namespaces {', '.join(spaces)}"
    where = names if target.blast_radius is Blast.NAMESPACED else f"anything; what it makes has {names}"
    return f"{where}. Devices and subscriptions are removed at the end; {_STAYS}"


def _time(run: RunConfig, found: Readiness, expected: Forecast) -> str:
    limit = f"; it ends after {_spoken(run.budget.seconds)} in any case (max_time)" if run.budget.seconds else ""
    if found.latency is None:
        return f"unknown: no request of the pre-flight was answered{limit}"
    rate = run.profile.pace.requests_per_second
    seconds = expected.time(found.latency, run.workers, rate)
    pace = f" and at most {rate:g} requests a second" if rate else ""
    how = f"from {found.latency:.0f} ms for an answer (the median of the pre-flight){pace}"
    return f"about {_spoken(seconds)}, {how}; longer where effects show late{limit}"


def _rounded(number: int) -> int:
    """Two digits are all that a forecast can mean."""
    size = 10 ** max(len(str(number)) - 2, 0)
    return int(round(number / size) * size)


def _spoken(seconds: float) -> str:
    return f"{max(round(seconds), 1)} s" if seconds < 100 else f"{round(seconds / 60)} min"
