"""`run.assertion` reads a failed assertion from its source: its subject, the answers that it names, and its message."""

from __future__ import annotations

import linecache
from itertools import count
from typing import Any

import pytest

from conformance.facts import facts
from conformance.run.assertion import Assertion, assertion_of
from conformance.selftest.harness.exchanges import exchange
from conformance.target.answer import Answer

NUMBERS = count(1)
FIRST, SECOND, THIRD = (Answer(exchange(body=[{"name": "x", "id": number}])) for number in (1, 2, 3))
ITEMS = [{"name": "x", "clientId": "y"}]


def names_of(items: list) -> list:
    return [each["name"] for each in items]


def members(items: list, name: str) -> list:
    return [each[name] for each in items]


KNOWN = {
    "answer": FIRST,
    "second": SECOND,
    "third": THIRD,
    "pages": [SECOND, THIRD],
    "nested": (FIRST, [SECOND]),
    "items": ITEMS,
    "message": ITEMS[0],
    "error_code": 40160,
    "facts": facts,
    "names_of": names_of,
    "members": members,
}


@pytest.fixture
def raised(tmp_path):
    """Run statements as the body of a function of a file, and return the AssertionError of the last of them."""

    def run(*statements: str, **named: Any) -> AssertionError:
        path = tmp_path / f"scenario_{next(NUMBERS)}.py"
        known = {**KNOWN, **named}
        body = "\n".join(f"    {line}" for statement in statements for line in statement.splitlines())
        path.write_text(f"def scenario({', '.join(known)}):\n{body}\n", encoding="utf-8")
        module: dict[str, Any] = {}
        linecache.checkcache(str(path))
        exec(compile(path.read_text(encoding="utf-8"), str(path), "exec"), module)
        with pytest.raises(AssertionError) as caught:
            module["scenario"](**known)
        return caught.value

    return run


# The subject ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("expression", "subject"),
    [
        ("answer.status == 404", "status"),
        ("error_code == 40100", "error code"),
        ("answer.error_code in {40100}", "error code"),
        ("answer.status < 100", "status"),
        ("message['name'] == 'z'", "name"),
        ("message.get('clientId') == 'z'", "clientId"),
        ("message.get('clientId', '') == 'z'", "clientId"),
        ("len(items) == 2", "number of items"),
        ("len([1, 2]) == 3", "number of items"),
        ("len([each['name'] for each in items]) == 2", "number of names"),
        ("names_of(items) == ['z']", "names"),
        ("members(items, 'clientId') == ['z']", "clientIds"),
        ("[each['name'] for each in items] == ['z']", "names"),
        ("{each['name'] for each in items} == {'z'}", "names"),
        ("{each['name']: each['clientId'] for each in items} == {}", "clientIds"),
        ("[each.status for each in pages] == [404]", "status"),
        ("sorted(names_of(items)) == ['z']", "names"),
        ("set(names_of(items)) == {'z'}", "names"),
        ("list(names_of(items)) == ['z']", "names"),
        ("sorted([each['name'] for each in items]) == ['z']", "names"),
        ("'next' in answer.links", "links"),
        ("'x' not in names_of(items)", "names"),
        ("answer.status in {404}", "status"),
        ("answer.status is None", "status"),
        ("items[0] == 1", ""),
        ("1 + 1 == 3", ""),
        ("not items", ""),
    ],
)
def test_the_subject_is_the_noun_of_the_left_side(raised, expression, subject):
    assert assertion_of(raised(f"assert {expression}"), None).subject == subject


def test_the_subject_of_facts_is_their_names():
    expected = facts(status=200, error_code=None, next_link=False)

    assertion = assertion_of(AssertionError(), expected)

    assert assertion == Assertion("")  # an error that was never raised has no source


def test_the_subject_of_compared_facts_is_their_names(raised):
    error = raised("assert facts(status=answer.status, error_code=1) == facts(status=200, error_code=2)")

    assertion = assertion_of(error, facts(status=200, error_code=1))

    assert assertion.subject == assertion.identity == "status, error code"


