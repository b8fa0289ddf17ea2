"""Writes and reads the journal of a run: JSON lines from a header to a footer with exchanges, findings and outcomes.

Each process writes one journal; a run is the concatenation of its journals. A journal without its footer is a cut run
and never looks complete. Secrets are removed by value while a line is written, so that no later step can leak them.
"""

from __future__ import annotations

import base64
import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from itertools import pairwise
from pathlib import Path
from types import MappingProxyType
from typing import IO, TypeVar

from conformance.errors import UsageError
from conformance.evidence.header import header_of, record_of
from conformance.evidence.records import (
    body_in_base64,
    body_struck,
    credential_of,
    exchange_of,
    exchange_record,
    finding_of,
    finding_record,
    outcome_of,
    outcome_record,
    texts_of,
)
from conformance.evidence.redaction import Secrets
from conformance.evidence.selection import merged, missing_shards, words_of
from conformance.evidence.shape import verified
from conformance.evidence.soaks import merged_soaks
from conformance.evidence.whole_files import write_whole
from conformance.model import (
    Evidence,
    Exchange,
    Finding,
    Json,
    Outcome,
    RunHeader,
    ScopedRequirement,
    Selection,
)

Made = TypeVar("Made")

FORMAT = 2
WHOLE = "journal.jsonl"
"""The journals of all processes of a run, one after the other."""

_MESSAGES = ("request", "response")
_BASE64 = re.compile(r'"base64": "([^"]*)"')

NOT_SELECTED = "not selected"
"""The reason for a requirement that is in the scope of the profile and was deselected by the user."""


class Journal:
    """Appends records to one file. The caller writes the header first and the footer last.

    failure: why nothing more is written, on a full disk for example, or "". Such a journal has no footer.
    """

    def __init__(self, path: Path, secrets: Secrets) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.failure = ""
        self._file: IO[bytes] = path.open("wb", buffering=0)
        self._secrets = secrets
        self._counts: Counter[str] = Counter()
        self._owner = ""

    def write_header(self, header: RunHeader) -> None:
        self._owner = f"conf-{header.run}-{header.worker}"
        self._write("header", {"format": FORMAT, **record_of(header)})

    def write_exchange(self, exchange: Exchange) -> None:
        self._secrets.learn(exchange)
        for credential in self._secrets.take_credentials():
            self._append("credential", {**asdict(credential), "owner": self._owner})
        record = exchange_record(exchange, self._secrets.strike_exchange)
        messages = {name: record.pop(name) for name in _MESSAGES}
        self._append("exchange", {**_struck({"kind": "exchange", **record}, self._secrets), **messages})

    def write_finding(self, finding: Finding) -> None:
        self._write("finding", finding_record(finding))

    def write_outcome(self, outcome: Outcome) -> None:
        self._write("outcome", outcome_record(outcome))

    def write_opportunities(
        self, opportunities: Counter[tuple[str, str]], examples: Mapping[tuple[str, str], str] = MappingProxyType({})
    ) -> None:
        """examples: the id of an exchange that the check passed, by requirement and operation."""
        for (requirement, operation), count in sorted(opportunities.items()):
            facts = {"requirement": requirement, "operation": operation, "count": count}
            self._write("opportunities", {**facts, "example": examples.get((requirement, operation), "")})

    def copy(self, kind: str, line: str) -> None:
        """Append a record of another journal as it is there, where secrets were removed already."""
        self._append_line(kind, line)

    def write_footer(
        self, finished: float, *, interrupted: bool, out_of_time: str = "", cut: tuple[str, ...] = ()
    ) -> None:
        """out_of_time: why tests were left out at the end of the run, or "". cut: what else is missing, a list."""
        how = {"interrupted": interrupted, "out_of_time": out_of_time, **({"cut": cut} if cut else {})}
        self._write("footer", {"finished": finished, **how, "counts": dict(self._counts)})
        self.close()

    def close(self) -> None:
        """Without a footer before, the journal is that of a run that was cut."""
        self._file.close()

    def _write(self, kind: str, record: Json) -> None:
        self._append(kind, _struck({"kind": kind, **record}, self._secrets))

    def _append(self, kind: str, record: Json) -> None:
        self._append_line(kind, json.dumps({"kind": kind, **record}, ensure_ascii=True, allow_nan=False))

    def _append_line(self, kind: str, line: str) -> None:
        if self.failure:
            return
        self._counts[kind] += 1
        try:
            _write_all(self._file, f"{line}\n".encode())
        except OSError as error:
            self.failure = f"the journal {self._file.name} cannot be written any more: {error.strerror}"
            self._file.close()


