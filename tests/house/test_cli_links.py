"""The commands about links: what is printed, and how they end."""

import base64
import re
import sqlite3
import time
from contextlib import closing

import pytest
from click.testing import Result
from hypothesis import example, given
from hypothesis import strategies as st
from itsdangerous import URLSafeTimedSerializer

from app.cli.links import MINTED
from app.ledger.revocations import Revocations
from app.linkreport import Broken, Reports
from app.linkreport import given as given_link
from app.links import DAY, Links, Scope
from app.parts import Parts
from app.preferences.model import Recipient
from app.preferences.subject import Subject
from tests.asking import minted
from tests.conftest import SECRET, LedgerFile
from tests.house.test_cli_ledger import told
from tests.peer import KEY, Peer

URL = "https://preferences.example.com"
OLD, OLDER = "o" * 32, "p" * 32
ADA = Recipient("user-ada", "harbor-collective")
UNREACHABLE = ["postgresql://127.0.0.1:9/none", "sqlite:////dev/null/ledger.db"]


@pytest.fixture
def environ(database_url: str, peer: Peer) -> dict[str, str]:
    return {
        "COURIER_API_KEY": KEY,
        "COURIER_BASE_URL": peer.url,
        "SECRET_KEY": SECRET,
        "SECRET_KEY_FALLBACKS": f"{OLDER} {OLD}",
        "PUBLIC_URL": URL,
        "DATABASE_URL": database_url,
    }


def ago(seconds: float, *, key: str = SECRET, is_private: bool = False) -> Links:
    at = time.time() - seconds
    return Links([key], lambda: at, is_private=is_private)


def made(environ: dict[str, str], *words: str) -> str:
    result = told(environ, "link", *words)
    assert (result.exit_code, result.stderr) == (0, "")
    (line,) = result.stdout.splitlines()
    return line


def explained(environ: dict[str, str], text: str) -> tuple[int, dict[str, str], str]:
    """The exit code, the lines by name, and all that was printed."""
    result = told(environ, "link", "inspect", text)
    assert result.stderr == ""
    assert not {text, SECRET, OLD, OLDER} & set(result.stdout.split())
    lines = (line.partition(":") for line in result.stdout.splitlines())
    return result.exit_code, {n: v.strip() for n, _, v in lines}, result.stdout


def wrong(environ: dict[str, str], text: str) -> str:
    """What is said of something that does not work."""
    code, lines, output = explained(environ, text)
    assert (code, lines["Works"]) == (1, "no")
    return output


def test_link_makes_none_to_confirm_what_nobody_asked(environ: dict[str, str]) -> None:
    result = told(environ, "link", "user-ada", "--scope", "confirm")

    assert result.exit_code == 2
    assert "Invalid value for '--scope'" in result.output


@pytest.mark.parametrize("scope", MINTED)
def test_link_prints_one_url_of_its_scope(
    environ: dict[str, str], scope: Scope
) -> None:
    words = ["user-ada", "--tenant", "t 1", "--scope", scope.value, "--label", "A"]
    path = made(environ, *words).removeprefix(URL)

    assert path.startswith(scope.path)
    link = Links([SECRET]).read(scope, path.removeprefix(scope.path))
    assert (link.recipient, link.label) == (Recipient("user-ada", "t 1"), "A")


def test_link_says_the_language_and_all_tenants_and_inspect_tells_them(
    environ: dict[str, str],
) -> None:
    more = ["--scope", "embed", "--language", "de", "--all-tenants"]
    url = made(environ, "user-ada", *more)
    link = Links([SECRET]).read(Scope.EMBED, url.removeprefix(f"{URL}/embed/"))
    plain = made(environ, "user-ada")
    code, lines, _ = explained(environ, url)

    assert (link.recipient.language, link.has_all_tenants) == ("de", True)
    assert (code, lines["Language"], lines["Tenants"]) == (0, "de", "all of the user")
    assert not {"Language", "Tenants"} & set(explained(environ, plain)[1])


