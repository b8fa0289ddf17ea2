"""Batch publish and batch presence: many channels in one request, each with its own result."""

from collections.abc import Callable, Sequence
from functools import partial

from conformance.reference.access import Access, Caller
from conformance.reference.call import Call
from conformance.reference.channels import Channels
from conformance.reference.errors import Errors, Refusal, bad_request
from conformance.reference.messages import Messages
from conformance.reference.negotiation import Format
from conformance.reference.presence import PRESENT, Presence
from conformance.reference.wire import Json, Reply

MOST_CHANNELS = 100


class Batch:
    def __init__(
        self, *, access: Access, channels: Channels, messages: Messages, presence: Presence, errors: Errors
    ) -> None:
        self.access = access
        self.channels = channels
        self.messages = messages
        self.presence = presence
        self.errors = errors

    def publish(self, call: Call) -> Reply:
        caller = call.caller
        body = call.body()
        specs = body if isinstance(body, list) else [body]
        self.require_specs(specs)
        results = [self.publish_spec(caller, spec) for spec in specs]
        if call.version <= 2:
            return self.flat_reply([result for spec in results for result in spec], 201)
        summaries = [self.summary(result) for result in results]
        return Reply(201, summaries if isinstance(body, list) else summaries[0])

    def require_specs(self, specs: Sequence[Json]) -> None:
        if not specs or not all(isinstance(spec, dict) for spec in specs):
            raise bad_request("a batch must be an object with channels and messages, or a list of such objects")
        count = sum(len(self.channels_of(spec)) for spec in specs)
        if count > MOST_CHANNELS:
            raise bad_request(f"a batch must have at most {MOST_CHANNELS} channels")
        if any(spec.get("messages") is None for spec in specs):
            raise bad_request("a batch must have messages")

    def channels_of(self, spec: Json) -> list[str]:
        given = spec.get("channels")
        channels = given if isinstance(given, list) else [given]
        if not channels or not all(isinstance(channel, str) for channel in channels):
            raise bad_request("channels of a batch must be channel names")
        return channels

    def publish_spec(self, caller: Caller, spec: Json) -> list[Json]:
        return [
            self.outcome(name, partial(self.publish_to, caller, name, spec["messages"]))
            for name in self.channels_of(spec)
        ]

    def outcome(self, name: str, act: Callable[[], Json]) -> Json:
        try:
            return {"channel": name, **act()}
        except Refusal as refusal:
            return {"channel": name, "error": self.errors.info(refusal)}

    def publish_to(self, caller: Caller, text: str, given: Json) -> Json:
        name = self.channels.valid_name(text)
        self.access.require(caller, "publish", name)
        accepted = self.messages.publishing.accept(given, caller)
        receipt = self.messages.store(caller.app, name, accepted)
        return {"messageId": receipt.ids[0], "serials": list(receipt.serials)}

    def presence_of_channels(self, call: Call) -> Reply:
        caller = call.caller
        names = call.query.get("channels", "").split(call.query.get("separator") or ",")
        if len(names) > MOST_CHANNELS:
            raise bad_request(f"a batch must have at most {MOST_CHANNELS} channels")
        format_ = call.presentation.format
        results = [self.outcome(name, partial(self.presence_on, caller, name, format_)) for name in names]
        if call.version <= 2:
            return self.flat_reply(results, 200)
        return Reply(200, self.summary(results))

    def presence_on(self, caller: Caller, text: str, format_: Format) -> Json:
        name = self.channels.valid_name(text)
        self.access.require(caller, "subscribe", name)
        members = self.channels.look(caller.app, name).members
        return {"presence": self.presence.views(members, PRESENT, format_)}

    def summary(self, results: list[Json]) -> Json:
        failures = sum("error" in result for result in results)
        return {"successCount": len(results) - failures, "failureCount": failures, "results": results}

    def flat_reply(self, results: list[Json], status: int) -> Reply:
        """The shape up to protocol version 2: a flat list, or an error that contains it if a channel failed."""
        if not any("error" in result for result in results):
            return Reply(status, results)
        refusal = bad_request("at least one request of the batch failed", 40020)
        error = self.errors.reply(refusal)
        return Reply(400, {**error.body, "batchResponse": results}, headers=error.headers)
