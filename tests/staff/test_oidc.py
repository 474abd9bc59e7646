"""Of what a provider says, only what it signed for us and for now is believed."""

import base64
import json
import threading
from collections.abc import Callable
from functools import partial
from typing import Any

import httpx
import pytest
from flask import Response
from joserfc.jwk import Key, OctKey, RSAKey

from app.oidc.errors import AnswerRefused, ProviderDown, Reason
from app.oidc.http import Http
from app.oidc.metadata import KEPT, WELL_KNOWN
from app.oidc.provider import Identity, Provider
from app.preferences.staff import Role
from app.settings import Settings
from tests.conftest import Clock
from tests.peer import PATIENCE
from tests.staff import signing
from tests.staff.dripping import BODY, HEADER, dripping
from tests.staff.forging import (
    EC,
    ED,
    ISSUER,
    NEXT,
    NONCE,
    REDIRECT,
    RSA,
    Forger,
    sign,
)
from tests.staff.signing import Accounts, asked, with_provider
from tests.timing import is_within

accounts = signing.accounts

STRANGER = RSAKey.generate_key(2048, {"kid": "one", "use": "sig"})


@pytest.fixture
def forger(clock: Clock) -> Forger:
    return Forger(clock)


@pytest.fixture
def provider(forger: Forger, settings: Settings) -> Provider:
    return forger.provider(settings)


def finish(provider: Provider, forger: Forger, token: str) -> Identity:
    forger.token = token
    return provider.finish("a-code", "v" * 43, NONCE, REDIRECT)


def reason(provider: Provider, forger: Forger, token: str) -> Reason:
    with pytest.raises(AnswerRefused) as refused:
        finish(provider, forger, token)
    return refused.value.reason


def test_a_good_token_says_who_it_is(provider: Provider, forger: Forger) -> None:
    identity = finish(provider, forger, sign(forger.claims(sid="s-1")))

    agent = identity.agent
    assert (agent.subject, agent.name, agent.email, agent.role) == (
        "amir",
        "Amir Haddad",
        "amir@tidewell.example",
        Role.AGENT,
    )
    assert (identity.sid, identity.id_token) == ("s-1", forger.token)
    assert forger.asked[-2] == (
        "/token",
        {
            "grant_type": "authorization_code",
            "code": "a-code",
            "redirect_uri": REDIRECT,
            "code_verifier": "v" * 43,
        },
    )


@pytest.mark.parametrize(
    ("key", "alg"),
    [(RSA, "RS256"), (RSA, "PS256"), (EC, "ES256"), (ED, "EdDSA"), (ED, "Ed25519")],
)
@pytest.mark.filterwarnings("ignore:EdDSA is deprecated")
def test_every_usual_signature_is_read(
    provider: Provider, forger: Forger, key: Key, alg: str
) -> None:
    forger.published = [key]

    assert finish(provider, forger, sign(forger.claims(), key, alg)).agent.subject


WRONG: list[tuple[dict[str, object], Reason]] = [
    ({"nonce": "another"}, Reason.NONCE),
    ({"nonce": None}, Reason.NONCE),
    ({"nonce": ""}, Reason.NONCE),
    ({"nonce": [NONCE]}, Reason.NONCE),
    ({"aud": "another-app"}, Reason.TOKEN),
    ({"aud": None}, Reason.TOKEN),
    ({"aud": []}, Reason.TOKEN),
    ({"aud": ["desk", "another-app"]}, Reason.TOKEN),
    ({"aud": ["desk", "another-app"], "azp": "another-app"}, Reason.TOKEN),
    ({"azp": "another-app"}, Reason.TOKEN),
    ({"iss": "https://evil.example"}, Reason.TOKEN),
    ({"iss": f"{ISSUER}/"}, Reason.TOKEN),
    ({"iss": [ISSUER]}, Reason.TOKEN),
    ({"iss": None}, Reason.TOKEN),
    ({"sub": None}, Reason.TOKEN),
    ({"sub": ""}, Reason.TOKEN),
    ({"sub": 7}, Reason.TOKEN),
    ({"sub": "x" * 256}, Reason.TOKEN),
    ({"exp": None}, Reason.CLOCK),
    ({"iat": None}, Reason.CLOCK),
    ({"exp": "tomorrow"}, Reason.CLOCK),
    ({"exp": float("nan")}, Reason.CLOCK),
]


