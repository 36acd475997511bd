"""The rendering of portraits: pixels in, pixels out. No Django here."""

import scipy.linalg  # noqa: F401  (brings a BLAS of its own, which must be loaded to be told)
from threadpoolctl import threadpool_limits

from .allocation import keep_memory

# BLAS cuts a sum by the number of cores, and its last bits with it: the same selfie gives the same bytes.
threadpool_limits(limits=1, user_api="blas")

keep_memory()
