"""Only Linux has systemd; elsewhere nobody could judge its units."""

import sys

collect_ignore = [] if sys.platform == "linux" else ["test_systemd.py"]
