"""What a status of Courier's means, and what is shown of a person."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.preferences.message import Message, Verdict, verdict
from app.preferences.person import (
    is_same_phone,
    masked,
    masked_email,
    masked_name,
    masked_phone,
    phone,
)
from app.web.staff.messagewords import SAYS

VERDICTS = [
    ("OPENED", None, Verdict.SEEN),
    ("CLICKED", None, Verdict.CLICKED),
    ("DELIVERED", None, Verdict.DELIVERED),
    ("ENQUEUED", None, Verdict.ON_ITS_WAY),
    ("ROUTED", None, Verdict.ON_ITS_WAY),
    ("SENT", None, Verdict.ON_ITS_WAY),
    ("DELAYED", None, Verdict.DELAYED),
    ("DIGESTED", None, Verdict.HELD_FOR_DIGEST),
    ("FILTERED", "UNSUBSCRIBED", Verdict.FILTERED_BY_CHOICE),
    ("FILTERED", "NO_CHANNELS", Verdict.NO_CHANNEL_LEFT),
    ("FILTERED", "OPT_IN_REQUIRED", Verdict.OPT_IN_REQUIRED),
    ("FILTERED", "FILTERED", Verdict.FILTERED),
    ("FILTERED", None, Verdict.FILTERED),
    ("UNROUTABLE", "NO_CHANNELS", Verdict.NO_ADDRESS),
    ("UNROUTABLE", "NO_PROVIDERS", Verdict.NO_PROVIDER),
    ("UNROUTABLE", "UNSUBSCRIBED", Verdict.FILTERED_BY_CHOICE),
    ("UNROUTABLE", None, Verdict.NO_ADDRESS),
    ("UNMAPPED", None, Verdict.UNMAPPED),
    ("UNDELIVERABLE", "BOUNCED", Verdict.BOUNCED),
    ("UNDELIVERABLE", "PROVIDER_ERROR", Verdict.FAILED),
    ("UNDELIVERABLE", "UNPUBLISHED", Verdict.UNPUBLISHED),
    ("UNDELIVERABLE", "NO_PROVIDERS", Verdict.NO_PROVIDER),
    ("UNDELIVERABLE", "A_NEW_REASON", Verdict.FAILED),
    ("THROTTLED", None, Verdict.THROTTLED),
    ("CANCELED", None, Verdict.CANCELED),
    ("CANCELLED", None, Verdict.CANCELED),
    ("SIMULATED", None, Verdict.SIMULATED),
    ("TELEPORTED", None, Verdict.UNKNOWN),
    ("TELEPORTED", "UNSUBSCRIBED", Verdict.UNKNOWN),
    ("", None, Verdict.UNKNOWN),
]


def message(status: str, reason: str | None = None) -> Message:
    return Message("1", "t", status, reason, None, 1_800_000_000.0)


@pytest.mark.parametrize(("status", "reason", "expected"), VERDICTS)
def test_a_status_and_its_reason_come_to_a_verdict(
    status: str, reason: str | None, expected: Verdict
) -> None:
    assert verdict(message(status, reason)) is expected


def test_what_arrived_is_never_told_as_held_back() -> None:
    """A reason may be left over from an earlier attempt on another channel."""
    for status in ("DELIVERED", "OPENED", "CLICKED", "SENT"):
        assert verdict(message(status, "BOUNCED")) is verdict(message(status))


def test_each_verdict_comes_from_something_and_has_one_plain_sentence() -> None:
    assert {expected for _, _, expected in VERDICTS} == set(Verdict)
    assert SAYS.keys() == set(Verdict)
    for sentence in SAYS.values():
        assert re.fullmatch(r"[A-Z][^.]*\.", sentence), sentence
    assert len(set(SAYS.values())) == len(SAYS)


@pytest.mark.parametrize(
    ("mask", "value", "shown"),
    [
        (masked_name, "Ada Brandt", "A••• B•••"),
        (masked_name, "  李  ", "李•••"),
        (masked_name, "", ""),
        (masked_email, "ada.brandt@example.com", "a•••@example.com"),
        (masked_email, '"a@b"@example.com', '"•••@example.com'),
        (masked_email, "no address", "n•••"),
        (masked_email, "@example.com", "e•••@example.com"),
        (masked_email, "", ""),
        (masked_phone, "+49 30 555010101", "+49•••01"),
        (masked_phone, "12345", "•••45"),
        (masked_phone, "no digits", ""),
        (masked, "anything", "•••"),
        (masked, "", ""),
    ],
)
def test_a_masked_value_shows_enough_to_know_it_by(
    mask: object, value: str, shown: str
) -> None:
    assert callable(mask)

    assert mask(value) == shown


@given(st.text(max_size=40))
def test_a_mask_never_fails_and_says_no_whole_word(text: str) -> None:
    for mask in (masked_name, masked_phone, masked):
        assert len(text) < 6 or text not in mask(text) or not text.strip("•")


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("+49 30 555 010101", "+4930555010101"),
        ("0049 (30) 555-010101", "+4930555010101"),
        ("tel:+1-202-555-0123", "+12025550123"),
        ("030/555010101", "030555010101"),
        ("+٤٩٣٠٥٥٥", ""),
        ("user-99", ""),
        ("++49", ""),
        ("", ""),
    ],
)
def test_a_phone_number_is_plus_and_digits(text: str, number: str) -> None:
    assert phone(text) == number


@pytest.mark.parametrize(
    ("one", "other", "is_same"),
    [
        ("+4930555010101", "+4930555010101", True),
        ("+4930555010101", "+4830555010101", False),
        ("030555010101", "+4930555010101", True),
        ("2025550123", "+12025550123", True),
        ("+4930555010101", "+30555010101", False),
        ("0101", "+4930555010101", False),
        ("", "", False),
    ],
)
def test_a_number_without_its_country_is_compared_from_its_end(
    one: str, other: str, *, is_same: bool
) -> None:
    assert is_same_phone(one, other) is is_same
    assert is_same_phone(other, one) is is_same
