"""A profile: what to run against which target, read from one TOML file.

Reading is strict: an unknown key, an invalid value or a missing file stops the run before its first request, with a
sentence that names the key and the nearest valid one.
"""

from __future__ import annotations

import math
import os
import re
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, fields
from datetime import date
from enum import Enum
from pathlib import Path
from typing import get_type_hints

from conformance.errors import UsageError, nearest
from conformance.model import Json, Level, Waiver
from conformance.names import USUAL, Namespaces
from conformance.paths import PROFILES
from conformance.profile.way import check_header, check_proxy, check_url, check_variable


class Start(Enum):
    """Where the target and its application come from."""

    EMBEDDED = "embedded"  # start the reference server, then provision
    PROVISION = "provision"  # POST /apps at the URL, as the service's sandbox allows
    GIVEN = "given"  # the URL and a key are given


class Blast(Enum):
    """Which resources a run may touch; `target` enforces it for every selection of tests."""

    READ_ONLY = "read-only"
    NAMESPACED = "namespaced"
    EXCLUSIVE = "exclusive"


class ErrataMode(Enum):
    ALL = "all"
    REPAIRS = "repairs"
    NONE = "none"


FEATURES = {
    "documentation": "the target follows Ably's published documentation, not the contract alone",
    "state": "data that was written can be read back",
    "credentials": "the target enforces authentication",
    "provisioning": "POST /apps creates an application with chosen keys and fixtures",
    "two-apps": "POST /apps creates a second application, to test isolation between applications",
    "stats-injection": "POST /stats writes statistics of past minutes, as the service's sandbox allows",
    "presence-fixtures": "the application has a channel with present members",
    "presence": "the operations of presence and of its history are served",
    "push": "push registrations and subscriptions are enabled for a namespace",
    "jwt": "a JWT that is signed with a key is accepted as a token",
    "msgpack": "MessagePack is supported beside JSON",
    "forms": "bodies may be sent as application/x-www-form-urlencoded",
    "html": "HTML and JSONP are supported beside JSON",
    "any-name": "requests may touch resources without the run's prefix, because the application is not shared",
    "default-limits": "the account has the documented default limits: 64 KiB a publish",
    "forced-nack": "the parameter _forceNack makes a publish fail, as the service allows for tests",
    "cases": "requests generated from the contract may be sent",
}
"""The features that a target may offer; a requirement names those that it needs."""

OF_PATHS = {"presence": "/channels/{channel_id}/presence"}
"""Features that are operations: a prefix of their paths."""

PROVISIONED = frozenset({"provisioning", "two-apps", "presence-fixtures", "stats-injection", "default-limits"})
"""Features of an application that the run makes; one that is given does not have them."""


@dataclass(frozen=True, slots=True)
class OwnHeader:
    """A header that the user adds to every request. variable: of the environment, which has its value, or ""."""

    name: str
    value: str = ""
    variable: str = ""


@dataclass(frozen=True, slots=True)
class TargetSection:
    """ca_file: a CA bundle (PEM) for the certificate of the target, "" for the default one. cert: the certificate (PEM)
    that the run shows to the target, cert_key: its key, where it is in another file, or "".

    proxy: the URL of a proxy, "environment" for that of HTTP_PROXY, HTTPS_PROXY and NO_PROXY, "" for none.
    key_variable: the variable of the environment that has the key, "" for ABLY_API_KEY.
    """

    start: Start = Start.GIVEN
    url: str = ""
    offers: tuple[str, ...] = tuple(each for each in FEATURES if each not in PROVISIONED)
    blast_radius: Blast = Blast.NAMESPACED
    ca_file: str = ""
    cert: str = ""
    cert_key: str = ""
    proxy: str = ""
    key_variable: str = ""
    headers: tuple[OwnHeader, ...] = ()


@dataclass(frozen=True, slots=True)
class ContractSection:
    """path: another version of the contract to judge by, "" for the one that the suite was written for."""

    errata: ErrataMode = ErrataMode.ALL
    path: str = ""


@dataclass(frozen=True, slots=True)
class ScopeSection:
    """only, without: areas ("TIM") or requirements ("TIM-01") to run, and to leave out.

    paths, operations: prefixes of the paths that the target serves ("/channels"), and whole operations ("GET /time");
    without either it serves all. without names those that it does not serve, too.
    """

    only: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()
    operations: tuple[str, ...] = ()

    def serves(self, operation: str) -> bool:
        """operation: a label, "GET /time", or "" for a request outside of the contract."""
        path = operation.partition(" ")[2]
        is_named = (bool(self.paths) and path.startswith(self.paths)) or operation in self.operations
        is_whole = not self.paths and not self.operations
        return not path or ((is_named or is_whole) and operation not in self.without)


