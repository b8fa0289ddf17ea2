"""Lays errata over a published contract, and says for each action that has nothing to correct there why.

Pure. An erratum that would refer to components that the contract lacks is not applied at all.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, replace

from conformance.contract.errata import Erratum
from conformance.contract.overlay import apply
from conformance.contract.pointers import has
from conformance.errors import ContractError
from conformance.model import Json

_SCHEMAS = "#/components/schemas"


@dataclass(frozen=True, slots=True)
class Corrected:
    """errata: those with an effect, with the places that they correct. unapplied: a sentence for each idle action."""

    document: Json
    errata: tuple[Erratum, ...]
    unapplied: tuple[str, ...]


def correct(
    published: Json, errata: Iterable[Erratum], origins: Mapping[str, str], lines: Mapping[str, int]
) -> Corrected:
    """origins: what each added component stands for in the published contract. lines: of every published pointer."""
    document = deepcopy(published)
    applied: list[Erratum] = []
    unapplied: list[str] = []
    for erratum in errata:
        touched, idle = _apply(document, erratum)
        unapplied += idle
        if touched:
            applied.append(_placed(erratum, touched, origins, lines))
    return Corrected(document, tuple(applied), tuple(unapplied))


def _apply(document: Json, erratum: Erratum) -> tuple[list[str], list[str]]:
    """Change the document; return the places that the erratum touched, and why each idle action is idle."""
    lacking = next((each for each in _references(erratum) if not has(document, each)), "")
    if lacking:
        return [], [f"{erratum.id} needs {lacking}, which the contract lacks"]
    touched: list[str] = []
    idle: list[str] = []
    for action in erratum.actions:
        try:
            touched += apply(document, action)
        except ContractError as reason:
            idle.append(str(reason))
    return touched, idle


def _references(erratum: Erratum) -> Iterator[str]:
    """The components that its updates refer to, without those that it adds itself."""
    added = {name for action in erratum.actions if action.target == "$.components.schemas" for name in action.update}
    for action in erratum.actions:
        for reference in _references_in(action.update):
            if reference.removeprefix(f"{_SCHEMAS}/").partition("/")[0] not in added:
                yield reference


def _references_in(node: Json) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        node = list(node.values())
    if isinstance(node, list):
        for each in node:
            yield from _references_in(each)


def _placed(erratum: Erratum, touched: Iterable[str], origins: Mapping[str, str], lines: Mapping[str, int]) -> Erratum:
    """The erratum with the places in the published contract that it corrects."""
    published = dict.fromkeys(_published(place, origins, lines) for place in touched)
    # Added components have no published location; the places that reference them are listed instead.
    listed = [place for place in published if place not in {_SCHEMAS, "#/info"}]
    subject = tuple(place for place in listed if not any(place.startswith(f"{other}/") for other in listed))
    return replace(erratum, subject=subject, lines=tuple(lines[place] for place in subject))


def _published(place: str, origins: Mapping[str, str], lines: Mapping[str, int]) -> str:
    """The published pointer of a place: itself, what an added component replaces, or the nearest ancestor."""
    head, _, rest = place.removeprefix(f"{_SCHEMAS}/").partition("/")
    if place.startswith(f"{_SCHEMAS}/") and head in origins:
        place = f"{origins[head]}/{rest}"
    while place not in lines:
        place = place.rpartition("/")[0]
    return place
