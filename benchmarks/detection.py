"""Mutation detection compared: this suite, the command line of Schemathesis, and Prism's validation proxy.

    python benchmarks/detection.py --prism FOLDER --each 20 --write

Every tool is run against the same mutants of the reference server, and given the contract with all errata applied. A
tool detects a mutant when it reports, with each of two seeds, something that it does not report of the unmodified
server with any of several. The unmodified server is examined in the same way, with seeds of its own: what is reported
there is chance. --each N takes every Nth mutant of the catalogue; --write writes the table to docs/detection.md.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import requests
from judge_mock import prism_proxy

from conformance.cases.binding import CaseFixtures, bind
from conformance.cases.generator import Generator
from conformance.contract import load
from conformance.model import Origin
from conformance.names import Names
from conformance.proof import mutants
from conformance.reference.mutants import MUTANTS, Mutant
from conformance.target.embedded import reference_server

HERE = Path(__file__).resolve().parent
PAGE = HERE.parent / "docs" / "detection.md"
OURS = "ably-conformance"
SEEDS = (7, 8, 9)
"""What a tool says of the unmodified server with any of them is no news."""
CONTROLS = ((17, 18), (27, 28), (37, 38))
EXAMPLES = 10
APPLICATION = {
    "keys": [{}],
    "namespaces": [{"id": "persisted", "persisted": True}, {"id": "pushenabled", "pushEnabled": True}],
}

Signatures = frozenset[str]


@dataclass(frozen=True, slots=True)
class Detection:
    """seen: by tool."""

    breaks: str
    fault: str
    seen: dict[str, bool]


def main() -> int:
    options = _options()
    chosen = mutants.select([])[:: options.each]
    with tempfile.TemporaryDirectory() as folder:
        contract = Path(folder) / "contract.json"
        contract.write_text(json.dumps(load("all").document), encoding="utf-8")
        tools = _tools(contract, options.prism)
        noise = {name: _noise(look) for name, look in tools.items()}
        controls = [_control(seeds, tools, noise) for seeds in CONTROLS]
        with mutants.workers(1) as pool:
            rows = [_row(pool, mutant, tools, noise) for mutant in chosen]
    page = _page(rows, controls, options.each)
    sys.stdout.write(page)
    if options.write:
        PAGE.write_text(page, encoding="utf-8")
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--prism", type=Path)
    parser.add_argument("--each", type=int, default=20)
    parser.add_argument("--write", action="store_true")
    return parser.parse_args()


Look = Callable[[str, str, int], Signatures]
"""URL, key and seed to what a tool reports of the server there."""


def _tools(contract: Path, prism: Path | None) -> dict[str, Look]:
    tools: dict[str, Look] = {"Schemathesis": lambda url, key, seed: schemathesis(contract, url, key, seed)}
    if prism:
        tools["Prism proxy"] = lambda url, key, seed: prism_violations(prism, contract, url, key, seed)
    return tools


def _noise(look: Look) -> Signatures:
    """Everything that a tool says of the unmodified server, over several seeds."""
    with unmodified_or_mutant("") as (url, key):
        return frozenset().union(*(look(url, key, seed) for seed in SEEDS))


def _row(pool: Executor, mutant: Mutant, tools: dict[str, Look], noise: dict[str, Signatures]) -> Detection:
    seen = {OURS: all(kill.is_killed for kill in mutants.judge_all(pool, [mutant]))}
    seen |= {name: _sees(look, mutant.name, SEEDS[:2], noise[name]) for name, look in tools.items()}
    sys.stderr.write(f"{mutant.breaks} {mutant.name}: {seen}\n")
    return Detection(mutant.breaks, mutant.fault, seen)


def _control(seeds: tuple[int, int], tools: dict[str, Look], noise: dict[str, Signatures]) -> Detection:
    seen = {OURS: any(_is_refused_by_us(seed) for seed in seeds)}
    seen |= {name: _sees(look, "", seeds, noise[name]) for name, look in tools.items()}
    sys.stderr.write(f"unmodified, seeds {seeds}: {seen}\n")
    return Detection("", f"None: the unmodified server, seeds {seeds[0]} and {seeds[1]}.", seen)


def _sees(look: Look, mutant: str, seeds: tuple[int, int], noise: Signatures) -> bool:
    """Whether one thing is new with both seeds; where the first shows nothing, the second is not asked."""
    news: Signatures | None = None
    for seed in seeds:
        with unmodified_or_mutant(mutant) as (url, key):
            found = look(url, key, seed) - noise
        news = found if news is None else news & found
        if not news:
            return False
    return True


def _is_refused_by_us(seed: int) -> bool:
    """Whether the whole suite finds the unmodified server not conformant, or cannot tell."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "pytest", "-q", "--tb=no", f"--seed={seed}", f"--report-dir={folder}"]
        return subprocess.run(command, check=False, capture_output=True, cwd=HERE.parent).returncode != 0  # noqa: S603


