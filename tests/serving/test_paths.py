"""What somebody writes into an address costs its length, and not its square."""

import time

import pytest

from app.links import mended

SHORT, LONG = 1_000, 8_000
"""Characters; the longest that a server reads is a little more."""

RUNS = (".", ")", "'", "=", "\u200b", "&", "= ", ".x", ". ")


@pytest.mark.parametrize("run", RUNS)
@pytest.mark.parametrize("end", ["", "x", "="])
def test_mending_a_token_takes_time_as_it_is_long(run: str, end: str) -> None:
    short, long = (least(run * (size // len(run)) + end) for size in (SHORT, LONG))

    assert long < short * (LONG / SHORT) * 3 + 0.002
    assert long < 0.1


def least(token: str) -> float:
    """Seconds of this thread, of several tries the best."""
    return min(_once(token) for _ in range(5))


def _once(token: str) -> float:
    began = time.thread_time()
    mended(token)
    return time.thread_time() - began


@pytest.mark.parametrize(
    ("mangled", "whole"),
    [
        ("abc.", "abc"),
        ("abc.,)", "abc"),
        ("a.b.", "a.b"),
        ("ab .", "ab"),
        ("a..b..", "a..b"),
        ("...", ""),
        ("abc=3D", "abc"),
        ("a=\n b>.", "ab"),
        ("abc&x=.y", "abc"),
    ],
)
def test_what_mail_programs_leave_is_still_taken_away(mangled: str, whole: str) -> None:
    assert mended(mangled) == whole
