"""Who of staff is signed in, and who is about to be.

The database holds hashes: a browser has a secret, and only whoever has it finds the
session. The ID token, which a later sign-out shows the provider, is encrypted with a
key that comes of the same secret. A copy of the database signs nobody in.
"""

import base64
import hashlib
import secrets
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlalchemy import (
    ColumnElement,
    RowMapping,
    and_,
    bindparam,
    delete,
    false,
    func,
    insert,
    or_,
    select,
    update,
)

from app.ledger.database import Database
from app.ledger.errors import LedgerDown
from app.ledger.stafftables import staff_sessions, staff_signins
from app.preferences.staff import Agent, Role

PATIENCE = 10 * 60.0
"""Seconds that somebody has for the provider's sign-in page."""

ONE_NOTE = 60.0
"""Seconds between two notes of a session's use, at most."""

LENGTH_OF_ID = 16
"""Characters of a hash by which a session is called; too few to make it up."""

s, i = staff_sessions.c, staff_signins.c
NOW: Any = bindparam("now")
IS_ALIVE = and_(s.ends_at > NOW, s.used_at > bindparam("idle"))
THIS = s.secret_hash == bindparam("this")

FIND = select(staff_sessions).where(THIS, IS_ALIVE)
ALL = select(staff_sessions).where(IS_ALIVE).order_by(s.used_at.desc())
USE = update(staff_sessions).where(THIS).values(used_at=NOW)
CLOSE = delete(staff_sessions).where(THIS)
PRUNE = delete(staff_sessions).where(
    or_(s.ends_at <= NOW, s.used_at <= bindparam("idle"))
)
IS_BEGUN = and_(
    i.browser_hash == bindparam("browser"), i.state_hash == bindparam("state")
)
HAS_BEGUN = select(i.at).where(IS_BEGUN)
TAKE = delete(staff_signins).where(IS_BEGUN).returning(staff_signins)
PRUNE_SIGNINS = delete(staff_signins).where(i.at <= bindparam("late"))


@dataclass(frozen=True, slots=True)
class SignIn:
    """What was said when it began, for when the provider answers."""

    nonce: str
    verifier: str
    then: str


@dataclass(frozen=True, slots=True)
class Session:
    """Times are seconds since 1970. `id_token` is known only by the secret."""

    id: str
    agent: Agent
    sid: str
    id_token: str
    began_at: float
    used_at: float
    ends_at: float


