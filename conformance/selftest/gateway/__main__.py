"""Serve the gateway: `python -m conformance.selftest.gateway 8080`."""

from __future__ import annotations

import sys

from conformance.reference.parts import Parts
from conformance.reference.server import Binding, serve
from conformance.selftest.gateway.server import Gateway

if __name__ == "__main__":
    sys.exit(serve(Binding(http_port=int(next(iter(sys.argv[1:]), 0))), Parts(service=Gateway)))
