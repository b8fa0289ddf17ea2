"""Principals in words: how a finding calls the caller that sent a request.

Pure. Scenarios name their own callers by a phrase ("a token that may only publish"); the keys of a run and the caller
without credentials have short names in the journal and a phrase here.
"""

from __future__ import annotations

_PHRASES = {
    "": "no credentials",
    "nobody": "no credentials",
    "full": "the key that may do everything",
    "subscriber": "a key that may only subscribe",
    "publisher": "a key that may only publish, on allowed:*",
    "mixed": "a key with other rights on each channel",
    "everything": "a key that may do everything on channels and queues",
    "revocable": "a key whose tokens can be revoked",
    "other app": "the key of another application",
}


def caller_in_words(principal: str) -> str:
    """The phrase that follows "with": "the key that may do everything"."""
    for link in (" as ", " with a "):
        name, found, more = principal.partition(link)
        if found and name in _PHRASES:
            return f"{_PHRASES[name]}{' as client ' if link == ' as ' else link}{more}"
    return _PHRASES.get(principal, principal)
