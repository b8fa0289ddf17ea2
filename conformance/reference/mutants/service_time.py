"""Lies about the time."""

from itertools import count

from conformance.reference.call import Call
from conformance.reference.errors import unauthorized
from conformance.reference.message_log import MessageLog
from conformance.reference.mutants.mark import mutant
from conformance.reference.negotiation import Format
from conformance.reference.service_time import ServiceTime
from conformance.reference.state import App, Message
from conformance.reference.wire import Json, Reply

HOUR = 3_600_000


@mutant(breaks="TIM-01")
class TimeInSeconds(ServiceTime):
    """Tells the time in seconds."""

    def tell(self, call: Call) -> Reply:
        del call
        return Reply(200, [self.clock.now() // 1000])


@mutant(breaks="TIM-01")
class TimeInMicroseconds(ServiceTime):
    """Tells the time in microseconds."""

    def tell(self, call: Call) -> Reply:
        del call
        return Reply(200, [self.clock.now() * 1000])


@mutant(breaks="TIM-02")
class PackedTimeInSeconds(ServiceTime):
    """Tells the time in seconds to those who speak MessagePack."""

    def tell(self, call: Call) -> Reply:
        is_packed = call.presentation.format is Format.MSGPACK
        return Reply(200, [self.clock.now() // 1000]) if is_packed else super().tell(call)


@mutant(breaks="TIM-03")
class TimeOfAnotherZone(ServiceTime):
    """Tells the time of a place one hour to the east."""

    def tell(self, call: Call) -> Reply:
        del call
        return Reply(200, [self.clock.now() + HOUR])


@mutant(breaks="TIM-10")
class TimeIsFast(ServiceTime):
    """Tells the time of a clock that is a minute fast."""

    def tell(self, call: Call) -> Reply:
        del call
        return Reply(200, [self.clock.now() + 60_000])


class _Stumbling(ServiceTime):
    STEP = 0

    def __init__(self, *parts: Json, **named: Json) -> None:
        super().__init__(*parts, **named)
        self.calls = count()

    def tell(self, call: Call) -> Reply:
        del call
        return Reply(200, [self.clock.now() - next(self.calls) % 2 * self.STEP])


@mutant(breaks="TIM-04")
class TimeOfTwoMachines(_Stumbling):
    """Tells the time of two machines in turn, whose clocks are five seconds apart."""

    STEP = 5_000


@mutant(breaks="TIM-05")
class TimeStumbles(_Stumbling):
    """Tells every other time a tenth of a second too early."""

    STEP = 100


@mutant(breaks="TIM-06")
class TimeStandsStill(ServiceTime):
    """Tells the time at which the server was started."""

    def __init__(self, *parts: Json, **named: Json) -> None:
        super().__init__(*parts, **named)
        self.start = self.clock.now()

    def tell(self, call: Call) -> Reply:
        del call
        return Reply(200, [self.start])


@mutant(breaks="TIM-07")
class TimeWantsCredentials(ServiceTime):
    """Refuses to tell the time to a caller without credentials."""

    def tell(self, call: Call) -> Reply:
        if not call.request.header(b"authorization"):
            raise unauthorized(40101, "the request carries no credentials")
        return super().tell(call)


@mutant(breaks="TIM-08")
class MessagesAreStampedInAnotherZone(MessageLog):
    """Stamps messages with the time of a place one hour to the west."""

    def stamped(self, app: App, message: Json, id_: str, now: int) -> Message:
        return super().stamped(app, message, id_, now - HOUR)


@mutant(breaks="TIM-09")
class MessagesAreStampedEarly(MessageLog):
    """Stamps messages with a clock that is half a second slow."""

    def stamped(self, app: App, message: Json, id_: str, now: int) -> Message:
        return super().stamped(app, message, id_, now - 500)
