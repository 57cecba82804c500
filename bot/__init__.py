"""The half that talks with the people who carry the plan out; `monitor` loads it by entry point."""
