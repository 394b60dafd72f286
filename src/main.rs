//! The program: parses the command line, runs one command, prints one error chain, chooses the exit code.
//!
//! Exit codes are an interface: 0 done · 1 runtime error · 2 usage · 3 settings · 4 topics or rights missing · 5 some
//! inputs failed · 6 fenced: another live worker uses our identity, do not restart blindly.

mod cli;

use std::io::Write;

use clap::Parser;

fn main() {
    let code = match cli::run(&cli::Cli::parse()) {
        Ok(code) => code,
        Err(error) => {
            let code = cli::exit_code(&error);
            // Nothing can be said any more when stderr is gone.
            writeln!(std::io::stderr(), "dateline: {error:#}").ok();
            code
        }
    };
    std::process::exit(i32::from(code));
}
