"""The one module that imports stripe.

Empty until the shop opens; everything that speaks to Stripe goes through here.
"""

import stripe

API_VERSION = stripe.api_version
