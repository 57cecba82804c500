"""Let Lighthouse look at the site as on a phone: home and a commitment of the real plan, in both languages.

Run it with ``make lighthouse``, which installs Lighthouse 12 here first. It serves the site as `monitor run` does, from
a data folder of its own, and fails where one of the four categories is below 95.
"""

from __future__ import annotations

import json
import os
import platform
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
PAGES = ("", "en/", "2018-2020/04/", "en/2018-2020/04/")
CATEGORIES = ("performance", "accessibility", "best-practices", "seo")
AT_LEAST = 95
START_SECONDS = 300
CHROMIUM_FLAGS = "--headless=new --no-sandbox --disable-gpu --disable-background-networking --no-first-run"


@contextmanager
def served(data: Path) -> Iterator[str]:
    """Serve the real plan as `monitor run` does; give the address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "monitor", "run", "--data", str(data), "--port", str(port)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL)
    try:
        address = f"http://127.0.0.1:{port}/"
        wait_for(address, process)
        yield address
    finally:
        process.terminate()
        process.wait()


def wait_for(address: str, process: subprocess.Popen[bytes]) -> None:
    """Wait until the site answers."""
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until and process.poll() is None:
        try:
            with urllib.request.urlopen(f"{address}healthz"):
                return
        except urllib.error.URLError:
            time.sleep(0.2)
    raise SystemExit("the site did not start: try make run")


def look(address: str, folder: Path) -> dict[str, Any]:
    """Let Lighthouse look at a page as on a phone; give its report."""
    chromium = next(path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name)))
    node = shutil.which("node", path=os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]))
    program = HERE / "node_modules" / "lighthouse" / "cli" / "index.js"
    if node is None or not program.exists():
        raise SystemExit("Lighthouse is not installed: make lighthouse")
    report = folder / "report.json"
    options = ["--quiet", "--output=json", f"--output-path={report}", "--no-enable-error-reporting"]
    subprocess.run(
        [node, str(program), address, *options, f"--chrome-flags={CHROMIUM_FLAGS}"],
        check=True,
        env=os.environ | {"CHROME_PATH": chromium},
    )
    found: dict[str, Any] = json.loads(report.read_text("utf-8"))
    return found


def lost(report: dict[str, Any]) -> list[str]:
    """Name the audits that cost points."""
    audits = report["audits"]
    weighed = [ref for name in CATEGORIES for ref in report["categories"][name]["auditRefs"] if ref["weight"]]
    below = [audits[ref["id"]] for ref in weighed if (audits[ref["id"]]["score"] or 0) < 0.9]
    return [
        f"{audit['id']}: {audit.get('displayValue') or audit['title']}" for audit in below if audit["score"] is not None
    ]


def main() -> None:
    """Look at each page and print."""
    fails = False
    with TemporaryDirectory(prefix="lighthouse-") as folder, served(Path(folder) / "data") as address:
        for page in PAGES:
            report = look(address + page, Path(folder))
            if page == PAGES[0]:
                version = report["lighthouseVersion"]
                print(
                    f"Lighthouse {version}, phone; Python {platform.python_version()}, load {os.getloadavg()[0]:.1f}\n"
                )
                print(f"{'page':<20}" + "".join(f"{name:>16}" for name in CATEGORIES) + f"{'largest paint':>16}")
            scores = [round(report["categories"][name]["score"] * 100) for name in CATEGORIES]
            paint = report["audits"]["largest-contentful-paint"]["displayValue"]
            print(f"/{page:<19}" + "".join(f"{score:>16}" for score in scores) + f"{paint:>16}", flush=True)
            for line in lost(report):
                print(f"    {line}")
            fails = fails or min(scores) < AT_LEAST
    print(f"\nTarget: {AT_LEAST} or more everywhere.")
    sys.exit(fails)


if __name__ == "__main__":
    main()
