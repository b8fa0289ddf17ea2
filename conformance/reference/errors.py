"""Refusals: the exception for a rejected request, and its body and headers."""

from conformance.reference.wire import Headers, Json, Reply

LONGEST_MESSAGE = 200


class Refusal(Exception):  # noqa: N818  a refusal is an expected answer, not an error of the server
    """The rejection of a request. `code` is one of the error codes that Ably publishes."""

    def __init__(self, status: int, code: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message


def bad_request(message: str, code: int = 40000) -> Refusal:
    return Refusal(400, code, message)


def bad_value(message: str) -> Refusal:
    return Refusal(400, 40003, message)


def unauthorized(code: int, message: str) -> Refusal:
    return Refusal(401, code, message)


def not_found(message: str) -> Refusal:
    return Refusal(404, 40400, message)


def too_many(message: str) -> Refusal:
    """A limit on the memory of the server is reached: rejected with the code of a rate limit."""
    return Refusal(429, 42910, message)


class Errors:
    """Writes a refusal as an error object and as headers."""

    def __init__(self, server_id: str) -> None:
        self.server_id = server_id

    def reply(self, refusal: Refusal) -> Reply:
        return Reply(refusal.status, self.body(refusal), headers=self.headers(refusal))

    def body(self, refusal: Refusal) -> Json:
        return {"error": {**self.info(refusal), "serverId": self.server_id}}

    def info(self, refusal: Refusal) -> Json:
        # PY/util.exceptions: without statusCode and message the SDK reports 50000 instead.
        return {
            "code": refusal.code,
            "statusCode": refusal.status,
            "message": refusal.message,
            "nonfatal": False,
            "href": f"https://help.ably.io/error/{refusal.code}",
        }

    def headers(self, refusal: Refusal) -> Headers:
        headers = (
            ("X-Ably-ErrorCode", str(refusal.code)),
            ("X-Ably-ErrorMessage", one_ascii_line(refusal.message)),
        )
        return (*headers, *self.challenge(refusal))

    def challenge(self, refusal: Refusal) -> Headers:
        # RFC 9110, 15.5.2: a 401 names at least one scheme.
        return (("WWW-Authenticate", 'Basic realm="Ably"'),) if refusal.status == 401 else ()


def one_ascii_line(text: str) -> str:
    """The text as a header value: the message may quote the request, a header is one line of printable ASCII."""
    line = "".join(char if " " <= char <= "~" else "?" for char in text[:LONGEST_MESSAGE])
    return line.strip() or "error"
