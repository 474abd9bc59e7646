"""The circuit: while Courier is down, a backlog does not hammer it."""

import pytest

from app.circuit import LONGEST, THRESHOLD, Circuit
from tests.conftest import Clock


@pytest.fixture
def circuit(clock: Clock) -> Circuit:
    return Circuit(clock)


def broken(circuit: Circuit, times: int = THRESHOLD) -> Circuit:
    for _ in range(times):
        circuit.failed()
    return circuit


def test_it_opens_after_five_failures_in_a_row(circuit: Circuit) -> None:
    broken(circuit, 4)
    circuit.succeeded()
    broken(circuit, 4)
    assert circuit.let_through()
    assert not circuit.is_open

    assert broken(circuit, 1).is_open
    assert not circuit.let_through()


def test_after_a_pause_it_lets_one_through(circuit: Circuit, clock: Clock) -> None:
    broken(circuit)
    clock.seconds += 1

    assert not circuit.is_open
    assert [circuit.let_through() for _ in range(3)] == [True, False, False]


def test_it_closes_when_the_one_succeeds(circuit: Circuit, clock: Clock) -> None:
    broken(circuit)
    clock.seconds += 1
    circuit.let_through()

    circuit.succeeded()

    assert all(circuit.let_through() for _ in range(10))
    broken(circuit)
    clock.seconds += 1
    assert circuit.let_through(), "the pauses begin anew"


def test_the_pauses_double_up_to_half_a_minute(circuit: Circuit, clock: Clock) -> None:
    broken(circuit)
    pauses = []
    for _ in range(8):
        began = clock()
        while not circuit.let_through():
            clock.seconds += 0.5
        pauses.append(clock() - began)
        circuit.failed()

    assert pauses == [1, 2, 4, 8, 16, 30, 30, 30]
    assert pauses[-1] == LONGEST


def test_who_does_not_come_back_locks_nobody_out(
    circuit: Circuit, clock: Clock
) -> None:
    """The one let through may die; after the same pause another one may try."""
    broken(circuit)
    clock.seconds += 1
    assert circuit.let_through()

    clock.seconds += 1

    assert circuit.let_through()


def test_to_look_at_it_changes_nothing(circuit: Circuit, clock: Clock) -> None:
    broken(circuit)
    clock.seconds += 1

    assert [circuit.is_open for _ in range(3)] == [False] * 3
    assert circuit.let_through()
