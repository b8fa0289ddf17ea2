"""GET /time: an array of one integer, without authentication."""

from conformance.reference.call import Call
from conformance.reference.clock import Clock
from conformance.reference.wire import Reply


class ServiceTime:
    def __init__(self, clock: Clock) -> None:
        self.clock = clock

    def tell(self, call: Call) -> Reply:
        del call
        return Reply(200, [self.clock.tell()])
