"""What the page shows, from catalog, tenant's defaults and Courier's list."""

import pytest

from app.preferences.merge import UNLISTED, channels_hidden, inherited, merge
from app.preferences.model import (
    Catalog,
    Channel,
    Default,
    Defaults,
    Routing,
    Saved,
    Section,
    Standing,
    Status,
    Tenant,
    Topic,
)
from app.preferences.rules import Change, Wish, applied, decide

IN, OUT, REQUIRED = Status.OPTED_IN, Status.OPTED_OUT, Status.REQUIRED
EMAIL, PUSH = Channel("email"), Channel("push")
SECURITY = Section(
    "security", "Security", topics=(Topic("alerts", "Alerts", REQUIRED),)
)
NEWS = Section(
    "news",
    "News",
    channels=(EMAIL, PUSH),
    topics=(Topic("digest", "Digest", IN), Topic("offers", "Offers", OUT)),
)
EMPTY = Section("empty", "Nothing yet")
CATALOG = Catalog((SECURITY, EMPTY, NEWS))


def line(
    topic_id: str,
    standing: Standing,
    name: str = "As Courier says",
    section_name: str | None = None,
) -> Saved:
    return Saved(topic_id, name, standing, section_name)


OVERRIDES = [line("digest", Standing(OUT, IN, Routing(True, (PUSH,))))]
ALL_TOPICS = [
    line("offers", Standing(OUT, OUT)),
    *OVERRIDES,
    line("alerts", Standing(REQUIRED, REQUIRED)),
]


def test_both_kinds_of_list_give_the_same_page() -> None:
    assert merge(CATALOG, {}, OVERRIDES) == merge(CATALOG, {}, ALL_TOPICS)


def test_the_page_follows_the_catalog_and_leaves_empty_sections_out() -> None:
    page = merge(CATALOG, {}, reversed(ALL_TOPICS))
    assert [group.section.id for group in page.groups] == ["security", "news"]
    assert [p.topic.id for p in page] == ["alerts", "digest", "offers"]


def test_the_page_uses_the_catalogs_names_and_channels() -> None:
    found = merge(CATALOG, {}, OVERRIDES).find("digest")
    assert found is not None
    assert found.topic.name == "Digest"
    assert found.channels == (EMAIL, PUSH)


def test_a_topic_that_is_not_listed_stands_at_its_default() -> None:
    page = merge(CATALOG, {}, [])
    assert {p.topic.id: p.standing for p in page} == {
        "alerts": Standing(REQUIRED, REQUIRED),
        "digest": Standing(IN, IN),
        "offers": Standing(OUT, OUT),
    }


def test_a_topic_that_is_not_listed_stands_at_the_tenants_default_first() -> None:
    page = merge(CATALOG, {"digest": Default(OUT), "offers": Default(IN)}, [])
    assert {p.topic.id: p.is_on for p in page} == {
        "alerts": True,
        "digest": False,
        "offers": True,
    }


def test_an_own_choice_stands_above_the_tenants_default() -> None:
    (_, digest, _) = merge(CATALOG, {"digest": Default(IN)}, OVERRIDES)
    assert digest.standing.status is OUT


TENANTS: list[Defaults] = [
    {"digest": Default(OUT)},
    {"digest": Default(IN, Routing(True, (PUSH,)))},
    {"digest": Default(REQUIRED, Routing(True, (EMAIL,)))},
]


@pytest.mark.parametrize("defaults", TENANTS)
@pytest.mark.parametrize("says", ["workspace", "tenant"])
def test_both_kinds_of_list_give_the_same_page_in_a_tenant(
    defaults: Defaults, says: str
) -> None:
    """Whatever `default_status` shows there: Courier's sources leave it open."""
    (topic_id, default), *_ = defaults.items()
    place = CATALOG.find(topic_id)
    assert place is not None
    shown = default.status if says == "tenant" else place[1].default_status
    listed = line(topic_id, Standing(default.status, shown, default.routing))
    assert merge(CATALOG, defaults, [listed]) == merge(CATALOG, defaults, [])


def test_the_tenants_own_channels_are_the_ticked_ones() -> None:
    page = merge(CATALOG, {"digest": Default(IN, Routing(True, (PUSH,)))}, [])
    found = page.find("digest")
    assert found is not None
    assert found.ticked == (PUSH,)


