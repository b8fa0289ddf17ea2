"""Reads a contract and the errata into a `Contract`.

No I/O except reading these two files. The contract that the suite was written for has to take every erratum; another
version of it may have nothing for some of them to correct.
"""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

from conformance.contract.corrections import correct
from conformance.contract.difference import NONE, Difference, Signature, difference
from conformance.contract.document import Contract, Operation, operations_of
from conformance.contract.errata import effects, read_errata
from conformance.contract.source import parse, read
from conformance.errors import ContractError
from conformance.model import Json
from conformance.paths import OPENAPI

ERRATA = Path(__file__).with_name("errata.yaml")


@cache
def load(errata: str = "all", path: Path = OPENAPI) -> Contract:
    """Read a contract and apply the errata of a mode: "all", "repairs" or "none".

    The result is shared by all callers and never modified. Raises ContractError for a file that is no OpenAPI 3.0
    document, and for an erratum that does not apply to the contract that the suite was written for.
    """
    source = read(path)
    published, lines = parse(source, path)
    _refuse_foreign(published, path)
    chosen = (erratum for erratum in read_errata(overlay()) if erratum.effect in effects(errata))
    try:
        corrected = correct(published, chosen, overlay()["x-published"], lines)
        operations = operations_of(corrected.document)
        published_operations = operations_of(published)
    except (LookupError, AttributeError, TypeError) as error:
        raise ContractError(f"{path.name} is no sound OpenAPI document: {type(error).__name__} {error}") from error
    is_packed = source == read(OPENAPI)
    if is_packed and corrected.unapplied:
        raise ContractError(corrected.unapplied[0])
    return Contract(
        file=path.name,
        text=_text(source, path),
        title=str(published["info"]["title"]),
        version=str(published["info"]["version"]),
        sha256=hashlib.sha256(source).hexdigest(),
        mode=errata,
        document=corrected.document,
        published=published,
        errata=corrected.errata,
        operations=operations,
        published_operations=published_operations,
        lines=lines,
        is_packed=is_packed,
        difference=NONE if is_packed else _from_packed(published_operations),
        unapplied=corrected.unapplied,
    )


@cache
def overlay() -> Json:
    """errata.yaml."""
    return parse(read(ERRATA), ERRATA)[0]


def _text(source: bytes, path: Path) -> str:
    try:
        return source.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ContractError(f"{path.name} is not written in UTF-8") from error


def _from_packed(operations: tuple[Operation, ...]) -> Difference:
    return difference(_signatures(load("none").operations), _signatures(operations))


def _signatures(operations: tuple[Operation, ...]) -> list[Signature]:
    return [(each.label, frozenset((one.location, one.name) for one in each.parameters)) for each in operations]


def _refuse_foreign(document: Json, path: Path) -> None:
    """Raises ContractError for a document of another kind, or of another version of OpenAPI than that of the judge."""
    stated = document.get("openapi") if isinstance(document, dict) else None
    if not isinstance(stated, str):
        raise ContractError(f"{path.name} is no OpenAPI document: it has no member openapi")
    if not stated.startswith("3.0."):
        raise ContractError(f"{path.name} is written in OpenAPI {stated}; bodies are judged by OpenAPI 3.0")
    info, paths = document.get("info"), document.get("paths")
    if not isinstance(info, dict) or not {"title", "version"} <= set(info) or not isinstance(paths, dict):
        raise ContractError(f"{path.name} lacks paths, or the title or the version under info")
