"""What staff change: a topic, everything optional, and the way back."""

from dataclasses import dataclass, replace
from http import HTTPStatus

from flask import Response, make_response, redirect, render_template, request
from werkzeug.exceptions import BadRequest, NotFound
from werkzeug.wrappers import Response as BaseResponse

from app.desk.acting import Ground, NeedsBasis, Overtaken
from app.desk.errors import NotMailed, TooLong
from app.outcome import BulkOutcome, Down, Outcome, Rendered, Trouble
from app.preferences.choice import Choice
from app.preferences.model import Preference, Status
from app.preferences.rules import Effect, Wish
from app.preferences.staff import Right
from app.preferences.why import Why
from app.signing import LinkInvalid
from app.web import htmx, limits
from app.web.pages import forms, manywords, moments, words
from app.web.pages.faces import anchor
from app.web.pages.words import Note
from app.web.staff import reasons, recipient, telling
from app.web.staff import words as staffwords
from app.web.staff.guard import needs, staff
from app.web.staff.seat import Seat, desk

ASKED = "{topic} is unchanged. Choose the legal basis for turning more of it on."
CONFIRMING = "{topic}: the recipient was mailed a link to confirm. Nothing is changed."
NO_REASON = "Not changed: give a reason or a ticket first."
TOO_OFTEN = (
    "Not changed: they were mailed three times in the last hour. Wait, or ask them to "
    "use a link that they have."
)
TOO_LONG = "Not changed: the legal basis and the names are too long for a link."
NO_MAIL = "Not changed: Courier did not take the mail to the recipient. Try again."


@dataclass(frozen=True, slots=True)
class Said:
    """What is answered of one topic: how it stands, what came of the act, and what
    is missing of it."""

    now: Preference
    note: Note
    status: int
    ask: telling.Ask | None = None
    is_certain: bool = True
    is_quiet: bool = True


@staff.post("/recipients/<handle>/topics/<path:topic_id>")
@needs(Right.ACT)
def choose(handle: str, topic_id: str) -> BaseResponse:
    """Less at once; more once a legal basis is given; nothing over others' heads."""
    seat, was = _drawn(handle, topic_id)
    ground, wish = _ground(), forms.wish(request.form)
    if reasons.is_missing():
        return _asking(seat, _now(seat, was), NO_REASON, needs_basis=False)
    acting = desk().acting
    done = acting.choose(seat.agent, seat.recipient, was, wish, ground, seat.seen)
    match done:
        case NeedsBasis(now) if ground.basis:
            return _with_basis(seat, was, now, wish, ground)
        case NeedsBasis(now):
            text = ASKED.format(topic=now.topic.name)
            return _asking(seat, now, text, needs_basis=True)
        case Overtaken(by):
            return _refused(seat, _now(seat, was), _overtaken(by), HTTPStatus.CONFLICT)
    return _answered(seat, done)


@staff.get("/recipients/<handle>/off")
@needs(Right.ACT)
def ask_off(handle: str) -> Response:
    return _ask_off(Seat.of(handle))


@staff.post("/recipients/<handle>/off")
@needs(Right.ACT)
def turn_off(handle: str) -> BaseResponse:
    """Exactly the topics that the page before has listed."""
    seat, ground = Seat.of(handle), _ground()
    if reasons.is_missing():
        return _ask_off(seat, NO_REASON)
    ids = forms.topic_ids(request.form)
    outcome = desk().acting.turn_off(seat.agent, seat.recipient, ids, ground)
    return _after_many(seat, outcome, Effect.TURNED_OFF)


@staff.post("/recipients/<handle>/undo/<reference>")
@needs(Right.ACT)
def undo(handle: str, reference: str) -> BaseResponse:
    seat = Seat.of(handle)
    if reasons.is_missing():
        return recipient.problem(seat, reasons.MISSING)
    outcome = desk().acting.undo(seat.agent, seat.recipient, reference, reasons.given())
    if outcome is None:
        raise NotFound
    one = outcome.single(Effect.RESTORED)
    if one and htmx.is_fragment():
        return _answered(seat, one)
    return _after_many(seat, outcome, Effect.RESTORED)


def _drawn(handle: str, topic_id: str) -> tuple[Seat, Rendered]:
    """The topic as the page showed it; 400 or 404 for a form that is another's."""
    seat = Seat.of(handle)
    was = forms.rendered(seat, topic_id, request.form)
    try:
        return seat.knowing(seat.seen_by("topic", request.form.get("state", ""))), was
    except LinkInvalid:
        raise BadRequest from None


def _ground() -> Ground:
    """Why staff act; 400 for a basis that is not on the list."""
    basis = request.form.get("basis", "")
    if basis and basis not in desk().rules.bases:
        raise BadRequest
    return Ground(reasons.given(), basis)


