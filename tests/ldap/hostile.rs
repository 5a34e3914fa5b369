//! What the port survives.

use std::io::Write;
use std::time::{Duration, Instant};

use ldap3_proto::control::LdapControl;
use ldap3_proto::proto::*;
use proptest::prelude::*;
use xmpp_referee::ldap::{MAX_CONNECTIONS, MAX_MESSAGE_BYTES};

use crate::house::{Client, House};

/// The notice before a connection is closed, if there is one.
fn last_words(client: &mut Client) -> Option<LdapResultCode> {
    match client.next()?.op {
        LdapOp::ExtendedResponse(response) => Some(response.res.code),
        other => panic!("{other:?}"),
    }
}

/// Whether a new connection is served before long.
fn there_is_room(house: &House) -> bool {
    let deadline = Instant::now() + Duration::from_secs(60);
    while Instant::now() < deadline {
        let mut client = house.client();
        let asked = client.send_whoami();
        if client.next().is_some_and(|answer| answer.msgid == asked) {
            return true;
        }
    }
    false
}

#[test]
fn bytes_that_cannot_be_read_end_their_own_connection_alone() {
    let house = House::new();
    let mut anna = house.anna();
    // A whole message that is none, one too long, one too deep, and something quite different.
    let long = [
        &[0x30, 0x84, 0x7f, 0xff, 0xff, 0xff][..],
        &[0; 3 * MAX_MESSAGE_BYTES],
    ]
    .concat();
    let mut deep = vec![0x04, 0x00];
    for _ in 0..200 {
        let mut next = vec![0x30];
        match deep.len() {
            length @ 0..128 => next.push(length as u8),
            length => next.extend([0x82, (length >> 8) as u8, length as u8]),
        }
        next.extend(&deep);
        deep = next;
    }
    for bytes in [
        &[0x30, 0x03, 0x02, 0x01, 0x01][..],
        &[0x30, 0x00],
        &long,
        &deep,
        b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
    ] {
        let mut client = house.client();
        // The server may have closed before all of it is sent.
        let _ = client.stream.write_all(bytes);
        let _ = client.stream.shutdown(std::net::Shutdown::Write);
        let told = last_words(&mut client);
        assert!(
            matches!(told, None | Some(LdapResultCode::ProtocolError)),
            "{told:?}"
        );
        assert_eq!(client.next(), None);
    }
    assert!(anna.whoami().starts_with("dn:"));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]
    #[test]
    fn no_bytes_harm_the_server(noise in proptest::collection::vec(any::<u8>(), 0..300), framed: bool) {
        static HOUSE: std::sync::LazyLock<House> = std::sync::LazyLock::new(House::new);
        let mut client = HOUSE.client();
        let mut bytes = noise;
        if framed {
            // A message that looks right from outside.
            let mut inner = vec![0x02, 0x01, 0x01];
            inner.append(&mut bytes);
            bytes = vec![0x30, 0x82, (inner.len() >> 8) as u8, inner.len() as u8];
            bytes.append(&mut inner);
        }
        let _ = client.stream.write_all(&bytes);
        let _ = client.stream.shutdown(std::net::Shutdown::Write);
        // Whatever it answers, it comes to an end.
        while client.next().is_some() {}
        prop_assert_eq!(HOUSE.client().whoami(), "");
    }
}

