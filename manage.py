#!/usr/bin/env python
"""Django's command line; starts the private servers first where no others are named."""

import os
import sys

from django.core.management import execute_from_command_line

from transparency.config import embedded
from transparency.config.starting import or_end


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "transparency.config.settings")
    with or_end(), embedded.servers():
        execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
