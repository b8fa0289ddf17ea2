"""Every field of a profile reaches what it steers, through the options and the pipe to a worker, and is documented.

A new field needs a line in EFFECTS and one in docs/profiles.md.
"""

from __future__ import annotations

import pickle
import re
import tomllib
from collections.abc import Callable
from dataclasses import dataclass, fields
from enum import Enum
from pathlib import Path
from types import SimpleNamespace
from typing import Any, get_type_hints

import hypothesis
import pytest
import trustme

from conformance import catalogue
from conformance.cases.binding import unfilled
from conformance.cases.generator import Generator
from conformance.contract import load
from conformance.model import FORM, MUST, Call, Clause, Requirement
from conformance.names import Namespaces
from conformance.paths import ROOT
from conformance.profile import (
    FEATURES,
    Blast,
    ContractSection,
    GateSection,
    PaceSection,
    Profile,
    ScopeSection,
    Start,
    TargetSection,
    parse,
)
from conformance.run.config import RunConfig
from conformance.run.connection import open_target
from conformance.run.edition import circumstances
from conformance.run.header import header_for
from conformance.run.hypothesis_profile import draw_by
from conformance.run.options import Options, contract_of, resolve
from conformance.run.scope import may_ask, out_of_scope
from conformance.selftest.harness.moved import NEW_OPERATION, moved
from conformance.suite.steps.case_fixtures import create_case_fixtures
from conformance.target.client import Target

SECTIONS = {
    "target": TargetSection,
    "world": Namespaces,
    "contract": ContractSection,
    "scope": ScopeSection,
    "pace": PaceSection,
    "gate": GateSection,
}
OF_ITS_OWN = {"name", *SECTIONS}
CONTRACT = load()
CLAUSE = Clause("#/paths/~1time/get", "time")
PUSH = Requirement("DEV-07", MUST, "A title", CLAUSE, ("POST /push/publish",), frozenset({"push"}))
BASELINE = '{"format": 2, "requirements": [{"id": "HDR-01", "findings": [{"fingerprint": "abc"}]}]}'
URL = 'url = "http://127.0.0.1:1"'


@dataclass(frozen=True)
class Effect:
    """toml: a profile with the field. observe: what the field steers, which differs from that without the line."""

    toml: str
    observe: Callable[[RunConfig], Any]


def target_of(run: RunConfig) -> Target:
    return open_target(run, CONTRACT, "conf-7f3a-gw0", lambda _: None)


def route_of(run: RunConfig) -> Any:
    """How the session of the target was opened."""
    with pytest.MonkeyPatch.context() as patch:
        opened = []
        patch.setattr("conformance.target.client.open_session", opened.append)
        target_of(run)
    return opened


def may_publish_anywhere(run: RunConfig) -> bool:
    return target_of(run).may_send(Call("POST", "/channels/theirs/messages", headers=(("Content-Type", FORM),)))


def drawn(run: RunConfig) -> tuple[int, int]:
    """The examples of a property, and the cases of an operation."""
    before = hypothesis.settings.get_current_profile_name()
    draw_by(run)
    properties = hypothesis.settings().max_examples
    hypothesis.settings.load_profile(before)
    offers = run.profile.target.offers
    return properties, Generator(CONTRACT, 7, run.examples, offers)._examples  # noqa: SLF001  drawing takes seconds


def header(run: RunConfig) -> Any:
    return header_for(run, CONTRACT, worker="main", workers=("main",))


def path_values(run: RunConfig) -> Any:
    worker = SimpleNamespace(target=target_of(run), run_config=run)
    found = create_case_fixtures(worker).path_values
    contract = contract_of(run.profile)
    return unfilled(NEW_OPERATION, found), *circumstances(contract, run.profile)


