"""docs/theming.md keeps its word: its table is the style sheet's tokens."""

import re
from pathlib import Path

import pytest

from app.settings import Settings, SettingsFault
from tests.house.test_settings import ENOUGH

ROOT = Path(__file__).parent.parent.parent
DOC = (ROOT / "docs" / "theming.md").read_text("utf-8")
CSS = (ROOT / "static" / "css" / "app.css").read_text("utf-8")


def documented() -> list[tuple[str, str, str]]:
    """Each token with its value in light and in dark."""
    rows = re.findall(
        r"^\| `(--[\w-]+)` \| .+? \| `(.+?)` \| (.+?) \|$", DOC, re.MULTILINE
    )
    return [(n, light, light if d == "the same" else d[1:-1]) for n, light, d in rows]


def declared() -> list[tuple[str, str, str]]:
    block = CSS.partition(":root,")[2].partition("}")[0]
    found = []
    for name, text in re.findall(r"(--[\w-]+):\s*([^;]+);", block):
        value = " ".join(text.split())
        pair = re.fullmatch(r"light-dark\(([^,]+), (.+)\)", value)
        found.append((name, pair[1], pair[2]) if pair else (name, value, value))
    return found


def test_the_table_is_the_style_sheet_s_tokens() -> None:
    assert documented() == declared()
    assert len(documented()) > 20


def test_every_token_is_used_and_every_used_one_is_declared() -> None:
    names = {name for name, *_ in declared()}

    assert set(re.findall(r"var\((--[\w-]+)", CSS)) == names


def test_colors_outside_the_tokens_are_tokens() -> None:
    rest = CSS.partition("@layer base {")[2]

    assert not re.findall(r"#[0-9a-fA-F]{3,8}\b|\brgba?\(|light-dark\(", rest)
    assert "prefers-color-scheme" not in CSS


@pytest.mark.parametrize(
    ("name", "value", "kept"),
    [
        ("BRAND_COLOR", "#FE0", "#ffee00"),
        ("BRAND_LOGO", "https://a.example/l.svg", "https://a.example/l.svg"),
        (
            "BRAND_LINKS",
            "Help=https://a.example/?a=b  Blog=https://b.example/",
            (("Help", "https://a.example/?a=b"), ("Blog", "https://b.example/")),
        ),
    ],
)
def test_a_brand_in_the_settings_is_read(name: str, value: str, kept: object) -> None:
    settings = Settings.from_environ({**ENOUGH, name: value})

    assert getattr(settings, name.lower()) == kept


def test_every_fault_of_the_looks_is_told_together(tmp_path: Path) -> None:
    (tmp_path / "sheet.txt").write_text("")
    with pytest.raises(SettingsFault) as fault:
        Settings.from_environ(
            {
                **ENOUGH,
                "BRAND_COLOR": "red;}",
                "BRAND_LOGO": "http://a.example/l.svg",
                "BRAND_HOME": "javascript:alert(1)",
                "BRAND_LINKS": "Help=https://a.example Help=https://b.example",
                "STYLESHEET": str(tmp_path / "nowhere.css"),
                "TEMPLATES": str(tmp_path / "nowhere"),
            }
        )

    assert [line.partition(" ")[0] for line in str(fault.value).splitlines()] == [
        "BRAND_COLOR",
        "BRAND_LOGO",
        "BRAND_HOME",
        "BRAND_LINKS",
        "STYLESHEET",
        "TEMPLATES",
    ]


@pytest.mark.parametrize("name", ["sheet.txt", "", "folder.css"])
def test_a_style_sheet_is_a_css_file(tmp_path: Path, name: str) -> None:
    (tmp_path / "sheet.txt").write_text("")
    (tmp_path / "folder.css").mkdir()
    with pytest.raises(SettingsFault, match=r"STYLESHEET must be a \.css file"):
        Settings.from_environ({**ENOUGH, "STYLESHEET": str(tmp_path / name)})
