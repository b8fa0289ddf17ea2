"""Renders junit.xml for GitLab, Jenkins and GitHub: one test case for each requirement on each operation.

JUnit has no word for "inconclusive"; it becomes an error, because a passed case would be wrong. Waived, not exercised
and out-of-scope requirements are skipped with the reason, never passed.
"""

from __future__ import annotations

from itertools import groupby
from xml.etree import ElementTree as ET

from conformance.model import Finding
from conformance.report.analysis.digest import Digest
from conformance.report.analysis.status import Status, is_covered_by_waiver, status_on
from conformance.report.text.dates import instant
from conformance.report.text.finding import finding_text, received_instead
from conformance.report.text.safe_text import legible
from conformance.report.text.steps import operation_name
from conformance.verdict.result import RequirementResult

_MOST_FINDINGS = 20
"""Findings in one case; without a limit, a target that fails everywhere makes a file too large to open."""


def render(digest: Digest) -> bytes:
    suites = ET.Element("testsuites", name=f"ably-conformance {digest.header.profile.name}")
    for area, results in groupby(digest.results, key=lambda result: result.requirement.area):
        suites.append(_suite(digest, area, list(results)))
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
    _count(suite)
    suite.set("timestamp", instant(digest.header.started).rstrip("Z"))
    return suite


def _count(element: ET.Element) -> None:
    element.set("tests", str(sum(1 for _ in element.iter("testcase"))))
    element.set("failures", str(sum(1 for _ in element.iter("failure"))))
    element.set("errors", str(sum(1 for _ in element.iter("error"))))
    element.set("skipped", str(sum(1 for _ in element.iter("skipped"))))


def _case(digest: Digest, result: RequirementResult, operation: str) -> ET.Element:
    name = f"{result.id} {operation_name(operation)}"
    case = ET.Element("testcase", name=name, classname=f"conformance.{result.requirement.area}")
    case.append(_properties(digest, result, operation))
    status = status_on(result, operation)
    if status is not Status.PASS:
        case.append(_result(digest, result, operation, status))
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
    properties = ET.Element("properties")
    for name, value in facts.items():
        if value:
            ET.SubElement(properties, "property", name=name, value=legible(value))
    return properties


def _result(digest: Digest, result: RequirementResult, operation: str, status: Status) -> ET.Element:
    if status is Status.FAIL:
        return _failure(digest, result, operation)
    if status in {Status.ERROR, Status.INCONCLUSIVE}:
        return ET.Element("error", type=status.word, message=legible(result.reason or status.meaning))
    return ET.Element("skipped", message=legible(_reason_to_skip(result, status)))


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
    return finding_text(finding, result.requirement, exchanges, document=document, line=line, reproduce=reproduce)


def _reason_to_skip(result: RequirementResult, status: Status) -> str:
    if status is Status.WAIVED:
        return "; ".join(f"waived until {w.until}: {w.reason} ({w.issue})" for w in result.waivers)
    if status is Status.OUT_OF_SCOPE:
        return f"out of scope: {result.out_of_scope}"
    return f"not exercised{': ' + result.reason if result.reason else ''}"


def _findings(result: RequirementResult, operation: str) -> list[Finding]:
    return [each for each in result.findings if each.operation == operation]
