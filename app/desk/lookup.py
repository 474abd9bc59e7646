"""Finds whom a customer's link, number or address stands for.

Nothing that is handed over is believed: a link counts by its signature alone, an
address by who says that it is theirs. A user's id is taken as it is, and nobody asked.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import chain

from app.courier.people import People
from app.desk.addresses import MOST_ADDRESSES, Addresses, AddressKind, Tenants
from app.desk.handed import LONGEST_ID, Handed, Kind, handed
from app.desk.hits import Hit, once
from app.desk.mails import handed_mail
from app.directory import Directory
from app.ledger.errors import LedgerDown
from app.ledger.ledger import Ledger
from app.linkreport import Broken, Read, Reports
from app.links import Link
from app.preferences.model import Recipient
from app.preferences.subject import Subject

UNSURE = (
    "So we do not know whether anybody has this address. Try again in a minute, or ask "
    "for a link from one of our emails."
)


@dataclass(frozen=True, slots=True)
class Found:
    """`problems` are sentences: what is wrong with it, and who did not answer.

    `as_user_id` is what was pasted, where nobody was found and it may be a user's id.
    `is_unsure`: not everybody answered who was asked, so that it says nothing that
    nobody was found. `is_broken`: it is a link like ours that opens nothing.
    """

    kind: Kind
    hits: tuple[Hit, ...] = ()
    problems: tuple[str, ...] = ()
    as_user_id: str = ""
    is_unsure: bool = False
    is_broken: bool = False


class LookUp:
    """`reports` reads links of any age; `directory` is the product's own, if any."""

    def __init__(
        self,
        reports: Reports,
        ledger: Ledger,
        people: People,
        directory: Directory | None,
        tenants: Tenants,
    ) -> None:
        self._reports = reports
        self._ledger = ledger
        self._addresses = Addresses(people, directory, tenants)

    def find(self, text: str, mail: bytes | None = None) -> Found:
        """What was pasted, or a mail as a file, where there is one."""
        found = self._of(handed_mail(mail) if mail else handed(text))
        is_link = found.is_broken or found.kind is Kind.WRAPPED_UNREADABLE
        if mail or is_link or found.hits or not is_id(text.strip()):
            return found
        return replace(found, as_user_id=text.strip())

    def by_id(self, text: str) -> Found:
        """As a user's id, whatever it looks like; nobody is asked."""
        user_id = text.strip()
        if is_id(user_id):
            return Found(Kind.USER_ID, (Hit(Recipient(user_id), "user id"),))
        return Found(Kind.USER_ID, (), ("This cannot be the id of a user.",))

    def _of(self, given: Handed) -> Found:
        match given.kind:
            case Kind.USER_ID:
                return self.by_id(given.candidates[0])
            case Kind.LINK:
                return self._by_link(given)
            case Kind.REFERENCE:
                return self._by_reference(given.candidates)
            case Kind.EMAIL | Kind.PHONE:
                return self._by_address(given)
            case Kind.WRAPPED_UNREADABLE:
                return Found(given.kind, (), tuple(map(_hidden, given.gateways)))
        return Found(given.kind, (), ("There is nothing in it that names anybody.",))

    # Links

    def _by_link(self, given: Handed) -> Found:
        read = [self._reports.read(token) for token in given.candidates]
        hits = once(_of_link(one.link) for one in read if isinstance(one, Read))
        if hits:
            return Found(Kind.LINK, hits)
        broken = [one for one in read if isinstance(one, Broken)]
        problems = (_told(broken), *map(_hidden, given.gateways))
        if not given.to:
            return Found(Kind.LINK, (), problems, is_broken=bool(broken))
        found = self._by_address(Handed(Kind.EMAIL, given.to))
        return replace(found, problems=(*problems, *found.problems))

    # References

    def _by_reference(self, references: Sequence[str]) -> Found:
        try:
            hits = once(chain.from_iterable(map(self._acts, references)))
        except LedgerDown:
            problem = "Our own database does not answer now; try again in a minute."
            return Found(Kind.REFERENCE, (), (problem,))
        told = f"No act has the reference {', '.join(references[:MOST_ADDRESSES])}."
        return Found(Kind.REFERENCE, hits, () if hits else (told,))

    def _acts(self, reference: str) -> list[Hit]:
        found = self._ledger.by_reference(reference)
        return [Hit(recipient, f"reference {reference}") for recipient in found]

    # Addresses

    def _by_address(self, given: Handed) -> Found:
        kind: AddressKind = "phone" if given.kind is Kind.PHONE else "email"
        answer = self._addresses.find(kind, given.candidates)
        if answer.hits:
            return Found(given.kind, answer.hits, answer.problems)
        hidden = map(_hidden, given.gateways)
        if answer.problems:
            told = (*answer.problems, UNSURE, *hidden)
            return Found(given.kind, (), told, is_unsure=True)
        named = "phone number" if kind == "phone" else "email address"
        nobody = f"Nobody is known by this {named}."
        return Found(given.kind, (), (nobody, *answer.left_out, *hidden))


def is_id(text: str) -> bool:
    """Whether it can be the id of a user: one line of text that a path can hold."""
    is_short = 0 < len(json.dumps(text)) <= LONGEST_ID and text not in ("", ".", "..")
    return is_short and not any("\ud800" <= c <= "\udfff" or c in "\r\n" for c in text)


def _of_link(link: Link) -> Hit:
    minted = link.minted_at
    why = f"{link.scope} link of {minted.day} {minted:%B %Y}"
    subject = Subject(link.asking.topic_id) if link.asking else link.subject
    return Hit(link.recipient, why, subject)


def _told(broken: Sequence[Broken]) -> str:
    """What is wrong with the likeliest link; what it claims is marked as a claim."""
    if not broken:
        return "There is no link of ours in it."
    likeliest = broken[0]
    faults = " ".join(f for f in likeliest.faults if not f.startswith("Tried"))
    users = [value for name, value in likeliest.claims if name == "User"]
    claim = f" It claims the user {users[0]}, which is NOT verified." if users else ""
    return f"The link opens nothing: {faults}{claim}"


def _hidden(gateway: str) -> str:
    return (
        f"A link was rewritten by {gateway}, which alone knows what it was: ask for "
        "the link as it is after a click, or for the mail as a file."
    )
