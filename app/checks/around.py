"""What stands around the app: its own address, staff's provider, Redis."""

from contextlib import closing
from urllib.parse import urlsplit

import httpx
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from app.checks.line import Line, bad, ok, unset, unsure
from app.settings import Settings
from app.settings.staff import is_loopback
from app.timed import Timed

PATIENCE = 5.0
"""Seconds for one answer."""

ALIVE = {"status": "alive"}


def address(settings: Settings) -> Line:
    """Links are keys: who can read them on the way can use them."""
    url = settings.public_url
    if urlsplit(url).scheme != "https" and not is_loopback(url):
        told = f"{url} is not encrypted, and every link in it is a key"
        return unsure(told, "set PUBLIC_URL to https://, and end TLS in front")
    return _answered(url)


def sign_in(settings: Settings) -> Line:
    """Whether the provider publishes where it answers, and its keys."""
    if not settings.oidc_issuer:
        return unset("OIDC_ISSUER")
    # Its libraries take a while to read, which only who has a desk shall wait for.
    from app.oidc.errors import ProviderDown  # noqa: PLC0415
    from app.oidc.http import Http  # noqa: PLC0415
    from app.oidc.metadata import ask, readable  # noqa: PLC0415

    try:
        with closing(Http(patience=PATIENCE)) as http:
            found = ask(http, settings.oidc_issuer)
            count = len(list(readable(http.get(found.keys))))
    except ProviderDown as fault:
        cure = "see OIDC_ISSUER, and whether it can be reached from here"
        return bad(f"{settings.oidc_issuer}: {fault}", cure)
    if not count:
        return bad("the provider has no key that could sign", "see its administrator")
    return ok(f"{found.issuer} answers, with {count} keys")


def redis(settings: Settings) -> Line:
    url = settings.redis_url.get_secret_value()
    if not url:
        return unset("REDIS_URL")
    cure = "see REDIS_URL; until then each process counts for itself"
    try:
        with closing(_client(url)) as client:
            client.set("preferences:check", 1, ex=1)
    except ValueError:  # whose text may hold the password
        return bad("REDIS_URL cannot be read as an address", cure)
    except RedisError as fault:
        return bad(f"cannot count: {fault}", cure)
    return ok("counts")


def _client(url: str) -> Redis:
    return Redis.from_url(
        url,
        socket_timeout=PATIENCE,
        socket_connect_timeout=PATIENCE,
        retry=Retry(NoBackoff(), 0),
    )


def _answered(url: str) -> Line:
    try:
        with httpx.Client(transport=Timed(PATIENCE), trust_env=False) as client:
            answer = client.get(f"{url}/healthz")
    except (httpx.HTTPError, httpx.InvalidURL) as fault:
        told = f"{url} does not answer here: {type(fault).__name__}"
        return unsure(told, "start `serve`, or try from where recipients are")
    if answer.is_success and _is_ours(answer):
        return ok(f"{url} is ours and answers")
    told = f"{url}/healthz is answered by something else ({answer.status_code})"
    return bad(told, "let the proxy hand it on, without a login before it")


def _is_ours(answer: httpx.Response) -> bool:
    try:
        return bool(answer.json() == ALIVE)
    except ValueError:
        return False
