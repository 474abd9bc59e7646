"""All URLs of recipients: whoever imports this has every view registered."""

from app.web.pages import history, passport, unsubscribe, views

pages = views.pages

__all__ = ["history", "pages", "passport", "unsubscribe", "views"]
