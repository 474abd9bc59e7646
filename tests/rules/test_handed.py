"""What was handed over is told apart, however a link was broken, quoted or wrapped.

The wrapped addresses are as gateways write them; some are known examples of theirs.
"""

import base64
import quopri
import re
import time
from collections.abc import Callable, Sequence
from email.message import EmailMessage
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.desk.handed import Handed, Kind, handed, reference
from app.desk.mails import LARGEST, MOST_BOUNDARIES, handed_mail
from app.desk.wrapped import LAYERS, RUNS, Unwrapped, unescaped, unwrapped
from app.ledger import chain
from app.links import Links, Scope
from app.preferences.model import Recipient
from app.preferences.subject import Subject

KEY = "a-secret-key-of-the-tests-long-enough"
NOW = 1_800_000_000.0
ADA = Recipient("user-ada")
SIGNED = Links([KEY], lambda: NOW).mint(Scope.PREFERENCES, ADA, "a•••@example.com")
SECRET = Links([KEY], lambda: NOW, is_private=True).mint(
    Scope.UNSUBSCRIBE, Recipient("studio/marco", "harbor"), subject=Subject("news")
)
TOKENS = pytest.mark.parametrize("token", [SIGNED, SECRET], ids=["signed", "secret"])
SITE = "https://preferences.example"


# Gateways


def safe_links(address: str) -> str:
    more = "&data=05%7C02%7Cada%40example.com%7C0&sdata=4l9%2Fa4T%3D&reserved=0"
    host = "https://nam02.safelinks.protection.outlook.com"
    return f"{host}/?url={quote(address, safe='')}{more}"


def url_defense_1(address: str) -> str:
    host = "https://urldefense.proofpoint.com"
    return f"{host}/v1/url?u={quote(address, safe='')}&k=oIvRg1%2BdGAg%3D%3D%0A&r=IKM5"


def url_defense_2(address: str) -> str:
    hexed = quote(address, safe="").replace("%2F", "/")
    coded = hexed.replace("_", "%5F").replace("-", "%2D").replace("/", "_")
    host = "https://urldefense.proofpoint.com"
    return f"{host}/v2/url?u={coded.replace('%', '-')}&d=DwMFaQ&c=Vxt5e0&r=Muj&e="


def url_defense_3(address: str) -> str:
    """With every character replaced that is not plain, runs by their length."""
    taken = bytearray()

    def hide(run: re.Match[str]) -> str:
        data = run[0].encode()
        taken.extend(data)
        left, text = len(data), ""
        while left > 1:
            part = min(left, len(RUNS) + 1)
            text += f"**{RUNS[part - 2]}"
            left -= part
        return text + "*" * left

    plain = re.sub(r"[^A-Za-z0-9._~:/?=&@-]+", hide, address)
    characters = base64.urlsafe_b64encode(taken).decode().rstrip("=")
    return (
        f"https://urldefense.com/v3/__{plain}__;{characters}!!ACWV5N9M2RV99hQ!Pk_w-7$"
    )


def google(address: str) -> str:
    more = "&source=gmail&ust=1572090610818000&usg=AFQjCNH12IG-eeOu"
    return f"https://www.google.com/url?q={quote(address, safe='/:')}{more}"


def barracuda(address: str) -> str:
    coded = quote(address, safe="").lower() if "%" not in address else ""
    coded = re.sub(r"%..", lambda m: m[0].lower(), quote(address, safe=""))
    return f"https://linkprotect.cudasvc.com/url?a={coded}&c=E,1,03Q55I8O6D-V&typo=1"


def cisco(address: str) -> str:
    coded = quote(address, safe="")
    return f"https://secure-web.cisco.com/1EH1B-CLV31IF8vcULmniGDo_Jim0/{coded}"


def sophos(address: str) -> str:
    coded = base64.urlsafe_b64encode(address.encode()).decode().rstrip("=")
    host = "https://eu-central-1.protection.sophos.com"
    return f"{host}/?d=preferences.example&u={coded}&i=NjA5&t=Mn0=&h=b05e70"


def trellix(address: str) -> str:
    coded = quote(address, safe="")
    return f"https://protect2.fireeye.com/v1/url?k=9d423b69-fc&q=1&e=20b4d9f5&u={coded}"


def symantec(address: str) -> str:
    coded = quote(address, safe="")
    return f"https://clicktime.symantec.com/38YrYPLxxSqYhBQLb1eruhW7Vc?u={coded}"


