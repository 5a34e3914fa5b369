"""Fixtures: one ejabberd and one Prosody for the whole run, and per test a referee, people and a fresh domain."""

import shutil
import tempfile
from pathlib import Path

import pytest

import people
import rig


FAILED = pytest.StashKey()


@pytest.fixture(scope="session")
def folder(pytestconfig):
    """Where servers and referees live; kept when something failed, so that the logs can be read."""
    path = Path(tempfile.mkdtemp(prefix="referee-live."))
    failed = pytestconfig.stash[FAILED] = []
    yield path
    if failed:
        print(f"\nlogs of {len(failed)} failed tests are kept in {path}")
    else:
        shutil.rmtree(path)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item):
    """Remembers failures for `folder`, and shows the end of the referee's log beside them."""
    report = (yield).get_result()
    if report.failed:
        item.config.stash.setdefault(FAILED, []).append(item.nodeid)
        arguments = getattr(item, "funcargs", {})
        referee = arguments.get("referee") or arguments.get("common")
        if referee is not None:
            report.sections.append(("referee log (end)", referee.log()[-4000:]))


@pytest.fixture(scope="session")
def servers(folder):
    """The running servers by kind, each started when first asked for."""
    running = {}

    def get(kind):
        if kind not in running:
            running[kind] = rig.Server(kind, folder / kind)
        return running[kind]

    yield get
    for server in running.values():
        server.stop()


@pytest.fixture(params=rig.KINDS)
def server(request, servers):
    """Each test that asks for a server runs once on ejabberd and once on Prosody."""
    return servers(request.param)


@pytest.fixture
async def login(server):
    """`await login("alice")`: a slixmpp client, logged out at the end of the test; without a name, somebody new."""
    present = []

    async def enter(name=None, resource="rig", plugins=(), **more):
        person = people.Person(server, name or server.guest(), resource, plugins)
        present.append(person)
        return await person.login(**more)

    yield enter
    for person in present:
        await person.logout()


@pytest.fixture
async def referee(server, folder):
    """A referee that serves a fresh domain of this server."""
    domain = server.domain()
    referee = rig.Referee(server, folder / server.kind / domain, domain)
    try:
        await referee.start()
        yield referee
    finally:
        referee.end()


@pytest.fixture(scope="session")
def commons():
    """The shared referees by kind of server."""
    running = {}
    yield running
    for referee in running.values():
        referee.end()


@pytest.fixture
async def common(server, folder, commons):
    """A referee for all tests that leave it as it is: no restart, no setting, and guests as people."""
    if server.kind not in commons:
        domain = server.domain()
        commons[server.kind] = rig.Referee(server, folder / server.kind / domain, domain)
        await commons[server.kind].start()
    return commons[server.kind]
