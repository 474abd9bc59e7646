"""`python -m app mail check`: what in a message keeps people from unsubscribing."""

import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email import policy
from email.message import EmailMessage
from http import HTTPStatus
from pathlib import Path
from threading import Thread

import httpx
import pytest
from click.testing import Result
from werkzeug.serving import WSGIRequestHandler, make_server
from werkzeug.wrappers import Request, Response

from app.ledger.revocations import Revocations
from app.links import Links, Scope
from app.mail import headers, oneclick
from app.parts import Parts
from app.preferences.model import Recipient
from app.preferences.subject import Subject
from tests.conftest import SECRET
from tests.house.test_cli import answer, free_port, running
from tests.house.test_cli_ledger import told
from tests.peer import KEY, Peer

URL = "https://preferences.example.com"
OLD = "o" * 32
NAMES = ("List-Unsubscribe", "List-Unsubscribe-Post")
UNFOLDED = policy.SMTP.clone(max_line_length=None)
SIGNATURE = (
    "v=1; a=rsa-sha256; c=relaxed/relaxed; d=example.com; s=s1; "
    "h=From:To:Subject:List-Unsubscribe:List-Unsubscribe-Post; bh=x; b=abc="
)


@pytest.fixture
def environ(database_url: str, peer: Peer) -> dict[str, str]:
    return {
        "COURIER_API_KEY": KEY,
        "COURIER_BASE_URL": peer.url,
        "SECRET_KEY": SECRET,
        "SECRET_KEY_FALLBACKS": OLD,
        "PUBLIC_URL": URL,
        "DATABASE_URL": database_url,
    }


def token(
    scope: Scope = Scope.UNSUBSCRIBE,
    user: str = "user-ada",
    *,
    key: str = SECRET,
    age: float = 60,
    topic: str | None = None,
) -> str:
    at = time.time() - age
    links = Links([key], lambda: at)
    return links.mint(scope, Recipient(user), subject=Subject(topic))


LEAVE = f"{URL}/u/{token()}"
PAGE = f"{URL}/p/{token(Scope.PREFERENCES)}"
LIST, POST = f"<{LEAVE}>", "List-Unsubscribe=One-Click"


def raw(mail: EmailMessage) -> bytes:
    return mail.as_bytes(policy=UNFOLDED)


def message(
    list_: str | None = LIST,
    post: str | None = POST,
    signatures: tuple[str, ...] = (SIGNATURE,),
    text: str | None = f"Hello.\n\nYour choice: {PAGE}.\n",
    html: str | None = f'<p>Hé</p><a class="x" href="{LEAVE}">Leave</a>',
) -> EmailMessage:
    mail = EmailMessage(policy=policy.SMTP)
    for signature in signatures:
        mail["DKIM-Signature"] = signature
    mail["From"] = "Tidewell <news@example.com>"
    mail["Subject"] = "Ein schöner Gruß, der lang genug ist, um umgebrochen zu werden"
    if list_ is not None:
        mail["List-Unsubscribe"] = list_
    if post is not None:
        mail["List-Unsubscribe-Post"] = post
    if text is not None:
        mail.set_content(text, cte="quoted-printable")
    if html is not None:
        add = mail.set_content if text is None else mail.add_alternative
        add(html, subtype="html", cte="base64")
    return mail


Check = Callable[..., tuple[int, dict[str, tuple[str, str]]]]


@pytest.fixture
def checked(environ: dict[str, str], tmp_path: Path) -> Check:
    """The exit code, and each check's state and words by its name."""

    def checked(mail: EmailMessage | bytes, *words: str, **more: str) -> object:
        file = tmp_path / "message.eml"
        file.write_bytes(mail if isinstance(mail, bytes) else raw(mail))
        result = told({**environ, **more}, "mail", "check", str(file), *words)
        return result.exit_code, _lines(result)

    return checked  # type: ignore[return-value]


def _lines(result: Result) -> dict[str, tuple[str, str]]:
    """No line has a whole token in it, nor a signature."""
    assert result.stderr == ""
    lines: dict[str, tuple[str, str]] = {}
    for line in result.stdout.splitlines():
        name, _, words = line[13:].partition(": ")
        assert name not in lines
        lines[name] = line[:13].strip(), words
        assert not re.search(r"\.[\w-]{43}|/eyJ[\w-]{9}", line)
    return lines