WRAPS: list[Callable[[str], str]] = [
    safe_links,
    url_defense_1,
    url_defense_2,
    url_defense_3,
    google,
    barracuda,
    cisco,
    sophos,
    trellix,
    symantec,
]
wraps = pytest.mark.parametrize("wrap", WRAPS, ids=[w.__name__ for w in WRAPS])


EXAMPLES = [
    (
        (
            "https://na01.safelinks.protection.outlook.com/?url=https%3A%2F%2Foffice."
            "example.com%2FPermission%2Foffice.php&data=01%7C01%7Cd%40example.com%7C0"
            "&sdata=PEo%2FAC%3D&reserved=0"
        ),
        "https://office.example.com/Permission/office.php",
    ),
    (
        (
            "https://urldefense.proofpoint.com/v1/url?u=http://www.bouncycastle.org/&amp;"
            "k=oIvRg1%2BdGAgOoM1BIlLLqw%3D%3D%0A&amp;r=IKM5u8%2B"
        ),
        "http://www.bouncycastle.org/",
    ),
    (
        (
            "https://urldefense.proofpoint.com/v2/url?u=http-3A__links.mkt3337.com_ctt-3F"
            "kn-3D3-26ms-3DMzQ3OTg3MDQS1-26r-3DMzkxNzk3NDkwMDA0S0-26b-3D0&d=DwMFaQ&c=Vx"
        ),
        "http://links.mkt3337.com/ctt?kn=3&ms=MzQ3OTg3MDQS1&r=MzkxNzk3NDkwMDA0S0&b=0",
    ),
    (
        (
            "https://urldefense.com/v3/__https://google.com:443/search?q=a*test&gs=ps__;Kw"
            "!-612Flbf0JvQ3kNJkRi5Jg!Ue6tQudNKaShHg93trcdjqDP8se2ySE65jyCIe2K1D_uNjZ$"
        ),
        "https://google.com:443/search?q=a+test&gs=ps",
    ),
    (
        (
            "https://urldefense.us/v3/__https:/website.com/page.html?special=char**B&size="
            "1m*1m*1m__;4oSiJSU!!data!data$"
        ),
        "https://website.com/page.html?special=char™&size=1m%1m%1m",
    ),
    (
        (
            "https://urldefense.com/v3/__https://protect2.fireeye.com/v1/url?k=9d423b69&q="
            "1&e=20b4d9f5&u=https*3A*2F*2Flore.example.org*2Flinux-usb*2F2022.17339-1-q_w"
            "*40q.com*2F__;JSUlJSUlJQ!!A4F2R9G_pg!JWPzNLoO3BFX_IZCVzmHPtxq6frr_VFbSNNaxS$"
        ),
        "https://lore.example.org/linux-usb/2022.17339-1-q_w@q.com/",
    ),
    (
        "https://urldefense.com/v3/__http://x.example/**A*b__;w6nDqQ!!data!data$",
        "http://x.example/éébé",
    ),
    (
        (
            "https://eu-central-1.protection.sophos.com/?d=example.com&u=aHR0cDovL3d3dy5le"
            "GFtcGxlLmNvbS9Fbi9EYXRhL1ZpZXcvMzk3Mg==&i=NjA5NDA5&t=MnQ4UUR5Q0lwa3o=&h=b05e"
        ),
        "http://www.example.com/En/Data/View/3972",
    ),
    (
        (
            "https://clicktime.symantec.com/15xVSdMrXnLovyYq5pZa2?h=6gcezWKKNEfusErB=&u="
            "https://api.example.com/repos/%24%7BREPO%7D/alerts"
        ),
        "https://api.example.com/repos/${REPO}/alerts",
    ),
]


@pytest.mark.parametrize(("address", "inside"), EXAMPLES)
def test_known_examples_of_gateways_are_undone(address: str, inside: str) -> None:
    if "w6nDqQ" in address:  # three characters asked for, two there
        assert unwrapped(address).unread == "Proofpoint URL Defense"
    else:
        assert unwrapped(address) == Unwrapped(inside)


@wraps
@TOKENS
def test_a_wrapped_link_is_found(wrap: Callable[[str], str], token: str) -> None:
    found = handed(wrap(f"{SITE}/p/{token}"))

    assert found.kind is Kind.LINK
    assert found.candidates[0] == token


