"""What we know of an action plan, and how it becomes public."""
