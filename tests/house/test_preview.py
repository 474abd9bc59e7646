"""The preview shows every state of the pages, and leaves nothing behind."""

import os
import re
import signal
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from werkzeug.test import Client, TestResponse

from app.preview import scenes
from app.preview.forms import Forms
from app.preview.scenes.names import DUE
from app.preview.site import STATES, Preview
from app.preview.worlds import Worlds, all_worlds
from app.web.i18n import codes
from tests.house.test_cli import command, free_port, run
from tests.peer import PATIENCE

ROOT = Path(__file__).parent.parent.parent
ORIGIN = "http://127.0.0.1:8020"
OTHER = "http://localhost:8020"

# fmt: off
EXPECTED = [
    "fresh-page", "used-page", "empty-catalog", "everything-off", "deep-link",
    "deep-link-gone", "way-back", "one-click-told", "front-page", "required",
    "required-by-tenant", "channels", "digest", "saved", "saved-last-channel",
    "undone", "topic-reset", "kept", "waiting", "refused", "refused-locked",
    "refused-gone", "refused-too-old", "error-at-a-topic", "error-in-doubt",
    "last-seen", "last-seen-kept", "down", "down-everything-off", "down-unknown",
    "down-by-us", "page-level-error", "off-asked", "off-section-asked", "off-done",
    "off-nothing", "off-undone", "off-kept", "reset-asked", "reset-nothing",
    "reset-done", "history", "history-empty", "history-without-log", "back",
    "back-nothing", "back-to-come", "back-done", "old-link", "old-link-refused",
    "fresh-link-sent", "not-mine-asked", "not-mine-done", "not-mine-failed",
    "revoked-link", "damaged-link", "unsubscribe-asked", "unsubscribe-asked-section",
    "unsubscribe-asked-partly", "unsubscribe-asked-everything", "unsubscribed",
    "unsubscribed-everything", "unsubscribed-already", "unsubscribe-required",
    "unsubscribe-unknown", "unsubscribe-undone", "unsubscribe-unseen",
    "unsubscribed-kept", "unsubscribe-failed", "unsubscribe-old", "consent-asked",
    "consent-asked-channel", "consent-unseen", "consent-given", "consent-kept",
    "consent-undone", "consent-declined", "consent-no-after-all", "consent-answered",
    "consent-required", "consent-unknown", "consent-not-on-offer", "consent-failed",
    "consent-old", "tenant",
    "all-tenants", "all-tenants-within", "everywhere-asked", "everywhere-done",
    "embed", "embed-transparent", "embed-saved", "embed-refused", "embed-history",
    "embed-expired", "embed-expired-form", "embed-down", "brand-none", "brand-logo",
    "brand-yellow", "brand-white", "brand-black", "brand-neon", "brand-grey",
    "brand-red", "long-names", "long-names-asked", "long-names-saved",
    "long-names-unsubscribe", "right-to-left", "right-to-left-saved",
    "right-to-left-asked", "error-404", "error-400", "error-405", "error-413",
    "too-often", "error-500",
]
# fmt: on

TELLING = {
    "fresh-page": "You get",
    "empty-catalog": "There is nothing to choose yet",
    "deep-link": "This is the topic that you came for.",
    "way-back": "Back to app.tidewell.example",
    "one-click-told": "was turned off from your mail program",
    "required-by-tenant": "Required by Harbor Collective",
    "saved": "Saved. Due dates is now off.",
    "undone": "Undone. Due dates is as it was before: on.",
    "kept": "Kept. Due dates will be turned off as soon as possible.",
    "waiting": "Kept. It will be delivered as soon as possible.",
    "refused": "did not accept this change",
    "error-at-a-topic": "Try again",
    "error-in-doubt": "We could not confirm that Due dates was saved.",
    "last-seen": "We cannot see your choices just now.",
    "down": "What you can choose here",
    "down-by-us": "the people who can mend it have been told",
    "history-without-log": "Changes that were made elsewhere cannot be shown",
    "old-link": "This link is old, so it can only turn things off.",
    "unsubscribed": "You have unsubscribed from",
    "unsubscribe-undone": "Undone.",
    "consent-asked": "The customer asked for it on the phone",
    "consent-asked-channel": "Change how Due dates reaches you?",
    "consent-given": "You have said yes.",
    "consent-kept": "We have kept your answer about",
    "consent-declined": "You have said no",
    "consent-no-after-all": "You have said no after all",
    "consent-answered": "What was chosen since then stays as it is.",
    "consent-old": "This question is too old",
    "everywhere-done": "changed elsewhere",
    "brand-yellow": "--accent: light-dark(#958b10, #ffee00)",
}
"""Words that only a page in that state has."""


@pytest.fixture(scope="module")
def worlds() -> Iterator[Worlds]:
    with all_worlds(ORIGIN) as worlds:
        yield worlds


@pytest.fixture(scope="module")
def client(worlds: Worlds) -> Client:
    return Client(Preview(worlds, [ORIGIN, OTHER]))