@given(
    st.lists(st.sampled_from(WRAPS), min_size=1, max_size=LAYERS),
    st.sampled_from([SIGNED, SECRET]),
)
@settings(deadline=None, max_examples=150)
def test_gateways_around_gateways_are_undone(
    around: Sequence[Callable[[str], str]], token: str
) -> None:
    address = inside = f"{SITE}/u/{token}"
    for wrap in around:
        address = wrap(address)

    found = unwrapped(address)

    assert found in (Unwrapped(inside), Unwrapped(address))
    assert found.address == inside or len(address) > 16 * 1024


def test_more_layers_than_that_are_not_followed() -> None:
    address = f"{SITE}/u/{SIGNED}"
    for _ in range(LAYERS + 1):
        address = symantec(address)

    assert handed(address) == Handed(
        Kind.WRAPPED_UNREADABLE, (), ("Symantec Click-time Protection",)
    )


@pytest.mark.parametrize(
    ("address", "gateway"),
    [
        ("https://protect-eu.mimecast.com/s/0wSdCVON0gczLDq1tGaO_q/", "Mimecast"),
        (
            "https://url.uk.m.mimecastprotect.com/s/Wx9lCoV1?domain=preferences.example",
            "Mimecast",
        ),
        ("https://secure-web.cisco.com/13kyZjA_Y3iSzSkdRg0vwA", "Cisco Secure Email"),
        (
            "https://us-east-2.protection.sophos.com/?d=rb.gy&b=99&x=5&q=4",
            "Sophos Email",
        ),
        (
            "https://urldefense.com/v3/__https://a.example/*p__;!!data!data$",
            "Proofpoint URL Defense",
        ),
        ("https://urldefense.com/v9/new", "Proofpoint URL Defense"),
        (
            "https://eur01.safelinks.protection.outlook.com/?data=05%7C01",
            "Microsoft Safe Links",
        ),
    ],
)
def test_what_only_the_gateway_knows_is_told_with_its_name(
    address: str, gateway: str
) -> None:
    assert handed(address) == Handed(Kind.WRAPPED_UNREADABLE, (), (gateway,))
    assert handed(safe_links(address)).gateways == (gateway,)


@pytest.mark.parametrize(
    "address",
    [
        "https://google.com.evil.example/url?q=https://a.example/",
        "https://www.google.com/search?q=https://a.example/",
        "https://evilurldefense.com/v3/__https://a.example/__;!!x!y$",
        "https://[::1",
        "https://mimecast.com/products",
    ],
)
def test_what_only_looks_like_a_gateway_is_left_as_it_is(address: str) -> None:
    assert unwrapped(address) == Unwrapped(address)


@given(st.text(max_size=300))
def test_whatever_stands_in_a_wrap_never_fails(text: str) -> None:
    for wrap in (
        "https://urldefense.com/v3/__{}__;{}!!x",
        "https://urldefense.com/v2/url?u={}&d={}",
        "https://a.protection.sophos.com/?u={}",
        "https://a.safelinks.protection.outlook.com/?url=https://{}",
    ):
        unwrapped(wrap.format(text, text))


# Links in texts


@pytest.mark.parametrize("scope", Scope)
@TOKENS
def test_an_address_of_ours_and_a_bare_token_are_links(
    scope: Scope, token: str
) -> None:
    for text in (
        f"{SITE}{scope.path}{token}",
        f"preferences.example{scope.path}{token}?notice=x#top",
        f"  <{SITE}{scope.path}{token}>.",
        token,
        f"\u200b{token}\ufeff",
        f"My link is {SITE}{scope.path}{token}, and it does not work!",
    ):
        found = handed(text)

        assert found.kind is Kind.LINK
        assert token in found.candidates, text


def broken(text: str, width: int, margin: str = "") -> str:
    return f"\r\n{margin}".join(
        text[at : at + width] for at in range(0, len(text), width)
    )


@TOKENS
@pytest.mark.parametrize("margin", ["", "> ", ">>   ", "\t"])
def test_a_link_broken_by_lines_is_put_together(token: str, margin: str) -> None:
    link = broken(f"{SITE}/p/{token}", 60, margin)
    mail = f"Hello!\r\n\r\n{margin}{link}\r\n{margin}Thank you\r\n\r\nBye"

    assert token in handed(link).candidates
    assert token in handed(mail).candidates


