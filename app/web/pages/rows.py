"""What a template prints for one topic of one recipient: only finished values."""

from dataclasses import dataclass
from typing import Protocol

from app.links import Link
from app.preferences.model import Preference
from app.web.pages import faces, forms
from app.web.pages.words import Note


class Holder(forms.Sealing, Protocol):
    """Whose page shows topics: a recipient's by a link, or the desk's.

    An address is empty where the page has no such view.
    """

    @property
    def link(self) -> Link: ...

    def topic_url(self, view: str, topic_id: str) -> str: ...

    def undo_url(self, reference: str) -> str: ...


@dataclass(frozen=True, slots=True)
class Row:
    """`state` is sealed and comes back with the form; `again` repeats an attempt.

    `reset` and `undo` are the addresses that do so, empty where nothing can be.
    `is_weak`: the link may only turn things off. `is_wanted`: the address names it.
    `is_explained`: the page says below it why it stands so.
    """

    anchor: str
    preference: Preference
    action: str
    reset: str
    state: str
    note: Note | None
    again: str
    undo: str
    is_weak: bool
    is_wanted: bool = False
    is_explained: bool = False


def row(
    visit: Holder,
    preference: Preference,
    note: Note | None = None,
    again: str = "",
    *,
    state: str | None = None,
) -> Row:
    """`state` is the sealed standing, where it is not a certain and quiet one."""
    topic_id, is_weak = preference.topic.id, not visit.link.is_full
    may_reset = preference.standing.is_own and not is_weak
    return Row(
        anchor=faces.anchor(topic_id),
        preference=preference,
        action=visit.topic_url("choose", topic_id),
        reset=visit.topic_url("reset", topic_id) if may_reset else "",
        state=state or forms.seal(visit, preference),
        note=note,
        again=again,
        undo=visit.undo_url(note.undo) if note and note.undo else "",
        is_weak=is_weak,
    )
