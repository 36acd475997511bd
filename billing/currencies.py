"""How amounts of a currency are counted, charged and written: the one place that knows.

Stripe counts in the smallest unit that it knows of a currency, and so do we: the columns called `cents` hold
yen for JPY, fils for KWD. The lists are Stripe's (docs.stripe.com/currencies).
"""

from dataclasses import dataclass


class UnknownCurrency(ValueError):
    """Stripe takes no money in this currency. Choose one of those in the list."""


@dataclass(frozen=True)
class Currency:
    """`digits` of an amount stand behind the point; what is charged is a multiple of `step`."""

    code: str
    digits: int = 2
    step: int = 1

    def floor(self, amount: int) -> int:
        """The largest amount not above this one that Stripe takes."""
        return amount // self.step * self.step


ZERO = "bif clp djf gnf jpy kmf krw mga pyg rwf vnd vuv xaf xof xpf"
THREE = "bhd jod kwd omr tnd"  # the last digit has to be 0
WHOLE = "isk ugx"  # without a smaller unit in the world, counted in hundredths at Stripe, which have to be 00
TWO = """
    aed afn all amd ang aoa ars aud awg azn bam bbd bdt bgn bmd bnd bob brl bsd bwp byn bzd cad
    cdf chf cny cop crc cve czk dkk dop dzd egp etb eur fjd fkp gbp gel gip gmd gtq gyd hkd hnl
    htg huf idr ils inr jmd kes kgs khr kyd kzt lak lbp lkr lrd lsl mad mdl mkd mmk mnt mop mro
    mur mvr mwk mxn myr mzn nad ngn nio nok npr nzd pab pen pgk php pkr pln qar ron rsd rub sar
    sbd scr sek sgd shp sle sll sos srd std szl thb tjs top try ttd twd tzs uah usd uyu uzs wst
    xcd yer zar zmw
"""  # HUF and TWD have no smaller unit in payouts only; they are charged in hundredths
KNOWN = {
    **{code: Currency(code) for code in TWO.split()},
    **{code: Currency(code, digits=0) for code in ZERO.split()},
    **{code: Currency(code, digits=3, step=10) for code in THREE.split()},
    **{code: Currency(code, step=100) for code in WHOLE.split()},
}
SIGNS = {"usd": "$", "eur": "€", "gbp": "£"}


def of(code: str) -> Currency:
    found = KNOWN.get(code.lower())
    if found is None:
        raise UnknownCurrency(code)
    return found


def choices() -> list[tuple[str, str]]:
    return [(code, code.upper()) for code in sorted(KNOWN)]


def with_step(step: int) -> list[str]:
    """The currencies whose amounts are multiples of the step."""
    return sorted(code for code, currency in KNOWN.items() if currency.step == step)


def number(amount: int, code: str) -> str:
    """2900 of usd: 29.00; 4500 of jpy: 4,500; 9000 of kwd: 9.000; 50000 of isk: 500."""
    currency = of(code)
    sign = "-" if amount < 0 else ""
    whole, rest = divmod(abs(amount), 10**currency.digits)
    is_whole = currency.digits == 0 or (currency.step == 100 and not rest)
    return f"{sign}{whole:,}" if is_whole else f"{sign}{whole:,}.{rest:0{currency.digits}d}"


def written(amount: int, code: str) -> str:
    """As people write it: $29.00, 4,500 JPY. Whole amounts keep their cents, so that columns line up."""
    sign = SIGNS.get(code.lower())
    return f"{sign}{number(amount, code)}" if sign else f"{number(amount, code)} {code.upper()}"
