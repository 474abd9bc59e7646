"""Why somebody stands as they do, told from what is known."""

from dataclasses import replace

from app.preferences.choice import Choice, Door, Draft, State, Trace
from app.preferences.model import (
    Default,
    Preference,
    Recipient,
    Routing,
    Standing,
    Status,
    Topic,
)
from app.preferences.rules import Change
from app.preferences.timeline import Logged
from app.preferences.why import Cause, Why, newest, why

TOPIC = Topic("news", "Product news", Status.OPTED_IN)
AT_DEFAULT = Standing(Status.OPTED_IN, Status.OPTED_IN)
OWN_OFF = Standing(Status.OPTED_OUT, Status.OPTED_IN)
OFF = Change(Status.OPTED_OUT, Routing())


def row(standing: Standing, *, locked: bool = False, by: str = "") -> Preference:
    return Preference(TOPIC, standing, (), is_locked=locked, required_by=by)


def chosen(at: float, number: int = 1) -> Choice:
    draft = Draft(TOPIC.id, TOPIC.name, AT_DEFAULT, OFF)
    trace, who = Trace(Door.PAGE), Recipient("ada")
    return Choice(number, "7F3K-22", at, who, draft, trace, State.DELIVERED)


def logged(at: float) -> Logged:
    return Logged(TOPIC.id, TOPIC.name, Status.OPTED_OUT, Routing(), at)


def test_without_a_choice_it_is_the_workspaces_default() -> None:
    assert why(row(AT_DEFAULT), {}, {}, {}) == Why(Cause.DEFAULT)


def test_a_tenants_default_names_the_tenant() -> None:
    defaults = {TOPIC.id: Default(Status.OPTED_IN, set_by="Harbor")}

    assert why(row(AT_DEFAULT), defaults, {}, {}) == Why(
        Cause.TENANT_DEFAULT, None, "Harbor"
    )


def test_a_default_that_was_chosen_as_well_tells_the_choice() -> None:
    on = Change(Status.OPTED_IN, Routing())
    draft = Draft(TOPIC.id, TOPIC.name, OWN_OFF, on)
    choice = replace(chosen(5), draft=draft)

    assert why(row(AT_DEFAULT), {}, {TOPIC.id: choice}, {}).event == choice


def test_a_choice_that_says_something_else_is_not_told_as_the_same() -> None:
    assert why(row(AT_DEFAULT), {}, {TOPIC.id: chosen(5)}, {}) == Why(Cause.DEFAULT)


def test_an_own_choice_is_the_ledgers_or_made_elsewhere_or_unknown() -> None:
    choice, entry = chosen(5), logged(5)
    own = row(OWN_OFF)

    assert why(own, {}, {TOPIC.id: choice}, {}) == Why(Cause.CHOICE, choice)
    assert why(own, {}, {TOPIC.id: entry}, {}) == Why(Cause.ELSEWHERE, entry)
    assert why(own, {}, {}, {}) == Why(Cause.UNTRACED)


def test_what_is_required_says_by_whom_and_what_it_overrules() -> None:
    required = row(AT_DEFAULT, locked=True)
    by_tenant = row(OWN_OFF, locked=True, by="Harbor")

    assert why(required, {}, {}, {}) == Why(Cause.REQUIRED)
    assert why(by_tenant, {}, {}, {}) == Why(
        Cause.REQUIRED_BY_TENANT, None, "Harbor", is_overruled=True
    )


def test_what_waits_stands_above_all_else() -> None:
    choice = replace(chosen(9), state=State.PENDING)

    assert why(row(OWN_OFF), {}, {TOPIC.id: chosen(5)}, {TOPIC.id: choice}) == Why(
        Cause.WAITING, choice
    )


def test_the_newest_event_of_a_topic_counts() -> None:
    old, new = chosen(5), logged(7)

    assert newest([new, old]) == {TOPIC.id: new}
