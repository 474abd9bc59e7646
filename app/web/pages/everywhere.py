"""The same choices in every organization of a recipient: asked first, then done."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus

from flask import Response, make_response, redirect, render_template, request
from flask_babel import gettext, ngettext
from werkzeug.exceptions import BadRequest, NotFound
from werkzeug.wrappers import Response as BaseResponse

from app.everywhere import MARK, Copy, Listed, mark
from app.outcome import BulkOutcome, Down
from app.preferences.model import Preference
from app.tenants import Place
from app.web.pages import answers, historywords
from app.web.pages.views import own
from app.web.pages.visit import Visit
from app.web.pages.words import Note

LISTED = r"\.".join([f"[0-9a-f]{{{MARK}}}"] * 3)
AGREED = re.compile(rf"{LISTED}( {LISTED})*", re.ASCII)


@dataclass(frozen=True, slots=True)
class Told:
    """One organization, and what would change there, in words."""

    name: str
    is_seen: bool
    turns: Sequence[historywords.Change]
    locked: Sequence[Preference]


@own.get("/everywhere")
def ask_everywhere(token: str) -> Response:
    visit = Visit.of_full(token)
    copies = _copies(visit)
    if isinstance(copies, Down):
        return answers.down(visit, copies)
    return _asked(visit, copies)


@own.post("/everywhere")
def everywhere(token: str) -> BaseResponse:
    visit = Visit.of_full(token)
    listed, copies = _agreed(), _copies(visit)
    if isinstance(copies, Down):
        return answers.down(visit, copies)
    agreed = {c.place: listed.get(_key(c.place), {}) for c in copies}
    note = _note(*visit.center.everywhere.act(copies, agreed, visit.trace()))
    if not note.is_problem:
        address = visit.url_after(note.text, undo=note.undo)
        return redirect(address, HTTPStatus.SEE_OTHER)
    shown = visit.center.show(visit.recipient)
    return answers.page(visit, shown, {"": note}, HTTPStatus.SERVICE_UNAVAILABLE)


def _copies(visit: Visit) -> Sequence[Copy] | Down:
    """404 where there is nowhere else."""
    places = visit.known_places()
    here = next(p for p in places if p.recipient == visit.recipient)
    if len(places) == 1:
        raise NotFound
    return visit.center.everywhere.difference(here, places)


def _asked(visit: Visit, copies: Sequence[Copy]) -> Response:
    html = render_template(
        "pages/everywhere.html",
        visit=visit,
        label=visit.label,
        places=[_told(copy) for copy in copies],
        count=sum(len(copy.turns) for copy in copies),
        is_same=all(copy.shown and not copy.turns for copy in copies),
        agreed=" ".join(_listed(copies)),
    )
    return make_response(html)


def _told(copy: Copy) -> Told:
    turns = [historywords.turn(turn) for turn in copy.turns]
    name = copy.place.name or gettext("Personal")
    return Told(name, copy.shown is not None, turns, copy.locked)


def _listed(copies: Sequence[Copy]) -> Iterator[str]:
    """Each change as three marks: where, which topic, what."""
    for copy in copies:
        for topic, what in copy.listed.items():
            yield f"{_key(copy.place)}.{topic}.{what}"


def _agreed() -> Mapping[str, Listed]:
    """What the page before listed, by place; 400 for what no page of ours did.

    It need not be sealed: only what would be changed now is done.
    """
    text = request.form.get("agreed", "")
    if not AGREED.fullmatch(text):
        raise BadRequest
    agreed: dict[str, dict[str, str]] = {}
    for word in text.split():
        where, topic, what = word.split(".")
        agreed.setdefault(where, {})[topic] = what
    return agreed


def _key(place: Place) -> str:
    return mark(place.recipient.tenant_id or "")


def _note(done: BulkOutcome, missed: int) -> Note:
    """What came of it, over all organizations."""
    failed = len(done.failed) + missed
    told = [_done(len(done.done)), _kept(len(done.kept)), _failed(failed)]
    text = " ".join(filter(None, told))
    same = gettext("Your choices are the same everywhere already.")
    return Note(text or same, failed > 0, undo=done.reference or "")


def _done(count: int) -> str:
    if not count:
        return ""
    return ngettext(
        "Saved. %(count)s choice was changed elsewhere.",
        "Saved. %(count)s choices were changed elsewhere.",
        count,
        count=count,
    )


def _kept(count: int) -> str:
    if not count:
        return ""
    return ngettext(
        "Kept. %(count)s choice will be changed elsewhere as soon as possible.",
        "Kept. %(count)s choices will be changed elsewhere as soon as possible.",
        count,
        count=count,
    )


def _failed(count: int) -> str:
    if not count:
        return ""
    return ngettext(
        "%(count)s choice could not be changed. Try again.",
        "%(count)s choices could not be changed. Try again.",
        count,
        count=count,
    )
