"""The provider's addresses and pages."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import time
from typing import Any, cast

import httpx
from authlib.integrations.flask_oauth2 import AuthorizationServer
from authlib.oauth2.base import OAuth2Error
from authlib.oauth2.rfc9207.parameter import IssuerParameter
from flask import Blueprint, Flask, Response, current_app, render_template, request
from flask import redirect as redirected
from werkzeug.exceptions import BadRequest
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server
from werkzeug.wrappers import Response as BaseResponse

from app.provider import farewell
from app.provider.grants import EndSession, create_server
from app.provider.memory import PEOPLE, Client, Memory, Person

HOST = "127.0.0.1"
LOCAL = ["127.0.0.1", "localhost"]
HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; "
    "frame-ancestors 'none'; base-uri 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}

routes = Blueprint("provider", __name__)


class Provider(Flask):
    """Every answer of its is fresh, and is framed by nobody."""

    memory: Memory
    server: AuthorizationServer
    transport: httpx.BaseTransport | None


def create_provider(
    issuer: str,
    clients: tuple[Client, ...],
    people: tuple[Person, ...] = PEOPLE,
    now: Callable[[], float] = time,
    transport: httpx.BaseTransport | None = None,
) -> Provider:
    """`transport` stands in for the network to the clients where given."""
    app = Provider(__name__, static_folder="static", static_url_path="/static")
    app.config["TRUSTED_HOSTS"] = LOCAL
    app.config["OAUTH2_SCOPES_SUPPORTED"] = ["openid", "profile", "email"]
    app.memory = Memory(issuer, clients, people, now)
    app.transport = transport
    app.server = create_server(app, app.memory)
    app.server.register_extension(Named(app.memory))
    app.server.register_endpoint(EndSession(app.server, app.memory))
    app.register_blueprint(routes)
    app.after_request(_add_headers)
    return app


class Named(IssuerParameter):  # type: ignore[misc]
    """Says in answers to the browser from whom they are (RFC 9207)."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    def get_issuer(self) -> str:
        return self._memory.issuer


@routes.get("/.well-known/openid-configuration")
def metadata() -> dict[str, Any]:
    issuer = _memory().issuer
    return {
        "issuer": issuer,
        "authorization_endpoint": f"{issuer}/authorize",
        "token_endpoint": f"{issuer}/token",
        "jwks_uri": f"{issuer}/jwks",
        "end_session_endpoint": f"{issuer}/end_session",
        "response_types_supported": ["code"],
        "grant_types_supported": ["authorization_code"],
        "subject_types_supported": ["public"],
        "scopes_supported": ["openid", "profile", "email"],
        "claims_supported": ["sub", "sid", "name", "email", "email_verified", "roles"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "code_challenge_methods_supported": ["S256"],
        "token_endpoint_auth_methods_supported": [
            "client_secret_basic",
            "client_secret_post",
        ],
        "authorization_response_iss_parameter_supported": True,
        "backchannel_logout_supported": True,
        "backchannel_logout_session_supported": True,
    }


@routes.get("/jwks")
def jwks() -> Any:  # noqa: ANN401  any JSON
    return _memory().keys.as_dict(private=False)


@routes.route("/authorize", methods=["GET", "POST"])
def authorize() -> BaseResponse | str:
    """Three buttons; each is a sign-in without a password, and one more is none."""
    try:
        grant = _server().get_consent_grant()
    except OAuth2Error as fault:
        return _refused(fault)
    if request.method == "GET":
        people = _memory().people.values()
        return render_template("signin.html", people=people, here=request.full_path)
    person = _memory().people.get(request.form.get("person", ""))
    return _answered(
        _server().create_authorization_response(grant_user=person, grant=grant)
    )


@routes.post("/token")
def token() -> BaseResponse:
    return _answered(_server().create_token_response())


@routes.route("/end_session", methods=["GET", "POST"])
def end_session() -> BaseResponse | str:
    """Ends the sign-in that an ID token names; without one, nobody's."""
    try:
        asked = _server().validate_endpoint_request("end_session")
    except OAuth2Error as fault:
        return _refused(fault)
    if asked.id_token_claims:
        _leave(sid=asked.id_token_claims.get("sid") or "nobody's")
    answer = _server().create_endpoint_response("end_session", asked)
    return _answered(answer) if answer else _people()


@routes.get("/")
def people() -> str:
    return _people()


@routes.post("/signout")
def signout() -> BaseResponse:
    """Signs a person out everywhere, as an administrator of accounts would."""
    _leave(sub=request.form.get("person") or "nobody")
    return redirected("/", 303)


@routes.post("/_provider/rotate")
def rotate() -> dict[str, Any]:
    """From now on another key signs."""
    _memory().rotate()
    return {"kid": _memory().key.kid}


def run(port: int, clients: tuple[Client, ...]) -> None:
    """Until the process is ended."""
    start(create_provider(f"http://{HOST}:{port}", clients), port).serve_forever()


def start(app: Provider, port: int = 0) -> BaseWSGIServer:
    """A bound server; port 0 takes a free one, which the issuer is named by."""
    server = make_server(HOST, port, app, threaded=True, request_handler=Quiet)
    app.memory.issuer = f"http://{HOST}:{server.port}"
    return server


class Quiet(WSGIRequestHandler):
    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Codes stand in addresses."""


@contextmanager
def running(server: BaseWSGIServer) -> Iterator[BaseWSGIServer]:
    """A server on a thread of its own, for as long as the block lasts."""
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _people() -> str:
    signed_in = {s.sub for s in _memory().signed_in.values()}
    people = _memory().people.values()
    return render_template("people.html", people=people, signed_in=signed_in)


def _refused(fault: OAuth2Error) -> BaseResponse:
    """To the client where that may be known of; else the browser is told."""
    if fault.redirect_uri:
        return _answered(_server().handle_error_response(None, fault))
    reason = f"{fault.error}: {fault.description}"
    return Response(render_template("refused.html", reason=reason), BadRequest.code)


def _answered(response: Any) -> BaseResponse:  # noqa: ANN401  Authlib has no types
    assert isinstance(response, BaseResponse)  # noqa: S101
    return response


def _leave(sid: str = "", sub: str = "") -> None:
    farewell.leave(_memory(), _app().transport, sid, sub)


def _app() -> Provider:
    return cast("Provider", current_app)


def _memory() -> Memory:
    return _app().memory


def _server() -> Any:  # noqa: ANN401  Authlib has no types
    return _app().server


def _add_headers(response: Response) -> Response:
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    return response
