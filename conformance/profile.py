"""A profile: what to run against which target, read from one short TOML file.

Reading is strict: an unknown key, a bad value or a missing file stops the run before its first request, with a
sentence that names the thing and the nearest right one.
"""

from __future__ import annotations

import math
import ssl
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import date
from enum import Enum
from pathlib import Path
from typing import get_type_hints
from urllib.parse import urlsplit

from conformance.errors import UsageError, nearest
from conformance.model import Json, Level, Waiver
from conformance.paths import PROFILES


class Start(Enum):
    """Where the target and its application come from."""

    EMBEDDED = "embedded"  # start the reference server, then provision
    PROVISION = "provision"  # POST /apps at the URL, as the service's sandbox allows
    GIVEN = "given"  # the URL and a key are given


class Blast(Enum):
    """What a run may touch, enforced in `target` and not by choosing tests."""

    READ_ONLY = "read-only"
    NAMESPACED = "namespaced"
    EXCLUSIVE = "exclusive"


class ErrataMode(Enum):
    ALL = "all"
    REPAIRS = "repairs"
    NONE = "none"


FEATURES = {
    "documentation": "the target follows Ably's published documentation, not the contract alone",
    "state": "what is written can be read back",
    "credentials": "the target looks at who is asking",
    "provisioning": "POST /apps makes an application with chosen keys and fixtures",
    "two-apps": "POST /apps makes a second application, to see from there what belongs to the first",
    "stats-injection": "POST /stats puts minutes of the past into the statistics, as the service's sandbox allows",
    "presence-fixtures": "the application has a channel with present members",
    "push": "push registrations and subscriptions are enabled for a namespace",
    "msgpack": "MessagePack is spoken beside JSON",
    "html": "HTML and JSONP are spoken beside JSON",
    "any-name": "requests may go out that bear no name of the run, because nobody else's things are there",
    "default-limits": "the account has the documented default limits: 64 KiB a publish",
    "cases": "requests generated from the contract may be sent",
}
"""What a target may offer; a requirement names what it needs."""


@dataclass(frozen=True, slots=True)
class TargetSection:
    """ca_file: PEM of the authorities that vouch for the target, "" for those that everybody trusts."""

    start: Start = Start.GIVEN
    url: str = ""
    offers: tuple[str, ...] = tuple(FEATURES)
    blast_radius: Blast = Blast.NAMESPACED
    ca_file: str = ""


@dataclass(frozen=True, slots=True)
class ContractSection:
    errata: ErrataMode = ErrataMode.ALL


@dataclass(frozen=True, slots=True)
class ScopeSection:
    """only, without: areas ("TIM") or requirements ("TIM-01"); nothing but these, and all but these.

    paths: what the operations begin with that the target serves ("/channels"). Each is empty where nothing is left out.
    """

    only: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()

    def serves(self, operation: str) -> bool:
        """operation: a label, "GET /time"; "" is of no path."""
        path = operation.partition(" ")[2]
        return not self.paths or not path or path.startswith(self.paths)


@dataclass(frozen=True, slots=True)
class PaceSection:
    """examples: random cases for each operation and kind. timeout, patience: seconds. requests_per_second 0: free."""

    examples: int = 12
    timeout: float = 10.0
    patience: float = 5.0
    requests_per_second: float = 0.0


class Inconclusive(Enum):
    """What an inconclusive run does to the build."""

    FAILS = "fails"
    PASSES = "passes"


@dataclass(frozen=True, slots=True)
class GateSection:
    """levels: whose fails stop the build. baseline: an earlier report.json whose findings do not, "" for none."""

    levels: tuple[str, ...] = ("must",)
    inconclusive: Inconclusive = Inconclusive.FAILS
    baseline: str = ""


@dataclass(frozen=True, slots=True)
class Profile:
    name: str
    description: str
    target: TargetSection = TargetSection()
    contract: ContractSection = ContractSection()
    scope: ScopeSection = ScopeSection()
    pace: PaceSection = PaceSection()
    gate: GateSection = GateSection()
    waivers: tuple[Waiver, ...] = ()


_SECTIONS = {
    "target": TargetSection,
    "contract": ContractSection,
    "scope": ScopeSection,
    "pace": PaceSection,
    "gate": GateSection,
}


def load(name: str, folder: Path = PROFILES) -> Profile:
    """Read a profile by its name, or by the path of a .toml file. Raises UsageError."""
    path = _path(name, folder)
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"profile {path.name}: not TOML: {error}") from error
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"profile {path.name}: cannot be read: {error}") from error
    return parse(path.stem, document)


def _path(name: str, folder: Path) -> Path:
    path = Path(name) if name.endswith(".toml") else folder / f"{name}.toml"
    if path.is_file():
        return path
    if name.endswith(".toml"):
        raise UsageError(f"profile {name}: there is no such file")
    known = [each.stem for each in folder.glob("*.toml")]
    raise UsageError(f"profile {name!r}: there is none of that name in {folder.name}/; {nearest(name, known)}")


def parse(name: str, document: Json) -> Profile:
    where = f"profile {name}"
    _refuse_unknown(where, document, {"description", "waiver", *_SECTIONS})
    sections = {key: _section(f"{where}: [{key}]", cls, document.get(key, {})) for key, cls in _SECTIONS.items()}
    description = _number_or_text(f"{where}: description", str, document.get("description", ""))
    profile = Profile(name, description, waivers=_waivers(where, document.get("waiver", [])), **sections)
    _refuse_unknown_words(where, profile)
    if profile.target.url:
        check_url(f"{where}: [target] url", profile.target.url)
    return profile


