"""One recipient at the desk: how they stand and why, what they got, what happened."""

import re
from collections.abc import Mapping
from http import HTTPStatus

from flask import Response, make_response, render_template, request
from werkzeug.exceptions import BadRequest

from app.desk.picture import Picture
from app.outcome import Down, Shown
from app.preferences.staff import Kind, Right
from app.web.pages import moments
from app.web.pages.words import Note
from app.web.staff import telling
from app.web.staff.guard import needs, staff
from app.web.staff.seat import Seat, desk

SINCE = re.compile(r"(\d{1,18})\.(\d{1,18})", re.ASCII)
Notes = Mapping[str, telling.Noted]
"""What is said at a topic, by its anchor or "" for the page; and what is asked."""


@staff.get("/recipients/<handle>")
@needs(Right.LOOK)
def recipient(handle: str) -> Response:
    return page(Seat.of(handle))


@staff.post("/recipients/<handle>/reveal")
@needs(Right.REVEAL)
def reveal(handle: str) -> Response:
    seat = Seat.of(handle)
    desk().watching.note(seat.agent, Kind.REVEALED, seat.recipient)
    return page(seat, is_revealed=True)


@staff.get("/recipients/<handle>/news")
@needs(Right.LOOK)
def news(handle: str) -> Response:
    """Asked every few seconds: 204 while nobody has changed anything.

    It is no look of its own, and nobody is told after theirs has ended.
    """
    seat = Seat.known(handle)
    if not desk().watching.is_looking(seat.agent, seat.recipient):
        return make_response("", HTTPStatus.NO_CONTENT)
    latest = desk().trail.newest(seat.recipient.user_id)
    asked = request.args.get("since", "")
    if f"{latest[0]}.{latest[1]}" == asked:
        return make_response("", HTTPStatus.NO_CONTENT)
    changes = telling.news(seat, *_numbers(asked))
    since = f"{latest[0]}.{latest[1]}"
    html = render_template("staff/_news.html", seat=seat, since=since, changes=changes)
    return make_response(html)


def page(
    seat: Seat,
    notes: Notes | None = None,
    status: int = HTTPStatus.OK,
    *,
    is_revealed: bool = False,
    shown_link: str = "",
) -> Response:
    picture = desk().pictures.of(seat.recipient)
    seat = seat.knowing(picture.latest[0])
    if isinstance(picture.shown, Down) and status == HTTPStatus.OK:
        status = HTTPStatus.SERVICE_UNAVAILABLE
    html = render_template(
        "staff/recipient.html",
        seat=seat,
        picture=picture,
        is_down=isinstance(picture.shown, Down),
        seen_at=_seen_at(picture),
        groups=telling.groups(seat, picture, notes or {}),
        profile=telling.profile(picture.profile, is_revealed=is_revealed),
        is_revealed=is_revealed,
        places=telling.places(picture),
        messages=telling.messages(picture),
        timeline=telling.timeline(seat, picture, desk().now()),
        looks=telling.looks(picture),
        problems=[
            (at, note.text) for at, (note, _) in (notes or {}).items() if at and note
        ],
        notice=(notes or {}).get("", (None, None))[0] or _notice(seat),
        rules=desk().rules,
        since=f"{picture.latest[0]}.{picture.latest[1]}",
        wanted=request.args.get("topic", ""),
        shown_link=shown_link,
    )
    return make_response(html, status)


def problem(
    seat: Seat, text: str, status: int = HTTPStatus.UNPROCESSABLE_ENTITY
) -> Response:
    """The page, with what stood in the way on top of it."""
    return page(seat, {"": (Note(text, is_problem=True), None)}, status)


def _numbers(text: str) -> tuple[int, int]:
    """The newest choice and entry that a page knew of; 400 for anything else."""
    found = SINCE.fullmatch(text)
    if found is None:
        raise BadRequest
    return int(found[1]), int(found[2])


def _seen_at(picture: Picture) -> str:
    shown = picture.shown
    if isinstance(shown, Shown) and shown.seen_at is not None:
        return moments.in_words(shown.seen_at)
    return ""


def _notice(seat: Seat) -> Note | None:
    told = seat.notice()
    return Note(told[0], undo=told[1]) if told else None