@TOKENS
@wraps
def test_a_wrapped_link_broken_by_lines_is_put_together(
    wrap: Callable[[str], str], token: str
) -> None:
    link = broken(wrap(f"{SITE}/p/{token}"), 76, "> ")

    assert token in handed(f"Look:\r\n> {link}\r\n\r\nBye").candidates


@TOKENS
def test_a_link_out_of_a_mails_source_is_decoded(token: str) -> None:
    source = f'<a href="{safe_links(f"{SITE}/p/{token}")}&amp;x=1">Preferences</a>'
    coded = quopri.encodestring(source.replace("&", "&amp;").encode()).decode()

    assert token in handed(coded).candidates
    assert token in handed(f"list-unsubscribe: <{SITE}/u/=3D\n {token}>").candidates


@TOKENS
def test_a_link_is_put_together_where_a_field_of_one_line_took_line_ends_out(
    token: str,
) -> None:
    for link in (f"{SITE}/p/{token}", safe_links(f"{SITE}/p/{token}")):
        pasted = broken(link, 60, "> ").replace("\r\n", "")

        assert token in handed(f"> {pasted}").candidates


def test_spaces_within_a_link_are_taken_out() -> None:
    spaced = f"{SITE}/p/{SIGNED[:30]} {SIGNED[30:90]}  {SIGNED[90:]}"

    assert SIGNED in handed(spaced).candidates


def test_a_link_that_was_cut_off_is_still_told_as_one() -> None:
    found = handed(f"{SITE}/p/{SIGNED[:40]}")

    assert found == Handed(Kind.LINK, (SIGNED[:40],))


def test_a_link_elsewhere_is_a_link_without_a_token() -> None:
    assert handed("https://example.com/pricing") == Handed(Kind.LINK)


def test_among_other_links_those_that_begin_like_ours_come_first() -> None:
    others = " ".join(f"https://shop.example/p/{'x' * n}" for n in range(10, 300))
    found = handed(f"{others} {SITE}/p/{SIGNED}")

    assert found.candidates[0] == SIGNED


# Other things


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("7F3K-22", Kind.REFERENCE, "7F3K-22"),
        ("7f3k-22", Kind.REFERENCE, "7F3K-22"),
        ("  7f3k 22 ", Kind.REFERENCE, "7F3K-22"),
        ("7F3K - 22", Kind.REFERENCE, "7F3K-22"),
        ("7 f 3 k 2 2", Kind.REFERENCE, "7F3K-22"),
        ("Reference: 7F3K\u201322.", Kind.REFERENCE, "7F3K-22"),
        ("#7F3K-22", Kind.REFERENCE, "7F3K-22"),
        ("1-7F3K-22", Kind.REFERENCE, "1-7F3K-22"),
        ("7F3K-2O", Kind.REFERENCE, "7F3K-20"),
        ("il3k-22", Kind.REFERENCE, "113K-22"),
        ("My reference is 7F3K-22, please help.", Kind.REFERENCE, "7F3K-22"),
        ("ada@example.com", Kind.EMAIL, "ada@example.com"),
        ("Ada <ada@example.com>", Kind.EMAIL, "ada@example.com"),
        ("mailto:ada+x@mail.example.co.uk", Kind.EMAIL, "ada+x@mail.example.co.uk"),
        ("I am ada@example.com.\nHelp me!", Kind.EMAIL, "ada@example.com"),
        ("żółw@żółw.example", Kind.EMAIL, "żółw@żółw.example"),
        ("+49 30 555010101", Kind.PHONE, "+4930555010101"),
        ("0049 (30) 555-010-101", Kind.PHONE, "+4930555010101"),
        ("tel:+12025550123", Kind.PHONE, "+12025550123"),
        ("202-555-0123", Kind.PHONE, "2025550123"),
        ("(030) 555 010 101", Kind.PHONE, "030555010101"),
        ("user-ada", Kind.USER_ID, "user-ada"),
        (" lin wei 07 ", Kind.USER_ID, "lin wei 07"),
        ("studio/marco", Kind.USER_ID, "studio/marco"),
        ("12345678", Kind.USER_ID, "12345678"),
        ("2024-11-22-0001", Kind.USER_ID, "2024-11-22-0001"),
        ("ada@localhost", Kind.USER_ID, "ada@localhost"),
        ("abc123", Kind.USER_ID, "abc123"),
        ("user-99", Kind.USER_ID, "user-99"),
        ("9b2f0c1e-7a3d-4f5e-8c6b-1d2e3f4a5b6c", Kind.USER_ID, None),
        ("auth0|5f7c8ec7c33c6c004bbafe82", Kind.USER_ID, None),
    ],
)
def test_it_is_told_what_was_handed_over(
    text: str, kind: Kind, value: str | None
) -> None:
    assert handed(text) == Handed(kind, (value or text,))


