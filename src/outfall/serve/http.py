"""
The daemon's own HTTP: /metrics, /healthz, and /explain/REFERENCE for clients on this host.

Main types: `HttpServer`, and `Sources`, what it asks.  Everything is read-only, and answers that
ask the engine are made in threads, since it may be busy.  /explain names senders and what their
mail looked like: it answers only loopback and unix peers, and only requests whose Host header
names a loopback address or localhost, so that no web page can lead a browser on this machine to
it (DNS rebinding).
Not here: what the answers mean (`daemon`).
"""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import ipaddress
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import uvicorn
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from ..config import Address, ListenerSettings
from ..model import Explanation
from .milter.listening import bind, bound_address, inode, remove_socket_file

__all__ = ["HttpServer", "Sources"]

# Prometheus, a health check and some people; each is served in milliseconds.
MAX_CONNECTIONS = 64

# At the end, how long a slow client may take to read its answer, in seconds.
FAREWELL = 2

# The longest reference anyone would look up; what the engine gives is far shorter.
MAX_REFERENCE = 64


class _Line(JSONResponse):
    """JSON that ends its line: people ask with curl."""

    def render(self, content: Any) -> bytes:
        return super().render(content) + b"\n"


@dataclasses.dataclass(frozen=True)
class Sources:
    """What is asked: the metrics, one verdict's explanation, and the health as JSON fields."""

    registry: CollectorRegistry
    explain: Callable[[str], Explanation | None]
    health: Callable[[], dict[str, Any]]


class HttpServer:
    """One listening socket and the server behind it."""

    def __init__(self, sources: Sources) -> None:
        self._app = application(sources)
        self._server: _Uvicorn | None = None
        self._task: asyncio.Task[None] | None = None
        self._socket_file: tuple[Path, int] | None = None

    async def listen(self, address: Address) -> Address:
        """Listen at `address`; return it with its true port.  SettingsError if it cannot."""
        listening = bind(ListenerSettings(address=address))
        bound = bound_address(listening)
        if bound.kind == "unix":
            self._socket_file = Path(bound.host), inode(Path(bound.host))
        config = uvicorn.Config(
            self._app,
            lifespan="off",
            log_config=None,
            access_log=False,
            proxy_headers=False,  # else a client could claim to be on this host
            server_header=False,
            limit_concurrency=MAX_CONNECTIONS,
            timeout_graceful_shutdown=FAREWELL,
        )
        self._server = _Uvicorn(config)
        self._task = asyncio.create_task(self._server.serve(sockets=[listening]))
        while not self._server.started and not self._task.done():  # noqa: ASYNC110 (it has no event)
            await asyncio.sleep(0)
        return bound

    async def close(self) -> None:
        """Answer what was asked, and end."""
        if self._server is None or self._task is None:
            return
        self._server.should_exit = True
        await self._task
        if self._socket_file is not None:
            remove_socket_file(*self._socket_file)


class _Uvicorn(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals to the daemon."""
        yield


# ------------------------------------------------------------------ the application


def application(sources: Sources) -> Starlette:
    """Return the ASGI application.  Plain functions in it run in threads."""

    async def healthz(_: Request) -> Response:
        health = sources.health()
        return _Line(health, 200 if health["status"] == "ok" else 503)

    def metrics(_: Request) -> Response:
        return Response(generate_latest(sources.registry), media_type=CONTENT_TYPE_LATEST)

    def explain(request: Request) -> Response:
        if not _is_local(request):
            return JSONResponse({"error": "only clients on this host may ask"}, 403)
        found = sources.explain(request.path_params["reference"][:MAX_REFERENCE])
        if found is None:
            return JSONResponse({"error": "no such reference is remembered"}, 404)
        return _Line(dataclasses.asdict(found))

    routes = [
        Route("/healthz", healthz),
        Route("/metrics", metrics),
        Route("/explain/{reference}", explain),
    ]
    return Starlette(routes=routes)


def _is_local(request: Request) -> bool:
    """Whether peer and Host header both say so; a unix peer has no address and no need of one."""
    if request.client is not None and not _is_loopback(request.client.host):
        return False
    host = request.url.hostname or ""
    return host == "localhost" or _is_loopback(host)


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
