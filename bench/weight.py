"""What a first visit transfers: the page and what it asks for by itself."""

import re
from typing import Any

from flask import Flask

ASSET = re.compile(r'<(?:link|script|img)[^>]*? (?:href|src)="(/[^"]+)"')
ENCODINGS = ("br", "gzip", "identity")


def weigh(app: Flask, path: str) -> dict[str, Any]:
    """Bytes of the bodies, as each encoding has them."""
    client = app.test_client()
    html = client.get(path).get_data(as_text=True)
    names = (path, *dict.fromkeys(ASSET.findall(html)))
    sizes = {
        encoding: sum(
            len(client.get(name, headers={"Accept-Encoding": encoding}).get_data())
            for name in names
        )
        for encoding in ENCODINGS
    }
    return {"requests": len(names), "bytes": sizes}


def line(told: dict[str, Any]) -> str:
    sizes = "   ".join(f"{name} {size} B" for name, size in told["bytes"].items())
    return f"first visit, {told['requests']} requests   {sizes}"
