"""What a link is worth, and what is said of one that is worth nothing."""

from app.preferences.model import Status
from app.preview.person import Person, Told
from app.preview.scenes.names import DUE, TASKS
from app.preview.state import scene

LINKS = scene("Links")
ERRORS = scene("Errors")
TRIES = 200
"""Requests until it was too often, at most."""

Never = RuntimeError("it was never too often")


@LINKS.state("An old link can only turn things off.")
def old_link(who: Person) -> Told:
    who.elsewhere(DUE, Status.OPTED_OUT)
    return who.link(age=40)


@LINKS.state("What an old link may not do.", status=403)
def old_link_refused(who: Person) -> Told:
    return who.at(who.link(age=40), "/history")


@LINKS.state("A fresh link is on its way by mail.")
def fresh_link_sent(who: Person) -> Told:
    return who.press(who.link(age=40), "/fresh")


@LINKS.state("Asks whether the link came to the wrong person.")
def not_mine_asked(who: Person) -> Told:
    return who.at(who.link(), "/not-mine")


@LINKS.state("The link and all older ones are switched off.")
def not_mine_done(who: Person) -> Told:
    return who.press(who.at(who.link(), "/not-mine"), "/not-mine")


@LINKS.state("It could not be switched off.", world="unwritten", status=503)
def not_mine_failed(who: Person) -> Told:
    return who.press(who.at(who.link(), "/not-mine"), "/not-mine")


@LINKS.state("A link that was switched off.", status=410)
def revoked_link(who: Person) -> Told:
    link = who.link(age=1)
    who.press(who.at(who.link(), "/not-mine"), "/not-mine")
    return link


@LINKS.state("A damaged link.", status=404)
def damaged_link(who: Person) -> Told:
    return who.at("/p/eyJ1IjoiZGFtYWdlZCJ9.aSFvXA.not-a-signature")


@ERRORS.state("There is nothing at this address.", status=404)
def error_404(who: Person) -> Told:
    return who.at("/nowhere")


@ERRORS.state("A form that no page of ours has made.", status=400)
def error_400(who: Person) -> Told:
    return who.post(who.at(who.link(), f"/topics/{DUE}"), {"state": "?"})


@ERRORS.state("A method that is not known there.", status=405)
def error_405(who: Person) -> Told:
    return who.post(who.at(who.link(), "/history"))


@ERRORS.state("A form that is too large.", status=413)
def error_413(who: Person) -> Told:
    return who.post(who.at(who.link(), f"/topics/{TASKS}"), {"state": "?" * 70_000})


@ERRORS.state("Too many requests by one link.", status=429)
def too_often(who: Person) -> Told:
    link = who.at(who.link(), "/nothing")
    for _ in range(TRIES):
        answer = who.post(link)
        if not isinstance(answer, str) and answer.status_code == 429:  # noqa: PLR2004
            return answer
    raise Never


@ERRORS.state("Something went wrong on our side.", world="silent", status=503)
def error_500(who: Person) -> Told:
    who.fail()
    return who.at(who.link(has_all_tenants=True), tenant="harbor-lisbon")
