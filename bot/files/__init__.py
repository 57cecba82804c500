"""Photos and documents that people send: checked by content, stripped of what they tell of their makers, and kept."""
