"""What the page shows: Courier's word, and above it what is on its way there."""

from app.preferences.choice import Choice, Door, Draft, Trace
from app.preferences.merge import merge
from app.preferences.model import (
    Catalog,
    Channel,
    Preferences,
    Recipient,
    Routing,
    Saved,
    Section,
    Standing,
    Status,
    Topic,
)
from app.preferences.overlay import overlaid
from app.preferences.rules import Act, Change, Reset
from app.preferences.subject import EVERYTHING, Subject

IN, OUT, REQUIRED = Status.OPTED_IN, Status.OPTED_OUT, Status.REQUIRED
ONLY_PUSH = Routing(True, (Channel("push"),))
TOPICS = (Topic("alerts", "Alerts", REQUIRED), Topic("news", "News", IN))
CATALOG = Catalog((Section("S", "S", topics=(*TOPICS, Topic("tips", "Tips", OUT))),))
OFF, ON = Change(OUT, Routing()), Change(IN, Routing())


def shown(*saved: Saved) -> Preferences:
    return merge(CATALOG, {}, saved)


def choice(topic_id: str, act: Act, number: int = 1) -> Choice:
    draft = Draft(topic_id, topic_id, Standing(IN, IN), act)
    recipient = Recipient("user-ada")
    return Choice(number, "AAAA-AA", 0.0, recipient, draft, Trace(Door.PAGE))


def on(preferences: Preferences) -> dict[str, bool]:
    return {p.topic.id: p.is_on for p in preferences}


def test_without_choices_courier_s_word_stands() -> None:
    page = shown()
    assert overlaid(page, []) is page


def test_what_waits_is_shown_as_if_it_had_arrived() -> None:
    page = overlaid(shown(), [choice("news", OFF), choice("tips", ON)])

    assert on(page) == {"alerts": True, "news": False, "tips": True}
    assert on(shown()) == {"alerts": True, "news": True, "tips": False}


def test_a_choice_lies_above_what_courier_says_now_not_above_what_was() -> None:
    """The routing is the choice's, the schedule Courier's: it was not touched."""
    saved = Saved("news", "News", Standing(OUT, IN, Routing(), "sch_1"))
    page = overlaid(shown(saved), [choice("news", Change(IN, ONLY_PUSH))])

    found = page.find("news")
    assert found is not None
    assert found.standing == Standing(IN, IN, ONLY_PUSH, "sch_1")


def test_a_reset_that_waits_shows_the_default() -> None:
    saved = Saved("news", "News", Standing(OUT, IN, ONLY_PUSH))

    found = overlaid(shown(saved), [choice("news", Reset())]).find("news")

    assert found is not None
    assert found.standing == Standing(IN, IN)


def test_a_choice_for_everything_turns_off_what_is_on_and_optional() -> None:
    page = overlaid(shown(), [choice(EVERYTHING, OFF)])

    assert on(page) == {"alerts": True, "news": False, "tips": False}


def test_a_choice_for_everything_keeps_the_routing() -> None:
    saved = Saved("news", "News", Standing(IN, IN, ONLY_PUSH))

    found = overlaid(shown(saved), [choice(EVERYTHING, OFF)]).find("news")

    assert found is not None
    assert (found.is_on, found.standing.routing) == (False, ONLY_PUSH)


def test_of_a_topic_s_choice_and_one_for_everything_the_newer_counts() -> None:
    everything = choice(EVERYTHING, OFF, 5)
    newer, older = choice("news", ON, 6), choice("tips", ON, 4)

    page = overlaid(shown(), [everything, newer, older])

    assert on(page) == {"alerts": True, "news": True, "tips": False}


def test_a_choice_for_one_topic_or_section_made_unseen_reaches_no_other() -> None:
    news = choice(Subject(topic_id="news").key, OFF, 5)
    other = choice(Subject(section_id="T").key, OFF, 6)
    saved = Saved("tips", "Tips", Standing(IN, OUT))

    assert on(overlaid(shown(saved), [news, other])) == {
        "alerts": True,
        "news": False,
        "tips": True,
    }


def test_a_choice_of_a_topic_that_is_gone_shows_nothing() -> None:
    assert on(overlaid(shown(), [choice("gone", OFF)])) == on(shown())
