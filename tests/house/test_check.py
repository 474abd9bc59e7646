"""`check` tells of each thing whether it is in order, over what is really there."""

import json
import os
import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import chdir, closing, contextmanager
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from click.testing import CliRunner
from flask import Flask
from werkzeug.serving import make_server

from app import checks
from app.checks.line import Line, State
from app.cli import main
from app.ledger.database import Database
from app.ledger.ledger import Ledger
from app.ledger.schema import migrate
from app.preferences.choice import Draft
from app.provider import server as provider
from app.provider.memory import Client
from app.sandbox.server import create_sandbox, start
from app.settings import Settings
from tests.house.test_cli import ENVIRON, free_port, run
from tests.ledger.acts import OFF, SAM, TRACE, WAS_ON
from tests.peer import Peer
from tests.postgres import Cluster
from tests.redis import running_redis

STRONG = "b4yU2qk9Zt7Lw0sXe5RfGh3JmNvCpQ1d6a8K"
WEEK = 7 * 24 * 3600.0
NOBODY = "http://127.0.0.1:9"
ROW = re.compile(r"(ok|!!|\?\?|--)  (\S+) +\S.*")

Check = Callable[..., Line]
Answer = Callable[[BaseHTTPRequestHandler], tuple[int, dict[str, str], bytes]]


@pytest.fixture
def check(peer: Peer, tmp_path: Path) -> Check:
    """One line, by its name and the settings that differ."""

    def check(name: str, **given: str) -> Line:
        return checks.CHECKS[name](
            Settings.from_environ(environ(peer, tmp_path, given))
        )

    return check


def environ(peer: Peer, folder: Path, given: dict[str, str]) -> dict[str, str]:
    own = {
        "COURIER_BASE_URL": peer.url,
        "SECRET_KEY": STRONG,
        "DATABASE_URL": f"sqlite:///{folder}/ledger.db",
    }
    return {**ENVIRON, **own, **given}


def state(line: Line) -> State:
    """Of a line that says what to do exactly where something is to be done."""
    assert bool(line.cure) is (line.state in (State.BAD, State.UNSURE))
    return line.state


