//! The same over the real writer: who is put out, banned or without a password is out in the very next answer.

use std::sync::mpsc::{self, Receiver, Sender};
use std::thread::JoinHandle;

use ldap3_proto::proto::{
    LdapCompareRequest, LdapFilter, LdapOp, LdapResultCode as Code, LdapSearchRequest,
    LdapSearchScope,
};
use xmpp_referee::commands::{Answer, Call, Chat, Host, HostConfig, Place, Reply, Value};
use xmpp_referee::engine::{Clock, Engine, Inbound, Outbound, Runner};
use xmpp_referee::ldap::{IDLE_UNBOUND, Server, ServerConfig, Tree, Way};
use xmpp_referee::store::memory::Memory;

use crate::house::{Client, Hand};

/// A referee with its writer's thread, and LDAP beside the chat.
struct Club {
    calls: Sender<Inbound<Call>>,
    answers: Receiver<(u64, Answer)>,
    clock: Hand,
    last: u64,
    server: Option<Server>,
    writer: Option<JoinHandle<()>>,
}

impl Club {
    fn new() -> Club {
        let clock = Hand::noon();
        let mut engine = Engine::open("r.example", Memory::new(1).ports(), clock.now()).unwrap();
        engine.begin(clock.now());
        let (calls, calls_in) = mpsc::channel();
        let (answered, answers) = mpsc::channel();
        let way = Way::new(calls.clone(), "r.example", clock.clone());
        let runner = Runner {
            engine,
            handler: Host::new(HostConfig {
                admins: vec!["admin@a.example".to_owned()],
                ..HostConfig::default()
            }),
            clock: clock.clone(),
        };
        let sorter = way.clone();
        let writer = std::thread::spawn(move || {
            runner.run(&calls_in, |out| {
                if let Some(Outbound::Answers(answers)) = sorter.sort(out) {
                    for answer in answers {
                        let _ = answered.send(answer);
                    }
                }
            });
        });
        let config = ServerConfig {
            listen: "127.0.0.1:0".parse().unwrap(),
            tree: Tree::new("dc=r,dc=example").unwrap(),
            readers: [].into(),
            idle_unbound: IDLE_UNBOUND,
        };
        let server = Server::open(config, way, clock.clone()).unwrap();
        Club {
            calls,
            answers,
            clock,
            last: 0,
            server: Some(server),
            writer: Some(writer),
        }
    }

    /// Somebody says something to the referee, which does it.
    fn say(&mut self, who: &str, text: &str) -> Reply {
        self.last += 1;
        let chat = chat_of(who, text);
        let call = Inbound::Call(self.last, self.clock.now(), Call::Chat(chat));
        self.calls.send(call).unwrap();
        match self.answers.recv().unwrap() {
            (ticket, Answer::Say { result, .. }) if ticket == self.last => {
                result.unwrap_or_else(|no| panic!("{who}: {text}: {no}"))
            }
            other => panic!("{who}: {text}: {other:?}"),
        }
    }

    /// A fresh app-password for the forum.
    fn password(&mut self, who: &str) -> String {
        let reply = self.say(who, "app-password add forum");
        let field = reply.fields.iter().find(|(name, _)| *name == "password");
        match field {
            Some((_, Value::Text(text))) => text.clone(),
            _ => panic!("{reply:?}"),
        }
    }

    fn client(&self) -> Client {
        Client::of(self.server.as_ref().unwrap().address())
    }

    /// A client that is bound for the forum.
    fn bound(&self, who: &str, password: &str) -> Client {
        let mut client = self.client();
        assert_eq!(client.bind(&dn(who), password), Code::Success);
        client
    }
}

impl Drop for Club {
    fn drop(&mut self) {
        if let Some(server) = self.server.take() {
            server.close();
        }
        let _ = self.calls.send(Inbound::Stop);
        if let Some(writer) = self.writer.take() {
            let ended = writer.join();
            assert!(ended.is_ok() || std::thread::panicking());
        }
    }
}

fn chat_of(who: &str, text: &str) -> Chat {
    Chat {
        bare: format!("{who}@a.example"),
        full: format!("{who}@a.example/x"),
        place: Place::Contact,
        text: text.to_owned(),
        flaw: None,
        lag: None,
        id: None,
    }
}

fn dn(who: &str) -> String {
    format!("uid={who},ou=people,o=forum,dc=r,dc=example")
}

/// Whether somebody is in a group, as a web server asks.
fn is_in(client: &mut Client, who: &str, group: &str) -> Code {
    let op = LdapOp::CompareRequest(LdapCompareRequest {
        dn: format!("{group},ou=clans,o=forum,dc=r,dc=example"),
        atype: "member".to_owned(),
        val: dn(who).into_bytes(),
    });
    match client.one(op) {
        LdapOp::CompareResult(res) => res.code,
        other => panic!("{other:?}"),
    }
}

fn everything(client: &mut Client) -> (usize, Code) {
    let op = LdapOp::SearchRequest(LdapSearchRequest {
        base: "o=forum,dc=r,dc=example".to_owned(),
        scope: LdapSearchScope::Subtree,
        aliases: ldap3_proto::proto::LdapDerefAliases::Never,
        sizelimit: 0,
        timelimit: 0,
        typesonly: false,
        filter: ldap3_proto::proto::LdapFilter::Present("objectClass".to_owned()),
        attrs: Vec::new(),
    });
    let mut answers = client.ask(op, Vec::new());
    let Some(LdapOp::SearchResultDone(done)) = answers.pop().map(|last| last.op) else {
        panic!("a search without an end");
    };
    (answers.len(), done.code)
}

