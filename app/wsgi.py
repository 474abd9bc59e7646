"""The app for any WSGI server, from the environment: `app.wsgi:app`."""

import atexit
import os

from app import logs
from app.deliver import create_workers
from app.factory import create_app
from app.ledger.schema import migrate
from app.parts import Outside, create_parts
from app.settings import Settings

logs.configure()
settings = Settings.from_environ(os.environ)
parts = create_parts(settings, Outside())
migrate(parts.database)
app = create_app(settings, Outside(), parts)
delivering = create_workers(parts, settings, settings.delivery_workers)
delivering.start()
atexit.register(delivering.stop)
