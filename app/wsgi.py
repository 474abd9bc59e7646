"""The app for any WSGI server, from the environment: `app.wsgi:app`."""

import os

from app import logs
from app.factory import create_app
from app.settings import Settings

logs.configure()
app = create_app(Settings.from_environ(os.environ))
