"""While Courier is silent, or refuses us."""

from app.preferences.model import Status
from app.preview.person import Person, Told
from app.preview.scenes.names import DUE
from app.preview.state import scene

DOWN = scene("While Courier is down")


@DOWN.state("Courier is silent; how things stood when we last saw.", world="silent")
def last_seen(who: Person) -> Told:
    who.elsewhere(DUE, Status.OPTED_OUT)
    who.open(who.link())
    who.fail()
    return who.link()


@DOWN.state("Courier is silent, and a choice is kept.", world="silent")
def last_seen_kept(who: Person) -> Told:
    page = who.open(who.link())
    who.fail()
    return who.choose(page, DUE, on=())


@DOWN.state(
    "Nothing is known of the recipient but what can be chosen.",
    world="silent",
    status=503,
)
def down(who: Person) -> Told:
    who.fail()
    return who.link()


@DOWN.state(
    "Everything optional will be off, though nobody could see it.", world="silent"
)
def down_everything_off(who: Person) -> Told:
    who.fail()
    return who.press(who.link(), "/everything-off")


@DOWN.state("Nothing at all is known.", world="unknown", status=503)
def down_unknown(who: Person) -> Told:
    return who.link()


@DOWN.state("Courier refuses our key.", world="silent", status=503)
def down_by_us(who: Person) -> Told:
    who.fail(status=401, retry_after=None)
    return who.link()


@DOWN.state("Many could not be changed.", world="unwritten", status=503)
def page_level_error(who: Person) -> Told:
    page = who.open(who.at(who.link(), "/off"))
    who.fail(methods=["PUT", "POST", "DELETE"])
    return who.press(page, "/off")