#[test]
fn what_changes_in_a_clan_shows_in_the_next_answer() {
    let mut club = Club::new();
    club.say("carol", "my");
    club.say("anna", "clan create wolves The Wolves");
    club.say("anna", "clan set wolves joining open");
    club.say("bob", "clan join wolves");
    let password = club.password("anna");
    let mut anna = club.bound("anna", &password);
    let (wolves, members) = ("cn=wolves", "cn=member,cn=wolves");
    // The base, two units, two people, the clan, and the roles owner and member; carol is in no clan.
    assert_eq!(everything(&mut anna), (8, Code::Success));
    assert_eq!(is_in(&mut anna, "bob", wolves), Code::CompareTrue);
    assert_eq!(is_in(&mut anna, "bob", members), Code::CompareTrue);
    assert_eq!(is_in(&mut anna, "carol", wolves), Code::CompareFalse);
    let may_pick = "cn=line-up,ou=may,cn=wolves";
    assert_eq!(is_in(&mut anna, "bob", may_pick), Code::CompareFalse);
    club.say("anna", "clan role wolves bob officer");
    assert_eq!(is_in(&mut anna, "bob", may_pick), Code::CompareTrue);
    assert_eq!(is_in(&mut anna, "bob", members), Code::NoSuchObject);
    assert_eq!(
        is_in(&mut anna, "bob", "cn=officer,cn=wolves"),
        Code::CompareTrue
    );
    club.say("anna", "clan kick wolves bob moved to the lions");
    assert_eq!(is_in(&mut anna, "bob", wolves), Code::CompareFalse);
    assert_eq!(everything(&mut anna), (6, Code::Success));
}

#[test]
fn a_password_that_is_revoked_and_a_person_who_is_banned_end_connections_that_are_open() {
    let mut club = Club::new();
    club.say("anna", "clan create wolves The Wolves");
    let (annas, bobs) = (club.password("anna"), club.password("bob"));
    let (mut anna, mut bob) = (club.bound("anna", &annas), club.bound("bob", &bobs));
    assert_eq!(everything(&mut anna).1, Code::Success);
    let used = format!("{:?}", club.say("anna", "app-password").words);
    assert!(used.contains("last used"), "{used}");
    club.say("anna", "app-password revoke forum");
    assert_eq!(everything(&mut anna), (0, Code::InsufficentAccessRights));
    assert_eq!(anna.whoami(), "");
    assert_eq!(anna.bind(&dn("anna"), &annas), Code::InvalidCredentials);
    assert_eq!(everything(&mut bob).1, Code::Success);
    club.say("admin", "admin ban bob@a.example insults");
    assert_eq!(everything(&mut bob), (0, Code::InsufficentAccessRights));
    assert_eq!(bob.bind(&dn("bob"), &bobs), Code::InvalidCredentials);
}

/// The refusal of what somebody says.
impl Club {
    fn refused(&mut self, who: &str, text: &str) -> String {
        self.last += 1;
        let chat = chat_of(who, text);
        let call = Inbound::Call(self.last, self.clock.now(), Call::Chat(chat));
        self.calls.send(call).unwrap();
        match self.answers.recv().unwrap() {
            (
                _,
                Answer::Say {
                    result: Err(no), ..
                },
            ) => no.code.into_owned(),
            other => panic!("{who}: {text}: {other:?}"),
        }
    }

    fn one(&self, client: &mut Client, uid: &str, attr: &str) -> Option<String> {
        let op = LdapOp::SearchRequest(LdapSearchRequest {
            base: "o=forum,dc=r,dc=example".to_owned(),
            scope: LdapSearchScope::Subtree,
            aliases: ldap3_proto::proto::LdapDerefAliases::Never,
            sizelimit: 0,
            timelimit: 0,
            typesonly: false,
            filter: LdapFilter::Equality("uid".to_owned(), uid.to_owned()),
            attrs: vec![attr.to_owned()],
        });
        let answers = client.ask(op, Vec::new());
        answers.into_iter().find_map(|answer| match answer.op {
            LdapOp::SearchResultEntry(entry) => {
                let value = entry
                    .attributes
                    .into_iter()
                    .next()?
                    .vals
                    .into_iter()
                    .next()?;
                Some(String::from_utf8(value).unwrap())
            }
            _ => None,
        })
    }
}

#[test]
fn nobody_logs_in_as_somebody_who_took_another_name_or_was_forgotten() {
    let mut club = Club::new();
    club.say("alice", "clan create wolves The Wolves");
    club.say("alice", "clan set wolves joining open");
    let hers = club.password("alice");
    let mut alice = club.bound("alice", &hers);
    let uuid = club.one(&mut alice, "alice", "entryUUID").unwrap();
    club.say("alice", "handle alicia");
    // The name stays hers, for good: a service was told of it. She is the same person under the other.
    assert_eq!(club.refused("mallory", "handle alice"), "handle/kept");
    assert_eq!(club.refused("mallory", "handle a1ice"), "handle/kept");
    let mut alicia = club.bound("alicia", &hers);
    assert_eq!(
        club.one(&mut alicia, "alicia", "entryUUID"),
        Some(uuid.clone())
    );
    club.say("alice", "clan disband wolves over yes");
    club.say("alice", "profile forget yes");
    club.clock.days(400);
    for name in ["alice", "alicia"] {
        let no = club.refused("mallory", &format!("handle {name}"));
        assert_eq!(no, "handle/kept", "{name}");
    }
    // Whoever has her address now may be another: after so long the name is nobody's.
    assert_eq!(club.refused("alice", "handle alicia"), "handle/kept");
}
