"""Sends requests from several threads at the same time.

CALLERS is about as many requests as a browser sends for one page, so that the load stays ordinary.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TypeVar

CALLERS = 8
_TOGETHER = 30.0
"""Seconds within which all threads have to start."""

T = TypeVar("T")


def at_once(tasks: Sequence[Callable[[], T]]) -> list[T]:
    """Start all tasks together, each in its own thread, and return their results in order."""
    start = Barrier(len(tasks), timeout=_TOGETHER)

    def begin(task: Callable[[], T]) -> T:
        start.wait()
        return task()

    with ThreadPoolExecutor(len(tasks)) as pool:
        return list(pool.map(begin, tasks))


def each_of(count: int, task: Callable[[int], T]) -> list[T]:
    """Start `task(0)`, `task(1)` ... together and return their results in order."""
    return at_once([lambda number=number: task(number) for number in range(count)])  # type: ignore[misc]
