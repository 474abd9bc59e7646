"""What htmx tells of a request, and where its answers go.

Reference: https://four.htmx.org/reference
"""

from flask import Response, make_response, render_template, request


def is_fragment() -> bool:
    """Whether htmx asks: then a fragment answers, never a whole page."""
    return request.headers.get("HX-Request") == "true"


def problem(template: str, status: int, **context: object) -> Response:
    """A fragment for the page's own alert region, wherever the request came from."""
    response = make_response(render_template(template, **context), status)
    response.headers["HX-Retarget"] = "#problem"
    response.headers["HX-Reswap"] = "innerHTML"
    return response
