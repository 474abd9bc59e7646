"""Brands, and names that try a page."""

from functools import partial

from app.links import Scope
from app.preview.person import Person, Told
from app.preview.scenes.names import DUE, MENTIONS, RECEIPTS, TENANT
from app.preview.seeds import COLORS
from app.preview.state import scene

LOOKS = scene("Brands")
NAMES = scene("Names")


@LOOKS.state("Without any brand.", world="plain")
def brand_none(who: Person) -> Told:
    return who.link()


@LOOKS.state("A logo that does not come.")
def brand_logo(who: Person) -> Told:
    return who.at(who.link(tenant=TENANT), "/off")


def _branded(color: str, who: Person) -> Told:
    return who.choose(who.link(tenant=color), DUE, channel=["email"])


for color_, value in COLORS.items():
    LOOKS.state(f"A brand whose color is {value}.", name=f"brand-{color_}")(
        partial(_branded, color_)
    )


@NAMES.state("Names and words that are too long.", world="long")
def long_names(who: Person) -> Told:
    return who.link(tenant=TENANT)


@NAMES.state("The same, in a question.", world="long")
def long_names_asked(who: Person) -> Told:
    return who.at(who.link(), "/off")


@NAMES.state("The same, in a note.", world="long")
def long_names_saved(who: Person) -> Told:
    return who.choose(who.link(), RECEIPTS, on=())


@NAMES.state("The same, to unsubscribe from.", world="long")
def long_names_unsubscribe(who: Person) -> Told:
    return who.link(Scope.UNSUBSCRIBE, topic=MENTIONS)


@NAMES.state("Names from right to left.", world="right")
def right_to_left(who: Person) -> Told:
    return who.link(tenant=TENANT)


@NAMES.state("The same, in a note.", world="right")
def right_to_left_saved(who: Person) -> Told:
    return who.choose(who.link(), DUE, on=())


@NAMES.state("The same, in a question.", world="right")
def right_to_left_asked(who: Person) -> Told:
    return who.at(who.link(), "/off")
