"""Another version of the contract than the packed one is loaded, corrected as far as it goes, and compared."""

from __future__ import annotations

from dataclasses import replace

import pytest

from conformance.checks import Checks
from conformance.checks.schemas import Judge
from conformance.contract import load
from conformance.contract.clauses import as_found, is_prose, objection
from conformance.contract.corrections import correct
from conformance.contract.difference import difference
from conformance.contract.document import operations_of
from conformance.contract.errata import read_errata
from conformance.contract.loading import overlay
from conformance.errors import ContractError, ForbiddenError, SuiteError
from conformance.model import JSON, MUST, Clause, Origin, Requirement
from conformance.paths import OPENAPI
from conformance.report.text.finding import clause_words
from conformance.selftest.harness.exchanges import MESSAGE, SERVER, exchange, listing, with_body
from conformance.selftest.harness.moved import NEW_OPERATION, moved
from conformance.selftest.harness.target import target_at

PACKED = load("none")
HISTORY = "GET /channels/{channel_id}/messages"
PREFIX = Clause("#/paths/~1channels/get/parameters/prefix/description", "starts with the given prefix")
DATA = Clause("#/components/schemas/Message/properties/data/description", "The string encoded payload")
SOUND = "openapi: 3.0.0\ninfo: {title: a, version: b}\npaths: "
DEFAULT = Clause("#/components/parameters/filterDirection/schema/default", "backwards")


@pytest.fixture(scope="module")
def contract(tmp_path_factory):
    return load("all", moved(tmp_path_factory.mktemp("moved")))


def head(clause: Clause, *operations: str) -> Requirement:
    return Requirement("STA-99", MUST, "A title", clause, operations)


# Comparing -----------------------------------------------------------------------------------------------------------


def test_a_copy_of_the_packed_contract_is_the_packed_contract(tmp_path):
    copy = tmp_path / "copy.yaml"
    copy.write_bytes(OPENAPI.read_bytes())

    assert load("all", copy).is_packed


def test_operations_and_parameters_are_compared_with_the_packed_contract(contract):
    assert not contract.is_packed
    assert contract.name == "moved.yaml (Platform API 1.2.0)"
    assert contract.difference.new == (NEW_OPERATION,)
    assert contract.difference.gone == ()
    assert contract.difference.parameters == (("GET /channels", "query", "prefix"),)


def test_a_parameter_of_an_operation_that_is_gone_is_not_named_as_well():
    found = difference([("GET /a", frozenset({("query", "x")})), ("GET /b", frozenset())], [("GET /b", frozenset())])

    assert (found.gone, found.parameters) == (("GET /a",), ())


# Errata --------------------------------------------------------------------------------------------------------------


def test_an_erratum_that_has_nothing_to_correct_is_told_and_the_others_are_applied(contract):
    assert contract.unapplied == (
        "E-001 changes nothing at $.components.parameters.filterLimit.schema. Delete the erratum.",
    )
    assert {each.id for each in load().errata} - {each.id for each in contract.errata} == {"E-001"}


def test_an_action_without_effect_takes_no_other_action_of_its_erratum_away(tmp_path):
    """E-043 narrows the limit of five lists; one of them has none any more."""
    path = tmp_path / "less.yaml"
    text = OPENAPI.read_text(encoding="utf-8")
    before, name, after = text.partition("        - name: connectionId\n")
    path.write_text(before + name + after.replace("- name: limit\n", "- name: most\n", 1), encoding="utf-8")
    found = load("all", path)

    assert [each.split(" finds")[0] for each in found.unapplied] == ["E-043"]
    assert found.operation("GET /channels").parameter("limit").schema["maximum"] == 1000


