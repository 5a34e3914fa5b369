"""LDAP: what OpenLDAP's tools and Apache hear of a clan, and the same question asked by another component.

The people make their clan and their app-passwords by ad-hoc commands through the server, as anybody does.
"""

import asyncio
import base64
import socket
import subprocess
import urllib.error
import urllib.request

import pytest

import people
import rig

EXAMPLE = rig.ROOT / "examples" / "ldap" / "apache.conf"
MODULES = "mpm_event authn_core authz_core authz_user auth_basic ldap authnz_ldap".split()
# What the tools say when a password is wrong.
INVALID_CREDENTIALS = 49
READER = "reads-for-the-forum"


def free_port():
    """A port that nothing listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class House:
    """A referee with LDAP, and the wolves: alice owns them and bob is a member; carol is none."""

    def __init__(self, referee, port, friends):
        self.referee, self.port, self.friends = referee, port, friends
        self.base = ",".join(f"dc={part}" for part in referee.domain.split("."))
        self.passwords = {}

    def dn(self, name, service="forum"):
        return f"uid={self.handle(name)},ou=people,o={service},{self.base}"

    def handle(self, name):
        return self.friends[name].boundjid.local

    async def found(self):
        """Makes the clan, and a password for each of them."""
        alice, contact = self.friends["alice"], self.referee.jid
        made = await alice.command(contact, "clan-create", {"tag": "wolves", "joining": "open", "name": "The Wolves"})
        assert not made.refused, made
        joined = await self.friends["bob"].command(contact, "clan-join", {"clan": "wolves"})
        assert not joined.refused, joined
        for name, friend in self.friends.items():
            answer = await friend.command(contact, "app-password", {"do": "add", "service": "forum"})
            self.passwords[name] = answer.values["password"]
        return self

    def tool(self, program, *arguments, dn="", password=""):
        """Runs one of OpenLDAP's tools; returns the completed process."""
        bind = ["-D", dn, "-w", password] if dn else []
        command = [program, "-x", "-H", f"ldap://127.0.0.1:{self.port}", *bind, *arguments]
        return subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60)

    def search(self, *arguments, dn=None, password=None):
        """The lines of the entries that a search finds, by default in alice's name."""
        done = self.tool(
            "ldapsearch", "-LLL", "-o", "ldif-wrap=no", *arguments, dn=dn or self.dn("alice"), password=password or self.passwords["alice"]
        )
        assert done.returncode == 0, done.stderr
        return [line for line in done.stdout.splitlines() if line]


@pytest.fixture
async def house(servers, folder, login_all):
    """A referee that serves LDAP behind ejabberd."""
    server = servers("ejabberd")
    domain, port = server.domain(), free_port()
    extra = (
        f'[services]\ntrusted = ["{domain_of_forum(server)}"]\n'
        f'[ldap]\nlisten = "127.0.0.1:{port}"\n[ldap.readers]\nforum = "{READER}"\n'
    )
    referee = rig.Referee(server, folder / "ejabberd" / domain, domain, extra)
    try:
        try:
            await referee.start()
        except RuntimeError as error:
            if "built without LDAP" in str(error):
                pytest.skip("this referee was built without LDAP: cargo build --features ldap --bin referee")
            raise
        house = House(referee, port, await login_all(server, "alice", "bob", "carol"))
        house.forum = domain_of_forum(server)
        yield await house.found()
    finally:
        referee.end()


def domain_of_forum(server):
    """Another component of the same server, kept for these tests."""
    if not hasattr(server, "forum_domain"):
        server.forum_domain = server.domain()
    return server.forum_domain


@pytest.fixture
async def login_all():
    """`await login_all(server, "alice", …)`: newcomers by the names that the test calls them, logged out at its end."""
    present = []

    async def enter(server, *names):
        friends = {}
        for name in names:
            friends[name] = await people.Person(server, server.guest()).login()
            present.append(friends[name])
        return friends

    yield enter
    for person in present:
        await person.logout()


def needs(*programs):
    """Skips, aloud, what cannot be tried on this machine."""
    missing = rig.missing(*programs)
    if missing:
        pytest.skip(f"not installed: {', '.join(missing)}")


