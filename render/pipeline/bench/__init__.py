"""How long each stage takes and how much memory it holds, measured here and now."""