EFFECTS = {
    ("target", "start"): Effect(f'[target]\n{URL}\nstart = "provision"', lambda run: sorted(run.keys)),
    ("target", "url"): Effect('[target]\nurl = "http://127.0.0.1:2"', lambda run: target_of(run).url),
    ("target", "offers"): Effect(f'[target]\n{URL}\noffers = ["msgpack"]', lambda run: out_of_scope(PUSH, run.profile)),
    ("target", "blast_radius"): Effect(f'[target]\n{URL}\nblast_radius = "exclusive"', may_publish_anywhere),
    ("target", "ca_file"): Effect(f'[target]\n{URL}\nca_file = "{{ca}}"', route_of),
    ("target", "cert"): Effect(f'[target]\n{URL}\ncert = "{{whole}}"', route_of),
    ("target", "cert_key"): Effect(f'[target]\n{URL}\ncert = "{{cert}}"\ncert_key = "{{key}}"', route_of),
    ("target", "proxy"): Effect(f'[target]\n{URL}\nproxy = "http://127.0.0.1:3"', route_of),
    ("target", "key_variable"): Effect(
        f'[target]\n{URL}\nkey_variable = "STAGING_KEY"', lambda run: run.keys["full"].text
    ),
    ("target", "headers"): Effect(
        f'[target]\n{URL}\nheaders = {{ "X-Pass" = {{ variable = "STAGING_KEY" }} }}',
        lambda run: [each.value for each in run.headers],
    ),
    ("world", "channels"): Effect('[world]\nchannels = "team"', lambda run: target_of(run).names.fresh("channel")),
    ("world", "persisted"): Effect('[world]\npersisted = "kept"', lambda run: target_of(run).names.persisted_channel()),
    ("world", "push"): Effect('[world]\npush = "pushed"', lambda run: target_of(run).names.push_channel()),
    ("contract", "errata"): Effect('[contract]\nerrata = "repairs"', lambda run: contract_of(run.profile).mode),
    ("contract", "path"): Effect('[contract]\npath = "moved.yaml"', lambda run: contract_of(run.profile).version),
    ("scope", "only"): Effect('[scope]\nonly = ["TIM"]', lambda run: out_of_scope(PUSH, run.profile)),
    ("scope", "without"): Effect('[scope]\nwithout = ["DEV-07"]', lambda run: out_of_scope(PUSH, run.profile)),
    ("scope", "paths"): Effect('[scope]\npaths = ["/channels"]', lambda run: may_ask("GET /time", run.profile)),
    ("scope", "operations"): Effect(
        '[scope]\noperations = ["GET /stats"]', lambda run: may_ask("GET /time", run.profile)
    ),
    ("pace", "examples"): Effect("[pace]\nexamples = 3", drawn),
    ("pace", "timeout"): Effect("[pace]\ntimeout = 3", lambda run: target_of(run).pacer.pace.timeout),
    ("pace", "patience"): Effect("[pace]\npatience = 3", lambda run: target_of(run).pacer.pace.patience),
    ("pace", "requests_per_second"): Effect(
        "[pace]\nrequests_per_second = 3", lambda run: target_of(run).pacer.pace.interval
    ),
    ("pace", "max_time"): Effect("[pace]\nmax_time = 30", lambda run: run.budget.seconds),
    ("gate", "levels"): Effect('[gate]\nlevels = ["should"]', lambda run: header(run).gate.levels),
    ("gate", "inconclusive"): Effect('[gate]\ninconclusive = "passes"', lambda run: header(run).gate.inconclusive),
    ("gate", "baseline"): Effect('[gate]\nbaseline = "report.json"', lambda run: header(run).gate.baseline),
    ("", "description"): Effect('description = "mine"', lambda run: header(run).profile.description),
    ("", "path_values"): Effect('[contract]\npath = "moved.yaml"\n[world]\nserial = "1"', path_values),
    ("", "waivers"): Effect(
        '[[waiver]]\nrequirement = "HDR-01"\nreason = "a"\nissue = "b"\nuntil = 2026-12-31',
        lambda run: header(run).waivers,
    ),
}


BASE = f"[target]\n{URL}\n"
BEFORE = {("", "path_values"): f'{BASE}[contract]\npath = "moved.yaml"\n'}
"""The profile without the field, where that is not the plainest one."""


