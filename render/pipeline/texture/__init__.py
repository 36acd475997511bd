"""Texture finer than the photograph: what it is made of, and where it belongs."""
