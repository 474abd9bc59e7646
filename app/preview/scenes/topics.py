"""One topic: locked, with channels or a digest, and what is said of its last act."""

from app.preferences.model import Status
from app.preview.person import Person, Told, beside
from app.preview.scenes.names import (
    COMMENTS,
    DUE,
    MENTIONS,
    RECEIPTS,
    SECURITY,
    TASKS,
    TENANT,
)
from app.preview.state import scene

TOPICS = scene("One topic")


@TOPICS.state("Required by the product, with its reason.")
def required(who: Person) -> Told:
    return beside(who.link(), SECURITY)


@TOPICS.state("Required by the organization of the recipient.")
def required_by_tenant(who: Person) -> Told:
    return beside(who.link(tenant=TENANT), RECEIPTS)


@TOPICS.state("Channels of the recipient's own.")
def channels(who: Person) -> Told:
    who.elsewhere(MENTIONS, Status.OPTED_IN, "push", "inbox")
    return beside(who.link(), MENTIONS)


@TOPICS.state("A digest, and how often it comes.")
def digest(who: Person) -> Told:
    return beside(who.link(), TASKS)


@TOPICS.state("Saved, with undo.")
def saved(who: Person) -> Told:
    return who.choose(who.link(), DUE, on=())


@TOPICS.state("Saved: the last channel was taken away, so it is off.")
def saved_last_channel(who: Person) -> Told:
    return who.choose(who.link(), DUE, channel=())


@TOPICS.state("Undone.")
def undone(who: Person) -> Told:
    saved = who.choose(who.link(), DUE, on=())
    return who.undo(saved)


@TOPICS.state("Back to its default.")
def topic_reset(who: Person) -> Told:
    who.elsewhere(DUE, Status.OPTED_OUT)
    return who.press(who.link(), f"/reset/{DUE}")


@TOPICS.state("Kept, because Courier does not take it just now.", world="keeping")
def kept(who: Person) -> Told:
    who.fail(methods=["PUT"])
    return who.choose(who.link(), DUE, on=())


@TOPICS.state("Still waiting, at the next visit.", world="keeping")
def waiting(who: Person) -> Told:
    who.fail(methods=["PUT"])
    who.choose(who.link(), DUE, on=())
    return beside(who.link(), DUE)


@TOPICS.state("Courier refused the change.", world="keeping", status=422, topic=DUE)
def refused(who: Person) -> Told:
    who.fail(methods=["PUT"], status=400, retry_after=None)
    return who.choose(who.link(), DUE, on=())


@TOPICS.state("It is required, so it was not turned off.", status=409, topic=SECURITY)
def refused_locked(who: Person) -> Told:
    return who.choose(who.link(), SECURITY, on=())


@TOPICS.state("It is gone at Courier.", world="keeping", status=404, topic=MENTIONS)
def refused_gone(who: Person) -> Told:
    who.fail(methods=["PUT"], status=404, retry_after=None)
    return who.choose(who.link(), MENTIONS, on=())


@TOPICS.state("An old link may not turn it on.", status=403, topic=COMMENTS)
def refused_too_old(who: Person) -> Told:
    who.elsewhere(COMMENTS, Status.OPTED_OUT)
    return who.choose(who.link(age=40), COMMENTS, on="1")


@TOPICS.state(
    "Not saved, and it may be tried again.", world="unwritten", status=503, topic=DUE
)
def error_at_a_topic(who: Person) -> Told:
    who.fail(methods=["PUT"])
    return who.choose(who.link(), DUE, on=())


@TOPICS.state(
    "Nobody knows whether it was saved.", world="unwritten", status=503, topic=DUE
)
def error_in_doubt(who: Person) -> Told:
    page = who.open(who.link())
    who.fail(methods=["PUT"], kind="reset", retry_after=None)
    who.fail(methods=["GET"], path=f"^/users/{who.user_id}/preferences/")
    return who.choose(page, DUE, on=())
