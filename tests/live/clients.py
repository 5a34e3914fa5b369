"""Two real clients that people use, driven by what is on their screens: profanity in tmux, Converse.js in Chromium.

Each can log in, say something to somebody, and wait for a text to appear. It knows nothing of games.
"""

import asyncio
import json
import os
import re
import shutil
import subprocess
import uuid

from rig import PASSWORD, ROOT, SECONDS, until

TARGET = os.environ.get("CARGO_TARGET_DIR", str(ROOT / "target"))
# tests/run.sh puts playwright-core and converse.js here.
NODE_MODULES = os.path.join(TARGET, "clients", "node_modules")
# Chromium on a contended 2-core machine.
BROWSER_SECONDS = 60


def chromium():
    """Where Debian's browser is, if it is."""
    return shutil.which("chromium")


def converse_missing():
    """What the Converse.js test lacks, in words; empty when it can run."""
    lacks = [program for program in ("node", "chromium") if shutil.which(program) is None]
    lacks += [name for name in ("playwright-core", "converse.js") if not os.path.isdir(os.path.join(NODE_MODULES, name))]
    return ", ".join(lacks)


class Profanity:
    """profanity in a tmux of its own, typed into and read from the screen."""

    def __init__(self, server, name, folder):
        self.server, self.name = server, name
        self.folder = folder
        self.socket = f"rig-{uuid.uuid4().hex[:8]}"
        self._log = ""

    def _tmux(self, *arguments):
        command = ["tmux", "-L", self.socket, "-f", "/dev/null", *arguments]
        return subprocess.run(command, check=True, capture_output=True, text=True, timeout=SECONDS).stdout

    async def login(self):
        """Starts the client with an empty profile and logs in."""
        home = self.folder / f"profanity-{self.name}-{self.socket}"
        home.mkdir(parents=True)
        environment = {"HOME": home, "XDG_CONFIG_HOME": home / "config", "XDG_DATA_HOME": home / "data", "LANG": "C.UTF-8", "TERM": "screen-256color"}
        settings = [part for key, value in environment.items() for part in ("-e", f"{key}={value}")]
        # A tall screen: a board and its words must be on it at once.
        self._tmux("new-session", "-d", "-x", "160", "-y", "100", *settings, "profanity")
        await self.see("Profanity")
        for setting in ("/wintitle off", "/autoping set 0", "/splash off"):
            self.type(setting)
        host, port = self.server.c2s
        self.type(f"/connect {self.name}@localhost server {host} port {port} tls disable")
        await self.see("[Ee]nter password")
        self.type(PASSWORD)
        await self.see("logged in successfully")
        return self

    def type(self, line):
        """Types a line and presses Enter."""
        self._tmux("send-keys", "-l", line)
        self._tmux("send-keys", "Enter")

    def open(self, to):
        """Opens the window with somebody."""
        self.type(f"/msg {to}")

    async def say(self, to, body):
        """Opens the window with somebody and says something there."""
        self.open(to)
        self.type(body)

    def screen(self):
        """What the terminal shows now."""
        return self._tmux("capture-pane", "-p", "-J")

    async def see(self, pattern, seconds=SECONDS):
        """Waits for a text on the screen; returns the match."""
        try:
            return await until(lambda: re.search(pattern, self.screen()), f"/{pattern}/ on profanity's screen", seconds)
        except TimeoutError as late:
            raise TimeoutError(f"{late}; it shows:\n{self.screen().rstrip()}") from None

    async def quit(self):
        """Ends the client and its tmux."""
        subprocess.run(["tmux", "-L", self.socket, "kill-server"], capture_output=True, timeout=SECONDS)


class Converse:
    """Converse.js in headless Chromium, worked through tests/live/converse.mjs by lines of JSON."""

    def __init__(self, server, name, folder):
        self.server, self.name, self.folder = server, name, folder
        self.process = None

    async def login(self):
        """Starts the browser, loads the page and logs in through the server's websocket."""
        environment = dict(os.environ, NODE_MODULES=NODE_MODULES, CHROMIUM=chromium())
        log = open(self.folder / f"converse-{self.name}.log", "ab")
        self.process = await asyncio.create_subprocess_exec(
            "node", str(ROOT / "tests" / "live" / "converse.mjs"),
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=log, env=environment, limit=1 << 22,
        )  # fmt: skip
        log.close()
        await self._call("login", websocket=self.server.websocket, jid=f"{self.name}@localhost", password=PASSWORD)
        return self

    async def _call(self, verb, seconds=BROWSER_SECONDS, **arguments):
        request = json.dumps({"verb": verb, "seconds": seconds, **arguments})
        self.process.stdin.write(request.encode() + b"\n")
        line = await asyncio.wait_for(self.process.stdout.readline(), seconds + 10)
        answer = json.loads(line or '{"error": "the browser driver ended; see its log"}')
        if "error" in answer:
            raise TimeoutError(f"converse {verb}: {answer['error']}")
        return answer["value"]

    async def say(self, to, body):
        """Opens the chat with somebody, types into the message box and sends it."""
        await self._call("say", to=to, body=body)

    async def run_command(self, jid, node):
        """Chooses an ad-hoc command in the client's list of them and sends its form; returns the note it shows."""
        return await self._call("command", jid=jid, node=node)

    async def see(self, pattern, seconds=BROWSER_SECONDS):
        """Waits for a text in the open chat; returns the match."""
        text = await self._call("see", seconds=seconds, pattern=pattern)
        return re.search(pattern, text)

    async def quit(self):
        """Closes the browser; does nothing when it never started."""
        if self.process is not None and self.process.returncode is None:
            self.process.stdin.close()
            try:
                await asyncio.wait_for(self.process.wait(), SECONDS)
            except asyncio.TimeoutError:
                self.process.kill()
                await self.process.wait()
