"""The settings: read from the environment once, checked whole, then frozen.

`Settings.from_environ` reports all faults together. Each secret may also be given
as `NAME_FILE`, a path to a file that holds it. Nothing else reads the environment.
"""

from app.settings.kinds import SHORTEST_KEY
from app.settings.reading import SettingsFault
from app.settings.settings import SECRETS, Settings

__all__ = ["SECRETS", "SHORTEST_KEY", "Settings", "SettingsFault"]