def _with_basis(
    seat: Seat, was: Rendered, now: Preference, wish: Wish, ground: Ground
) -> BaseResponse:
    acting = desk().acting
    if not desk().rules.must_confirm:
        done = acting.allow(seat.agent, seat.recipient, was, wish, ground)
        return _answered(seat, done)
    if not limits.may_mail_user(seat.recipient.user_id):
        return _refused(seat, now, TOO_OFTEN, HTTPStatus.TOO_MANY_REQUESTS)
    whom, label = desk().linking.addressed(seat.recipient)
    try:
        acting.ask(seat.agent, whom, now, wish, ground, label)
    except NotMailed:
        return _refused(seat, now, NO_MAIL, HTTPStatus.SERVICE_UNAVAILABLE)
    except TooLong:
        return _refused(seat, now, TOO_LONG, HTTPStatus.UNPROCESSABLE_ENTITY)
    note = Note(CONFIRMING.format(topic=now.topic.name), is_kept=True)
    return _told(seat, Said(now, note, HTTPStatus.ACCEPTED))


def _answered(seat: Seat, done: Outcome | Down) -> BaseResponse:
    if isinstance(done, Down):
        return _down(seat)
    is_certain = done.trouble is not Trouble.UNCERTAIN
    note, status = _note(done), words.status(done)
    said = Said(done.preference, note, status, None, is_certain, done.is_quiet)
    return _told(seat, said)


def _note(done: Outcome) -> Note:
    """As the recipient is told, with the reference that can be read out to them."""
    note = words.note(done)
    if note.is_kept or not note.undo:
        return note
    return replace(note, text=f"{note.text} {words.reference(note.undo)}")


def _told(seat: Seat, said: Said) -> BaseResponse:
    """The topic's part of the page to htmx; to a form the page, after a redirect
    where nothing stood in the way."""
    if htmx.is_fragment():
        return _fragment(seat, said)
    if said.ask or said.note.is_problem:
        place = anchor(said.now.topic.id)
        return recipient.page(seat, {place: (said.note, said.ask)}, said.status)
    address = seat.url_after(said.note.text, undo=said.note.undo)
    return redirect(address, HTTPStatus.SEE_OTHER)


def _fragment(seat: Seat, said: Said) -> Response:
    latest, _ = desk().trail.newest(seat.recipient.user_id)
    seat = seat.knowing(latest)
    state = forms.seal(
        seat, said.now, is_certain=said.is_certain, is_quiet=said.is_quiet
    )
    line = telling.line(seat, said.now, _why(seat, said), (said.note, said.ask), state)
    rules = desk().rules
    here = seat.url("recipient")
    html = render_template("staff/_topic_saved.html", line=line, rules=rules, here=here)
    return make_response(html, said.status)


def _why(seat: Seat, said: Said) -> Why | None:
    """Why it stands so by the act itself; None where that has changed nothing."""
    return desk().pictures.why(seat.recipient, said.now) if said.note.undo else None


def _asking(
    seat: Seat, now: Preference, text: str, *, needs_basis: bool
) -> BaseResponse:
    """The topic as it is, with the fields that are missing and the wish kept."""
    wish = forms.wish(request.form)
    ask = telling.Ask(
        forms.again(request.form), needs_basis, reasons.given(), staffwords.wished(wish)
    )
    note, status = Note(text, is_kept=True), HTTPStatus.UNPROCESSABLE_ENTITY
    return _told(seat, Said(now, note, status, ask))


def _refused(
    seat: Seat, now: Preference, text: str, status: HTTPStatus
) -> BaseResponse:
    note = Note(text, is_problem=True)
    return _told(seat, Said(now, note, status))


def _overtaken(by: Choice) -> str:
    who = by.trace.actor or staffwords.DOORS[by.trace.door]
    state = "off" if by.after.status is Status.OPTED_OUT else "on"
    return (
        f"Not changed: {by.draft.topic_name} was turned {state} meanwhile by {who}, "
        f"on {moments.in_words(by.at)}. Below is how it stands now."
    )


def _now(seat: Seat, was: Rendered) -> Preference:
    """How the topic stands now, or else as the page showed it."""
    return desk().acting.now(seat.recipient, was)


def _ask_off(seat: Seat, problem: str = "") -> Response:
    shown = desk().acting.shown(seat.recipient)
    if isinstance(shown, Down):
        return _down(seat)
    html = render_template(
        "staff/off.html",
        seat=seat,
        stops=shown.preferences.can_turn_off,
        stays=[p for p in shown.preferences if p.is_locked],
        rules=desk().rules,
        problem=problem,
    )
    return make_response(html, HTTPStatus.UNPROCESSABLE_ENTITY if problem else 200)


def _after_many(
    seat: Seat, outcome: BulkOutcome | Down, effect: Effect
) -> BaseResponse:
    """Back to the recipient's page, by htmx as well."""
    if isinstance(outcome, Down):
        return _down(seat)
    note = manywords.note(outcome, effect)
    if note.is_problem:
        status = words.FAILED[outcome.trouble or Trouble.REFUSED][0]
        return recipient.page(seat, {"": (note, None)}, status)
    again = note.undo if effect is not Effect.RESTORED else ""
    address = seat.url_after(note.text, undo=again)
    if htmx.is_fragment():
        return make_response("", HTTPStatus.NO_CONTENT, {"HX-Redirect": address})
    return redirect(address, HTTPStatus.SEE_OTHER)


def _down(seat: Seat) -> Response:
    if htmx.is_fragment():
        status = HTTPStatus.SERVICE_UNAVAILABLE
        return htmx.problem("errors/_problem.html", status, kind="503")
    return recipient.page(seat, status=HTTPStatus.SERVICE_UNAVAILABLE)