def shown(client: Client, name: str, query: str = "lang=en") -> TestResponse:
    address = f"/preview/states/{name}?{query}"
    return client.get(address, base_url=ORIGIN, follow_redirects=True)


def test_no_state_has_gone() -> None:
    assert list(STATES) == EXPECTED
    assert sum(len(scene.states) for scene in scenes.ALL) == len(EXPECTED)


@pytest.mark.parametrize("name", EXPECTED)
def test_a_state_is_reached_and_the_preview_may_frame_it(
    client: Client, name: str
) -> None:
    page = shown(client, name)
    policy = page.headers["Content-Security-Policy"]

    assert page.status_code == STATES[name].status
    assert page.text.startswith("<!doctype html>")
    assert TELLING.get(name, "<h1") in page.text
    assert f"frame-ancestors {ORIGIN} {OTHER}" in policy
    assert "default-src 'none'" in policy
    assert "X-Frame-Options" not in page.headers


@pytest.mark.parametrize("name", ["saved", "refused", "unsubscribed", "error-404"])
def test_a_state_speaks_the_language_and_wears_the_theme(
    client: Client, name: str
) -> None:
    page = shown(client, name, "lang=ar&theme=dark")

    assert '<html lang="ar" dir="rtl" data-theme="dark"' in page.text


def test_two_who_look_at_a_state_do_not_meet(client: Client) -> None:
    first, second = shown(client, "fresh-page"), shown(client, "fresh-page")
    form, action = next(Forms(first.text).ending(f"/topics/{DUE}"))
    fields = {"state": form.fields["state"]}
    saved = client.post(action, data=fields, follow_redirects=True)

    assert "Saved. Due dates is now off." in saved.text
    assert first.request.path != second.request.path
    assert "You get 12 of 15" in re.sub(
        "<.*?>", "", client.get(second.request.path).text
    )


def test_the_index_names_every_state_language_theme_and_width(
    client: Client,
) -> None:
    asked = "/preview?lang=de&theme=dark&width=320"
    page = client.get(asked, base_url=ORIGIN).text
    frames = re.findall(r'<iframe src="([^"#]+)[^"]*" .+ width="(\d+)"', page)
    given = {html.replace("&amp;", "&") for html in re.findall(r'href="([^"#]+)', page)}

    assert [address for address, _ in frames] == [
        f"{OTHER}/preview/states/{name}?lang=de&amp;theme=dark" for name in EXPECTED
    ]
    assert {width for _, width in frames} == {"320"}
    for code in codes():
        tag = code.replace("_", "-")
        assert tag == "de" or f"/preview?lang={tag}&theme=dark&width=320" in given
    for query in ("lang=de&width=320", "lang=de&theme=light&width=320"):
        assert f"/preview?{query}" in given
    for query in ("lang=de&theme=dark", "lang=de&theme=dark&width=1280"):
        assert f"/preview?{query}" in given
    assert {f"/preview/states/{name}?lang=de&theme=dark" for name in EXPECTED} <= given


def test_the_index_ignores_what_it_does_not_know(client: Client) -> None:
    page = client.get('/preview?lang=xx&theme="&width=1', base_url=ORIGIN)

    assert page.status_code == 200
    assert f'"{OTHER}/preview/states/saved?lang=en"' in page.text
    assert client.get("/preview/states/nothing").status_code == 404
    assert client.get("/preview/preview.css").mimetype == "text/css"


def test_the_apps_themselves_still_refuse_frames(worlds: Worlds) -> None:
    """What the preview allows is written over the answers, and nowhere else."""
    page = worlds["home"].app.test_client().get("/")

    assert "frame-ancestors 'none'" in page.headers["Content-Security-Policy"]
    assert page.headers["X-Frame-Options"] == "DENY"


def test_the_command_needs_no_settings_and_leaves_nothing_behind(
    tmp_path: Path,
) -> None:
    port = free_port()
    empty = {"HOME": str(tmp_path), "PATH": os.defpath, "TMPDIR": str(tmp_path)}
    with subprocess.Popen(
        command("preview", "--port", str(port)),
        cwd=ROOT,
        env=empty,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        told = [process.stdout.readline() for _ in range(2)]
        address = f"http://127.0.0.1:{port}/preview"
        page = httpx.get(
            f"{address}/states/down", follow_redirects=True, trust_env=False
        )
        folders = [path.name for path in tmp_path.glob("preview-*")]
        process.send_signal(signal.SIGTERM)
        _, errors = process.communicate(timeout=PATIENCE)

    assert told[0] == f"Every state of the pages is at {address}\n"
    assert told[1] == "Press Ctrl-C to stop.\n"
    assert page.status_code == 503
    assert len(folders) == 1
    assert (process.returncode, errors) == (0, "")
    assert not list(tmp_path.glob("preview-*"))


def test_a_port_that_is_taken_is_told() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        result = run({}, "preview", "--port", str(port))

    assert result.returncode == 1
    assert f"Error: The port {port} is not free." in result.stderr
