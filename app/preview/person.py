"""A recipient of a state's own, with a browser without script."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any
from urllib.parse import urlencode, urlsplit

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app.links import DAY, Scope
from app.preferences.asking import Asking
from app.preferences.model import Channel, Recipient, Routing, Standing, Status
from app.preferences.rules import Change
from app.preferences.subject import Subject
from app.preview.forms import Forms
from app.preview.world import World
from app.web.pages.faces import anchor

NUMBERS = count(1)
LABEL = "s•••@example.com"
BASIS = "The customer asked for it on the phone"
Told = TestResponse | str
"""An answer, or the address that it leads to."""


@dataclass(frozen=True)
class Person:
    """`asked` is what every address of theirs says: a language, a theme. `languages`
    is what their browser says, which may know more of a language than its name."""

    world: World
    user_id: str
    asked: dict[str, str]
    languages: str = ""

    @classmethod
    def new(cls, world: World, asked: dict[str, str], languages: str) -> "Person":
        """Somebody whom nobody has heard of; their id tells their world."""
        return cls(world, f"{world.name}~{next(NUMBERS)}", asked, languages)

    def link(  # noqa: PLR0913  a link says all that
        self,
        scope: Scope = Scope.PREFERENCES,
        *,
        age: float = 0.0,
        tenant: str | None = None,
        topic: str | None = None,
        section: str | None = None,
        has_all_tenants: bool = False,
    ) -> str:
        """The address that it opens; `age` in days."""
        token = self.world.links.ahead(-age * DAY).mint(
            scope,
            Recipient(self.user_id, tenant),
            LABEL,
            Subject(topic, section) if scope is Scope.UNSUBSCRIBE else None,
            has_all_tenants=has_all_tenants,
        )
        return self.at(f"{scope.path}{token}")

    def at(self, address: str, below: str = "", **query: str) -> str:
        """What lies below an address, asked in the state's language and theme."""
        parts = urlsplit(address)
        text = urlencode({**self.asked, **query})
        return parts._replace(path=parts.path + below, query=text).geturl()

    def open(self, address: str) -> TestResponse:
        return self._client().get(address, headers=self._headers())

    def post(self, address: str, fields: Any = None, **headers: str) -> Told:  # noqa: ANN401  as werkzeug has it
        said = {**self._headers(), **headers}
        answer = self._client().post(address, data=fields or {}, headers=said)
        return answer.headers.get("Location", answer)

    def press(self, page: Told, ending: str, **changes: str | Sequence[str]) -> Told:
        """Sends the page's form whose address ends so, with these fields changed."""
        seen = page if isinstance(page, TestResponse) else self.open(page)
        form, action = next(Forms(seen.text).ending(ending))
        fields = form.fields.copy()
        for name, value in changes.items():
            fields.setlist(name, [value] if isinstance(value, str) else list(value))
        return self.post(action, fields)

    def choose(self, page: Told, topic: str, **changes: str | Sequence[str]) -> Told:
        """Changes a topic: `on=()` turns it off, `channel=["email"]` leaves that."""
        return self.press(page, f"/topics/{topic}", **changes)

    def unsubscribe(self, topic: str | None = None, section: str | None = None) -> str:
        """The address of a link that does so; from everything where none is given."""
        return self.link(Scope.UNSUBSCRIBE, topic=topic, section=section)

    def question(
        self,
        topic: str,
        name: str,
        *channels: str,
        was: Status = Status.OPTED_OUT,
        age: float = 0.0,
    ) -> str:
        """The address that asks whether what staff would turn on shall be so."""
        more = tuple(map(Channel, channels))
        seen = Standing(was, Status.OPTED_IN)
        asking = Asking(topic, name, BASIS, 1, seen, more)
        token = self.world.links.ahead(-age * DAY).mint(
            Scope.CONFIRM, Recipient(self.user_id), LABEL, asking=asking
        )
        return self.at(f"{Scope.CONFIRM.path}{token}")

    def undo(self, told: Told) -> Told:
        """Presses the only Undo there is."""
        page = told if isinstance(told, TestResponse) else self.open(told)
        form, action = next(Forms(page.text).containing("/undo/"))
        return self.post(action, form.fields)

    def fail(self, **rule: Any) -> None:  # noqa: ANN401  any rule
        """From now on Courier fails for this one recipient."""
        self.world.courier.fail(self.user_id, **rule)

    def elsewhere(self, topic: str, status: Status, *channels: str) -> None:
        """A choice that was made at Courier itself."""
        routing = Routing(bool(channels), tuple(map(Channel, channels)))
        self.world.choose(Recipient(self.user_id), topic, Change(status, routing))

    def join(self, *tenants: str) -> None:
        for tenant in tenants:
            self.world.courier.put(f"/users/{self.user_id}/tenants/{tenant}", {})

    def _headers(self) -> dict[str, str]:
        return {"Accept": "text/html", "Accept-Language": self.languages}

    def _client(self) -> FlaskClient:
        return self.world.app.test_client()


def beside(address: str, topic: str) -> str:
    """The same address, at a topic."""
    return urlsplit(address)._replace(fragment=name_id(topic)).geturl()


def name_id(topic: str) -> str:
    """The id of a topic's name, which takes no focus when an address leads to it."""
    return f"{anchor(topic)}-name"
