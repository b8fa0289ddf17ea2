"""The waiver of a finding, as a stanza that a profile accepts as it is pasted.

Pure. Its reason and link say that they are still to be written, and it ends by itself.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from conformance.model import Finding
from conformance.report.text.safe_text import encodable, legible, shortened

_LASTS = timedelta(days=90)
_UNEXPLAINED = "not explained yet: "


def stanza(id_: str, findings: Iterable[Finding], started: float) -> str:
    """findings: all that the waiver is to cover, of one requirement. started: of the run, seconds since the epoch."""
    found = tuple(findings)
    operations, prints = {each.operation for each in found}, {each.fingerprint for each in found}
    until = (datetime.fromtimestamp(started, UTC) + _LASTS).date()
    (operation, *more), (fingerprint, *others) = sorted(operations), sorted(prints)
    lines = [
        f"requirement = {_text(id_)}",
        *([f"operation = {_text(operation)}"] if operation and not more else []),
        *([f"fingerprint = {_text(fingerprint)}"] if not others else []),
        f"reason = {_text(_UNEXPLAINED + shortened(found[0].expected, 100))}",
        'issue = "https://issues.example/write-the-link-here"',
        f"until = {until.isoformat()}",
        'owner = ""',
    ]
    return "\n".join(["[[waiver]]", *lines])


def _text(text: str) -> str:
    """A basic string of TOML, whose escapes are those of JSON but for surrogates."""
    return json.dumps(encodable(legible(text)), ensure_ascii=False)
