"""Who is signed in, for admins: any session can be ended at once."""

from http import HTTPStatus

from flask import redirect, render_template, url_for
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response as BaseResponse

from app.preferences.staff import Entry, Kind, Right
from app.web.staff.guard import agent, needs, session, staff
from app.web.staff.seat import desk


@staff.get("/sessions")
@needs(Right.SESSIONS)
def sessions() -> str:
    return render_template(
        "staff/sessions.html", sessions=desk().sessions.all(), own=session().id
    )


@staff.post("/sessions/<id_>/end")
@needs(Right.SESSIONS)
def end_session(id_: str) -> BaseResponse:
    whose = [s.agent.actor for s in desk().sessions.all() if s.id == id_]
    if not whose:
        raise NotFound
    desk().trail.note(Entry(Kind.ENDED_SESSION, agent().actor, detail=whose[0]))
    desk().sessions.end(id_)
    return redirect(url_for("staff.sessions"), HTTPStatus.SEE_OTHER)
