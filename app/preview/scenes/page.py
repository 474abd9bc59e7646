"""The page as a whole, while all is well."""

from app.preferences.model import Status
from app.preview.person import Person, Told, beside
from app.preview.scenes.names import (
    COMMENTS,
    DUE,
    MENTIONS,
    SECURITY,
    TASKS,
)
from app.preview.state import scene

PAGE = scene("The page")


@PAGE.state("Nothing was ever chosen: every topic at its default.")
def fresh_page(who: Person) -> Told:
    return who.link()


@PAGE.state("Some topics are off, one has channels of its own, one a digest.")
def used_page(who: Person) -> Told:
    who.elsewhere(DUE, Status.OPTED_OUT)
    who.elsewhere(MENTIONS, Status.OPTED_IN, "push", "inbox")
    page = who.open(who.link())
    who.choose(page, TASKS, schedule=_schedules(page.text)[-1])
    return who.link()


@PAGE.state("Nothing has been set up at Courier.", world="empty")
def empty_catalog(who: Person) -> Told:
    return who.link()


@PAGE.state("Everything optional is off; what is required is all that comes.")
def everything_off(who: Person) -> Told:
    who.press(who.at(who.link(), "/off"), "/off")
    return who.link()


@PAGE.state("An address that names a topic leads to it.")
def deep_link(who: Person) -> Told:
    return beside(who.at(who.link(), topic=COMMENTS), COMMENTS)


@PAGE.state("An address that names a topic which is gone.")
def deep_link_gone(who: Person) -> Told:
    return who.at(who.link(), topic="gone")


@PAGE.state("A way back to where the recipient came from.")
def way_back(who: Person) -> Told:
    return who.at(who.link(), return_to="https://app.tidewell.example/settings")


@PAGE.state("A mail program has turned one off; the page tells, with undo.")
def one_click_told(who: Person) -> Told:
    form = {"List-Unsubscribe": "One-Click"}
    for topic in (DUE, SECURITY):
        who.post(who.unsubscribe(topic=topic), form, Accept="*/*")
    return who.link()


@PAGE.state("Whoever comes without a link.")
def front_page(who: Person) -> Told:
    return who.at("/")


def _schedules(html: str) -> list[str]:
    """The values of the digest's schedules."""
    form = html.partition(f"/topics/{TASKS}")[2].partition("</form>")[0]
    found = form.split('name="schedule" value="')[1:]
    return [part.partition('"')[0] for part in found]
