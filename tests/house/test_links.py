"""Signed links: what they carry, and that nothing else opens anything."""

import base64
import hashlib
import json
import string
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from itsdangerous import URLSafeTimedSerializer

from app.links import DAY, LinkExpired, Links, Power, Scope, mended
from app.preferences.asking import Asking
from app.preferences.model import Channel, Recipient, Routing, Standing, Status
from app.preferences.subject import Subject
from app.signing import LONGEST, LinkInvalid, Signing
from tests.asking import NEWS, minted

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


@pytest.mark.parametrize("is_private", [False, True])
def test_every_one_bit_change_of_a_link_is_refused(*, is_private: bool) -> None:
    ours = Links((KEY,), lambda: NOW, is_private=is_private)
    token = ours.mint(PREFERENCES, ADA, "a•••@example.com")
    for place, old in enumerate(token):
        for bit in range(8):
            new = chr(ord(old) ^ (1 << bit))
            with pytest.raises(LinkInvalid):
                ours.read(PREFERENCES, mended(token[:place] + new + token[place + 1 :]))


@given(st.text(min_size=1, max_size=60), st.data())
def test_a_one_bit_change_of_any_link_is_refused(
    user_id: str, data: st.DataObject
) -> None:
    is_private, scope = data.draw(st.booleans()), data.draw(st.sampled_from(Scope))
    ours = Links((KEY,), lambda: NOW, is_private=is_private)
    token = minted(ours, scope, Recipient(f"u{user_id}"))
    place = data.draw(st.integers(0, len(token) - 1))
    changed = chr(ord(token[place]) ^ (1 << data.draw(st.integers(0, 7))))
    with pytest.raises(LinkInvalid):
        ours.read(scope, token[:place] + changed + token[place + 1 :])


@given(st.integers(0, len(TOKEN)), st.integers(0, 3), st.text(max_size=3))
def test_a_damaged_link_never_says_anything_else(
    place: int, cut: int, put: str
) -> None:
    """Nothing but the token itself is the token: base64 has no second spelling."""
    damaged = TOKEN[:place] + put + TOKEN[place + cut :]
    if damaged != TOKEN:
        with pytest.raises(LinkInvalid):
            links().read(PREFERENCES, damaged)


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


def test_what_we_sign_is_what_itsdangerous_signs_and_reads() -> None:
    ours = links().mint(PREFERENCES, Recipient("user-ada"), "é")
    assert serializer("preferences").loads(ours) == {"u": "user-ada", "l": "é"}
    packed = serializer("preferences").dumps({"u": "user-ada", "l": "x" * 400})
    assert packed.startswith("."), "it is compressed"
    assert links().read(PREFERENCES, packed).label == "x" * 400


def test_a_link_of_another_scope_is_refused() -> None:
    claims = {"u": "user-ada"}
    same = serializer("preferences").dumps(claims)
    assert links().read(PREFERENCES, same).recipient == Recipient("user-ada")
    for scope in ("unsubscribe", "embed", "confirm", "seal preferences", ""):
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


# Scope, age and power

DUE = Subject(topic_id="74Q4QGFBEX481DP6JRPMV751H4XT")


@pytest.mark.parametrize("is_private", [False, True])
@pytest.mark.parametrize("scope", list(Scope))
def test_a_token_of_one_scope_is_worthless_for_another(
    scope: Scope, *, is_private: bool
) -> None:
    ours = Links((KEY,), lambda: NOW, is_private=is_private)
    token = minted(ours, scope, ADA)
    for other in Scope:
        if other is not scope:
            with pytest.raises(LinkInvalid):
                ours.read(other, token)


def test_both_kinds_are_read_whatever_is_minted() -> None:
    plain, private = links(), Links((KEY,), lambda: NOW, is_private=True)
    for writer, reader in ((plain, private), (private, plain)):
        token = writer.mint(Scope.UNSUBSCRIBE, ADA, subject=DUE)
        link = reader.read(Scope.UNSUBSCRIBE, token)
        assert (link.recipient, link.subject) == (ADA, DUE)
        assert link.minted_at.timestamp() == NOW


def test_a_private_link_does_not_tell_whose_it_is() -> None:
    private = Links((KEY,), lambda: NOW, is_private=True)
    tokens = {private.mint(PREFERENCES, ADA) for _ in range(3)}
    assert len(tokens) == 3, "nor that two are the same person's"
    for token in tokens:
        raw = base64.urlsafe_b64decode(f"{token}==")
        assert b"ada" not in raw
        assert len(token) < 200


@pytest.mark.parametrize("is_private", [False, True])
def test_keys_rotate_and_retire_for_every_kind(*, is_private: bool) -> None:
    old = Links((OLD,), lambda: NOW, is_private=is_private).mint(PREFERENCES, ADA)
    assert links(OLD, KEY).read(PREFERENCES, old).recipient == ADA
    with pytest.raises(LinkInvalid):
        links(KEY).read(PREFERENCES, old)


@pytest.mark.parametrize(
    ("scope", "days", "power"),
    [
        (Scope.PREFERENCES, 0, Power.FULL),
        (Scope.PREFERENCES, 29.99, Power.FULL),
        (Scope.PREFERENCES, 30, Power.REDUCE),
        (Scope.PREFERENCES, 9999, Power.REDUCE),
        (Scope.UNSUBSCRIBE, 0, Power.REDUCE),
        (Scope.UNSUBSCRIBE, 9999, Power.REDUCE),
        (Scope.EMBED, 0.49, Power.FULL),
        (Scope.CONFIRM, 6.99, Power.FULL),
    ],
)
def test_a_link_loses_power_with_age_not_life(
    scope: Scope, days: float, power: Power
) -> None:
    token = minted(links(), scope, ADA)
    assert links(at=NOW + days * DAY).read(scope, token).power is power