@pytest.mark.parametrize(
    "text", ["", " \n ", "\u200b", "two\nlines of nothing", "x" * 600]
)
def test_nothing_of_use_is_told_as_nothing(text: str) -> None:
    assert handed(text) == Handed(Kind.NOTHING)


@given(st.integers(min_value=1, max_value=2**34))
def test_every_reference_is_read_back_in_any_spelling(number: int) -> None:
    told = chain.reference(number)

    for text in (told, told.lower(), told.replace("-", " "), f" ref {told} "):
        assert reference(text) == told


@given(st.text(max_size=400))
@settings(deadline=None)
def test_whatever_is_typed_something_is_told(text: str) -> None:
    found = handed(text)

    assert found.kind in (Kind.LINK, Kind.WRAPPED_UNREADABLE, Kind.NOTHING) or (
        found.candidates and all(found.candidates)
    )


HOSTILE = [
    "https://" * 25_000,
    "https://urldefense.com/v3/__" + "__;A!" * 40_000,
    " " * 200_000 + "x",
    "a." * 100_000,
    "a" * 200_000,
    "=3D" * 60_000,
    "&amp;" * 40_000,
    "/p/" * 60_000,
    "a@" * 100_000,
    "a@b." * 50_000,
    "/p/eyJ\n" * 30_000,
    "https://x/p/eyJ\n" * 12_000,
    "gAAAA" * 40_000,
    "- " * 100_000,
    "\n".join(["http:" + "a" * 4_990] * 40),
    "\n".join(["http:" + "a" * 12_000] * 16),
    "\n".join(["https://a.safelinks.protection.outlook.com/?url=" + "%25" * 1600] * 40),
    ("/p/" + ")" * 3_000 + "a ") * 66,
    ("/p/" + ")" * 7 + ".a" * 1_900 + " ") * 50,
    "&#" * 100_000,
    "&#" + "1" * 199_000 + ";",
    "&#x" + "0" * 199_000 + ";",
    "&notin" * 33_000,
    ("https://urldefense.com/v2/url?u=https-3A__x" + "-26-23" * 2_500 + " ") * 12,
    ("https://urldefense.com/v3/__" + "*__;AAAA!" * 1_500 + " ") * 13,
    ("https://" + "a." * 7_000 + "safelinks.protection.outlook.co/ ") * 13,
    "x " + "a.b@" + "a." * 90_000,
]


@pytest.mark.parametrize("text", HOSTILE, ids=[text[:20] for text in HOSTILE])
def test_text_that_was_made_to_take_long_does_not(text: str) -> None:
    began = time.thread_time()
    handed(text)

    assert time.thread_time() - began < 1.0


FAR = ["&#{};", "&#{}", "see &#{}; there", "&#=\n{};", "=26=23{};"]


@pytest.mark.parametrize("digits", ["1" * 5_000, "0" * 5_000 + "47", "=31" * 5_000])
@pytest.mark.parametrize("written", FAR)
def test_a_character_by_a_number_that_none_has_hides_no_link(
    written: str, digits: str
) -> None:
    text = f"{written.format(digits)} {SITE}/p/{SIGNED}"

    assert handed(text).candidates[0] == SIGNED
    assert SIGNED in handed_mail(f"\r\n\r\n{text}".encode()).candidates


@pytest.mark.parametrize("slash", ["&#47;", "&#00000000047;", "&#x2f;", "&#X0000002F;"])
def test_a_link_may_have_characters_by_their_numbers(slash: str) -> None:
    link = f"{SITE}/p/{SIGNED}".replace("/", slash)

    assert unescaped(link) == f"{SITE}/p/{SIGNED}"
    assert SIGNED in handed(link).candidates


@pytest.mark.parametrize("prefix", ["https://urldefense.com/v2/url?u=https-3A__x_{}"])
def test_nor_does_one_within_a_wrap(prefix: str) -> None:
    assert (
        unwrapped(prefix.format("-26-23" + "1" * 5_000)).address == "https://x/\ufffd"
    )


