"""Renders junit.xml for GitLab, Jenkins and GitHub: one test case for each requirement on each operation.

JUnit has no word for "inconclusive"; it becomes an error, because a passed case would be wrong. Waived, not exercised
and out-of-scope requirements are skipped with the reason, never passed. So are deviations that the gate accepts (by
level, or by the baseline): Jenkins calls a build with a failed case unstable, GitLab shows it red.
Where the gate is closed without a failed case, because a part of the run is missing, a case of its own says so.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from xml.etree import ElementTree as ET

from conformance.model import Finding
from conformance.report.analysis.digest import Digest
from conformance.report.analysis.status import Status, is_covered_by_waiver, status_on
from conformance.report.text.dates import instant
from conformance.report.text.finding import finding_text, received_instead
from conformance.report.text.safe_text import legible
from conformance.report.text.steps import operation_name
from conformance.verdict.gate import closes
from conformance.verdict.result import Exit, RequirementResult

_MOST_FINDINGS = 20
"""Findings in one case; without a limit, a target that fails everywhere makes a file too large to open."""


def render(digest: Digest) -> bytes:
    suites = ET.Element("testsuites", name=f"ably-conformance {digest.header.profile.name}")
    for area, results in groupby(digest.results, key=lambda result: result.requirement.area):
        suites.append(_suite(digest, area, list(results)))
    suites.append(_run(digest, is_red=_is_red(suites)))
    _count(suites)
    del suites.attrib["skipped"]  # the schemas of JUnit do not allow it here
    suites.set("time", f"{digest.duration:.3f}")
    ET.indent(suites)
    return b"%s\n" % ET.tostring(suites, encoding="utf-8", xml_declaration=True)


def _suite(digest: Digest, area: str, results: list[RequirementResult]) -> ET.Element:
    suite = ET.Element("testsuite", name=area)
    for result in results:
        for operation in sorted({*result.by_operation, *result.requirement.operations}) or [""]:
            suite.append(_case(digest, result, operation))
    return _finished(digest, suite)


def _finished(digest: Digest, suite: ET.Element) -> ET.Element:
    _count(suite)
    suite.set("time", f"{sum(float(case.get('time', 0)) for case in suite.iter('testcase')):.3f}")
    suite.set("timestamp", instant(digest.header.started).rstrip("Z"))
    return suite


def _run(digest: Digest, *, is_red: bool) -> ET.Element:
    """The run as a whole: red where the gate is closed and no other case is red, green where it is open."""
    suite = ET.Element("testsuite", name="RUN")
    suite.append(_property_list({"target": digest.header.url, **dict(digest.header.labels)}))
    case = ET.SubElement(suite, "testcase", name="the run as a whole", classname="conformance.RUN", time="0.000")
    sentence = legible(digest.judgement.sentence)
    if digest.judgement.exit is Exit.CONFORMANT:
        ET.SubElement(case, "system-out").text = sentence
    elif is_red:
        ET.SubElement(case, "skipped", message=f"other cases tell why: {sentence}")
    else:
        problems = "\n".join(map(legible, digest.judgement.problems))
        ET.SubElement(case, "error", type=digest.judgement.conclusion.value, message=sentence).text = problems
    return _finished(digest, suite)


def _is_red(element: ET.Element) -> bool:
    return any(next(element.iter(name), None) is not None for name in ("failure", "error"))


def _count(element: ET.Element) -> None:
    element.set("tests", str(sum(1 for _ in element.iter("testcase"))))
    element.set("failures", str(sum(1 for _ in element.iter("failure"))))
    element.set("errors", str(sum(1 for _ in element.iter("error"))))
    element.set("skipped", str(sum(1 for _ in element.iter("skipped"))))


def _case(digest: Digest, result: RequirementResult, operation: str) -> ET.Element:
    name = f"{result.id} {operation_name(operation)}"
    case = ET.Element("testcase", name=name, classname=f"conformance.{result.requirement.area}")
    case.set("time", f"{result.seconds.get(operation, 0.0):.3f}")
    if result.file:
        case.set("file", result.file)
    case.append(_properties(digest, result, operation))
    status = status_on(result, operation)
    if status is not Status.PASS:
        case.extend(_result(digest, result, operation, status))
    return case


def _properties(digest: Digest, result: RequirementResult, operation: str) -> ET.Element:
    facts = {
        "requirement": result.id,
        "level": result.requirement.level.value,
        "title": result.requirement.title,
        "operation": operation,
        "verdict": status_on(result, operation).word,
        "pointer": result.requirement.clause.pointer,
        "line": str(digest.clause_line(result) or ""),
        "fingerprints": " ".join(sorted({each.fingerprint for each in _findings(result, operation)})),
    }
    return _property_list(facts)


def _property_list(facts: dict[str, str]) -> ET.Element:
    properties = ET.Element("properties")
    for name, value in facts.items():
        if value:
            ET.SubElement(properties, "property", name=legible(name), value=legible(value))
    return properties


def _result(digest: Digest, result: RequirementResult, operation: str, status: Status) -> Iterator[ET.Element]:
    if status is Status.FAIL:
        yield from _deviation(digest, result, operation)
    elif status not in {Status.ERROR, Status.INCONCLUSIVE}:
        yield ET.Element("skipped", message=legible(_reason_to_skip(result, status)))
    elif closes(digest.header.gate, result, operation):
        yield ET.Element("error", type=status.word, message=legible(result.reason or status.meaning))
    else:
        yield ET.Element("skipped", message=legible(f"{status.word}: {result.reason or status.meaning}"))


def _deviation(digest: Digest, result: RequirementResult, operation: str) -> Iterator[ET.Element]:
    """A failure, or what the gate accepts: skipped, with the finding as output."""
    failure = _failure(digest, result, operation)
    if closes(digest.header.gate, result, operation):
        yield failure
        return
    level = result.requirement.level
    is_left_out = level not in digest.header.gate.levels
    why = f"a {level.value.upper()} does not fail the build" if is_left_out else "the baseline accepts it"
    yield ET.Element("skipped", message=f"deviates, and {why}: {failure.get('message')}")
    output = ET.Element("system-out")
    output.text = failure.text
    yield output


def _failure(digest: Digest, result: RequirementResult, operation: str) -> ET.Element:
    findings = [each for each in _findings(result, operation) if not is_covered_by_waiver(result, each)]
    failure = ET.Element("failure", type=result.requirement.level.value)
    message = received_instead(findings[0]) if findings else result.reason or result.requirement.title
    failure.set("message", legible(message))
    shown = [_finding_text(digest, result, finding) for finding in findings[:_MOST_FINDINGS]]
    more = len(findings) - len(shown)
    failure.text = "\n\n".join([*shown, *([f"and {more} more findings: see report.html"] if more else [])])
    return failure


def _finding_text(digest: Digest, result: RequirementResult, finding: Finding) -> str:
    exchanges, line = digest.exchanges_of(finding), digest.finding_line(finding, result)
    reproduce = digest.reproduction.of_finding(finding)
    document = digest.header.contract.document
    rounds = digest.reproduction.rounds_of(finding.fingerprint)
    return finding_text(
        finding, result.requirement, exchanges, document=document, line=line, reproduce=reproduce, rounds=rounds
    )


def _reason_to_skip(result: RequirementResult, status: Status) -> str:
    if status is Status.WAIVED:
        return "; ".join(f"waived until {w.until}: {w.reason} ({w.issue})" for w in result.waivers)
    if status is Status.OUT_OF_SCOPE:
        return f"out of scope: {result.out_of_scope}"
    return f"not exercised{': ' + result.reason if result.reason else ''}"


def _findings(result: RequirementResult, operation: str) -> list[Finding]:
    return [each for each in result.findings if each.operation == operation]
