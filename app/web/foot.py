"""The foot of a page: where else its brand is found, and its languages.

It is the same for everybody who reads the same page in the same language, so it is
written once and kept.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import cast

from flask import Flask
from jinja2 import Environment
from jinja2.environment import TemplateModule

from app.preferences.brand import Brand
from app.web import i18n

KEPT = 512
"""Feet kept, of two kilobytes each."""


def init_app(app: Flask) -> None:
    environment = app.jinja_env
    brand = cast("Callable[[], Brand]", environment.globals["brand"])
    environment.globals["foot"] = lambda: _foot(
        environment, brand(), i18n.here(), i18n.tag()
    )


@lru_cache(maxsize=KEPT)
def _foot(
    environment: Environment, brand: Brand, here: str, spoken: str
) -> TemplateModule:
    template = environment.get_template("components/footer.html")
    offered = i18n.offers(here, spoken)
    return template.make_module({"shown": brand, "offered": offered})
