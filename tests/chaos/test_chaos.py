"""No choice is ever lost: the real app, a real database, and everything going wrong."""

from pathlib import Path

import click
import pytest

from tests.chaos.databases import NAMES
from tests.chaos.proof import CHOICES, RECIPIENTS, prove

SECONDS = 36.0
SEED = 3


@pytest.mark.parametrize("database", NAMES)
def test_no_choice_is_lost_in_a_storm(
    database: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    proof = prove(database, tmp_path, seconds=SECONDS, seed=SEED)

    with capsys.disabled():
        click.echo(f"\n{proof.table()}")
    assert proof.is_clean, f"see {tmp_path / 'verdict.txt'}"
    assert len(proof.choices) >= CHOICES
    assert proof.users == RECIPIENTS
