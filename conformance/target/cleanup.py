"""Removes the resources that a run created in an application that it does not own."""

from __future__ import annotations

import math
from collections.abc import Iterable
from urllib.parse import urlsplit

from conformance.errors import OutOfTimeError, SilentError
from conformance.model import Call, Exchange, Json
from conformance.target.answer import Answer
from conformance.target.client import Target
from conformance.target.ledger import Entry, Ledger


def clean_up(target: Target, seconds: float = math.inf) -> tuple[str, ...]:
    """Remove what the run created, latest first, and verify it. Returns the requests that would remove what is left.

    seconds: how long that may take. A target that was silent, or a run whose time is used up, is asked here again.
    """
    target.liveness.start_over(seconds)
    with target.arranging():
        return tuple(entry.words for entry in _remove(target, target.ledger.latest_first()))


def _remove(target: Target, entries: list[Entry]) -> list[Entry]:
    """Returns the entries that still exist when patience ends, and those whose removal is out of scope."""
    kept = [entry for entry in entries if not target.serves(f"DELETE {entry.path}")]
    entries = [entry for entry in entries if entry not in kept]
    for number, entry in enumerate(entries):
        answer = _ask_about(target, entry, "DELETE")
        if answer is None or answer.exchange.response is None:  # the target went away
            return [*kept, *entries[number:]]
    target.pacer.renew_patience()
    for _ in target.pacer.attempts():
        entries = [entry for entry in entries if _is_left(target, entry)]
        if not entries:
            break
    return [*kept, *entries]


def _ask_about(target: Target, entry: Entry, method: str) -> Answer | None:
    """None where the target is not worth asking any further."""
    parameters: dict[str, Json] = {**entry.parameters}
    try:
        return target.request(method, entry.path, query=entry.query, **parameters)
    except (SilentError, OutOfTimeError):
        return None


def _is_left(target: Target, entry: Entry) -> bool:
    """A resource whose GET gets no answer of the service may still be there; without a GET its DELETE has to do."""
    if not target.serves(f"GET {entry.path}"):
        return False
    answer = _ask_about(target, entry, "GET")
    if answer is None or answer.exchange.response is None or answer.exchange.interference:
        return True
    return answer.status not in {400, 404} and answer.body != []


def left_by(exchanges: Iterable[Exchange], url: str) -> tuple[str, ...]:
    """The requests that remove what these exchanges created and did not remove. url: the base URL of the target.

    The ledger of a process that died is rebuilt from its journal.
    """
    ledger = Ledger()
    removed = set()
    for exchange in exchanges:
        parts = urlsplit(exchange.request.url.removeprefix(url.rstrip("/")))
        words = f"{exchange.request.method} {parts.path}" + (f"?{parts.query}" if parts.query else "")
        is_done = exchange.response is not None and 200 <= exchange.response.status < 300
        if exchange.request.method == "DELETE" and is_done:
            removed.add(words)
        ledger.enter(Call(exchange.request.method, parts.path, (), exchange.request.headers, exchange.request.body))
    return tuple(entry.words for entry in ledger.latest_first() if entry.words not in removed)
