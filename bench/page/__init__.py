"""The page in Chromium, beside Courier's own components."""
