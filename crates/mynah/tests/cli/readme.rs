//! Every command in the README is run here, or marked there with the reason why not.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use crate::support::{Home, forget_settings};

const README: &str = include_str!("../../../../README.md");
const MARK: &str = "<!-- not tested here: ";

#[test]
fn every_command_in_the_readme_works() {
    let home = Home::new();
    let mut server = None;
    for block in blocks() {
        if block.trim() == "mynah serve" {
            server = Some(ReadmeServer::start(&home));
            continue;
        }
        let block = match &server {
            Some(ReadmeServer { port, .. }) => {
                block.replace("127.0.0.1:8080", &format!("127.0.0.1:{port}"))
            }
            None => block,
        };
        let run = shell(&home)
            .args(["-euo", "pipefail", "-c", &block])
            .output()
            .expect("bash runs");
        assert!(
            run.status.success(),
            "{block}\n{}",
            String::from_utf8_lossy(&run.stderr)
        );
    }
    assert!(server.is_some(), "the README says how to serve");
}

/// The shell blocks that are not marked.
fn blocks() -> Vec<String> {
    let mut found = Vec::new();
    let mut lines = README.lines();
    let mut marked = false;
    while let Some(line) = lines.next() {
        if line == "```sh" {
            let block: Vec<_> = lines.by_ref().take_while(|line| *line != "```").collect();
            if !marked {
                found.push(block.join("\n"));
            }
        }
        marked = line.starts_with(MARK);
    }
    found
}

/// A shell that finds the program and lives in this home.
fn shell(home: &Home) -> Command {
    let program = std::path::Path::new(env!("CARGO_BIN_EXE_mynah"));
    let mut path =
        std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default()).collect::<Vec<_>>();
    path.insert(0, program.parent().expect("a folder").to_owned());
    let mut bash = Command::new("bash");
    forget_settings(&mut bash);
    bash.current_dir(home.path())
        .env("HOME", home.path())
        .env("PATH", std::env::join_paths(path).expect("a path"));
    bash
}

struct ReadmeServer {
    child: Child,
    port: u16,
}

impl ReadmeServer {
    fn start(home: &Home) -> Self {
        let mut child = home
            .command(&["serve", "--listen", "127.0.0.1:0"])
            .stdout(Stdio::piped())
            .spawn()
            .expect("the program runs");
        let port = BufReader::new(child.stdout.take().expect("a pipe"))
            .lines()
            .find_map(|line| {
                let line = line.expect("text");
                line.strip_prefix("listening on http://127.0.0.1:")?
                    .parse()
                    .ok()
            })
            .expect("the server says where it listens");
        Self { child, port }
    }
}

impl Drop for ReadmeServer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
