"""What the master of a load tells its workers: to which target they send, as what, and how often they judge.

Only the keys of an application that the load made itself are told; a key of the user is in the environment of each
worker.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass

from conformance.errors import UsageError
from conformance.model import Json


@dataclass(frozen=True, slots=True)
class Brief:
    """worker: what the worker is called; workers: all of them, and the master. options: of a load, by their names, with
    the profile that the master chose. keys: by principal. skew: the target's clock less ours, in ms. capability: of the
    user's key. no_push: a namespace without push, or "".
    """

    run: str
    url: str
    started: float
    worker: str
    workers: tuple[str, ...]
    options: dict[str, str]
    keys: dict[str, str]
    skew: int = 0
    capability: Json = None
    no_push: str = ""


def record_of(brief: Brief) -> Json:
    return {**asdict(brief), "workers": list(brief.workers)}


def brief_of(record: Json) -> Brief:
    """Raises UsageError for what is no brief: another version of the suite may have written it."""
    try:
        return Brief(**{**record, "workers": tuple(record["workers"])})
    except (KeyError, TypeError) as error:
        raise UsageError("the master of the load has another version of the suite") from error
