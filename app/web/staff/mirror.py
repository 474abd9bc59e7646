"""A recipient's own page as staff see it: the same words, and nothing that works.

It is made without a link, so that none can be taken from it: no address in it leads
anywhere, and nothing in it is sealed.
"""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from flask import current_app, make_response, render_template
from flask.wrappers import Response

from app.desk.picture import Picture
from app.links import Link
from app.outcome import Down
from app.preferences.person import masked_email
from app.preferences.staff import Right
from app.web import i18n
from app.web.pages import answers, plain
from app.web.pages.visit import Visit
from app.web.staff import recipient
from app.web.staff.guard import needs, staff
from app.web.staff.seat import Seat, desk

NOWHERE = "#mirror"
FULL = timedelta(days=30)


class Mirror(Visit):
    """The visit of a link that there is not."""

    def seal(self, purpose: str, value: object) -> str:  # noqa: ARG002
        return ""

    def _address(self, *_: Any) -> str:  # noqa: ANN401  as in Visit
        return NOWHERE

    def around(self, view: str, of: str = "") -> tuple[str, str]:  # noqa: ARG002
        return NOWHERE, "?"


@staff.get("/recipients/<handle>/page")
@needs(Right.LOOK)
def mirror(handle: str) -> Response:
    """In the recipient's language, as far as it is known."""
    seat = Seat.of(handle)
    desk().watching.saw(seat.agent, seat.recipient)
    picture = desk().pictures.of(seat.recipient)
    if isinstance(picture.shown, Down):
        return recipient.page(seat)
    visit = _visit(picture)
    with i18n.speaking(visit.recipient.language):
        unsealed = {p.topic.id: "" for p in picture.shown.preferences}
        form = plain.forms(visit, {}, unsealed)
        context = answers.printed(visit, picture.shown, {}, form)
        html = render_template("staff/mirror.html", seat=seat, **context)
    return make_response(html)


def _visit(picture: Picture) -> Mirror:
    profile, now = picture.profile, datetime.fromtimestamp(desk().now(), UTC)
    own = i18n.code(profile.locale if profile else "") or i18n.SOURCE
    whose = replace(picture.recipient, language=own.replace("_", "-"))
    label = masked_email(profile.email) if profile and profile.email else None
    link = Link(whose, label, now, full_until=now + FULL)
    parts = current_app.extensions
    return Mirror("", link, parts["access"], parts["center"], whose)
