"""What the product's own directory is asked, and what is made of its answers."""

import json
import runpy
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from app.directory import LARGEST, MOST, Directory, DirectoryDown, DirectoryHit
from tests.staff.dripping import BODY, HEADER
from tests.staff.dripping import dripping as server
from tests.timing import is_within

DOCS = Path(__file__).parent.parent.parent / "docs"
URL = "https://tidewell.example/support/find?source=desk"
Answer = Callable[[httpx.Request], httpx.Response]


@contextmanager
def directory(answer: Answer, *, key: str = "the-key") -> Iterator[Directory]:
    directory = Directory(URL, key, httpx.MockTransport(answer))
    yield directory
    directory.close()


def says(body: object, status: int = 200) -> Answer:
    return lambda _: httpx.Response(status, json=body)


def dripping(_: httpx.Request) -> httpx.Response:
    """What is agreed, and then a megabyte of nothing."""

    def body() -> Iterator[bytes]:
        yield b'{"users": []}'
        for _ in range(LARGEST // 1000 + 2):
            yield b" " * 1000

    return httpx.Response(200, content=body())


def unreachable(request: httpx.Request) -> httpx.Response:
    raise httpx.ConnectTimeout("slow", request=request)


@pytest.mark.parametrize(
    ("ask", "body"),
    [
        (
            lambda d: d.find("email", "ada@example.com"),
            {"email": "ada@example.com"},
        ),
        (
            lambda d: d.find("phone", "+4930555010101"),
            {"phone_number": "+4930555010101"},
        ),
    ],
)
def test_it_is_asked_by_one_post_with_its_key(
    ask: Callable[[Directory], object], body: dict[str, str]
) -> None:
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200, json={"users": []})

    with directory(answer) as asked:
        assert ask(asked) == []

    (request,) = seen
    assert (request.method, str(request.url)) == ("POST", URL)
    assert request.headers["authorization"] == "Bearer the-key"
    assert request.headers["content-type"] == "application/json"
    assert json.loads(request.content) == body


def test_without_a_key_none_is_sent() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        assert "authorization" not in request.headers
        return httpx.Response(200, json={"users": []})

    with directory(answer, key="") as asked:
        assert asked.find("email", "ada@example.com") == []


def test_its_users_are_told_each_once() -> None:
    users = [
        {"user_id": "user-ada", "name": "Ada Brandt", "added_later": 1},
        {"user_id": "user-ada", "tenant_id": "harbor"},
        {"user_id": "user-ada", "tenant_id": None, "name": "Ada Brandt"},
    ]

    with directory(says({"users": users})) as asked:
        assert asked.find("email", "ada@example.com") == [
            DirectoryHit("user-ada", None, "Ada Brandt"),
            DirectoryHit("user-ada", "harbor"),
        ]


@pytest.mark.parametrize(
    "body",
    [
        [],
        {},
        {"users": None},
        {"users": {}},
        {"users": ["user-ada"]},
        {"users": [{}]},
        {"users": [{"user_id": 7}]},
        {"users": [{"user_id": ""}]},
        {"users": [{"user_id": ".."}]},
        {"users": [{"user_id": "a", "tenant_id": ""}]},
        {"users": [{"user_id": "a", "name": ["Ada"]}]},
        {"users": [{"user_id": "a" * 501}]},
        {"users": [{"user_id": f"u{n}"} for n in range(MOST + 1)]},
    ],
)
def test_what_is_not_as_agreed_counts_as_no_answer(body: object) -> None:
    with directory(says(body)) as asked, pytest.raises(DirectoryDown) as fault:
        asked.find("email", "ada@example.com")

    assert "ada@example.com" not in str(fault.value)


@pytest.mark.parametrize(
    "answer",
    [
        unreachable,
        dripping,
        says({"users": []}, 404),
        says({"users": []}, 500),
        says({"users": []}, 201),
        lambda _: httpx.Response(302, headers={"Location": "https://evil.example"}),
        lambda _: httpx.Response(200, text="<html>"),
        lambda _: httpx.Response(200, content=b"\xff"),
    ],
)
def test_no_answer_is_told_and_no_redirect_followed(answer: Answer) -> None:
    with directory(answer) as asked, pytest.raises(DirectoryDown):
        asked.find("email", "ada@example.com")


def test_an_answer_that_drips_past_its_time_is_given_up() -> None:
    times = iter([0.0, 1.0, 3.1])

    def body() -> Iterator[bytes]:
        yield b'{"users"'
        yield b": []}"

    slow = httpx.MockTransport(lambda _: httpx.Response(200, content=body()))
    asked = Directory(URL, "", slow, monotonic=lambda: next(times))

    with pytest.raises(DirectoryDown, match="too slow"):
        asked.find("email", "ada@example.com")
    asked.close()


@pytest.mark.parametrize("beginning", [b"", HEADER, BODY])
def test_who_sends_a_byte_now_and_then_is_given_up(beginning: bytes) -> None:
    with server(beginning) as url:
        asked = Directory(url, "", seconds=0.3)

        def ask() -> None:
            with pytest.raises(DirectoryDown):
                asked.find("email", "ada@example.com")

        assert is_within(2, ask)
        asked.close()


def test_what_is_no_text_is_not_sent() -> None:
    with directory(says({"users": []})) as asked, pytest.raises(DirectoryDown):
        asked.find("email", "\ud800@example.com")


@contextmanager
def example(key: str) -> Iterator[Directory]:
    """The directory of the docs, asked as ours would be."""
    create_app = runpy.run_path(str(DOCS / "examples" / "directory.py"))["create_app"]
    transport = httpx.WSGITransport(create_app("the-key"))
    directory = Directory("http://localhost/support/find", key, transport)
    yield directory
    directory.close()


def test_the_example_of_the_docs_answers_as_agreed() -> None:
    with example("the-key") as asked:
        ada = [DirectoryHit("user-ada", None, "Ada Brandt")]

        assert asked.find("email", "ADA.brandt@example.com") == ada
        assert asked.find("phone", "+4930555010101") == ada
        assert asked.find("email", "nobody@example.com") == []


def test_the_example_of_the_docs_answers_nobody_without_its_key() -> None:
    with example("another-key") as asked, pytest.raises(DirectoryDown, match="401"):
        asked.find("email", "ada.brandt@example.com")


def test_the_docs_show_the_example_as_it_is() -> None:
    shown = (DOCS / "desk.md").read_text("utf-8")

    assert (DOCS / "examples" / "directory.py").read_text("utf-8") in shown
