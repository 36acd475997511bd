#!/usr/bin/env python
"""Django's command line for PortraitOS."""

import os
import sys


def main() -> None:
    os.umask(0o077)  # what is kept is for its owner alone: portraitos_site/data_dir.py
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portraitos_site.settings")
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
