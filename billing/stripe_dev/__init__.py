"""A Stripe to run against without a network: for development and tests, never for money.

It speaks as much of Stripe's API as billing/stripe_api.py uses, over HTTP on this machine, checks each
request against the request schema of the pinned API version, and has switches for what goes wrong in the
world.
"""
