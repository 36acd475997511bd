"""Attacks on a site that is really served: `make attacks`."""
