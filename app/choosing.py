"""One choice on one topic: what is true now, what was wished, and what that comes to.

A page hands back how it showed the topic, which saves asking Courier; where that may
be out of date, Courier is asked, and where Courier is silent, the ledger.
"""

from dataclasses import replace

from app.acts import Acts, Planned
from app.courier.errors import CourierError
from app.ledger.errors import LedgerDown
from app.ledger.ledger import Ledger
from app.outcome import Down, Outcome, Rendered, Trouble
from app.preferences.choice import Choice, Draft, Trace
from app.preferences.model import Preference, Recipient, Status
from app.preferences.overlay import left
from app.preferences.rules import (
    Change,
    Decision,
    Effect,
    Reset,
    Wish,
    applied,
    decide,
    is_same,
    lessened,
    touched,
    turned_off,
)
from app.preferences.subject import Subject
from app.reading import Reader
from app.sender import trouble


class Choosing:
    def __init__(self, reader: Reader, ledger: Ledger, acts: Acts) -> None:
        self._reader = reader
        self._ledger = ledger
        self._acts = acts

    def choose(
        self,
        recipient: Recipient,
        was: Rendered,
        wish: Wish,
        trace: Trace,
        *,
        is_less_only: bool = False,
    ) -> Outcome | Down:
        """Costs one PUT and no GET once the catalog is kept.

        `is_less_only`: who wishes may turn things off, and nothing on; then Courier is
        asked first, for less than what is true now.
        """
        try:
            drawn = self._reader.drawn(recipient, was)
        except CourierError as fault:
            return Down(trouble(fault))
        told = self._told(recipient, was, drawn) if is_less_only else None
        now, is_seen = told, True
        if now is None:
            now, is_seen = self._now(recipient, was, drawn, wish)
        if now is None:
            unavailable = Outcome(drawn, Effect.NOTHING, Trouble.UNAVAILABLE)
            return _restless(was, unavailable)
        decision = decide(now, touched(wish, drawn, now))
        if is_less_only:
            decision = lessened(now, decision)
            if not told and _stays_on(decision):
                unavailable = Outcome(now, Effect.NOTHING, Trouble.UNAVAILABLE)
                return _restless(was, unavailable)
        feared = self._unheard(recipient, was, drawn, wish)
        if feared and decision.effect is Effect.NOTHING:
            return Outcome(now, Effect.NOTHING, Trouble.UNCERTAIN, is_quiet=False)
        self._acts.fear(recipient, feared, trace)
        outcome = self._chosen(
            recipient, was, now, decision, trace, is_guess=not is_seen
        )
        return _restless(was, outcome)

    def _unheard(
        self, recipient: Recipient, was: Rendered, drawn: Preference, wish: Wish
    ) -> list[Draft]:
        """What the page has sent to no answer, and may take effect yet.

        Not what is wished again, nor what the ledger has.
        """
        if not was.unheard:
            return []
        last = self._last(recipient, drawn)
        known = [left(drawn, last).standing] if last else []
        known += [draft.after for draft in _drafts(drawn, wish)]
        sent = _drafts(drawn, *was.unheard)
        return [d for d in sent if not any(is_same(d.after, k) for k in known)]

    def reset(
        self, recipient: Recipient, was: Rendered, trace: Trace
    ) -> Outcome | Down:
        """Back to the default; what that is, only Courier knows, so it is asked."""
        try:
            drawn = self._reader.drawn(recipient, was)
        except CourierError as fault:
            return Down(trouble(fault))
        now, is_seen = self._now(recipient, was, drawn, Wish(not drawn.is_on))
        planned = Planned(
            now or drawn, Reset(), Effect.RESET, was.is_quiet, not is_seen
        )
        outcome = _restless(was, self._acts.one(recipient, planned, trace))
        if outcome.trouble or outcome.is_kept:
            return outcome
        told = self._reader.reread(recipient, outcome.preference)
        return replace(outcome, preference=told) if told else outcome

    def _chosen(  # noqa: PLR0913  all that is known by now
        self,
        recipient: Recipient,
        was: Rendered,
        now: Preference,
        decision: Decision,
        trace: Trace,
        *,
        is_guess: bool,
    ) -> Outcome:
        if decision.effect is Effect.NOTHING:
            return self._nothing(recipient, was, now, is_guess=is_guess)
        if decision.act is None:
            return Outcome(now, decision.effect)
        if is_guess and decision.act == turned_off(now):
            kept = self._unseen(recipient, now, trace)
            if kept:
                return kept
        planned = Planned(now, decision.act, decision.effect, was.is_quiet, is_guess)
        return self._acts.one(recipient, planned, trace)

    def _unseen(
        self, recipient: Recipient, now: Preference, trace: Trace
    ) -> Outcome | None:
        """What channels there are to carry over, only Courier knows."""
        topic = now.topic
        reference = self._acts.unseen(recipient, Subject(topic.id), topic.name, trace)
        if reference is None:
            return None
        off = replace(now, standing=applied(now.standing, turned_off(now)))
        return Outcome(
            off, Effect.TURNED_OFF, None, reference, is_kept=True, is_quiet=False
        )

    def _nothing(
        self, recipient: Recipient, was: Rendered, now: Preference, *, is_guess: bool
    ) -> Outcome:
        """Already so; or on its way; or, after a request in doubt, who knows.

        Nor does anybody while the ledger cannot be read: it may be on its way only.
        """
        try:
            waiting = self._reader.waiting_for(recipient, now.topic.id)
        except LedgerDown:
            return Outcome(now, Effect.NOTHING, Trouble.UNAVAILABLE)
        if waiting:
            reference = waiting.reference
            return Outcome(
                now, Effect.NOTHING, None, reference, is_kept=True, is_quiet=False
            )
        if is_guess:
            return Outcome(now, Effect.NOTHING, Trouble.UNAVAILABLE)
        if was.is_fresh and not was.is_quiet and not was.is_certain:
            return Outcome(now, Effect.NOTHING, Trouble.UNCERTAIN)
        return Outcome(now, Effect.NOTHING)

    def _now(
        self, recipient: Recipient, was: Rendered, drawn: Preference, wish: Wish
    ) -> tuple[Preference | None, bool]:
        """What is true now, and whether Courier said so: as drawn, which saves a call.

        Unless the page was drawn long ago or in doubt, or another one has been used
        since, or the wish changes nothing of what was drawn: "nothing to save" is
        said only of what Courier says.
        While Courier is silent a change counts all the same, and nothing else does.
        """
        is_change = decide(drawn, wish).effect is not Effect.NOTHING
        last = self._last(recipient, drawn)
        if was.is_fresh and was.is_certain and is_change and last is None:
            return drawn, True
        told = self._told(recipient, was, drawn)
        if told or not is_change:
            return told, True
        return (left(drawn, last), False) if last else (drawn, was.is_certain)

    def _told(
        self, recipient: Recipient, was: Rendered, drawn: Preference
    ) -> Preference | None:
        return self._reader.reread(recipient, drawn, is_quiet=was.is_quiet)

    def _last(self, recipient: Recipient, drawn: Preference) -> Choice | None:
        """The ledger's last word on a topic, if it is another one than the page's."""
        keys = self._reader.workspace.keys(drawn.topic.id)
        try:
            last = self._ledger.recent(recipient, keys)
        except LedgerDown:
            return None
        if last is None or is_same(left(drawn, last).standing, drawn.standing):
            return None
        return last


def _drafts(drawn: Preference, *wishes: Wish) -> list[Draft]:
    topic = drawn.topic
    acts = (decide(drawn, wish).act for wish in wishes)
    return [Draft(topic.id, topic.name, drawn.standing, act) for act in acts if act]


def _stays_on(decision: Decision) -> bool:
    """Whether it would say "on" to Courier, which might be out of date by now."""
    act = decision.act
    return isinstance(act, Change) and act.status is not Status.OPTED_OUT


def _restless(was: Rendered, outcome: Outcome) -> Outcome:
    """What could not be written down leaves the topic as restless as it was."""
    if was.is_quiet or outcome.reference:
        return outcome
    return replace(outcome, is_quiet=False)
