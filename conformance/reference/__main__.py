"""Serve a local Ably REST API in memory, the reference server."""

import argparse
import os
import signal
import sys
import threading
import warnings
from collections.abc import Sequence
from pathlib import Path

from conformance.reference.fixed_app import read_fixed_app
from conformance.reference.parts import UNMODIFIED, Parts
from conformance.reference.request_log import log_to_stderr, no_log
from conformance.reference.server import DEFAULT_TLS_NAMES, Binding, serve

READY = (
    "It prints one line, `ready http://127.0.0.1:8080`, once it listens, and GET /time answers from then on. "
    "SIGTERM and SIGINT end it with exit status 0."
)


def main(argv: list[str] | None = None, command: str = "python -m conformance.reference") -> int:
    """command: how the user calls this, for its help."""
    arguments = parser(command)
    options = arguments.parse_args(argv)
    try:
        parts = chosen_parts(options.mutant, options.choice)
        fixed = read_fixed_app(options.app, options.key)
    except (LookupError, ValueError) as error:
        arguments.error(str(error.args[0]))
    if options.exit_with_parent:
        threading.Thread(target=stop_at_end_of_input, daemon=True).start()
    # PyJWT warns of a short secret, which is right for one that guards something.
    warnings.filterwarnings("ignore", message="The HMAC key is")
    try:
        return serve(binding(options), parts, fixed, log_to_stderr if options.log else no_log)
    except (OSError, ValueError) as error:
        sys.stderr.write(f"{error}\n")
        return 4


def stop_at_end_of_input() -> None:
    """Reads past sys.stdin, whose lock the interpreter would wait for at its end, and then abort."""
    while os.read(0, 4096):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


def parser(command: str) -> argparse.ArgumentParser:
    arguments = argparse.ArgumentParser(prog=command, description=__doc__, epilog=READY)
    arguments.add_argument("--host", default="127.0.0.1", help="address to listen on (default: 127.0.0.1)")
    arguments.add_argument(
        "--http-port", type=int, default=0, metavar="N", help="port for HTTP; 0 means any free port (default: 0)"
    )
    arguments.add_argument(
        "--https-port", type=int, metavar="N", help="serve HTTPS too, on this port; 0 means any free port (default: no)"
    )
    arguments.add_argument(
        "--tls-name",
        action="append",
        metavar="NAME",
        help=f"host name or address in the certificate; may be repeated (default: {', '.join(DEFAULT_TLS_NAMES)})",
    )
    arguments.add_argument(
        "--app", type=Path, metavar="FILE", help="an application that exists from the start: JSON, as for POST /apps"
    )
    arguments.add_argument(
        "--key",
        action="append",
        default=[],
        metavar="APP.KEY:SECRET",
        help="its key; once for each key of --app, or without --app for an application with full rights",
    )
    arguments.add_argument(
        "--log", action="store_true", help="write a line to stderr for each request, with the reason of each refusal"
    )
    arguments.add_argument(
        "--ca-file", type=Path, metavar="PATH", help="file to write the certificate authority to (PEM)"
    )
    arguments.add_argument(
        "--client-cert",
        type=Path,
        metavar="PATH",
        help="demand a client certificate over HTTPS, and write one with its key to this file (PEM)",
    )
    arguments.add_argument(
        "--exit-with-parent", action="store_true", help="stop when standard input ends, as it does when the parent dies"
    )
    arguments.add_argument("--mutant", metavar="NAME", help="serve a mutant: the server with one fault on purpose")
    arguments.add_argument(
        "--choice",
        action="append",
        metavar="NAME",
        default=[],
        help="decide otherwise where the documentation leaves room; may be repeated; all, all:2 ... are bundles",
    )
    arguments.add_argument(
        "--allow-basic-over-http",
        action="store_true",
        help="accept Basic credentials without TLS; implied for a loopback host",
    )
    return arguments


def chosen_parts(mutant: str | None, choices: Sequence[str]) -> Parts:
    """The selected parts. Raises LookupError for an unknown name, ValueError for names that exclude each other."""
    # Imported on demand: the unmodified server needs neither mutants nor choices.
    if mutant and choices:
        raise ValueError("a mutant makes no choices: pass either --mutant or --choice")
    if mutant:
        from conformance.reference import mutants  # noqa: PLC0415

        return mutants.parts_of(mutant)
    if choices:
        from conformance.reference import choices as made  # noqa: PLC0415

        return made.parts_of(choices)
    return UNMODIFIED


def binding(options: argparse.Namespace) -> Binding:
    names: Sequence[str] = options.tls_name or DEFAULT_TLS_NAMES
    return Binding(
        host=options.host,
        http_port=options.http_port,
        https_port=options.https_port,
        tls_names=tuple(names),
        ca_file=options.ca_file,
        client_cert=options.client_cert,
        allow_basic_over_http=options.allow_basic_over_http,
    )


if __name__ == "__main__":
    sys.exit(main())
