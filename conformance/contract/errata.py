"""Errata: the recorded corrections of the contract, read from `errata.yaml`; an incomplete one is rejected.

Pure. An erratum is a group of consecutive overlay actions with one id; the first of them gives reason and evidence.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby

from conformance.contract.overlay import Action
from conformance.errors import ContractError, nearest
from conformance.model import Json

REPAIRS, TIGHTENS = "repairs", "tightens"
MODES = {"all": frozenset({REPAIRS, TIGHTENS}), "repairs": frozenset({REPAIRS}), "none": frozenset[str]()}
"""The choices of a profile, and the effects that each of them applies."""

_HEAD = ("x-effect", "x-says", "x-reason", "x-evidence", "x-probe")
_KINDS = ("update", "copy", "remove")
_STEP = frozenset({"target", *_KINDS, "x-id"})


@dataclass(frozen=True, slots=True)
class Erratum:
    """One correction. says: what the published contract has; reason: what holds instead, or in addition.

    subject, lines: pointers into the published contract that it touches, and their lines in openapi.yaml.
    probe: the smallest evidence that it changes a verdict.
    """

    id: str
    effect: str
    says: str
    reason: str
    evidence: str
    probe: Json
    actions: tuple[Action, ...]
    subject: tuple[str, ...] = ()
    lines: tuple[int, ...] = ()

    @property
    def target(self) -> tuple[str, ...]:
        return tuple(action.target for action in self.actions)


def effects(mode: str) -> frozenset[str]:
    if mode not in MODES:
        raise ContractError(f"{mode!r} is not a choice of errata", nearest(mode, MODES))
    return MODES[mode]


def read_errata(overlay: Json) -> tuple[Erratum, ...]:
    """Every erratum of an overlay document, in order."""
    if overlay.get("overlay") != "1.1.0":
        raise ContractError("errata.yaml is not an OpenAPI Overlay 1.1.0")
    runs = groupby(overlay["actions"], key=lambda action: action.get("x-id", ""))
    found = [_erratum(id_, tuple(actions)) for id_, actions in runs]
    _refuse_repeats(found)
    return tuple(found)


def _erratum(id_: str, steps: tuple[Json, ...]) -> Erratum:
    head, *others = steps
    missing = [name for name in _HEAD if not head.get(name)] + ([] if id_ else ["x-id"])
    if missing:
        raise ContractError(f"{id_ or head.get('target')} lacks {', '.join(missing)}")
    if head["x-effect"] not in MODES["all"]:
        raise ContractError(f"{id_} has the effect {head['x-effect']!r}", nearest(head["x-effect"], MODES["all"]))
    if any(name in step for step in others for name in _HEAD):
        raise ContractError(f"{id_} is given twice", "Only the first action of an erratum says why.")
    effect, says, reason, evidence = (str(head[name]).strip() for name in _HEAD[:-1])
    return Erratum(id_, effect, says, reason, evidence, head["x-probe"], tuple(_action(step) for step in steps))


def _action(step: Json) -> Action:
    id_ = step["x-id"]
    unknown = sorted(set(step) - _STEP - set(_HEAD))
    if unknown:
        raise ContractError(f"{id_} has an unknown member {unknown[0]}", nearest(unknown[0], [*_STEP, *_HEAD]))
    removes = step.get("remove") is True
    if "target" not in step or sum(kind in step for kind in _KINDS) != 1 or removes != ("remove" in step):
        raise ContractError(f"{id_} needs a target and either an update, a copy or remove: true")
    return Action(id_, step["target"], step.get("update"), step.get("copy", ""), removes)


def _refuse_repeats(errata: Iterable[Erratum]) -> None:
    seen: set[str] = set()
    for erratum in errata:
        if erratum.id in seen:
            raise ContractError(f"{erratum.id} is given twice", "Keep the actions of one erratum together.")
        seen.add(erratum.id)