def certificates(folder: Path) -> dict[str, Path]:
    """An authority, a client certificate and its key, apart and in one file, by the words that stand for them above."""
    authority = trustme.CA()
    client = authority.issue_cert("client.localhost")
    blobs = {
        "{ca}": authority.cert_pem,
        "{cert}": client.cert_chain_pems[0],
        "{key}": client.private_key_pem,
        "{whole}": client.private_key_and_cert_chain_pem,
    }
    paths = {word: folder / f"{word.strip('{}')}.pem" for word in blobs}
    for word, blob in blobs.items():
        blob.write_to_path(str(paths[word]))
    return paths


def resolved(folder: Path, toml: str) -> RunConfig:
    """As the worker receives it."""
    (folder / "mine.toml").write_text(toml)
    options = Options(
        str(folder / "mine.toml"), "", "app.key:secret", folder, 7, None, "", is_key_from_environment=True
    )
    return pickle.loads(pickle.dumps(resolve(options)))


def test_every_field_has_an_effect_to_be_observed():
    of_sections = {(section, each.name) for section, cls in SECTIONS.items() for each in fields(cls)}
    own = {("", each.name) for each in fields(Profile) if each.name not in OF_ITS_OWN}

    assert set(EFFECTS) == of_sections | own


@pytest.mark.parametrize("field", EFFECTS, ids=".".join)
def test_a_field_reaches_what_it_steers(tmp_path, field, monkeypatch):
    monkeypatch.setenv("STAGING_KEY", "staging.key:another-secret")
    effect = EFFECTS[field]
    moved(tmp_path)
    (tmp_path / "report.json").write_text(BASELINE)
    toml = effect.toml
    for word, path in certificates(tmp_path).items():
        toml = toml.replace(word, str(path))
    before = BEFORE.get(field, BASE)

    changed = toml if "[target]" in toml else f"{toml}\n{BASE}"
    assert effect.observe(resolved(tmp_path, changed)) != effect.observe(resolved(tmp_path, before))


# Documented ----------------------------------------------------------------------------------------------------------

PAGE = (ROOT / "docs" / "profiles.md").read_text(encoding="utf-8")
EXAMPLE = re.search(r"```toml\n(.+?)```", PAGE, re.DOTALL)[1]


def comments() -> dict[tuple[str, str], str]:
    """The comment of each line of the example, by section and field."""
    found, section = {}, ""
    for line in EXAMPLE.splitlines():
        header_line = re.match(r"\[+([a-z]+)\]+", line)
        section = header_line[1] if header_line else section
        named = re.match(r"([a-z_]+) = [^#]+(#.*)?$", line)
        if named:
            found[section, named[1]] = named[2] or ""
    return found


def test_the_example_is_a_profile():
    assert parse("mine", tomllib.loads(EXAMPLE)).path_values == (("serial", "01HV4:0"),)


@pytest.mark.parametrize(
    ("section", "field"), [(name, each.name) for name, cls in SECTIONS.items() for each in fields(cls)]
)
def test_the_page_names_every_field_with_its_range(section, field):
    comment = comments()[section, field]
    kind = get_type_hints(SECTIONS[section])[field]

    assert comment
    if isinstance(kind, type) and issubclass(kind, Enum):
        assert all(re.search(rf"\b{each.value}\b", comment) for each in kind)
    if kind in {int, float}:
        assert re.search(r"\b0\b", comment), "say what the least value is"
    if field == "levels":
        assert all(word in comment for word in ("must", "should", "may"))


def brought_in(word: str, head: Requirement) -> bool:
    """Whether a requirement needs a word, by its own head, its operations or its source."""
    without = tuple(each for each in FEATURES if each != word)
    profile = Profile("mine", "", TargetSection(Start.PROVISION, "", without, Blast.EXCLUSIVE))
    return bool(out_of_scope(head, profile))


def test_the_page_names_every_feature_with_the_areas_of_what_needs_it():
    heads = catalogue.collect().values()
    rows = dict(re.findall(r"^\| `([a-z-]+)` \| .+ \| ([A-Z, ]*) \|$", PAGE, re.MULTILINE))

    needed = {word: ", ".join(sorted({head.area for head in heads if brought_in(word, head)})) for word in FEATURES}

    assert rows == needed
    assert all(needed.values())
