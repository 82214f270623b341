//! The server's address as a person types it.

use reqwest::Url;

use crate::HostError;

/// Why an address is not used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AddressProblem {
    NotAnAddress,
    /// A password and the orders would travel in the clear to another computer.
    NotEncrypted,
}

/// Reads `https://…`, or `http://` to this computer itself.
pub fn read_address(text: &str) -> Result<Url, AddressProblem> {
    let mut url = Url::parse(text.trim()).map_err(|_| AddressProblem::NotAnAddress)?;
    let host = url.host_str().ok_or(AddressProblem::NotAnAddress)?;
    let here = host == "localhost" || host == "[::1]" || host.starts_with("127.");
    match url.scheme() {
        "https" => {}
        "http" if here => {}
        "http" => return Err(AddressProblem::NotEncrypted),
        _ => return Err(AddressProblem::NotAnAddress),
    }
    // `join` would replace the last segment of a path without a slash at its end.
    if !url.path().ends_with('/') {
        url.set_path(&format!("{}/", url.path()));
    }
    Ok(url)
}

impl From<AddressProblem> for HostError {
    fn from(problem: AddressProblem) -> Self {
        match problem {
            AddressProblem::NotAnAddress => Self::server_url_invalid(),
            AddressProblem::NotEncrypted => Self::server_url_insecure(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_encrypted_addresses_and_this_computer() {
        for (text, kept) in [
            ("https://order.example.com", "https://order.example.com/"),
            (" http://127.0.0.1:8080 ", "http://127.0.0.1:8080/"),
            ("http://localhost:8080/api", "http://localhost:8080/api/"),
            ("http://[::1]:8080", "http://[::1]:8080/"),
        ] {
            assert_eq!(read_address(text).unwrap().as_str(), kept);
        }
        assert_eq!(read_address("http://order.example.com"), Err(AddressProblem::NotEncrypted));
        for text in ["", "order", "ftp://127.0.0.1", "localhost:8080"] {
            assert_eq!(read_address(text), Err(AddressProblem::NotAnAddress), "{text}");
        }
    }
}