def test_an_assertion_without_subject_is_identified_by_its_source(raised):
    assertion = assertion_of(raised("assert items[0] == 1"), None)

    assert (assertion.subject, assertion.identity) == ("", "items[0] == 1")


def test_the_identity_has_no_value_of_the_run(raised):
    identities = {assertion_of(raised("assert items[0] == 1", items=[value]), None).identity for value in (2, 3, "x")}

    assert len(identities) == 1


# The answers ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("expression", "answers"),
    [
        ("answer.status == 404", [FIRST]),
        ("answer.status == second.status == 404", [FIRST, SECOND]),
        ("second.status == answer.status + 1", [SECOND, FIRST]),
        ("facts(items=len(second.body), more=[each for each in answer.body]) == third", [SECOND, FIRST, THIRD]),
        ("answer.status + answer.status == 1", [FIRST]),
        ("pages == []", [SECOND, THIRD]),
        ("nested == 0", [FIRST, SECOND]),
        ("[each.status for each in pages] == [answer.status]", [SECOND, THIRD, FIRST]),
        ("items == []", []),
    ],
)
def test_the_exchanges_are_those_of_the_answers_that_the_assertion_names(raised, expression, answers):
    found = assertion_of(raised(f"assert {expression}"), None).exchanges

    assert found == tuple(each.exchange for each in answers)


def test_answers_that_only_the_message_names_are_left_out(raised):
    error = raised("assert answer.status == 404, f'status {second.status}'")

    assert assertion_of(error, None).exchanges == (FIRST.exchange,)


def test_a_name_that_is_not_set_is_passed_over(raised):
    error = raised("assert answer.status == 404 or [late for late in items] == []")

    assert assertion_of(error, None).exchanges == (FIRST.exchange,)


# The message ---------------------------------------------------------------------------------------------------------


def test_a_message_is_what_was_received(raised):
    error = raised("assert answer.status == 404, f'status {answer.status}'")

    assert assertion_of(error, None).message == "status 200"


def test_only_the_first_line_of_a_message_is_kept(raised):
    """Pytest appends the comparison to a message."""
    error = raised("assert answer.status == 404, 'a status\\nassert 200 == 404'")

    assert assertion_of(error, None).message == "a status"


@pytest.mark.parametrize("statement", ["assert answer.status == 404", "assert answer.status == 404, ''"])
def test_an_assertion_without_message_has_none(raised, statement):
    assert assertion_of(raised(statement), None).message == ""


# Which assertion -----------------------------------------------------------------------------------------------------


def test_an_assertion_over_several_lines_is_read_whole(raised):
    error = raised("assert names_of(\n    items\n) == [\n    'z'\n], 'a name'")

    assertion = assertion_of(error, None)

    assert (assertion.subject, assertion.message) == ("names", "a name")
    assert assertion.source == "names_of(items) == ['z']"


def test_the_last_assertion_that_was_run_is_read(raised):
    error = raised("assert answer.status == 200", "assert error_code == 1", "assert len(items) == 9")

    assert assertion_of(error, None).subject == "error code"


def test_the_assertion_of_a_helper_is_read_where_it_was_raised(raised):
    error = raised("def helper(given):\n    assert given.status == 404", "helper(second)", "assert answer.body == 1")

    assertion = assertion_of(error, None)

    assert (assertion.subject, assertion.exchanges) == ("status", (SECOND.exchange,))


@pytest.mark.parametrize("statement", ["raise AssertionError('a next link on page 200')", "next(iter(()), None).x"])
def test_an_error_that_no_assertion_raised_has_no_subject(raised, statement):
    error = raised(f"try:\n    {statement}\nexcept AttributeError as error:\n    raise AssertionError from error")

    assert assertion_of(error, None) == Assertion("")


def test_an_assertion_without_a_source_file_has_no_subject():
    with pytest.raises(AssertionError) as caught:
        exec(compile("assert 1 == 2", "<nowhere>", "exec"), {})

    assert assertion_of(caught.value, None) == Assertion("")
