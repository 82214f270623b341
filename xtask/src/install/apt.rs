//! Debian and Ubuntu.

use std::fs;
use std::process::Command;

use anyhow::{Result, bail};
use nix::unistd::Uid;

use super::Requirement;
use crate::process;

/// apt waits this long for another apt, in seconds.
const LOCK_WAIT: &str = "DPkg::Lock::Timeout=300";

pub fn is_here() -> bool {
    process::on_path("apt-get").is_some()
}

pub fn packages(missing: &[Requirement]) -> Vec<&'static str> {
    let ubuntu = fs::read_to_string("/etc/os-release").is_ok_and(|text| is_ubuntu(&text));
    missing.iter().flat_map(|one| if ubuntu { one.ubuntu } else { one.debian }).copied().collect()
}

fn is_ubuntu(os_release: &str) -> bool {
    os_release.lines().any(|line| line == "ID=ubuntu" || line == "ID=\"ubuntu\"")
}

/// For a person to type.
pub fn as_typed(packages: &[&str]) -> String {
    let sudo = if Uid::effective().is_root() { "" } else { "sudo " };
    format!("{sudo}apt-get install --no-install-recommends {}", packages.join(" "))
}

pub fn install(packages: &[&str]) -> Result<()> {
    // An unreachable extra repository must not stop us; what is really missing shows at the installation.
    if !apt(&["update"])? {
        println!("`apt-get update` reported problems; trying with the lists that are there");
    }
    let mut arguments = vec!["install", "--yes", "--no-install-recommends", "-o", LOCK_WAIT];
    arguments.extend(packages);
    if apt(&arguments)? {
        return Ok(());
    }
    bail!("apt could not install everything (its reason is above). By hand: {}", as_typed(packages))
}

/// With our terminal, because sudo may ask for a password.
fn apt(arguments: &[&str]) -> Result<bool> {
    let mut command = if Uid::effective().is_root() {
        Command::new("env")
    } else if process::on_path("sudo").is_some() {
        let mut sudo = Command::new("sudo");
        if std::env::var_os("CI").is_some() {
            sudo.arg("--non-interactive");
        }
        sudo.arg("env");
        sudo
    } else {
        bail!(
            "installing packages needs root, and there is no sudo here; run this as root: apt-get {}",
            arguments.join(" ")
        );
    };
    command.args(["DEBIAN_FRONTEND=noninteractive", "apt-get"]).args(arguments);
    println!("$ {}", process::describe(&command));
    process::die_with_us(&mut command, nix::sys::signal::Signal::SIGTERM);
    Ok(command.status()?.success())
}

#[cfg(test)]
mod tests {
    use super::is_ubuntu;

    #[test]
    fn ubuntu_is_told_from_debian() {
        assert!(is_ubuntu("NAME=\"Ubuntu\"\nID=ubuntu\nID_LIKE=debian\n"));
        assert!(!is_ubuntu("NAME=\"Debian GNU/Linux\"\nID=debian\n"));
    }
}