def failed(lines: dict[str, tuple[str, str]]) -> dict[str, str]:
    return {name: words for name, (state, words) in lines.items() if state == "FAIL"}


def test_a_message_in_order_passes_every_check(checked: Check) -> None:
    code, lines = checked(message())

    states = {name: state for name, (state, _) in lines.items()}
    assert states == {
        "List-Unsubscribe": "ok",
        "Its form": "ok",
        "List-Unsubscribe-Post": "ok",
        "Its value": "ok",
        "DKIM": "ok",
        "Address": "ok",
        "Token": "ok",
        "Revoked": "ok",
        "Footer in text/plain": "ok",
        "Footer in text/html": "ok",
        "One-click": "not checked",
    }
    assert code == 0
    assert "would post List-Unsubscribe=One-Click to" in lines["One-click"][1]


FOLDED = f"<mailto:leave@example.com?subject=unsubscribe>,\r\n\t{LIST} (press it)"
FOLDED_SIGNATURE = SIGNATURE.replace(
    "List-Unsubscribe:", "\r\n list-unsubscribe :\r\n\t"
)


@pytest.mark.parametrize("ends", [b"\r\n", b"\n", b"\r"])
def test_folds_and_any_line_ends_are_read(checked: Check, ends: bytes) -> None:
    source = raw(message("FOLDED", signatures=("v=1; h=From", "SIGNED")))
    source = source.replace(b"FOLDED", FOLDED.encode())
    source = source.replace(b"SIGNED", FOLDED_SIGNATURE.encode())
    code, lines = checked(b"\xef\xbb\xbf" + source.replace(b"\r\n", ends))
    assert (code, failed(lines)) == (0, {})


@pytest.mark.parametrize(
    ("mail", "name", "cure"),
    [
        (message(list_=None), "List-Unsubscribe", "is missing; send it"),
        (message(post=None), "List-Unsubscribe-Post", "is missing; send it"),
        (message(LEAVE), "Its form", "angle brackets"),
        (message(f"{LIST} {LIST}"), "Its form", "commas between"),
        (message("<mailto:leave@example.com>"), "Its form", "0 web addresses"),
        (message(f"{LIST}, <{LEAVE}x>"), "Its form", "2 web addresses"),
        (message(f"{LIST}, <http://b.example/>"), "Its form", "2 web addresses"),
        (message(post="List-Unsubscribe=One-Clique"), "Its value", f"must be {POST}"),
        (message(post=f"{POST}, x=y"), "Its value", f"must be {POST}"),
        (message(post=f"<{POST}>"), "Its value", f"must be {POST}"),
        (message(signatures=()), "DKIM", "not signed; let your mailer sign"),
    ],
)
def test_a_header_that_is_wrong_is_told_with_its_cure(
    checked: Check, mail: EmailMessage, name: str, cure: str
) -> None:
    code, lines = checked(mail)
    assert code == 1
    assert list(failed(lines)) == [name]
    assert cure in failed(lines)[name]


@pytest.mark.parametrize("name", NAMES)
def test_a_header_that_is_there_twice_is_told(checked: Check, name: str) -> None:
    mail = message()
    del mail[name]
    twice = 2 * f"{name}: {LIST if name == NAMES[0] else POST}\r\n".encode()
    _, lines = checked(twice + raw(mail))
    assert failed(lines)[name] == "is there 2 times; send it exactly once"


def test_an_encoded_word_is_read_and_not_let_pass(checked: Check) -> None:
    """As Python's own mail library writes a long address that it may fold."""
    source = message().as_bytes(policy=policy.SMTP)
    assert b"List-Unsubscribe: =?utf-8?" in source.replace(b"\r\n ", b" ")

    code, lines = checked(source)

    assert (code, list(failed(lines))) == (1, ["Its form"])
    assert "encoded word" in failed(lines)["Its form"]
    assert lines["Token"][0] == "ok"


@pytest.mark.parametrize(
    "signature",
    [
        SIGNATURE.replace(":List-Unsubscribe-Post", ""),
        SIGNATURE.replace(":List-Unsubscribe:", ":"),
        SIGNATURE.replace("; b=abc=", ""),
        f"{SIGNATURE}; h=From",
        SIGNATURE.replace("h=", "z="),
        "nonsense",
    ],
)
def test_a_signature_that_leaves_one_out_does_not_count(
    checked: Check, signature: str
) -> None:
    _, lines = checked(message(signatures=("a=b", signature)))
    assert list(failed(lines)) == ["DKIM"]
    assert "none of 2 signatures covers both" in failed(lines)["DKIM"]