PIECES = st.sampled_from(
    [
        *("&#", "&#x", "&", ";", "0" * 5_000, "1" * 5_000, "9", "=", "=\n", "%26%23"),
        *(
            "https://",
            "https%3A%2F%2F",
            "/p/",
            "/u/",
            "?u=",
            "?url=",
            "@",
            ".",
            "-",
            "*",
        ),
        *("urldefense.com/v3/__", "urldefense.com/v2/url", "__;", "!", "\n", "> ", " "),
        *("a.protection.sophos.com/", "a.safelinks.protection.outlook.com/", "[", "]"),
        *("\ud800", "\u0661", "\u2100", "\x00", "7F3K-22", "gAAAA", "+49", SIGNED[:50]),
    ]
)


@given(st.lists(PIECES | st.text(max_size=5), max_size=25).map("".join))
@settings(deadline=None, max_examples=300)
def test_whatever_it_is_pieced_together_from_something_is_told(text: str) -> None:
    assert handed(text).kind in Kind
    assert len(unwrapped(text).address) <= len(text)


# Mails


def mail(**headers: str) -> EmailMessage:
    message = EmailMessage()
    message["From"] = "Tidewell <hello@tidewell.example>"
    message["To"] = "Ada Brandt <ada.brandt@example.com>"
    for name, value in headers.items():
        message[name.replace("_", "-")] = value
    return message


@TOKENS
def test_a_mails_unsubscribe_header_is_found_though_it_is_folded(token: str) -> None:
    message = mail()
    message.set_content("Hello")
    folded = broken(f"<mailto:off@x.example>, <{SITE}/u/{token}>", 70, " ")
    source = message.as_bytes().replace(
        b"To:", f"List-Unsubscribe: {folded}\r\nTo:".encode(), 1
    )

    found = handed_mail(source)

    assert found.kind is Kind.LINK
    assert token in found.candidates


@TOKENS
@pytest.mark.parametrize("coding", ["quoted-printable", "base64", "7bit"])
def test_a_link_in_a_mails_body_is_found_however_it_is_coded(
    token: str, coding: str
) -> None:
    html = f'<p><a href="{safe_links(f"{SITE}/p/{token}")}">Preferences</a></p>'
    message = mail()
    message.set_content("See the other part.")
    message.add_alternative(html, subtype="html", cte=coding)

    assert token in handed_mail(message.as_bytes()).candidates


@TOKENS
def test_a_forwarded_mail_is_looked_into(token: str) -> None:
    inner, outer = mail(), mail()
    inner.set_content(f"Preferences: {SITE}/p/{token}")
    outer.set_content("Please look at this one.")
    outer.add_attachment(inner)

    assert token in handed_mail(outer.as_bytes()).candidates


def test_without_a_link_it_is_whom_the_innermost_mail_was_to() -> None:
    inner, outer = mail(), mail()
    inner.set_content("Hello https://tidewell.example/pricing")
    del outer["To"]
    outer["To"] = (
        '=?utf-8?q?Hilfe=2C_Team?= <support@tidewell.example>, "b, c" <b@c.de>'
    )
    outer.set_content("Please look at this one.")
    outer.add_attachment(inner)

    assert handed_mail(outer.as_bytes()) == Handed(
        Kind.EMAIL,
        ("ada.brandt@example.com", "support@tidewell.example", "b@c.de"),
    )


def test_a_hidden_link_is_told_beside_whom_the_mail_was_to() -> None:
    message = mail()
    message.set_content("https://protect-eu.mimecast.com/s/0wSdCVON0gczLDq1tGaO_q/")

    assert handed_mail(message.as_bytes()) == Handed(
        Kind.EMAIL, ("ada.brandt@example.com",), ("Mimecast",)
    )


@pytest.mark.parametrize("data", [b"", b"\x00\xff" * 50, b"no mail", b"\n\n\n"])
def test_what_is_no_mail_is_nothing(data: bytes) -> None:
    assert handed_mail(data).kind is Kind.NOTHING


def nested(depth: int) -> bytes:
    heads = (
        f'Content-Type: multipart/mixed; boundary="b{n}"\r\n\r\n--b{n}\r\n'.encode()
        for n in range(depth)
    )
    return b"".join(heads) + f"\r\n{SITE}/p/{SIGNED}\r\n".encode()


