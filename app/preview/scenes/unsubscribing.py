"""A link that unsubscribes, and what follows its one button."""

from app.links import Scope
from app.preview.person import Person, Told
from app.preview.scenes.names import DUE, PROJECTS, SECURED, SECURITY
from app.preview.state import scene

UNSUBSCRIBING = scene("Unsubscribing")


@UNSUBSCRIBING.state("Asks about one topic.")
def unsubscribe_asked(who: Person) -> Told:
    return who.unsubscribe(topic=DUE)


@UNSUBSCRIBING.state("Asks about a section.")
def unsubscribe_asked_section(who: Person) -> Told:
    return who.unsubscribe(section=PROJECTS)


@UNSUBSCRIBING.state("Asks about a section of which some is required.")
def unsubscribe_asked_partly(who: Person) -> Told:
    return who.unsubscribe(section=SECURED)


@UNSUBSCRIBING.state("Asks about everything optional.")
def unsubscribe_asked_everything(who: Person) -> Told:
    return who.unsubscribe()


@UNSUBSCRIBING.state("Unsubscribed from one topic.")
def unsubscribed(who: Person) -> Told:
    return _pressed(who, who.unsubscribe(topic=DUE))


@UNSUBSCRIBING.state("Unsubscribed from everything optional.")
def unsubscribed_everything(who: Person) -> Told:
    return _pressed(who, who.unsubscribe())


@UNSUBSCRIBING.state("It was off already.")
def unsubscribed_already(who: Person) -> Told:
    who.press(who.at(who.link(), "/off"), "/off")
    return who.unsubscribe(topic=DUE)


@UNSUBSCRIBING.state("It is required.")
def unsubscribe_required(who: Person) -> Told:
    return who.unsubscribe(topic=SECURITY)


@UNSUBSCRIBING.state("It does not exist any more.")
def unsubscribe_unknown(who: Person) -> Told:
    return who.unsubscribe(topic="GONE")


@UNSUBSCRIBING.state("Undone.")
def unsubscribe_undone(who: Person) -> Told:
    return who.undo(_pressed(who, who.unsubscribe(topic=DUE)))


@UNSUBSCRIBING.state(
    "Courier is silent, so nobody knows how it stands.", world="silent"
)
def unsubscribe_unseen(who: Person) -> Told:
    who.fail()
    return who.unsubscribe(topic=DUE)


@UNSUBSCRIBING.state("Courier is silent, so it is kept.", world="silent")
def unsubscribed_kept(who: Person) -> Told:
    who.fail()
    return _pressed(who, who.unsubscribe(topic=DUE))


@UNSUBSCRIBING.state("It could not be done.", world="unwritten", status=503)
def unsubscribe_failed(who: Person) -> Told:
    who.fail()
    return _pressed(who, who.unsubscribe(topic=DUE))


@UNSUBSCRIBING.state("An old link still unsubscribes.")
def unsubscribe_old(who: Person) -> Told:
    return who.link(Scope.UNSUBSCRIBE, age=400, topic=DUE)


def _pressed(who: Person, link: str) -> Told:
    return who.post(link, {"asked": "1"})
