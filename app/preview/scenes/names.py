"""What is called what in the seeded workspace."""

from app.preview.seeds import section_ids, topic_ids

TOPICS = topic_ids()
SECTIONS = section_ids()

SECURITY = TOPICS["Security alerts"]
MENTIONS = TOPICS["Mentions and replies"]
TASKS = TOPICS["Tasks assigned to you"]
DUE = TOPICS["Due dates"]
COMMENTS = TOPICS["Comments on work you follow"]
RECEIPTS = TOPICS["Invoice receipts"]
REPORT = TOPICS["Cash flow report"]
REMINDERS = TOPICS["Payment reminders"]
PROJECTS = SECTIONS["Projects"]
SECURED = SECTIONS["Account and security"]
TENANT = "harbor-collective"
OTHER_TENANT = "harbor-lisbon"