@pytest.mark.parametrize(("changes", "why"), WRONG, ids=lambda v: str(v)[:60])
def test_a_token_that_is_not_for_this_sign_in_is_refused(
    provider: Provider, forger: Forger, changes: dict[str, object], why: Reason
) -> None:
    token = sign(forger.claims(**changes))

    assert reason(provider, forger, token) is why


@pytest.mark.parametrize(
    ("claim", "seconds"),
    [("exp", -121), ("exp", -3600), ("iat", 130), ("iat", 3600), ("nbf", 130)],
)
def test_a_token_of_another_time_is_refused(
    provider: Provider, forger: Forger, claim: str, seconds: int
) -> None:
    token = sign(forger.claims(**{claim: int(forger.clock()) + seconds}))

    assert reason(provider, forger, token) is Reason.CLOCK


@pytest.mark.parametrize(("claim", "seconds"), [("exp", -60), ("iat", 60), ("nbf", 60)])
def test_clocks_may_differ_by_a_minute(
    provider: Provider, forger: Forger, claim: str, seconds: int
) -> None:
    token = sign(forger.claims(**{claim: int(forger.clock()) + seconds}))

    assert finish(provider, forger, token).agent.subject == "amir"


def _unsigned(claims: dict[str, Any]) -> str:
    head = json.dumps({"alg": "none", "typ": "JWT"}).encode()
    parts = [head, json.dumps(claims).encode(), b""]
    return ".".join(base64.urlsafe_b64encode(p).rstrip(b"=").decode() for p in parts)


def _by_public_key(claims: dict[str, Any]) -> str:
    """What a check by HS256 would take for signed: the public key as the secret."""
    pem = RSA.as_pem(private=False)
    key = OctKey.import_key(base64.b64encode(pem), {"kid": "one"})
    return sign(claims, key, "HS256")


def _bent(claims: dict[str, Any]) -> str:
    """Of good claims, with others put in afterwards."""
    head, _, signature = sign(claims).split(".")
    other = json.dumps({**claims, "sub": "ana", "roles": ["admin"]}).encode()
    return f"{head}.{base64.urlsafe_b64encode(other).rstrip(b'=').decode()}.{signature}"


FORGED: dict[str, Callable[[dict[str, Any]], str]] = {
    "none": _unsigned,
    "hs256 by the public key": _by_public_key,
    "by another key": lambda claims: sign(claims, STRANGER),
    "by another key with its own in the head": lambda claims: sign(
        claims, STRANGER, jwk=STRANGER.as_dict(private=False)
    ),
    "by a key that nobody published": lambda claims: sign(claims, NEXT),
    "by an algorithm of another key": lambda claims: sign(
        claims, EC, "ES256", kid="one"
    ),
    "rs512": lambda claims: sign(claims, RSA, "RS512"),
    "bent": _bent,
    "critical": lambda claims: sign(claims, RSA, b64=True, crit=["b64"]),
    "no signature": lambda claims: sign(claims).rpartition(".")[0] + ".",
    "empty": lambda _: "",
    "no token": lambda _: "not.a.token",
    "too long": lambda claims: sign({**claims, "x": "y" * 90_000}),
}


@pytest.mark.parametrize("forge", FORGED.values(), ids=FORGED)
def test_a_forged_token_is_refused(
    provider: Provider, forger: Forger, forge: Callable[[dict[str, Any]], str]
) -> None:
    assert reason(provider, forger, forge(forger.claims())) is Reason.TOKEN


def test_a_symmetric_key_among_the_published_ones_is_no_key(
    provider: Provider, forger: Forger
) -> None:
    key = OctKey.generate_key(256, {"kid": "shared"})
    forger.more_keys = [key.as_dict(), {"kty": "odd"}, 7, {"kty": "RSA", "n": 1}]

    assert reason(provider, forger, sign(forger.claims(), key, "HS256")) is Reason.TOKEN
    assert finish(provider, forger, sign(forger.claims())).agent.subject == "amir"


def test_a_key_that_came_by_rotation_is_asked_for(
    provider: Provider, forger: Forger
) -> None:
    finish(provider, forger, sign(forger.claims()))
    forger.published = [NEXT, RSA]
    forger.clock.seconds += 61

    assert finish(provider, forger, sign(forger.claims(), NEXT)).agent.subject == "amir"
    assert forger.count("/jwks") == 2


