"""Every sentence about many topics at once."""

from flask_babel import gettext, ngettext

from app.outcome import BulkOutcome
from app.preferences.rules import Effect
from app.web.pages import cadence
from app.web.pages.words import Note, isolated, reference


def note(outcome: BulkOutcome, effect: Effect) -> Note:
    """What came of turning off, resetting or undoing many; what failed is named."""
    undo = outcome.reference or ""
    told = [
        _withdrawn(outcome),
        _done(outcome, effect),
        _kept(outcome, effect),
        _failed(outcome),
        _locked(outcome),
    ]
    text = " ".join(filter(None, told)) or _nothing(effect)
    is_problem = bool(outcome.failed or outcome.locked or outcome.trouble)
    return Note(text, is_problem, undo=undo, is_kept=bool(outcome.kept))


def unseen(undo: str | None) -> Note:
    """What came of turning everything off while nobody could say what there is."""
    if undo is None:
        text = gettext("We could not keep this just now. Please try again in a minute.")
        return Note(text, is_problem=True)
    text = gettext(
        "Kept. Everything that is optional will be turned off as soon as possible."
    )
    return Note(f"{text} {reference(undo)}", undo=undo, is_kept=True)


def _withdrawn(outcome: BulkOutcome) -> str:
    if not outcome.withdrawn or outcome.done or outcome.kept:
        return ""
    return gettext("Undone. Nothing will be turned off.")


def _done(outcome: BulkOutcome, effect: Effect) -> str:
    count = len(outcome.done)
    if not count:
        return ""
    if effect is Effect.RESET:
        return _reset(outcome)
    if effect is Effect.RESTORED:
        return ngettext(
            "Undone. %(num)d topic is as it was before.",
            "Undone. %(num)d topics are as they were before.",
            count,
        )
    return ngettext(
        "Saved. %(num)d topic was turned off.",
        "Saved. %(num)d topics were turned off.",
        count,
    )


def _reset(outcome: BulkOutcome) -> str:
    if not (outcome.kept or outcome.failed):
        return gettext("Saved. Every topic is back to its default.")
    return ngettext(
        "Saved. %(num)d topic is back to its default.",
        "Saved. %(num)d topics are back to their default.",
        len(outcome.done),
    )


def _kept(outcome: BulkOutcome, effect: Effect) -> str:
    count = len(outcome.kept)
    if not count:
        return ""
    if effect is Effect.TURNED_OFF:
        text = ngettext(
            "Kept. %(num)d topic will be turned off as soon as possible.",
            "Kept. %(num)d topics will be turned off as soon as possible.",
            count,
        )
    else:
        text = ngettext(
            "Kept. %(num)d topic will be put back as soon as possible.",
            "Kept. %(num)d topics will be put back as soon as possible.",
            count,
        )
    return f"{text} {reference(outcome.reference or '')}"


def _failed(outcome: BulkOutcome) -> str:
    if outcome.failed:
        return gettext(
            "We could not confirm this for: %(topics)s. See below how they stand now.",
            topics=cadence.listed(isolated(p.topic.name) for p in outcome.failed),
        )
    if outcome.trouble:
        return gettext("We could not do this just now. Please try again in a minute.")
    return ""


def _locked(outcome: BulkOutcome) -> str:
    if not outcome.locked:
        return ""
    return gettext(
        "Required by now, so it stays as it is: %(topics)s.",
        topics=cadence.listed(isolated(p.topic.name) for p in outcome.locked),
    )


def _nothing(effect: Effect) -> str:
    if effect is Effect.RESET:
        return gettext("Everything stands at its default already.")
    if effect is Effect.RESTORED:
        return gettext("Nothing was undone: it has been changed again since then.")
    return gettext("Nothing had to be turned off: it was off already.")