def test_an_erratum_that_would_refer_to_nothing_is_taken_back():
    published = {"paths": {"/a": {"get": {"responses": {}}}}, "components": {"schemas": {"A": {"type": "object"}}}}
    action = {
        "target": "$.components.schemas.A",
        "update": {"properties": {"b": {"$ref": "#/components/schemas/B"}}},
        **dict.fromkeys(("x-says", "x-reason", "x-evidence", "x-probe"), "x"),
        "x-effect": "repairs",
        "x-id": "E-900",
    }
    errata = read_errata({"overlay": "1.1.0", "actions": [action]})
    found = correct(published, errata, {}, {"#": 1})

    assert found.document == published
    assert found.errata == ()
    assert found.unapplied == ("E-900 needs #/components/schemas/B, which the contract lacks",)


def test_the_packed_contract_takes_every_erratum_in_every_mode():
    assert [load(mode).unapplied for mode in ("all", "repairs", "none")] == [(), (), ()]


# What errata leave to a later contract -------------------------------------------------------------------------------


def test_a_member_that_is_published_later_is_judged_and_sent(contract):
    wrong = listing(HISTORY, [{**MESSAGE, "version": 5}])
    found = [each for each in Checks(contract).judge(wrong).findings if each.requirement == "RSP-01"]

    assert [(each.at, each.expected) for each in found] == [("/0/version", "a string")]
    right = with_body(wrong, [{**MESSAGE, "version": "5"}])
    assert not any(each.requirement == "RSP-01" for each in Checks(contract).judge(right).findings)
    publish = contract.operation("POST /channels/{channel_id}/messages")
    assert Judge(contract.document).request_findings(publish, JSON, {"name": "a", "version": "1"}) == ()


def test_an_honest_answer_of_an_operation_to_come_is_no_deviation(contract):
    """It answers a Message, whose members errata narrow for requests."""
    answer = {**MESSAGE, "clientId": "*", "connectionId": "c", "encoding": "utf-8", "extras": {"headers": {"a": "b"}}}
    honest = exchange(NEW_OPERATION, 200, answer, lines=(SERVER,), origin=Origin.VALID)

    assert Checks(contract).judge(honest).findings == ()


def test_checks_that_name_their_operations_do_not_speak_of_another_one(contract):
    """No document says which of its statuses, lists or members the other documents would mean."""
    odd = exchange(NEW_OPERATION, 202, [1.5], lines=(SERVER, ("Link", "x")), origin=Origin.VALID)
    found = {each.requirement for each in Checks(contract).judge(odd).findings}

    assert found == {"RSP-01"}


def test_a_resource_that_a_profile_names_need_not_exist(contract):
    refused = exchange(NEW_OPERATION, 404, b"", lines=(SERVER,), origin=Origin.VALID)

    assert "GEN-01" not in {each.requirement for each in Checks(contract).judge(refused).findings}


# Requirements and their clauses --------------------------------------------------------------------------------------


def test_the_packed_contract_has_no_objection():
    assert objection(PACKED, head(PREFIX, "GET /channels")) == ""


@pytest.mark.parametrize(
    ("requirement", "why"),
    [
        (head(PREFIX), f"moved.yaml (Platform API 1.2.0) has nothing at {PREFIX.pointer}, its clause"),
        (head(DATA), ""),
        (head(Clause("ably/docs rest-api", "anything")), ""),
    ],
)
def test_a_requirement_without_its_clause_does_not_apply(contract, requirement, why):
    assert objection(contract, requirement) == why


def test_a_keyword_with_another_value_is_another_rule(tmp_path):
    text = OPENAPI.read_text(encoding="utf-8").replace("default: backwards", "default: forwards")
    (tmp_path / "turned.yaml").write_text(text, encoding="utf-8")

    why = objection(load("all", tmp_path / "turned.yaml"), head(DEFAULT))
    assert why == f"turned.yaml (Platform API {PACKED.version}) says something else at {DEFAULT.pointer}, its clause"
    assert (is_prose(DEFAULT), is_prose(DATA)) == (False, True)


def test_a_requirement_whose_operations_are_gone_does_not_apply(contract):
    without = replace(contract, difference=replace(contract.difference, gone=("GET /time",)))

    assert objection(without, head(DATA, "GET /time")) == f"{contract.name} has none of its operations"
    assert objection(without, head(DATA, "GET /time", "GET /stats")) == ""


