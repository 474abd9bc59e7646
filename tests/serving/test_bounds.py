"""What the page about serving promises is what holds."""

import re
from dataclasses import asdict
from pathlib import Path

from app.serving.bounds import KB, Bounds
from app.web.bodies import LARGEST_MAIL

PAGE = Path(__file__).parents[2] / "docs" / "serving.md"
ROW = re.compile(r"^\| [^|]+ \(`(\w+)`\) \| ([\d.,]+) ?(KB|s)?", re.MULTILINE)


def test_the_page_tells_every_bound() -> None:
    told = {
        name: float(number.replace(",", "").rstrip(".")) * (KB if unit == "KB" else 1)
        for name, number, unit in ROW.findall(PAGE.read_text("utf-8"))
    }

    assert told == asdict(Bounds())


def test_who_holds_many_connections_leaves_files_for_threads() -> None:
    bounds = Bounds()
    assert bounds.connections_within(65536, 200) == bounds.connections
    assert bounds.connections_within(1024, 200) == 280
    assert bounds.connections_within(64, 200) == 32


def test_what_is_promised_fits_together() -> None:
    """The supervisors of `deploy` kill after forty seconds; a proxy waits for sixty."""
    bounds = Bounds()
    assert bounds.stopping <= 35
    assert bounds.silence > 60
    assert bounds.largest_body < LARGEST_MAIL
