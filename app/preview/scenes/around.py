"""Recipients with more than one organization, and pages within another page."""

from app.links import Scope
from app.preferences.model import Status
from app.preview.person import Person, Told
from app.preview.scenes.names import (
    COMMENTS,
    DUE,
    MENTIONS,
    OTHER_TENANT,
    SECURITY,
    TENANT,
)
from app.preview.state import scene

PLACES = scene("Organizations")
EMBEDDED = scene("Within another page")


@PLACES.state("Within one organization, in its own brand.")
def tenant(who: Person) -> Told:
    return who.link(tenant=TENANT)


@PLACES.state("A link that opens every organization.")
def all_tenants(who: Person) -> Told:
    return _member(who)


@PLACES.state("The same, in one of them.")
def all_tenants_within(who: Person) -> Told:
    return who.at(_member(who), tenant=OTHER_TENANT)


@PLACES.state("Asks before choices are used everywhere.")
def everywhere_asked(who: Person) -> Told:
    return who.at(_chosen(who), "/everywhere")


@PLACES.state("The choices are the same everywhere.")
def everywhere_done(who: Person) -> Told:
    return who.press(who.at(_chosen(who), "/everywhere"), "/everywhere")


@EMBEDDED.state("The page within another one.")
def embed(who: Person) -> Told:
    return who.link(Scope.EMBED)


@EMBEDDED.state("On the ground of the page around it.")
def embed_transparent(who: Person) -> Told:
    return who.at(who.link(Scope.EMBED), background="transparent")


@EMBEDDED.state("Saved, with undo.")
def embed_saved(who: Person) -> Told:
    return who.choose(who.link(Scope.EMBED), DUE, on=())


@EMBEDDED.state("Refused.", status=409, topic=SECURITY)
def embed_refused(who: Person) -> Told:
    return who.choose(who.link(Scope.EMBED), SECURITY, on=())


@EMBEDDED.state("Its history.")
def embed_history(who: Person) -> Told:
    who.choose(who.link(Scope.EMBED), DUE, on=())
    return who.at(who.link(Scope.EMBED), "/history")


@EMBEDDED.state("It was open for too long.", status=410)
def embed_expired(who: Person) -> Told:
    return who.link(Scope.EMBED, age=2)


@EMBEDDED.state("A form that came too late.", status=410)
def embed_expired_form(who: Person) -> Told:
    late = who.at(who.link(Scope.EMBED, age=2), f"/topics/{DUE}")
    return who.post(late, {"on": "1", "state": "?"})


@EMBEDDED.state("Courier is silent.", world="silent", status=503)
def embed_down(who: Person) -> Told:
    who.fail()
    return who.link(Scope.EMBED)


def _member(who: Person) -> str:
    who.join(TENANT, OTHER_TENANT)
    return who.link(has_all_tenants=True)


def _chosen(who: Person) -> str:
    who.elsewhere(COMMENTS, Status.OPTED_OUT)
    who.elsewhere(MENTIONS, Status.OPTED_IN, "push", "inbox")
    return _member(who)
