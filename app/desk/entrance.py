"""How staff come in and go: the provider says who they are, the database remembers.

Every sign-in and sign-out is written down. Who cannot be recorded is not let in; who
leaves is let go in any case.
"""

import base64
import hashlib
import secrets
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from enum import StrEnum
from urllib.parse import urlsplit

import structlog

from app.ledger.errors import LedgerDown
from app.ledger.sessions import Session, Sessions
from app.oidc.errors import AnswerRefused, ProviderDown, Reason
from app.oidc.provider import Identity, Provider
from app.preferences.staff import Agent, Entry, Kind

CALLBACK = "/staff/callback"
SIGNED_OUT = "/staff/signed-out"
LONGEST = 4096
"""Characters of anything that comes back by way of a browser."""

log: structlog.stdlib.BoundLogger = structlog.get_logger("desk")

__all__ = ["Answer", "Begun", "Entered", "Entrance", "NotAdmitted", "Session", "Why"]


class Why(StrEnum):
    """Why somebody was not let in, in words that lead to a next step."""

    DOWN = "down"
    """The provider does not answer as it should."""

    BUSY = "busy"
    """Our own database does not."""

    OVER = "over"
    """Not begun in this browser, begun too long ago, or done already."""

    DENIED = "denied"
    """They, or the provider, said no."""

    ROLE = "role"
    """The provider gives them no role here."""

    CLOCK = "clock"
    """One of the clocks is wrong."""

    UNTRUSTED = "untrusted"
    """The answer is not the provider's, or not for us."""


class NotAdmitted(Exception):
    def __init__(self, why: Why) -> None:
        super().__init__(why.value)
        self.why = why


@dataclass(frozen=True, slots=True)
class Begun:
    """Where to send the browser, and what it must come back with."""

    url: str
    browser: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Answer:
    """What the provider says by way of the browser; each may be anything."""

    state: str = ""
    code: str = field(default="", repr=False)
    error: str = ""
    issuer: str | None = None


@dataclass(frozen=True, slots=True)
class Entered:
    secret: str = field(repr=False)
    then: str


WHYS = {
    Reason.CODE: Why.OVER,
    Reason.NONCE: Why.OVER,
    Reason.CLOCK: Why.CLOCK,
    Reason.ROLE: Why.ROLE,
    Reason.TOKEN: Why.UNTRUSTED,
}


