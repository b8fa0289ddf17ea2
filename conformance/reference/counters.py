"""Counts messages and requests per application and minute."""

from collections.abc import Sequence

from conformance.reference.clock import Clock
from conformance.reference.publishing import Publishing
from conformance.reference.state import App, Message, Metrics

MINUTE = 60_000
MOST_MINUTES = 12_500


class Counters:
    def __init__(self, clock: Clock) -> None:
        self.clock = clock

    def count_published(self, app: App, channel: str, messages: Sequence[Message], publishing: Publishing) -> None:
        if not messages:
            return
        size = sum(publishing.size(message.fields) for message in messages)
        self.count_messages(app, ("inbound", "rest", "messages"), len(messages), size)
        if app.namespace_of(channel).is_persisted:
            self.count_messages(app, ("persisted", "messages"), len(messages), size)

    def count_messages(self, app: App, path: Sequence[str], count: int, size: int) -> None:
        self.add(app, (*path, "count"), count)
        self.add(app, (*path, "data"), size)

    def count_request(self, app: App | None, group: str, status: int) -> None:
        if app is not None:
            self.add(app, (group, self.outcome(status)), 1)

    def outcome(self, status: int) -> str:
        return "succeeded" if status < 400 else "failed"

    def add(self, app: App, path: Sequence[str], amount: float) -> None:
        self.add_to(app, self.clock.now() // MINUTE * MINUTE, path, amount)

    def add_to(self, app: App, start: int, path: Sequence[str], amount: float) -> None:
        minute = self.minute(app, start)
        minute[tuple(path)] = minute.get(tuple(path), 0) + amount

    def minute(self, app: App, start: int) -> Metrics:
        """The metrics of one minute, by their path in the nested shape; created if necessary."""
        if start not in app.minutes:
            app.minutes[start] = {}
            self.make_room(app)
        return app.minutes[start]

    def make_room(self, app: App) -> None:
        if len(app.minutes) > MOST_MINUTES:
            app.minutes.pop(next(iter(app.minutes)))
