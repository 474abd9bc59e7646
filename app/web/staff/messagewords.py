"""What became of a message, said to support staff."""

from app.preferences.message import Verdict

SAYS: dict[Verdict, str] = {
    Verdict.SEEN: "It came, and they opened it.",
    Verdict.CLICKED: "It came, and they followed a link in it.",
    Verdict.DELIVERED: "It was delivered; nobody has opened it yet, as far as we know.",
    Verdict.ON_ITS_WAY: "It is on its way; nobody has confirmed that it arrived.",
    Verdict.DELAYED: "It is delayed and will be sent later.",
    Verdict.HELD_FOR_DIGEST: "It is held back for their next digest.",
    Verdict.FILTERED_BY_CHOICE: (
        "Not sent: at that moment they had turned this topic off."
    ),
    Verdict.NO_CHANNEL_LEFT: (
        "Not sent: at that moment they had no channel left for this topic."
    ),
    Verdict.OPT_IN_REQUIRED: (
        "Not sent: this topic is off until they turn it on, and they had not."
    ),
    Verdict.FILTERED: "Not sent: a rule or a preference at Courier held it back.",
    Verdict.NO_ADDRESS: (
        "Not sent: Courier has no address of theirs for any channel of this message."
    ),
    Verdict.NO_PROVIDER: (
        "Not sent: no provider is set up at Courier for the channels of this message."
    ),
    Verdict.UNMAPPED: "Not sent: at Courier, no template belongs to this event.",
    Verdict.UNPUBLISHED: "Not sent: its template has not been published.",
    Verdict.BOUNCED: "It was sent, and their mailbox or provider turned it away.",
    Verdict.FAILED: "Not delivered: the provider reported an error.",
    Verdict.THROTTLED: (
        "Not sent: they had been sent too many messages in a short time."
    ),
    Verdict.CANCELED: "Not sent: it was canceled before it went out.",
    Verdict.SIMULATED: "Not sent: it was only simulated, as in a test environment.",
    Verdict.UNKNOWN: "Courier gives a status that we do not know.",
}
