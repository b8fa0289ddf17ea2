"""The file for Locust, as master or as worker: `locust -f .../locustfile.py --headless --master`.

Master and workers talk in Locust's own messages, so that they may be on different machines.
"""

from __future__ import annotations

from typing import Any

from locust import User, events
from locust.exception import StopUser
from locust.runners import MasterRunner, WorkerRunner

from conformance.command_line import destination, unambiguous
from conformance.load.beat import EndOfLoadError
from conformance.load.ending import end_with_parent
from conformance.load.master_post import MasterPost
from conformance.load.messages import stop
from conformance.load.settings import OPTIONS
from conformance.load.worker_post import WorkerPost
from conformance.verdict.result import Exit

_POST = "conformance"


def add_options(parser: Any) -> None:
    group = parser.add_argument_group("conformance", "judge a target under load (ably-conformance)")
    for name, how in OPTIONS.items():
        group.add_argument(unambiguous(name), dest=destination(name), **how)


def take_a_post(environment: Any, runner: Any, **_: Any) -> None:
    """Locust would end with the status 1, which is that of a target that is not conformant."""
    try:
        _take_a_post(environment, runner)
    except Exception as error:  # noqa: BLE001  whatever it is
        stop(f"suite error: the load could not begin ({type(error).__name__})", Exit.SUITE_ERROR)


def _take_a_post(environment: Any, runner: Any) -> None:
    if isinstance(runner, WorkerRunner):
        setattr(environment, _POST, WorkerPost(environment, runner))
    elif isinstance(runner, MasterRunner):
        MasterPost(environment, runner).prepare()
    else:
        stop("start it with --master or --worker; `ably-conformance load` starts both on this machine", Exit.USAGE)


end_with_parent()
events.init_command_line_parser.add_listener(add_options)
events.init.add_listener(take_a_post)


class ClientOfLoad(User):  # type: ignore[misc]  # without Locust it is no class
    """One user of a load; Locust starts as many as a rate needs."""

    _user: Any = None

    def play(self) -> None:
        if self._user is None:
            self._user = getattr(self.environment, _POST).user()
        try:
            self._user.play()
        except EndOfLoadError:
            raise StopUser from None

    tasks = [play]  # noqa: RUF012  Locust declares it so