@contextmanager
def unmodified_or_mutant(mutant: str) -> Iterator[tuple[str, str]]:
    """A reference server and the key of a fresh application there."""
    with reference_server(mutant) as url:
        made = requests.post(f"{url}/apps", json=APPLICATION, timeout=10).json()
        key = made["keys"][0]
        yield url, f"{made['appId']}.{key['id']}:{key['value']}"


def schemathesis(contract: Path, url: str, key: str, seed: int) -> Signatures:
    """`st run` with every check and every phase: failure code and operation."""
    report = contract.with_name("schemathesis.json")
    arguments = ["--url", url, "--auth", key, "-n", str(EXAMPLES), "--seed", str(seed), "--checks", "all"]
    arguments += ["--phases", "examples,coverage,fuzzing,stateful", "--continue-on-failure"]
    arguments += ["--report", "json", "--report-json-path", str(report)]
    environment = {**os.environ, "SCHEMATHESIS_HOOKS": "schemathesis_hooks", "PYTHONPATH": str(HERE)}
    command = [str(Path(sys.executable).with_name("st")), "run", str(contract), *arguments]
    subprocess.run(command, check=False, capture_output=True, cwd=contract.parent, env=environment)  # noqa: S603
    failures = json.loads(report.read_text(encoding="utf-8"))["failures"]
    return frozenset(f"{each['code']} {operation}" for each in failures for operation in each["operations"])


def prism_violations(prism: Path, contract: Path, url: str, key: str, seed: int) -> Signatures:
    """Valid generated requests through the proxy: what it says of the answers."""
    found: set[str] = set()
    with prism_proxy(prism, contract, url) as proxy:
        for method, path, body, headers in _valid_requests(seed, key):
            name, _, secret = key.partition(":")
            answer = requests.request(method, proxy + path, data=body, headers=headers, auth=(name, secret), timeout=10)
            found |= {_violation(method, each) for each in json.loads(answer.headers.get("sl-violations", "[]"))}
    return frozenset(found)


def _violation(method: str, violation: dict[str, object]) -> str:
    where = "/".join(step for step in map(str, violation["location"]) if not step.isdigit())  # type: ignore[call-overload]
    return f"{method} {where} {violation['code']}"


def _valid_requests(seed: int, key: str) -> Iterator[tuple[str, str, bytes, dict[str, str]]]:
    contract = load("all")
    generator = Generator(contract, seed, EXAMPLES, ["cases"])
    case_fixtures = CaseFixtures(
        key_name=key.partition(":")[0],
        clock=lambda: 0,
        channel=lambda: "conf-channel",
        presence_channel="persisted:conf-presence",
        device=lambda: "conf-device",
    )
    names = Names(f"conf-{seed}")
    for operation in contract.operations:
        for case in generator.cases(operation.label, Origin.VALID):
            call = bind(case, case_fixtures, names)
            query = "&".join(f"{name}={quote(value)}" for name, value in call.query)
            yield call.method, f"{call.path}?{query}", call.body, dict(call.headers)


def _page(rows: list[Detection], controls: list[Detection], each: int) -> str:
    tools = list(rows[0].seen)
    lines = [
        "# Mutation detection compared with other tools",
        "",
        "Why not just use Schemathesis, or a validating proxy? Both are good at what a schema can say; most of what an",
        "implementer gets wrong cannot be said in a schema. Each row is a mutant: the reference server with one fault.",
        "Every tool was run against the same server and given the contract with all errata.",
        "",
        f"- ably-conformance detects a mutant when the requirement that it breaks fails, with seed {mutants.SEED}.",
        f"- Schemathesis (`st run`, all checks, all phases, {EXAMPLES} examples) and Prism's proxy see one when they",
        f"  report a thing with the seeds {SEEDS[0]} and {SEEDS[1]} that they report of the unmodified server",
        f"  with none of the seeds {', '.join(map(str, SEEDS))}. A thing is a failed check or a violation, and its",
        "  operation.",
        "- The last rows are the unmodified server with other seeds: what is reported there is chance, or wrong.",
        "  Ours counts there unless the whole suite, with both seeds, finds it conformant.",
        "",
        f"Written by `python benchmarks/detection.py --prism FOLDER --each {each} --write`:",
        f"every {each}th of {len(MUTANTS)} mutants.",
        "",
        f"| breaks | fault | {' | '.join(tools)} |",
        f"|---|---|{'---|' * len(tools)}",
        *(_line(row.breaks, row.fault, (_word(row.seen[tool]) for tool in tools)) for row in rows),
        _line("", f"**seen, of {len(rows)}**", (str(sum(row.seen[tool] for row in rows)) for tool in tools)),
        *(_line("", row.fault, (_word(row.seen[tool]) for tool in tools)) for row in controls),
    ]
    return "\n".join(lines) + "\n"


def _line(breaks: str, fault: str, cells: Iterable[str]) -> str:
    return f"| {breaks} | {fault} | {' | '.join(cells)} |"


def _word(is_seen: bool) -> str:  # noqa: FBT001  it is the table's only word
    return "seen" if is_seen else "-"


if __name__ == "__main__":
    sys.exit(main())
