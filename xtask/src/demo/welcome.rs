//! The box that a person reads when everything runs.

use std::fmt;
use std::path::Path;

use super::services::Addresses;
use super::stores::Login;

pub struct Welcome<'a> {
    pub addresses: &'a Addresses,
    pub login: &'a Login,
    /// A picture of the window when there is no screen to see it on.
    pub picture: Option<&'a Path>,
}

impl fmt::Display for Welcome<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut lines = vec![
            "간편주문이 실행 중입니다 · Simple Order is running".to_owned(),
            String::new(),
            format!("채팅 (손님)   chat page   {}", self.addresses.chat),
            format!("서버          API         {}", self.addresses.api),
            String::new(),
            format!("매장          store       {}", self.login.store),
            format!("아이디        login       {}", self.login.id),
            format!("비밀번호      password    {}", self.login.password),
            String::new(),
        ];
        if let Some(picture) = self.picture {
            lines.push(
                "화면이 없어 창을 그림으로 남겼습니다 · No screen here; a picture of the window:".to_owned(),
            );
            lines.push(picture.display().to_string());
            lines.push(String::new());
        }
        lines.push(
            "브라우저에서 채팅을 열어 주문해 보세요 · Open the chat page in a browser and order".to_owned(),
        );
        lines.push("종료: Ctrl-C (데이터는 남습니다) · Ctrl-C stops it and keeps the data".to_owned());
        boxed(f, &lines)
    }
}

fn boxed(f: &mut fmt::Formatter<'_>, lines: &[String]) -> fmt::Result {
    let inner = lines.iter().map(|line| width(line)).max().unwrap_or(0);
    let bar = "─".repeat(inner + 2);
    writeln!(f, "┌{bar}┐")?;
    for line in lines {
        writeln!(f, "│ {line}{} │", " ".repeat(inner - width(line)))?;
    }
    writeln!(f, "└{bar}┘")
}

/// Columns in a terminal: Korean letters take two.
fn width(line: &str) -> usize {
    line.chars().map(|character| if is_wide(character) { 2 } else { 1 }).sum()
}

fn is_wide(character: char) -> bool {
    matches!(character, '\u{1100}'..='\u{115f}' | '\u{2e80}'..='\u{a4cf}' | '\u{ac00}'..='\u{d7a3}' | '\u{ff01}'..='\u{ff60}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_the_box_is_equally_wide() {
        let url = |port| format!("http://127.0.0.1:{port}");
        let addresses = Addresses { chat: url(9090), api: url(8080), chat_port: 9090, api_port: 8080 };
        let login =
            Login { store: "골목커피 홍대점".into(), id: "demo".into(), password: "secret".into() };
        let text = Welcome { addresses: &addresses, login: &login, picture: Some(Path::new("/a/b.png")) }
            .to_string();
        let widths: Vec<usize> = text.lines().map(width).collect();
        assert!(widths.iter().all(|one| *one == widths[0]), "{text}");
        for part in ["http://127.0.0.1:9090", "http://127.0.0.1:8080", "demo", "secret", "/a/b.png"] {
            assert!(text.contains(part), "{part}");
        }
    }
}
