"""What a TLS handshake with a target showed: the version, and the certificate."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Tls:
    """version: such as "TLSv1.3". name: the first name of the certificate. expires: seconds since the epoch."""

    version: str
    name: str
    expires: float


def tls_of(connection: Any) -> Tls:
    """connection: a socket whose handshake is done, and whose certificate was verified."""
    certificate = connection.getpeercert() or {}
    names = [name for _, name in certificate.get("subjectAltName", ())]
    return Tls(connection.version() or "TLS", next(iter(names), ""), ssl.cert_time_to_seconds(certificate["notAfter"]))
