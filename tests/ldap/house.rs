//! A server with two clans and a clock that is moved by hand, and a client.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use ldap3_proto::LdapCodec;
use ldap3_proto::control::LdapControl;
use ldap3_proto::proto::*;
use tokio_util::bytes::BytesMut;
use tokio_util::codec::{Decoder, Encoder};
use xmpp_referee::clans::make_app_password;
use xmpp_referee::commands::{ClanRow, DirectoryAsk, DirectorySeen, PersonRow};
use xmpp_referee::engine::Clock;
use xmpp_referee::kit::{PersonId, Secret, Timestamp, clan_uuid, person_uuid};
use xmpp_referee::ldap::{Directory, IDLE_UNBOUND, Server, ServerConfig, Tree};

/// Nothing here takes longer, unless it never comes.
const PATIENCE: Duration = Duration::from_secs(60);
/// Rows of one portion: few, so that the seams between portions are met.
const PORTION: usize = 2;

/// Who is in which clan: anna leads the wolves and is a guest of the lions; zoe is in no clan.
const ROSTER: &[(&str, &[(&str, &str)])] = &[
    ("Anna-K", &[("lions", "guest"), ("wolves", "captain")]),
    ("bob", &[("wolves", "member")]),
    ("carol", &[("lions", "captain")]),
    ("dave", &[("lions", "member"), ("wolves", "member")]),
    ("eve", &[("lions", "member")]),
];

/// What the writer would know.
#[derive(Clone)]
pub struct Book {
    people: Arc<Vec<PersonRow>>,
    clans: Arc<Vec<ClanRow>>,
    passwords: Arc<BTreeMap<(String, String), Secret<String>>>,
    logins: Arc<Mutex<Vec<String>>>,
}

impl Directory for Book {
    async fn ask(&self, ask: DirectoryAsk) -> Option<DirectorySeen> {
        let people = |fits: &dyn Fn(&PersonRow) -> bool| {
            let fitting = self.people.iter().filter(|row| fits(row));
            DirectorySeen::People(fitting.cloned().collect(), None)
        };
        let clans = |fits: &dyn Fn(&ClanRow) -> bool| {
            let fitting = self.clans.iter().filter(|row| fits(row));
            DirectorySeen::Clans(fitting.cloned().collect(), None)
        };
        let same = |a: &str, b: &str| a.to_lowercase() == b.to_lowercase();
        Some(match ask {
            DirectoryAsk::Password { handle, service } => {
                let hash = self.passwords.get(&(handle.to_lowercase(), service));
                DirectorySeen::Password(hash.map(|hash| (handle, hash.clone())))
            }
            DirectoryAsk::Person(handle) => people(&|row| same(&row.handle, &handle)),
            DirectoryAsk::Numbered(id) => people(&|row| row.id == id),
            DirectoryAsk::Members(tag) => {
                people(&|row| row.groups.iter().any(|(of, _)| *of == tag))
            }
            DirectoryAsk::People(after) => {
                let rest = self.people.iter().filter(|row| Some(row.id) > after);
                let rows: Vec<PersonRow> = rest.take(PORTION).cloned().collect();
                let next = rows.last().map(|row| row.id);
                DirectorySeen::People(rows, next)
            }
            DirectoryAsk::Clan(tag) => clans(&|row| row.tag == tag),
            DirectoryAsk::ClansOf(handle) => {
                clans(&|row| row.members.iter().any(|(member, _)| same(member, &handle)))
            }
            DirectoryAsk::May { clan, permission } => {
                let row = self.clans.iter().find(|row| row.tag == clan);
                let captains = row.map(|row| {
                    let captains = row.members.iter().filter(|(_, role)| role == "captain");
                    captains.map(|(handle, _)| handle.clone()).collect()
                });
                let found = captains.filter(|_| permission == "kick");
                DirectorySeen::May(found.map(|people| (clan, permission, people)))
            }
            DirectoryAsk::Clans(after) => {
                let rest = self
                    .clans
                    .iter()
                    .filter(|row| Some(&row.tag) > after.as_ref());
                let rows: Vec<ClanRow> = rest.take(1).cloned().collect();
                let next = rows.last().map(|row| row.tag.clone());
                DirectorySeen::Clans(rows, next)
            }
        })
    }

