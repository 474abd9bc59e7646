"""The judge itself: it sees a lost choice, a double one, and one out of order."""

import pytest

from tests.chaos.crowd import Person, people_of
from tests.chaos.verdict import (
    Answer,
    Choice,
    Entry,
    Order,
    Record,
    State,
    is_lost,
    order,
    untrue,
    waits,
)

BOTH = frozenset({"email", "sms"})
ON, OFF = State(True, BOTH), State(False, BOTH)
EMAIL, SMS = State(True, frozenset({"email"})), State(True, frozenset({"sms"}))
STATES = {"on": ON, "off": OFF, "email": EMAIL, "sms": SMS}

PAGE = """
<form class="topic-form" method="post" action="/p/x/topics/T" hx-post="/p/x/topics/T">
<input type="hidden" name="state" value="s1">
<input type="checkbox" role="switch" name="on" value="1" checked>
<input type="hidden" name="shown" value="email sms">
<input type="checkbox" name="channel" value="email" checked>
<input type="checkbox" name="channel" value="sms" checked> </form>
"""


def record(*choices: str) -> Record:
    """One choice per second: "off saved" at 1 to 1.5, and so on; first on by both."""
    made = Record("ada", "T", ON)
    for second, words in enumerate(choices, start=1):
        state, answer = words.split()
        span = (second, second + 0.5)
        made.choices.append(Choice(STATES[state], Answer(answer), *span))
    return made


def effects(*words: str) -> list[Entry]:
    """ "off 1.2" and so on."""
    pairs = [word.split() for word in words]
    return [Entry(float(at), STATES[state]) for state, at in pairs]


def never(_: float) -> bool:
    return False


def always(_: float) -> bool:
    return True


@pytest.mark.parametrize(
    ("choices", "now", "expected"),
    [
        ([], "on", False),
        ([], "off", True),
        (["off saved"], "off", False),
        (["off saved"], "on", True),
        (["off kept"], "on", True),
        (["off saved", "email kept"], "off", True),
        (["off saved", "email kept"], "email", False),
        (["off saved", "email kept"], "sms", True),
        (["off saved", "email untold"], "off", False),
        (["off saved", "email untold"], "email", False),
        (["off saved", "email failed", "sms untold"], "email", False),
        (["off saved", "email untold"], "on", True),
        (["email untold", "off saved"], "email", True),
        (["email untold"], "on", False),
        (["email unreadable"], "on", False),
    ],
)
def test_it_sees_a_lost_choice(choices: list[str], now: str, expected: bool) -> None:
    assert is_lost(record(*choices), STATES[now]) is expected


@pytest.mark.parametrize(
    ("choices", "history", "expected"),
    [
        ([], [], Order()),
        (["off saved"], ["off 1.2"], Order()),
        (["off kept", "email kept"], ["email 9"], Order()),
        (["off saved", "on saved", "off saved"], ["off 1", "on 2", "off 3"], Order()),
        (["off saved", "email untold", "sms saved"], ["off 1", "sms 3"], Order()),
        (["off saved", "on failed"], ["off 1", "on 3", "off 5"], Order(late=1)),
        (["off saved", "on untold"], ["off 1", "on 3", "off 5"], Order(1)),
        # delivered twice with effect
        (["off saved", "email saved"], ["off 1", "email 2", "off 2.2"], Order(1)),
        (["off saved"], ["off 1", "on 2"], Order(1)),
        # the older one after the newer one, and nothing more
        (["off kept", "email kept"], ["email 3", "off 4"], Order(1)),
        # nobody chose that
        (["off saved"], ["sms 1", "off 1.2"], Order(1)),
        # before it was chosen
        (["off saved", "email saved"], ["email 1", "off 1.2"], Order(1)),
    ],
)
def test_it_sees_what_is_out_of_order(
    choices: list[str], history: list[str], expected: Order
) -> None:
    assert order(record(*choices), effects(*history), never) == expected


