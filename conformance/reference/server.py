"""Serves HTTP and HTTPS from one process until SIGTERM or SIGINT."""

import asyncio
import contextlib
import signal
import socket
import ssl
import sys
import threading
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path

import trustme
import uvicorn

from conformance.reference.asgi import Asgi
from conformance.reference.fixed_app import FixedApp, add_fixed_app
from conformance.reference.parts import UNMODIFIED, Parts, assemble
from conformance.reference.protocol import speaking_for
from conformance.reference.request_log import Log, no_log

# Longer than clients keep idle connections, so that a pooled connection is not closed just before its reuse.
KEEP_ALIVE_SECONDS = 75
GRACE_SECONDS = 2
BACKLOG = 1024

DEFAULT_TLS_NAMES = ("localhost", "127.0.0.1")


@dataclass(frozen=True, slots=True)
class Binding:
    """The addresses to listen on. Port 0 means any free port; an `https_port` of None means no TLS.

    client_cert: where to write a client certificate that TLS then demands, or None.
    """

    host: str = "127.0.0.1"
    http_port: int = 0
    https_port: int | None = None
    tls_names: Sequence[str] = DEFAULT_TLS_NAMES
    ca_file: Path | None = None
    client_cert: Path | None = None
    allow_basic_over_http: bool = False

    @property
    def allows_plain_basic(self) -> bool:
        return self.allow_basic_over_http or self.is_loopback

    @property
    def is_loopback(self) -> bool:
        if self.host == "localhost":
            return True
        try:
            return ip_address(self.host).is_loopback
        except ValueError:
            return False


def serve(binding: Binding, parts: Parts = UNMODIFIED, fixed: FixedApp | None = None, log: Log = no_log) -> int:
    """Serves until SIGTERM or SIGINT and returns the exit status. Prints one line, `ready <urls>`, once it listens.

    Like the service, it rejects Basic credentials over plain HTTP with 40103, unless the binding allows them or
    listens on loopback only. Raises OSError if a port is not available or the file of the authority cannot be written,
    and ValueError if the fixed application is described wrongly.
    """
    service = assemble(parts, allow_plain_basic=binding.allows_plain_basic)
    if fixed:
        add_fixed_app(service.provisioning, fixed)
    app = Asgi(service, log)
    loop_factory = uvicorn.Config(app).get_loop_factory()
    with asyncio.Runner(loop_factory=loop_factory) as runner:
        runner.run(serve_until_told(binding, app))
    return 0


async def serve_until_told(binding: Binding, app: Asgi) -> None:
    listeners = open_listeners(binding)
    servers = [Server(config(app, context)) for _, _, context in listeners]
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop, servers)
    serving = [
        loop.create_task(server.serve(sockets=[listener]))
        for server, (_, listener, _) in zip(servers, listeners, strict=True)
    ]
    await asyncio.gather(*(server.is_listening.wait() for server in servers))
    announce([f"{scheme}://{address(binding, listener)}" for scheme, listener, _ in listeners])
    await asyncio.gather(*serving)


class Server(uvicorn.Server):
    """One of several servers in a process: reports when it listens, and leaves signals to `serve_until_told`."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.is_listening = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.is_listening.set()

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None]:
        yield


def stop(servers: Sequence[Server]) -> None:
    for server in servers:
        server.should_exit = True


def announce(urls: Sequence[str]) -> None:
    sys.stdout.write(f"ready {' '.join(urls)}\n")
    sys.stdout.flush()


Listener = tuple[str, socket.socket, ssl.SSLContext | None]


def open_listeners(binding: Binding) -> list[Listener]:
    if binding.https_port is None:
        return [("http", listen(binding.host, binding.http_port), None)]
    context = tls_context(binding.tls_names, binding.ca_file, binding.client_cert)
    http = ("http", listen(binding.host, binding.http_port), None)
    return [http, ("https", listen(binding.host, binding.https_port), context)]


def listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=BACKLOG)
    except OSError as error:
        raise OSError(f"cannot listen on {host}, port {port}: {error.strerror or error}") from error


def address(binding: Binding, listener: socket.socket) -> str:
    host = f"[{binding.host}]" if ":" in binding.host else binding.host
    return f"{host}:{listener.getsockname()[1]}"


def tls_context(names: Sequence[str], ca_file: Path | None, client_cert: Path | None) -> ssl.SSLContext:
    """A TLS context with a new certificate for these names; writes its authority to the file for clients to trust.

    client_cert: the file for a certificate with its key, one of which each client has to show; None demands none.
    """
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(*names).configure_cert(context)
    if ca_file is not None:
        write_pem("--ca-file", ca_file, authority.cert_pem)
    if client_cert is not None:
        write_pem("--client-cert", client_cert, authority.issue_cert("client.localhost").private_key_and_cert_chain_pem)
        client_cert.chmod(0o600)
        authority.configure_trust(context)
        context.verify_mode = ssl.CERT_REQUIRED
    return context


def write_pem(option: str, path: Path, content: trustme.Blob) -> None:
    try:
        content.write_to_path(str(path))
    except OSError as error:
        raise OSError(f"{option}: {path} cannot be written: {error.strerror}") from error


def config(app: Asgi, context: ssl.SSLContext | None) -> uvicorn.Config:
    config = uvicorn.Config(
        app,
        http=speaking_for(app.service),
        ws="none",
        lifespan="off",
        interface="asgi3",
        log_config=None,
        log_level="critical",
        access_log=False,
        proxy_headers=False,
        # SDKs take certain Server headers for those of an edge (FEAT RSC15l).
        server_header=False,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
    config.load()
    config.ssl = context
    return config


@contextlib.contextmanager
def serving_in_thread(parts: Parts) -> Generator[str]:
    """Serves on a free loopback port, in a thread of this process, until the context exits. Yields the URL."""
    listener = listen("127.0.0.1", 0)
    server = Server(config(Asgi(assemble(parts, allow_plain_basic=True)), None))
    thread = threading.Thread(target=lambda: asyncio.run(server.serve(sockets=[listener])), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()
