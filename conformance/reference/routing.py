"""Routes a method and a raw path to an operation."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from conformance.reference.errors import Refusal, not_found

SMALL_BODY = 64 * 1024
LARGE_BODY = 2 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Route:
    method: str
    path: str
    operation: str
    largest_body: int = SMALL_BODY
    is_open: bool = False

    @property
    def segments(self) -> list[str]:
        return self.path.split("/")[1:]


# Operations of the contract have the operationId as name; the others are those of the sandbox and legacy aliases.
ROUTES = (
    Route("GET", "/time", "getTime", is_open=True),
    Route("GET", "/stats", "getStats"),
    Route("POST", "/stats", "injectStats", LARGE_BODY),
    Route("GET", "/channels", "getMetadataOfAllChannels"),
    Route("GET", "/channels/{channel}", "getMetadataOfChannel"),
    Route("GET", "/channels/{channel}/messages", "getMessagesByChannel"),
    Route("GET", "/channels/{channel}/history", "getMessagesByChannel"),
    Route("POST", "/channels/{channel}/messages", "publishMessagesToChannel", LARGE_BODY),
    Route("POST", "/channels/{channel}/publish", "publishMessagesToChannel", LARGE_BODY),
    Route("GET", "/channels/{channel}/presence", "getPresenceOfChannel"),
    Route("GET", "/channels/{channel}/presence/history", "getPresenceHistoryOfChannel"),
    Route("GET", "/push/deviceRegistrations", "getRegisteredPushDevices"),
    Route("POST", "/push/deviceRegistrations", "registerPushDevice"),
    Route("DELETE", "/push/deviceRegistrations", "unregisterAllPushDevices"),
    Route("GET", "/push/deviceRegistrations/{device}", "getPushDeviceDetails"),
    Route("PUT", "/push/deviceRegistrations/{device}", "putPushDeviceDetails"),
    Route("PATCH", "/push/deviceRegistrations/{device}", "patchPushDeviceDetails"),
    Route("DELETE", "/push/deviceRegistrations/{device}", "unregisterPushDevice"),
    Route("GET", "/push/deviceRegistrations/{device}/resetUpdateToken", "updatePushDeviceDetails"),
    Route("POST", "/push/deviceRegistrations/{device}/resetUpdateToken", "updatePushDeviceDetails"),
    Route("GET", "/push/channelSubscriptions", "getPushSubscriptionsOnChannels"),
    Route("POST", "/push/channelSubscriptions", "subscribePushDeviceToChannel"),
    Route("DELETE", "/push/channelSubscriptions", "deletePushDeviceDetails"),
    Route("GET", "/push/channels", "getChannelsWithPushSubscribers"),
    Route("POST", "/push/publish", "publishPushNotificationToDevices"),
    Route("POST", "/keys/{keyName}/requestToken", "requestAccessToken", is_open=True),
    Route("POST", "/keys/{keyName}/revokeTokens", "revokeTokens"),
    Route("POST", "/messages", "batchPublish", LARGE_BODY),
    Route("GET", "/presence", "batchPresence"),
    Route("POST", "/apps", "createApp", LARGE_BODY, is_open=True),
    Route("DELETE", "/apps/{app}", "deleteApp"),
)


class Routing:
    """Matches paths by their raw segments: decoding first would not distinguish `a%2Fb` from `a/b`."""

    def __init__(self, routes: Sequence[Route] = ROUTES) -> None:
        self.by_length: dict[int, list[tuple[Route, list[bytes]]]] = {}
        for route in routes:
            segments = [b"" if part.startswith("{") else part.encode() for part in route.segments]
            self.by_length.setdefault(len(segments), []).append((route, segments))

    def match(self, method: str, path: bytes) -> tuple[Route, Mapping[str, bytes]]:
        """The route and its parameters. An unsupported method is 404 like an unknown path (JS/request request_404)."""
        segments = path.split(b"/")[1:]
        for route, pattern in self.by_length.get(len(segments), ()):
            if route.method == method and self.fits(pattern, segments):
                return route, self.parameters(route, segments)
        raise self.unknown(method, path)

    def knows(self, path: bytes) -> bool:
        segments = path.split(b"/")[1:]
        return any(self.fits(pattern, segments) for _, pattern in self.by_length.get(len(segments), ()))

    def fits(self, pattern: Sequence[bytes], segments: Sequence[bytes]) -> bool:
        return all(not part or part == segment for part, segment in zip(pattern, segments, strict=True))

    def parameters(self, route: Route, segments: Sequence[bytes]) -> Mapping[str, bytes]:
        named = zip(route.segments, segments, strict=True)
        return {name[1:-1]: segment for name, segment in named if name.startswith("{")}

    def unknown(self, method: str, path: bytes) -> Refusal:
        # The text is that of the service; ably-dotnet asserts it.
        del method
        return not_found(f"Could not find path: {path.decode('latin-1')}")