def test_words_that_are_not_in_the_contract_of_the_run_are_not_quoted(contract):
    assert clause_words(as_found(PACKED, DATA)) == f'"{DATA.text}"'

    told = as_found(contract, DATA)
    assert not told.is_verbatim
    assert '"' not in clause_words(told)
    assert f"{contract.name} no longer has these words of {PACKED.version}: {DATA.text}" in clause_words(told)


def test_what_is_gone_is_not_sent(contract):
    target = target_at("http://127.0.0.1:1")
    target._contract = contract  # noqa: SLF001  as a run by it opens the target
    with pytest.raises(ForbiddenError, match="has no parameter prefix for GET /channels"):
        target.get("/channels", query={"prefix": "a"})
    target._contract = replace(contract, difference=replace(contract.difference, gone=("GET /old",)))  # noqa: SLF001
    with pytest.raises(ForbiddenError, match="has no GET /old"):
        target.get("/old")


# Documents that are none ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("[1, 2]", "is no OpenAPI document: it has no member openapi"),
        ("openapi: 3.1.0", r"is written in OpenAPI 3\.1\.0; bodies are judged by OpenAPI 3\.0"),
        ("openapi: 3.0.0\npaths: {}", "lacks paths, or the title or the version under info"),
        (
            f"{SOUND}{{/a: {{get: {{}}}}}}",
            "is no sound OpenAPI document: KeyError 'responses'",
        ),
        (
            f"{SOUND}{{/a: {{get: {{responses: {{200: {{$ref: '#/components/responses/None'}}}}}}}}}}",
            "is no sound OpenAPI document: LookupError components",
        ),
    ],
)
def test_a_file_that_is_no_contract_is_rejected_in_a_sentence(tmp_path, text, sentence):
    path = tmp_path / "none.yaml"
    path.write_text(text)
    with pytest.raises(ContractError, match=f"none.yaml {sentence}"):
        load("none", path)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (f"{SOUND}{{}}\n".encode("utf-16"), "is not written in UTF-8"),
        (b"openapi: &a [*a]", "is nested too deeply, or leads back into itself"),
        (b"\xff\xff", "is not YAML"),
    ],
)
def test_bytes_that_are_no_contract_are_rejected_in_a_sentence(tmp_path, content, sentence):
    path = tmp_path / "none.yaml"
    path.write_bytes(content)
    with pytest.raises(ContractError, match=f"none.yaml {sentence}"):
        load("none", path)


def test_a_version_may_be_written_as_a_number(tmp_path):
    path = tmp_path / "numbers.yaml"
    path.write_text(f"{SOUND}{{}}".replace("version: b", "version: 1.2"))

    assert load("none", path).version == "1.2"


def test_a_schema_that_leads_back_into_itself_is_cut_there():
    tree = {
        "type": "object",
        "properties": {"child": {"$ref": "#/components/schemas/Tree"}, "name": {"type": "string"}},
    }
    content = {"application/json": {"schema": {"$ref": "#/components/schemas/Tree"}}}
    (operation,) = operations_of(
        {
            "paths": {"/a": {"get": {"responses": {"200": {"content": content}}}}},
            "components": {"schemas": {"Tree": tree}},
        }
    )
    assert operation.response(200).content[0].schema["properties"]["child"] == {}


def test_a_dead_pointer_says_where_it_ends_and_what_is_there():
    with pytest.raises(
        SuiteError, match=r"There is #/paths/~1stats/get/parameters, without 'unity'; did you mean 'unit'"
    ):
        PACKED.resolve("#/paths/~1stats/get/parameters/unity/schema")


def test_a_pointer_names_a_parameter_and_not_its_position(contract):
    for version in (PACKED, contract):
        assert version.resolve("#/paths/~1channels/get/parameters/by/schema/enum") == ["value", "id"]
    assert overlay()["overlay"] == "1.1.0"
    assert [each.pointer for each in PACKED.operation("GET /stats").parameters if "/stats/" in each.pointer] == []
    assert PACKED.operation("GET /stats").parameter("unit").pointer == "#/paths/~1stats/get/parameters/unit"
