"""NUL bytes in path, query, cookies and forms, from a stranger and from a customer."""

from tests.attacks.outcome import Outcome
from tests.attacks.site import Site


def attack(site: Site) -> Outcome:
    stranger, customer = site.caller(), site.customer("nul@example.org")
    customer.get("/selfies/new/")
    answers = {
        "/s/%00/": stranger.get("/s/%00/"),
        "a name in the path": stranger.get("/styles/a%00b/"),
        "query": stranger.get("/accounts/login/?next=%00"),
        "cookie": stranger.get(
            "/account/", headers={"Cookie": r'sessionid="\000abcdefghijklmnopqrstuvwxyz12345"'}
        ),
        "sign-in form": stranger.post("/accounts/login/", {"login": "a\0@example.org", "password": "b\0"}),
        "code form": stranger.post("/accounts/login/code/", {"email": "a\0@example.org"}),
        "sign-in with a file": stranger.post(
            "/accounts/login/", {"login": "a\0@example.org", "password": "b"}, files={"f": b"x"}
        ),
        "pack": customer.post("/buy/", {"pack": "a\0", "agree": "yes"}),
        "webhook as a form": stranger.post("/stripe/webhook/", {"a": "\0"}, files={"f": b"x"}),
    }
    broken = {name: answer.status_code for name, answer in answers.items() if answer.status_code >= 500}
    told = sum(answer.status_code == 400 for answer in answers.values())
    return Outcome(
        not broken and told == len(answers),
        f"{told} of {len(answers)} requests were answered 400; broken: {broken or 'none'}.",
    )
