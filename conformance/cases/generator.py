"""Generates test cases from the contract with Schemathesis and Hypothesis, from a seed.

A case is data: nothing is sent here. The same contract, seed and count give the same cases in the same order; names
that must be fresh in every run are put in afterwards, by `binding`.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import islice

import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from schemathesis import GenerationMode
from schemathesis.config import SchemathesisConfig
from schemathesis.core import NotSet
from schemathesis.core.parameters import ParameterLocation
from schemathesis.generation.meta import REQUEST_SHAPE_PROBES, CoveragePhaseData, CoverageScenario
from schemathesis.schemas import APIOperation as AnyOperation

from conformance.cases.case import Case, examples
from conformance.cases.seed import derived_seed, draw_by_seed_alone
from conformance.contract import Contract, Operation
from conformance.contract.pointers import follow
from conformance.model import FORM, JSON, MSGPACK, Json, Origin
from conformance.wire.codec import NOTHING, is_encodable

_LASTING = frozenset({ParameterLocation.QUERY, ParameterLocation.BODY})
"""Where an invalid case keeps its defect; names and credentials overwrite one in a path or a header."""

WHOLE_FROM = 20
"""Examples from which on all coverage cases are sent, and each case in every format of an answer: to compute one takes
the same time whatever becomes of it. With fewer, twice as many coverage cases are sent as there are examples, and the
formats take turns.
"""

_NOT_VARIED = frozenset({("header", "X-Ably-Version"), ("query", "format")})

_TOLERATED = frozenset({CoverageScenario.OBJECT_UNEXPECTED_PROPERTIES, *REQUEST_SHAPE_PROBES})
"""Mutations that are not defects: servers ignore unknown members and parameters; scenarios test methods and types."""

Generated = schemathesis.Case[Json]
APIOperation = AnyOperation[Json, Json, Json, Json]


@dataclass(frozen=True, slots=True)
class Asking:
    """One way to request a format: by the Accept header, or by the query parameter `format`."""

    accept: str
    word: str = ""


ASKINGS = {
    "json": (Asking(JSON), Asking("*/*", "json")),
    "msgpack": (Asking(MSGPACK), Asking("*/*", "msgpack")),
    "html": (Asking("*/*", "html"), Asking("*/*", "jsonp")),
}


class Generator:
    """Cases for one contract. examples: random cases for each operation and kind."""

    def __init__(self, contract: Contract, seed: int, examples: int, offers: Iterable[str]) -> None:
        self._seed = seed
        self._examples = examples
        self._operations = {operation.label: operation for operation in contract.operations}
        self._rounds = _rounds(frozenset(offers))
        spoken = set(offers)
        self._sendable = {JSON, *(kind for word, kind in _SENDABLE.items() if word in spoken)}
        draw_by_seed_alone()
        self._schema = schemathesis.openapi.from_dict(_varied(contract.document), config=SchemathesisConfig())

    def cases(self, label: str, origin: Origin) -> tuple[Case, ...]:
        """All cases of one operation and kind."""
        operation = self._operations[label]
        if origin is Origin.EXAMPLES:
            return tuple(self._in_formats(examples(operation)))
        drawn = (_case(operation, origin, each) for each in self._draw(label, origin))
        usable = [each for each in drawn if each is not None]
        if origin is Origin.VALID and usable:
            # An operation without parameters has one valid case; it is sent once for each format.
            usable += [usable[n % len(usable)] for n in range(len(usable), sum(map(len, self._rounds)))]
        return tuple(self._in_formats(usable))

    def _draw(self, label: str, origin: Origin) -> Iterable[Generated]:
        method, _, path = label.partition(" ")
        operation = self._schema[path][method]
        number = derived_seed(self._seed, label, origin.value)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Schemathesis warns of patterns that it cannot use; the cases stay valid
            return tuple(_DRAWS[origin](self, operation, number))

    def draw_coverage(self, operation: APIOperation, _: int) -> Iterable[Generated]:
        valid = self._coverage(operation, GenerationMode.POSITIVE)
        invalid = self._coverage(operation, GenerationMode.NEGATIVE)
        most = 2 * self._examples if self._examples < WHOLE_FROM else len(valid) + len(invalid)
        return (*_thin(valid, most), *_thin(invalid, most))

    def _coverage(self, operation: APIOperation, mode: GenerationMode) -> list[Generated]:
        config = self._schema.config.generation_for(operation=operation)
        return [
            case
            for case in self._schema.iter_coverage_cases(
                operation,
                generation_modes=[mode],
                generation_config=config,
                extra_data_source=None,
                error_feedback=None,
                session=None,
            )
            if _scenario(case) not in _TOLERATED
        ]

    def draw_valid(self, operation: APIOperation, number: int) -> list[Generated]:
        return _sample(_strategy(operation, GenerationMode.POSITIVE), number, self._examples)

    def draw_invalid(self, operation: APIOperation, number: int) -> list[Generated]:
        strategy = _strategy(operation, GenerationMode.NEGATIVE)
        lasting = strategy.filter(lambda generated: bool(_broken(generated) & _LASTING))
        return _sample(lasting, number, self._examples)

    def _in_formats(self, cases: Iterable[Case]) -> Iterator[Case]:
        """Rotate through all request formats, and through those of the answer where a case is not sent in each."""
        for number, case in enumerate(cases):
            listed = [each.media_type for each in case.operation.bodies if each.media_type in self._sendable]
            kinds = [kind for kind in listed if is_encodable(case.body, kind)]
            for asking, turn in self._turns(number):
                send_as = kinds[turn % len(kinds)] if kinds else JSON
                word = (("format", asking.word),) if asking.word else ()
                if kinds or case.body is NOTHING:
                    yield replace(case, accept=asking.accept, query=(*case.query, *word), send_as=send_as)

    def _turns(self, number: int) -> Iterator[tuple[Asking, int]]:
        """How the case of this number is sent, with a number that decides on its own format."""
        if self._examples >= WHOLE_FROM:
            asked = self._rounds[number % len(self._rounds)]
            yield from ((asking, number + turn) for turn, asking in enumerate(asked))
            return
        askings = [asking for asked in self._rounds for asking in asked]
        yield askings[number % len(askings)], number // len(askings) + number


_SENDABLE = {"msgpack": MSGPACK, "forms": FORM}
"""Media types of bodies beside JSON, by the word of the profile that offers them."""

_DRAWS: dict[Origin, Callable[[Generator, APIOperation, int], Iterable[Generated]]] = {
    Origin.COVERAGE: Generator.draw_coverage,
    Origin.VALID: Generator.draw_valid,
    Origin.INVALID: Generator.draw_invalid,
}


def _strategy(operation: APIOperation, mode: GenerationMode) -> Json:
    """Query and body are drawn. Names and credentials overwrite what is in the path and the headers."""
    return operation.as_strategy(
        generation_mode=mode,
        path_parameters={each.name: "x" for each in operation.path_parameters},
        headers={each.name: "x" for each in operation.headers},
    )


def _sample(strategy: Json, number: int, count: int) -> list[Generated]:
    drawn: list[Generated] = []

    # Only drawing happens here: no network, no shrinking, nothing stored on disk.
    @seed(number)
    @settings(
        max_examples=count,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.large_base_example],
    )
    @given(strategy)
    def collect(case: Generated) -> None:
        drawn.append(case)

    collect()
    return drawn


def _thin(cases: list[Generated], most: int) -> Iterable[Generated]:
    """A sample of evenly spaced cases, so that every member of the contract keeps some of its cases."""
    step = max(1, -(-len(cases) // max(1, most)))
    return islice(cases, 0, None, step)


def _case(operation: Operation, origin: Origin, generated: Generated) -> Case | None:
    """None for a case whose only defect will be overwritten, or that lacks the body of its operation."""
    broken = _broken(generated)
    body = NOTHING if isinstance(generated.body, NotSet) else generated.body
    if (broken and not broken & _LASTING) or (not broken and operation.bodies and body is NOTHING):
        return None
    return Case(
        operation=operation,
        origin=origin,
        query=tuple(_query(generated.query)),
        body=body if operation.bodies else NOTHING,
        defect=_defect(generated) if broken else "",
    )


def _broken(generated: Generated) -> frozenset[ParameterLocation]:
    meta = generated.meta
    if meta is None or meta.generation.mode is GenerationMode.POSITIVE:
        return frozenset()
    return frozenset(place for place, info in meta.components.items() if info.mode is GenerationMode.NEGATIVE)


def _defect(generated: Generated) -> str:
    data = generated.meta.phase.data if generated.meta else None
    where = getattr(data, "parameter", None) or getattr(data, "location", None) or ""
    return f"{where} {getattr(data, 'description', None) or 'breaks its schema'}".strip()


def _scenario(generated: Generated) -> CoverageScenario | None:
    data = generated.meta.phase.data if generated.meta else None
    return data.scenario if isinstance(data, CoveragePhaseData) else None


def _query(query: dict[str, Json]) -> Iterator[tuple[str, str]]:
    """Names and values as text; true is not 1, although Python treats them as equal."""
    for name, value in (query or {}).items():
        for each in value if isinstance(value, list) else [value]:
            is_word = each is None or isinstance(each, bool)
            yield str(name), {None: "null", True: "true", False: "false"}[each] if is_word else str(each)


def _rounds(offers: frozenset[str]) -> tuple[tuple[Asking, ...], ...]:
    """Each format that is offered once, requested by the Accept header, and again by the parameter."""
    spoken = ["json", *(word for word in ("msgpack", "html") if word in offers)]
    return tuple(zip(*(ASKINGS[word] for word in spoken), strict=True))


def _varied(document: Json) -> Json:
    """What Schemathesis varies. Credentials, version and format are not among the parameters: an invalid `format` would
    be rejected first and hide every other defect. A body that several media types share is drawn once for all of them.
    """
    paths = {path: _without_fixed(document, item) for path, item in document["paths"].items()}
    components = {key: value for key, value in document.get("components", {}).items() if key != "securitySchemes"}
    rest = {key: value for key, value in document.items() if key != "security"}
    return {**rest, "paths": paths, "components": components}


def _without_fixed(document: Json, holder: Json) -> Json:
    """A path, with its operations, or an operation, without the parameters that are not varied."""
    kept = {
        key: _without_fixed(document, value) if isinstance(value, dict) and "responses" in value else value
        for key, value in holder.items()
    }
    if "parameters" in holder:
        listed = ((each, follow(document, each, "")[0]) for each in holder["parameters"])
        kept["parameters"] = [each for each, found in listed if (found["in"], found["name"]) not in _NOT_VARIED]
    if "requestBody" in holder:
        body = follow(document, holder["requestBody"], "")[0]
        kept["requestBody"] = {**body, "content": _without_doubles(body["content"])}
    return kept


def _without_doubles(content: Json) -> Json:
    """The media types whose schema is not that of an earlier one."""
    kept: Json = {}
    for media_type, media in content.items():
        if all(media.get("schema") != each.get("schema") for each in kept.values()):
            kept[media_type] = media
    return kept
