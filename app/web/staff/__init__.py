"""The support desk's pages, for staff who have signed in; in plain English."""
