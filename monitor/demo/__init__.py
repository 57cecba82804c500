"""An invented plan in mid-term, made with the real code, in a data folder that nothing of it can leave."""

from monitor.demo.making import PLANS, DemoError, demo_settings, make
from monitor.demo.story import PLAN, Said, Story, at, read_story

__all__ = ["PLAN", "PLANS", "DemoError", "Said", "Story", "at", "demo_settings", "make", "read_story"]
