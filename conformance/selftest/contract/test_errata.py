"""Every erratum is complete, changes a verdict, is not superfluous, and leaves a valid contract."""

from __future__ import annotations

import json
import re
from copy import deepcopy
from fnmatch import fnmatchcase
from pathlib import Path

import pytest
import schemathesis
from openapi_spec_validator import OpenAPIV30SpecValidator

from conformance.checks.schemas import Judge
from conformance.contract import errata_page, load, source
from conformance.contract.corrections import correct
from conformance.contract.document import operations_of
from conformance.contract.errata import read_errata
from conformance.contract.errata_page import COMMAND, PAGE, render_errata
from conformance.contract.loading import ERRATA
from conformance.contract.members import members
from conformance.contract.overlay import Action, apply
from conformance.contract.pointers import at, pointer
from conformance.errors import ContractError
from conformance.paths import ROOT
from conformance.proof import probes

CONTRACT = load()
REPAIRED = load("repairs")
PUBLISHED = load("none")
BY_ID = {erratum.id: erratum for erratum in CONTRACT.errata}


# Each erratum --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("id_", BY_ID)
def test_an_erratum_changes_the_verdict_on_its_probe(id_):
    erratum = BY_ID[id_]
    before = PUBLISHED if erratum.effect == "repairs" else REPAIRED
    assert erratum.probe["before"] != erratum.probe["after"]
    assert verdict(before.document, erratum.probe) == erratum.probe["before"]
    assert verdict(CONTRACT.document, erratum.probe) == erratum.probe["after"]


@pytest.mark.parametrize("id_", [id_ for id_, erratum in BY_ID.items() if erratum.effect == "repairs"])
def test_a_repair_does_not_depend_on_an_erratum_that_tightens(id_):
    assert verdict(REPAIRED.document, BY_ID[id_].probe) == BY_ID[id_].probe["after"]


@pytest.mark.parametrize("id_", BY_ID)
def test_no_erratum_is_superfluous(id_):
    document = deepcopy(PUBLISHED.published)
    mode = REPAIRED if BY_ID[id_].effect == "repairs" else CONTRACT
    try:
        for erratum in mode.errata:
            for action in erratum.actions if erratum.id != id_ else ():
                apply(document, action)
        operations_of(document)
    except (ContractError, LookupError):
        return  # other errata depend on it
    assert verdict(document, BY_ID[id_].probe) == BY_ID[id_].probe["before"]


@pytest.mark.parametrize("id_", BY_ID)
def test_an_erratum_names_the_places_of_the_published_contract(id_):
    erratum = BY_ID[id_]
    assert erratum.subject
    assert [CONTRACT.line(place) for place in erratum.subject] == list(erratum.lines)


@pytest.mark.parametrize("id_", BY_ID)
def test_the_evidence_of_an_erratum_is_public(id_):
    assert any(name in BY_ID[id_].evidence for name in ("ably/", "JSON Schema", "openapi.yaml"))


def verdict(document, probe):
    if "document" in probe:
        return "fails" if any(OpenAPIV30SpecValidator(document).iter_errors()) else "passes"
    return probes.verdict(Judge(document), probe)


# The corrected contract ----------------------------------------------------------------------------------------------


def test_the_published_contract_is_an_invalid_document():
    assert len(list(OpenAPIV30SpecValidator(PUBLISHED.document).iter_errors())) == 1


@pytest.mark.parametrize("contract", [CONTRACT, REPAIRED], ids=["all", "repairs"])
def test_the_corrected_contract_is_a_valid_document(contract):
    assert list(OpenAPIV30SpecValidator(contract.document).iter_errors()) == []


def test_schemathesis_loads_every_operation_of_the_corrected_contract():
    schema = schemathesis.openapi.from_dict(deepcopy(CONTRACT.document))
    assert sum(1 for _ in schema.get_all_operations()) == len(CONTRACT.operations)


def test_each_mode_applies_its_own_errata():
    assert {erratum.effect for erratum in REPAIRED.errata} == {"repairs"}
    assert {erratum.effect for erratum in CONTRACT.errata} == {"repairs", "tightens"}
    assert PUBLISHED.errata == ()
    assert PUBLISHED.document == PUBLISHED.published == CONTRACT.published


def test_every_example_of_the_corrected_contract_is_valid():
    judge = Judge(CONTRACT.document)
    for operation in CONTRACT.operations:
        for media in operation.bodies:
            assert media.example is None or judge.request_findings(operation, media.media_type, media.example) == ()