def test_made_up_keys_do_not_make_us_hammer_the_provider(
    provider: Provider, forger: Forger
) -> None:
    finish(provider, forger, sign(forger.claims()))
    for number in range(20):
        forged = sign(forger.claims(), STRANGER, kid=f"made-up-{number}")

        assert reason(provider, forger, forged) is Reason.TOKEN
        forger.clock.seconds += 6
    assert forger.count("/jwks") == 2  # the first, and one in two minutes


def test_without_a_name_of_a_key_only_one_can_be_meant(
    provider: Provider, forger: Forger
) -> None:
    token = sign(forger.claims(), kid=None)
    assert finish(provider, forger, token).agent.subject == "amir"

    forger.published = [RSA, NEXT]
    forger.clock.seconds += 601

    assert reason(provider, forger, sign(forger.claims(), kid=None)) is Reason.TOKEN


def test_a_code_that_the_provider_does_not_know_is_refused(
    provider: Provider, forger: Forger
) -> None:
    forger.answer = Response('{"error": "invalid_grant"}', 400)

    assert reason(provider, forger, "") is Reason.CODE


@pytest.mark.parametrize(
    "answer",
    [
        Response('{"error": "invalid_client"}', 401),
        Response("oops", 200),
        Response("[]", 200),
        Response("{}", 500),
        Response("{}", 302, {"Location": "https://evil.example/token"}),
        Response('"' + "x" * 600_000 + '"', 200),
    ],
)
def test_a_provider_that_makes_no_sense_is_down(
    provider: Provider, forger: Forger, answer: Response
) -> None:
    forger.answer = answer

    with pytest.raises(ProviderDown):
        finish(provider, forger, "")


@pytest.mark.parametrize(
    "metadata",
    [
        {"issuer": "https://evil.example"},
        {"issuer": None},
        {"token_endpoint": "http://id.example/token"},
        {"authorization_endpoint": "javascript:alert(1)"},
        {"jwks_uri": None},
        {"jwks_uri": "file:///etc/passwd"},
    ],
)
def test_metadata_of_another_issuer_or_in_the_clear_are_not_believed(
    provider: Provider, forger: Forger, metadata: dict[str, Any]
) -> None:
    forger.metadata = metadata

    with pytest.raises(ProviderDown):
        provider.start("s", "n", "c", REDIRECT)


def test_an_issuer_may_end_with_a_slash_and_is_then_named_so(
    provider: Provider, forger: Forger
) -> None:
    forger.metadata = {"issuer": f"{ISSUER}/"}

    token = sign(forger.claims(iss=f"{ISSUER}/"))
    assert finish(provider, forger, token).agent.subject == "amir"
    assert reason(provider, forger, sign(forger.claims())) is Reason.TOKEN


def test_a_provider_that_is_away_is_asked_again_soon_but_not_at_once(
    provider: Provider, forger: Forger
) -> None:
    forger.is_down = True
    for _ in range(5):
        with pytest.raises(ProviderDown):
            provider.start("s", "n", "c", REDIRECT)
    assert len(forger.asked) == 1

    forger.is_down = False
    forger.clock.seconds += 5

    assert asked(provider.start("s", "n", "c", REDIRECT))["state"] == "s"


def test_what_is_known_of_a_provider_outlives_its_outage(
    provider: Provider, forger: Forger
) -> None:
    finish(provider, forger, sign(forger.claims()))
    forger.clock.seconds += 3600
    forger.is_down = True

    assert provider.start("s", "n", "c", REDIRECT).startswith(f"{ISSUER}/authorize?")


def test_a_client_may_have_to_send_its_secret_in_the_form(
    provider: Provider, forger: Forger
) -> None:
    forger.metadata = {"token_endpoint_auth_methods_supported": ["client_secret_post"]}

    finish(provider, forger, sign(forger.claims()))

    (form,) = [form for path, form in forger.asked if path == "/token"]
    assert (form["client_id"], form["client_secret"]) == (
        "desk",
        "the-secret-of-the-desk",
    )


