"""Every sentence of the desk about a recipient: why, when, by whom, and what came.

The desk speaks English, as its own words are for colleagues; names of topics are the
workspace's.
"""

from app.consent import REASON
from app.outcome import Trouble
from app.preferences import staff
from app.preferences.choice import Choice, Door, State
from app.preferences.rules import Effect, Wish
from app.preferences.staff import Entry, Kind
from app.preferences.timeline import Event
from app.preferences.why import Cause, Why
from app.web.pages import cadence, moments
from app.web.pages.words import channel

DOORS: dict[Door, str] = {
    Door.PAGE: "on their preferences page",
    Door.EMBED: "in the product",
    Door.UNSUBSCRIBE_PAGE: "on the page of an unsubscribe link",
    Door.ONE_CLICK: "with one click in a mail program",
    Door.STAFF: "at this desk",
    Door.API: "by the product's backend",
    Door.UNDO: "by an undo",
}
ANSWERED = REASON
"""The reason of what a recipient has said yes to."""

YES = "by saying yes to the question that they were mailed from this desk"
ELSEWHERE = "Made elsewhere; Courier's log does not say by whom."

KINDS: dict[Kind, str] = {
    Kind.SIGNED_IN: "Signed in",
    Kind.SIGNED_OUT: "Signed out",
    Kind.LOOKED_UP: "Searched",
    Kind.OPENED: "Opened this recipient",
    Kind.REVEALED: "Looked at the whole profile",
    Kind.SAW_PAGE: "Looked at the page as the recipient sees it",
    Kind.ASKED: "Asked the recipient to confirm",
    Kind.CONFIRMED: "The recipient confirmed",
    Kind.DECLINED: "The recipient declined",
    Kind.MAILED_LINK: "Had a fresh link mailed",
    Kind.SHOWED_LINK: "Made a link and looked at it",
    Kind.REVOKED_LINKS: "Revoked every link",
    Kind.EXPORTED_DATA: "Exported everything we hold",
    Kind.ERASED_DATA: "Erased what we hold",
    Kind.READ_TRAIL: "Read the trail",
    Kind.EXPORTED_TRAIL: "Exported the trail",
    Kind.RETRIED: "Tried again to deliver everything that waits",
    Kind.LIMITED: "Was stopped: too many look-ups",
    Kind.ENDED_SESSION: "Ended a session",
    Kind.FAILED: "That did not work, so nothing was done",
}

FAILED: dict[str, str] = {
    Kind.MAILED_LINK: "The mail with a fresh link was not taken by Courier",
    Kind.REVOKED_LINKS: "The links were not revoked",
    Kind.ASKED: "The question to confirm was not mailed",
}

LOOKS = staff.LOOKS
"""What only looked and changed nothing."""

CAUSES: dict[Cause, str] = {
    Cause.REQUIRED: "Required for everybody: nobody can turn it off.",
    Cause.REQUIRED_BY_TENANT: "Required by {tenant}: its members cannot turn it off.",
    Cause.WAITING: "Chosen {event}; not at Courier yet.",
    Cause.CHOICE: "Own choice, {event}.",
    Cause.ELSEWHERE: "Own choice, made elsewhere on {when}.",
    Cause.UNTRACED: "Own choice; neither the ledger nor Courier's log says since when.",
    Cause.TENANT_DEFAULT: "Default of {tenant}.",
    Cause.DEFAULT: "Default of the workspace.",
}
OVERRULED = "They had turned it off before; that does not count now."
SAME_AGAIN = "The last choice, {event}, says the same."

REASONS: dict[str, str] = {
    Trouble.UNAVAILABLE: "Courier did not answer",
    Trouble.UNCERTAIN: "Courier was asked and nobody knows what became of it",
    Trouble.DENIED: "Courier refused our API key",
    Trouble.NOT_ON_PLAN: "the plan at Courier has no choice of channels",
    Trouble.GONE: "Courier does not know the topic any more",
    Trouble.REFUSED: "Courier did not accept it",
    Trouble.REQUIRED: "the topic is required",
}


