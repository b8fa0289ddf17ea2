"""Mutants of errors: a message and a link that do not belong to the error."""

from conformance.reference.errors import Errors, Refusal
from conformance.reference.mutants.mark import mutant
from conformance.reference.wire import Headers, Json


@mutant(breaks="ERR-64")
class HeadersSayTheSameOfEveryError(Errors):
    """Writes the same words into X-Ably-ErrorMessage for every error."""

    def headers(self, refusal: Refusal) -> Headers:
        words = "the request was rejected"
        return tuple(
            (name, words if name.lower() == "x-ably-errormessage" else v) for name, v in super().headers(refusal)
        )


@mutant(breaks="ERR-65")
class LinksLeadToOneError(Errors):
    """Links every error to the help on error code 50000."""

    def info(self, refusal: Refusal) -> Json:
        info = super().info(refusal)
        return {**info, "href": "https://help.ably.io/error/50000"} if isinstance(info, dict) else info
