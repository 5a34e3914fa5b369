"""The live rig: private servers and the referee as child processes, each stopped, killed and read by its own handle.

It knows processes, ports, folders and log lines, and nothing of XMPP: people and programs that log in are in people.py.
The servers are started by the very scripts and configs that users get. Begin reading with Server, then Referee.
"""

import asyncio
import os
import shutil
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
START = {
    "ejabberd": ROOT / "ejabberd-config" / "start.sh",
    "prosody": ROOT / "examples" / "prosody" / "start.sh",
}
KINDS = tuple(START)
SECRET = "rig-secret"
PASSWORD = "rig-password"
# Each test takes a component domain that no other test has used, so old rooms and nodes are never in its way.
DOMAINS = [f"r{number}.localhost" for number in range(1, 97)]
PEOPLE = ["admin", "alice", "bob", "carol", "dave", "eve", "mallory"] + [f"bot{number}" for number in range(1, 9)]
# For tests that share a referee: nobody there has met them, so no match, limit or setting is left over from another test.
GUESTS = [f"guest{number}" for number in range(1, 281)]
# A contended 2-core machine starts an ejabberd in 2 s; this only bounds a failure.
START_SECONDS = 60
# Unless told otherwise, everything a test waits for must happen within this time.
SECONDS = 15


def binary():
    """The referee to be tested: REFEREE_BIN, or the debug build."""
    target = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
    return Path(os.environ.get("REFEREE_BIN", target / "debug" / "referee"))


async def until(check, what, seconds=SECONDS):
    """Polls `check` until it returns something true, and returns that; fails with `what` at the deadline."""
    end = time.monotonic() + seconds
    while True:
        value = check()
        if value:
            return value
        if time.monotonic() > end:
            raise TimeoutError(f"waited {seconds} s for {what}")
        await asyncio.sleep(0.01)


class Server:
    """A private ejabberd or Prosody in a folder of its own, from start to stop."""

    def __init__(self, kind, folder, options=(), domains=DOMAINS, guests=GUESTS):
        self.kind = kind
        self.folder = Path(folder)
        self.facts = {}
        self._unused = list(domains)
        self._guests = list(guests)
        arguments = [START[kind], "--dir", self.folder, "--secret", SECRET, *options]
        for domain in domains:
            arguments += ["--domain", domain]
        arguments += [f"{name}:{PASSWORD}" for name in [*PEOPLE, *guests]]
        self.folder.mkdir(parents=True, exist_ok=True)
        self._errors = open(self.folder / "start.err", "wb")
        self.process = subprocess.Popen(
            list(map(str, arguments)), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=self._errors, text=True
        )
        self._read_facts()

    def _read_facts(self):
        # start.sh gives up by itself after a minute, so reading to its end cannot hang for ever.
        for line in self.process.stdout:
            if line.strip() == "ready":
                break
            name, _, value = line.strip().partition("=")
            self.facts[name] = value
        else:
            self.process.wait(START_SECONDS)
            raise RuntimeError(f"{self.kind} did not start: {(self.folder / 'start.err').read_text()}")
        host, _, port = self.facts["C2S"].partition(":")
        self.c2s = (host, int(port))
        self.components = dict(entry.split("=") for entry in self.facts["COMPONENTS"].split())

    @property
    def host(self):
        """The domain of the accounts."""
        return self.facts["HOST"]

    @property
    def websocket(self):
        """Where browsers connect."""
        return self.facts["WEBSOCKET"]

    def domain(self):
        """A component domain that nobody has used on this server yet."""
        return self._unused.pop(0)

    def guest(self):
        """An account that nobody has used on this server yet."""
        return self._guests.pop(0)

    def component(self, domain):
        """Host and port on which this domain's component connects."""
        host, _, port = self.components[domain].partition(":")
        return host, int(port)

    def log(self):
        """What the server has logged so far."""
        return Path(self.facts["LOG"]).read_text(errors="replace")

    def stop(self):
        """Stops the server in order and waits for its end."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                # The kernel ends the server when its script dies (setpriv --pdeathsig in start.sh).
                self.process.kill()
                self.process.wait()
        self.process.stdout.close()
        self._errors.close()


@dataclass
class Referee:
    """One referee: its config, its data folder, and the process when it runs. It may be started and killed many times."""

    server: Server
    folder: Path
    domain: str
    extra: str = ""
    process: subprocess.Popen = None
    # More of the environment, such as RUST_LOG.
    environment: dict = None

    def __post_init__(self):
        self.folder.mkdir(parents=True, exist_ok=True)
        self.data = self.folder / "data"
        self.log_file = self.folder / "referee.log"
        self.config = self.folder / "referee.toml"
        self.config.write_text(self._config())

    def _config(self):
        host, port = self.server.component(self.domain)
        return (
            f'[component]\ndomain = "{self.domain}"\nserver = "{host}:{port}"\nsecret = "{SECRET}"\n'
            f'[store]\npath = "{self.data}"\n[admins]\njids = ["admin@localhost"]\n{self.extra}'
        )

    @property
    def jid(self):
        """The one contact people talk to."""
        return f"referee@{self.domain}"

    async def start(self, seconds=SECONDS):
        """Starts the process and returns when it says that it serves."""
        seen = self._log_size()
        with open(self.log_file, "ab") as log:
            self.process = subprocess.Popen(
                [str(binary()), "serve", "-c", str(self.config)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={**os.environ, **(self.environment or {})},
            )

        def ready():
            if self.process.poll() is not None:
                raise RuntimeError(f"referee ended with {self.process.returncode}:\n{self.log()[-3000:]}")
            return "referee ready" in self.log(seen)

        await until(ready, "the line `referee ready`", seconds)

    async def restart(self):
        """Starts it again after a stop or a kill, on the same data."""
        await self.start()

    def kill(self):
        """kill -9: what a power cut does to the process."""
        self.process.kill()
        self.process.wait()

    def stop(self, seconds=SECONDS):
        """SIGTERM; returns the exit status, which is 0 after an ordered shutdown."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(seconds)

    def end(self):
        """Makes sure that it no longer runs, whatever the test did."""
        if self.process is not None and self.process.poll() is None:
            self.kill()

    def run(self, *arguments, seconds=60):
        """Runs another subcommand, such as `verify FILE`, to its end; returns the completed process."""
        command = [str(binary()), *map(str, arguments)]
        return subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=seconds)

    def log(self, start=0):
        """What it has logged, from a byte offset."""
        if not self.log_file.exists():
            return ""
        with open(self.log_file, "rb") as log:
            log.seek(start)
            return log.read().decode(errors="replace")

    def _log_size(self):
        return self.log_file.stat().st_size if self.log_file.exists() else 0


def missing(*programs):
    """The programs that are not installed: a reason to skip, aloud."""
    return [program for program in programs if shutil.which(program) is None]
