"""Two servers that federate: a private ejabberd on 127.0.0.2 and a private Prosody on 127.0.0.3, by dialback without TLS.

It knows processes, addresses and the lines that federation adds to the shipped private configurations; nothing of games.
Names are resolved by names.py, whose SRV records carry free ports: nothing here needs root, port 5269 or a change of
/etc/hosts. Begin reading with Federation, then Peer.
"""

import asyncio
import http.client
import json
import os
import random
import re
import shutil
import socket
import subprocess
from pathlib import Path

from names import Names
from rig import PASSWORD, ROOT, SECRET, START_SECONDS, missing, until

PROGRAMS = ("ejabberdctl", "erl", "prosody", "setpriv")
PEOPLE = ["alice", "bob", "carol", "dave"]
# Component domains of each server: one for each test that hangs a referee on it.
COMPONENTS = 5
# Below the range from which the kernel takes the ports of outgoing connections.
PORTS = range(15000, 32000)


def why_not():
    """What is missing on this machine, in words; empty when the two servers can be started."""
    if lacking := missing(*PROGRAMS):
        return f"these programs are missing: {', '.join(lacking)}"
    if not list(Path("/usr/lib").glob("*/lua/5.*/lunbound.so")):
        return "Prosody cannot be told which name server to ask; type: apt-get install lua-unbound"
    for peer in (Ejabberd, Prosody):
        try:
            free_ports(peer.address, 1)
        except OSError as error:
            return f"nothing can listen on {peer.address}: {error}"
    return ""


def free_ports(address, count):
    """Ports of this address on which nobody listens."""
    found, fault = [], None
    for port in random.sample(PORTS, 50 * count):
        with socket.socket() as plug:
            try:
                plug.bind((address, port))
            except OSError as error:
                fault = error
                continue
        found.append(port)
        if len(found) == count:
            return found
    raise fault


def swap(text, *pairs):
    """Replaces each first text by the second; one that is not there means that a shipped configuration has changed."""
    for old, new in pairs:
        if old not in text:
            raise LookupError(f"the shipped configuration has no {old!r} any more")
        text = text.replace(old, new)
    return text


class Peer:
    """One of the two servers. It may be killed and started again, and keeps its folder, ports and accounts.

    Towards people.Person and rig.Referee it stands for a rig.Server.
    """

    kind = address = None

    def __init__(self, folder, names):
        self.folder = Path(folder)
        self.names = names
        # Not under .test, of which Prosody's resolver knows by itself that there is nothing.
        self.host = f"{self.kind}.example"
        self.domains = [f"r{number}.{self.host}" for number in range(1, COMPONENTS + 1)]
        self._unused = list(self.domains)
        c2s, self.s2s, self.http, *ports = free_ports(self.address, 3 + COMPONENTS)
        self.c2s = (self.address, c2s)
        self.ports = self._component_ports(ports)
        self.process = None
        names.add(self.host, self.address, self.s2s)
        self.folder.mkdir(parents=True)
        self._configure()

    def _component_ports(self, ports):
        """The port of each component domain."""
        return dict(zip(self.domains, ports, strict=True))

    def domain(self):
        """A component domain that nobody has used on this server yet."""
        return self._unused.pop(0)

    def component(self, domain):
        """Host and port on which this domain's component connects."""
        return self.address, self.ports[domain]

    async def start(self):
        """Starts the server, for the first time or again; returns when it listens on all its ports."""
        with open(self.folder / "console", "ab") as console:
            # A session of its own, so Ctrl-C does not reach it; and the kernel ends it when these tests die.
            self.process = subprocess.Popen(
                ["setpriv", "--pdeathsig", "TERM", *self._command()],
                cwd=self.folder,
                env={**os.environ, "HOME": str(self.folder), **self._environment()},
                stdin=subprocess.DEVNULL,
                stdout=console,
                stderr=console,
                start_new_session=True,
            )

        def listening():
            if self.process.poll() is not None:
                raise RuntimeError(f"{self.kind} ended with {self.process.returncode}; its logs are in {self.folder}")
            return all(_open(self.address, port) for port in {self.c2s[1], self.s2s, self.http, *self.ports.values()})

        await until(listening, f"{self.kind} on {self.address}", START_SECONDS)
        self._populate()

    def kill(self):
        """kill -9: what a power cut does to the process."""
        self.process.kill()
        self.process.wait()

    def stop(self):
        """Stops the server in order."""
        if self.process is None or self.process.poll() is not None:
            return
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.kill()

    def _environment(self):
        return {}

    def _populate(self):
        """Makes the accounts, where that needs a running server."""


