"""Measures what links cost: `python -m bench.links`, and a part of `bench micro`.

Reading one token, signed or encrypted, and minting for 1,000 recipients through the
API's whole WSGI app, which makes 2,000 tokens. By the clock of the thread that works,
so that it is the cost on one core.
"""

import argparse
import io
import json
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import suppress

from flask import Flask

from app import logs
from app.factory import create_app
from app.ledger.schema import migrate
from app.links import Links, Scope
from app.parts import Outside, create_links, create_parts
from app.preferences.model import Recipient
from app.preferences.subject import Subject
from app.settings import Settings
from app.signing import LinkInvalid

ROUNDS = 20
READS = 1000
MOST_US, MOST_MS = 100.0, 100.0
"""The limits, of one reading and of 1,000 recipients."""

KEY = "a-key-for-the-benchmark-only-0123456789"
PRIVACIES = ("signed", "encrypted")
LABEL, TOPIC = "a•••@example.com", "1f0b7c52-6a4e-4a43-b6a5-8e40e8f6a3cd"
Measured = dict[str, tuple[list[float], str]]
"""By what was done, its rounds in microseconds or milliseconds, and which."""

RECIPIENTS = [
    Recipient(f"f81d4fae-7dec-11d0-a765-00a0c91e{number:04}", "harbor-collective")
    for number in range(1000)
]


def body() -> bytes:
    """The 1,000 as a backend asks for them."""
    wanted = [
        {
            "user_id": recipient.user_id,
            "tenant_id": recipient.tenant_id,
            "label": LABEL,
            "topic_id": TOPIC,
        }
        for recipient in RECIPIENTS
    ]
    return json.dumps({"recipients": wanted}).encode()


def seconds(work: Callable[[], object]) -> float:
    started = time.thread_time()
    work()
    return time.thread_time() - started


def minting_takes(app: Flask, key: str) -> float:
    """Seconds of one call for 1,000 recipients."""
    client, asked = app.test_client(), body()
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}

    def mint() -> None:
        answer = client.post("/api/links", data=asked, headers=headers)
        if answer.status_code != 200:  # noqa: PLR2004
            raise SystemExit(f"the API answers {answer.status}")

    return seconds(mint)


def tokens_take(links: Links) -> float:
    """Seconds of the same 2,000 tokens without the API."""

    def mint() -> None:
        for recipient in RECIPIENTS:
            links.mint(Scope.PREFERENCES, recipient, LABEL)
            links.mint(Scope.UNSUBSCRIBE, recipient, None, Subject(TOPIC))

    return seconds(mint)


def reading_takes(links: Links) -> float:
    """Seconds of reading one token."""
    token = links.mint(Scope.PREFERENCES, RECIPIENTS[0], LABEL)

    def read() -> None:
        for _ in range(READS):
            links.read(Scope.PREFERENCES, token)

    return seconds(read) / READS


def refused_tokens(links: Links) -> dict[str, str]:
    """What nobody may be able to tell apart, not even by the time that it takes."""
    recipient = RECIPIENTS[0]
    token = links.mint(Scope.PREFERENCES, recipient, LABEL)
    changed = "B" if token[9] == "A" else "A"
    return {
        "damaged": token[:9] + changed + token[10:],
        "foreign": Links(["f" * 40]).mint(Scope.PREFERENCES, recipient, LABEL),
        "of another scope": links.mint(Scope.EMBED, recipient, LABEL),
    }


def refusing_takes(links: Links, token: str) -> float:
    """Seconds of refusing one token."""

    def refuse() -> None:
        for _ in range(READS):
            with suppress(LinkInvalid):
                links.read(Scope.PREFERENCES, token)

    return seconds(refuse) / READS


def settings_of(privacy: str, folder: str) -> Settings:
    return Settings.from_environ(
        {
            "COURIER_API_KEY": "none",
            "SECRET_KEY": KEY,
            "PUBLIC_URL": "https://preferences.example",
            "DATABASE_URL": f"sqlite:///{folder}/ledger.db",
            "LINK_API_KEYS": f"bench:{KEY}",
            "LINK_PRIVACY": privacy,
        }
    )


def refuse(links: Links, rounds: int) -> Measured:
    """In turns, so that the machine's mood is the same for all."""
    tokens = refused_tokens(links)
    taken: Measured = {f"refuse one {name}": ([], "us") for name in tokens}
    for _ in range(rounds):
        for name, token in tokens.items():
            taken[f"refuse one {name}"][0].append(refusing_takes(links, token) * 1e6)
    return taken


def run(rounds: int = ROUNDS) -> Measured:
    """Each kind of token and each act, with the figures of each round."""
    found: Measured = {}
    for privacy in PRIVACIES:
        with tempfile.TemporaryDirectory() as folder:
            settings = settings_of(privacy, folder)
            parts = create_parts(settings, Outside())
            migrate(parts.database)
            app = create_app(settings, Outside(), parts)
            links = create_links(settings)
            reads = [reading_takes(links) * 1e6 for _ in range(rounds)]
            found[f"read one {privacy} token"] = reads, "us"
            if privacy == "signed":
                found |= refuse(links, rounds)
            mints = [minting_takes(app, KEY) * 1e3 for _ in range(rounds)]
            found[f"mint for 1000 recipients, {privacy}"] = mints, "ms"
            parts.center.close()
    return found


def lines(found: Measured) -> Iterator[str]:
    for name, (rounds, unit) in found.items():
        limit = MOST_US if unit == "us" else MOST_MS
        yield (
            f"{name:<36} median {statistics.median(rounds):6.1f} {unit}   "
            f"best {min(rounds):6.1f} {unit}   limit {limit:.0f} {unit}"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    logs.configure(io.StringIO())  # as in production, but unread
    print("\n".join(lines(run(parser.parse_args().rounds))))  # noqa: T201


if __name__ == "__main__":
    main()