def _write_all(file: IO[bytes], content: bytes) -> None:
    """A disk that is nearly full takes a part of a line, and says why with the next one."""
    while content:
        content = content[file.write(content) :]


def journals_in(folder: Path) -> list[Path]:
    """The journals of a run: the whole one, or those of its processes while it runs and where it was cut."""
    whole = folder / WHOLE
    return [whole] if whole.exists() else sorted(folder.glob("journal-*.jsonl"))


def join(parts: Iterable[Path], folder: Path) -> None:
    """Make the whole journal of a run from those of its processes, which are removed once it is there."""
    parts = tuple(parts)
    write_whole(folder / WHOLE, joined(parts))
    for part in parts:
        part.unlink()


def joined(parts: Iterable[Path]) -> bytes:
    """The lines of several journals, without what a journal that was cut has of its last one."""
    contents = (part.read_bytes() for part in parts)
    return b"".join(each[: each.rfind(b"\n") + 1] for each in contents)


def read(paths: Iterable[Path]) -> Evidence:
    """Merge journals. Raises UsageError when a file is not a journal; a cut journal is not an error, and is marked.

    A file may hold several journals. An empty file means the worker died before writing its header; it is reported as
    missing.
    """
    journals = [journal for path in sorted(paths) for journal in read_file(path)]
    if not journals:
        raise UsageError("There is no journal to read.")
    return merge(journals)


def merge(journals: list[Evidence]) -> Evidence:
    return Evidence(
        header=merged_header([each.header for each in journals]),
        exchanges=tuple(exchange for each in journals for exchange in each.exchanges),
        findings=tuple(finding for each in journals for finding in each.findings),
        outcomes=tuple(outcome for each in journals for outcome in each.outcomes),
        opportunities=sum((each.opportunities for each in journals), Counter()),
        examples={key: id_ for each in reversed(journals) for key, id_ in each.examples.items()},
        credentials=tuple(credential for each in journals for credential in each.credentials),
        finished=max(each.finished for each in journals),
        cut=tuple(dict.fromkeys([*_cut(journals), *_miscounted(journals), *_unfinished(journals)])),
    )


def _cut(journals: list[Evidence]) -> Iterator[str]:
    yield from (reason for each in journals for reason in each.cut)


def merged_header(headers: list[RunHeader]) -> RunHeader:
    """The facts of the run are the same in all; a requirement is in scope if it was for any worker."""
    first = min(headers, key=lambda each: (each.started, each.worker))
    scopes: dict[str, ScopedRequirement] = {}
    for scoped in (scoped for each in headers for scoped in each.requirements):
        known = scopes.setdefault(scoped.requirement.id, scoped)
        if known.out_of_scope and not scoped.out_of_scope:
            scopes[scoped.requirement.id] = scoped
    requirements = tuple(scopes[id_] for id_ in sorted(scopes))
    words, chosen = _merged_selection(headers, requirements)
    return replace(
        first,
        requirements=requirements,
        tests=tuple(sorted(_tests(headers))),
        deselected=tuple(sorted(_deselected(headers))),
        selection=words,
        chosen=chosen,
        labels=tuple(dict(label for each in headers for label in each.labels).items()),
        soak=merged_soaks(headers),
        blockers=tuple(dict.fromkeys(sentence for each in headers for sentence in each.blockers)),
        circumstances=tuple(dict.fromkeys(sentence for each in headers for sentence in each.circumstances)),
        load=next((each.load for each in headers if each.load), ()),
    )


