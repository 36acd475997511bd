"""Neural networks that come as files: which there are, under which licenses, and where they lie."""
