"""A recipient's history, and the way back to a moment of it."""

from app.preferences.model import Status
from app.preview.person import Person, Told
from app.preview.scenes.names import COMMENTS, DUE, MENTIONS, REMINDERS, TASKS
from app.preview.state import scene

PAST = scene("History")
AGE = 20.0
"""Days since the recipients here got their link."""


@PAST.state("Changes made here, elsewhere, undone, and many at once.", world="past")
def history(who: Person) -> Told:
    _live(who)
    return who.at(who.link(age=AGE), "/history")


@PAST.state("Nothing was ever changed.", world="past")
def history_empty(who: Person) -> Told:
    return who.at(who.link(), "/history")


@PAST.state("Courier does not tell its log.", world="silent")
def history_without_log(who: Person) -> Told:
    who.choose(who.link(), DUE, on=())
    who.fail(path="^/preferences/logs", times=1)
    return who.open(who.at(who.link(), "/history"))


@PAST.state("What would change by going back to a moment.", world="past")
def back(who: Person) -> Told:
    _live(who)
    return who.at(who.link(age=AGE), "/back", at=_moment(who, 10))


@PAST.state("Nothing would change.", world="past")
def back_nothing(who: Person) -> Told:
    return who.at(who.link(), "/back", at=_moment(who, 0.1))


@PAST.state("A moment that is still to come.", world="past", status=400)
def back_to_come(who: Person) -> Told:
    return who.at(who.link(), "/back", on="2999-01-01T12:00")


@PAST.state("All is as it was then, with undo.", world="past")
def back_done(who: Person) -> Told:
    _live(who)
    return who.press(who.at(who.link(age=AGE), "/back", at=_moment(who, 10)), "/back")


def _live(who: Person) -> None:
    """Three weeks of choices."""
    link = who.link(age=AGE)
    with who.world.ago(15):
        who.choose(link, MENTIONS, channel=["email", "inbox"])
    with who.world.ago(12):
        who.undo(who.choose(link, COMMENTS, on=()))
    with who.world.ago(9):
        who.elsewhere(REMINDERS, Status.OPTED_OUT)
    with who.world.ago(6):
        who.choose(link, DUE, on=())
    with who.world.ago(2.3):
        who.press(who.at(link, "/off"), "/off")
    with who.world.ago(0.2):
        who.choose(link, TASKS, on="1")


def _moment(who: Person, days: float) -> str:
    """In milliseconds, as an address has it."""
    return str(int((who.world.clock.now() - days * 86400) * 1000))
