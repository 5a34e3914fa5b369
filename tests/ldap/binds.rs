//! Who gets in, and how guessing ends.

use ldap3_proto::proto::{
    LdapBindCred, LdapBindRequest, LdapOp, LdapResultCode as Code, SaslCredentials,
};

use xmpp_referee::ldap::GUESSES_OF_SOURCE;

use crate::house::House;

const ANNA: &str = "uid=anna-k,ou=people,o=forum,dc=r";

#[test]
fn a_password_opens_its_own_service_alone() {
    let house = House::new();
    let mut client = house.client();
    assert_eq!(client.whoami(), "");
    assert_eq!(client.bind(ANNA, &house.anna_forum), Code::Success);
    assert_eq!(client.whoami(), "dn:uid=anna-k,ou=people,o=forum,dc=r");
    assert_eq!(
        client.bind("uid=anna-k,ou=people,dc=r", &house.anna_ldap),
        Code::Success
    );
    assert_eq!(client.whoami(), "dn:uid=anna-k,ou=people,dc=r");
    for (dn, password) in [
        (ANNA, &house.anna_ldap),
        ("uid=anna-k,ou=people,dc=r", &house.anna_forum),
        ("uid=anna-k,ou=people,o=ftp,dc=r", &house.anna_forum),
        ("uid=bob,ou=people,o=forum,dc=r", &house.anna_forum),
    ] {
        assert_eq!(client.bind(dn, password), Code::InvalidCredentials, "{dn}");
        // A bind that failed leaves nobody bound.
        assert_eq!(client.whoami(), "");
    }
    assert_eq!(
        *house.logins.lock().unwrap(),
        ["anna-k forum", "anna-k ldap"]
    );
    // Somebody who is in no clan has a password all the same; what that opens is the service's to say.
    assert_eq!(
        client.bind("uid=zoe,ou=people,o=forum,dc=r", &house.zoe_forum),
        Code::Success
    );
    // As people type it.
    let typed = format!(" {} ", house.anna_forum.to_uppercase());
    assert_eq!(client.bind(&ANNA.to_uppercase(), &typed), Code::Success);
}

#[test]
fn unknown_people_and_wrong_passwords_get_the_same_answer() {
    let house = House::new();
    let mut client = house.client();
    let wrong = client.bound(ANNA, "no");
    assert_eq!(wrong.code, Code::InvalidCredentials);
    for dn in [
        "uid=nobody-here,ou=people,o=forum,dc=r",
        "uid=anna-k,ou=people,o=unheard,dc=r",
        "cn=reader,o=forum,dc=r",
        "cn=reader,dc=r",
        "cn=wolves,ou=clans,o=forum,dc=r",
        "cn=admin,dc=elsewhere",
    ] {
        assert_eq!(client.bound(dn, "no"), wrong, "{dn}");
    }
}

#[test]
fn what_is_no_simple_bind_is_refused_by_name() {
    let house = House::new();
    let mut client = house.client();
    assert_eq!(client.bind("", ""), Code::Success);
    assert_eq!(client.whoami(), "");
    // RFC 4513, 5.1.2: programs would take it for a login.
    assert_eq!(client.bind(ANNA, ""), Code::UnwillingToPerform);
    assert_eq!(client.bind("", "no"), Code::InvalidCredentials);
    assert_eq!(client.bind("anna", "no"), Code::InvalidDNSyntax);
    let mut bind = |version, cred| {
        let dn = ANNA.to_owned();
        match client.one(LdapOp::BindRequest(LdapBindRequest { version, dn, cred })) {
            LdapOp::BindResponse(response) => response.res.code,
            other => panic!("{other:?}"),
        }
    };
    let simple = LdapBindCred::Simple(house.anna_forum.clone());
    assert_eq!(bind(2, simple), Code::ProtocolError);
    let sasl = LdapBindCred::SASL(SaslCredentials {
        mechanism: "PLAIN".to_owned(),
        credentials: Vec::new(),
    });
    assert_eq!(bind(3, sasl), Code::AuthMethodNotSupported);
}

#[test]
fn a_service_reads_with_its_own_password() {
    let house = House::new();
    let mut client = house.client();
    assert_eq!(
        client.bind("cn=reader,o=forum,dc=r", "reads-all"),
        Code::Success
    );
    assert_eq!(client.whoami(), "dn:cn=reader,o=forum,dc=r");
    assert_eq!(
        client.bind("cn=reader,dc=r", "reads-all"),
        Code::InvalidCredentials
    );
}

/// A password as ours are, that opens nothing.
fn guess(n: usize) -> String {
    let digits = b"abcdefghijkmnpqrstuvwxyz23456789";
    let digit = |at: usize| char::from(digits[n >> (5 * at) & 31]);
    let end: String = (0..5).map(digit).collect();
    format!("aaaaa-aaaaa-aaaaa-aaaaa-{end}")
}

#[test]
fn guessing_gets_slow_after_five_wrong_passwords_and_the_right_one_opens_all_the_same() {
    let house = House::new();
    let mut client = house.client();
    let unknown = "uid=nobody-here,ou=people,o=forum,dc=r";
    for dn in [ANNA, unknown] {
        for n in 0..5 {
            assert_eq!(client.bind(dn, &guess(n)), Code::InvalidCredentials);
        }
    }
    // An unknown name behaves like a known one.
    let slow = house.client().bound(ANNA, &guess(9));
    assert_eq!(slow.code, Code::Busy);
    assert!(slow.message.contains("Wait 61 seconds"), "{}", slow.message);
    assert_eq!(client.bound(unknown, &guess(9)), slow);
    // Nobody is kept out by what a stranger types for them, however long that goes on.
    assert_eq!(client.bind(ANNA, &house.anna_forum), Code::Success);
    house.wait(60);
    assert_eq!(client.bind(ANNA, &guess(1)), Code::InvalidCredentials);
}

#[test]
fn what_can_be_no_password_of_ours_is_wrong_and_counts_for_nothing() {
    let house = House::new();
    let mut client = house.client();
    for _ in 0..20 {
        assert_eq!(client.bind(ANNA, "hunter2"), Code::InvalidCredentials);
    }
    assert_eq!(client.bind(ANNA, &guess(1)), Code::InvalidCredentials);
}

#[test]
fn a_stranger_at_the_form_of_a_forum_shuts_out_neither_its_people_nor_the_forum() {
    let house = House::new();
    let mut client = house.client();
    for n in 0..GUESSES_OF_SOURCE as usize {
        let dn = format!("uid=stranger{n},ou=people,o=forum,dc=r");
        assert_eq!(client.bind(&dn, &guess(n)), Code::InvalidCredentials);
    }
    let next = client.bind("uid=stranger,ou=people,o=forum,dc=r", &guess(1));
    assert_eq!(next, Code::Busy);
    assert_eq!(
        client.bind("cn=reader,o=forum,dc=r", "reads-all"),
        Code::Success
    );
    assert_eq!(client.bind(ANNA, &house.anna_forum), Code::Success);
    // Whoever guesses the reader's password has five tries.
    for _ in 0..5 {
        assert_eq!(
            client.bind("cn=reader,o=forum,dc=r", "guess"),
            Code::InvalidCredentials
        );
    }
    assert_eq!(
        client.bind("cn=reader,o=forum,dc=r", "reads-all"),
        Code::Busy
    );
    house.wait(60);
    assert_eq!(
        client.bind("cn=reader,o=forum,dc=r", "reads-all"),
        Code::Success
    );
}
