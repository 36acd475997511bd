"""The insides of files, as far as the image libraries do not tell of them: bytes in, bytes or numbers out.

What is read here was written by strangers: a slice checks every length, and every loop moves on.
"""
