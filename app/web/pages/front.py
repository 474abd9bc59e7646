"""The page of who comes without a link, and the blueprint of all that has one place."""

from flask import Blueprint, render_template

pages = Blueprint("pages", __name__)


@pages.get("/")
def front() -> str:
    return render_template("pages/front.html")
