"""Tests run as development does, with DEBUG; everywhere else it is off. pytest loads this before the settings."""

import os

os.environ.setdefault("DEBUG", "1")
