"""The desk's first page: one box that takes what a customer hands over."""

from http import HTTPStatus

from flask import Response, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from app.desk.errors import TooMany
from app.desk.lookup import Found
from app.preferences.staff import Right
from app.signing import LinkInvalid
from app.web.pages.faces import anchor
from app.web.staff.guard import agent, needs, staff
from app.web.staff.seat import NOTICE_AGE, desk, recipient_url

ERASED = (
    "Erased. Choices that went from the ledger: {erased}. The trail forgets who they "
    "were. {stays}What Courier holds must be erased there."
)
WAITS = "Choices that still wait for Courier, and go once they are there: {waiting}. "
SHORT = 200
"""Characters of what nobody was found by, and may be mended."""

LONGEST = 200_000
"""Characters that are looked at of what was pasted."""


@staff.get("/")
@needs(Right.LOOK)
def home() -> str:
    desk().warm()
    return render_template(
        "staff/home.html", recent=_recent(), found=None, given="", notice=_erased()
    )


@staff.post("/lookup")
@needs(Right.LOOK)
def lookup() -> BaseResponse:
    """One hit is opened, several are listed; either is written down before."""
    text, mail = request.form.get("given", "")[:LONGEST].strip(), _mail()
    if not (text or mail):
        return _told(None, HTTPStatus.UNPROCESSABLE_ENTITY)
    desk().watching.may_search(agent())
    as_id = request.form.get("as") == "user_id"
    found = desk().lookup.by_id(text) if as_id else desk().lookup.find(text, mail)
    desk().watching.searched(agent(), found.kind.value, len(found.hits))
    if len(found.hits) == 1 and not found.problems:
        return redirect(_address(found), HTTPStatus.SEE_OTHER)
    return _told(found, HTTPStatus.OK, text)


@staff.errorhandler(TooMany)
def too_many(_fault: TooMany) -> Response:
    html = render_template("staff/too_many.html")
    response = make_response(html, HTTPStatus.TOO_MANY_REQUESTS)
    response.headers["Retry-After"] = "3600"
    return response


def _told(found: Found | None, status: int, text: str = "") -> Response:
    hits = [(hit, recipient_url(hit.recipient)) for hit in found.hits] if found else []
    html = render_template(
        "staff/home.html",
        recent=_recent(),
        notice="",
        found=found,
        hits=hits,
        given=text if found and not found.hits and len(text) <= SHORT else "",
        is_empty=found is None,
    )
    return make_response(html, status)


def _erased() -> str:
    """What came of an erasure a moment ago; the page does not say whose it was."""
    try:
        match desk().handles.unseal("erased", request.args.get("said", ""), NOTICE_AGE):
            case [int(erased), int(waiting)]:
                stays = WAITS.format(waiting=waiting) if waiting else ""
                return ERASED.format(erased=erased, stays=stays)
    except LinkInvalid:
        pass
    return ""


def _mail() -> bytes | None:
    upload = request.files.get("mail")
    data = upload.read() if upload else b""
    return data or None


def _address(found: Found) -> str:
    """The recipient's page, at the topic that the link was about."""
    hit = found.hits[0]
    handle = desk().handles.of(hit.recipient)
    topic_id = hit.subject.topic_id if hit.subject else None
    if topic_id is None:
        return url_for("staff.recipient", handle=handle)
    place = anchor(topic_id)
    return url_for("staff.recipient", handle=handle, topic=topic_id, _anchor=place)


def _recent() -> list[tuple[str, str, str]]:
    """Whom the agent opened lately: id, tenant, address."""
    looked = desk().trail.lookups(agent().actor)
    return [
        (e.recipient.user_id, e.recipient.tenant_id or "", recipient_url(e.recipient))
        for e in looked
        if e.recipient
    ]