def check_url(where: str, url: str) -> None:
    """Raises UsageError for what is no base URL, or holds what would then be written down."""
    try:
        parts = urlsplit(url)
        is_whole = parts.scheme in {"http", "https"} and bool(parts.hostname) and (parts.port or True)
    except ValueError:
        is_whole = False
    if not is_whole or any(character.isspace() for character in url):
        raise UsageError(f"{where}: expected a URL like https://host:port, received {url!r}")
    if parts.username is not None or parts.password is not None:
        raise UsageError(f"{where}: a URL is written down, so it may hold no credentials; give the key apart")
    if parts.query or parts.fragment:
        raise UsageError(f"{where}: a base URL has neither query nor fragment, received {url!r}")


def check_ca_file(where: str, path: str) -> None:
    """Raises UsageError for what is no file of certificates."""
    try:
        ssl.create_default_context(cafile=path)
    except ssl.SSLError as error:  # an OSError too, whose own words are about lines and bytes
        raise UsageError(f"{where}: {path} holds no certificate in PEM") from error
    except OSError as error:
        raise UsageError(f"{where}: {path} cannot be read: {error.strerror}") from error


def _refuse_unknown(where: str, table: Json, known: Iterable[str]) -> None:
    if not isinstance(table, dict):
        raise UsageError(f"{where}: expected a table, received {table!r}")
    for key in table:
        if key not in set(known):
            raise UsageError(f"{where}: unknown key {key!r}; {nearest(key, known)}")


def refuse_unknown_scope(profile: Profile, requirements: Iterable[str], operations: Iterable[str]) -> None:
    """Raises UsageError for a scope that names nothing known.

    requirements: the ids of the catalogue. operations: the labels of the contract.
    """
    words = {word for id_ in requirements for word in (id_, id_.partition("-")[0])}
    paths = {label.partition(" ")[2] for label in operations}
    where = f"profile {profile.name}: [scope]"
    for word in (*profile.scope.only, *profile.scope.without):
        if word not in words:
            raise UsageError(f"{where} no requirement or area is called {word!r}; {nearest(word, words)}")
    for word in profile.scope.paths:
        if not any(path.startswith(word) for path in paths):
            raise UsageError(f"{where} paths: no operation begins with {word!r}; {nearest(word, paths)}")


def refuse_contradiction(profile: Profile) -> None:
    """Raises UsageError. To make an application is to write."""
    if profile.target.blast_radius is Blast.READ_ONLY and profile.target.start is not Start.GIVEN:
        raise UsageError(
            f"profile {profile.name}: [target] blast_radius: a read-only run makes no application; "
            "give an existing one with --target and --key"
        )


_LEVELS = [level.value for level in Level]


def _refuse_unknown_words(where: str, profile: Profile) -> None:
    for level in profile.gate.levels:
        if level not in _LEVELS:
            raise UsageError(f"{where}: [gate] levels: unknown level {level!r}; {nearest(level, _LEVELS)}")
    for feature in profile.target.offers:
        if feature not in FEATURES:
            raise UsageError(f"{where}: [target] offers: unknown feature {feature!r}; {nearest(feature, FEATURES)}")


def _section(where: str, cls: type, table: Json) -> Json:
    hints = get_type_hints(cls)
    _refuse_unknown(where, table, hints)
    return cls(**{key: _value(f"{where} {key}", hints[key], value) for key, value in table.items()})


def _waivers(where: str, tables: Json) -> tuple[Waiver, ...]:
    if not isinstance(tables, list):
        raise UsageError(f"{where}: waiver: write each one under [[waiver]], in two brackets")
    return tuple(_waiver(f"{where}: waiver {number}", table) for number, table in enumerate(tables, 1))


def _waiver(where: str, table: Json) -> Waiver:
    _refuse_unknown(where, table, {each.name for each in fields(Waiver)})
    missing = {"requirement", "reason", "issue", "until"} - {name for name in table if table[name] != ""}
    if missing:
        raise UsageError(
            f"{where}: {', '.join(sorted(missing))} missing; a waiver says what, why, where and until when"
        )
    if type(table["until"]) is not date:
        raise UsageError(f"{where}: until: expected a date like 2026-12-31, received {table['until']!r}")
    texts = {name: _number_or_text(f"{where}: {name}", str, table[name]) for name in table if name != "until"}
    return Waiver(**texts, until=table["until"])


def _value(where: str, kind: Json, value: Json) -> Json:
    if isinstance(kind, type) and issubclass(kind, Enum):
        return _member(where, kind, value)
    if kind == tuple[str, ...]:
        return _texts(where, value)
    return _number_or_text(where, kind, value)


def _member(where: str, kind: type[Enum], value: Json) -> Enum:
    words = {str(member.value): member for member in kind}
    if value not in words:
        raise UsageError(f"{where}: {value!r} is not one of its values; {nearest(str(value), words)}")
    return words[value]


def _texts(where: str, value: Json) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise UsageError(f"{where}: expected a list of texts, received {value!r}")
    return tuple(value)


def _number_or_text(where: str, kind: Json, value: Json) -> Json:
    accepted: tuple[type, ...] = (int, float) if kind is float else (kind,)
    if isinstance(value, bool) or not isinstance(value, accepted):
        raise UsageError(f"{where}: expected {_SPOKEN[kind]}, received {value!r}")
    if isinstance(value, int | float):
        _refuse_out_of_range(where, value)
    return kind(value)


def _refuse_out_of_range(where: str, value: float) -> None:
    name = where.rpartition(" ")[2]
    if not math.isfinite(value) or value < 0 or (value == 0 and name in _MORE_THAN_NOTHING):
        least = "more than 0" if name in _MORE_THAN_NOTHING else "0 or more"
        raise UsageError(f"{where}: expected a number, {least}, received {value!r}")


_MORE_THAN_NOTHING = frozenset({"examples", "timeout"})


_SPOKEN = {int: "a whole number", float: "a number", str: "a text"}