class Sessions:
    """`idle` and `longest` in seconds. Raises `LedgerDown` and nothing else."""

    def __init__(
        self,
        database: Database,
        now: Callable[[], float] = time.time,
        idle: float = 30 * 60.0,
        longest: float = 10 * 60 * 60.0,
    ) -> None:
        self._database = database
        self._now = now
        self._idle = idle
        self._longest = longest

    def begin(
        self, browser: str, state: str, nonce: str, verifier: str, then: str
    ) -> None:
        now = self._now()
        row = {
            "browser_hash": _hash(browser),
            "state_hash": _hash(state),
            "nonce": nonce,
            "verifier": verifier,
            "then": then,
            "at": _ms(now),
        }
        with self._database.noting() as connection:
            connection.execute(PRUNE_SIGNINS, {"late": _ms(now - PATIENCE)})
            connection.execute(insert(staff_signins), row)

    def finish(self, browser: str, state: str) -> SignIn | None:
        """Once only, for whoever has both; a wrong state leaves it to who has it.

        Whoever has made them up is not written for.
        """
        these = {"browser": _hash(browser), "state": _hash(state)}
        with self._database.reading() as connection:
            if connection.execute(HAS_BEGUN, these).first() is None:
                return None
        with self._database.recording() as connection:
            row = connection.execute(TAKE, these).mappings().one_or_none()
        if row is None or row["at"] <= _ms(self._now() - PATIENCE):
            return None
        return SignIn(row["nonce"], row["verifier"], row["then"])

    def open(self, agent: Agent, issuer: str, sid: str, id_token: str) -> str:
        """Gives a fresh secret, which is kept nowhere but with the browser."""
        secret, now = secrets.token_urlsafe(32), self._now()
        row = {
            "secret_hash": _hash(secret),
            "subject": agent.subject,
            "actor": agent.actor,
            "name": agent.name,
            "email": agent.email,
            "role": agent.role.value,
            "issuer": issuer,
            "sid": sid,
            "id_token": _sealed(secret, id_token),
            "began_at": _ms(now),
            "used_at": _ms(now),
            "ends_at": _ms(now + self._longest),
        }
        with self._database.noting() as connection:
            connection.execute(PRUNE, self._times())
            connection.execute(insert(staff_sessions), row)
        return secret

    def find(self, secret: str, *, is_use: bool = True) -> Session | None:
        """None where it ended; a use that cannot be noted is a use all the same.

        What a page does by itself is none: nobody need be there.
        """
        this = {"this": _hash(secret)}
        with self._database.reading() as connection:
            found = connection.execute(FIND, this | self._times())
            row = found.mappings().one_or_none()
        session = _read(row, secret) if row else None
        pause = min(ONE_NOTE, self._idle / 4)
        if session and is_use and self._now() - session.used_at >= pause:
            with suppress(LedgerDown), self._database.noting() as connection:
                connection.execute(USE, this | {"now": _ms(self._now())})
        return session

    def close(self, secret: str) -> None:
        with self._database.recording() as connection:
            connection.execute(CLOSE, {"this": _hash(secret)})

    def close_for(
        self,
        issuer: str,
        subject: str = "",
        sid: str = "",
        until: float | None = None,
    ) -> list[Session]:
        """Those that the provider ended; of nobody where it names nobody.

        Without those that began later than `until`.
        """
        if not (subject or sid):
            return []
        whose = [s.issuer == issuer]
        whose += [s.began_at <= _ms(until)] if until is not None else []
        whose += [s.subject == subject] if subject else []
        whose += [s.sid == sid] if sid else []
        return self._end(and_(*whose))

    def close_other_roles(self, agent: Agent, issuer: str) -> list[Session]:
        """Those of the same person with a role that they have no longer."""
        whose = and_(s.issuer == issuer, s.subject == agent.subject)
        return self._end(and_(whose, s.role != agent.role.value))

    def all(self) -> list[Session]:
        """Who is signed in now, the last used first."""
        with self._database.reading() as connection:
            found = connection.execute(ALL, self._times()).mappings()
            sessions = [_read(row) for row in found]
        return [session for session in sessions if session]

    def end(self, id_: str) -> int:
        """How many were ended by this name, hence one or none."""
        is_one = func.substr(s.secret_hash, 1, LENGTH_OF_ID) == id_
        return len(self._end(is_one if len(id_) == LENGTH_OF_ID else false()))

    def _end(self, which: ColumnElement[bool]) -> list[Session]:
        ending = delete(staff_sessions).where(which).returning(staff_sessions)
        with self._database.recording() as connection:
            sessions = [_read(row) for row in connection.execute(ending).mappings()]
        return [session for session in sessions if session]

    def _times(self) -> dict[str, int]:
        now = self._now()
        return {"now": _ms(now), "idle": _ms(now - self._idle)}


def _read(row: RowMapping, secret: str = "") -> Session | None:
    """None where a newer version wrote a role that this one does not know."""
    if row["role"] not in {role.value for role in Role}:
        return None
    return Session(
        row["secret_hash"][:LENGTH_OF_ID],
        Agent(row["subject"], row["name"], row["email"], Role(row["role"])),
        row["sid"],
        _opened(secret, row["id_token"]) if secret else "",
        row["began_at"] / 1000,
        row["used_at"] / 1000,
        row["ends_at"] / 1000,
    )


def _sealed(secret: str, text: str) -> str:
    return _fernet(secret).encrypt(text.encode()).decode() if text else ""


def _opened(secret: str, sealed: str) -> str:
    try:
        return _fernet(secret).decrypt(sealed).decode() if sealed else ""
    except InvalidToken:
        return ""


def _fernet(secret: str) -> Fernet:
    info = b"the ID token of a session"
    derive = HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=info)
    return Fernet(base64.urlsafe_b64encode(derive.derive(_bytes(secret))))


def _hash(secret: str) -> str:
    return hashlib.sha256(_bytes(secret)).hexdigest()


def _bytes(text: str) -> bytes:
    """Of what a browser sent, whatever it is."""
    return text.encode(errors="surrogatepass")


def _ms(seconds: float) -> int:
    return int(seconds * 1000)