FORGED = [
    f"Content-Type: text/plain; charset={charset}\r\n\r\n{SITE}/p/{SIGNED}".encode()
    for charset in ("nonsense", "utf-16", '"\x00"', "=?x?y?", "idna", "punycode", "hex")
] + [
    b"Content-Type: text/html; charset*0*=x''%ff; charset*1=y\r\n\r\n",
    b"Content-Type: multipart/mixed\r\n\r\n--\r\n",
    b"Content-Type: message/rfc822\r\n\r\nContent-Type: message/rfc822\r\n\r\n" * 300,
    b"Content-Transfer-Encoding: base64\r\n\r\n" + b"!" * 1000,
    b"Content-Transfer-Encoding: x-uuencode\r\n\r\nbegin 666 x\n" + b"~" * 1000,
    b"To: " + b'<("' * 5000 + b"\r\n\r\n",
    b"To: =?utf-8?b?" + b"A" * 5000 + b"?= <x@\xff.example>\r\n\r\n",
    b"To: " + b"a@b.example, " * 50_000 + b"\r\n\r\n",
    b"List-Unsubscribe: " + b"\r\n " * 50_000 + b"\r\n\r\n",
    b"X: y\r\n" * 200_000,
    b"x" * (LARGEST + 10),
    b"Content-Type: text/plain; charset=idna\r\n\r\n\xff" + b"x" * 1000,
    b"Content-Type: text/plain; charset=undefined\r\n\r\n\xff",
    b"Content-Type: text/plain; charset*" + b"1" * 5000 + b"=x\r\n\r\n",
    b"Content-Type: text/html\r\n\r\n&#" + b"1" * 5000 + b";",
    b'Content-Type: text/plain; x="' + b";" * 900_000 + b"\r\n\r\n",
    b'Content-Type: multipart/mixed; boundary="x' + b";" * 900_000 + b"\r\n\r\n",
    (b'Content-Type: message/rfc822; x="' + b";" * 800 + b"\r\n\r\n") * 1000,
    (b"To: g:" + b"a," * 9_000 + b"\r\n") * 20 + b"\r\n",
    (b"To: g:" + b"<" * 18_000 + b"\r\n") * 20 + b"\r\n",
    (b"To: " + b"=?a?q?x" * 2_600 + b"\r\n") * 20 + b"\r\n",
    (b"List-Unsubscribe: " + b"=?a?q?x" * 2_600 + b"\r\n") * 20 + b"\r\n",
    (b"To: =?punycode?q?" + b"a" * 18_000 + b"?= <a@b.de>\r\n") * 20 + b"\r\n",
    (b"To: =?punycode?q?" + b"a" * 3_000 + b"?= <a@b.de>\r\n") * 20 + b"\r\n",
    b"Content-Type: message/delivery-status\r\n\r\n" + b"\r\n" * 500_000,
    b"Content-Type: multipart/digest; boundary=a\r\n\r\n" + b"--a\r\n\r\n" * 100_000,
    b"\r\n\r\n" + b"\n".join([b"http:" + b"a" * 4900] * 200),
    b"\n" * LARGEST,
    nested(MOST_BOUNDARIES) + b"x\r\n" * 300_000,
    nested(3000),
]


@pytest.mark.parametrize("data", FORGED, ids=[str(d[:40]) for d in FORGED])
def test_a_hostile_mail_never_fails_and_is_soon_done(data: bytes) -> None:
    began = time.thread_time()
    found = handed_mail(data)

    assert time.thread_time() - began < 3.0
    if SIGNED.encode() in data and b"utf-16" not in data:
        assert SIGNED in found.candidates


