"""The operations on the messages of a channel: publish and history."""

from collections.abc import Mapping

from conformance.reference.access import Access, decode_base64
from conformance.reference.call import Call
from conformance.reference.channels import Channels
from conformance.reference.counters import Counters
from conformance.reference.errors import bad_request
from conformance.reference.message_log import MessageLog, Receipt
from conformance.reference.negotiation import Format
from conformance.reference.paging import Entry, Paging, Window
from conformance.reference.payloads import Payloads
from conformance.reference.publishing import Publishing
from conformance.reference.push_delivery import PushDelivery
from conformance.reference.state import App, Channel, Message
from conformance.reference.wire import Json, Reply, Request, media_type

# With enveloped=false the body is the data; these query parameters or headers carry the other members.
UNENVELOPED = {
    "name": b"x-ably-name",
    "messageId": b"x-ably-messageid",
    "encoding": b"x-ably-encoding",
    "connectionKey": b"x-ably-connectionkey",
}


class Messages:
    def __init__(
        self,
        *,
        access: Access,
        channels: Channels,
        publishing: Publishing,
        log: MessageLog,
        delivery: PushDelivery,
        counters: Counters,
        payloads: Payloads,
        paging: Paging,
    ) -> None:
        self.access = access
        self.channels = channels
        self.publishing = publishing
        self.log = log
        self.delivery = delivery
        self.counters = counters
        self.payloads = payloads
        self.paging = paging

    def publish(self, call: Call) -> Reply:
        caller = call.caller
        name = self.channels.name(call)
        self.access.require(caller, "publish", name)
        self.refuse_forced_nack(call.query)
        messages = self.publishing.accept(self.body(call), caller)
        receipt = self.store(caller.app, name, messages)
        return Reply(201, self.receipt(name, receipt))

    def refuse_forced_nack(self, query: Mapping[str, str]) -> None:
        # RB/channel 165, PY/restchannelpublish test_publish_params.
        if query.get("_forceNack") == "true":
            raise bad_request("rejected because of _forceNack", 40099)

    def body(self, call: Call) -> Json:
        if call.query.get("enveloped") == "false":
            return self.unenveloped(call.request)
        return call.body()

    def unenveloped(self, request: Request) -> Json:
        """The message of a body that is only its data; the other members are in headers or in the query."""
        beside = {name: self.beside(request, name, header) for name, header in UNENVELOPED.items()}
        encoding = beside["encoding"] or self.implied_encoding(request)
        message = {"id": beside.pop("messageId"), "clientId": self.client_beside(request)}
        return {**beside, **message, "encoding": encoding, "data": self.raw_data(request)}

    def implied_encoding(self, request: Request) -> str | None:
        return "json" if media_type(request) == "application/json" else None

    def beside(self, request: Request, name: str, header: bytes) -> str | None:
        return request.header(header) or request.query.get(name)

    def client_beside(self, request: Request) -> str | None:
        encoded = request.header(b"x-ably-clientid")
        return decode_base64(encoded) if encoded else request.query.get("clientId")

    def raw_data(self, request: Request) -> str | bytes:
        if media_type(request) == "application/octet-stream":
            return request.body
        try:
            return request.body.decode("utf-8")
        except UnicodeDecodeError:
            raise bad_request("the body is not UTF-8 text", 40001) from None

    def store(self, app: App, name: str, messages: list[dict[str, Json]]) -> Receipt:
        receipt = self.log.append(app, self.channels.open(app, name), messages)
        self.counters.count_published(app, name, receipt.added, self.publishing)
        for message in receipt.added:
            self.push(app, name, message)
        return receipt

    def push(self, app: App, channel: str, message: Message) -> None:
        payload = message.fields.get("extras", {}).get("push")
        if payload is not None:
            self.delivery.to_subscribers(app, channel, payload)

    def receipt(self, name: str, receipt: Receipt) -> Json:
        return {"channel": name, "messageId": receipt.ids[0], "serials": list(receipt.serials)}

    def history(self, call: Call) -> Reply:
        caller = call.caller
        name = self.channels.name(call)
        self.access.require(caller, "history", name)
        window = self.paging.time_window(call.query)
        page = self.paging.page(self.within(self.channel(caller.app, name), window), window)
        reply = self.paging.reply(call.request, page, window, ("start",))
        views = [self.view(message, call.presentation.format) for message in page.items]
        return Reply(200, views, links=reply.links)

    def channel(self, app: App, name: str) -> Channel:
        return self.channels.look(app, name)

    def within(self, channel: Channel, window: Window) -> list[Entry]:
        return [(message.position, message) for message in channel.messages if self.is_within(message, window)]

    def is_within(self, message: Message, window: Window) -> bool:
        """Whether the message lies between the bounds, both inclusive."""
        after_start = window.start is None or message.timestamp >= window.start
        return after_start and (window.end is None or message.timestamp <= window.end)

    def view(self, message: Message, format_: Format) -> Json:
        return self.payloads.view(dict(message.fields), format_)
