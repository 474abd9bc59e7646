"""Signing in at the desk as a browser does, at a provider that is a real server.

A test module takes the fixtures by name: `tab = signing.tab`.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from app.factory import create_app
from app.ledger.sessions import Sessions
from app.ledger.trail import Trail
from app.parts import Outside, Parts
from app.preferences.staff import Kind
from app.preferences.trail import Filter
from app.provider import server
from app.provider.memory import Client
from app.settings import Settings
from tests import web
from tests.conftest import Clock

DESK = "https://desk.example"
CLIENT = Client("desk", "the-secret-of-the-desk", DESK)
OTHER = Client("another-app", "the-secret-of-the-other", "https://other.example")
SAME = {"Sec-Fetch-Site": "same-origin"}


@dataclass
class Accounts:
    """The provider as tests see it."""

    app: server.Provider
    url: str

    def authorize(self, url: str, person: str) -> str:
        """Presses a button of the sign-in page; gives where that leads."""
        answer = web.post(url, data={"person": person})

        assert answer.status_code == 302, answer.text
        return answer.headers["Location"]

    def rotate(self) -> None:
        url = f"{self.url}/_provider/rotate"
        web.post(url).raise_for_status()

    def sign_out(self, person: str) -> None:
        url = f"{self.url}/signout"
        web.post(url, data={"person": person})


@dataclass
class Browser:
    """Somebody's browser, with cookies."""

    app: Flask
    base: str = DESK
    client: Any = field(init=False)

    def __post_init__(self) -> None:
        self.client = self.app.test_client()

    def get(self, path: str, **headers: str) -> TestResponse:
        return self._open("GET", path, headers=headers)

    def post(
        self, path: str, fields: dict[str, str] | None = None, **headers: str
    ) -> TestResponse:
        """As a form of our own page does, unless headers say something else."""
        given = headers or SAME
        return self._open("POST", path, data=fields or {}, headers=given)

    def cookie(self, name: str = "__Host-staff") -> str:
        found = self.client.get_cookie(name, domain=urlsplit(self.base).hostname)
        return found.value if found else ""

    def plant(self, value: str, name: str = "__Host-staff") -> None:
        host = urlsplit(self.base).hostname
        self.client.set_cookie(name, value, domain=host, secure=True)

    def start(self, then: str = "") -> str:
        """Where the provider asks who it is."""
        path = f"/staff/signin?then={then}" if then else "/staff/signin"
        answer = self.get(path)

        assert answer.status_code == 303, answer.text
        return answer.headers["Location"]

    def come_back(self, location: str) -> TestResponse:
        assert location.startswith(f"{self.base}/staff/callback?")
        return self.get(location.removeprefix(self.base))

    def sign_in(self, accounts: Accounts, person: str, then: str = "") -> TestResponse:
        return self.come_back(accounts.authorize(self.start(then), person))

    def _open(self, method: str, path: str, **more: Any) -> TestResponse:  # noqa: ANN401
        response: TestResponse = self.client.open(
            path, method=method, base_url=self.base, **more
        )
        return response


def asked(url: str) -> dict[str, str]:
    """What an address asks."""
    return {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}


def heading(answer: TestResponse) -> str:
    html = answer.get_data(as_text=True)
    return unescape(html.partition("</h1>")[0].rpartition(">")[2]).strip()


def entries(parts: Parts) -> list[tuple[Kind | None, str | None]]:
    """What staff did, the oldest first: kind and actor."""
    page, _ = Trail(parts.database).page(Filter())
    return [(line.kind, line.actor) for line in reversed(page)]


@pytest.fixture
def accounts(clock: Clock) -> Iterator[Accounts]:
    app = server.create_provider("known once bound", (CLIENT, OTHER), now=clock)
    with server.running(server.start(app)):
        yield Accounts(app, app.memory.issuer)


@pytest.fixture
def settings(settings: Settings, accounts: Accounts) -> Settings:
    return with_provider(settings, accounts.url)


@pytest.fixture
def app(settings: Settings, outside: Outside, parts: Parts) -> Flask:
    return create_app(settings, outside, parts)


@pytest.fixture
def tab(app: Flask) -> Browser:
    return Browser(app)


@pytest.fixture
def sessions(settings: Settings, parts: Parts, clock: Clock) -> Sessions:
    """Those of the desk, seen from behind."""
    return create_sessions(settings, parts, clock)


def create_sessions(settings: Settings, parts: Parts, now: Clock) -> Sessions:
    idle = settings.staff_idle_minutes * 60.0
    longest = settings.staff_session_hours * 3600.0
    return Sessions(parts.database, now, idle, longest)


def with_provider(settings: Settings, issuer: str, **more: object) -> Settings:
    """A copy of the settings, read anew as all settings are."""
    environ = {
        "COURIER_API_KEY": settings.courier_api_key.get_secret_value(),
        "COURIER_BASE_URL": settings.courier_base_url,
        "SECRET_KEY": settings.secret_key.get_secret_value(),
        "PUBLIC_URL": DESK,
        "DATABASE_URL": settings.database_url.get_secret_value(),
        "OIDC_ISSUER": issuer,
        "OIDC_CLIENT_ID": CLIENT.client_id,
        "OIDC_CLIENT_SECRET": CLIENT.secret,
    }
    return Settings.from_environ({**environ, **{k: str(v) for k, v in more.items()}})