@dataclass(frozen=True, slots=True)
class PaceSection:
    """examples: random cases for each operation and kind. timeout, patience: seconds.

    requests_per_second: of all workers together, 0 for no limit. max_time: seconds that the whole run may take, 0 for
    no limit.
    """

    examples: int = 12
    timeout: float = 10.0
    patience: float = 5.0
    requests_per_second: float = 0.0
    max_time: float = 3600.0


class Inconclusive(Enum):
    """Whether an inconclusive run fails the build."""

    FAILS = "fails"
    PASSES = "passes"


@dataclass(frozen=True, slots=True)
class GateSection:
    """levels: those whose fails close the gate. baseline: an earlier report.json whose findings are accepted, or ""."""

    levels: tuple[str, ...] = ("must",)
    inconclusive: Inconclusive = Inconclusive.FAILS
    baseline: str = ""


@dataclass(frozen=True, slots=True)
class Profile:
    """path_values: by the name of a path parameter, what fills it where the suite has nothing of its own."""

    name: str
    description: str
    target: TargetSection = TargetSection()
    world: Namespaces = USUAL
    path_values: tuple[tuple[str, str], ...] = ()
    contract: ContractSection = ContractSection()
    scope: ScopeSection = ScopeSection()
    pace: PaceSection = PaceSection()
    gate: GateSection = GateSection()
    waivers: tuple[Waiver, ...] = ()

    def serves(self, operation: str) -> bool:
        """Whether the target has an operation, by scope and offers. operation: a label, "GET /time", or ""."""
        path = operation.partition(" ")[2]
        missing = [prefix for word, prefix in OF_PATHS.items() if word not in self.target.offers]
        return self.scope.serves(operation) and not path.startswith(tuple(missing))


_SECTIONS = {
    "target": TargetSection,
    "world": Namespaces,
    "contract": ContractSection,
    "scope": ScopeSection,
    "pace": PaceSection,
    "gate": GateSection,
}


def load(name: str, folder: Path = PROFILES) -> Profile:
    """Read a profile by its name, or by the path of a .toml file. Raises UsageError."""
    path = _path(name, folder)
    return parse(path.stem, _document(path, folder, ()))


def _document(path: Path, folder: Path, above: tuple[Path, ...]) -> Json:
    """The tables of a profile, over those of the profile that it extends. above: the profiles that extend this one."""
    document = _with_absolute_paths(_read(path), path.resolve().parent)
    if "extends" not in document:
        return document
    where = f"profile {path.stem}: extends"
    name = _number_or_text(where, str, document["extends"])
    try:
        base = _path(str(path.resolve().parent / name) if name.endswith(".toml") else name, folder)
    except UsageError as error:
        raise UsageError(f"{where}: {error}") from error
    chain = (*above, path.resolve())
    if base.resolve() in chain:
        names = " extends ".join(each.stem for each in (*chain[chain.index(base.resolve()) :], base))
        raise UsageError(f"{where}: a profile cannot extend itself: {names}")
    extended = _document(base, folder, chain)
    parse(base.stem, extended)  # a mistake is told with the name of the profile that has it
    return _merged(extended, document)


def _merged(extended: Json, document: Json) -> Json:
    """A key of the profile goes before the same key of the one that it extends; waivers are those of both."""
    merged = {**extended, **document}
    for section in _SECTIONS:
        own, below = document.get(section, {}), extended.get(section, {})
        if section in merged and isinstance(own, dict):
            merged[section] = {**below, **own}
    own = document.get("waiver", [])
    if isinstance(own, list):
        merged["waiver"] = [*extended.get("waiver", []), *own]
    return merged