def why(cause: Why) -> str:
    """One sentence or two on why a topic stands as it does."""
    text = CAUSES[cause.cause].format(
        tenant=cause.tenant or "the tenant", event=event(cause.event), when=_when(cause)
    )
    if cause.is_overruled:
        return f"{text} {OVERRULED}"
    is_default = cause.cause in (Cause.DEFAULT, Cause.TENANT_DEFAULT)
    if is_default and isinstance(cause.event, Choice):
        return f"{text} {SAME_AGAIN.format(event=event(cause.event))}"
    return text


def event(of: Event | None) -> str:
    """When and how something was chosen, as the end of a sentence."""
    if of is None:
        return ""
    when = f"on {moments.in_words(of.at)}"
    if not isinstance(of, Choice):
        return f"{when}, elsewhere"
    if of.trace.reason == ANSWERED:
        return f"{when} {YES} ({of.reference})"
    by = f" by {of.trace.actor}" if of.trace.actor else ""
    return f"{when} {DOORS[of.trace.door]}{by} ({of.reference})"


def changed(choice: Choice) -> str:
    """What a choice changed, as the beginning of a sentence."""
    name = choice.draft.topic_name or "Everything optional"
    state = {
        Effect.TURNED_ON: "was turned on",
        Effect.TURNED_OFF: "was turned off",
        Effect.RESET: "went back to its default",
        Effect.RESTORED: "was put back as it was before",
    }
    return f"{name} {state.get(choice.effect, 'was changed')}"


def _when(cause: Why) -> str:
    return moments.in_words(cause.event.at) if cause.event else ""


def door(choice: Choice, marks: dict[str, str]) -> str:
    """Through which door a choice came, and who did it; as a sentence.

    `marks` say who had made a link that was shown, by its mark.
    """
    trace = choice.trace
    words = DOORS[trace.door] if trace.reason != ANSWERED else YES
    text = f"{words[0].upper()}{words[1:]}"
    if trace.actor:
        text += f" by {trace.actor}"
    maker = marks.get(trace.link or "")
    if maker:
        text += f", with a link that {maker} had made"
    return f"{text}. Reference {choice.reference}."


def became(choice: Choice) -> str:
    """What became of a choice, where that is news, and why."""
    match choice.state:
        case State.PENDING:
            return _pending(choice)
        case State.REFUSED:
            return f"Not accepted: {reason(choice.last_error)}. Nothing was changed."
        case State.SUPERSEDED:
            return "Replaced by a newer choice before it was delivered."
    return ""


def _pending(choice: Choice) -> str:
    text = f"Waiting for Courier since {moments.in_words(choice.at)}"
    if choice.attempts:
        tried = "once" if choice.attempts == 1 else f"{choice.attempts} times"
        text += f"; tried {tried}, last: {reason(choice.last_error)}"
    late = " For more than a week: somebody must look." if choice.is_overdue else ""
    return f"{text}.{late}"


def reason(error: str | None) -> str:
    """What the ledger noted of a failure, in words; the rest as it is."""
    word, _, rest = (error or "").partition(":")
    known = REASONS.get(word)
    if known is None:
        return error or "no reason was given"
    return f"{known} ({rest.strip()})" if rest.strip() else known


def wished(wish: Wish) -> str:
    """What somebody chose on a topic's form."""
    if not wish.is_on:
        return "You chose: off."
    by = sorted(channel(name) for name in wish.channels)
    return f"You chose: on, by {cadence.listed(by)}." if by else "You chose: on."


def asked(of: Entry) -> str:
    """That the recipient was asked, and is silent so far."""
    when = moments.in_words(of.at)
    return f"They were asked to confirm more on {when} and have not answered yet."


def entry(of: Entry) -> str:
    """What staff did, and for what reason."""
    parts = [KINDS[of.kind]]
    if of.kind is Kind.FAILED and of.detail in FAILED:
        parts = [FAILED[of.detail]]
    if of.basis:
        parts.append(f"Legal basis: {of.basis}")
    if of.reason:
        parts.append(f"Reason: {of.reason}")
    return ". ".join(parts) + "."