async def test_openldap_finds_who_is_in_the_clan(house):
    needs("ldapsearch", "ldapwhoami")
    alice, bob = house.handle("alice"), house.handle("bob")
    forum = f"o=forum,{house.base}"
    who = house.tool("ldapwhoami", dn=house.dn("alice"), password=house.passwords["alice"])
    assert who.stdout.strip() == f"dn:{house.dn('alice')}", who
    member_of = house.search("-b", forum, f"(&(objectClass=inetOrgPerson)(uid={alice}))", "memberOf")
    assert member_of == [
        f"dn: {house.dn('alice')}",
        f"memberOf: cn=wolves,ou=clans,{forum}",
        f"memberOf: cn=owner,cn=wolves,ou=clans,{forum}",
    ]
    group = house.search("-b", f"cn=wolves,ou=clans,{forum}", "-s", "base")
    assert {f"member: {house.dn('alice')}", f"member: {house.dn('bob')}", "description: The Wolves"} <= set(group)
    # Of bob's groups, by the name he bears there; by pages of one; and with the service's own password.
    member = f"(member={house.dn('bob')})"
    wanted = [f"dn: cn=wolves,ou=clans,{forum}", f"dn: cn=member,cn=wolves,ou=clans,{forum}"]
    assert house.search("-b", forum, member, "1.1") == wanted
    paged = house.search("-b", forum, "-E", "pr=1/noprompt", member, "1.1")
    assert [line for line in paged if line.startswith("dn:")] == wanted
    reader = {"dn": f"cn=reader,{forum}", "password": READER}
    assert house.search("-b", forum, f"(uid={bob})", "uid", **reader) == [f"dn: {house.dn('bob')}", f"uid: {bob}"]
    # Who is in no clan is not shown, and nobody's address is.
    everything = "\n".join(house.search("-b", forum))
    assert "@" not in everything and house.handle("carol") not in everything
    root = house.tool("ldapsearch", "-LLL", "-b", "", "-s", "base", "namingContexts")
    assert f"namingContexts: {house.base}" in root.stdout


async def test_a_wrong_password_opens_nothing_and_locks_nobody_out(house):
    needs("ldapwhoami")
    bob = house.dn("bob")
    # Another's password, a name that nobody bears, and another service are all the same.
    for dn in (bob, f"uid=nobody-here,ou=people,o=forum,{house.base}", house.dn("alice", "ftp")):
        refused = house.tool("ldapwhoami", dn=dn, password=house.passwords["alice"])
        assert refused.returncode == INVALID_CREDENTIALS, refused
    for _ in range(12):
        house.tool("ldapwhoami", dn=bob, password="-".join(["abcde"] * 5))
    right = house.tool("ldapwhoami", dn=bob, password=house.passwords["bob"])
    assert right.returncode == 0, "guesses of others lock nobody out"
    assert "too many wrong passwords by LDAP" in house.referee.log()
    # Revoked means revoked.
    friend = house.friends["alice"]
    await friend.command(house.referee.jid, "app-password", {"do": "revoke", "service": "forum"})
    revoked = house.tool("ldapwhoami", dn=house.dn("alice"), password=house.passwords["alice"])
    assert revoked.returncode == INVALID_CREDENTIALS, revoked
    for password in house.passwords.values():
        assert password not in house.referee.log()


class Apache:
    """Apache with the lines that we ship, and a page for the wolves."""

    def __init__(self, folder, house):
        self.folder, self.port = folder, free_port()
        pages = folder / "pages"
        pages.mkdir(parents=True)
        (pages / "index.html").write_text("Howl")
        shipped = EXAMPLE.read_text().replace("/var/www/wolves", str(pages))
        shipped = shipped.replace("127.0.0.1:3890", f"127.0.0.1:{house.port}").replace("dc=referee,dc=example,dc=org", house.base)
        loaded = "".join(f"LoadModule {name}_module /usr/lib/apache2/modules/mod_{name}.so\n" for name in MODULES)
        self.config = folder / "apache.conf"
        self.config.write_text(
            f"{loaded}ServerName localhost\nListen 127.0.0.1:{self.port}\nUser www-data\nGroup www-data\n"
            f'PidFile "{folder}/pid"\nErrorLog "{folder}/error.log"\nLogLevel authnz_ldap:debug\nDocumentRoot "{pages}"\n{shipped}'
        )
        # Its children read the pages as another user.
        for place in (folder, pages, *folder.parents[:2]):
            place.chmod(place.stat().st_mode | 0o055)

    async def __aenter__(self):
        self.process = subprocess.Popen(
            ["apache2", "-d", self.folder, "-f", self.config, "-DFOREGROUND"], stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
        )
        await rig.until(self.answers, "Apache's port")
        return self

    def answers(self):
        assert self.process.poll() is None, self.process.stderr.read()
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    async def __aexit__(self, *_):
        self.process.terminate()
        self.process.wait(rig.SECONDS)
        self.process.stderr.close()

    def status(self, name, password):
        """The status with which the page is answered, and its text."""
        basic = base64.b64encode(f"{name}:{password}".encode()).decode()
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}/index.html", headers={"Authorization": f"Basic {basic}"})
        try:
            with urllib.request.urlopen(request, timeout=60) as page:
                return page.status, page.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, ""