    fn logged_in(&self, handle: &str, service: &str) {
        let login = format!("{} {service}", handle.to_lowercase());
        self.logins.lock().unwrap().push(login);
    }
}

/// A clock that is moved by hand.
#[derive(Clone, Default)]
pub struct Hand(Arc<AtomicI64>);

impl Hand {
    /// Noon of a day.
    pub fn noon() -> Hand {
        Hand(Arc::new(AtomicI64::new(1_700_000_000_000)))
    }
}

impl Hand {
    /// So many days go by.
    pub fn days(&self, days: i64) {
        self.0.fetch_add(days * 86_400_000, Ordering::SeqCst);
    }
}

impl Clock for Hand {
    fn now(&self) -> Timestamp {
        Timestamp(self.0.load(Ordering::SeqCst))
    }
}

/// A server, and the passwords of its people.
pub struct House {
    pub server: Option<Server>,
    pub clock: Hand,
    /// Who has logged in where.
    pub logins: Arc<Mutex<Vec<String>>>,
    /// Of anna for the forum, of anna for LDAP itself, of zoe for the forum.
    pub anna_forum: String,
    pub anna_ldap: String,
    pub zoe_forum: String,
}

impl House {
    pub fn new() -> House {
        House::with_idle(IDLE_UNBOUND)
    }

    /// A house whose connections may take so long to bind.
    pub fn with_idle(idle_unbound: Duration) -> House {
        let mut passwords = BTreeMap::new();
        let mut made = |handle: &str, service: &str, luck: u8| {
            let day = jiff::civil::date(2026, 1, 1);
            let (text, kept) = make_app_password(service, &Secret::new([luck; 32]), day).unwrap();
            passwords.insert((handle.to_owned(), service.to_owned()), kept.hash);
            text.reveal().clone()
        };
        let anna_forum = made("anna-k", "forum", 1);
        let anna_ldap = made("anna-k", "ldap", 2);
        let zoe_forum = made("zoe", "forum", 3);
        let owned = |(a, b): &(&str, &str)| ((*a).to_owned(), (*b).to_owned());
        let people = ROSTER
            .iter()
            .zip(1..)
            .map(|((handle, groups), id)| PersonRow {
                id: PersonId(id),
                uuid: person_uuid("r", PersonId(id)),
                handle: (*handle).to_owned(),
                groups: groups.iter().map(owned).collect(),
            });
        let people: Vec<PersonRow> = people.collect();
        let clans = ["lions", "wolves"].map(|tag| ClanRow {
            tag: tag.to_owned(),
            uuid: clan_uuid("r", tag),
            name: format!("The {tag}"),
            members: (people.iter())
                .flat_map(|row| {
                    let here = row.groups.iter().filter(|(of, _)| of == tag);
                    here.map(|(_, role)| (row.handle.clone(), role.clone()))
                })
                .collect(),
        });
        let book = Book {
            people: Arc::new(people),
            clans: Arc::new(clans.into()),
            passwords: Arc::new(passwords),
            logins: Arc::default(),
        };
        let logins = Arc::clone(&book.logins);
        let clock = Hand::default();
        let config = ServerConfig {
            listen: "127.0.0.1:0".parse().unwrap(),
            tree: Tree::new("dc=r").unwrap(),
            readers: [("forum".to_owned(), Secret::new("reads-all".to_owned()))].into(),
            idle_unbound,
        };
        House {
            server: Some(Server::open(config, book, clock.clone()).unwrap()),
            clock,
            logins,
            anna_forum,
            anna_ldap,
            zoe_forum,
        }
    }

