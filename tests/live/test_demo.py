"""What people start first: the demo with its two bots, and the referee under systemd."""

import os
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path

import rig
import tap

# A server, a referee and one match of tic-tac-toe; the script itself gives up after about as long.
DEMO_SECONDS = 180


class Demo:
    """The script in a session of its own, with the referee that is built and this Python's environment."""

    def __init__(self, *options):
        target = Path(sys.executable).absolute().parents[2]
        environment = {**os.environ, "REFEREE_BIN": str(rig.binary()), "CARGO_TARGET_DIR": str(target)}
        command = [str(rig.ROOT / "examples" / "demo.sh"), *options]
        # A shell lets what it starts in the background ignore SIGINT, and no script can take that back.
        heeds = lambda: signal.signal(signal.SIGINT, signal.SIG_DFL)
        self.process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment, start_new_session=True, preexec_fn=heeds
        )

    def said(self, seconds=DEMO_SECONDS):
        """All that it says, once it has ended."""
        return self.process.communicate(timeout=seconds)[0]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            # It ends its children itself; whatever it cannot end the kernel does.
            self.process.terminate()
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.process.stdout.close()


def test_the_demo_plays_one_match_to_its_end():
    with Demo("--once") as demo:
        said = demo.said()
    assert demo.process.returncode == 0, said
    assert "== The match is over" in said and "demo.sh:" not in said, said
    # roombot moves in the room, where it prints what is said; the verdict is said there, too.
    assert re.search(r"^m1-\w+ \| roombot: !move [abc][123]$", said, re.MULTILINE), said
    assert re.search(r"^m1-\w+ \| referee: .*adhocbot plays [abc][123]", said, re.MULTILINE), said


def test_the_demo_stays_until_it_is_told_to_stop():
    with Demo() as demo:
        said = ""
        # It ends by itself with an error when the match does not end, so reading on cannot hang for ever.
        for line in demo.process.stdout:
            said += line
            if "Ctrl-C stops everything" in line:
                break
        log = re.search(r"The referee's log: (\S+)", said)
        assert log and "connect alice@localhost" in said, said
        assert "referee ready" in Path(log[1]).read_text()
        demo.process.send_signal(signal.SIGINT)
        demo.process.wait(60)
        assert demo.process.returncode == 130
        assert not Path(log[1]).parent.exists(), "the temporary folder is left behind"
    # What was there is gone: nobody listens where it said that the server does.
    host, port = re.search(r"server +(\S+), port (\d+)", said).groups()
    with socket.socket() as plug:
        assert plug.connect_ex((host, int(port))) != 0


class Systemd:
    """The socket on which systemd hears of its services."""

    def __init__(self, path):
        self.plug = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.plug.bind(str(path))
        self.plug.setblocking(False)
        self.told = []

    def heard(self):
        """All that it was told so far."""
        try:
            while True:
                self.told += self.plug.recv(4096).decode().split("\n")
        except BlockingIOError:
            return self.told


async def test_systemd_hears_that_it_serves_and_not_before(server, folder, tmp_path):
    domain = server.domain()
    systemd, early = Systemd(tmp_path / "notify"), []
    async with tap.Tap(server, domain) as line:
        referee = rig.Referee(line, folder / server.kind / domain, domain)
        referee.environment = {"NOTIFY_SOCKET": str(tmp_path / "notify")}

        async def listen(sent):
            # The first that is sent opens the stream; the secret follows.
            if "<handshake" in sent or "stream:stream" in sent:
                early.extend(systemd.heard())

        line.before = listen
        try:
            await referee.start()
            await rig.until(lambda: "READY=1" in systemd.heard(), "the word that it serves")
            assert early == [] and systemd.told.count("READY=1") == 1, (early, systemd.told)
            assert referee.stop() == 0
            assert systemd.heard().count("READY=1") == 1
        finally:
            line.before = None
            referee.end()
            systemd.plug.close()


async def test_with_a_wrong_secret_systemd_hears_nothing_and_the_log_says_why(server, folder, tmp_path):
    domain = server.domain()
    systemd = Systemd(tmp_path / "notify")
    referee = rig.Referee(server, folder / server.kind / domain, domain)
    referee.config.write_text(referee.config.read_text().replace(rig.SECRET, "another-secret"))
    environment = {**os.environ, "NOTIFY_SOCKET": str(tmp_path / "notify")}
    command = [str(rig.binary()), "serve", "-c", str(referee.config)]
    with open(referee.log_file, "ab") as log:
        referee.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=environment)
    try:
        # It stays and tries again, so that a server that is mended is found: systemd gives up by TimeoutStartSec.
        await rig.until(lambda: "the server does not accept the secret" in referee.log(), "the reason in the log")
        assert systemd.heard() == [] and referee.process.poll() is None
        assert "another-secret" not in referee.log() and "referee ready" not in referee.log()
        assert referee.stop() == 0
    finally:
        referee.end()
        systemd.plug.close()
