"""A page in headless Chromium, asked and used as a reader would: keys, screen, what it shows."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.request import urlopen

from websockets.sync.client import ClientConnection, connect

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
ROOT = Path(__file__).parents[2]
AXE = ROOT / ".cache/node_modules/axe-core/axe.min.js"  # npm install --prefix .cache axe-core
OPTIONS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--no-first-run",
)  # fmt: skip
GRAVE = ("serious", "critical")
KEYS = {"Tab": 9, "Enter": 13}


class Page:
    """One tab. `said` holds what its console said, errors of its policy among it."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket, self.number = socket, 0
        self.said: list[str] = []
        self.patience = 60.0  # seconds to wait for an answer
        for domain in ("Page", "Runtime", "Log"):
            self.call(f"{domain}.enable")

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        self.number += 1
        message = {"id": self.number, "method": method, "params": parameters}
        self.socket.send(json.dumps(message))
        while True:
            answer = self._next()
            if answer.get("id") == self.number:
                return answer["result"]

    def open(self, address: str) -> None:
        self.said.clear()
        self.call("Page.navigate", url=address)
        while self._next().get("method") != "Page.loadEventFired":
            pass

    def ask(self, script: str) -> Any:
        answer = self.call(
            "Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True
        )
        return answer["result"].get("value", answer.get("exceptionDetails"))

    def faults(self) -> list[str]:
        """What axe-core calls serious or critical in the page as it stands."""
        self.ask(AXE.read_text(encoding="utf-8"))
        found = self.ask("axe.run().then((found) => found.violations)")
        return [f"{v['id']}: {v['nodes'][0]['html']}" for v in found if v["impact"] in GRAVE]

    def press(self, key: str) -> None:
        text = {"text": "\r"} if key == "Enter" else {}
        for kind in ("keyDown", "keyUp"):
            code = {"key": key, "code": key, "windowsVirtualKeyCode": KEYS[key]}
            self.call("Input.dispatchKeyEvent", type=kind, **code, **text)

    def look(self, width: int = 1200, scheme: str = "light", media: str = "") -> None:
        """Show the page on a screen of this width, in this scheme, or as ``print``."""
        size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
        self.call("Emulation.setDeviceMetricsOverride", **size)
        feature = {"name": "prefers-color-scheme", "value": scheme}
        self.call("Emulation.setEmulatedMedia", media=media, features=[feature])

    def settle(self) -> None:
        """Wait until the page has been drawn again, and its scripts have heard of it."""
        frame = "new Promise((done) => requestAnimationFrame(() => setTimeout(done, 50)))"
        self.ask(f"{frame}.then(() => {frame})")

    def _next(self) -> dict[str, Any]:
        message = json.loads(self.socket.recv(timeout=self.patience))
        spoken = message.get("params", {}).get("type") == "error"  # console.error
        if message.get("method") in ("Log.entryAdded", "Runtime.exceptionThrown") or spoken:
            self.said.append(json.dumps(message["params"]))
        return message


@contextmanager
def chromium(folder: Path) -> Iterator[Page]:
    """Give a tab of a Chromium whose files all lie in `folder`."""
    command = [CHROMIUM, *OPTIONS, f"--user-data-dir={folder}", "--remote-debugging-port=0"]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with subprocess.Popen(command, env=os.environ | {"HOME": str(folder)}, **quiet) as process:
        try:
            port = _port(folder / "DevToolsActivePort")
            with urlopen(f"http://127.0.0.1:{port}/json", timeout=30) as answer:
                tab = next(t for t in json.load(answer) if t["type"] == "page")
            with connect(tab["webSocketDebuggerUrl"], max_size=None) as socket:
                yield Page(socket)
        finally:
            process.terminate()
            process.wait(timeout=30)


def _port(file: Path) -> str:
    for _ in range(300):
        if file.is_file() and (text := file.read_text()).count("\n"):
            return text.splitlines()[0]
        time.sleep(0.1)
    raise AssertionError("Chromium did not start within 30 s")
