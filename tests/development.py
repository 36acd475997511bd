"""Tests run as development does, with DEBUG, which is off elsewhere. pytest loads this first."""

import os

os.environ.setdefault("DEBUG", "1")
