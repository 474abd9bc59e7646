"""Whose an email address or a phone number is, by all who may know it.

They are asked at the same time, one round trip for all, and each may fail for itself:
the product's own directory, the members of known tenants, Courier's messages, and the
profile of whoever has the address as their id.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Literal

import structlog

from app.courier.errors import AccessDenied, CourierError
from app.courier.people import People
from app.desk.hits import Hit, once
from app.directory import Directory, DirectoryDown
from app.errand import Hands
from app.preferences.model import Recipient
from app.preferences.person import Member, is_same_phone, masked_name, phone

AT_ONCE = 16
"""Questions at the same time."""

MOST_TENANTS = 12
"""Whose members are looked through; that there are more is told."""

MOST_ADDRESSES = 3
"""Of one mail or text that are looked for."""

log: structlog.stdlib.BoundLogger = structlog.get_logger("desk")

AddressKind = Literal["email", "phone"]
Tenants = Callable[[], Mapping[str, str] | None]
"""Ids of the known tenants with their names, None where nobody knows them now."""


@dataclass(frozen=True, slots=True)
class Answer:
    """Hits, failures, and words on what was not looked through."""

    hits: tuple[Hit, ...] = ()
    problems: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()


Question = Callable[[], Answer]


class Addresses:
    """`tenants` are kept somewhere: asking for them first would be a second trip."""

    def __init__(
        self, people: People, directory: Directory | None, tenants: Tenants
    ) -> None:
        self._people = people
        self._directory = directory
        self._tenants = tenants

    def find(self, kind: AddressKind, values: Sequence[str]) -> Answer:
        """All answers together, each hit and each problem once."""
        values = values[:MOST_ADDRESSES]
        about = [question for v in values for question in self._about(kind, v)]
        with Hands(AT_ONCE) as pool:
            asked = [pool.submit(_answered, question) for question in about]
            members = self._memberships(kind, values)
            asked += [pool.submit(_answered, question) for question in members]
        answers = [future.result() for future in asked]
        return Answer(
            once(chain.from_iterable(answer.hits for answer in answers)),
            _each_once(answer.problems for answer in answers),
            _each_once(answer.left_out for answer in answers),
        )

    def _about(self, kind: AddressKind, value: str) -> list[Question]:
        own = [lambda: self._own_id(value), lambda: self._messages(value)]
        directory = self._directory
        if directory is None:
            return own
        return [lambda: _listed(directory, kind, value), *own]

    def _own_id(self, value: str) -> Answer:
        """Whose id is their address."""
        profile = self._people.profile(value)
        if profile.is_empty:
            return Answer()
        name = masked_name(profile.name)
        return Answer((Hit(Recipient(value), "their user id", name=name),))

    def _messages(self, value: str) -> Answer:
        found = self._people.recipients_of(value)
        hits = (Hit(Recipient(id_), "messages to this address") for id_ in found)
        return Answer(tuple(hits))

    def _memberships(self, kind: AddressKind, values: Sequence[str]) -> list[Question]:
        try:
            known = self._tenants()
        except CourierError:
            known = None
        if known is None:
            told = "Courier does not tell its tenants now."
            return [lambda: Answer(problems=(told,))]
        asked = list(known.items())[:MOST_TENANTS]
        left = len(known) - len(asked)
        more = (f"The members of {left} more tenants were not searched.",)
        return [
            lambda: Answer(left_out=more if left else ()),
            *(self._membership(id_, name, kind, values) for id_, name in asked),
        ]

    def _membership(
        self, tenant_id: str, name: str, kind: AddressKind, values: Sequence[str]
    ) -> Question:
        called = name or tenant_id

        def hit(member: Member) -> Hit:
            recipient = Recipient(member.user_id, tenant_id)
            return Hit(recipient, f"member of {called}", name=masked_name(member.name))

        def ask() -> Answer:
            roster = self._people.members(tenant_id)
            theirs = (
                member
                for member in roster.members
                if any(_is_theirs(member, kind, value) for value in values)
            )
            more = (f"{called} has more members than were searched.",)
            left_out = () if roster.is_whole else more
            return Answer(tuple(map(hit, theirs)), left_out=left_out)

        return ask


def _answered(question: Question) -> Answer:
    try:
        return question()
    except DirectoryDown as fault:
        log.warning("directory_failed", reason=str(fault))
        return Answer(problems=("Your directory did not answer.",))
    except AccessDenied:
        return Answer(left_out=("The key for Courier may not ask for all of it.",))
    except CourierError:
        return Answer(problems=("Courier did not answer all that it was asked.",))


def _listed(directory: Directory, kind: AddressKind, value: str) -> Answer:
    hits = (
        Hit(
            Recipient(hit.user_id, hit.tenant_id),
            "directory",
            name=masked_name(hit.name),
        )
        for hit in directory.find(kind, value)
    )
    return Answer(tuple(hits))


def _is_theirs(member: Member, kind: AddressKind, value: str) -> bool:
    if kind == "phone":
        return is_same_phone(phone(member.phone_number), value)
    return member.email.casefold() == value.casefold()


def _each_once(told: Iterable[Sequence[str]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(chain.from_iterable(told)))