ROLES: list[tuple[str, dict[str, object], Role | None]] = [
    ("roles", {"roles": ["viewer", "admin", "agent"]}, Role.ADMIN),
    ("roles", {"roles": "viewer"}, Role.VIEWER),
    ("roles", {"roles": ["nobody"]}, None),
    ("roles", {"roles": []}, None),
    ("roles", {"roles": {"admin": True}}, None),
    ("roles", {"roles": "xadminx"}, None),
    ("roles", {"roles": ["ADMIN"]}, None),
    ("roles", {"roles": None}, None),
    ("realm.roles", {"realm": {"roles": ["agent"]}}, Role.AGENT),
    ("realm.roles", {"realm": "agent"}, None),
    ("https://a.example/roles", {"https://a.example/roles": ["agent"]}, Role.AGENT),
    ("https://a.example.r", {"https://a.example": {"r": "agent"}}, Role.AGENT),
]


@pytest.mark.parametrize(("claim", "given", "role"), ROLES, ids=str)
def test_the_highest_role_that_a_claim_gives_counts(
    forger: Forger,
    settings: Settings,
    claim: str,
    given: dict[str, object],
    role: Role | None,
) -> None:
    provider = forger.provider(settings, OIDC_ROLE_CLAIM=claim)
    token = sign(forger.claims(**{"roles": None, **given}))

    if role is None:
        assert reason(provider, forger, token) is Reason.ROLE
    else:
        assert finish(provider, forger, token).agent.role is role


def test_values_of_the_claim_are_the_setting_s(
    forger: Forger, settings: Settings
) -> None:
    names = "agent=Support agent=Night-shift admin=Leads"
    provider = forger.provider(settings, OIDC_ROLES=names)

    token = sign(forger.claims(roles=["Night-shift"]))
    assert finish(provider, forger, token).agent.role is Role.AGENT
    assert reason(provider, forger, sign(forger.claims())) is Reason.ROLE


def test_an_address_that_is_not_verified_names_nobody(
    provider: Provider, forger: Forger
) -> None:
    token = sign(forger.claims(email="ana@tidewell.example", email_verified=False))

    agent = finish(provider, forger, token).agent

    assert (agent.email, agent.actor) == ("", "Amir Haddad (amir)")


def test_a_name_is_one_short_line_whatever_people_call_themselves(
    provider: Provider, forger: Forger
) -> None:
    token = sign(forger.claims(name="A\u202emir\n<b>" + "x" * 500, email=["a@b"]))

    agent = finish(provider, forger, token).agent

    assert agent.name.startswith("A mir <b>x")
    assert len(agent.name) == 200
    assert agent.email == ""


def test_the_provider_s_own_session_can_be_ended(provider: Provider) -> None:
    url = provider.logout_url("the-token", "https://desk.example/after")

    assert url
    assert url.startswith(f"{ISSUER}/end?tenant=1&")
    assert asked(url) == {
        "tenant": "1",
        "client_id": "desk",
        "id_token_hint": "the-token",
        "post_logout_redirect_uri": "https://desk.example/after",
    }


def test_where_the_provider_ends_no_sessions_none_is_led_there(
    provider: Provider, forger: Forger
) -> None:
    forger.metadata = {"end_session_endpoint": None}

    assert provider.logout_url("t", "https://desk.example/after") is None


def test_a_sign_out_says_whose(provider: Provider, forger: Forger) -> None:
    told = provider.read_logout(sign(forger.logout_claims(), typ="logout+jwt"))

    assert (told.sub, told.sid) == ("amir", "s-1")


@pytest.mark.parametrize(
    "changes",
    [{"exp": None}, {"sub": None}, {"sid": None}, {"aud": ["desk"]}],
    ids=str,
)
def test_a_sign_out_may_say_less(
    provider: Provider, forger: Forger, changes: dict[str, object]
) -> None:
    told = provider.read_logout(sign(forger.logout_claims(**changes)))

    assert told.sub or told.sid


@pytest.mark.parametrize(
    "changes",
    [
        {"nonce": NONCE},
        {"events": None},
        {"events": {}},
        {"events": {"something-else": {}}},
        {"events": ["http://schemas.openid.net/event/backchannel-logout"]},
        {"sub": None, "sid": None},
        {"sub": "", "sid": ""},
        {"sid": 7},
        {"sid": ""},
        {"jti": None},
        {"iat": None},
        {"aud": "another-app"},
        {"iss": "https://evil.example"},
        {"exp": 1},
        {"iat": 10**400},
        {"exp": None, "iat": 1},
        {"iat": float("nan")},
        {"iat": float("-inf")},
    ],
    ids=lambda v: str(v)[:60],
)
def test_a_sign_out_that_is_none_is_refused(
    provider: Provider, forger: Forger, changes: dict[str, object]
) -> None:
    with pytest.raises(AnswerRefused):
        provider.read_logout(sign(forger.logout_claims(**changes)))


