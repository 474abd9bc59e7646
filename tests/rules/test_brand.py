"""What may stand in a brand: plain colors, clean addresses, short names."""

import re
import unicodedata
from urllib.parse import urlsplit

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.preferences import brand
from app.preferences.brand import Brand

WHOLE = Brand(
    "Tidewell",
    "#0b5c6b",
    "https://a.example/logo.png",
    "https://a.example",
    (("LinkedIn", "https://linkedin.example/t"),),
)


@pytest.mark.parametrize(
    ("given", "kept"),
    [("#0B5C6B", "#0b5c6b"), ("#fe0", "#ffee00"), ("#000000", "#000000")],
)
def test_a_plain_color_is_kept_in_one_way_of_writing(given: str, kept: str) -> None:
    assert brand.color(given) == kept


@pytest.mark.parametrize(
    "text",
    [
        "",
        "red",
        "red;}",
        "#ggg",
        "#abcd",
        "#abcdef0",
        "abc",
        " #abc",
        "#abc\n",
        "#\uff41\uff42\uff43",
    ],
)
def test_anything_else_is_no_color(text: str) -> None:
    assert brand.color(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "https://logos.example/a.png",
        "https://logos.example:8443/a/b.svg?x=1&y=(2);z,#f",
        "https://xn--mnchen-3ya.example/",
        "HTTPS://LOGOS.example/A.png",
    ],
)
def test_a_clean_address_is_kept_as_it_is(text: str) -> None:
    assert brand.address(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "http://logos.example/a.png",
        "//logos.example/a.png",
        "/a.png",
        "javascript:alert(1)",
        "data:image/png;base64,AA",
        "https://user:secret@logos.example/",
        "https://user@logos.example/",
        "https:///a.png",
        "https://",
        "https://logos.example:0/",
        "https://logos.example:99999/",
        "https://logos.example;script-src/a",
        "https://a,b/",
        "https://*.example/",
        "https://[::1]/",
        "https://münchen.example/",
        "https://logos.example/a b",
        "https://logos.example/\n",
        'https://logos.example/"onerror="x',
        "https://logos.example/'",
        "https://logos.example/<b>",
        "https://logos.example\\@evil.example/",
        f"https://logos.example/{'a' * 5000}",
    ],
)
def test_anything_else_is_no_address(text: str) -> None:
    assert brand.address(text) is None


@given(
    st.one_of(
        st.text(),
        st.text(alphabet=";,' \"<>\\@:/?#[]a.\n*%").map("https://".__add__),
    )
)
@example("https://a@b")
def test_whatever_passes_as_an_address_has_an_origin_that_can_stand_in_a_policy(
    text: str,
) -> None:
    found = brand.address(text)

    if found is not None:
        assert not re.search(r"[\s\"'<>\\]", found)
        assert urlsplit(found).username is None
        assert re.fullmatch(r"https://[a-z0-9][a-z0-9.:-]*", brand.origin(found))


def test_an_origin_is_scheme_host_and_port() -> None:
    address = "https://Logos.example:8443/a?b#c"

    assert brand.origin(address) == "https://logos.example:8443"


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("Tidewell", "Tidewell"),
        ("  Harbor \n Collective\t", "Harbor Collective"),
        ("Søren & <Søn>", "Søren & <Søn>"),
        ("شركة المرفأ", "شركة المرفأ"),
        ("می‌خواهم", "می‌خواهم"),
        ("👩‍🚀 Space", "👩‍🚀 Space"),
    ],
)
def test_a_name_is_one_line_in_any_script(given: str, kept: str) -> None:
    assert brand.name(given) == kept


@pytest.mark.parametrize(
    "text",
    [
        None,
        "",
        " \n ",
        "x" * 81,
        "x" * 5 * 1024,
        "a\x00b",
        "a\x1b[31m",
        "safe\u202eelosnu",
        "\u2066isolated",
        "half \ud83d",
        "Z\u0300\u0301\u0302\u0303\u0304algo",
        "\ue000",
    ],
)
def test_a_name_that_is_not_fit_to_be_shown_counts_as_none(text: str | None) -> None:
    assert brand.name(text) == ""


@given(st.text(max_size=120))
def test_no_name_has_a_control_or_two_lines(text: str) -> None:
    kept = brand.name(text)

    assert len(kept) <= brand.LONGEST_NAME
    unseen = [c for c in kept if unicodedata.category(c)[0] == "C"]
    assert all(letter in brand.JOINERS for letter in unseen)
    assert len(kept.splitlines()) <= 1


def test_links_without_a_clean_address_or_name_are_left_out() -> None:
    given = [
        ("LinkedIn", "https://linkedin.example/t"),
        ("Medium", "http://medium.example/t"),
        ("X", None),
        ("", "https://nameless.example/"),
    ]

    assert brand.links(given) == (("LinkedIn", "https://linkedin.example/t"),)


def test_there_are_never_so_many_links_that_they_fill_the_page() -> None:
    many = [(f"Link {n}", "https://a.example/") for n in range(100)]

    assert len(brand.links(many)) == brand.MOST_LINKS


def test_what_a_brand_lacks_comes_from_the_other() -> None:
    assert Brand().or_else(WHOLE) == WHOLE == WHOLE.or_else(Brand())
    assert Brand(color="#fff").or_else(WHOLE).color == "#fff"


def test_a_brand_keeps_its_own_name_where_no_other_is_given() -> None:
    assert WHOLE.named("Harbor").name == "Harbor"
    assert WHOLE.named("") == WHOLE