@pytest.mark.parametrize(
    ("choices", "history", "expected"),
    [
        # said to have failed, so that it is undone once it is seen
        (["off saved", "on failed"], ["off 1", "on 3", "off 5"], Order(late=1)),
        (["off saved", "on failed"], ["off 1", "on 3"], Order()),
        # late, and repaired
        (
            ["off kept", "email saved"],
            ["off 1", "email 2", "off 6", "email 6.5"],
            Order(late=1),
        ),
        # late, repaired, and then a newer choice
        (
            ["off kept", "email saved", "sms saved"],
            ["off 1", "email 2", "off 2.4", "email 2.5", "sms 3"],
            Order(late=1),
        ),
        # what nobody chose is never excused
        (["off kept"], ["off 1", "sms 6", "off 6.5"], Order(wrong=1)),
        # nor what was there before the first choice
        (["off kept"], ["off 1", "on 6", "off 6.5"], Order(wrong=1)),
        # the kindest reading: off is the third choice, not the first one late
        (
            ["off saved", "email saved", "off kept"],
            ["off 1", "email 2", "off 6"],
            Order(),
        ),
    ],
)
def test_a_late_one_is_excused_where_it_may_be_late(
    choices: list[str], history: list[str], expected: Order
) -> None:
    assert order(record(*choices), effects(*history), always) == expected


def test_a_late_one_that_stays_is_a_lost_choice() -> None:
    made = record("off kept", "email saved")
    history = effects("off 1", "email 2", "off 6")

    assert order(made, history, always) == Order(late=1)
    assert is_lost(made, history[-1].state)


def test_it_sees_what_was_said_to_be_saved_too_early() -> None:
    made = record("off saved", "email kept", "sms saved")

    early = untrue(made, effects("off 1.6", "sms 3.2"), never)
    assert [str(choice.state) for choice in early] == ["off[email,sms]"]
    assert untrue(made, effects("off 1.4", "sms 3.2"), never) == []
    assert untrue(made, effects("off 1.6", "sms 3.2"), always) == []


def test_it_knows_how_long_a_kept_choice_waited() -> None:
    made = record("off kept", "email kept", "sms saved")

    assert waits(made, effects("email 2.9", "sms 3.2")) == [pytest.approx(0.4)]


def person() -> Person:
    (one,) = people_of("ada", PAGE, {"T": BOTH}, 1)
    return one


def answered(on: bool, *ticked: str, state: str = "s2") -> str:
    boxes = "".join(
        f'<input name="channel" value="{c}"{" checked" if c in ticked else ""}>'
        for c in ("email", "sms")
    )
    switch = f'<input name="on" value="1"{" checked" if on else ""}>'
    return f'<input name="state" value="{state}">{switch}{boxes}'


def test_a_person_sends_what_a_browser_would() -> None:
    one = person()
    assert one.form.fields(State(False)) == [
        ("state", "s1"),
        ("shown", "email sms"),
        ("channel", "email"),
        ("channel", "sms"),
    ]
    assert one.form.fields(EMAIL) == [
        ("state", "s1"),
        ("shown", "email sms"),
        ("on", "1"),
        ("channel", "email"),
    ]


def test_a_person_remembers_the_channels_of_what_is_off() -> None:
    one = person()
    one.hear(EMAIL, 200, answered(True, "email"), (1, 1.5))
    one.hear(State(False), 202, answered(False), (2, 2.5))
    one.hear(State(True), 200, answered(True, "email"), (3, 3.5))

    states = [choice.state for choice in one.record.choices]
    assert states == [EMAIL, State(False, frozenset({"email"})), EMAIL]
    assert not any(choice.is_overruled for choice in one.record.choices)
    assert one.form.state == "s2"


def test_a_person_notices_to_be_told_otherwise() -> None:
    one = person()
    one.hear(State(False), 200, answered(True, "email", "sms"), (1, 1.5))
    one.hear(EMAIL, 200, answered(True, "sms"), (2, 2.5))
    one.hear(State(False), 200, answered(False), (3, 3.5))

    assert [c.is_overruled for c in one.record.choices] == [True, True, False]


def test_a_person_who_was_told_nothing_believes_the_next_answer() -> None:
    one = person()
    one.hear_nothing(EMAIL, (1, 1.5))
    one.hear(State(False), 503, "no form in it", (2, 2.5))
    one.hear(State(False), 200, answered(True, "email"), (3, 3.5))

    answers = [(str(c.answer), c.is_overruled) for c in one.record.choices]
    assert answers == [("untold", False), ("failed", False), ("saved", False)]
    assert one.record.allowed() == [EMAIL]


def test_saved_without_the_topic_is_no_answer() -> None:
    one = person()
    one.hear(State(False), 200, "no form in it", (1, 1.5))

    assert [c.answer for c in one.record.choices] == [Answer.UNREADABLE]
    assert one.form.state == "s1"
