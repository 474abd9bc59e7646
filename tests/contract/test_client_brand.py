"""A brand as our client asks for it, and what it makes of a damaged one."""

from typing import Any

import httpx
import pytest

from app.courier.client import EXTRA_BUDGET
from app.courier.errors import AccessDenied, Refused, Unavailable
from app.preferences.brand import Brand
from tests.contract.outbound import courier_at
from tests.peer import Peer
from tests.timing import is_within

TIDEWELL = Brand(
    "Tidewell",
    "#0b5c6b",
    None,
    "https://tidewell.example/",
    (
        ("Instagram", "https://instagram.example/tidewell"),
        ("LinkedIn", "https://linkedin.example/tidewell"),
    ),
)


def told(body: Any) -> Brand | None:  # noqa: ANN401  JSON
    """What the client makes of this answer."""
    answer = httpx.MockTransport(lambda _: httpx.Response(200, json=body))
    with courier_at("http://courier.example", transport=answer) as courier:
        return courier.brand("brand")


def whole(**settings: object) -> dict[str, Any]:
    return {"id": "brand", "name": "Tidewell", "settings": settings}


def headed(logo: object) -> dict[str, Any]:
    return whole(email={"header": {"logo": logo}})


def footed(social: object) -> dict[str, Any]:
    return whole(email={"footer": {"social": social}})


def test_a_brand_is_read(peer: Peer) -> None:
    with courier_at(peer.url) as courier:
        assert courier.brand("brand_tidewell") == TIDEWELL
    assert peer.requests() == [("GET", "/brands/brand_tidewell", None)]


def test_a_brand_s_id_is_one_segment_of_the_path(peer: Peer) -> None:
    with courier_at(peer.url) as courier:
        courier.brand("a/b c")
        assert peer.requests() == [("GET", "/brands/a%2Fb%20c", None)]
        assert courier.brand("..") is None
    assert peer.requests() == []


@pytest.mark.parametrize("status", [400, 403, 404, 410])
def test_a_brand_that_is_gone_or_not_for_this_key_is_none(
    peer: Peer, status: int
) -> None:
    peer.fault(status=status)
    with courier_at(peer.url) as courier:
        assert courier.brand("brand_tidewell") is None


def test_a_wrong_key_says_nothing_about_a_brand(peer: Peer) -> None:
    with courier_at(peer.url, key="wrong") as courier, pytest.raises(AccessDenied):
        courier.brand("brand_tidewell")


def test_a_key_that_may_not_read_brands_is_no_alarm(
    peer: Peer, capsys: pytest.CaptureFixture[str]
) -> None:
    peer.fault(status=403)
    with courier_at(peer.url) as courier:
        courier.brand("brand_tidewell")
        assert "critical" not in capsys.readouterr().out
        with pytest.raises(Refused):
            courier.catalog()
        assert "critical" in capsys.readouterr().out


@pytest.mark.parametrize("kind", ["not_json", "empty", "wrong_shape", "reset"])
def test_an_answer_that_is_no_brand_is_unavailable(peer: Peer, kind: str) -> None:
    peer.fault(kind)
    with courier_at(peer.url) as courier, pytest.raises(Unavailable):
        courier.brand("brand_tidewell")


def test_a_brand_is_not_waited_for_longer_than_its_budget(peer: Peer) -> None:
    peer.switch(latency_ms=5000)

    def ask() -> None:
        with courier_at(peer.url) as courier, pytest.raises(Unavailable):
            courier.brand("brand_tidewell")

    assert is_within(2 * EXTRA_BUDGET, ask)


def test_the_inbox_s_color_stands_in_for_a_missing_one() -> None:
    inbox = {"inapp": {"colors": {"primary": "#123456"}}}
    assert told(whole(**inbox)) == Brand("Tidewell", "#123456")
    for lacking in ({}, {"primary": None}, {"primary": "red;}"}, None, 5):
        assert told(whole(colors=lacking, **inbox)) == Brand("Tidewell", "#123456")
    own = {"primary": "#fe0", "secondary": "#000"}
    assert told(whole(colors=own, **inbox)) == Brand("Tidewell", "#ffee00")


@pytest.mark.parametrize(
    "body",
    [
        {"id": "brand"},
        {"id": "brand", "name": None, "settings": None},
        {"id": "brand", "name": 5, "settings": "x"},
        {"id": "brand", "name": "x" * 5 * 1024, "settings": []},
        {"id": "brand", "name": "a\u202eb", "settings": {}},
        {"id": "brand", "settings": {"colors": {"primary": "red;}"}}},
        {"id": "brand", "settings": {"colors": {"primary": 0xFFFFFF}}},
        {"id": "brand", "settings": {"colors": ["#ffffff"]}},
        {"id": "brand", "settings": {"email": 5, "inapp": [], "colors": ""}},
        {"id": "brand", "settings": {"email": {"header": 5, "footer": "x"}}},
        {"id": "brand", "settings": {"email": {"footer": {"social": ["x"]}}}},
    ],
)
def test_of_a_damaged_brand_nothing_is_taken(body: object) -> None:
    assert told(body) == Brand()


@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)",
        "http://logos.example/a.png",
        "https://user:secret@logos.example/a.png",
        "https://logos.example/a.png' onerror='x",
        "https://logos.example;script-src *",
        "",
        5,
        None,
        ["https://logos.example/"],
    ],
)
def test_an_address_that_is_not_clean_is_left_out_and_the_rest_stays(
    address: object,
) -> None:
    good = "https://good.example/"
    assert told(headed({"image": address, "href": good})) == Brand(
        "Tidewell", home=good
    )
    assert told(headed({"image": good, "href": address})) == Brand(
        "Tidewell", logo=good
    )
    social = {"medium": {"url": address}, "twitter": {"url": good}, "other": 5}
    assert told(footed(social)) == Brand("Tidewell", links=(("X", good),))


def test_links_stand_in_one_order_and_only_those_we_know() -> None:
    known = ("twitter", "medium", "linkedin", "instagram", "facebook", "myspace")
    found = told(footed({name: {"url": f"https://{name}.example/"} for name in known}))
    assert found
    assert [name for name, _ in found.links] == [
        "Facebook",
        "Instagram",
        "LinkedIn",
        "Medium",
        "X",
    ]