def _read(path: Path) -> Json:
    """Editors of some systems begin a file with a byte order mark."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"profile {path.name}: invalid TOML: {error}") from error
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"profile {path.name}: cannot be read: {error}") from error


def _with_absolute_paths(document: Json, folder: Path) -> Json:
    """Paths in a profile are relative to its folder."""
    placed = dict(document)
    for section, keys in _FILES.items():
        table = document.get(section)
        if isinstance(table, dict):
            paths = {key: table[key] for key in keys if isinstance(table.get(key), str) and table[key]}
            placed[section] = {**table, **{key: str(folder / path) for key, path in paths.items()}}
    return placed


_FILES = {"target": ("ca_file", "cert", "cert_key"), "contract": ("path",), "gate": ("baseline",)}
"""The keys of a profile whose values are paths."""


def _path(name: str, folder: Path) -> Path:
    path = Path(name) if name.endswith(".toml") else folder / f"{name}.toml"
    if os.path.isfile(path):  # noqa: PTH113  Path.is_file raises where the folder above is closed
        return path
    if name.endswith(".toml"):
        raise UsageError(f"profile {name}: there is no such file")
    known = [each.stem for each in folder.glob("*.toml")]
    raise UsageError(f"profile {name!r}: there is no such profile in {folder.name}/; {nearest(name, known)}")


def parse(name: str, document: Json) -> Profile:
    where = f"profile {name}"
    _refuse_unknown(where, document, {"description", "extends", "waiver", *_SECTIONS})
    document, path_values = _without_path_values(where, _with_all_offers(document))
    sections = {key: _section(f"{where}: [{key}]", cls, document.get(key, {})) for key, cls in _SECTIONS.items()}
    description = _number_or_text(f"{where}: description", str, document.get("description", ""))
    tables = document.get("waiver", [])
    if not isinstance(tables, list):
        raise UsageError(f"{where}: waiver: write each waiver as a [[waiver]] table, in double brackets")
    waivers = tuple(_waiver(f"{where}: waiver {number}", table) for number, table in enumerate(tables, 1))
    profile = Profile(name, description, path_values=path_values, waivers=waivers, **sections)
    _check_words(where, profile)
    if profile.target.url:
        check_url(f"{where}: [target] url", profile.target.url)
    check_proxy(f"{where}: [target] proxy", profile.target.proxy)
    if profile.target.key_variable:
        check_variable(f"{where}: [target] key_variable", profile.target.key_variable)
    return profile


def _with_all_offers(document: Json) -> Json:
    """A profile that says nothing of it offers all that its start allows."""
    target = document.get("target", {})
    is_made = isinstance(target, dict) and target.get("start") in [Start.EMBEDDED.value, Start.PROVISION.value]
    return {**document, "target": {"offers": list(FEATURES), **target}} if is_made else document


def _without_path_values(where: str, document: Json) -> tuple[Json, tuple[tuple[str, str], ...]]:
    """The document without the words of [world] that are no namespaces, and those: the contract has to know them."""
    world = document.get("world", {})
    if not isinstance(world, dict):
        return document, ()
    known = {each.name for each in fields(Namespaces)}
    others = {key: value for key, value in world.items() if key not in known}
    for key, value in others.items():
        if not _number_or_text(f"{where}: [world] {key}", str, value):
            raise UsageError(f"{where}: [world] {key}: expected a text that is not empty")
    kept = {key: value for key, value in world.items() if key in known}
    return {**document, **({"world": kept} if "world" in document else {})}, tuple(others.items())


def _refuse_unknown(where: str, table: Json, known: Iterable[str]) -> None:
    if not isinstance(table, dict):
        raise UsageError(f"{where}: expected a table, received {table!r}")
    for key in table:
        if key not in set(known):
            raise UsageError(f"{where}: unknown key {key!r}; {nearest(key, known)}")


def refuse_unknown_scope(profile: Profile, requirements: Iterable[str], operations: Iterable[str]) -> None:
    """Raises UsageError for a scope that names an unknown area, requirement or path.

    requirements: the ids of the catalogue. operations: the labels of the contract.
    """
    words = {word for id_ in requirements for word in (id_, id_.partition("-")[0])}
    labels = set(operations)
    paths = {label.partition(" ")[2] for label in labels}
    where = f"profile {profile.name}: [scope]"
    for word in profile.scope.operations:
        if word not in labels:
            raise UsageError(f"{where} operations: there is no operation {word!r}; {nearest(word, labels)}")
    for word in (*profile.scope.only, *profile.scope.without):
        is_operation = " " in word and word not in profile.scope.only
        known, kind = (labels, "operation") if is_operation else (words, "requirement or area")
        if word not in known:
            raise UsageError(f"{where} there is no {kind} {word!r}; {nearest(word, known)}")
    for word in profile.scope.paths:
        if not any(path.startswith(word) for path in paths):
            raise UsageError(f"{where} paths: no operation begins with {word!r}; {nearest(word, paths)}")


def refuse_unknown_world(profile: Profile, parameters: Iterable[str]) -> None:
    """Raises UsageError for a word of [world] that is neither a namespace nor one of the path parameters that only a
    profile can fill.
    """
    words = {*parameters, *(each.name for each in fields(Namespaces))}
    for name, _ in profile.path_values:
        if name not in words:
            raise UsageError(f"profile {profile.name}: [world]: unknown key {name!r}; {nearest(name, words)}")


def refuse_contradiction(profile: Profile) -> None:
    """Raises UsageError for a read-only profile that would create an application, and for a given application that has
    what only a provisioned one can have.
    """
    extra = sorted(_OF_OUR_APPLICATION & set(profile.target.offers))
    if extra and profile.target.start is Start.GIVEN:
        raise UsageError(
            f"profile {profile.name}: [target] offers: {', '.join(extra)} needs an application that the run creates; "
            f'remove the word, or set start = "{Start.PROVISION.value}"'
        )
    if profile.target.blast_radius is Blast.READ_ONLY and profile.target.start is not Start.GIVEN:
        raise UsageError(
            f"profile {profile.name}: [target] blast_radius: a read-only run cannot create an application; "
            "give an existing one with --target and --key"
        )


_NAMESPACE = re.compile(r"[^\s:,\[\]*/]+(:[^\s:,\[\]*/]+)*")
_OF_OUR_APPLICATION = frozenset({"provisioning", "two-apps", "presence-fixtures"})
_LEVELS = [level.value for level in Level]


def _check_words(where: str, profile: Profile) -> None:
    for level in profile.gate.levels:
        if level not in _LEVELS:
            raise UsageError(f"{where}: [gate] levels: unknown level {level!r}; {nearest(level, _LEVELS)}")
    for key, word in asdict(profile.world).items():
        if not _NAMESPACE.fullmatch(word) and (word or key != "channels"):
            raise UsageError(f"{where}: [world] {key}: expected a namespace like orders, received {word!r}")
    for feature in profile.target.offers:
        if feature not in FEATURES:
            raise UsageError(f"{where}: [target] offers: unknown feature {feature!r}; {nearest(feature, FEATURES)}")


def _section(where: str, cls: type, table: Json) -> Json:
    hints = get_type_hints(cls)
    _refuse_unknown(where, table, hints)
    return cls(**{key: _value(f"{where} {key}", hints[key], value) for key, value in table.items()})


def _waiver(where: str, table: Json) -> Waiver:
    _refuse_unknown(where, table, {each.name for each in fields(Waiver)})
    missing = {"requirement", "reason", "issue", "until"} - {name for name in table if table[name] != ""}
    if missing:
        raise UsageError(
            f"{where}: {', '.join(sorted(missing))} missing; a waiver needs requirement, reason, issue and until"
        )
    if type(table["until"]) is not date:
        raise UsageError(f"{where}: until: expected a date like 2026-12-31, received {table['until']!r}")
    texts = {name: _number_or_text(f"{where}: {name}", str, table[name]) for name in table if name != "until"}
    return Waiver(**texts, until=table["until"])


def _value(where: str, kind: Json, value: Json) -> Json:
    if isinstance(kind, type) and issubclass(kind, Enum):
        words = {str(member.value): member for member in kind}
        if not isinstance(value, str) or value not in words:
            raise UsageError(f"{where}: unknown value {value!r}; {nearest(str(value), words)}")
        return words[value]
    if kind == tuple[str, ...]:
        if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
            raise UsageError(f"{where}: expected a list of strings, received {value!r}")
        return tuple(value)
    if kind == tuple[OwnHeader, ...]:
        return tuple(_own_headers(where, value))
    return _number_or_text(where, kind, value)


def _own_headers(where: str, table: Json) -> Iterator[OwnHeader]:
    """Each a text, or a table that names the variable of the environment which has it."""
    if not isinstance(table, dict):
        raise UsageError(f'{where}: expected a table like {{ "X-Gateway" = "blue" }}, received {table!r}')
    for name, given in table.items():
        if isinstance(given, str):
            check_header(where, name, given)
            yield OwnHeader(name, given)
            continue
        _refuse_unknown(f"{where} {name}", given, {"variable"})
        check_header(where, name, "any")
        yield OwnHeader(name, variable=check_variable(f"{where} {name} variable", given.get("variable")))


def _number_or_text(where: str, kind: Json, value: Json) -> Json:
    accepted: tuple[type, ...] = (int, float) if kind is float else (kind,)
    if isinstance(value, bool) or not isinstance(value, accepted):
        raise UsageError(f"{where}: expected {_SPOKEN[kind]}, received {value!r}")
    if isinstance(value, int | float):
        is_positive = where.rpartition(" ")[2] in _POSITIVE
        if not math.isfinite(value) or value < 0 or (value == 0 and is_positive):
            least = "more than 0" if is_positive else "0 or more"
            raise UsageError(f"{where}: expected a number, {least}, received {value!r}")
    return kind(value)


_POSITIVE = frozenset({"examples", "timeout"})

_SPOKEN = {int: "a whole number", float: "a number", str: "a string"}
