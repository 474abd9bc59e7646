"""Whoever runs it, at three in the morning."""

import pytest
from flask import Flask

from tests.ops.asked import Operator


@pytest.fixture
def operator(app: Flask) -> Operator:
    return Operator(app)
