"""Mutants of the service time and of message timestamps."""

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
    """Answers with the time in seconds instead of milliseconds."""

    def tell(self, call: Call) -> Reply:
        del call
        return Reply(200, [self.clock.now() // 1000])


@mutant(breaks="TIM-01")
class TimeInMicroseconds(ServiceTime):
    """Answers with the time in microseconds instead of milliseconds."""

    def tell(self, call: Call) -> Reply:
        del call
        return Reply(200, [self.clock.now() * 1000])


@mutant(breaks="TIM-02")
class PackedTimeInSeconds(ServiceTime):
    """Answers with the time in seconds in MessagePack."""

    def tell(self, call: Call) -> Reply:
        is_packed = call.presentation.format is Format.MSGPACK
        return Reply(200, [self.clock.now() // 1000]) if is_packed else super().tell(call)


@mutant(breaks="TIM-03")
class TimeOfAnotherZone(ServiceTime):
    """Answers with a time that is one hour ahead."""

    def tell(self, call: Call) -> Reply:
        del call
        return Reply(200, [self.clock.now() + HOUR])


@mutant(breaks="TIM-10")
class TimeIsFast(ServiceTime):
    """Answers with a time that is one minute ahead."""

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
    """Answers every other request with a time that is five seconds behind."""

    STEP = 5_000


@mutant(breaks="TIM-05")
class TimeStumbles(_Stumbling):
    """Answers every other request with a time that is 100 ms behind."""

    STEP = 100


@mutant(breaks="TIM-06")
class TimeStandsStill(ServiceTime):
    """Answers every request with the time at which the server started."""

    def __init__(self, *parts: Json, **named: Json) -> None:
        super().__init__(*parts, **named)
        self.start = self.clock.now()

    def tell(self, call: Call) -> Reply:
        del call
        return Reply(200, [self.start])


@mutant(breaks="TIM-07")
class TimeWantsCredentials(ServiceTime):
    """Requires credentials for the service time."""

    def tell(self, call: Call) -> Reply:
        if not call.request.header(b"authorization"):
            raise unauthorized(40101, "the request carries no credentials")
        return super().tell(call)


@mutant(breaks="TIM-08")
class MessagesAreStampedInAnotherZone(MessageLog):
    """Gives messages a timestamp that is one hour behind."""

    def stamped(self, app: App, message: Json, id_: str, now: int) -> Message:
        return super().stamped(app, message, id_, now - HOUR)


@mutant(breaks="TIM-09")
class MessagesAreStampedEarly(MessageLog):
    """Gives messages a timestamp that is half a second behind."""

    def stamped(self, app: App, message: Json, id_: str, now: int) -> Message:
        return super().stamped(app, message, id_, now - 500)