def test_two_signatures_that_cover_one_each_do_not_count(checked: Check) -> None:
    one = SIGNATURE.replace(":List-Unsubscribe-Post", "")
    other = SIGNATURE.replace(":List-Unsubscribe:", ":")
    assert list(failed(checked(message(signatures=(one, other)))[1])) == ["DKIM"]


def test_a_signature_s_tags_are_read_as_the_rfc_has_them() -> None:
    """Spaces mean nothing, and the names of headers have no case; those of tags do."""
    spaced = SIGNATURE.replace("; h=", ";\t h = ").replace(":", " : ")
    assert headers.signed(f"{spaced} ; ") >= {name.lower() for name in NAMES}
    assert not headers.signed(SIGNATURE.replace("; h=", "; H="))


@pytest.mark.parametrize(
    ("address", "name", "cure"),
    [
        ("https://clicks.example/u/abc", "Address", "turn click tracking off"),
        (LEAVE.replace("https", "http"), "Address", "is not under"),
        (LEAVE.replace("example.com", "example.com.evil.io"), "Address", "not under"),
        (LEAVE.replace("https://", "https://x@"), "Address", "is not under"),
        (LEAVE.replace("/u/", "/p/"), "Address", "/u/ with a token after it"),
        (f"{URL}/u/", "Address", "/u/ with a token after it"),
        (f"{LEAVE}/topics", "Address", "/u/ with a token after it"),
        (LEAVE[:-4], "Token", "cut off: 4 characters"),
        (f"{URL}/u/{token(key='f' * 32)}", "Token", "Mint it with this SECRET_KEY"),
        (f"{URL}/u/{token(age=-3600)}", "Token", "from the future"),
        (f"{URL}/u/{token(Scope.PREFERENCES)}", "Token", "with the scope unsubscribe"),
    ],
)
def test_an_address_that_does_not_unsubscribe_is_told(
    checked: Check, address: str, name: str, cure: str
) -> None:
    code, lines = checked(message(f"<{address}>"))
    assert (code, list(failed(lines))) == (1, [name])
    assert cure in failed(lines)[name]
    assert lines["One-click"][0] == "not checked"


def test_a_port_or_a_case_that_means_nothing_is_no_fault(checked: Check) -> None:
    for address in (
        LEAVE.replace(".com", ".com:443"),
        LEAVE.replace("https://pref", "HTTPS://Pref"),
        f"{LEAVE}?utm_source=mail",
    ):
        assert failed(checked(message(f"<{address}>"))[1]) == {}


def test_a_key_that_will_be_retired_is_told(checked: Check) -> None:
    _, lines = checked(message(f"<{URL}/u/{token(key=OLD)}>"))
    assert lines["Token"][0] == "ok"
    assert "fallback 1, which must stay in SECRET_KEY_FALLBACKS" in lines["Token"][1]


def test_a_link_that_was_taken_away_is_told(checked: Check, parts: Parts) -> None:
    Revocations(parts.database).revoke("user-ada", time.time() - 10)
    _, lines = checked(message())
    assert list(failed(lines)) == ["Revoked", "Footer in text/plain"]


def test_without_the_ledger_it_says_so_and_goes_on(checked: Check) -> None:
    code, lines = checked(message(), DATABASE_URL="sqlite:////dev/null/ledger.db")
    assert lines["Revoked"] == ("not checked", "the ledger is out of reach")
    assert (code, failed(lines)) == (0, {})


@pytest.mark.parametrize(
    ("text", "cure"),
    [
        ("Hello.", "add one, without click tracking"),
        (f"{PAGE[:-3]}\n{PAGE[-3:]}", "cut off: 3 characters"),
        (PAGE.replace("/p/", "/u/"), "is of scope preferences; put it under its own"),
        (f"{PAGE} {URL}/u/{token(user='user-bo')}", "is another user's"),
        (f"{URL}/p/{token(Scope.PREFERENCES, key='f' * 32)}", "does not work"),
        (f"{URL}/p/", "does not work. There is no link in it"),
        (f"{URL}/embed/{token(Scope.EMBED)}", "no link to"),
    ],
)
@pytest.mark.parametrize("kind", ["plain", "html"])
def test_a_footer_that_leads_nowhere_is_told(
    checked: Check, kind: str, text: str, cure: str
) -> None:
    if kind == "html":
        anchors = "".join(f'<A HREF="{word}">x</A>' for word in text.split(" "))
        mail = message(html=anchors.replace("\n", "\n "))
    else:
        mail = message(text=text)
    if kind == "html" and "\n" in text:
        mail = message(html=f'<a href="{PAGE[:-3]}">x</a>{PAGE[-3:]}')
    code, lines = checked(mail)
    assert (code, list(failed(lines))) == (1, [f"Footer in text/{kind}"])
    assert cure in failed(lines)[f"Footer in text/{kind}"]


