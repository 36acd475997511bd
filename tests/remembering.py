"""Named in JOB_HANDLERS: a real worker that shares what the engine answered with the rest of the run."""

import os

from tests import memo

if memo.FOLDER in os.environ:
    memo.install()
