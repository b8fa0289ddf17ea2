"""junit.xml: one case for each requirement on each operation, for GitLab, Jenkins and GitHub.

JUnit has no word for "inconclusive": it is an error, because a green line would be a lie. What was waived, not
exercised or left out is skipped with its reason, never passed.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from xml.etree import ElementTree as ET

from conformance.model import Finding
from conformance.report.analysis.digest import Digest
from conformance.report.analysis.status import Status, is_covered_by_waiver, status_on
from conformance.report.text.dates import instant
from conformance.report.text.finding import finding_text
from conformance.report.text.safe_text import legible
from conformance.verdict.result import RequirementResult

_MOST_FINDINGS = 20
"""Of one case. A target that is wrong everywhere must not make a file that no reader opens."""


def render(digest: Digest) -> bytes:
    suites = ET.Element("testsuites", name=f"ably-conformance {digest.header.profile.name}")
    for area, rows in groupby(digest.rows, key=lambda row: row.requirement.area):
        suites.append(_suite(digest, area, list(rows)))
    _count(suites)
    del suites.attrib["skipped"]  # no schema of JUnit knows it up here
    suites.set("time", f"{digest.duration:.3f}")
    ET.indent(suites)
    return b"%s\n" % ET.tostring(suites, encoding="utf-8", xml_declaration=True)


def _suite(digest: Digest, area: str, rows: list[RequirementResult]) -> ET.Element:
    suite = ET.Element("testsuite", name=area)
    suite.extend(case for row in rows for case in _cases(digest, row))
    _count(suite)
    suite.set("timestamp", instant(digest.header.started).rstrip("Z"))
    return suite


def _count(element: ET.Element) -> None:
    element.set("tests", str(sum(1 for _ in element.iter("testcase"))))
    element.set("failures", str(sum(1 for _ in element.iter("failure"))))
    element.set("errors", str(sum(1 for _ in element.iter("error"))))
    element.set("skipped", str(sum(1 for _ in element.iter("skipped"))))


def _cases(digest: Digest, row: RequirementResult) -> Iterator[ET.Element]:
    for operation in sorted({*row.by_operation, *row.requirement.operations}) or [""]:
        yield _case(digest, row, operation)


def _case(digest: Digest, row: RequirementResult, operation: str) -> ET.Element:
    name = f"{row.id} {operation or 'the target as a whole'}"
    case = ET.Element("testcase", name=name, classname=f"conformance.{row.requirement.area}")
    case.append(_properties(digest, row, operation))
    status = status_on(row, operation)
    if status is not Status.PASS:
        case.append(_result(digest, row, operation, status))
    return case


def _properties(digest: Digest, row: RequirementResult, operation: str) -> ET.Element:
    facts = {
        "requirement": row.id,
        "level": row.requirement.level.value,
        "title": row.requirement.title,
        "operation": operation,
        "verdict": status_on(row, operation).word,
        "pointer": row.requirement.clause.pointer,
        "line": str(digest.clause_line(row) or ""),
        "fingerprints": " ".join(sorted({each.fingerprint for each in _findings(row, operation)})),
    }
    properties = ET.Element("properties")
    for name, value in facts.items():
        if value:
            ET.SubElement(properties, "property", name=name, value=legible(value))
    return properties


def _result(digest: Digest, row: RequirementResult, operation: str, status: Status) -> ET.Element:
    if status is Status.FAIL:
        return _failure(digest, row, operation)
    if status in {Status.ERROR, Status.INCONCLUSIVE}:
        return ET.Element("error", type=status.word, message=legible(row.reason or status.meaning))
    return ET.Element("skipped", message=legible(_excuse(row, status)))


def _failure(digest: Digest, row: RequirementResult, operation: str) -> ET.Element:
    findings = [each for each in _findings(row, operation) if not is_covered_by_waiver(row, each)]
    failure = ET.Element("failure", type=row.requirement.level.value)
    failure.set("message", legible(_message(row, findings)))
    shown = [_text(digest, row, finding) for finding in findings[:_MOST_FINDINGS]]
    more = len(findings) - len(shown)
    failure.text = "\n\n".join([*shown, *([f"and {more} more findings: see report.html"] if more else [])])
    return failure


def _message(row: RequirementResult, findings: list[Finding]) -> str:
    if not findings:
        return row.reason or row.requirement.title
    return f"expected {findings[0].expected}; received {findings[0].received}"


def _text(digest: Digest, row: RequirementResult, finding: Finding) -> str:
    exchanges = digest.exchanges_of(finding)
    line = digest.finding_line(finding, row)
    return finding_text(finding, row.requirement, exchanges, line=line, reproduce=digest.header.reproduce)


def _excuse(row: RequirementResult, status: Status) -> str:
    if status is Status.WAIVED:
        return "; ".join(f"waived until {w.until}: {w.reason} ({w.issue})" for w in row.waivers)
    if status is Status.OUT_OF_SCOPE:
        return f"out of scope: {row.out_of_scope}"
    return f"not exercised{': ' + row.reason if row.reason else ''}"


def _findings(row: RequirementResult, operation: str) -> list[Finding]:
    return [each for each in row.findings if each.operation == operation]
