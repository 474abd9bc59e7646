"""PostgreSQL crashes while we go on: what it said is written down must be."""

from collections.abc import Iterator

import pytest

from app.ledger.queue import Result, Verdict
from app.ledger.schema import migrate
from app.preferences.choice import State
from tests.conftest import Clock
from tests.ledger.acts import ADA, OFF, Books
from tests.postgres import Cluster, running_cluster

TRIES = 5
"""Crashes, each right after the word that must hold; one would hit by luck."""


@pytest.fixture
def own_cluster() -> Iterator[Cluster]:
    with running_cluster() as cluster:
        yield cluster


def test_what_was_settled_is_settled_after_a_crash(
    own_cluster: Cluster, clock: Clock
) -> None:
    """Sent again, it would overrule what was chosen while the ledger was away."""
    books = Books.opened(own_cluster.create("crash"), clock)
    migrate(books.database)
    found = []
    for _ in range(TRIES):
        choice = books.choose(OFF, "news", ADA)
        books.queue.settle([(choice, Result(Verdict.DELIVERED))])
        own_cluster.stop("immediate")
        own_cluster.start()
        found.append(books.ledger.history(ADA)[0].state)
    books.database.close()

    assert found == [State.DELIVERED] * TRIES