@contextmanager
def answering(answer: Answer) -> Iterator[str]:
    """Something on this machine that answers every GET so."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, headers, body = answer(self)
            self.send_response_only(status)
            for name, value in {**headers, "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


@contextmanager
def ledger(url: str, now: Callable[[], float] = time.time) -> Iterator[Ledger]:
    with closing(Database(url)) as database:
        migrate(database)
        yield Ledger(database, now)


def test_every_line_is_told_and_none_keeps_another_from_it(
    peer: Peer, tmp_path: Path
) -> None:
    given = {"FRESH_LINK_TEMPLATE": "preferences-link", "PUBLIC_URL": NOBODY}
    done = run(environ(peer, tmp_path, given), "check")
    rows = [ROW.fullmatch(line) for line in done.stdout.splitlines()]

    assert (done.returncode, done.stderr) == (0, "")
    assert [row and row[2] for row in rows] == list(checks.CHECKS)
    assert {row[2]: row[1] for row in rows if row} == {
        **dict.fromkeys(checks.CHECKS, "ok"),
        **dict.fromkeys(["database", "backlog", "address"], "??"),
        **dict.fromkeys(["sign-in", "redis"], "--"),
    }


def test_all_that_is_wrong_is_told_at_once_and_no_secret_with_it(
    peer: Peer, tmp_path: Path
) -> None:
    secrets = {
        "SECRET_KEY": "nothing-but-words-of-an-example-key-0",
        "COURIER_API_KEY": "pk_prod_nobody-knows-this-one",
        "DATABASE_URL": "postgresql://me:hush-4711/@127.0.0.1:9/preferences",
        "REDIS_URL": "redis://:hush-4712@127.0.0.1:9",
        "OIDC_CLIENT_SECRET": "hush-4713",
        "LINK_API_KEYS": f"billing:{'hush-4714' * 4}",
    }
    desk = {"OIDC_ISSUER": NOBODY, "OIDC_CLIENT_ID": "desk"}
    done = run(environ(peer, tmp_path, {**secrets, **desk}), "check")
    rows = [ROW.fullmatch(line) for line in done.stdout.splitlines()]
    states = {row[2]: row[1] for row in rows if row}

    assert (done.returncode, done.stderr) == (1, "")
    assert list(states) == list(checks.CHECKS)
    assert states == {
        **dict.fromkeys(["keys", "database", "courier", "sign-in", "redis"], "!!"),
        **dict.fromkeys(["backlog", "catalog", "address"], "??"),
        **dict.fromkeys(["settings", "clock"], "ok"),
        "mail": "--",
    }
    for secret in ("words-of", "nobody-knows", "hush-47"):
        assert secret not in done.stdout


@pytest.mark.parametrize(
    "key",
    [
        "a" * 64,
        "abcdefghijklmnopqrstuvwxyz0123456789",
        "0123456789abcdef0123456789abcdef",
        "correct-horse-correct-horse-correct-horse",
        "zxjqzxjqzxjqzxjqzxjqzxjqzxjqzxjqzxjq",
        f"changeme-{STRONG}",
    ],
)
@pytest.mark.parametrize(
    "name", ["SECRET_KEY", "SECRET_KEY_FALLBACKS", "LINK_API_KEYS"]
)
def test_a_key_that_can_be_guessed_is_refused(
    check: Check, name: str, key: str
) -> None:
    given = {name: f"billing:{key}" if name == "LINK_API_KEYS" else key}
    line = check("keys", **given)

    assert state(line) is State.BAD
    assert line.text.startswith(name)
    assert key not in line.told("keys")


def test_a_key_drawn_by_lot_is_strong(check: Check) -> None:
    for key in (STRONG, os.urandom(16).hex(), os.urandom(24).hex()):
        assert state(check("keys", SECRET_KEY=key)) is State.OK


def test_the_demos_key_is_refused(check: Check, tmp_path: Path) -> None:
    file = tmp_path / "var" / "demo" / "secret_key"
    file.parent.mkdir(parents=True)
    file.write_text(f"{STRONG}\n")
    with chdir(tmp_path):
        line = check("keys")

    assert (state(line), line.text) == (State.BAD, "SECRET_KEY is the demo's")


@pytest.mark.parametrize(
    ("seconds", "found", "told"),
    [
        (0, State.OK, "agrees"),
        (100, State.OK, "agrees"),
        (-200, State.BAD, "3 minutes ahead of Courier's"),
        (3600, State.BAD, "60 minutes behind Courier's"),
    ],
)
def test_a_clock_that_is_off_is_told(
    check: Check, seconds: float, found: State, told: str
) -> None:
    def answer(_: object) -> tuple[int, dict[str, str], bytes]:
        date = formatdate(time.time() + seconds, usegmt=True)
        return 401, {"Date": date}, b""

    with answering(answer) as courier:
        line = check("clock", COURIER_BASE_URL=courier)

    assert state(line) is found
    assert told in line.text


@pytest.mark.parametrize("headers", [{}, {"Date": "yesterday"}])
def test_a_courier_that_tells_no_time_proves_nothing(
    check: Check, headers: dict[str, str]
) -> None:
    with answering(lambda _: (200, headers, b"")) as courier:
        assert state(check("clock", COURIER_BASE_URL=courier)) is State.UNSURE
    assert state(check("clock", COURIER_BASE_URL=NOBODY)) is State.UNSURE


def test_a_database_that_is_not_there_yet_is_not_made(
    check: Check, tmp_path: Path
) -> None:
    assert state(check("database")) is State.UNSURE
    assert state(check("backlog")) is State.UNSURE
    assert not list(tmp_path.iterdir())


def test_a_database_that_cannot_be_made_is_told(check: Check, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    line = check("database", DATABASE_URL=f"sqlite:///{tmp_path}/file/ledger.db")

    assert state(line) is State.BAD


@pytest.mark.parametrize("kind", ["SQLite", "PostgreSQL"])
def test_migrations_that_would_run_are_told_and_not_run(
    check: Check, peer: Peer, tmp_path: Path, cluster: Cluster, kind: str
) -> None:
    path = tmp_path / "ledger.db"
    path.touch()
    url = f"sqlite:///{path}" if kind == "SQLite" else cluster.create(path.parent.name)
    given = {"DATABASE_URL": url}
    for _ in range(2):
        line = check("database", **given)
        assert state(line) is State.UNSURE
        assert line.text.startswith(f"{kind}, without 3 migrations: 0001, 0002, 0003")
        assert state(check("backlog", **given)) is State.UNSURE

    done = migrated(environ(peer, tmp_path, given))
    assert done == (0, "Done: 0001, 0002, 0003.\n")
    assert check("database", **given).text == f"{kind}, up to date, takes writes"
    assert state(check("backlog", **given)) is State.OK
    if kind == "PostgreSQL":
        cluster.drop(path.parent.name)


def test_migrate_does_nothing_where_nothing_is_to_be_done(
    peer: Peer, tmp_path: Path
) -> None:
    own = environ(peer, tmp_path, {})
    with ledger(own["DATABASE_URL"]):
        assert migrated(own) == (0, "Nothing to do.\n")


def test_a_database_that_takes_no_writes_is_told(
    check: Check, tmp_path: Path, cluster: Cluster
) -> None:
    url = cluster.create(tmp_path.name)
    frozen = f"{url}&options=-c%20default_transaction_read_only%3Don"
    for _ in ("without tables", "with them"):
        line = check("database", DATABASE_URL=frozen)
        assert state(line) is State.BAD
        with ledger(url):
            pass
    assert line.text == "PostgreSQL can be read, and not written"
    cluster.drop(tmp_path.name)


def test_a_database_of_a_newer_version_is_told(check: Check, tmp_path: Path) -> None:
    with closing(Database(f"sqlite:///{tmp_path}/ledger.db")) as database:
        migrate(database)
        with database.recording() as connection:
            connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9'")
    line = check("database")

    assert state(line) is State.BAD
    assert "of revision 9" in line.text


def test_a_server_that_does_not_answer_is_told(check: Check) -> None:
    line = check("database", DATABASE_URL="postgresql://me:hush@127.0.0.1:9/x")

    assert state(line) is State.BAD
    assert "refused" in line.text
    assert "hush" not in line.told("database")


def test_what_has_waited_for_a_week_is_told(check: Check, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/ledger.db"
    with ledger(url, lambda: time.time() - 60) as young:
        young.record(SAM, [Draft("one", "One", WAS_ON, OFF)], TRACE)
    line = check("backlog")
    assert (state(line), line.text[:15]) == (State.OK, "1 choices wait,")

    with ledger(url, lambda: time.time() - WEEK - 60) as old:
        old.record(SAM, [Draft("two", "Two", WAS_ON, OFF)], TRACE)
    line = check("backlog")
    assert (state(line), line.text[:9]) == (State.BAD, "1 choices")


def test_a_courier_that_takes_the_key_is_in_order(check: Check) -> None:
    assert state(check("courier")) is State.OK
    line = check("courier", COURIER_API_KEY="wrong")
    assert (state(line), line.text) == (State.BAD, "refuses the key (401)")
    assert state(check("courier", COURIER_BASE_URL=NOBODY)) is State.BAD


@pytest.mark.parametrize(
    ("begin", "found"),
    [
        ("pk_prod_", State.OK),
        ("token_", State.OK),
        ("dk_prod_", State.UNSURE),
        ("pk_test_", State.UNSURE),
        ("dk_test_", State.UNSURE),
    ],
)
def test_a_key_of_another_environment_is_told(
    check: Check, begin: str, found: State
) -> None:
    key = f"{begin}4711"
    app = create_sandbox(api_key=key)
    server = start(app)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    given = {
        "COURIER_API_KEY": key,
        "COURIER_BASE_URL": f"http://127.0.0.1:{server.port}",
    }
    line = check("courier", **given)
    here = check("courier", **given, PUBLIC_URL="http://localhost:8000")
    server.shutdown()
    thread.join()
    server.server_close()
    app.close()

    assert (state(line), state(here)) == (found, State.OK)
    assert key not in line.told("courier")


def test_an_empty_catalog_is_told(check: Check, peer: Peer) -> None:
    topics = sum(len(section["topics"]) for section in peer.sections())
    line = check("catalog")
    assert (state(line), line.text[:9]) == (State.OK, f"{topics} topics")

    body = json.dumps({"results": []}).encode()
    with answering(lambda _: (200, {"Content-Type": "application/json"}, body)) as bare:
        assert state(check("catalog", COURIER_BASE_URL=bare)) is State.BAD
    assert state(check("catalog", COURIER_BASE_URL=NOBODY)) is State.UNSURE


@pytest.mark.parametrize("url", ["http://preferences.example", "http://10.0.0.1:8000"])
def test_an_address_without_tls_is_told(check: Check, url: str) -> None:
    line = check("address", PUBLIC_URL=url)

    assert state(line) is State.UNSURE
    assert "not encrypted" in line.text


def test_who_answers_at_the_address_is_told(check: Check, app: Flask) -> None:
    with provider.running(make_server("127.0.0.1", 0, app, threaded=True)) as server:
        line = check("address", PUBLIC_URL=f"http://localhost:{server.port}")
    assert state(line) is State.OK

    with answering(lambda _: (200, {}, b"Please sign in.")) as other:
        assert state(check("address", PUBLIC_URL=other)) is State.BAD
    url = f"http://127.0.0.1:{free_port()}"
    assert state(check("address", PUBLIC_URL=url)) is State.UNSURE


def test_the_provider_of_staff_is_asked(check: Check) -> None:
    assert state(check("sign-in")) is State.UNSET
    app = provider.create_provider("known once bound", (Client("desk", "s", NOBODY),))
    with provider.running(provider.start(app)):
        issuer = app.memory.issuer
        assert state(desk(check, issuer)) is State.OK
        other = desk(check, issuer.replace("127.0.0.1", "localhost"))
        assert (state(other), "another issuer's" in other.text) == (State.BAD, True)
    assert state(desk(check, issuer)) is State.BAD


@pytest.mark.parametrize(
    ("template", "found"),
    [
        ("", State.UNSET),
        ("preferences-link", State.OK),
        ("password-changed", State.OK),
        ("mention-created", State.BAD),
        ("product-news", State.BAD),
        ("long-gone", State.BAD),
    ],
)
def test_the_template_of_the_fresh_link_is_looked_for(
    check: Check, template: str, found: State
) -> None:
    assert state(check("mail", FRESH_LINK_TEMPLATE=template)) is found


@pytest.mark.parametrize("status", [403, 503])
def test_a_courier_that_does_not_tell_its_templates_proves_nothing(
    check: Check, peer: Peer, status: int
) -> None:
    peer.fault(status=status, path="/notifications")

    assert state(check("mail", FRESH_LINK_TEMPLATE="preferences-link")) is State.UNSURE


def test_redis_is_asked_to_count(check: Check) -> None:
    assert state(check("redis")) is State.UNSET
    with running_redis() as server:
        assert state(check("redis", REDIS_URL=server.url)) is State.OK
    assert state(check("redis", REDIS_URL=server.url)) is State.BAD
    spoilt = check("redis", REDIS_URL="redis://:hush/4711@127.0.0.1:9")
    assert state(spoilt) is State.BAD
    assert "hush" not in spoilt.told("redis")


def migrated(environ: dict[str, str]) -> tuple[int, str]:
    done = CliRunner().invoke(main, ["migrate"], env=environ)
    return done.exit_code, done.stdout


def desk(check: Check, issuer: str) -> Line:
    given = {"OIDC_CLIENT_ID": "desk", "OIDC_CLIENT_SECRET": "4711"}
    return check("sign-in", OIDC_ISSUER=issuer, **given)