@pytest.mark.parametrize(
    "text",
    [
        f"<{PAGE}>",
        f"[leave]({LEAVE})",
        f"{PAGE},\n{LEAVE}?utm=1",
        f"Old, and good: {URL}/p/{token(Scope.PREFERENCES, age=10**7)}!",
    ],
)
def test_a_footer_may_be_written_in_many_ways(checked: Check, text: str) -> None:
    assert failed(checked(message(text=text))[1]) == {}


def test_every_text_of_a_mixed_message_is_looked_at(checked: Check) -> None:
    mail = message(html=None)
    mail.add_alternative("BEGIN:VCALENDAR", subtype="calendar")
    mail.add_attachment("no link here", filename="notes.txt")
    mail.add_attachment(message(text="forwarded", html=None))
    _, lines = checked(mail)
    footers = {name: state for name, (state, _) in lines.items() if "Footer" in name}
    assert footers == {
        "Footer in text/plain": "ok",
        "Footer in text/calendar": "not checked",
    }
    only_html = checked(message(text=None))[1]
    assert "Footer in text/plain" not in only_html
    assert only_html["Footer in text/html"][0] == "ok"


def test_a_message_without_a_text_is_told(checked: Check) -> None:
    mail = message(text=None, html=None)
    mail.add_attachment(b"%PDF", maintype="application", subtype="pdf")
    assert failed(checked(mail)[1])["Footer"].startswith("the message has no text")


def test_a_footer_is_not_compared_where_the_header_has_no_user(checked: Check) -> None:
    _, lines = checked(message(list_=None))
    state, words = lines["Footer in text/html"]
    assert state == "not checked"
    assert "no user to compare it with" in words


def test_a_text_in_an_unknown_alphabet_is_read_as_far_as_it_goes(
    checked: Check,
) -> None:
    source = raw(message(html=None))
    for charset in (b"klingon", b"idna", b"base64"):
        assert failed(checked(source.replace(b'"utf-8"', charset))[1]) == {}


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "It is empty."),
        (b"\n \n", "It is empty."),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "It is no text"),
        (b"\xd0\xcf\x11\xe0" + b"\0" * 600, "It is no text"),
        (b"Hello, this is a letter.\n", "It has no headers"),
        (b"<html><body>a: b</body></html>", "It has no headers"),
        (b'{"a": "b"}', "It has no headers"),
    ],
)
def test_what_is_no_message_gets_one_kind_line(
    environ: dict[str, str], tmp_path: Path, content: bytes, words: str
) -> None:
    file = tmp_path / "message.eml"
    file.write_bytes(content)
    assert words in _one_line(told(environ, "mail", "check", str(file)))


def test_a_file_that_cannot_be_read_gets_one_kind_line(
    environ: dict[str, str], tmp_path: Path
) -> None:
    missing = told(environ, "mail", "check", str(tmp_path / "none.eml"))
    folder = told(environ, "mail", "check", str(tmp_path))
    assert "none.eml cannot be read: No such file" in _one_line(missing)
    assert "cannot be read: Is a directory" in _one_line(folder)


def _one_line(result: Result) -> str:
    assert (result.exit_code, result.stdout) == (1, "")
    (line,) = result.stderr.splitlines()
    return line


def test_no_header_makes_it_stumble(checked: Check) -> None:
    """Whatever stands in it, there is an answer and no traceback."""
    source = raw(message())
    for name in (b"List-Unsubscribe", b"Content-Type", b"DKIM-Signature", b"From"):
        for value in (b"", b"=?utf-8?b?!?=", b'"', b"<", b"(((", b"\xff\xfe", b";;=;"):
            start = source.index(name + b": ") + len(name) + 2
            end = source.index(b"\r\n", start)
            code, lines = checked(source[:start] + value + source[end:])
            assert code in (0, 1)
            assert lines


