//! The program: parses arguments, reads the configuration and wires the crates together.

#![deny(clippy::print_stdout, clippy::print_stderr)]

mod bus_clients;
mod cli;
mod command;
mod config;
mod engines;
mod exit;
mod library;
mod log;
mod output;
mod paths;
mod services;
mod telemetry;

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    let cli = cli::Cli::parse();
    log::report_panics_without_data();
    mynah_http_client::tls::prepare();
    match command::run(cli) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => exit::report(&error),
    }
}