class Ejabberd(Peer):
    """See Peer."""

    kind, address = "ejabberd", "127.0.0.2"
    # What federation adds. Debian's ejabberd.yml has its like, with encryption; of all this only the retry delay is worth
    # taking over: without it what is said to a server that is back bounces for up to five minutes more.
    LINES = 's2s_access: all\ns2s_use_starttls: false\noutgoing_s2s_ipv4_address: "127.0.0.2"\ns2s_max_retry_delay: 1'
    LISTENER = 'listen:\n  - port: @S2S@\n    ip: "127.0.0.2"\n    module: ejabberd_s2s_in\n'
    MODULE = "modules:\n  mod_s2s_dialback: {}\n"

    def _command(self):
        # Plain erl, as in ejabberd-config/start.sh.
        return ["erl", "+K", "true", "+P", "250000", "-noinput", "-mnesia", "dir", f'"{self.folder}/spool"', "-s", "ejabberd"]

    def _environment(self):
        control = Path(shutil.which("ejabberdctl")).read_text()
        return {
            "ERL_LIBS": re.search(r"^ERL_LIBS='(.*)'$", control, re.MULTILINE)[1],
            "ERL_INETRC": str(self.folder / "inetrc"),
            "ERL_CRASH_DUMP_BYTES": "0",
            "EJABBERD_CONFIG_PATH": str(self.folder / "ejabberd.yml"),
            "EJABBERD_LOG_PATH": str(self.folder / "ejabberd.log"),
        }

    def _configure(self):
        shipped = ROOT / "ejabberd-config"
        includes = []
        for domain in self.domains:
            part = swap(
                (shipped / "referee.yml").read_text(),
                ("server: referee.localhost", f"server: [{', '.join(self.domains)}]"),
                ("referee.localhost", domain),
                ("5347", str(self.ports[domain])),
                ("127.0.0.1", self.address),
                ("change-this-secret", SECRET),
            )
            # The first file gives the rights of all; the others hold a listener only.
            file = self.folder / f"{domain}.yml"
            file.write_text(part.partition("\nacl:")[0] if includes else part)
            includes.append(f"  - {file}")
        private = swap(
            (shipped / "private.yml.in").read_text(),
            ("s2s_access: none", self.LINES),
            ("listen:\n", self.LISTENER),
            ("modules:\n", self.MODULE),
            ("127.0.0.1", self.address),
            ("localhost", self.host),
            ("@INCLUDES@", "\n".join(includes)),
            ("@C2S@", str(self.c2s[1])),
            ("@S2S@", str(self.s2s)),
            ("@HTTP@", str(self.http)),
        )
        (self.folder / "ejabberd.yml").write_text(private)
        (self.folder / "spool").mkdir()
        server = f"{{nameserver, {{127,0,0,1}}, {self.names.port}}}."
        (self.folder / "inetrc").write_text(f'{{resolv_conf, ""}}.\n{{hosts_file, ""}}.\n{{lookup, [dns]}}.\n{server}\n')

    def _populate(self):
        for name in PEOPLE:
            line = http.client.HTTPConnection(self.address, self.http, timeout=START_SECONDS)
            line.request("POST", "/api/register", json.dumps({"user": name, "host": self.host, "password": PASSWORD}))
            answer = line.getresponse()
            # 409: it is there since an earlier life.
            if answer.status not in (200, 409):
                raise RuntimeError(f"{name} was not registered: {answer.status} {answer.read()}")
            line.close()


class Prosody(Peer):
    """See Peer."""

    kind, address = "prosody", "127.0.0.3"
    # What federation adds. Debian's Prosody has s2s and dialback; the rest is for a machine without certificates, whose
    # names stand in a name server of its own (libunbound asks none on loopback unless it is told to).
    LINES = """s2s_ports = { @S2S@ }; s2s_interfaces = { "127.0.0.3" }
s2s_require_encryption = false; s2s_secure_auth = false; use_ipv6 = false
unbound = { resolvconf = false, hoststxt = false, forward = "127.0.0.1@@DNS@", options = { ["do-not-query-localhost:"] = "no" } }
"""

    def _component_ports(self, ports):
        # One port serves all.
        return dict.fromkeys(self.domains, ports[0])

    def _command(self):
        return ["prosody", "-F", "--config", str(self.folder / "prosody.cfg.lua")]

    def _configure(self):
        shipped = ROOT / "examples" / "prosody"
        private = swap(
            (shipped / "private.cfg.lua.in").read_text(),
            (" s2s_ports = {};", ""),
            ('modules_enabled = { "roster";', 'modules_enabled = { "roster"; "s2s"; "dialback";'),
            ("127.0.0.1", self.address),
            ("localhost", self.host),
            ('modules_disabled = { "s2s" }\n', self.LINES),
            ("@DIR@", str(self.folder)),
            ("@C2S@", str(self.c2s[1])),
            ("@S2S@", str(self.s2s)),
            ("@DNS@", str(self.names.port)),
            ("@COMPONENT@", str(self.ports[self.domains[0]])),
            ("@HTTP@", str(self.http)),
        )
        part = swap(
            (shipped / "referee.cfg.lua").read_text(),
            ('admins = { "referee.localhost" }', f"admins = {{ {', '.join(map(json.dumps, self.domains))} }}"),
            ("referee.localhost", self.domains[0]),
            ("localhost", self.host),
            ("change-this-secret", SECRET),
        )
        for domain in self.domains[1:]:
            part += f'Component "{domain}"\n  component_secret = "{SECRET}"; component_conflict_resolve = "kick_old"\n'
        (self.folder / "prosody.cfg.lua").write_text(private + part)
        (self.folder / "certs").mkdir()
        # In the names of its folders Prosody writes a dot as %2e.
        accounts = self.folder / "data" / self.host.replace(".", "%2e") / "accounts"
        accounts.mkdir(parents=True)
        for name in PEOPLE:
            (accounts / f"{name}.dat").write_text(f'return {{ ["password"] = "{PASSWORD}"; }};\n')


def _open(address, port):
    with socket.socket() as plug:
        return plug.connect_ex((address, port)) == 0


class Federation:
    """The two servers, and the name server by which they find each other."""

    def __init__(self, folder):
        self.names = Names()
        self.peers = {peer.kind: peer(Path(folder) / peer.kind, self.names) for peer in (Ejabberd, Prosody)}

    async def start(self):
        """Starts both at once."""
        await asyncio.gather(*(peer.start() for peer in self.peers.values()))

    def stop(self):
        """Stops both, and the name server."""
        for peer in self.peers.values():
            peer.stop()
        self.names.close()
