"""Builds the sandbox and serves it over HTTP/1.1 with keep-alive.

`create_sandbox` wires the parts; the answers are given in the modules named
after Courier's endpoints, the order of a request stands in `lifecycle`.
"""

import time
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path

from flask import Flask

from app.sandbox import (
    audit,
    brands,
    bulk,
    control,
    errors,
    lifecycle,
    logs,
    memberships,
    messages,
    preferences,
    profiles,
    publish,
    sections,
    send,
    templates,
    tenant_defaults,
    tenants,
    tokens,
    topic_digests,
    topics,
)
from app.sandbox.clock import utc_now
from app.sandbox.http_server import SandboxServer
from app.sandbox.lifecycle import Sandbox
from app.sandbox.paths import IdConverter, RawPaths
from app.sandbox.seeding import SEED, plant_once
from app.sandbox.store import Store
from app.sandbox.switches import Switchboard
from app.sandbox.workspace import EXTENSION, Workspace

PARTS = (
    control,
    preferences,
    bulk,
    logs,
    sections,
    topics,
    topic_digests,
    publish,
    tenants,
    tenant_defaults,
    memberships,
    profiles,
    brands,
    messages,
    templates,
    send,
    tokens,
    audit,
)


def create_sandbox(  # noqa: PLR0913 - each is a fact about the workspace
    database: str = ":memory:",
    *,
    api_key: str = "sandbox-key",
    seed: Path | None = SEED,
    switches: Mapping[str, object] | None = None,
    clock: Callable[[], datetime] = utc_now,
    sleep: Callable[[float], None] = time.sleep,
) -> Sandbox:
    """A workspace of Courier; a database that already has data keeps it."""
    board = Switchboard(switches)
    courier = Workspace(Store(database), board, api_key, seed, clock, sleep)
    app = _wire(courier)
    with app.app_context():
        plant_once()
    return app


def _wire(courier: Workspace) -> Sandbox:
    app = Sandbox(__name__, static_folder=None)
    app.extensions[EXTENSION] = courier
    app.url_map.converters["id"] = IdConverter
    app.url_map.merge_slashes = False
    app.json.sort_keys = False  # type: ignore[attr-defined]
    errors.init_app(app)
    lifecycle.init_app(app)
    for part in PARTS:
        app.register_blueprint(part.routes)
    app.wsgi_app = RawPaths(app.wsgi_app)  # type: ignore[method-assign]
    return app


def start(app: Flask, host: str = "127.0.0.1", port: int = 0) -> SandboxServer:
    """A bound server; port 0 takes a free one. `serve_forever` answers."""
    return SandboxServer(host, port, app)
