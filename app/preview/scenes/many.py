"""Many topics at once: asked first, then done."""

from app.preferences.model import Status
from app.preview.person import Person, Told
from app.preview.scenes.names import DUE, MENTIONS, PROJECTS
from app.preview.state import scene

MANY = scene("Many topics at once")


@MANY.state("Asks before everything optional is turned off.")
def off_asked(who: Person) -> Told:
    return who.at(who.link(), "/off")


@MANY.state("Asks before a section is turned off.")
def off_section_asked(who: Person) -> Told:
    return who.at(who.link(), f"/off/{PROJECTS}")


@MANY.state("Everything optional is off, with undo.")
def off_done(who: Person) -> Told:
    return who.press(who.at(who.link(), "/off"), "/off")


@MANY.state("There is nothing left to turn off.")
def off_nothing(who: Person) -> Told:
    who.press(who.at(who.link(), "/off"), "/off")
    return who.at(who.link(), "/off")


@MANY.state("All that was undone at once.")
def off_undone(who: Person) -> Told:
    return who.undo(who.press(who.at(who.link(), "/off"), "/off"))


@MANY.state("Everything optional will be off.", world="keeping")
def off_kept(who: Person) -> Told:
    page = who.open(who.at(who.link(), "/off"))
    who.fail(methods=["PUT", "POST"])
    return who.press(page, "/off")


@MANY.state("Asks before everything goes back to the defaults.")
def reset_asked(who: Person) -> Told:
    _choose(who)
    return who.at(who.link(), "/reset")


@MANY.state("There is nothing of one's own to put back.")
def reset_nothing(who: Person) -> Told:
    return who.at(who.link(), "/reset")


@MANY.state("Everything is back to the defaults, with undo.")
def reset_done(who: Person) -> Told:
    _choose(who)
    return who.press(who.at(who.link(), "/reset"), "/reset")


def _choose(who: Person) -> None:
    who.elsewhere(DUE, Status.OPTED_OUT)
    who.elsewhere(MENTIONS, Status.OPTED_IN, "push", "inbox")
