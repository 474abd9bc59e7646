"""The demo: an embedded Courier with a seeded workspace, the app in front of it, and
an OpenID provider by which staff sign in at the support desk.

Each runs as it would alone, in its own process; this one starts them, prints links
for the seeded recipients, and stops all together.
"""

import json
import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from app.links import DAY, Links, Scope
from app.preferences.model import Recipient
from app.preferences.subject import Subject
from app.provider.memory import PEOPLE

SEED = Path(__file__).parent / "sandbox" / "seed.json"
PATIENCE = 30.0
"""Seconds until all must answer."""

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

PRODUCT = "Tidewell"
"""The product whose workspace the seed describes."""

BRAND = "brand_tidewell"

CLIENT_ID = "desk"
CLIENT_SECRET = "only-for-the-demo"  # noqa: S105  as it says
"""By which the app is known to a provider that asks nobody for a password."""

KEY_FILE = Path("var/demo/secret_key")
"""Kept, so that a printed link still works after the demo was started again."""


class DemoFault(Exception):
    """The demo could not start; the message says what to do."""


@dataclass(frozen=True)
class Demo:
    port: int
    sandbox_port: int
    provider_port: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def courier_url(self) -> str:
        return f"http://127.0.0.1:{self.sandbox_port}"

    @property
    def issuer(self) -> str:
        return f"http://127.0.0.1:{self.provider_port}"

    @property
    def ledger(self) -> Path:
        """Begins anew with each demo, as its Courier does."""
        return Path(f"var/demo/ledger-{self.port}.db")

    def environ(self) -> dict[str, str]:
        return {
            "COURIER_API_KEY": "sandbox-key",
            "COURIER_BASE_URL": self.courier_url,
            "SECRET_KEY": secret_key(),
            "PUBLIC_URL": self.url,
            "PRODUCT_NAME": PRODUCT,
            "BRAND_ID": BRAND,
            "HOST": "127.0.0.1",
            "PORT": str(self.port),
            "WORKERS": "1",
            "DATABASE_URL": f"sqlite:///{self.ledger}",
            "OIDC_ISSUER": self.issuer,
            "OIDC_CLIENT_ID": CLIENT_ID,
            "OIDC_CLIENT_SECRET": CLIENT_SECRET,
        }

    def links(self) -> Iterator[tuple[str, str]]:
        """Whose page and what it shows, with its link; a line per tenant as well."""
        links, seed = Links([secret_key()]), json.loads(SEED.read_text("utf-8"))
        for person in seed["recipients"]:
            label = masked(person)
            for tenant in (None, *person["tenants"]):
                recipient = Recipient(person["user_id"], tenant)
                token = links.mint(Scope.PREFERENCES, recipient, label)
                about = f"in the tenant {tenant}" if tenant else person["about"]
                yield f"{person['user_id']}: {about}", f"{self.url}/p/{token}"
        yield from self._more_links(links, seed)

    def _more_links(
        self, links: Links, seed: dict[str, Any]
    ) -> Iterator[tuple[str, str]]:
        """One for all tenants, an old one, and one for the header of an e-mail."""
        user_id, topic = (
            seed["recipients"][0]["user_id"],
            seed["sections"][1]["topics"][0],
        )
        recipient, subject = Recipient(user_id), Subject(topic_id=topic["id"])
        every = links.mint(Scope.PREFERENCES, recipient, has_all_tenants=True)
        yield f"{user_id}: with all her organizations", f"{self.url}/p/{every}"
        german = Recipient(user_id, language="de")
        spoken = links.mint(Scope.PREFERENCES, german)
        yield f"{user_id}: in German", f"{self.url}/p/{spoken}"
        old = links.ahead(-40 * DAY).mint(Scope.PREFERENCES, recipient)
        yield f"{user_id}: a link of 40 days ago", f"{self.url}/p/{old}"
        token = links.mint(Scope.UNSUBSCRIBE, recipient, subject=subject)
        about = f"unsubscribes from {topic['name']}"
        yield f"{user_id}: {about}", f"{self.url}/u/{token}"

    def run(self) -> int:
        """Until a signal or the end of any process; returns an exit code."""
        for name in SIGNALS:
            signal.signal(name, _interrupt)
        for old in self.ledger.parent.glob(f"{self.ledger.name}*"):
            old.unlink()
        commands = (
            ["sandbox", "--port", str(self.sandbox_port)],
            ["provider", "--port", str(self.provider_port)],
            ["serve"],
        )
        started: list[subprocess.Popen[bytes]] = []
        try:
            started += (_start(command, self.environ()) for command in commands)
            self._await_ready(started)
            self._welcome()
            return _first_to_end(started)
        except KeyboardInterrupt:
            return 0
        finally:
            _stop(started)

    def _await_ready(self, started: list[subprocess.Popen[bytes]]) -> None:
        deadline = time.monotonic() + PATIENCE
        while not (_answers(f"{self.url}/readyz") and _answers(self.issuer)):
            ended = any(process.poll() is not None for process in started)
            if ended or time.monotonic() > deadline:
                raise DemoFault(
                    f"The demo did not start. Are the ports {self.port}, "
                    f"{self.sandbox_port} and {self.provider_port} free?"
                )
            time.sleep(0.1)

    def _welcome(self) -> None:
        print(f"\n{PRODUCT}'s preference center is at {self.url}")
        print(f"Its Courier, the sandbox, is at {self.courier_url}\n")
        for about, link in self.links():
            print(f"  {about}\n    {link}")
        self._welcome_staff()
        print("\nPress Ctrl-C to stop.", flush=True)

    def _welcome_staff(self) -> None:
        print(f"\nIts support desk is at {self.url}/staff/")
        print(f"  Sign in there by the provider at {self.issuer}, as one of")
        for person in PEOPLE:
            print(f"  {person.name}: {', '.join(person.roles)}")


def secret_key() -> str:
    if not KEY_FILE.exists():
        KEY_FILE.parent.mkdir(parents=True, exist_ok=True)
        KEY_FILE.touch(mode=0o600)
        KEY_FILE.write_text(secrets.token_urlsafe(48))
    return KEY_FILE.read_text().strip()


def masked(person: dict[str, Any]) -> str:
    """`a•••@example.com`: enough to know oneself by, too little to be of use."""
    name, _, domain = person["profile"]["email"].partition("@")
    return f"{name[:1]}•••@{domain}"


def _start(command: list[str], environ: dict[str, str]) -> subprocess.Popen[bytes]:
    whole = [sys.executable, "-m", "app", *command]
    return subprocess.Popen(  # noqa: S603  ours
        whole, env={**os.environ, **environ}, start_new_session=True
    )


def _answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=2, trust_env=False).is_success
    except httpx.HTTPError:
        return False


def _first_to_end(started: list[subprocess.Popen[bytes]]) -> int:
    while True:
        for process in started:
            code = process.poll()
            if code is not None:
                return code
        time.sleep(0.2)


def _stop(started: list[subprocess.Popen[bytes]]) -> None:
    for process in started:
        process.terminate()
    for process in started:
        process.wait(timeout=PATIENCE)


def _interrupt(_signal: int, _frame: object) -> None:
    """Once: a second signal must not keep the first from stopping everything."""
    for name in SIGNALS:
        signal.signal(name, signal.SIG_IGN)
    raise KeyboardInterrupt