@pytest.mark.parametrize(
    ("words", "subject"),
    [
        ([], Subject()),
        (["--topic", "T 1"], Subject(topic_id="T 1")),
        (["--section", "S"], Subject(section_id="S")),
    ],
)
def test_an_unsubscribe_link_is_about_a_topic_a_section_or_everything(
    environ: dict[str, str], words: list[str], subject: Subject
) -> None:
    url = made(environ, *words, "--scope", "unsubscribe", "user-ada")
    link = Links([SECRET]).read(Scope.UNSUBSCRIBE, url.removeprefix(f"{URL}/u/"))
    assert link.subject == subject


@pytest.mark.parametrize(
    "words",
    [
        ["--tenant", "t", "user"],
        ["user", "--tenant", "t"],
        ["--tenant=t", "--", "user"],
    ],
)
def test_link_takes_its_options_in_any_order(
    environ: dict[str, str], words: list[str]
) -> None:
    token = made(environ, *words).removeprefix(f"{URL}/p/")
    assert Links([SECRET]).read(Scope.PREFERENCES, token).recipient == Recipient(
        "user", "t"
    )


def test_a_user_may_be_called_inspect(environ: dict[str, str]) -> None:
    token = made(environ, "--", "inspect").removeprefix(f"{URL}/p/")
    link = Links([SECRET]).read(Scope.PREFERENCES, token)
    assert link.recipient == Recipient("inspect")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["a", "--topic", "T"], "need --scope unsubscribe"),
        (["a", "--section", "S", "--scope", "embed"], "need --scope unsubscribe"),
        (
            ["a", "--scope", "unsubscribe", "--topic", "T", "--section", "S"],
            "not both",
        ),
        (["a", "--scope", "unsubscribe", "--topic", ".."], "cannot be an id"),
        (["x" * 3000], "too long"),
        ([], "Missing argument"),
        (["inspect"], "Missing argument"),
    ],
)
def test_what_makes_no_link_is_told(
    environ: dict[str, str], words: list[str], message: str
) -> None:
    result = told(environ, "link", *words)
    assert (result.exit_code, result.stdout) == (2, "")
    assert message in result.stderr


def test_link_privacy_counts(environ: dict[str, str]) -> None:
    url = made({**environ, "LINK_PRIVACY": "encrypted"}, "user-ada")
    code, lines, _ = explained(environ, url)

    assert url.startswith(f"{URL}/p/gAAAA")
    assert (code, lines["Kind"], lines["User"]) == (0, "encrypted", "user-ada")


def test_help_names_both_commands(environ: dict[str, str]) -> None:
    assert "link inspect" in told(environ, "link", "--help").stdout
    assert "link inspect" in told(environ, "--help").stdout
    assert "TOKEN_OR_URL" in told(environ, "link", "inspect", "-h").stdout


def test_inspect_tells_all_of_a_link_that_works(environ: dict[str, str]) -> None:
    links = ago(3 * DAY + 60)
    token = links.mint(Scope.PREFERENCES, ADA, "a•••@b.com")
    minted = links.read(Scope.PREFERENCES, token).minted_at

    code, lines, _ = explained(environ, token)

    assert code == 0
    until = lines.pop("May now").partition(", and")[0]
    assert re.fullmatch(r"change everything until \d{4}-\d\d-\d\d [\d:]{8} UTC", until)
    assert lines == {
        "Kind": "signed",
        "Scope": "preferences, under /p/",
        "User": "user-ada",
        "Tenant": "harbor-collective",
        "Label": "a•••@b.com",
        "Minted": f"{minted:%Y-%m-%d %H:%M:%S} UTC, 3 days ago",
        "Key": "the newest",
        "Revoked": "no",
        "Works": "yes",
    }