def test_every_pointer_of_x_refused_resolves():
    for refused in CONTRACT.document["info"]["x-refused"]:
        at(CONTRACT.document, refused)


def test_a_new_component_names_a_published_place():
    new = set(CONTRACT.document["components"]["schemas"]) - set(CONTRACT.published["components"]["schemas"])
    assert set(OVERLAY["x-published"]) == new
    assert set(OVERLAY["x-published"].values()) <= set(CONTRACT.lines)


def widened(node, here="#"):
    """The published contract with a member of its own name in each schema that names members."""
    if isinstance(node, list):
        return [widened(each, f"{here}/{index}") for index, each in enumerate(node)]
    if not isinstance(node, dict):
        return node
    wider = {name: widened(each, here + pointer((name,))[1:]) for name, each in node.items()}
    if node.get("type") == "object" and "properties" in node:
        wider["properties"]["added to " + MEDIA.sub("", here)] = {"type": "string"}
    return wider


MEDIA = re.compile(r"/application~1[a-z-]+")


def lost_members(published, overlay):
    corrected = correct(published, read_errata(overlay), overlay["x-published"], CONTRACT.lines)
    lost = members(operations_of(published)) - members(operations_of(corrected.document))
    return sorted(
        str(each)
        for each in lost
        if each.name.startswith("added to ") and not any(_is_closed(each, closed) for closed in overlay["x-closed"])
    )


def _is_closed(member, closed):
    schema = member.name.removeprefix("added to ")
    return fnmatchcase(schema, closed["of"]) and fnmatchcase(f"{member.operation} {member.place}", closed["in"])


OVERLAY, _ = source.parse(ERRATA.read_bytes(), ERRATA)


def test_no_erratum_loses_a_member_that_a_later_contract_adds():
    assert lost_members(widened(CONTRACT.published), OVERLAY) == []


def test_an_erratum_that_copies_a_published_component_by_hand_is_refused():
    """As E-006 once did: a member that is published later would not be judged."""
    by_hand = {"PublishedMessage": {"type": "object", "properties": PUBLISHED_MESSAGE}}
    actions = [
        {**each, "update": by_hand} if each.get("update") == {"PublishedMessage": {}} else each
        for each in OVERLAY["actions"]
        if each["target"] != "$.components.schemas.PublishedMessage" or "copy" not in each
    ]
    lost = lost_members(widened(CONTRACT.published), {**OVERLAY, "actions": actions})
    assert lost == [
        f"added to #/components/schemas/Message in {HISTORY} response 2XX application/json",
        f"added to #/components/schemas/Message in {HISTORY} response 2XX application/x-msgpack",
    ]


def test_every_closed_place_is_one():
    """A closed place that loses nothing is superfluous."""
    for closed in OVERLAY["x-closed"]:
        others = [each for each in OVERLAY["x-closed"] if each is not closed]
        assert lost_members(widened(CONTRACT.published), {**OVERLAY, "x-closed": others}) != [], closed


def test_requests_and_answers_leave_the_published_components_to_operations_to_come():
    """No tightening changes a published schema: another operation may use it on the other side."""
    tightened = {
        name
        for name, schema in CONTRACT.published["components"]["schemas"].items()
        if CONTRACT.document["components"]["schemas"][name] != REPAIRED.document["components"]["schemas"][name]
    }
    assert tightened == {"Occupancy"}  # E-041 moves its counters, and demands nothing


HISTORY = "GET /channels/{channel_id}/messages"
PUBLISHED_MESSAGE = {name: {"type": "string"} for name in ("name", "data", "id", "timestamp", "encoding", "extras")}


def test_the_page_of_errata_is_up_to_date():
    title = f"{CONTRACT.title} {CONTRACT.version}"
    assert (ROOT / PAGE).read_text(encoding="utf-8") == render_errata(title, CONTRACT.errata), f"run: {COMMAND}"


def test_the_page_is_written_by_its_command(tmp_path, monkeypatch):
    monkeypatch.setattr(errata_page, "ROOT", tmp_path)
    (tmp_path / Path(PAGE).parent).mkdir()
    errata_page.main()
    assert (tmp_path / PAGE).read_text(encoding="utf-8") == (ROOT / PAGE).read_text(encoding="utf-8")


# Rejected errata -----------------------------------------------------------------------------------------------------