async def test_apache_lets_members_in_and_nobody_else(house, folder):
    needs("apache2")
    handles, passwords = {name: house.handle(name) for name in house.friends}, house.passwords
    async with Apache(folder / "ejabberd" / f"apache-{house.referee.domain}", house) as apache:

        async def get(name, password):
            return await asyncio.to_thread(apache.status, name, password)

        assert await get(handles["alice"], passwords["alice"]) == (200, "Howl")
        assert await get(handles["bob"], passwords["bob"]) == (200, "Howl")
        assert await get(handles["bob"], passwords["alice"]) == (401, "")
        # Her password is right, but she is no wolf.
        assert await get(handles["carol"], passwords["carol"]) == (401, "")
        kicked = await house.friends["alice"].command(
            house.referee.jid, "clan-kick", {"clan": "wolves", "who": handles["bob"], "reason": "moved to the lions"}
        )
        assert not kicked.refused, kicked
        assert await get(handles["bob"], passwords["bob"]) == (401, "")
        assert await get(handles["alice"], passwords["alice"]) == (200, "Howl")


async def test_another_component_asks_who_may_do_what(house):
    server, domain = house.referee.server, house.referee.domain
    ask = (
        "<iq type='get' id='{0}' to='{1}' from='{2}'><authorise xmlns='urn:x-referee:authorise:0'"
        " person='{3}' clan='wolves' permission='{4}'/></iq>"
    )
    forum = await people.RawComponent.attach(server, house.forum)
    stranger = await people.RawComponent.attach(server, server.domain())

    async def answer(component, number, person, permission):
        start = len(component.heard)
        await component.send(ask.format(number, domain, component.domain, person, permission))
        return (await component.read_until(rf"<iq[^>]*id=['\"]{number}['\"].*?</iq>", start))[0].replace('"', "'")

    try:
        owner = await answer(forum, "q1", house.handle("alice"), "speak")
        assert "allowed='true'" in owner and "role='owner'" in owner and "may speak for the clan" in owner
        # Services know people by their addresses as well.
        member = await answer(forum, "q2", house.friends["bob"].boundjid.bare, "edit-pages")
        assert "allowed='false'" in member and "role='member'" in member
        nobody = await answer(forum, "q3", house.handle("carol"), "read")
        assert "allowed='false'" in nobody and "only members of wolves" in nobody
        unknown = await answer(forum, "q4", house.handle("alice"), "fly")
        assert "bad-request" in unknown and "There is no permission fly" in unknown
        assert "forbidden" in await answer(stranger, "q5", house.handle("alice"), "speak")
        form = (
            "<iq type='set' id='q6' to='{0}' from='{1}'><command xmlns='http://jabber.org/protocol/commands' node='authorise'>"
            "<x xmlns='jabber:x:data' type='submit'><field var='person'><value>{2}</value></field>"
            "<field var='clan'><value>wolves</value></field><field var='permission'><value>kick</value></field></x></command></iq>"
        )
        for component, told in ((forum, "the role owner may put members out"), (stranger, "forbidden")):
            await component.send(form.format(domain, component.domain, house.handle("alice")))
            await component.read_until(rf"<iq[^>]*id=['\"]q6['\"].*?{told}.*?</iq>")
        refused = await house.friends["bob"].refusal(
            domain, "authorise", {"person": "bob", "clan": "wolves", "permission": "kick"}
        )
        assert refused == "forbidden"
        assert "a service asked who may do what" in house.referee.log()
    finally:
        forum.close()
        stranger.close()
