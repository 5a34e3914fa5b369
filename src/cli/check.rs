//! `referee check`: what the server does not give us, and the line that mends it.

use std::net::ToSocketAddrs;

use super::config::Config;
use super::serve::{ServeError, edge};
use crate::commands::Regulars;
use crate::engine::budget::Space;
use crate::store::DataFolder;
use crate::xmpp::check::{Finding, check as try_everything};

/// The port on which servers talk to each other.
const FEDERATION_PORT: u16 = 5269;

/// Tries everything the referee needs, prints how it went, and says whether all went well.
///
/// # Errors
/// A referee is running on the same data (two connections would take each other's stanzas), or the system gave no
/// runtime.
pub fn check(config: Config) -> Result<bool, ServeError> {
    // Where there is no data yet nobody can be running on it, and a look leaves nothing behind.
    let _alone = match config.store.exists() {
        true => Some(DataFolder::lock(&config.store)?),
        false => None,
    };
    let space = DataFolder::space(&config.store);
    let domain = config.domain.clone();
    let nobody = config.admins.is_empty();
    let config = edge(config, Regulars::default());
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let found = runtime.block_on(try_everything(config.link, config.muc, config.pubsub));
    found
        .iter()
        .for_each(|finding| println!("{}", line(finding)));
    println!("{}", federation(&domain));
    if let Some(low) = space.and_then(low_space) {
        println!("{low}");
    }
    if nobody {
        println!(
            "note  [admins] names nobody: nobody can ban, rule or announce. Put your own address there: jids = [\"you@…\"]"
        );
    }
    Ok(found.iter().all(|finding| finding.fault.is_none()))
}

fn line(finding: &Finding) -> String {
    match &finding.fault {
        None => format!("good  {}", finding.what),
        Some((why, mend)) => format!("BAD   could not {}: {why}\n      {mend}", finding.what),
    }
}

/// Nothing new begins on a disk that is nearly full; that mends itself when there is room, so it is only said.
fn low_space(space: Space) -> Option<String> {
    space.is_low(false).then(|| {
        format!(
            "note  the disk of the data folder is nearly full ({} MiB free): matches that run go on, nothing new begins\n      \
             until {} MiB are free",
            space.free >> 20,
            space.kept() >> 20
        )
    })
}

/// Players of other servers find us by DNS. That is no fault of this server, so it is only said.
fn federation(domain: &str) -> String {
    if domain == "localhost" || domain.ends_with(".localhost") {
        return "note  nobody outside this machine can reach a domain under localhost".to_owned();
    }
    match (domain, FEDERATION_PORT).to_socket_addrs() {
        Ok(_) => format!(
            "note  {domain} has an address; people of other servers also need a certificate of this server that names {domain}"
        ),
        Err(_) => format!(
            "note  {domain} has no address in DNS: people of other servers reach it only with a record such as\n      \
             _xmpp-server._tcp.{domain}. IN SRV 0 5 {FEDERATION_PORT} <this server>.\n      \
             and a certificate of this server that names {domain}"
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_disk_that_is_nearly_full_is_said_and_another_is_not() {
        let space = |free: u64| Space {
            free: free << 20,
            total: 1 << 40,
        };
        assert!(low_space(space(100)).is_some_and(|line| line.contains("100 MiB free")));
        assert_eq!(low_space(space(1000)), None);
    }
}