class Entrance:
    """`note` writes an entry into the trail. Raises `NotAdmitted` and nothing else."""

    def __init__(
        self,
        provider: Provider,
        sessions: Sessions,
        note: Callable[[Entry], object],
        public_url: str,
    ) -> None:
        self._provider = provider
        self._sessions = sessions
        self._note = note
        self._public_url = public_url

    @property
    def origin(self) -> str:
        """Ours, as browsers write it."""
        parts = urlsplit(self._public_url)
        usual = {"https": ":443", "http": ":80"}[parts.scheme]
        return f"{parts.scheme}://{parts.netloc.lower().removesuffix(usual)}"

    @property
    def is_https(self) -> bool:
        return self._public_url.startswith("https:")

    def begin(self, then: str) -> Begun:
        browser, state, nonce, verifier = (_secret() for _ in range(4))
        challenge = _challenge(verifier)
        try:
            url = self._provider.start(state, nonce, challenge, self._callback)
            self._sessions.begin(browser, state, nonce, verifier, then)
        except ProviderDown as fault:
            raise _told(Why.DOWN, fault) from None
        except LedgerDown as fault:
            raise _told(Why.BUSY, fault) from None
        return Begun(url, browser)

    def finish(self, browser: str, answer: Answer, before: str = "") -> Entered:
        """`before` is the secret of a session that the browser has already: it ends."""
        try:
            return self._finish(browser, answer, before)
        except AnswerRefused as fault:
            raise _told(WHYS[fault.reason], fault) from None
        except ProviderDown as fault:
            raise _told(Why.DOWN, fault) from None
        except LedgerDown as fault:
            raise _told(Why.BUSY, fault) from None

    def find(self, secret: str, *, is_use: bool = True) -> Session | None:
        """Who has this session; None where there is none, or no longer."""
        if not secret or len(secret) > LONGEST:
            return None
        try:
            return self._sessions.find(secret, is_use=is_use)
        except LedgerDown as fault:
            raise _told(Why.BUSY, fault) from None

    def leave(self, secret: str) -> str | None:
        """Ends a session; gives where to end the provider's, where that is possible."""
        session = self.find(secret)
        if session is None:
            return None
        try:
            self._sessions.close(secret)
        except LedgerDown as fault:
            raise _told(Why.BUSY, fault) from None
        self._note_ends([session.agent], "here")
        after = f"{self._public_url}{SIGNED_OUT}"
        return self._provider.logout_url(session.id_token, after)

    def signed_out(self, token: str) -> int:
        """The provider signed somebody out; gives how many sessions ended with it."""
        try:
            whose = self._provider.read_logout(token)
            issuer = self._provider.issuer
            ended = self._sessions.close_for(issuer, whose.sub, whose.sid, whose.until)
        except AnswerRefused as fault:
            raise _told(Why.UNTRUSTED, fault) from None
        except ProviderDown as fault:
            raise _told(Why.DOWN, fault) from None
        except LedgerDown as fault:
            raise _told(Why.BUSY, fault) from None
        self._provider.told(whose)
        self._note_ends((session.agent for session in ended), "provider")
        return len(ended)

    @property
    def _callback(self) -> str:
        return f"{self._public_url}{CALLBACK}"

    def _finish(self, browser: str, answer: Answer, before: str) -> Entered:
        if not 0 < len(browser) <= LONGEST or not 0 < len(answer.state) <= LONGEST:
            raise _told(Why.OVER, "an answer that nobody here asked for")
        begun = self._sessions.finish(browser, answer.state)
        if begun is None:
            raise _told(Why.OVER, "no such sign-in is under way in this browser")
        self._provider.check_sender(answer.issuer)
        if answer.error or not 0 < len(answer.code) <= LONGEST:
            raise _told(_why(answer.error), f"the provider says {answer.error[:100]!r}")
        identity = self._provider.finish(
            answer.code, begun.verifier, begun.nonce, self._callback
        )
        return Entered(self._admit(identity, before), begun.then)

    def _admit(self, identity: Identity, before: str) -> str:
        agent = identity.agent
        who = f"{agent.role.value}, {agent.subject}"
        entry = Entry(Kind.SIGNED_IN, agent.actor, detail=who)
        self._note(entry)
        self._end_before(before)
        issuer = self._provider.issuer
        others = self._sessions.close_other_roles(agent, issuer)
        self._note_ends((session.agent for session in others), "role")
        return self._sessions.open(agent, issuer, identity.sid, identity.id_token)

    def _end_before(self, secret: str) -> None:
        """A browser has one session; whose the last one was ends with the next."""
        session = self.find(secret)
        if session:
            self._sessions.close(secret)
            self._note_ends([session.agent], "again")

    def _note_ends(self, agents: Iterable[Agent], where: str) -> None:
        """They have left already: a trail that cannot be written holds nobody."""
        with suppress(LedgerDown):
            for agent in agents:
                self._note(Entry(Kind.SIGNED_OUT, agent.actor, detail=where))


def _why(error: str) -> Why:
    if error in ("temporarily_unavailable", "server_error"):
        return Why.DOWN
    return Why.DENIED if error == "access_denied" else Why.UNTRUSTED


def _told(why: Why, fault: object) -> NotAdmitted:
    log.warning("not_admitted", why=why.value, reason=str(fault))
    return NotAdmitted(why)


def _secret() -> str:
    """43 characters, as many as a verifier of PKCE has at least."""
    return secrets.token_urlsafe(32)


def _challenge(verifier: str) -> str:
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
