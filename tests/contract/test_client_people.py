"""What the client learns of a user: their tenants, and the language they read."""

from collections.abc import Iterator

import pytest

from app.courier.client import Courier
from app.courier.errors import AccessDenied, Unavailable
from tests.contract.outbound import courier_at
from tests.peer import Peer


@pytest.fixture
def courier(peer: Peer) -> Iterator[Courier]:
    with courier_at(peer.url) as courier:
        yield courier


def test_a_users_tenants_are_read_page_by_page_each_once(
    courier: Courier, peer: Peer
) -> None:
    for number in range(201):
        peer.replace(f"/tenants/t{number:03}", {"name": "T"})
        peer.replace(f"/users/a b%2Fc/tenants/t{number:03}", {})
    peer.requests()
    ids = courier.tenant_ids("a b/c")

    assert ids == tuple(f"t{number:03}" for number in range(201))
    asked = [path for _, path, _ in peer.requests()]
    assert len(asked) == 3
    assert all(path.startswith("/users/a%20b%2Fc/tenants?limit=100") for path in asked)


def test_who_is_in_no_tenant_has_none(courier: Courier) -> None:
    assert courier.tenant_ids("nobody") == ()


@pytest.mark.parametrize("status", [400, 404, 422])
def test_whose_list_is_refused_is_in_none(
    courier: Courier, peer: Peer, status: int
) -> None:
    peer.fault(status=status, path="/tenants")

    assert courier.tenant_ids("user-ada") == ()


@pytest.mark.parametrize("status", [401, 403])
def test_a_key_that_may_not_read_tenants_is_told(
    courier: Courier, peer: Peer, status: int
) -> None:
    peer.fault(status=status, path="/tenants")

    with pytest.raises(AccessDenied):
        courier.tenant_ids("user-ada")


@pytest.mark.parametrize(
    ("profile", "language"),
    [({"locale": "pt-BR"}, "pt-BR"), ({}, ""), ({"locale": 7}, "")],
)
def test_a_profile_may_say_a_language(
    courier: Courier, peer: Peer, profile: dict[str, object], language: str
) -> None:
    peer.replace("/profiles/somebody", {"profile": profile})

    assert courier.locale("somebody") == language


@pytest.mark.parametrize("answer", ["not_found", "empty"])
def test_an_unknown_user_says_none(courier: Courier, peer: Peer, answer: str) -> None:
    peer.switch(unknown_profile=answer)

    assert courier.locale("nobody at all") == ""


def test_a_key_that_may_not_read_profiles_is_no_alarm(
    courier: Courier, peer: Peer
) -> None:
    peer.fault(status=403, path="/profiles/")

    assert courier.locale("somebody") == ""


def test_a_courier_that_is_down_is_told(courier: Courier, peer: Peer) -> None:
    peer.fault(status=503, path="/profiles/")

    with pytest.raises(Unavailable):
        courier.locale("somebody")