@pytest.mark.parametrize(
    ("scope", "age", "may", "code"),
    [
        (Scope.PREFERENCES, 29 * DAY, "change everything until", 0),
        (Scope.PREFERENCES, 31 * DAY, "only turn things off since", 0),
        (Scope.UNSUBSCRIBE, 9999 * DAY, "unsubscribe, for ever", 0),
        (Scope.EMBED, 3600, "change everything until", 0),
        (Scope.EMBED, DAY, "nothing since", 1),
        (Scope.CONFIRM, 6 * DAY, "answer what support asks, until", 0),
        (Scope.CONFIRM, 8 * DAY, "nothing any more; before it could answer what", 1),
    ],
)
def test_inspect_tells_what_a_link_of_its_age_may_do(
    environ: dict[str, str], scope: Scope, age: float, may: str, code: int
) -> None:
    token = minted(ago(age), scope, ADA)
    found, lines, _ = explained(environ, f"{URL}{scope.path}{token}?utm=x#y")
    assert lines["May now"].startswith(may)
    assert (found, lines["Works"]) == (code, "no" if code else "yes")


@pytest.mark.parametrize(
    ("subject", "line"),
    [
        (Subject("T"), ("Topic", "T")),
        (Subject(None, "S"), ("Section", "S")),
        (Subject(), ("About", "everything optional")),
    ],
)
def test_inspect_tells_what_an_unsubscribe_link_is_about(
    environ: dict[str, str], subject: Subject, line: tuple[str, str]
) -> None:
    _, lines, _ = explained(environ, ago(0).mint(Scope.UNSUBSCRIBE, ADA, None, subject))
    assert line in lines.items()


@pytest.mark.parametrize(
    ("key", "name"),
    [(SECRET, "the newest"), (OLD, "fallback 1"), (OLDER, "fallback 2")],
)
@pytest.mark.parametrize("is_private", [False, True])
def test_inspect_tells_which_key_signed(
    environ: dict[str, str], key: str, name: str, *, is_private: bool
) -> None:
    token = ago(0, key=key, is_private=is_private).mint(Scope.EMBED, ADA)
    code, lines, _ = explained(environ, token)
    assert (code, lines["Key"]) == (0, name)


def test_inspect_tells_of_a_revocation(environ: dict[str, str], parts: Parts) -> None:
    links = ago(60)
    Revocations(parts.database).revoke("user-ada", time.time() - 10)

    code, lines, _ = explained(environ, links.mint(Scope.PREFERENCES, ADA))
    assert (code, lines["Revoked"], lines["Works"]) == (1, "yes", "no")
    assert lines["May now"].startswith("nothing but ask for a fresh link")

    code, lines, _ = explained(environ, links.mint(Scope.UNSUBSCRIBE, ADA))
    assert (code, lines["Revoked"], lines["Works"]) == (0, "yes", "yes")

    code, lines, _ = explained(environ, ago(0).mint(Scope.PREFERENCES, ADA))
    assert (code, lines["Revoked"]) == (0, "no")


@pytest.mark.parametrize("url", UNREACHABLE)
def test_inspect_goes_on_without_the_ledger(environ: dict[str, str], url: str) -> None:
    token = ago(0).mint(Scope.PREFERENCES, ADA)
    code, lines, _ = explained({**environ, "DATABASE_URL": url}, token)
    assert lines["Revoked"] == "not known: the ledger is out of reach"
    assert (code, lines["Works"]) == (0, "yes")


def named(value: object) -> str:
    """Tokens differ from run to run; what tests are called must not."""
    return "link" if isinstance(value, str) else "faults"


TOKEN = ago(0).mint(Scope.PREFERENCES, ADA)
PRIVATE = ago(0, is_private=True).mint(Scope.PREFERENCES, ADA)


@pytest.mark.parametrize(
    "text",
    [
        f"<{URL}/p/{TOKEN}>.",
        f"{URL}/p/{TOKEN[:40]}=\r\n{TOKEN[40:]}",
        f"{TOKEN[:30]}\u200b \u00ad{TOKEN[30:]}),",
        f"https://safe.example/?url=https%3A%2F%2Fx%2Fp%2F{TOKEN}&data=05",
        f"{URL}/p/{TOKEN}/topics/T",
    ],
    ids=named,
)
def test_inspect_takes_what_mail_programs_make_of_a_link(
    environ: dict[str, str], text: str
) -> None:
    code, lines, _ = explained(environ, text)
    assert (code, lines["User"]) == (0, "user-ada")
    assert ("Mended" in lines) is (TOKEN not in text)


