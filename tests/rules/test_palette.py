"""Whatever the brand's color: text keeps 4.5:1, shapes 3:1, in light and dark."""

import re
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from app.web.palette import DARK, LIGHT, Scheme, contrast, sheet, tokens

CSS = Path(__file__).parent.parent.parent / "static" / "css" / "app.css"
TEXT, SHAPE = 4.5, 3.0
OWN = ("--accent", "--accent-ink", "--accent-soft", "--link")
GROUNDS = ("--paper", "--surface", "--accent-soft", "--bad-soft")
PAIRS = [
    *(("--link", ground, TEXT) for ground in GROUNDS),
    ("--accent-ink", "--accent", TEXT),  # a button's words
    *((ink, "--accent-soft", TEXT) for ink in ("--ink", "--ink-soft", "--good")),
    *(("--accent", ground, SHAPE) for ground in GROUNDS),  # a switch, a chip's edge
    ("--accent-ink", "--accent", SHAPE),  # a switch's thumb
    ("--line-strong", "--accent-soft", SHAPE),  # a switch that is off
    ("--focus", "--accent-soft", SHAPE),
]
"""What stands on what, and the contrast it needs."""

ALWAYS = [
    *((ink, ground, TEXT) for ink in ("--ink", "--ink-soft") for ground in GROUNDS[:2]),
    ("--good", "--surface", TEXT),
    ("--bad", "--bad-soft", TEXT),
    *(("--line-strong", ground, SHAPE) for ground in GROUNDS[:2]),
    ("--ink-soft", "--surface", SHAPE),  # a switch that is locked
    ("--logo-ink", "--logo-plate", TEXT),
]
colors = st.integers(0, 0xFFFFFF).map("#{:06x}".format)
schemes = pytest.mark.parametrize("scheme", [LIGHT, DARK], ids=["light", "dark"])


def defaults(scheme: Scheme) -> dict[str, str]:
    """The colors of app.css; what is see-through shows the paper."""
    place = 0 if scheme is LIGHT else 1
    pairs = re.findall(r"(--[\w-]+): light-dark\(([^,]+), ([^)]+)\);", CSS.read_text())
    found = {name: values[place] for name, *values in pairs}
    found["--link"] = found["--accent"]
    return {
        name: found["--paper"] if color == "transparent" else color
        for name, color in found.items()
    }


def faults(palette: dict[str, str], pairs: list[tuple[str, str, float]]) -> list[str]:
    return [
        f"{text} {palette[text]} on {ground} {palette[ground]}"
        for text, ground, needed in pairs
        if contrast(palette[text], palette[ground]) < needed
    ]


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("#000000", "#ffffff", 21.0),
        ("#ffffff", "#ffffff", 1.0),
        ("#767676", "#ffffff", 4.54),
        ("#0000ff", "#ffffff", 8.59),
        ("#ff0000", "#ffffff", 4.0),
    ],
)
def test_contrast_is_what_wcag_says(one: str, other: str, expected: float) -> None:
    assert contrast(one, other) == contrast(other, one)
    assert contrast(one, other) == pytest.approx(expected, abs=0.005)


@schemes
@settings(deadline=None)
@given(color=colors)
@example(color="#000000")
@example(color="#ffffff")
@example(color="#ffee00")
@example(color="#808080")
@example(color="#0000ff")
@example(color="#ff6600")
def test_whatever_the_color_everything_can_be_read(scheme: Scheme, color: str) -> None:
    palette = {**defaults(scheme), **tokens(color, scheme)}

    assert faults(palette, PAIRS) == []


@schemes
def test_our_own_colors_can_be_read_as_well(scheme: Scheme) -> None:
    assert faults(defaults(scheme), [*PAIRS, *ALWAYS]) == []


@schemes
def test_the_palette_knows_the_style_sheet_s_colors(scheme: Scheme) -> None:
    ours = defaults(scheme)

    for name in ("paper", "surface", "ink", "ink_soft", "line_strong", "good"):
        assert getattr(scheme, name) == ours[f"--{name.replace('_', '-')}"], name
    assert scheme.bad_soft == ours["--bad-soft"]


@pytest.mark.parametrize("color", ["#0b5c6b", "#7a2e4d", "#000000"])
def test_a_color_that_can_be_read_is_kept(color: str) -> None:
    light = tokens(color, LIGHT)

    assert light["--accent"] == light["--link"] == color
    assert light["--accent-ink"] == "#ffffff"


@pytest.mark.parametrize("color", ["#ffee00", "#ffffff", "#1db954"])
def test_a_bright_color_is_kept_in_the_dark(color: str) -> None:
    dark = tokens(color, DARK)

    assert dark["--accent"] == dark["--link"] == color


@schemes
@settings(deadline=None)
@given(color=colors)
def test_a_color_is_moved_no_further_than_needed(scheme: Scheme, color: str) -> None:
    """Unless it is the color itself, it is as near to its ground as it may be."""
    palette = {**defaults(scheme), **tokens(color, scheme)}

    for name, needed in (("--accent", SHAPE), ("--link", TEXT)):
        nearest = min(contrast(palette[name], palette[g]) for g in GROUNDS)
        assert palette[name] == color or nearest < needed * 1.12


@settings(deadline=None)
@given(color=colors)
def test_a_sheet_sets_the_brand_s_tokens_and_nothing_else(color: str) -> None:
    text = sheet(color)

    light_dark = r"    (--[\w-]+): light-dark\(#[0-9a-f]{6}, #[0-9a-f]{6}\);\n"
    assert re.findall(light_dark, text) == list(OWN)
    rest = re.sub(light_dark, "", text)
    assert rest.split() == [
        "@layer",
        "tokens",
        "{",
        ":root,",
        ":host,",
        ".printed",
        "{",
        "}",
        "}",
    ]
