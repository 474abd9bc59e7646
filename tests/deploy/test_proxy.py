"""The proxy in front of the real server: what it keeps away, and keeps quiet."""

import json
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from app.factory import LARGEST_BODY
from app.links import PATHS, Links, Scope
from app.preferences.model import Recipient
from app.serving.bounds import Bounds
from app.web.bodies import LARGEST_MAIL, LARGEST_OF_PROGRAMS
from app.web.limits import AMOUNTS, Kind
from tests import web
from tests.asking import minted
from tests.deploy.places import COMPOSE, PATIENCE
from tests.deploy.proxy import Proxy, running_proxy
from tests.house.test_cli import ENVIRON, SECRET, answer, free_port, running
from tests.peer import Peer

ADA = Recipient("user-ada")
KB, MB = 1024, 1024 * 1024


@dataclass(frozen=True)
class Front:
    """The proxy, and the app behind it as nobody outside reaches it."""

    proxy: Proxy
    app: str


@pytest.fixture(scope="module")
def front(
    session_peer: Peer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Front]:
    session_peer.reset()
    folder, port = tmp_path_factory.mktemp("front"), free_port()
    environ = {
        **ENVIRON,
        "COURIER_BASE_URL": session_peer.url,
        "DATABASE_URL": f"sqlite:///{folder}/ledger.db",
        "HOST": "127.0.0.1",
        "PORT": str(port),
        "PROXIES": "1",
        "WORKERS": "1",
        "DELIVERY_WORKERS": "0",
    }
    with running(environ, "serve") as process, running_proxy(folder, port) as proxy:
        app = f"http://127.0.0.1:{port}"
        answer(f"{app}/healthz", process)
        yield Front(proxy, app)


def path(scope: Scope) -> str:
    return f"{scope.path}{minted(Links([SECRET]), scope, ADA)}"


def test_a_page_comes_through_with_the_apps_own_headers(front: Front) -> None:
    with front.proxy.client() as browser:
        page = browser.get(path(Scope.PREFERENCES))

    assert page.status_code == 200
    assert "Mentions and replies" in page.text
    assert page.headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert page.headers["Strict-Transport-Security"]
    assert page.headers["Content-Encoding"]
    assert page.headers["Server"] == "nginx"


def test_who_comes_without_tls_is_sent_to_it(front: Front) -> None:
    url, host = f"http://127.0.0.1:{front.proxy.plain}", "preferences.example.com"
    there = web.post(f"{url}/u/x?y=z", headers={"Host": host})

    assert there.status_code == 308
    assert there.headers["Location"] == "https://preferences.example.com/u/x?y=z"


@pytest.mark.parametrize(
    "address",
    [
        "/metrics",
        "/readyz",
        "//metrics",
        "/./readyz",
        "/%6detrics",
        "/p/../metrics",
        "/metrics?a=b",
        "/metrics/",
        "/%2fmetrics",
    ],
)
def test_what_operators_ask_is_closed_to_the_public(front: Front, address: str) -> None:
    assert ask(front.proxy, f"GET {address} HTTP/1.1").startswith("HTTP/1.1 404 ")
    for own in ("/metrics", "/readyz"):
        assert web.get(f"{front.app}{own}").status_code == 200


def test_that_it_is_alive_is_open_to_the_public(front: Front) -> None:
    with front.proxy.client() as browser:
        assert browser.get("/healthz").json() == {"status": "alive"}


def test_no_line_of_its_log_has_a_token(front: Front) -> None:
    """Whatever becomes of a request, and however its address is mangled."""
    proxy = front.proxy
    paths = [path(scope) for scope in Scope]
    tokens = [whole.rpartition("/")[2] for whole in paths]
    for whole in paths:
        for address in mangled(whole):
            ask(proxy, f"GET {address} HTTP/1.1")
        ask(proxy, f"POST {whole} HTTP/1.1", f"Content-Length: {20 * MB}")
        ask(proxy, f"GET {whole} HTTP/9.9")
        ask(proxy, "GET / HTTP/1.1", f"Referer: https://x.example{whole}")
        ask(proxy, f"{whole} GET")
        web.get(f"http://127.0.0.1:{proxy.plain}{whole}")

    written = proxy.said
    lines = [json.loads(line) for line in written.splitlines()]
    told = {line["path"] for line in lines}
    assert {f"{beginning}…" for beginning in PATHS.values()} <= told
    assert {line["status"] for line in lines} >= {"200", "308", "400", "404", "413"}
    for token in tokens:
        assert token not in written
        assert token.rpartition(".")[2] not in written


