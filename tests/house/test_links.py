"""Signed links: what they carry, and that nothing else opens anything."""

import hashlib
import json
import string
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from itsdangerous import URLSafeTimedSerializer

from app.links import Links, Scope
from app.preferences.model import Recipient
from app.signing import LONGEST, LinkInvalid

OLD, KEY, FOREIGN = "o" * 32, "k" * 32, "f" * 32
ADA = Recipient("user-ada", "harbor-collective")
NOW = 1_800_000_000
ALPHABET = string.ascii_uppercase + string.ascii_lowercase + string.digits + "-_"
PREFERENCES = Scope.PREFERENCES


def links(*keys: str, at: float = NOW) -> Links:
    return Links(keys or (KEY,), lambda: at)


TOKEN = links().mint(PREFERENCES, ADA, "a•••@example.com")


@pytest.mark.parametrize(
    ("recipient", "label"),
    [
        (Recipient("user-ada"), None),
        (ADA, None),
        (ADA, "a•••@example.com"),
        (Recipient("lin wei/07 %#?.", "t 1"), "Lin"),
        (Recipient("\u202eé日\n"), "<b>"),
        (Recipient("..."), None),
    ],
)
def test_a_link_says_what_it_was_minted_for(
    recipient: Recipient, label: str | None
) -> None:
    link = links().read(PREFERENCES, links().mint(PREFERENCES, recipient, label))
    assert link.recipient == recipient
    assert link.label == label
    assert link.minted_at.timestamp() == NOW


@given(st.text(min_size=1, max_size=100), st.none() | st.text(min_size=1, max_size=40))
def test_any_id_makes_a_round_trip_or_is_refused(user_id: str, tenant: str) -> None:
    recipient = Recipient(user_id, tenant)
    if {user_id, tenant} & {".", ".."}:
        with pytest.raises(ValueError, match="cannot be"):
            links().mint(PREFERENCES, recipient)
    else:
        token = links().mint(PREFERENCES, recipient)
        assert links().read(PREFERENCES, token).recipient == recipient
        assert set(token) <= {*ALPHABET, "."}


@pytest.mark.parametrize("id_", ["", ".", ".."])
def test_an_id_that_courier_cannot_be_asked_for_is_refused(id_: str) -> None:
    for recipient in (Recipient(id_), Recipient("user-ada", id_)):
        with pytest.raises(ValueError, match="cannot be"):
            links().mint(PREFERENCES, recipient)


def test_an_ordinary_link_is_shorter_than_200_characters() -> None:
    uuid = Recipient("f81d4fae-7dec-11d0-a765-00a0c91e6bf6", "harbor-collective")
    assert len(links().mint(PREFERENCES, uuid, "a•••@example.com")) < 200
    assert len(links().mint(PREFERENCES, Recipient("anna@example.com"))) < 100


def test_every_single_change_of_a_link_is_refused() -> None:
    """Each place once, by a character that differs in its highest bit."""
    for place, old in enumerate(TOKEN):
        new = "A" if old == "." else ALPHABET[ALPHABET.index(old) ^ 32]
        with pytest.raises(LinkInvalid):
            links().read(PREFERENCES, TOKEN[:place] + new + TOKEN[place + 1 :])


@given(st.integers(0, len(TOKEN)), st.integers(0, 3), st.text(max_size=3))
def test_a_damaged_link_never_says_anything_else(
    place: int, cut: int, put: str
) -> None:
    """Base64's last bits mean nothing, so a few changes are none."""
    damaged = TOKEN[:place] + put + TOKEN[place + cut :]
    try:
        link = links().read(PREFERENCES, damaged)
    except LinkInvalid:
        return
    assert link == links().read(PREFERENCES, TOKEN)


@pytest.mark.parametrize(
    "text",
    [
        "",
        ".",
        "..",
        "...",
        "not-a-link",
        "é",
        "\ud800",
        "\0",
        TOKEN[:-1],
        TOKEN + TOKEN,
        TOKEN.rpartition(".")[0],
        TOKEN.upper(),
    ],
)
def test_what_is_no_link_is_refused(text: str) -> None:
    with pytest.raises(LinkInvalid):
        links().read(PREFERENCES, text)
    with pytest.raises(LinkInvalid):
        links().unseal("topic", text)


def test_what_is_too_long_is_refused_unread_and_not_minted() -> None:
    noise = "".join(chr(0x4E00 + number) for number in range(LONGEST))
    signed = serializer("preferences").dumps({"u": noise})
    assert len(signed) > LONGEST
    with pytest.raises(LinkInvalid):
        links().read(PREFERENCES, str(signed))
    with pytest.raises(ValueError, match="too long"):
        links().mint(PREFERENCES, Recipient(noise))


