"""Whether Courier answers, takes the key, and has what the pages are made of."""

import time
from contextlib import closing

from app.checks.line import Line, bad, ok, unset, unsure
from app.courier import clock as courier_clock
from app.courier.client import Courier
from app.courier.errors import AccessDenied, CourierError, Refused
from app.parts import Outside, create_asking, create_courier
from app.preferences.message import Template
from app.preferences.model import Catalog, Status
from app.settings import Settings
from app.settings.staff import is_loopback

FAR = 120.0
"""Seconds by which a clock may be off."""

ENVIRONMENTS = {
    "pk_prod_": "of Production, published",
    "dk_prod_": "of Production, drafts",
    "pk_test_": "of Test, published",
    "dk_test_": "of Test, drafts",
}
"""What the key of an older workspace says by its beginning; newer ones, `token_…`, do
not. https://www.courier.com/docs/platform/workspaces/environments-api-keys"""

KEY = "COURIER_API_KEY"
ASK_LATER = "see whether COURIER_BASE_URL is right and can be reached from here"


def clock(settings: Settings) -> Line:
    """Links and sign-ins have an age, so a clock that is off spoils both."""
    try:
        ahead = courier_clock.ahead(settings.courier_base_url, time.time)
    except CourierError as fault:
        return unsure(f"Courier cannot be asked for the time: {fault}", ASK_LATER)
    if ahead is None:
        return unsure("Courier's answer has no time", "compare the clock by hand")
    if abs(ahead) <= FAR:
        return ok("agrees with Courier's to two minutes")
    where = "ahead of" if ahead > 0 else "behind"
    told = f"is {abs(ahead) / 60:.0f} minutes {where} Courier's"
    return bad(told, "set it, and keep it by NTP: links date from it")


def key(settings: Settings) -> Line:
    found = _asked(settings)
    if isinstance(found, Line):
        return found
    environment = _environment(settings)
    if not environment:
        return ok(f"takes the key at {settings.courier_base_url}")
    is_public = not is_loopback(settings.public_url)
    if is_public and environment != ENVIRONMENTS["pk_prod_"]:
        told = f"takes the key, which is {environment}"
        return unsure(told, "recipients' choices belong to Production's published key")
    return ok(f"takes the key, which is {environment}")


def catalog(settings: Settings) -> Line:
    found = _asked(settings)
    if isinstance(found, Line):
        return unsure("cannot be read", "see the line of courier")
    topics = sum(len(section.topics) for section in found.sections)
    if not topics:
        cure = "make one in Courier's preferences editor, in this environment"
        return bad("there is no topic, so every page is empty", cure)
    return ok(f"{topics} topics in {len(found.sections)} sections")


def template(settings: Settings) -> Line:
    """That of the mail with a fresh link, and whether somebody could opt out of it."""
    wanted = settings.fresh_link_template
    if not wanted:
        return unset("FRESH_LINK_TEMPLATE")
    try:
        courier, people = create_asking(settings, Outside())
        with closing(courier):
            return _judged(wanted, people.templates().get(wanted), courier)
    except Refused as fault:
        told = f"this key may not list templates ({fault.status}), so it is not checked"
        return unsure(told, "see at Courier that FRESH_LINK_TEMPLATE is there")
    except CourierError as fault:
        return unsure(f"Courier does not tell its templates: {fault}", ASK_LATER)


def _judged(wanted: str, found: Template | None, courier: Courier) -> Line:
    if found is None:
        told = f"Courier lists no template {wanted}"
        return bad(told, "set FRESH_LINK_TEMPLATE to the id of one that is there")
    if found.topic_id is None:
        return ok(f"the template {wanted} is there, and of no topic")
    place = courier.catalog().find(found.topic_id)
    is_sure = place and place[1].default_status is Status.REQUIRED
    if place and is_sure and not place[1].schedules:
        return ok(f"the template {wanted} is there, and its topic is required")
    told = f"the template {wanted} is of a topic that is optional or has a digest"
    return bad(told, "unmap it, or map it to a required topic without a digest")


def _asked(settings: Settings) -> Catalog | Line:
    try:
        with closing(create_courier(settings, Outside())) as courier:
            return courier.catalog()
    except AccessDenied as fault:
        told = f"refuses the key ({fault.status})"
        return bad(told, f"give {KEY} of this environment and region, not expired")
    except CourierError as fault:
        return bad(f"does not answer: {fault}", ASK_LATER)


def _environment(settings: Settings) -> str:
    given = settings.courier_api_key.get_secret_value()
    return next((told for k, told in ENVIRONMENTS.items() if given.startswith(k)), "")
