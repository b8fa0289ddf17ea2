"""Serve the reference server on its own: `python -m conformance.reference`."""

import argparse
import os
import signal
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

from conformance.reference.parts import UNMODIFIED, Parts
from conformance.reference.server import DEFAULT_TLS_NAMES, Binding, serve


def main(argv: list[str] | None = None) -> int:
    arguments = parser()
    options = arguments.parse_args(argv)
    try:
        parts = chosen_parts(options.mutant, options.choice)
    except (LookupError, ValueError) as error:
        arguments.error(str(error.args[0]))
    if options.exit_with_parent:
        threading.Thread(target=stop_at_end_of_input, daemon=True).start()
    try:
        return serve(binding(options), parts)
    except OSError as error:
        sys.stderr.write(f"cannot listen: {error}\n")
        return 4


def stop_at_end_of_input() -> None:
    sys.stdin.buffer.read()
    os.kill(os.getpid(), signal.SIGTERM)


def parser() -> argparse.ArgumentParser:
    arguments = argparse.ArgumentParser(prog="python -m conformance.reference", description=__doc__)
    arguments.add_argument("--host", default="127.0.0.1", help="address to listen on (default: 127.0.0.1)")
    arguments.add_argument("--http-port", type=int, default=0, metavar="N", help="port for HTTP; 0 means any free port")
    arguments.add_argument(
        "--https-port", type=int, metavar="N", help="serve HTTPS too, on this port; 0 means any free port"
    )
    arguments.add_argument(
        "--tls-name", action="append", metavar="NAME", help="host name or address in the certificate; may be repeated"
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
