//! Calls `medlab::cmd::run` and exits with its code.

fn main() -> std::process::ExitCode {
    medlab::cmd::run()
}
