//! The process `referee`; what it can do is in [`xmpp_referee::cli`].

use std::process::ExitCode;

fn main() -> ExitCode {
    xmpp_referee::cli::line::run()
}