HEAD = {
    "x-id": "E-900",
    "x-effect": "repairs",
    "x-says": "a",
    "x-reason": "b",
    "x-evidence": "c",
    "x-probe": {"document": True},
}
STEP = {"target": "$.info", "update": {"title": "x"}, **HEAD}


def _errata(*actions):
    return read_errata({"overlay": "1.1.0", "actions": list(actions)})


@pytest.mark.parametrize("name", ["x-id", "x-effect", "x-says", "x-reason", "x-evidence", "x-probe"])
def test_an_erratum_that_lacks_a_member_is_rejected(name):
    with pytest.raises(ContractError, match=f"lacks {name}"):
        _errata({key: value for key, value in STEP.items() if key != name})


def test_an_unknown_effect_is_rejected():
    with pytest.raises(ContractError, match="did you mean 'tightens'"):
        _errata({**STEP, "x-effect": "tighten"})


def test_an_unknown_member_is_rejected():
    with pytest.raises(ContractError, match="unknown member upgrade"):
        _errata({**STEP, "upgrade": {}})


@pytest.mark.parametrize("step", [{"update": {}, "remove": True}, {}], ids=["both", "neither"])
def test_an_action_that_updates_and_removes_or_neither_is_rejected(step):
    with pytest.raises(ContractError, match="either an update, a copy or remove"):
        _errata({"target": "$.info", **HEAD, **step})


def test_an_id_may_have_several_actions():
    (erratum,) = _errata(STEP, {"target": "$.paths", "remove": True, "x-id": "E-900"})
    assert erratum.target == ("$.info", "$.paths")


def test_a_second_head_of_an_erratum_is_rejected():
    with pytest.raises(ContractError, match="E-900 is given twice"):
        _errata(STEP, STEP)


def test_an_id_that_recurs_later_is_rejected():
    other = {**STEP, "x-id": "E-901"}
    with pytest.raises(ContractError, match="E-900 is given twice"):
        _errata(STEP, other, STEP)


def test_another_overlay_version_is_rejected():
    with pytest.raises(ContractError, match=r"not an OpenAPI Overlay 1\.1\.0"):
        read_errata({"overlay": "2.0.0", "actions": []})


DOCUMENT = {"info": {"title": "x", "tags": ["a", "b", "c"]}, "paths": {"/a": {"get": {"n": 1}}}}


@pytest.mark.parametrize(
    ("target", "update", "message"),
    [
        ("$.nowhere", {"a": 1}, "finds nothing"),
        ("$.info", {"title": "x"}, "changes nothing"),
        ("$.info", {"tags": []}, "changes nothing"),
        ("$", {"a": 1}, "the whole document"),
        ("$.info.title", {"a": 1}, "cannot be merged into #/info/title"),
        ("$.info[", {"a": 1}, "not a JSONPath"),
    ],
)
def test_an_action_without_effect_is_rejected(target, update, message):
    with pytest.raises(ContractError, match=message):
        apply(deepcopy(DOCUMENT), Action("E-900", target, update))


def test_objects_merge_arrays_are_concatenated_and_the_rest_is_replaced():
    document = deepcopy(DOCUMENT)
    update = {"title": "y", "tags": ["d"], "contact": {"name": "n"}}
    apply(document, Action("E-900", "$.info", update))
    assert document["info"] == {"title": "y", "tags": ["a", "b", "c", "d"], "contact": {"name": "n"}}
    apply(document, Action("E-900", "$.paths['/a']", {"get": {"m": 2}}))
    assert document["paths"] == {"/a": {"get": {"n": 1, "m": 2}}}


def test_an_update_of_an_array_appends_an_entry():
    document = deepcopy(DOCUMENT)
    apply(document, Action("E-900", "$.info.tags", "d"))
    assert document["info"]["tags"] == ["a", "b", "c", "d"]


def test_several_entries_of_an_array_are_removed_together():
    document = deepcopy(DOCUMENT)
    found = apply(document, Action("E-900", "$.info.tags[0,1]", removes=True))
    assert document["info"]["tags"] == ["c"]
    assert found == ("#/info/tags/0", "#/info/tags/1")


def test_an_update_is_not_shared_with_the_erratum():
    document, update = deepcopy(DOCUMENT), {"list": [1]}
    apply(document, Action("E-900", "$.info", update))
    document["info"]["list"].append(2)
    assert json.dumps(update) == '{"list": [1]}'