def mangled(whole: str) -> list[str]:
    token = whole.rpartition("/")[2]
    beginning = whole.removesuffix(token)
    return [
        whole,
        f"{whole}/history?x={token}",
        f"/{whole}",
        f"{beginning}./{token}",
        f"/x/../{token}",
        f"/{token}",
        f"/metrics/{token}",
        f"/static/{token}?{token}",
        f"/static/%0a{token}",
        f"{beginning.upper()}{token}",
        f"/staff{whole}",
        f"/%70/{token}",
    ]


def test_an_app_that_is_away_is_no_reason_to_tell_a_token(tmp_path: Path) -> None:
    with running_proxy(tmp_path, free_port()) as proxy:
        with proxy.client() as browser:
            away = browser.get(path(Scope.UNSUBSCRIBE))
            browser.post(path(Scope.PREFERENCES), data={"state": "x"})
        lines = [json.loads(line) for line in proxy.said.splitlines()]

    assert away.status_code == 502
    assert [(line["path"], line["app_status"]) for line in lines[-2:]] == [
        ("/u/…", "502"),
        ("/p/…", "502"),
    ]


def test_the_app_counts_by_the_address_that_the_proxy_saw(front: Front) -> None:
    """Whatever a client says of where it comes from."""
    most = int(AMOUNTS[Kind.DAMAGED].partition(" ")[0])
    with front.proxy.client("127.0.0.2") as guessing:
        answers = [
            guessing.get(f"/p/x{n}", headers={"X-Forwarded-For": f"10.0.0.{n}"})
            for n in range(most + 1)
        ]
    assert answers[0].status_code == 404
    assert answers[-1].status_code == 429
    with front.proxy.client("127.0.0.3") as other:
        assert other.get("/p/x").status_code == 404


def test_a_request_reaches_the_app_when_all_of_it_is_there(tmp_path: Path) -> None:
    reached: list[str] = []
    with counting(reached) as port, running_proxy(tmp_path, port) as proxy:
        with dripping(proxy, "/p/slow") as slow:
            with proxy.client() as browser:
                assert browser.post("/p/quick", content=b"state=x").status_code == 200
            assert reached == ["/p/quick"]

            slow.sendall(b"=x")
            assert slow.recv(12) == b"HTTP/1.1 200"
        assert reached == ["/p/quick", "/p/slow"]


@pytest.mark.parametrize(
    ("address", "most"),
    [
        ("/p/x", LARGEST_BODY),
        ("/p/x/topics/y", LARGEST_BODY),
        ("/u/x", LARGEST_OF_PROGRAMS),
        ("/api/links", LARGEST_OF_PROGRAMS),
        ("/staff/lookup", LARGEST_MAIL),
        ("/staff/r/x", LARGEST_BODY),
    ],
)
def test_it_takes_a_body_as_large_as_the_app_does_and_no_larger(
    front: Front, address: str, most: int
) -> None:
    line = f"POST {address} HTTP/1.1"

    assert " 413 " in ask(front.proxy, line, f"Content-Length: {most + 1}")
    assert ask(front.proxy, line, f"Content-Length: {most}", waits=False) == ""


def test_it_lets_go_of_the_app_before_the_app_lets_go_of_it() -> None:
    """A connection that is closed while a request is on its way loses the request."""
    settings = (COMPOSE / "nginx.conf").read_text("utf-8")

    assert "keepalive 64;\n        keepalive_timeout 60s;" in settings
    assert Bounds().silence > 60


def ask(proxy: Proxy, line: str, *headers: str, waits: bool = True) -> str:
    """The head of an answer to a request that no decent client would send.

    Without waiting: what is answered at once, before a body was sent.
    """
    with dialled(proxy) as door:
        head = [line, "Host: preferences.example.com", *headers]
        head += ["Connection: close"] if waits else []
        door.sendall("\r\n".join([*head, "", ""]).encode())
        if waits:
            return door.recv(64 * KB).decode(errors="replace")
        door.settimeout(0.2)
        try:
            return door.recv(64 * KB).decode(errors="replace")
        except TimeoutError:
            return ""


@contextmanager
def dialled(proxy: Proxy) -> Iterator[ssl.SSLSocket]:
    plain = socket.create_connection(("127.0.0.1", proxy.port), timeout=PATIENCE)
    with closing(proxy.context().wrap_socket(plain)) as door:
        yield door


@contextmanager
def dripping(proxy: Proxy, address: str) -> Iterator[ssl.SSLSocket]:
    """A form of seven bytes of which two are still missing."""
    head = [f"POST {address} HTTP/1.1", "Host: x.example", "Content-Length: 7", "", ""]
    with dialled(proxy) as door:
        door.sendall("\r\n".join(head).encode() + b"state")
        yield door


@contextmanager
def counting(reached: list[str]) -> Iterator[int]:
    """An app that notes what it is asked as soon as it has the head."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            reached.append(self.path)
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response_only(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield server.server_port
        finally:
            server.shutdown()
            thread.join()
