"""An event loop in which sleeping takes no time, but passes as it would: so no busy machine fails a test of waiting."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

Given = TypeVar("Given")


class LeapingLoop(asyncio.SelectorEventLoop):
    """Leaps ahead as far as somebody sleeps; limits of time see that as time that passed."""

    leapt = 0.0

    def time(self) -> float:
        """Give the time of this loop."""
        return super().time() + self.leapt

    def call_later(self, delay: float, callback: Callable[..., object], *args: Any, **more: Any) -> asyncio.TimerHandle:
        """Leap, and call at once; ``asyncio.sleep`` comes here, limits of time do not."""
        self.leapt += delay
        return super().call_later(0, callback, *args, **more)


def leaping(work: Coroutine[Any, Any, Given]) -> tuple[Given, int]:
    """Run some work; give what came of it, and how many seconds it slept, to a whole one."""
    with asyncio.Runner(loop_factory=LeapingLoop) as runner:
        done = runner.run(work)
        loop = runner.get_loop()
        assert isinstance(loop, LeapingLoop)
        return done, round(loop.leapt)
