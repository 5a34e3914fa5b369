//! Who gets in, and how guessing ends.

use ldap3_proto::proto::{
    LdapBindCred, LdapBindRequest, LdapOp, LdapResultCode as Code, SaslCredentials,
};

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

#[test]
fn guessing_ends_after_five_wrong_passwords_and_begins_again_after_a_minute() {
    let house = House::new();
    let mut client = house.client();
    let unknown = "uid=nobody-here,ou=people,o=forum,dc=r";
    for dn in [ANNA, unknown] {
        for _ in 0..5 {
            assert_eq!(client.bind(dn, "guess"), Code::InvalidCredentials);
        }
    }
    // Not even the right one is tried now, on no connection; and an unknown name behaves like a known one.
    let locked = house.client().bound(ANNA, &house.anna_forum);
    assert_eq!(locked.code, Code::Busy);
    assert!(
        locked.message.contains("Wait 61 seconds"),
        "{}",
        locked.message
    );
    assert_eq!(client.bound(unknown, "guess"), locked);
    // Her other services go on.
    assert_eq!(
        client.bind("uid=anna-k,ou=people,dc=r", &house.anna_ldap),
        Code::Success
    );
    house.wait(59);
    assert_eq!(client.bind(ANNA, &house.anna_forum), Code::Busy);
    house.wait(1);
    assert_eq!(client.bind(ANNA, &house.anna_forum), Code::Success);
}
