"""From the notes of a meeting as people write them to the meeting's file in the plan."""
