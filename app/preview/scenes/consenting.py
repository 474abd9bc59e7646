"""A link that asks whether what staff would turn on shall be so, and the answers."""

from app.preferences.model import Status
from app.preview.person import Person, Told
from app.preview.scenes.names import DUE, SECURITY
from app.preview.state import scene

CONSENTING = scene("Saying yes to support")
NAME = "Due dates"
YES, NO = {"answer": "yes"}, {"answer": "no"}


@CONSENTING.state("Asks to turn a topic on.")
def consent_asked(who: Person) -> Told:
    return _off(who)


@CONSENTING.state("Asks to add a channel.")
def consent_asked_channel(who: Person) -> Told:
    who.elsewhere(DUE, Status.OPTED_IN, "email")
    return who.question(DUE, NAME, "sms", was=Status.OPTED_IN)


@CONSENTING.state("Courier is silent, so nobody knows how it stands.", world="silent")
def consent_unseen(who: Person) -> Told:
    who.fail()
    return who.question(DUE, NAME)


@CONSENTING.state("Said yes.")
def consent_given(who: Person) -> Told:
    return who.post(_off(who), YES)


@CONSENTING.state("Courier is silent, so a yes is kept.", world="silent")
def consent_kept(who: Person) -> Told:
    who.fail()
    return who.post(who.question(DUE, NAME), YES)


@CONSENTING.state("A yes was taken back.")
def consent_undone(who: Person) -> Told:
    return who.undo(who.post(_off(who), YES))


@CONSENTING.state("Said no.")
def consent_declined(who: Person) -> Told:
    return who.post(_off(who), NO)


@CONSENTING.state("Said yes, and then no after all.")
def consent_no_after_all(who: Person) -> Told:
    question = _off(who)
    who.post(question, YES)
    return who.post(question, NO)


@CONSENTING.state("Said yes, and something else was chosen since.")
def consent_answered(who: Person) -> Told:
    question = _off(who)
    who.post(question, YES)
    who.elsewhere(DUE, Status.OPTED_OUT)
    return question


@CONSENTING.state("It is on already, because it is required.")
def consent_required(who: Person) -> Told:
    return who.question(SECURITY, "Security alerts")


@CONSENTING.state("It does not exist any more.", status=404)
def consent_unknown(who: Person) -> Told:
    return who.question("GONE", "Gone")


@CONSENTING.state("It is not on offer any more.")
def consent_not_on_offer(who: Person) -> Told:
    who.elsewhere(DUE, Status.OPTED_OUT)
    return who.question(DUE, NAME, "pigeon")


@CONSENTING.state("It could not be done.", world="unwritten", status=503)
def consent_failed(who: Person) -> Told:
    who.fail()
    return who.post(who.question(DUE, NAME), YES)


@CONSENTING.state("The question is too old.", status=410)
def consent_old(who: Person) -> Told:
    return who.question(DUE, NAME, age=8)


def _off(who: Person) -> str:
    who.elsewhere(DUE, Status.OPTED_OUT)
    return who.question(DUE, NAME)
