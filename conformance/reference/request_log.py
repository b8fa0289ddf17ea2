"""One line for each request: time, caller, what was asked, and why it was refused."""

import sys
from base64 import b64decode
from binascii import Error
from collections.abc import Callable
from datetime import UTC, datetime
from urllib.parse import quote

from conformance.reference.errors import one_ascii_line
from conformance.reference.wire import Answer, Request

Log = Callable[[Request, Answer], None]

NOT_SHOWN = frozenset({"accesstoken", "access_token", "key", "callback", "devicesecret", "deviceidentitytoken"})
"""Query parameters, in lower case, that hold a credential or have no limit of length."""

LONGEST_VALUE = 80


def no_log(request: Request, answer: Answer) -> None:
    """For a server that nobody watches."""


def log_to_stderr(request: Request, answer: Answer) -> None:
    sys.stderr.write(line(request, answer, datetime.now(UTC)) + "\n")
    sys.stderr.flush()


def line(request: Request, answer: Answer, now: datetime) -> str:
    """12:30:01.250 app.key GET /channels/room/messages?limit=10 401 40101: the capability does not allow it."""
    path = quote(request.path.decode("latin-1"), safe="/%:.,!*'()~$&+=@;")
    target = f"{path}{'?' if request.query else ''}{'&'.join(map(shown, reversed(list(request.query.items()))))}"
    when = now.isoformat(timespec="milliseconds")[11:23]
    return f"{when} {caller(request)} {request.method} {target} {answer.status}{reason(answer)}"


def shown(parameter: tuple[str, str]) -> str:
    name, value = parameter
    value = "***" if name.lower() in NOT_SHOWN else quote(value[:LONGEST_VALUE], safe=":,/*")
    return f"{quote(name[:LONGEST_VALUE])}={value}"


def caller(request: Request) -> str:
    """The name of the key, "token", or "-": never the secret."""
    scheme, _, value = request.header(b"authorization").partition(" ")
    if scheme.lower() == "basic":
        return key_name(value)
    if scheme or {"accessToken", "access_token"} & set(request.query):
        return "token"
    return one_ascii_line(request.query["key"].partition(":")[0]) if request.query.get("key") else "-"


def key_name(encoded: str) -> str:
    try:
        name = b64decode(encoded).decode("latin-1").partition(":")[0]
    except (Error, ValueError):
        return "a key that is not base64"
    return one_ascii_line(name)


def reason(answer: Answer) -> str:
    headers = {name.lower(): value.decode("latin-1") for name, value in answer.headers}
    code, message = headers.get(b"x-ably-errorcode"), headers.get(b"x-ably-errormessage", "")
    return f" {code}: {message}" if code else ""
