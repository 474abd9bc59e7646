"""Our own client of Courier, its clock, and one call of each of its methods."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import httpx

from app.courier.client import Courier
from app.courier.http import BUDGET, Http
from app.courier.pool import Pool
from app.preferences.model import Channel, Recipient, Routing, Status
from app.preferences.rules import Change

KEY = "sandbox-key"
ADA = Recipient("ada")
MENTIONS = "KINJO13Q6S287RAM6WZLFRIE5S51"
RECEIPTS = "SQK24IBFTL895VWSQ4B0HIAXQK6P"
TENANT = "harbor-collective"
OFF = Change(Status.OPTED_OUT, Routing(False, (Channel("push"),)))

CALLS: dict[str, Callable[[Courier], object]] = {
    "catalog": lambda courier: courier.catalog(),
    "tenant": lambda courier: courier.tenant(TENANT).defaults,
    "tenant_ids": lambda courier: courier.tenant_ids("user-ada"),
    "review": lambda courier: courier.review(),
    "published": lambda courier: courier.published(),
    "preferences": lambda courier: courier.preferences(ADA),
    "preference": lambda courier: courier.preference(ADA, MENTIONS),
    "put": lambda courier: courier.put(ADA, MENTIONS, OFF, with_routing=True),
    "put_many": lambda courier: courier.put_many(
        ADA, {MENTIONS: OFF}, with_routing=True
    ),
    "delete": lambda courier: courier.delete(ADA, MENTIONS),
    "delete_all": lambda courier: courier.delete_all(ADA),
}


@dataclass
class Napping:
    """A clock that only sleeping moves, and that remembers the naps."""

    now: float = 1000.0
    naps: list[float] = field(default_factory=list)

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.naps.append(seconds)
        self.now += seconds


@contextmanager
def courier_at(
    url: str,
    clock: Napping | None = None,
    *,
    key: str = KEY,
    transport: httpx.BaseTransport | None = None,
) -> Iterator[Courier]:
    clock = clock or Napping()
    pool = Pool(url, {"Authorization": f"Bearer {key}"}, transport)
    http = Http(pool, budget=BUDGET, monotonic=clock.monotonic, sleep=clock.sleep)
    yield Courier(http)
    pool.close()
