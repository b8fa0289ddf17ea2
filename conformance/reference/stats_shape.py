"""Statistics in their two shapes: nested groups, which is also the form of injected ones, and flat entries."""

from collections.abc import Callable, Iterable, Iterator, Mapping

from conformance.reference.state import Metrics
from conformance.reference.wire import Json

Path = tuple[str, ...]

DIRECTIONS = ("inbound", "outbound")

# Metrics that are aggregated by maximum or minimum instead of by sum.
MAXIMA = ("peak",)
MINIMA = ("min",)


class StatsShape:
    """Converts the metrics of minutes to those of an interval. Pure."""

    def combined(self, minutes: Iterable[Metrics]) -> Metrics:
        """The aggregated metrics of several minutes."""
        total: Metrics = {}
        for minute in minutes:
            for path, amount in minute.items():
                total[path] = self.combine(path[-1], total[path], amount) if path in total else amount
        return total

    def combine(self, metric: str, one: float, other: float) -> float:
        if metric in MAXIMA:
            return max(one, other)
        if metric in MINIMA:
            return min(one, other)
        return one + other

    def nested(self, metrics: Metrics) -> Json:
        """The shape up to protocol version 2, including the groups named `all`."""
        tree: dict[str, Json] = {}
        for path, amount in self.with_totals(metrics, self.nested_totals).items():
            plant(tree, path, amount)
        return tree

    def flat(self, metrics: Metrics) -> dict[str, float]:
        """The shape from protocol version 3 on: one dotted name for each metric."""
        named = self.with_totals(metrics, self.flat_paths)
        return {".".join(path): named[path] for path in sorted(named)}

    def with_totals(self, metrics: Metrics, paths_of: Callable[[Path], Iterable[Path]]) -> Metrics:
        total: Metrics = {}
        for path, amount in metrics.items():
            for other in paths_of(path):
                total[other] = self.combine(path[-1], total[other], amount) if other in total else amount
        return total

    def without_known_totals(self, metrics: Metrics) -> Metrics:
        """The metrics of a record, each total reduced by what the others add up to: totals are computed again later."""
        parts = {path: amount for path, amount in metrics.items() if "all" not in path}
        known = self.with_totals(parts, self.nested_totals)
        totals = {path: amount for path, amount in metrics.items() if path not in parts}
        beyond = {path: self.beyond(path[-1], amount, known.get(path, 0)) for path, amount in totals.items()}
        return {**parts, **{path: amount for path, amount in beyond.items() if amount > 0}}

    def beyond(self, metric: str, total: float, known: float) -> float:
        """What a total has to add to what is known to be combined to itself again; 0 for nothing."""
        if metric in MAXIMA or metric in MINIMA:
            return 0 if total == known else total
        return total - known

    def nested_totals(self, path: Path) -> Iterator[Path]:
        """The path and its totals, which reach as deep as it does, such as into the categories of messages."""
        yield path
        match path:
            case (direction, transport, kind, _, *_) if direction in DIRECTIONS and "all" not in path:
                metric = path[3:]
                yield (direction, transport, "all", *metric)
                yield (direction, "all", kind, *metric)
                yield (direction, "all", "all", *metric)
                yield ("all", kind, *metric)
                yield ("all", "all", *metric)
            case ("persisted", kind, _, *_) if kind != "all":
                yield ("persisted", "all", *path[2:])
            case ("connections", kind, _, *_) if kind != "all":
                yield ("connections", "all", *path[2:])

    def flat_paths(self, path: Path) -> Iterator[Path]:
        match path:
            case (direction, *_) if direction in {*DIRECTIONS, "all", "persisted"}:
                yield from (("messages", *total) for total in self.nested_totals(path))
            case ("connections", _, metric):
                yield ("connections", "all", metric)
            case ("apiRequests", metric):
                yield ("apiRequests", "other", metric)
                yield ("apiRequests", "all", metric)
            case ("tokenRequests", metric):
                yield ("apiRequests", "tokenRequests", metric)
                yield ("apiRequests", "all", metric)
            case _:
                yield path


def leaves(tree: Mapping[str, Json], path: Path = ()) -> Iterator[tuple[Path, float]]:
    for name, value in tree.items():
        if isinstance(value, dict):
            yield from leaves(value, (*path, name))
        else:
            yield (*path, name), value


def plant(tree: dict[str, Json], path: Path, amount: float) -> None:
    for name in path[:-1]:
        branch = tree.setdefault(name, {})
        tree = branch if isinstance(branch, dict) else {}
    tree[path[-1]] = amount
