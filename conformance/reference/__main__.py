"""`python -m conformance.reference`: the reference server on its own."""

import argparse
import sys
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
    try:
        return serve(binding(options), parts)
    except OSError as error:
        sys.stderr.write(f"cannot listen: {error}\n")
        return 4


def parser() -> argparse.ArgumentParser:
    arguments = argparse.ArgumentParser(prog="python -m conformance.reference", description=__doc__)
    arguments.add_argument("--host", default="127.0.0.1", help="address to listen on (127.0.0.1)")
    arguments.add_argument("--http-port", type=int, default=0, metavar="N", help="0 means any free port")
    arguments.add_argument("--https-port", type=int, metavar="N", help="serve TLS too; 0 means any free port")
    arguments.add_argument(
        "--tls-name", action="append", metavar="NAME", help="a name in the certificate; may be repeated"
    )
    arguments.add_argument("--ca-file", type=Path, metavar="PATH", help="where to write the authority's PEM")
    arguments.add_argument("--mutant", metavar="NAME", help="serve a mutant instead")
    arguments.add_argument(
        "--choice",
        action="append",
        metavar="NAME",
        default=[],
        help="choose otherwise where documents leave room; may be repeated; all, all:2 ... are bundles",
    )
    arguments.add_argument(
        "--allow-basic-over-http",
        action="store_true",
        help="accept keys without TLS; implied where the host is loopback",
    )
    return arguments


def chosen_parts(mutant: str | None, choices: Sequence[str]) -> Parts:
    """Raises LookupError for an unknown name, ValueError for names that exclude each other."""
    # The honest server needs neither the liars nor its other selves.
    if mutant and choices:
        raise ValueError("a mutant makes no choices: give --mutant or --choice")
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
        allow_basic_over_http=options.allow_basic_over_http,
    )


if __name__ == "__main__":
    sys.exit(main())
