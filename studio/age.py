"""What a person states about their age. The rules that take photographs ask here; views ask the rules."""

STATEMENTS = {"2026-12": "I am 18 or older and this is me."}
"""By version. A changed text is a new version; old ones stay, because photographs were sent with them."""

VERSION = "2026-12"
"""Of the statement that is asked for today."""