@pytest.mark.parametrize(("scope", "days"), [(Scope.EMBED, 0.5), (Scope.CONFIRM, 7)])
def test_what_ends_can_be_explained_and_no_more(scope: Scope, days: float) -> None:
    token = minted(links(), scope, ADA)
    later = links(at=NOW + days * DAY)
    with pytest.raises(LinkExpired):
        later.read(scope, token)
    assert later.explain(scope, token).power is Power.NONE


ASKED = {
    "nothing more": NEWS,
    "channels and a schedule": replace(
        NEWS,
        channels=(Channel("email"), Channel("some_new_one")),
        schedule_id="weekly",
        seen=Standing(
            Status.OPTED_IN,
            Status.REQUIRED,
            Routing(True, (Channel("sms"),)),
            "daily",
        ),
    ),
    "other letters": replace(NEWS, topic_name="Ünïcode \u202e", basis="同意 <b>"),
}


@pytest.mark.parametrize("is_private", [False, True])
@pytest.mark.parametrize("asking", ASKED.values(), ids=list(ASKED))
def test_a_link_to_confirm_says_what_was_asked(
    asking: Asking, *, is_private: bool
) -> None:
    ours = Links((KEY,), lambda: NOW, is_private=is_private)
    link = ours.read(Scope.CONFIRM, ours.mint(Scope.CONFIRM, ADA, asking=asking))

    assert link.asking == asking
    assert link.subject is None
    assert not link.may_undo_all


def test_what_is_asked_and_the_scope_belong_together() -> None:
    with pytest.raises(ValueError, match="to confirm"):
        links().mint(Scope.CONFIRM, ADA)
    with pytest.raises(ValueError, match="to confirm"):
        links().mint(PREFERENCES, ADA, asking=NEWS)
    for id_ in ("", ".", ".."):
        with pytest.raises(ValueError, match="cannot be"):
            links().mint(Scope.CONFIRM, ADA, asking=replace(NEWS, topic_id=id_))


@pytest.mark.parametrize(
    "changes",
    [
        {"o": None},
        {"o": ""},
        {"o": 7},
        {"n": None},
        {"b": None},
        {"e": "7"},
        {"w": None},
        {"w": [0, None, None]},
        {"w": [1, "email", None]},
        {"w": [1, None]},
        {"w": [1, None, 7]},
        {"r": None},
        {"r": ["OPTED_OUT"]},
        {"r": ["OFF", "OPTED_IN", 0, [], None]},
        {"r": ["OPTED_OUT", [], 0, [], None]},
        {"r": ["OPTED_OUT", "OPTED_IN", 2, [], None]},
        {"r": ["OPTED_OUT", "OPTED_IN", 0, "email", None]},
        {"r": ["OPTED_OUT", "OPTED_IN", 0, [], 7]},
    ],
)
def test_a_link_to_confirm_that_asks_anything_else_is_refused(
    changes: dict[str, object],
) -> None:
    """Not even who has the key can ask to turn something off."""
    good = {"u": "user-ada", **NEWS.claims}
    ours = Signing([KEY], lambda: NOW)
    assert links().read(Scope.CONFIRM, ours.sign("confirm", good)).asking == NEWS
    with pytest.raises(LinkInvalid):
        links().read(Scope.CONFIRM, ours.sign("confirm", good | changes))


@pytest.mark.parametrize("is_private", [False, True])
def test_a_token_from_the_future_is_refused_but_for_a_minute_of_skew(
    *, is_private: bool
) -> None:
    for ahead, is_read in ((59, True), (62, False), (10 * DAY, False)):
        ours = Links((KEY,), lambda: NOW, is_private=is_private)
        token = ours.ahead(ahead).mint(PREFERENCES, ADA)
        if is_read:
            assert links().read(PREFERENCES, token).recipient == ADA
        else:
            with pytest.raises(LinkInvalid):
                links().read(PREFERENCES, token)


@pytest.mark.parametrize("subject", [Subject(), DUE, Subject(section_id="S_1-x")])
def test_an_unsubscribe_link_is_bound_to_what_it_is_about(subject: Subject) -> None:
    token = links().mint(Scope.UNSUBSCRIBE, ADA, subject=subject)
    link = links().read(Scope.UNSUBSCRIBE, token)
    assert link.subject == subject == Subject.of_key(subject.key)
    assert len(token) < 200
    assert links().read(PREFERENCES, links().mint(PREFERENCES, ADA)).subject is None


def test_no_mail_program_s_damage_changes_what_is_read() -> None:
    for place in range(len(TOKEN)):
        for break_ in ("=", "=\r\n", "\n ", "\u200b", " "):
            assert mended(TOKEN[:place] + break_ + TOKEN[place:]) == TOKEN
    assert not set(TOKEN) & set("=%+/ "), "nothing that quoted-printable touches"


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


def test_a_link_may_be_made_to_turn_things_off_alone() -> None:
    link = links().read(
        Scope.PREFERENCES, links().mint(Scope.PREFERENCES, ADA, is_less=True)
    )

    assert (link.power, link.is_full, link.is_old) == (Power.REDUCE, False, False)