def test_inspect_tells_that_a_link_stands_at_the_wrong_place(
    environ: dict[str, str],
) -> None:
    assert "it is for /p/, and not for /u/" in wrong(environ, f"{URL}/u/{TOKEN}")


@pytest.mark.parametrize(
    ("text", "faults"),
    [
        (TOKEN[:-5], ["cut off: 5 characters are missing"]),
        (f"{TOKEN}ab", ["2 characters too many"]),
        (TOKEN.rpartition(".")[0], ["cut off, or no link"]),
        (f"{TOKEN[:9]}*é{TOKEN[9:]}", ["do not belong into a link: * é"]),
        (TOKEN.lower(), ["of one case"]),
        (f"{TOKEN[:-1]}B", ["last character was changed"]),
        ("AA" + TOKEN[2:], ["changed, foreign, or of a retired key"]),
        ("x" * 3000, ["too long: 3000"]),
        ("", ["There is no link in it."]),
        (PRIVATE[:-5], ["its length is wrong"]),
        (f"{PRIVATE[:-9]}AAAAAAAAA", ["changed, foreign, or of a retired key"]),
    ],
    ids=named,
)
def test_inspect_tells_what_is_wrong_with_a_damaged_link(
    environ: dict[str, str], text: str, faults: list[str]
) -> None:
    output = wrong(environ, text)
    for fault in faults:
        assert fault in output
    tried = "the newest key and 2 fallbacks, for the scopes preferences, unsubscribe"
    assert tried in output


def test_inspect_tells_what_a_foreign_link_claims_and_that_nobody_verified_it(
    environ: dict[str, str],
) -> None:
    foreign = ago(0, key="f" * 32).mint(Scope.UNSUBSCRIBE, ADA, "\x1b[2J", Subject("T"))
    code, lines, output = explained(environ, foreign)
    verified, _, claims = output.partition("NOT verified:\n")

    assert (code, lines["Works"]) == (1, "no")
    assert "user-ada" not in verified
    for line in ("User: user-ada", "Tenant: harbor-collective", "Topic: T"):
        assert f"  {line}\n" in claims
    assert re.search(r"  Minted: \d{4}-\d\d-\d\d", claims)
    assert "\\x1b[2J" in claims
    assert "\x1b" not in output


def test_inspect_tells_what_the_rest_of_a_cut_link_claims(
    environ: dict[str, str],
) -> None:
    assert 'NOT verified:\n  Text: {"u":"user-ada"' in wrong(environ, TOKEN[:20])


def test_inspect_tells_no_claims_of_what_nobody_can_read(
    environ: dict[str, str],
) -> None:
    foreign = ago(0, key="f" * 32, is_private=True).mint(Scope.EMBED, ADA)
    output = wrong(environ, foreign)
    assert "Kind:     encrypted" in output
    assert "claims" not in output


@pytest.mark.parametrize("is_private", [False, True])
def test_inspect_tells_of_a_link_from_the_future(
    environ: dict[str, str], *, is_private: bool
) -> None:
    token = ago(-3600, is_private=is_private).mint(Scope.PREFERENCES, ADA)
    assert "It is from the future, minted " in wrong(environ, token)


def sent(peer: Peer) -> list[str]:
    """The addresses in the mails that Courier was asked to send."""
    bodies = [body for _, path, body in peer.requests() if path == "/send" and body]
    return [body["message"]["data"]["preferences_url"] for body in bodies]


def test_revoke_kills_every_link_and_mails_a_fresh_one(
    environ: dict[str, str], peer: Peer
) -> None:
    old = made(environ, "user-ada", "--tenant", "t")
    others = made(environ, "user-bo")
    peer.requests()

    result = told(environ, "revoke", "user-ada")
    (fresh,) = sent(peer)

    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.splitlines() == [
        "Every link made until now is revoked.",
        "Courier was asked to mail its owner a fresh one.",
    ]
    assert explained(environ, old)[0] == 1
    assert explained(environ, others)[0] == 0
    assert explained(environ, fresh)[0] == 0
    assert fresh.startswith(f"{URL}/p/")


