"""How old somebody is: what they state themselves, and when one of us looks before anything is made.

The rules of photographs ask here; views ask the rules.
"""

STATEMENTS = {"2026-12": "I am 18 or older and this is me."}
"""By version. A changed text is a new version; old ones stay, because photographs were sent with them."""

VERSION = "2026-12"
"""Of the statement that is asked for today."""

ADULT = 18
DOUBT = 5.0
"""Years that a network's guess may be off; who is guessed to be younger than both together is looked at."""


def asks_a_person(estimate: float | None) -> bool:
    """Whether a moderator looks at a face first, of which the engine guesses this age; None: it has no guess.

    It is a hint and refuses nobody. What is no number asks as well.
    """
    return estimate is not None and not estimate >= ADULT + DOUBT