def test_a_long_link_that_was_minted_is_read() -> None:
    parts = (hashlib.sha256(bytes([number])).hexdigest() for number in range(20))
    recipient = Recipient("".join(parts))
    token = links().mint(PREFERENCES, recipient)
    assert LONGEST / 3 < len(token) <= LONGEST
    assert links().read(PREFERENCES, token).recipient == recipient


def test_a_link_of_a_foreign_key_is_refused() -> None:
    with pytest.raises(LinkInvalid):
        links(FOREIGN).read(PREFERENCES, TOKEN)


def test_the_newest_key_signs_and_a_fallback_still_reads() -> None:
    old = links(OLD).mint(PREFERENCES, ADA)
    rotated = links(OLD, KEY)
    assert rotated.read(PREFERENCES, old).recipient == ADA
    new = rotated.mint(PREFERENCES, ADA)
    assert links(KEY).read(PREFERENCES, new).recipient == ADA
    with pytest.raises(LinkInvalid):
        links(OLD).read(PREFERENCES, new)


def test_a_retired_key_opens_nothing() -> None:
    old = links(OLD).mint(PREFERENCES, ADA)
    sealed = links(OLD).seal("topic", 1)
    with pytest.raises(LinkInvalid):
        links(KEY).read(PREFERENCES, old)
    with pytest.raises(LinkInvalid):
        links(KEY).unseal("topic", sealed)


def serializer(salt: str) -> URLSafeTimedSerializer:
    """Another program with our key, as far as it can be one."""
    derived = {"digest_method": hashlib.sha256, "key_derivation": "hmac"}
    return URLSafeTimedSerializer(KEY, salt=salt, signer_kwargs=derived)


def test_a_link_of_another_scope_is_refused() -> None:
    claims = {"u": "user-ada"}
    same = serializer("preferences").dumps(claims)
    assert links().read(PREFERENCES, same).recipient == Recipient("user-ada")
    for scope in ("unsubscribe", "embed", "seal preferences", ""):
        with pytest.raises(LinkInvalid):
            links().read(PREFERENCES, serializer(scope).dumps(claims))


@pytest.mark.parametrize(
    "claims",
    [
        None,
        [],
        "user-ada",
        {},
        {"u": None},
        {"u": 7},
        {"u": "user-ada", "t": 7},
        {"u": "user-ada", "l": ["x"]},
    ],
)
def test_a_signed_link_with_other_claims_is_refused(claims: object) -> None:
    with pytest.raises(LinkInvalid):
        links().read(PREFERENCES, serializer("preferences").dumps(claims))


def test_what_is_sealed_is_read_for_the_same_purpose_only() -> None:
    sealed = links().seal("topic user-ada", ["T", True, None, {"é": 1}])
    assert links().unseal("topic user-ada", sealed) == ["T", True, None, {"é": 1}]
    for purpose in ("topic user-bob", "notice user-ada", "", "topic user-ada "):
        with pytest.raises(LinkInvalid):
            links().unseal(purpose, sealed)


def test_a_link_is_no_seal_and_a_seal_is_no_link() -> None:
    with pytest.raises(LinkInvalid):
        links().unseal("preferences", TOKEN)
    with pytest.raises(LinkInvalid):
        links().read(PREFERENCES, links().seal("preferences", {"u": "user-ada"}))


@pytest.mark.parametrize(
    ("age", "is_read"), [(0, True), (3600, True), (3601, False), (10**9, False)]
)
def test_a_seal_lasts_as_long_as_is_asked(age: int, is_read: bool) -> None:
    sealed = links().seal("notice", "Saved.")
    later = links(at=NOW + age)
    if is_read:
        assert later.unseal("notice", sealed, max_age=3600) == "Saved."
    else:
        with pytest.raises(LinkInvalid):
            later.unseal("notice", sealed, max_age=3600)


def test_a_link_never_expires_and_a_seal_without_an_age_does_not_either() -> None:
    later = links(at=NOW + 20 * 365 * 86400)
    assert later.read(PREFERENCES, TOKEN).minted_at.timestamp() == NOW
    assert later.unseal("x", links().seal("x", 1)) == 1


def test_a_seal_from_the_future_is_refused_where_age_counts() -> None:
    sealed = links(at=NOW + 7200).seal("notice", "Saved.")
    with pytest.raises(LinkInvalid):
        links().unseal("notice", sealed, max_age=3600)


@pytest.mark.parametrize("damage", [str.lower, str.swapcase, lambda text: text[1:]])
def test_a_damaged_seal_is_refused(damage: Callable[[str], str]) -> None:
    sealed = links().seal("topic", json.dumps([1, 2, 3]))
    with pytest.raises(LinkInvalid):
        links().unseal("topic", damage(sealed))
