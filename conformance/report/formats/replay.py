"""A shell script that repeats the whole sequence behind a finding, for sh and curl and nothing else.

The target is $TARGET, or the one that was judged; secrets are variables. Each step prints its answer beneath the
status that the run received, so that the difference shows without this suite.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Iterator, Sequence

from conformance.evidence.journal import LONGEST_BODY
from conformance.model import Exchange
from conformance.report.analysis.causes import Cause
from conformance.report.text.curl import command, secrets_of, variable
from conformance.report.text.safe_text import encodable, legible, shortened
from conformance.report.text.steps import runs, step_end, step_name


def name(cause: Cause) -> str:
    return f"{cause.row.id}-{cause.key}.sh"


def script(cause: Cause, exchanges: Sequence[Exchange], base: str) -> str:
    requirement, finding = cause.row.requirement, cause.first
    lines = [
        "#!/bin/sh",
        *_comment(f"{requirement.id} ({requirement.level.value}) {requirement.title}"),
        *_comment(f"expected: {finding.expected}"),
        *_comment(f"received: {finding.received}"),
        "set -u",
        f"TARGET=${{TARGET:-{_default(base)}}}",
        *_needed(exchanges),
    ]
    number = 1
    for same in runs(exchanges):
        lines += ["", *_step(number, same, base)]
        number += len(same)
    return encodable("\n".join(lines)) + "\n"


def _comment(text: str) -> Iterator[str]:
    """One line, whatever the text holds: a line break would turn the rest into a command."""
    yield f"# {legible(shortened(text, 300))}"


def _default(base: str) -> str:
    """Inside ${TARGET:-...}: a URL needs no more than this, and anything else is left to the caller."""
    return base if re.fullmatch(r"[A-Za-z0-9:/._~%\[\]-]+", base) else ""


def _needed(exchanges: Iterable[Exchange]) -> Iterator[str]:
    """Fails with a sentence, not with an answer 401."""
    names = dict.fromkeys(name for exchange in exchanges for name in secrets_of(exchange.request))
    for name in names:
        yield f": \"${{{variable(name)}:?set it to the secret that the run called '{_plain(name)}'}}\""


def _plain(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9 ._-]", "_", name)


def _step(number: int, same: Sequence[Exchange], base: str) -> Iterator[str]:
    """A step that was repeated is asked once: what the run waited for in vain is there at once, or never comes."""
    exchange = same[-1]
    heading = f"{number}. {step_name(exchange)} (the run received {step_end(exchange)}{_times(len(same))})"
    yield f"printf '\\n== %s\\n' {shlex.quote(legible(heading))}"
    if len(exchange.request.body) >= LONGEST_BODY:
        yield f"# The journal keeps {LONGEST_BODY:,} bytes of a body; this one was longer, and is cut here."
    yield command(exchange.request, base)


def _times(count: int) -> str:
    return f", {count} times" if count > 1 else ""