def test_revoke_mails_in_words_or_by_the_template(
    environ: dict[str, str], peer: Peer
) -> None:
    told(environ, "revoke", "user-ada", "--tenant", "harbor-collective")
    words = next(b for _, path, b in peer.requests() if path == "/send" and b)
    told({**environ, "FRESH_LINK_TEMPLATE": "FRESH"}, "revoke", "user-ada")
    template = next(b for _, path, b in peer.requests() if path == "/send" and b)

    address = words["message"]["data"]["preferences_url"]
    assert address in words["message"]["content"]["body"]
    assert explained(environ, address)[1]["Tenant"] == "harbor-collective"
    assert template["message"]["template"] == "FRESH"


def test_revoke_leaves_the_mail_out_where_asked(
    environ: dict[str, str], peer: Peer
) -> None:
    old = made(environ, "user-ada")
    result = told(environ, "revoke", "user-ada", "--no-mail")
    assert (result.exit_code, sent(peer)) == (0, [])
    assert explained(environ, old)[0] == 1


def refused(result: Result, peer: Peer) -> str:
    """The one line that is told."""
    assert (result.exit_code, result.stdout, sent(peer)) == (1, "", [])
    (line,) = result.stderr.splitlines()
    return line


@pytest.mark.parametrize(
    ("url", "why"),
    list(zip(UNREACHABLE, ["is out of reach", "has no tables yet"], strict=True)),
)
def test_revoke_says_that_the_ledger_is_down_and_mails_nothing(
    environ: dict[str, str], peer: Peer, url: str, why: str
) -> None:
    result = told({**environ, "DATABASE_URL": url}, "revoke", "user-ada")
    line = refused(result, peer)
    assert line.startswith("Error: The database ")
    assert why in line


def test_revoke_says_that_nothing_could_be_written_and_mails_nothing(
    environ: dict[str, str], peer: Peer, ledger_file: LedgerFile
) -> None:
    with closing(sqlite3.connect(ledger_file.path)) as database:
        database.execute("ALTER TABLE revocations RENAME TO elsewhere")
    result = told(environ, "revoke", "user-ada")

    assert (result.exit_code, sent(peer)) == (1, [])
    assert "nothing was revoked, nothing mailed" in result.stderr


def test_revoke_says_that_courier_refused_the_mail(
    environ: dict[str, str], peer: Peer
) -> None:
    old = made(environ, "user-ada")
    peer.fault(status=400, methods=["POST"])
    result = told(environ, "revoke", "user-ada")

    assert result.exit_code == 1
    assert "The links are dead, but no fresh one was mailed: 400" in result.stderr
    assert "/p/" not in result.output
    assert explained(environ, old)[0] == 1


def test_revoke_refuses_what_is_no_id(environ: dict[str, str], peer: Peer) -> None:
    result = told(environ, "revoke", "..")
    assert (result.exit_code, sent(peer)) == (2, [])


def test_inspect_reads_the_claims_of_a_compressed_link(environ: dict[str, str]) -> None:
    """As itsdangerous writes a long one, if another program mints with it."""
    claims = {"u": "user-ada", "l": "long " * 40}
    foreign = URLSafeTimedSerializer("f" * 32, salt="preferences").dumps(claims)
    assert str(foreign).startswith(".")
    assert "  User: user-ada\n" in wrong(environ, str(foreign))


@given(st.text(max_size=60), st.integers(0, len(TOKEN)), st.integers(0, 60))
@example('{"a":' + "[" * 40, 0, 0)
def test_whatever_is_handed_in_gets_an_answer(text: str, place: int, cut: int) -> None:
    reports = Reports([SECRET], Links([SECRET]), time.time)
    nested = base64.urlsafe_b64encode(b'{"a":' + b"[" * 1500).decode()
    for mangled in (text, TOKEN[:place] + text + TOKEN[place + cut :], nested):
        found = reports.read(given_link(mangled).token)
        if isinstance(found, Broken):
            assert found.faults
            told = " ".join([*found.faults, *(f"{n} {v}" for n, v in found.claims)])
            assert told.isprintable()
        else:
            assert found.link.recipient == ADA
