"""Renders the badge as SVG and as an endpoint of shields.io, always with numbers, profile and date."""

from __future__ import annotations

import json
from html import escape

from conformance.report.analysis.digest import Digest
from conformance.report.analysis.status import Status
from conformance.report.text.dates import instant
from conformance.report.text.safe_text import legible, shortened
from conformance.verdict.result import Conclusion

_COLOURS = {
    Conclusion.CONFORMANT: "#14683f",
    Conclusion.NOT_CONFORMANT: "#b3261e",
    Conclusion.INCONCLUSIVE: "#5a3fb0",
    Conclusion.OBSERVED: "#6a6f76",
}
_PARTIAL = "#6a6f76"
_LETTER = 6.6
"""Width of an average letter at 11 px, in px."""


def label(digest: Digest) -> str:
    return f"ably {shortened(legible(digest.header.profile.name), 24)}"


def message(digest: Digest) -> str:
    """The MUST requirements that pass, of those in scope. Waived ones are counted apart and not as passed."""
    musts = digest.levels["must"]
    in_scope = sum(musts.values()) - musts[Status.OUT_OF_SCOPE]
    waived = f", {musts[Status.WAIVED]} waived" if musts[Status.WAIVED] else ""
    date = instant(digest.header.started)[:10]
    part = "partial run: " if digest.is_partial else ""
    return f"{part}{digest.judgement.conclusion.value} {musts[Status.PASS]}/{in_scope}{waived}, {date}"


def colour(digest: Digest) -> str:
    """Green only for the whole suite."""
    is_green = digest.judgement.conclusion is Conclusion.CONFORMANT
    return _PARTIAL if digest.is_partial and is_green else _COLOURS[digest.judgement.conclusion]


def endpoint(digest: Digest) -> str:
    """https://shields.io/badges/endpoint-badge"""
    facts = {
        "schemaVersion": 1,
        "label": label(digest),
        "message": message(digest),
        "color": colour(digest).removeprefix("#"),
        "isError": digest.is_partial or digest.judgement.conclusion is not Conclusion.CONFORMANT,
    }
    return json.dumps(facts, ensure_ascii=False, indent=1) + "\n"


def image(digest: Digest) -> str:
    left, right = label(digest), message(digest)
    near, far = round(len(left) * _LETTER) + 14, round(len(right) * _LETTER) + 14
    title, width = escape(f"{left}: {right}"), near + far
    return f"""\
<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="20" role="img" aria-label="{title}">
<title>{title}</title>
<clipPath id="round"><rect width="{width}" height="20" rx="3"/></clipPath>
<g clip-path="url(#round)"><rect width="{near}" height="20" fill="#3b424c"/>
<rect x="{near}" width="{far}" height="20" fill="{colour(digest)}"/></g>
<g fill="#fff" text-anchor="middle" font-family="Verdana, DejaVu Sans, sans-serif" font-size="11">
<text x="{near / 2}" y="14" textLength="{near - 14}">{escape(left)}</text>
<text x="{near + far / 2}" y="14" textLength="{far - 14}">{escape(right)}</text></g>
</svg>
"""
