"""What a photograph may be, before anything is decoded."""

MAX_BYTES = 25_000_000
MAX_PIXELS = 60_000_000
MIN_SIDE, MAX_SIDE = 512, 12_000
