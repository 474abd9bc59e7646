"""What each world's Courier has: the sandbox's own seed, and others made of it."""

import json
from collections.abc import Iterator
from copy import deepcopy
from itertools import chain, cycle
from pathlib import Path
from typing import Any

from app.sandbox.seeding import SEED

Seed = dict[str, Any]

COLORS = {
    "yellow": "#ffee00",
    "white": "#ffffff",
    "black": "#000000",
    "neon": "#39ff14",
    "grey": "#8a8a8a",
    "red": "#ff0033",
}
"""Brands that no page can wear as they are."""

LONG = (
    "Donaudampfschifffahrtsgesellschaftskapitänsmützenverordnungsänderungen",
    "Everything that anybody in any of your teams has commented on, moved or renamed",
    "https://status.tidewell.example/incidents/2026/11/a-very-long-address-without-any-space",
    "Rechtsschutzversicherungsgesellschaften-Sammelabrechnungsbenachrichtigungen",
    "A",
)
RIGHT_TO_LEFT = (
    "تنبيهات الأمان وتسجيل الدخول",
    "התראות על תשלומים וחשבוניות",
    "تقرير Tidewell الأسبوعي (PDF)",
    "עדכונים מ־Tidewell: מה חדש ב־2026?",
    "أخبار مجتمعنا، مرة في الشهر",
)
ABOUT_IT = (
    "كل ما يخص حسابك وفريقك، بما في ذلك ما يصل من Tidewell و iOS.",
    "כל מה שקשור לחשבון ולצוות שלך, כולל הודעות מ־Tidewell.",
)


def seeded() -> Seed:
    """The sandbox's own workspace, with a tenant for each awkward color."""
    seed: Seed = json.loads(SEED.read_text("utf-8"))
    for name, color in COLORS.items():
        brand = deepcopy(seed["brands"][0])
        brand |= {"id": f"brand-{name}", "name": f"{name.capitalize()} {color}"}
        brand["settings"]["colors"] = {"primary": color}
        seed["brands"].append(brand)
        tenant = {"id": name, "name": brand["name"], "brand_id": brand["id"]}
        seed["tenants"].append(tenant)
    return seed


def renamed(names: tuple[str, ...], about: tuple[str, ...]) -> Seed:
    """The same topics by other names, which nobody has translated."""
    seed: Seed = json.loads(SEED.read_text("utf-8"))
    words, told = cycle(names), cycle(about)
    for thing in chain(seed["sections"], _topics(seed)):
        thing |= {"name": next(words), "description": next(told)}
    for topic in _topics(seed):
        if "required_reason" in topic["topic_data"]:
            topic["topic_data"] = {"required_reason": next(told)}
        else:
            topic["topic_data"] = {}
    for tenant in seed["tenants"]:
        tenant["name"] = next(words)
    return seed


def write(folder: Path) -> dict[str, Path]:
    """The files of the seeds by name."""
    seeds = {
        "own": seeded(),
        "long": renamed(LONG, (" ".join(LONG), LONG[2])),
        "right": renamed(RIGHT_TO_LEFT, ABOUT_IT),
    }
    files = {name: folder / f"{name}.json" for name in seeds}
    for name, seed in seeds.items():
        files[name].write_text(json.dumps(seed), "utf-8")
    return files


def topic_ids() -> dict[str, str]:
    """The seeded topics' ids by name."""
    seed = json.loads(SEED.read_text("utf-8"))
    return {topic["name"]: topic["id"] for topic in _topics(seed)}


def section_ids() -> dict[str, str]:
    seed = json.loads(SEED.read_text("utf-8"))
    return {section["name"]: section["id"] for section in seed["sections"]}


def _topics(seed: Seed) -> Iterator[dict[str, Any]]:
    for section in seed["sections"]:
        yield from section["topics"]