def test_a_switch_carries_the_tenants_own_channels() -> None:
    """Sent as the default routing, they would be lost to all channels."""
    page = merge(CATALOG, {"digest": Default(IN, Routing(True, (PUSH,)))}, [])
    found = page.find("digest")
    assert found is not None
    assert decide(found, Wish(is_on=False)).act == Change(OUT, Routing(True, (PUSH,)))


@pytest.mark.parametrize("defaults", TENANTS)
def test_a_default_is_no_choice_of_ones_own(defaults: Defaults) -> None:
    shown = merge(CATALOG, defaults, [])
    assert not [p for p in shown if p.standing.is_own]


def test_a_choice_of_ones_own_can_be_reset() -> None:
    defaults = {"digest": Default(IN, Routing(True, (PUSH,)))}
    found = merge(CATALOG, defaults, []).find("digest")
    assert found is not None
    off = applied(found.standing, Change(OUT, Routing(True, (PUSH,))))
    assert off.is_own
    other = applied(found.standing, Change(IN, Routing(True, (EMAIL,))))
    assert other.is_own


def test_a_topic_unknown_to_the_catalog_is_shown_in_a_group_by_its_name() -> None:
    strangers = [
        line("x", Standing(IN, IN), "X", "Partners"),
        line("y", Standing(OUT, IN), "Y", "Friends"),
        line("z", Standing(IN, REQUIRED), "Z", "Partners"),
        line("w", Standing(IN, IN), "W"),
    ]
    groups = merge(CATALOG, {}, strangers).groups[2:]
    assert [
        (g.section.name, [p.topic.name for p in g.preferences]) for g in groups
    ] == [("Partners", ["X", "Z"]), ("Friends", ["Y"]), (None, ["W"])]
    ids = [group.section.id for group in groups]
    assert len(set(ids)) == 3
    assert all(id_.startswith(UNLISTED) for id_ in ids)


def test_a_topic_unknown_to_the_catalog_has_a_switch_and_no_channels() -> None:
    routing = Routing(True, (PUSH,))
    page = merge(CATALOG, {}, [line("x", Standing(IN, IN, routing), "X")])
    found = page.find("x")
    assert found is not None
    assert found.channels == ()
    assert decide(found, Wish(is_on=False)).act == Change(OUT, routing)


def test_a_topic_unknown_to_the_catalog_is_locked_by_a_tenant() -> None:
    page = merge(CATALOG, {"x": Default(REQUIRED)}, [line("x", Standing(IN, IN))])
    found = page.find("x")
    assert found is not None
    assert found.is_locked


def test_the_counts_count_what_is_shown() -> None:
    saved = [line("x", Standing(IN, IN), "X"), line("y", Standing(OUT, IN), "Y")]
    page = merge(CATALOG, {}, saved)
    assert (page.total, page.on, page.locked) == (5, 3, 1)
    assert [p.topic.id for p in page.can_turn_off] == ["digest", "x"]
    news = page.group("news")
    assert news is not None
    assert [p.topic.id for p in news.can_turn_off] == ["digest"]


def test_what_is_muted_in_silence_counts_as_off() -> None:
    page = merge(CATALOG, {}, [line("digest", Standing(IN, IN, Routing(True, ())))])
    assert (page.on, page.can_turn_off) == (1, ())


def test_a_plan_without_channels_hides_them_and_nothing_else() -> None:
    whole = merge(CATALOG, {}, OVERRIDES)
    plain = channels_hidden(whole)
    assert all(p.channels == () for p in plain)
    assert [p.standing for p in plain] == [p.standing for p in whole]
    assert [p.is_locked for p in plain] == [p.is_locked for p in whole]


def test_a_lock_names_the_tenant_that_set_it_and_nobody_for_the_workspaces_own() -> (
    None
):
    alerts, digest, _ = merge(
        CATALOG,
        {
            "alerts": Default(REQUIRED, set_by="Acme"),
            "digest": Default(REQUIRED, set_by="Acme"),
        },
        [],
    )

    assert (alerts.is_locked, alerts.required_by) == (True, "")
    assert (digest.is_locked, digest.required_by) == (True, "Acme")


def test_a_parents_lock_names_the_parent() -> None:
    parent = Tenant("Acme", defaults={"digest": Default(REQUIRED, set_by="Acme")})
    child = Tenant("Lisbon", defaults={"digest": Default(IN, set_by="Lisbon")})

    assert inherited(parent, child).defaults["digest"].set_by == "Acme"
