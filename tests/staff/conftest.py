"""Colleagues at the desk: signed in already, in a browser whose pages are checked."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.ledger.sessions import Sessions
from app.parts import Parts
from app.preferences.model import Recipient
from app.preferences.staff import Agent, Entry, Role
from app.settings import Settings
from app.web.staff.seat import recipient_url
from tests.conftest import ALICE, Clock
from tests.house.client import Page, Visitor

ISSUER = "http://127.0.0.1:1"
SAME = {"Sec-Fetch-Site": "same-origin"}
VERA = Agent("1", "Vera Viewer", "vera@tidewell.example", Role.VIEWER)
AMIR = Agent("2", "Amir Agent", "amir@tidewell.example", Role.AGENT)
ANA = Agent("3", "Ana Admin", "ana@tidewell.example", Role.ADMIN)


def staffed(settings: Settings, **more: str) -> Settings:
    """The same settings with a desk, on this machine."""
    environ = {
        "COURIER_API_KEY": settings.courier_api_key.get_secret_value(),
        "COURIER_BASE_URL": settings.courier_base_url,
        "SECRET_KEY": settings.secret_key.get_secret_value(),
        "PUBLIC_URL": "http://localhost",
        "PRODUCT_NAME": "Tidewell",
        "DATABASE_URL": settings.database_url.get_secret_value(),
        "OIDC_ISSUER": ISSUER,
        "OIDC_CLIENT_ID": "desk",
        "OIDC_CLIENT_SECRET": "the-secret-of-the-desk",
    }
    return Settings.from_environ({**environ, **more})


class Colleague(Visitor):
    """Sends forms as a page of the desk does."""

    def __init__(self, client: FlaskClient) -> None:
        super().__init__(client)
        client.environ_base["HTTP_SEC_FETCH_SITE"] = "same-origin"

    def look_up(self, text: str, **more: Any) -> Page:  # noqa: ANN401
        return self.send("/staff/lookup", {"given": text, **more})

    def see(self, recipient: Recipient = ALICE) -> Page:
        """A recipient's page, by a handle as the look-up gives one."""
        return self.open(self.address(recipient))

    def address(self, recipient: Recipient = ALICE) -> str:
        with self._client.application.test_request_context():
            return recipient_url(recipient)


Hire = Callable[[Agent], Colleague]


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return staffed(settings)


@pytest.fixture
def hire_at(parts: Parts, clock: Clock) -> Callable[[Flask], Hire]:
    """Signs somebody in without the provider; see `test_signin` for the real way."""

    def hire_at(app: Flask) -> Hire:
        def hire(agent: Agent) -> Colleague:
            client = app.test_client()
            sessions = Sessions(parts.database, clock, 30 * 60.0, 10 * 3600.0)
            client.set_cookie("staff", sessions.open(agent, ISSUER, "", ""))
            return Colleague(client)

        return hire

    return hire_at


@pytest.fixture
def hire(app: Flask, hire_at: Callable[[Flask], Hire]) -> Hire:
    return hire_at(app)


@pytest.fixture
def vera(hire: Hire) -> Colleague:
    return hire(VERA)


@pytest.fixture
def amir(hire: Hire) -> Colleague:
    return hire(AMIR)


@pytest.fixture
def ana(hire: Hire) -> Colleague:
    return hire(ANA)


@pytest.fixture
def entries(parts: Parts) -> Callable[[Recipient], list[Entry]]:
    """What staff did about somebody, newest first."""
    return lambda recipient: parts.trail.of(recipient.user_id)