class Quiet(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: object) -> None:  # noqa: A002
        """A token in a log would be a fault, also here."""


@contextmanager
def answering(*given: Response) -> Iterator[tuple[str, list[Request]]]:
    """Somebody at our address who answers as told, and what was asked."""
    asked, left = [], list(given)

    @Request.application
    def app(request: Request) -> Response:
        request.get_data()
        asked.append(request)
        return left.pop(0)

    server = make_server("127.0.0.1", 0, app, request_handler=Quiet)
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.port}", asked
    server.shutdown()
    thread.join()
    server.server_close()


REDIRECT = Response(status=303, headers={"Location": "/login"})
COOKIE = Response(headers={"Set-Cookie": "a=b"})


@pytest.mark.parametrize(
    ("given", "state", "words"),
    [
        (Response("Done."), "ok", "the post is taken"),
        (Response(status=202), "ok", "the post is taken"),
        (Response(status=204), "FAIL", "it answers 204, not 200 or 202"),
        (Response(status=405), "FAIL", "it answers 405"),
        (REDIRECT, "FAIL", "it redirects (303)"),
        (COOKIE, "FAIL", "it sets a cookie"),
    ],
)
def test_post_tells_what_came_of_it(
    checked: Check, given: Response, state: str, words: str
) -> None:
    with answering(given) as (url, asked):
        ours = LEAVE.replace(URL, url)
        _, lines = checked(message(f"<{ours}>"), "--post", PUBLIC_URL=url)

    assert lines["One-click"][0] == state
    assert words in lines["One-click"][1]
    (request,) = asked
    assert (request.method, request.data) == ("POST", POST.encode())
    assert request.mimetype == "application/x-www-form-urlencoded"
    assert request.path == ours.removeprefix(url)


def test_nothing_is_sent_unless_asked(checked: Check) -> None:
    with answering() as (url, asked):
        ours = LEAVE.replace(URL, url)
        _, lines = checked(message(f"<{ours}>"), PUBLIC_URL=url)
    assert asked == []
    assert "put PUBLIC_URL behind TLS" in lines["Address"][1]
    assert lines["One-click"][0] == "not checked"


def test_nothing_is_sent_to_anybody_else(checked: Check) -> None:
    with answering() as (url, asked):
        _, lines = checked(message(f"<{LEAVE.replace(URL, url)}>"), "--post")
    assert asked == []
    assert lines["One-click"][0] == "not checked"


def test_post_tells_that_nobody_answers(checked: Check) -> None:
    url = f"http://127.0.0.1:{free_port()}"
    ours = LEAVE.replace(URL, url)
    _, lines = checked(message(f"<{ours}>"), "--post", PUBLIC_URL=url)
    assert "it does not answer (ConnectError)" in failed(lines)["One-click"]


def test_an_answer_after_ten_seconds_is_too_late() -> None:
    transport = httpx.WSGITransport(Response("Done."))
    with oneclick.new_client(transport) as client:
        for seconds, fault in ((9.9, ""), (10.5, "it takes 10 seconds")):
            times = iter([0.0, seconds]).__next__
            answered = oneclick.post(client, "http://a.example/", monotonic=times)
            assert answered.fault.startswith(fault)
            assert bool(answered.fault) is bool(fault)


def test_post_unsubscribes_for_real(
    checked: Check, environ: dict[str, str], peer: Peer, topic_ids: dict[str, str]
) -> None:
    port, topic_id = free_port(), topic_ids["Due dates"]
    url = f"http://127.0.0.1:{port}"
    served = {"HOST": "127.0.0.1", "PORT": str(port), "WORKERS": "1"}
    address = f"{url}/u/{token(topic=topic_id)}"
    with running({**environ, **served, "PUBLIC_URL": url}, "serve") as process:
        assert answer(f"{url}/healthz", process).status_code == HTTPStatus.OK
        _, dry = checked(message(f"<{address}>"), PUBLIC_URL=url)
        before = peer.topic("user-ada", topic_id)["status"]
        _, lines = checked(message(f"<{address}>"), "--post", PUBLIC_URL=url)

    assert (dry["One-click"][0], before) == ("not checked", "OPTED_IN")
    assert lines["One-click"] == ("ok", "the post is taken")
    assert peer.topic("user-ada", topic_id)["status"] == "OPTED_OUT"
