"""A comparison that failed, in words: what was expected and what was received, without a Python repr.

Pure. The shapes known are named facts, lists, objects, sets and single values; long values are cut and say how long
they are.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, KeysView
from typing import Any
from unicodedata import normalize

from conformance.facts import Facts
from conformance.model import Json

_LONGEST = 160
_MOST_LISTED = 5
_FIRST_BYTES = 16
_TYPES: dict[type, str] = {
    str: "a text",
    int: "an integer",
    float: "a number",
    bool: "true or false",
    dict: "an object",
    list: "a list",
    type(None): "null",
    bytes: "binary data",
}
_IN_WORDS = (set, frozenset, tuple, bytes, range, type)
_OPAQUE = frozenset({"id", "ids", "serial", "serials", "token", "tokens"})
"""Facts whose values a target or a run made up: their positions say more than the values do."""


def difference(operator: str, left: Any, right: Any, subject: str) -> tuple[str, str]:
    """What was expected and what was received, where `left <operator> right` does not hold.

    left: received. right: expected. subject: what is compared, "status" or "ids", "" if it has no name.
    """
    if operator == "==":
        return _unequal(left, right, subject)
    words = _OPERATORS.get(operator)
    if words is None:
        return f"{_named(subject)}{operator} {in_words(right)}", f"{_named(subject)}{in_words(left)}"
    return words(left, right, subject)


def in_words(value: Any) -> str:
    """One value for people: a text in quotation marks, an object or a list as JSON, a type as its name."""
    if isinstance(value, Facts):
        return ", ".join(_fact(name, each) for name, each in value.items())
    if isinstance(value, type):
        return _TYPES.get(value, value.__name__)
    if isinstance(value, set | frozenset):
        return _listed(sorted(map(in_words, value))) if value else "none"
    if isinstance(value, tuple):
        return _listed(map(in_words, value)) if value else "none"
    if isinstance(value, range):
        return f"{value[0]} to {value[-1]}" if value else "none"
    if isinstance(value, bytes):
        more = " ..." if len(value) > _FIRST_BYTES else ""
        return f"{len(value)} bytes" + (f" ({value[:_FIRST_BYTES].hex(' ')}{more})" if value else "")
    if isinstance(value, list) and not value:
        return "an empty list"
    if isinstance(value, str) and '"' in value and "“" not in value:
        return _cut(f"“{_as_json(value)[1:-1].replace(chr(92) + chr(34), chr(34))}”")  # quotation marks unescaped
    if isinstance(value, KeysView):
        return in_words(set(value))
    return _cut(_as_json(value))


def _as_json(value: Json) -> str:
    try:
        return json.dumps(_with_text_names(value), ensure_ascii=False, default=_other_in_words)
    except (TypeError, ValueError):
        return str(value)


def _other_in_words(value: Any) -> str:
    """A value that JSON cannot hold; one that has no words of its own says what it is: "(no value)"."""
    return in_words(value) if isinstance(value, _IN_WORDS) else str(value)


def _with_text_names(value: Any) -> Any:
    """MessagePack has members whose names are binary or numbers."""
    if isinstance(value, dict):
        return {_name(name): _with_text_names(member) for name, member in value.items()}
    return [_with_text_names(each) for each in value] if isinstance(value, list) else value


def _name(name: Any) -> str:
    return name if isinstance(name, str) else in_words(name)


def _cut(text: str) -> str:
    """At most _LONGEST characters, with the full length where something was cut; blanks are kept as they are."""
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}… ({len(text):,} characters)"


def _fact(name: str, value: Any) -> str:
    """One fact as it stands in a list: status 200, next link: no, error code: none."""
    spoken = name.replace("_", " ")
    if isinstance(value, bool):
        return f"{spoken}: {'yes' if value else 'no'}"
    if value is None:
        return f"{spoken}: none"
    return f"{spoken} {in_words(value)}" if isinstance(value, int | float) else f"{spoken}: {in_words(value)}"


def _unequal(left: Any, right: Any, subject: str) -> tuple[str, str]:
    if isinstance(left, Facts) and isinstance(right, Facts):
        return _unequal_facts(left, right)
    if isinstance(left, bool) and isinstance(right, bool):
        return _fact(subject or "the fact", right), _fact(subject or "the fact", left)
    if isinstance(left, list) and isinstance(right, list):
        return _unequal_lists(left, right, subject)
    if isinstance(left, dict) and isinstance(right, dict):
        return _unequal_objects(left, right, subject)
    if isinstance(left, set | frozenset) and isinstance(right, set | frozenset):
        return _unequal_sets(left, right, subject)
    if isinstance(left, str) and isinstance(right, str):
        return _unequal_texts(left, right, subject)
    if isinstance(left, bytes) and isinstance(right, bytes):
        return _unequal_bytes(left, right, subject)
    return f"{_named(subject)}{in_words(right)}", f"{_named(subject)}{in_words(left)}"


def _unequal_bytes(left: bytes, right: bytes, subject: str) -> tuple[str, str]:
    first = next((n for n, (a, b) in enumerate(zip(left, right, strict=False)) if a != b), min(len(left), len(right)))
    if first < _FIRST_BYTES:
        return f"{_named(subject)}{in_words(right)}", f"{_named(subject)}{in_words(left)}"
    expected, received = (
        f"{len(each)} bytes, at {first + 1}: {each[first : first + 8].hex(' ')}" for each in (right, left)
    )
    return f"{_named(subject)}{expected}", f"{_named(subject)}{received}"


def _unequal_facts(left: Facts, right: Facts) -> tuple[str, str]:
    """Those that differ; a status is named beside its error code even where only one of them deviates."""
    names = [name for name in right if name not in left or left[name] != right[name]]
    if {"status", "error_code"} & set(names):
        names = [name for name in right if name in names or name in {"status", "error_code"}]
    pairs = [_fact_pair(name, left, right) for name in names]
    return ", ".join(expected for expected, _ in pairs), ", ".join(received for _, received in pairs)


def _fact_pair(name: str, left: Facts, right: Facts) -> tuple[str, str]:
    received, expected = left.get(name), right[name]
    is_nested = isinstance(expected, list | dict | set | frozenset)
    is_long = isinstance(expected, str) and len(expected) > _LONGEST
    if (is_nested or is_long) and type(received) is type(expected) and received != expected:
        return _unequal(received, expected, name.replace("_", " "))
    return _fact(name, expected), _fact(name, received)


def _unequal_lists(left: list[Any], right: list[Any], subject: str) -> tuple[str, str]:
    if len(left) == len(right) == 1:
        return _unequal(left[0], right[0], _singular(subject))
    is_short = max(len(left), len(right)) <= _MOST_LISTED and not _is_opaque(subject)
    if not left or not right or is_short:
        return _counted(right, subject), _counted(left, subject)
    return _counted(right, subject), f"{_number_of(len(left), subject)}: {_list_difference(left, right, subject)}"


def _counted(values: list[Any], subject: str) -> str:
    if not values:
        return f"no {subject or 'items'}"
    count = _number_of(len(values), subject)
    return count if _is_opaque(subject) else f"{count}: {_cut_list(list(map(in_words, values)))}"


def _number_of(count: int, subject: str) -> str:
    named = subject or "items"
    return f"{count} {_singular(named) if count == 1 else named}"


def _list_difference(left: list[Any], right: list[Any], subject: str) -> str:
    missing, surplus = _without(right, left), _without(left, right)
    if len(missing) == len(right):
        return f"none of the expected {subject or 'items'}"
    if not missing and not surplus:
        return f"the same in another order ({_order(left, right)})"
    parts = []
    if missing:
        parts.append(f"missing {_places(missing, right, subject)}")
    if surplus:
        parts.append(f"unexpected {_places(surplus, left, subject)}")
    first = next(n for n in range(max(len(left), len(right))) if left[n : n + 1] != right[n : n + 1])
    return "; ".join([*parts, f"first difference at position {first + 1}"])


def _without(these: list[Any], those: list[Any]) -> list[Any]:
    rest = list(those)
    found = []
    for each in these:
        if each in rest:
            rest.remove(each)
        else:
            found.append(each)
    return found


def _places(some: list[Any], whole: list[Any], subject: str) -> str:
    if _is_opaque(subject):
        positions = [str(whole.index(each) + 1) for each in some]
        return f"number {_cut_list(positions)} of {len(whole)}"
    return _cut_list(list(map(in_words, some)))


def _order(left: list[Any], right: list[Any]) -> str:
    positions = [str(right.index(each) + 1) for each in left]
    return f"the expected numbers {_cut_list(positions, 12)}"


def _cut_list(words: list[str], most: int = _MOST_LISTED) -> str:
    more = f" and {len(words) - most} more" if len(words) > most else ""
    return ", ".join(words[:most]) + more


def _unequal_objects(left: dict[str, Any], right: dict[str, Any], subject: str) -> tuple[str, str]:
    """The members that differ, each named by its path: "push.recipient.deviceToken"."""
    pairs = list(_unequal_members(left, right, ""))
    of = f"{subject}: " if subject else ""
    expected, received = ([pair[side] for pair in pairs] for side in (0, 1))
    return f"{of}{_cut_list(expected)}", f"{of}{_cut_list(received)}"


def _unequal_members(left: dict[str, Any], right: dict[str, Any], path: str) -> Iterator[tuple[str, str]]:
    for name in {**right, **left}:
        mine, theirs = right.get(name), left.get(name)
        if (name in right, mine) == (name in left, theirs):
            continue
        here = f"{path}{_name(name)}"
        if isinstance(mine, dict) and isinstance(theirs, dict) and mine and theirs:
            yield from _unequal_members(theirs, mine, f"{here}.")
        elif name in right and name in left:
            yield _unequal(theirs, mine, here)
        else:
            yield _member(right, name, here), _member(left, name, here)


def _member(table: dict[str, Any], name: str, path: str) -> str:
    return f"{path} {in_words(table[name])}" if name in table else f"no {path}"


def _unequal_sets(left: Iterable[Any], right: Iterable[Any], subject: str) -> tuple[str, str]:
    received, expected = set(left), set(right)
    if len(received) + len(expected) <= _MOST_LISTED:
        return f"{_named(subject)}{in_words(expected)}", f"{_named(subject)}{in_words(received)}"
    changes = "; ".join(_changes(received, expected))
    return _number_of(len(expected), subject), f"{_number_of(len(received), subject)}: {changes}"


def _changes(received: set[Any], expected: set[Any]) -> Iterator[str]:
    for word, values in (("missing", expected - received), ("unexpected", received - expected)):
        if values:
            yield f"{word} {_cut_list(sorted(map(in_words, values)))}"


def _unequal_texts(left: str, right: str, subject: str) -> tuple[str, str]:
    named = _named(subject)
    if normalize("NFC", left) == normalize("NFC", right):
        return f"{named}{_code_points(right)}", f"{named}{_code_points(left)}"
    if max(len(left), len(right)) <= _LONGEST:
        return f"{named}{in_words(right)}", f"{named}{in_words(left)}"
    first = next((n for n, (a, b) in enumerate(zip(left, right, strict=False)) if a != b), min(len(left), len(right)))
    start = max(first - 20, 0)
    return tuple(  # type: ignore[return-value]
        f"{named}a text of {len(text):,} characters, at {first + 1}: {in_words(text[start : first + 40])}"
        for text in (right, left)
    )


def _code_points(text: str) -> str:
    """Texts that look alike are told by their code points."""
    points = [f"U+{ord(character):04X}" for character in text if ord(character) > 127]
    return f"{in_words(text)} ({_cut_list(points)})"


def _in(left: Any, right: Any, subject: str) -> tuple[str, str]:
    if isinstance(right, str):
        return f"{_named(subject)}a text that contains {in_words(left)}", in_words(right)
    if isinstance(right, range):
        return f"{_named(subject)}{in_words(right)}", f"{_named(subject)}{in_words(left)}"
    listed = sorted(right, key=str) if isinstance(right, set | frozenset) else list(right)
    if not listed or _is_element_expected(left, listed):
        return f"{in_words(left)} among the {len(listed)} {subject or 'items'}", _cut_list(
            list(map(in_words, listed))
        ) or "none"
    return f"{_named(subject)}{_either(map(in_words, listed))}", f"{_named(subject)}{in_words(left)}"


def _is_element_expected(left: Any, listed: list[Any]) -> bool:
    """`"next" in links` asks whether an item is there; `status in {200, 201}` asks what it is."""
    return isinstance(left, str) and not all(isinstance(each, int) for each in listed)


def _not_in(left: Any, _right: Any, subject: str) -> tuple[str, str]:
    return f"no {in_words(left)}" + (f" among the {_plural(subject)}" if subject else ""), f"{in_words(left)} is there"


def _different(left: Any, right: Any, subject: str) -> tuple[str, str]:
    return f"{_named(subject)}anything but {in_words(right)}", f"{_named(subject)}{in_words(left)}"


def _identical(left: Any, right: Any, subject: str) -> tuple[str, str]:
    return _unequal(left, right, subject)


def _bound(word: str) -> Callable[[Any, Any, str], tuple[str, str]]:
    def compare(left: Any, right: Any, subject: str) -> tuple[str, str]:
        if isinstance(left, set | frozenset) and word.startswith(("at least", "more")):
            lacking = sorted(map(in_words, set(right) - set(left)))
            return f"{_named(subject)}at least {in_words(right)}", f"without {_cut_list(lacking)}"
        if isinstance(left, set | frozenset):
            beyond = sorted(map(in_words, set(left) - set(right)))
            return f"{_named(subject)}nothing but {_either(sorted(map(in_words, right)))}", _cut_list(beyond)
        return f"{_named(subject)}{word} {in_words(right)}", f"{_named(subject)}{in_words(left)}"

    return compare


_OPERATORS: dict[str, Callable[[Any, Any, str], tuple[str, str]]] = {
    "in": _in,
    "not in": _not_in,
    "!=": _different,
    "is": _identical,
    "is not": _different,
    "<": _bound("less than"),
    "<=": _bound("at most"),
    ">": _bound("more than"),
    ">=": _bound("at least"),
}


def _named(subject: str) -> str:
    return f"{subject} " if subject else ""


def _either(words: Iterable[str]) -> str:
    *most, last = list(words) or ["nothing"]
    return f"{', '.join(most)} or {last}" if most else last


def _listed(words: Iterable[str]) -> str:
    *most, last = list(words)
    return f"{', '.join(most)} and {last}" if most else last


def _singular(subject: str) -> str:
    """The noun for one thing: "entries" becomes "entry", "names of members" becomes "name of members"."""
    head, of, rest = subject.partition(" of ")
    if head.endswith("ies"):
        head = f"{head.removesuffix('ies')}y"
    elif not head.endswith(("ss", "us")):
        head = head.removesuffix("s")
    return f"{head}{of}{rest}"


def _plural(subject: str) -> str:
    return subject if subject.endswith("s") else f"{subject}s"


def _is_opaque(subject: str) -> bool:
    return bool(_OPAQUE & set(subject.split()))
