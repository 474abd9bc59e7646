"""What gunicorn and waitress say, among our lines and without addresses."""

import logging
import re

import structlog
from gunicorn.config import Config
from gunicorn.glogging import Logger

from app.links import PATHS

BEGINNINGS = "|".join(path.strip("/") for path in PATHS.values())
TOKEN = re.compile(rf"(/(?:{BEGINNINGS})/+)[^\s/?]+")
"""What follows these beginnings in an address is somebody's key."""

log: structlog.stdlib.BoundLogger = structlog.get_logger("gunicorn")


class AddresslessLogger(Logger):
    def setup(self, cfg: Config) -> None:
        super().setup(cfg)
        lines = Lines()
        lines.addFilter(without_tokens)
        self.error_log.handlers[:] = [lines]
        logging.getLogger("waitress").addFilter(without_tokens)
        logging.getLogger("waitress.queue").setLevel(logging.ERROR)


class Lines(logging.Handler):
    """Says by structlog whatever is said by Python's own logging."""

    def emit(self, record: logging.LogRecord) -> None:
        log.log(record.levelno, record.getMessage(), exc_info=record.exc_info)


def without_tokens(record: logging.LogRecord) -> bool:
    record.msg, record.args = TOKEN.sub(r"\1…", record.getMessage()), ()
    return True
