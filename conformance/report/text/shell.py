"""Words for sh: a text in quotes, with expressions of the shell in the places of what only a later run knows.

Pure.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field

_IDENTIFIER = re.compile(r"[^A-Za-z0-9]+")
_MARKER = re.compile(
    r"<(?P<kind>secret:|name:|app:|id:)?(?P<name>[^<>|\n]+)(?:\|(?P<change>[a-z]+)(?: (?P<by>\d+))?)?>(?P<filler>\**)"
)


_PARTS = {
    "name:": "${KEY%%:*}",
    "app:": "${KEY%%.*}",
    "id:": "$(printf %s \"$KEY\" | sed 's/:.*//;s/.*[.]//')",
}
"""What is public of a key, "appId.keyId:secret", in the variable KEY."""


@dataclass(frozen=True, slots=True)
class Words:
    """values: literal texts and the expressions that stand for them. secrets: names, and the expression of each.

    keys: the names of secrets that are whole keys, "appId.keyId:secret".
    """

    values: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict)
    keys: frozenset[str] = frozenset()

    def word(self, text: str, more: Mapping[str, str] | None = None) -> str:
        """One word of the shell. more: further literal texts, which are looked for first."""
        table = {**(more or {}), **self.values}
        literals = "|".join(re.escape(each) for each in table if each)
        pattern = re.compile(f"(?P<literal>{literals})|{_MARKER.pattern}" if literals else _MARKER.pattern)
        pieces, at = [], 0
        for found in pattern.finditer(text):
            groups = found.groupdict()
            expression = table[groups["literal"]] if groups.get("literal") else self._of_marker(groups)
            if expression:
                pieces += [shlex.quote(text[at : found.start()])] if text[at : found.start()] else []
                pieces.append(f'"{expression}"')
                at = found.end()
        pieces += [shlex.quote(text[at:])] if text[at:] else []
        return "".join(pieces) or "''"

    def _of_marker(self, groups: Mapping[str, str | None]) -> str:
        """The expression for a secret, or "" for a text that only looks like a marker."""
        name = groups["name"] or ""
        expression = self.secrets.get(name, "")
        if groups["kind"] in _PARTS:
            return _PARTS[groups["kind"]].replace("KEY", expression[1:]) if expression else ""
        change = f"{groups['change']} {groups['by'] or ''}".strip() if groups["change"] else ""
        if not expression or (change and not alteration(change)):
            return ""
        is_secret_alone = groups["kind"] == "secret:" and name in self.keys
        bare = f"${{{expression[1:]}#*:}}" if is_secret_alone else expression
        return f'$(printf %s "{bare}" | {alteration(change)})' if change else bare


def alteration(change: str) -> str:
    """The command that alters a text: "cut 3" takes characters from its end, "change 3" makes the third last another
    one, "swap" makes capitals of small letters. "" for no alteration.
    """
    kind, _, number = change.partition(" ")
    if kind == "swap":
        return "tr a-zA-Z A-Za-z"
    if kind == "cut" and number.isdigit():
        return f"sed 's/.\\{{{number}\\}}$//'"
    if kind == "change" and number.isdigit():
        return f"sed 's/.\\(.\\{{{int(number) - 1}\\}}\\)$/-\\1/'"
    return ""


def variable(secret: str) -> str:
    """The shell variable of a secret; the key of the profile is in ABLY_API_KEY, as for the suite."""
    return "ABLY_API_KEY" if secret in {"key", "full", "credential"} else "ABLY_" + _IDENTIFIER.sub("_", secret).upper()
