"""The catalogs: complete, in step with the texts, and safe to fill in."""

import io
import re
from collections.abc import Iterator
from gettext import c2py
from pathlib import Path
from typing import get_args

import pytest
from babel import Locale
from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from app.settings.core import Language
from app.web import i18n

ROOT = Path(__file__).parent.parent.parent
TRANSLATIONS = ROOT / "app" / "translations"
TAGS = sorted(set(get_args(Language)) - {"en"})
WANTED = "en de fr es pt-BR it nl pl sv tr ja ko zh-Hans ar he hi"
PLACEHOLDER = re.compile(r"%\((\w+)\)([sd])")


def po(tag: str) -> Path:
    code = tag.replace("-", "_")
    return TRANSLATIONS / code / "LC_MESSAGES" / "messages.po"


def catalog(path: Path) -> Catalog:
    with path.open("rb") as file:
        return read_po(file, abort_invalid=True)


def messages(tag: str) -> Iterator[Message]:
    return (message for message in catalog(po(tag)) if message.id)


def forms(text: str | tuple[str, ...] | list[str] | None) -> tuple[str, ...]:
    return (text,) if isinstance(text, str) else tuple(text or ())


def source_ids() -> set[str | tuple[str, ...]]:
    found = (m.id for m in catalog(TRANSLATIONS / "messages.pot") if m.id)
    return {i if isinstance(i, str) else tuple(i) for i in found}


def test_at_least_these_languages_are_there_and_may_be_the_default() -> None:
    assert set(WANTED.split()) <= set(get_args(Language))
    assert {code.replace("_", "-") for code in i18n.codes()} == set(get_args(Language))


@pytest.mark.parametrize("tag", TAGS)
def test_every_text_is_translated_in_every_plural_form_and_none_is_left_over(
    tag: str,
) -> None:
    found = {i if isinstance(i := m.id, str) else tuple(i) for m in messages(tag)}

    assert found == source_ids()
    assert not catalog(po(tag)).obsolete
    for message in messages(tag):
        wanted = 1 if isinstance(message.id, str) else catalog(po(tag)).num_plurals
        told = forms(message.string)
        assert len(told) == wanted, message.id
        assert all(text.strip() for text in told), message.id
        assert not message.fuzzy, message.id


@pytest.mark.parametrize("tag", TAGS)
def test_every_placeholder_is_the_source_s_own(tag: str) -> None:
    for message in messages(tag):
        wanted = set(PLACEHOLDER.findall(forms(message.id)[-1]))
        for text in forms(message.string):
            assert set(PLACEHOLDER.findall(text)) == wanted, text
            assert "%" not in PLACEHOLDER.sub("", text) or not wanted, text


@pytest.mark.parametrize("tag", TAGS)
def test_no_text_is_the_english_one_but_for_names_and_short_words(tag: str) -> None:
    """A copied sentence is not a translation."""
    for message in messages(tag):
        for source, text in zip(forms(message.id), forms(message.string), strict=False):
            words = len(re.sub(PLACEHOLDER, "", source).split())
            assert words < 3 or text != source, text


@pytest.mark.parametrize("tag", TAGS)
def test_what_is_served_is_what_is_translated(tag: str) -> None:
    """`make translations` was run after the last change of a translation."""
    fresh = io.BytesIO()
    write_mo(fresh, catalog(po(tag)))

    assert po(tag).with_suffix(".mo").read_bytes() == fresh.getvalue()


@pytest.mark.parametrize("count", [0, 1, 2, 3, 5, 11, 21, 22, 25, 100, 101, 103, 111])
def test_arabic_counts_as_cldr_has_it(count: int) -> None:
    """Gettext numbers the forms; which number means which count is the file's own."""
    names = ["zero", "one", "two", "few", "many", "other"]
    text = po("ar").read_text("utf-8").replace('"\n"', "")
    expression = re.search(r"plural=(.*?);\\n", text)
    assert expression

    form = c2py(expression[1])(count)

    assert names[form] == Locale.parse("ar").plural_form(count)