def test_a_sign_out_is_remembered_for_a_day_at_most(
    provider: Provider, forger: Forger
) -> None:
    told = provider.read_logout(sign(forger.logout_claims(exp=10**400)))

    assert told.ends < forger.clock() + 2 * 24 * 60 * 60


@pytest.mark.parametrize(("ago", "until"), [(0, 120), (300, -180)])
def test_a_sign_out_is_about_what_began_before_it(
    provider: Provider, forger: Forger, ago: int, until: int
) -> None:
    """As far as the two clocks agree."""
    now = int(forger.clock())
    told = provider.read_logout(sign(forger.logout_claims(iat=now - ago)))

    assert told.until == now + until


def test_a_sign_out_from_before_all_time_is_about_nobody(
    provider: Provider, forger: Forger
) -> None:
    told = provider.read_logout(sign(forger.logout_claims(iat=-(10**400))))

    assert told.until == 120


def test_an_id_token_signs_nobody_out_and_a_sign_out_signs_nobody_in(
    provider: Provider, forger: Forger
) -> None:
    with pytest.raises(AnswerRefused):
        provider.read_logout(sign(forger.claims()))
    with pytest.raises(AnswerRefused):
        provider.read_logout(sign(forger.logout_claims(), typ="at+jwt"))
    assert reason(provider, forger, sign(forger.logout_claims())) is Reason.NONCE


def test_a_sign_out_is_told_once(provider: Provider, forger: Forger) -> None:
    token = sign(forger.logout_claims())

    provider.read_logout(token)
    told = provider.read_logout(token)  # not yet done
    provider.told(told)

    with pytest.raises(AnswerRefused):
        provider.read_logout(token)


# Time


def is_down(ask: Callable[[], object]) -> None:
    with pytest.raises(ProviderDown):
        ask()


@pytest.mark.parametrize("beginning", [b"", HEADER, BODY])
def test_a_provider_that_sends_a_byte_now_and_then_is_given_up(
    beginning: bytes,
) -> None:
    with dripping(beginning) as url:
        http = Http(patience=0.3)
        for ask in (lambda: http.get(url), lambda: http.post(url, "a=b", {})):
            assert is_within(2, partial(is_down, ask))
        http.close()


def test_a_call_that_is_over_in_time_leaves_the_next_its_own_time(
    accounts: Accounts,
) -> None:
    """The same connection serves both."""
    clock = Clock()
    http = Http(monotonic=clock, patience=5)

    for _ in range(3):
        assert http.get(f"{accounts.url}{WELL_KNOWN}")["issuer"] == accounts.url
        clock.seconds += 60
    http.close()


class Hanging(httpx.BaseTransport):
    """The provider's answers, but as long as nobody lets them through."""

    def __init__(self, forger: Forger) -> None:
        self._inner = forger.transport
        self.is_asked, self.may_go = threading.Event(), threading.Event()
        self.may_go.set()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.is_asked.set()
        assert self.may_go.wait(PATIENCE)
        return self._inner.handle_request(request)


def test_while_one_waits_for_the_provider_others_go_on_with_what_is_kept(
    forger: Forger, settings: Settings
) -> None:
    hanging, clock = Hanging(forger), forger.clock
    own = with_provider(settings, ISSUER)
    provider = Provider(own, hanging, clock, clock)
    token = sign(forger.logout_claims(exp=int(clock()) + 3600))
    assert provider.read_logout(token).sub == "amir"
    clock.seconds += KEPT + 1
    hanging.is_asked.clear()
    hanging.may_go.clear()
    waiting = threading.Thread(target=lambda: provider.issuer)
    waiting.start()
    assert hanging.is_asked.wait(PATIENCE)

    found: list[object] = []
    other = threading.Thread(target=lambda: found.append(provider.read_logout(token)))
    other.start()
    other.join(PATIENCE / 2)

    assert found
    hanging.may_go.set()
    waiting.join(PATIENCE)
    other.join(PATIENCE)