def _merged_selection(headers: list[RunHeader], requirements: tuple[ScopedRequirement, ...]) -> tuple[str, Selection]:
    """In words and as data. Shards that together select every test are the whole suite, even if each of them selected
    a part.
    """
    knowing = [each for each in headers if each.tests or each.deselected] or headers  # the controller runs no test
    said = dict.fromkeys(each.selection for each in knowing)
    chosen = merged([each.chosen for each in headers])
    shards = [shard for each in headers for shard in each.chosen.shards]
    is_known = len(requirements) >= max(each.catalogue for each in headers)
    is_whole = all(each.out_of_scope != NOT_SELECTED for each in requirements) and not _deselected(headers)
    if all(each.chosen.is_observed for each in headers):
        return words_of(chosen, 0, 0), chosen
    if len(said) > 1 and is_known and is_whole and not missing_shards(shards):
        return "", Selection()
    if shards:
        return words_of(chosen, len(_tests(headers)), len(_deselected(headers))), chosen
    return " and ".join(filter(None, said)), chosen


def _tests(headers: list[RunHeader]) -> set[str]:
    return {test for each in headers for test in each.tests}


def _deselected(headers: list[RunHeader]) -> set[str]:
    """The tests that are in scope and that no journal selected."""
    return {test for each in headers for test in each.deselected} - _tests(headers)


def _miscounted(journals: list[Evidence]) -> Iterator[str]:
    """Journals that are expected and missing, or present more than once; each run counts its own workers."""
    present = Counter((each.header.run, each.header.worker) for each in journals)
    expected = {(each.header.run, name) for each in journals for name in each.header.workers}
    for _, worker in sorted(expected - set(present)):
        yield f"the journal of worker {worker} is missing"
    for (_, worker), count in sorted(present.items()):
        if count > 1:
            yield f"the journal of worker {worker} is there {count} times"


def _unfinished(journals: list[Evidence]) -> Iterator[str]:
    """Selected tests without an outcome, run by run: the run was stopped before they ended."""
    for run in dict.fromkeys(each.header.run for each in journals):
        parts = [each for each in journals if each.header.run == run]
        selected = {test for each in parts for test in each.header.tests}
        missing = selected - {outcome.test for each in parts for outcome in each.outcomes}
        if missing:
            yield f"{len(missing)} of {len(selected)} tests did not run to their end, {min(missing)} among them"


@dataclass(frozen=True, slots=True)
class Line:
    """A record and the number of its line, 1 for the first."""

    number: int
    record: Json

    @property
    def kind(self) -> str:
        kind = self.record["kind"]
        return kind if isinstance(kind, str) else ""


def read_file(path: Path) -> list[Evidence]:
    """The journals in one file. Raises UsageError when it holds anything else."""
    lines = _lines(path)
    starts = [place for place, line in enumerate(lines) if line.kind == "header"]
    if lines and starts[:1] != [0]:
        raise UsageError(f"{path} is not a journal: its first line is not a header.")
    return [_journal(path, lines[start:end]) for start, end in pairwise((*starts, len(lines)))]


def _journal(path: Path, lines: list[Line]) -> Evidence:
    first, rest = lines[0], lines[1:]
    refuse_other_format(path, first)
    header = made_of(path, first, _header)
    last = rest[-1] if rest and rest[-1].kind == "footer" else None
    footer = made_of(path, last, _footer) if last else None

    def made(kind: str, make: Callable[[Json], Made]) -> tuple[Made, ...]:
        return tuple(made_of(path, line, make) for line in rest if line.kind == kind)

    return Evidence(
        header=header,
        exchanges=made("exchange", exchange_of),
        findings=made("finding", finding_of),
        outcomes=made("outcome", outcome_of),
        opportunities=sum(made("opportunities", _opportunities), Counter()),
        examples=dict(found for each in made("opportunities", _examples) for found in each),
        credentials=made("credential", credential_of),
        finished=footer.finished if footer else header.started,
        cut=tuple(_why_cut(header, rest, footer)),
    )


def refuse_other_format(path: Path, line: Line) -> None:
    """Format 1 has no member that says so."""
    stated = line.record.get("format", 1)
    if stated not in (1, FORMAT):
        raise UsageError(
            f"{path}, line {line.number}: the journal has the format {json.dumps(stated)[:40]}, and this version reads "
            f"the formats 1 and {FORMAT}."
        )


def made_of(path: Path, line: Line, make: Callable[[Json], Made]) -> Made:
    try:
        return make(line.record)
    except (AttributeError, KeyError, TypeError, ValueError, OverflowError, RecursionError) as error:
        what = f"no member {error}" if isinstance(error, KeyError) else str(error)
        words = f"{path}, line {line.number} is not a journal: a record is malformed ({what[:200]})"
        raise UsageError(words) from error