    pub fn wait(&self, seconds: i64) {
        self.clock.0.fetch_add(seconds * 1000, Ordering::SeqCst);
    }

    pub fn client(&self) -> Client {
        Client::of(self.server.as_ref().unwrap().address())
    }

    /// A client that is bound as anna for the forum.
    pub fn anna(&self) -> Client {
        let mut client = self.client();
        let done = client.bind("uid=anna-k,ou=people,o=forum,dc=r", &self.anna_forum);
        assert_eq!(done, LdapResultCode::Success);
        client
    }
}

impl Drop for House {
    fn drop(&mut self) {
        if let Some(server) = self.server.take() {
            server.close();
        }
    }
}

/// A client.
pub struct Client {
    pub stream: TcpStream,
    bytes: BytesMut,
    last: i32,
}

impl Client {
    /// A client of the server at this address.
    pub fn of(address: SocketAddr) -> Client {
        let stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        Client {
            stream,
            bytes: BytesMut::new(),
            last: 0,
        }
    }

    /// The next message; `None` when the server has closed the connection.
    pub fn next(&mut self) -> Option<LdapMsg> {
        // Lists of clans are longer than what a server has to read.
        let mut codec = LdapCodec::new(Some(1 << 20), None);
        loop {
            if let Some(message) = codec.decode(&mut self.bytes).unwrap() {
                return Some(message);
            }
            let mut more = [0; 4096];
            match self.stream.read(&mut more) {
                Ok(0) => return None,
                Ok(read) => self.bytes.extend_from_slice(&more[..read]),
                Err(error) if error.kind() == std::io::ErrorKind::ConnectionReset => return None,
                Err(error) => panic!("the server says nothing: {error}"),
            }
        }
    }

    /// Sends one request, and gives the number it has.
    pub fn send(&mut self, op: LdapOp, ctrl: Vec<LdapControl>) -> i32 {
        self.last += 1;
        let mut bytes = BytesMut::new();
        let message = LdapMsg {
            msgid: self.last,
            op,
            ctrl,
        };
        LdapCodec::default().encode(message, &mut bytes).unwrap();
        self.stream.write_all(&bytes).unwrap();
        self.last
    }

    /// Sends one request, and gives all messages that answer it.
    pub fn ask(&mut self, op: LdapOp, ctrl: Vec<LdapControl>) -> Vec<LdapMsg> {
        let msgid = self.send(op, ctrl);
        let mut answers = Vec::new();
        loop {
            let answer = self.next().expect("an answer");
            assert_eq!(answer.msgid, msgid);
            let more = matches!(answer.op, LdapOp::SearchResultEntry(_));
            answers.push(answer);
            if !more {
                return answers;
            }
        }
    }

    pub fn one(&mut self, op: LdapOp) -> LdapOp {
        self.ask(op, Vec::new()).remove(0).op
    }

    pub fn bind(&mut self, dn: &str, password: &str) -> LdapResultCode {
        self.bound(dn, password).code
    }

    pub fn bound(&mut self, dn: &str, password: &str) -> LdapResult {
        let op = LdapOp::BindRequest(LdapBindRequest {
            version: 3,
            dn: dn.to_owned(),
            cred: LdapBindCred::Simple(password.to_owned()),
        });
        match self.one(op) {
            LdapOp::BindResponse(response) => response.res,
            other => panic!("{other:?}"),
        }
    }

    pub fn send_whoami(&mut self) -> i32 {
        self.send(whoami(), Vec::new())
    }

    pub fn whoami(&mut self) -> String {
        match self.one(whoami()) {
            LdapOp::ExtendedResponse(response) => {
                String::from_utf8(response.value.unwrap_or_default()).unwrap()
            }
            other => panic!("{other:?}"),
        }
    }
}

fn whoami() -> LdapOp {
    LdapOp::ExtendedRequest(LdapExtendedRequest {
        name: OID_WHOAMI.to_owned(),
        value: None,
    })
}
