"""Where templates come from: an operator's own folder first, then ours.

`ours/` before a name always means ours, so that one of theirs can extend the one
that it stands for: `{% extends "ours/base.html" %}`.
"""

import jinja2
from flask import Flask


def init_app(app: Flask, folder: str, own: str = "") -> None:
    ours = jinja2.FileSystemLoader(folder)
    under_our_name = jinja2.PrefixLoader({"ours": ours})
    theirs = [jinja2.FileSystemLoader(own)] if own else []
    app.jinja_loader = jinja2.ChoiceLoader([*theirs, ours, under_our_name])


def check(app: Flask, own: str) -> None:
    """Reads an operator's templates, so that a slip shows at once and not to people."""
    for name in jinja2.FileSystemLoader(own).list_templates():
        if name.endswith((".html", ".txt")):
            app.jinja_env.get_template(name)
