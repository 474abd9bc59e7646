"""The words of Courier's API: its enumerations, limits, and the JSON alias.

Only constants live here. What the words mean is decided in the modules that
answer requests.
"""

from typing import Any, Final

Json = dict[str, Any]

REQUIRED: Final = "REQUIRED"
OPTED_IN: Final = "OPTED_IN"
OPTED_OUT: Final = "OPTED_OUT"

USER_STATUSES: Final = (OPTED_IN, OPTED_OUT)
STATUSES: Final = (OPTED_IN, OPTED_OUT, REQUIRED)

CHANNELS: Final = ("direct_message", "email", "push", "sms", "webhook", "inbox")
CONTROLS: Final = ("snooze", "channel_preferences")

FREQUENCIES: Final = (
    "instant",
    "daily",
    "weekdays",
    "weekly",
    "custom_days",
    "monthly",
)
DAYS: Final = (
    "sunday",
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
)
RETENTIONS: Final = ("FIRST", "LAST", "HIGHEST", "LOWEST", "NONE")

MAX_BODY: Final = 6 * 1024 * 1024
MAX_BULK_TOPICS: Final = 50
PARENT_LEVELS: Final = 4