def _header(record: Json) -> RunHeader:
    header = header_of(record)
    return verified(header)


@dataclass(frozen=True, slots=True)
class _Footer:
    finished: float
    interrupted: bool
    out_of_time: str
    cut: tuple[str, ...]
    counts: dict  # type: ignore[type-arg]  # compared as a whole


def _footer(record: Json) -> _Footer:
    out_of_time, cut = record.get("out_of_time", ""), tuple(record.get("cut", ()))
    return verified(_Footer(record["finished"], record["interrupted"], out_of_time, cut, record["counts"]))


def _opportunities(record: Json) -> Counter[tuple[str, str]]:
    requirement, operation, count = record["requirement"], record["operation"], record["count"]
    if not isinstance(requirement, str) or not isinstance(operation, str) or not isinstance(count, int):
        raise TypeError("a member has a value of another type")
    return Counter({(requirement, operation): count})


def _examples(record: Json) -> tuple[tuple[tuple[str, str], str], ...]:
    example = record.get("example", "")
    if not isinstance(example, str):
        raise TypeError("a member has a value of another type")
    return (((record["requirement"], record["operation"]), example),) if example else ()


def _lines(path: Path) -> list[Line]:
    """Complete records only: the last line of a cut journal may be incomplete; the footer counts what is lost."""
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} is not a journal: {error}") from error
    records = ((number, record_in(line)) for number, line in enumerate(lines, 1))
    return [Line(number, record) for number, record in records if record is not None]


def record_in(line: str) -> Json:
    try:
        record = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return record if isinstance(record, dict) and "kind" in record else None


def _why_cut(header: RunHeader, rest: list[Line], footer: _Footer | None) -> Iterator[str]:
    worker = header.worker
    if footer is None:
        yield f"the journal of worker {worker} has no footer: that worker was cut short"
        return
    yield from footer.cut
    if footer.interrupted:
        yield "the run was interrupted"
    elif footer.out_of_time:
        yield f"not every test was run: {footer.out_of_time}"
    elif footer.counts != {"header": 1, **Counter(line.kind for line in rest[:-1])}:
        yield f"the journal of worker {worker} has lost records"


# Once more, with everything that the run learned ----------------------------------------------------------------------


def strike_again(path: Path, secrets: Secrets) -> None:
    """Remove secrets that were learned after a line was written, or by another process; the file is replaced whole."""
    before = path.read_text(encoding="utf-8").split("\n")
    after = [_struck_line(line, secrets) for line in before]
    if after != before:
        write_whole(path, "\n".join(after).encode())


def _struck(record: Json, secrets: Secrets) -> Json:
    """The record without secrets; a body keeps its length, and one in base64 stays base64."""
    if not secrets.may_be_in(_whole(record)):
        return record
    struck = secrets.strike(record)
    for name, message in _messages(record):
        body = body_struck(message, secrets.strike_bytes)
        struck[name] = {**struck[name], **{each: body[each] for each in ("text", "base64") if each in body}}
    return struck


def _messages(record: Json) -> Iterator[tuple[str, Json]]:
    if record["kind"] == "exchange":
        yield from ((name, record[name]) for name in _MESSAGES if record.get(name))


def _whole(record: Json) -> bytes:
    """All texts of a record as one, and what stands in base64 in it."""
    text = "\n".join(texts_of(record)).encode("utf-8", "surrogatepass")
    return b"\n".join((text, *(body_in_base64(message) for _, message in _messages(record))))


def _as_it_stands(line: str) -> bytes | None:
    """All that the line of a record holds, without reading it; None where it escapes more than quotes."""
    if line.count("\\") > line.count('\\"'):
        return None
    return b"\n".join((line.replace('\\"', '"').encode(), *map(base64.b64decode, _BASE64.findall(line))))


def _struck_line(line: str, secrets: Secrets) -> str:
    whole = _as_it_stands(line)
    if whole is not None and not secrets.may_be_in(whole):
        return line
    record = record_in(line)
    if record is None:  # a cut line is no record, and tells what it tells
        return secrets.strike_text(line)
    struck = _struck(record, secrets)
    return line if struck is record or struck == record else json.dumps(struck, ensure_ascii=True, allow_nan=False)
