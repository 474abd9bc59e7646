"""Where templates come from: an operator's own folder first, then ours.

`ours/` before a name always means ours, so that one of theirs can extend the one
that it stands for: `{% extends "ours/base.html" %}`.
"""

from types import CodeType

import jinja2
from flask import Flask
from jinja2.bccache import Bucket


class Compiled(jinja2.BytecodeCache):
    """What this process has compiled, for each app that it builds: `preview` has
    several at once, and tests one for each.

    Reference: https://jinja.palletsprojects.com/en/stable/api/#bytecode-cache
    """

    def __init__(self) -> None:
        self._kept: dict[str, tuple[str, CodeType]] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        source, code = self._kept.get(bucket.key, ("", None))
        if source == bucket.checksum:
            bucket.code = code

    def dump_bytecode(self, bucket: Bucket) -> None:
        if bucket.code:
            self._kept[bucket.key] = (bucket.checksum, bucket.code)


COMPILED = Compiled()


def init_app(app: Flask, folder: str, own: str = "") -> None:
    app.jinja_options = {"bytecode_cache": COMPILED}
    ours = jinja2.FileSystemLoader(folder)
    under_our_name = jinja2.PrefixLoader({"ours": ours})
    theirs = [jinja2.FileSystemLoader(own)] if own else []
    app.jinja_loader = jinja2.ChoiceLoader([*theirs, ours, under_our_name])


def check(app: Flask, own: str) -> None:
    """Reads an operator's templates, so that a slip shows at once and not to people."""
    for name in jinja2.FileSystemLoader(own).list_templates():
        if name.endswith((".html", ".txt")):
            app.jinja_env.get_template(name)
