"""A mail as a file is large, and taken from nobody but a colleague."""

import io
from email.message import EmailMessage
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from app.factory import LARGEST_BODY
from app.links import Links, Scope
from app.web.bodies import LARGEST_MAIL
from tests.conftest import ALICE, LedgerFile
from tests.staff.conftest import SAME, VERA, Colleague, Hire

MB = 1024 * 1024
SITE = "https://preferences.example"
FOREIGN = {"Sec-Fetch-Site": "cross-site"}


class Watched(io.BytesIO):
    """A body that knows how much of it was read."""

    taken = 0

    def read(self, size: int | None = -1, /) -> bytes:
        return self._told(super().read(size))

    def readline(self, size: int | None = -1, /) -> bytes:
        return self._told(super().readline(size))

    def readinto(self, buffer: Any, /) -> int:  # noqa: ANN401  any buffer
        count = super().readinto(buffer)
        self.taken += count
        return count

    def _told(self, data: bytes) -> bytes:
        self.taken += len(data)
        return data


def form(mail: bytes) -> bytes:
    """A look-up's body as a browser sends it."""
    return (
        b'--limit\r\nContent-Disposition: form-data; name="given"\r\n\r\n\r\n'
        b'--limit\r\nContent-Disposition: form-data; name="mail"; filename="a.eml"\r\n'
        b"Content-Type: message/rfc822\r\n\r\n" + mail + b"\r\n--limit--\r\n"
    )


def mail(links: Links, size: int) -> bytes:
    """A mail with a link of Alice's and a picture that makes it so large."""
    message = EmailMessage()
    message["To"] = "somebody@elsewhere.example"
    message.set_content(f"{SITE}/p/{links.mint(Scope.PREFERENCES, ALICE)}")
    message.add_attachment(bytes(size * 3 // 4), maintype="image", subtype="png")
    return message.as_bytes()


def send(
    client: Any,  # noqa: ANN401
    body: io.BytesIO,
    length: int,
    headers: dict[str, str] = SAME,
    path: str = "/staff/lookup",
    kind: str = "multipart/form-data; boundary=limit",
) -> TestResponse:
    """`length` is what it is said to have."""
    response: TestResponse = client.post(
        path,
        input_stream=body,
        content_type=kind,
        headers=headers,
        environ_overrides={"CONTENT_LENGTH": str(length)},
    )
    return response


@pytest.fixture
def vera(hire: Hire) -> Any:  # noqa: ANN401
    """Her browser as it is, without the manners of a page."""
    return hire(VERA)._client  # noqa: SLF001


@pytest.mark.parametrize(("headers", "status"), [(SAME, 401), (FOREIGN, 403)])
def test_of_what_somebody_sends_who_is_not_signed_in_nothing_is_read(
    app: Flask, headers: dict[str, str], status: int
) -> None:
    body = form(bytes(9 * MB))
    watched = Watched(body)
    answer = send(app.test_client(), watched, len(body), headers)

    assert (answer.status_code, watched.taken) == (status, 0)


def test_of_what_another_site_sends_for_a_colleague_nothing_is_read(
    vera: Any,  # noqa: ANN401
) -> None:
    body = form(bytes(9 * MB))
    watched = Watched(body)
    answer = send(vera, watched, len(body), FOREIGN)

    assert (answer.status_code, watched.taken) == (403, 0)


def test_nothing_is_read_while_nobody_can_tell_who_sends_it(
    vera: Any,  # noqa: ANN401
    ledger_file: LedgerFile,
) -> None:
    ledger_file.lose("staff_sessions")
    body = form(bytes(9 * MB))
    watched = Watched(body)
    answer = send(vera, watched, len(body))

    assert (answer.status_code, watched.taken) == (503, 0)


def test_a_large_mail_of_a_colleague_is_read(
    vera: Any,  # noqa: ANN401
    links: Links,
) -> None:
    body = form(mail(links, 5 * MB))
    answer = send(vera, io.BytesIO(body), len(body))

    assert len(body) > 5 * MB
    assert answer.status_code == 303
    assert answer.headers["Location"].startswith("/staff/recipients/")


def test_a_mail_that_is_too_large_is_refused_unread(
    vera: Any,  # noqa: ANN401
) -> None:
    body = form(bytes(LARGEST_MAIL))
    watched = Watched(body)
    answer = send(vera, watched, len(body))

    assert (answer.status_code, watched.taken) == (413, 0)


def test_elsewhere_at_the_desk_nobody_sends_as_much(
    vera: Any,  # noqa: ANN401
) -> None:
    body = form(bytes(LARGEST_BODY))
    watched = Watched(body)
    answer = send(vera, watched, len(body), path="/staff/signout")

    assert (answer.status_code, watched.taken) == (413, 0)


@pytest.mark.parametrize("path", ["/staff/lookup", "/staff/signout"])
def test_a_form_that_was_cut_short_is_nobodys_wish(
    vera: Any,  # noqa: ANN401
    path: str,
) -> None:
    whole = b"given=user-ada&as=user_id"
    kind = "application/x-www-form-urlencoded"
    answer = send(vera, io.BytesIO(whole[:14]), len(whole), path=path, kind=kind)

    assert answer.status_code == 400


def test_a_mail_that_was_cut_short_is_not_looked_into(
    vera: Any,  # noqa: ANN401
    links: Links,
) -> None:
    body = form(mail(links, MB))
    answer = send(vera, io.BytesIO(body[: len(body) // 2]), len(body))

    assert answer.status_code == 400


def test_a_hostile_mail_is_answered_and_counted(amir: Colleague) -> None:
    """By a number of a character that Python does not read."""
    hostile = b"Content-Type: text/html\r\n\r\n&#" + b"1" * 5000 + b"; nobody"
    page = amir.send(
        "/staff/lookup", {"given": "", "mail": (io.BytesIO(hostile), "it.eml")}
    )

    assert page.status == 200
    assert "There is nothing in it that names anybody." in page.text