@given(st.binary(max_size=400))
@settings(deadline=None)
def test_any_bytes_are_read_without_a_fault(data: bytes) -> None:
    for head in (b"", b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n"):
        handed_mail(head + data)
        handed_mail(b"To: " + data + b"\r\nContent-Type: text/html; charset=" + data)


QUADRATIC = [
    "punycode",
    "idna",
    "utf-7",
    "UTF7",
    "unicode_escape",
    "base64",
    "uu",
    "hz",
]


@pytest.mark.parametrize("charset", QUADRATIC)
@pytest.mark.parametrize("filling", [b"a", b"1", b"+AAA", b"xn--1", b"\\N{X", b"\xff"])
def test_no_charset_makes_a_mail_take_long(charset: str, filling: bytes) -> None:
    head = f"Content-Type: text/plain; charset={charset}\r\n\r\nx-".encode()
    body = filling * (LARGEST // len(filling))
    began = time.thread_time()
    found = handed_mail(head + f"{SITE}/p/{SIGNED}\r\n".encode() + body)

    assert time.thread_time() - began < 2.0
    assert SIGNED in found.candidates


WRITTEN = [
    *("us-ascii", "utf-8", "UTF8", "utf-16", "utf-16-le", "utf-32", "iso-8859-1"),
    *("ISO_8859-15", "latin1", "windows-1252", "cp1251", "koi8-r", "koi8-u", "gbk"),
    *("gb2312", "gb18030", "big5", "big5-hkscs", "shift_jis", "sjis"),
    *("euc-jp", "euc-kr", "ks_c_5601-1987", "iso-2022-jp", "iso-2022-jp-2004"),
    *("iso-2022-kr", "euc_jis_2004", "shift_jis_2004"),
]


@pytest.mark.parametrize("charset", WRITTEN)
def test_a_mail_is_read_in_every_charset_that_mails_are_written_in(
    charset: str,
) -> None:
    body = f"Hi! {SITE}/p/{SIGNED}".encode(charset)
    coded = base64.encodebytes(body)
    head = f"Content-Type: text/plain; charset={charset}\r\n".encode()
    coding = b"Content-Transfer-Encoding: base64\r\n\r\n"

    assert SIGNED in handed_mail(head + coding + coded).candidates


@pytest.mark.parametrize(
    ("header", "address"),
    [
        ("=?utf-8?q?ada=40example.com?=", "ada@example.com"),
        ("=?UTF-8?B?YWRhQGV4YW1wbGUuY29t?=", "ada@example.com"),
        ("=?utf-8*en?B?YWRhQGV4YW1wbGUuY29t?=", "ada@example.com"),
        ("=?utf-8?q?ada=40exam?= =?utf-8?q?ple.com?=", "ada@example.com"),
        ("=?utf-8?q?z=C5?=\r\n =?utf-8?q?=82?= <ada@example.com>", "ada@example.com"),
        ("=?utf-8?q?=C5?= =?utf-8?q?=82@example.com?=", "\u0142@example.com"),
        ("=?iso-2022-jp?b?GyRCRnxLXBsoQg==?= <ada@example.com>", "ada@example.com"),
        ("=?nonsense?q?ada?= <ada@example.com>", "ada@example.com"),
        ("=?utf-8?b?Y?= <ada@example.com>", "ada@example.com"),
        ("=?utf-8?q?x?y?= <ada@example.com>", "ada@example.com"),
    ],
)
def test_words_of_a_header_are_decoded(header: str, address: str) -> None:
    assert handed_mail(f"To: {header}\r\n\r\nHi".encode()) == Handed(
        Kind.EMAIL, (address,)
    )


def test_a_link_in_a_report_of_delivery_is_found() -> None:
    head = b"Content-Type: message/delivery-status\r\n\r\nFinal: x\r\n\r\n"

    assert SIGNED in handed_mail(head + f"{SITE}/p/{SIGNED}".encode()).candidates


LINES = st.sampled_from(
    [
        *(
            b"Content-Type: ",
            b"text/html",
            b"multipart/mixed; boundary=b",
            b"; charset=",
        ),
        *(b"message/rfc822", b"message/delivery-status", b"; charset*0*=punycode'x'"),
        *(
            b"punycode",
            b"idna",
            b"undefined",
            b"utf-16",
            b"utf-8",
            b"\x00",
            b"\xff",
            b"x",
        ),
        *(
            b"Content-Transfer-Encoding: ",
            b"base64",
            b"x-uuencode",
            b"quoted-printable",
        ),
        *(
            b"To: ",
            b"List-Unsubscribe: ",
            b"=?utf-8?q?",
            b"=?idna?b?",
            b"?=",
            b"<",
            b"(",
        ),
        *(
            b"\r\n",
            b"\r\n\r\n",
            b"\r\n--b\r\n",
            b"\r\n ",
            b"begin 666 x\n",
            b"--b--",
            b'"',
        ),
        *(
            b"&#" + b"1" * 5_000,
            b"https://x.example/p/",
            SIGNED.encode(),
            b"a@b.example",
        ),
    ]
)


@given(st.lists(LINES | st.binary(max_size=5), max_size=30).map(b"".join))
@settings(deadline=None, max_examples=500)
def test_any_mail_is_read_without_a_fault(data: bytes) -> None:
    assert handed_mail(data).kind in Kind
