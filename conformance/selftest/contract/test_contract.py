"""The contract is loaded as published, with the line of every pointer, its operations and its clauses."""

from __future__ import annotations

import hashlib
import re
from dataclasses import replace

import pytest

from conformance.contract import load
from conformance.contract.document import operations_of
from conformance.contract.pointers import at, clause_of
from conformance.errors import ContractError, SuiteError
from conformance.paths import OPENAPI

CONTRACT = load()
LINES = OPENAPI.read_text(encoding="utf-8").splitlines()
HISTORY = "GET /channels/{channel_id}/messages"


def test_the_published_contract_equals_its_file():
    assert CONTRACT.sha256 == hashlib.sha256(OPENAPI.read_bytes()).hexdigest()
    assert (CONTRACT.title, f'version: "{CONTRACT.version}"') == ("Platform API", LINES[4].strip())
    assert CONTRACT.published["components"]["parameters"]["filterLimit"]["schema"]["default"] == "100"


@pytest.mark.parametrize("mode", ["all", "repairs", "none"])
def test_every_mode_has_every_operation(mode):
    """Each method that is written below a path, and nothing else."""
    written = [line for line in LINES if re.fullmatch(r"    (get|put|post|delete|patch):", line)]
    labels = [operation.label for operation in load(mode).operations]
    assert len(labels) == len(set(labels)) == len(written) > 0


def test_an_unknown_errata_mode_is_rejected_with_the_nearest_one():
    with pytest.raises(ContractError, match="did you mean 'repairs'"):
        load("repair")


def test_a_missing_contract_is_rejected(tmp_path):
    with pytest.raises(ContractError, match=r"absent\.yaml cannot be read"):
        load("none", tmp_path / "absent.yaml")


def test_a_contract_that_is_not_yaml_is_rejected(tmp_path):
    broken = tmp_path / "broken.yaml"
    broken.write_text("a: [")
    with pytest.raises(ContractError, match=r"broken\.yaml is not YAML"):
        load("none", broken)


def test_plain_scalars_are_read_by_yaml_1_2(tmp_path):
    document = tmp_path / "words.yaml"
    document.write_text(
        "openapi: 3.0.1\npaths: {}\n"
        "info: {title: on, version: 2014-02-03, x-a: 1.5, x-b: true, x-c: ~, x-d: 1:30, x-e: 010}\n"
    )
    info = load("none", document).published["info"]
    assert info == {
        "title": "on",
        "version": "2014-02-03",
        "x-a": 1.5,
        "x-b": True,
        "x-c": None,
        "x-d": "1:30",
        "x-e": "010",
    }


@pytest.mark.parametrize(
    ("pointer", "text"),
    [
        ("#/components/headers/Link", "Link:"),
        ("#/paths/~1time/get", "get:"),
        ("#/components/schemas/TokenRequest/required/3", "- nonce"),
        ("#/components/headers/Link/schema/nothing/there", "schema:"),
    ],
)
def test_the_line_of_a_pointer_is_its_own_or_that_of_its_nearest_ancestor(pointer, text):
    assert LINES[CONTRACT.line(pointer) - 1].strip() == text


def test_the_line_of_an_unknown_pointer_is_1():
    assert CONTRACT.line("ably/docs rest-api") == 1


def test_a_pointer_resolves_to_the_published_text():
    assert CONTRACT.resolve("#/paths/~1stats/get/responses/2XX/content/application~1json/schema/type") == "object"
    assert CONTRACT.resolve("#/components/schemas/Message/properties/id/readOnly") is True


def test_an_unknown_pointer_does_not_resolve():
    with pytest.raises(SuiteError, match="nothing at #/paths/~1tim"):
        CONTRACT.resolve("#/paths/~1tim")


def test_an_operation_is_found_by_its_label():
    assert CONTRACT.operation("GET /time").operation_id == "getTime"


def test_an_unknown_label_is_rejected_with_the_nearest_one():
    with pytest.raises(SuiteError, match="did you mean 'GET /time'"):
        CONTRACT.operation("GET /times")


def test_only_get_time_is_public():
    assert [operation.label for operation in CONTRACT.operations if operation.is_public] == ["GET /time"]


