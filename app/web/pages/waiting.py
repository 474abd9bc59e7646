"""What a page is told while choices of it are on their way to Courier."""

from http import HTTPStatus

from flask import Response, make_response, render_template

from app.outcome import Progress
from app.web.pages import words
from app.web.pages.faces import anchor
from app.web.pages.rows import row
from app.web.pages.visit import Visit


def news(visit: Visit, progress: Progress, asked: frozenset[int]) -> Response:
    """204 while nothing has changed; then each topic that has arrived, or has not."""
    if progress.is_all:
        return make_response("", HTTPStatus.NO_CONTENT, {"HX-Refresh": "true"})
    if {choice.id for choice in progress.waiting} == asked:
        return make_response("", HTTPStatus.NO_CONTENT)
    arrived = [
        (anchor(outcome.preference.topic.id), words.note(outcome))
        for outcome in progress.arrived
    ]
    refused = [row(visit, o.preference, words.note(o)) for o in progress.refused]
    html = render_template(
        "pages/_waiting.html",
        arrived=arrived,
        refused=refused,
        waiting=visit.waiting_url(choice.id for choice in progress.waiting),
    )
    return make_response(html)