#[test]
fn writes_and_strange_requests_are_refused_by_name() {
    let house = House::new();
    let mut client = house.anna();
    let dn = || "uid=anna-k,ou=people,o=forum,dc=r".to_owned();
    let modify = LdapOp::ModifyRequest(LdapModifyRequest {
        dn: dn(),
        changes: Vec::new(),
    });
    let add = LdapOp::AddRequest(LdapAddRequest {
        dn: dn(),
        attributes: Vec::new(),
    });
    let rename = LdapOp::ModifyDNRequest(LdapModifyDNRequest {
        dn: dn(),
        newrdn: "uid=b".to_owned(),
        deleteoldrdn: true,
        new_superior: None,
    });
    let unwilling = LdapResultCode::UnwillingToPerform;
    for op in [modify, add, rename, LdapOp::DelRequest(dn())] {
        let code = match client.one(op) {
            LdapOp::ModifyResponse(res)
            | LdapOp::AddResponse(res)
            | LdapOp::DelResponse(res)
            | LdapOp::ModifyDNResponse(res) => res.code,
            other => panic!("{other:?}"),
        };
        assert_eq!(code, unwilling);
    }
    let tls = LdapOp::ExtendedRequest(LdapExtendedRequest {
        name: "1.3.6.1.4.1.1466.20037".to_owned(),
        value: None,
    });
    assert!(matches!(
        client.one(tls),
        LdapOp::ExtendedResponse(response) if response.res.code == LdapResultCode::ProtocolError
    ));
    let unheard = LdapControl::Unknown {
        oid: "1.2.3".to_owned(),
        criticality: true,
        value: None,
    };
    let compare = LdapOp::CompareRequest(LdapCompareRequest {
        dn: dn(),
        atype: "uid".to_owned(),
        val: b"anna-k".to_vec(),
    });
    let answer = client.ask(compare, vec![unheard]).remove(0).op;
    assert!(matches!(
        answer,
        LdapOp::CompareResult(res) if res.code == LdapResultCode::UnavailableCriticalExtension
    ));
    // To give up something gets no answer; what is no request ends the connection.
    client.send(LdapOp::AbandonRequest(1), Vec::new());
    assert!(client.whoami().starts_with("dn:"));
    let done = LdapResult {
        code: LdapResultCode::Success,
        matcheddn: String::new(),
        message: String::new(),
        referral: Vec::new(),
    };
    client.send(LdapOp::SearchResultDone(done), Vec::new());
    assert_eq!(last_words(&mut client), Some(LdapResultCode::ProtocolError));
    assert_eq!(client.next(), None);
    let mut leaving = house.anna();
    leaving.send(LdapOp::UnbindRequest, Vec::new());
    assert_eq!(leaving.next(), None);
}

#[test]
fn a_long_filter_is_refused_and_the_connection_goes_on() {
    let house = House::new();
    let mut client = house.anna();
    let search = |filter| {
        LdapOp::SearchRequest(LdapSearchRequest {
            base: "o=forum,dc=r".to_owned(),
            scope: LdapSearchScope::Subtree,
            aliases: LdapDerefAliases::Never,
            sizelimit: 0,
            timelimit: 0,
            typesonly: false,
            filter,
            attrs: Vec::new(),
        })
    };
    let many = (0..100)
        .map(|_| LdapFilter::Present("cn".to_owned()))
        .collect();
    assert!(matches!(
        client.one(search(LdapFilter::Or(many))),
        LdapOp::SearchResultDone(res) if res.code == LdapResultCode::AdminLimitExceeded
    ));
    assert!(client.whoami().starts_with("dn:"));
}

#[test]
fn whoever_does_not_bind_has_to_go_and_makes_room() {
    let house = House::with_idle(Duration::from_millis(300));
    let mut held: Vec<Client> = (0..MAX_CONNECTIONS).map(|_| house.client()).collect();
    let mut ends = held.iter_mut().map(last_words);
    let told = |end: Option<LdapResultCode>| {
        matches!(
            end,
            None | Some(LdapResultCode::Unavailable | LdapResultCode::Busy)
        )
    };
    assert!(ends.all(told));
    assert!(there_is_room(&house));
}

#[test]
fn silent_connections_make_room_for_whoever_binds() {
    let house = House::new();
    let mut bound = house.anna();
    let held: Vec<Client> = (0..2 * MAX_CONNECTIONS).map(|_| house.client()).collect();
    // Newer ones in their crowd are there still, so nobody has left of themselves.
    let mut anna = house.anna();
    assert!(anna.whoami().starts_with("dn:") && bound.whoami().starts_with("dn:"));
    drop(held);
}

#[test]
fn one_connection_too_many_is_told_to_come_later() {
    let house = House::new();
    let mut held: Vec<Client> = (0..MAX_CONNECTIONS).map(|_| house.anna()).collect();
    assert!(
        held.iter_mut()
            .all(|client| client.whoami().starts_with("dn:"))
    );
    assert_eq!(last_words(&mut house.client()), Some(LdapResultCode::Busy));
    drop(held.pop());
    assert!(there_is_room(&house));
}