@pytest.mark.parametrize(
    ("method", "path", "label"),
    [
        ("GET", "/channels", "GET /channels"),
        ("GET", "/channels/a%2Fb%3Fc", "GET /channels/{channel_id}"),
        ("GET", "/channels/a/presence/history", "GET /channels/{channel_id}/presence/history"),
        ("POST", "/channels/messages/messages", "POST /channels/{channel_id}/messages"),
        ("GET", "/push/channels", "GET /push/channels"),
    ],
)
def test_a_raw_path_matches_the_operation_with_its_segments(method, path, label):
    assert CONTRACT.match(method, path).label == label


@pytest.mark.parametrize("path", ["/channels//messages", "/channels/a/b/messages", "/", "", "/channels/"])
def test_a_path_with_an_empty_or_a_surplus_segment_matches_no_operation(path):
    assert CONTRACT.match("GET", path) is None


def test_a_method_that_a_path_lacks_matches_no_operation():
    assert CONTRACT.match("PATCH", "/time") is None


def test_a_literal_segment_takes_precedence_over_a_variable():
    found = operations_of({"paths": {"/a/{x}": _path(), "/{y}/b": _path(), "/a/b": _path()}})
    contract = replace(CONTRACT, operations=found)
    assert contract.match("GET", "/a/b").path == "/a/b"
    assert contract.match("GET", "/a/c").path == "/a/{x}"


def _path():
    return {"get": {"responses": {}}}


@pytest.mark.parametrize(("status", "key"), [(200, "200"), (201, "default"), (404, "default")])
def test_the_most_specific_response_is_chosen(status, key):
    assert CONTRACT.operation("GET /channels/{channel_id}").response(status).key == key


def test_a_range_covers_its_statuses():
    assert CONTRACT.operation(HISTORY).response(206).key == "2XX"


def test_an_undocumented_status_has_no_response():
    operation = operations_of({"paths": {"/a": {"get": {"responses": {"200": {}}}}}})[0]
    assert operation.response(404) is None


def test_parameters_of_the_path_and_of_the_operation_are_merged():
    names = [parameter.name for parameter in CONTRACT.operation(HISTORY).parameters]
    assert names == ["X-Ably-Version", "format", "channel_id", "start", "limit", "end", "direction"]


def test_a_parameter_of_the_operation_replaces_that_of_the_path():
    shared = {"name": "a", "in": "query", "schema": {"type": "string"}}
    own = {"name": "a", "in": "query", "schema": {"type": "integer"}}
    document = {"paths": {"/a": {"parameters": [shared], "get": {"parameters": [own], "responses": {}}}}}
    (operation,) = operations_of(document)
    assert [parameter.schema["type"] for parameter in operation.parameters] == ["integer"]


def test_schemas_are_resolved_and_their_pointers_are_concrete():
    operation = CONTRACT.operation("GET /channels/{channel_id}/presence")
    media = operation.response(200).media("application/json")
    assert media.schema["items"]["properties"]["id"]["type"] == "string"
    assert operation.parameter("format").pointer == "#/components/parameters/responseFormat"
    assert operation.response(404).headers[0].pointer == "#/components/headers/ErrorCode"
    assert operation.response(404).content[0].pointer == "#/components/responses/Error/content/application~1json"


def test_a_clause_is_found_through_references():
    base = "#/paths/~1channels~1{channel_id}~1messages/get/responses/2XX/content/application~1json/schema"
    found = clause_of(CONTRACT.published, base, ("items", "properties", "id", "type"))
    assert found == "#/components/schemas/Message/properties/id/type"


def test_steps_missing_from_the_published_contract_are_skipped():
    base = "#/paths/~1push~1deviceRegistrations/get/responses/2XX/content/application~1json/schema"
    found = clause_of(CONTRACT.published, base, ("items", "allOf", 0, "properties", "platform", "enum"))
    assert found == "#/components/schemas/DeviceDetails/properties/platform/enum"


def test_a_clause_ends_at_the_last_published_step():
    assert (
        clause_of(CONTRACT.published, "#/components/schemas/Message", ("required",)) == "#/components/schemas/Message"
    )
    assert clause_of(CONTRACT.published, "#/components/schemas/Nobody/schema", ("type",)) == "#/components/schemas"


def test_a_pointer_resolves_into_lists_and_not_into_texts():
    assert at(CONTRACT.published, "#/servers/0/url") == "https://rest.ably.io"
    for pointer in ("#/servers/0/url/0", "#/servers/1", "#/servers/x"):
        with pytest.raises(LookupError):
            at(CONTRACT.published, pointer)
