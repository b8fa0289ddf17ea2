"""A crowd of callers that ask at once. Bounded: no more than a service sees of one page that is opened."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TypeVar

CALLERS = 8
_TOGETHER = 30.0
"""Seconds within which all threads of our own have to begin."""

T = TypeVar("T")


def at_once(tasks: Sequence[Callable[[], T]]) -> list[T]:
    """What each task returned, in their order. All of them begin together, each in its own thread."""
    start = Barrier(len(tasks), timeout=_TOGETHER)

    def begin(task: Callable[[], T]) -> T:
        start.wait()
        return task()

    with ThreadPoolExecutor(len(tasks)) as pool:
        return list(pool.map(begin, tasks))


def each_of(count: int, task: Callable[[int], T]) -> list[T]:
    """What a task returned for 0, 1, 2 ..., asked at once."""
    return at_once([lambda number=number: task(number) for number in range(count)])  # type: ignore[misc]
