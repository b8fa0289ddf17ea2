"""Mutants of all operations: requests that one of them rejects."""

from conformance.reference.call import Call
from conformance.reference.decoding import Decoding
from conformance.reference.errors import Refusal, bad_request
from conformance.reference.mutants.mark import mutant
from conformance.reference.negotiation import Format, Negotiation
from conformance.reference.routing import Route
from conformance.reference.service import Service
from conformance.reference.wire import Json, Reply, Request

NEWEST = 6
OLDEST = 2


@mutant(breaks="RSP-88")
class DevicesRejectUnknownVersions(Service):
    """Rejects an unknown version when a device is registered or changed."""

    def operated(self, call: Call, route: Route) -> Reply:
        if "deviceRegistrations" in route.path and call.version > NEWEST:
            return self.errors.reply(Refusal(400, 40017, f"unknown version {call.version}"))
        return super().operated(call, route)


@mutant(breaks="RSP-88")
class StatisticsRejectOldVersions(Service):
    """Rejects a version before 2 when statistics are read."""

    def operated(self, call: Call, route: Route) -> Reply:
        if route.operation == "getStats" and call.version < OLDEST:
            return self.errors.reply(Refusal(400, 40017, f"old version {call.version}"))
        return super().operated(call, route)


@mutant(breaks="RSP-89")
class PushRejectsRequestIds(Service):
    """Rejects the parameter request_id in a push."""

    def operated(self, call: Call, route: Route) -> Reply:
        if route.path.startswith("/push") and "request_id" in call.query:
            return self.errors.reply(bad_request("unknown parameter request_id"))
        return super().operated(call, route)


@mutant(breaks="RSP-90")
class AcceptIsInLowerCase(Negotiation):
    """Does not know a media type in Accept that is written with capital letters."""

    def accepted(self, accept: str) -> Format | None:
        return super().accepted(accept) if accept == accept.lower() else Format.JSON


@mutant(breaks="RSP-91")
class OnlyTheFirstTypeCounts(Negotiation):
    """Reads only the first media type of an Accept header."""

    def accepted(self, accept: str) -> Format | None:
        return super().accepted(accept.partition(",")[0]) or Format.JSON


@mutant(breaks="RSP-92")
class ContentTypesHaveNoParameters(Decoding):
    """Rejects a body whose Content-Type has a parameter."""

    def read(self, request: Request) -> Json:
        if ";" in request.header(b"content-type"):
            raise Refusal(415, 40000, "unknown media type of the body")
        return super().read(request)
