//! A pgbench script that does for order `:n` at store `:s` what was recorded for one order.

use std::fmt::Write as _;

use anyhow::Result;
use uuid::Uuid;

use super::Recorded;
use super::capture::{NUMBER, SEQ, Statement};

/// Numbers this near to the recorded store's last event stand for a place in its log.
const NEAR: i64 = 10;

pub struct Script {
    pub text: String,
    pub statements: usize,
    pub transactions: usize,
}

pub fn script(recorded: &Recorded) -> Result<Script> {
    let mut text = String::from(
        "-- Made from the statements of one saga. :first and :per_client choose the orders, :stores how many stores they go to.\n\
         \\set i :i + 1\n\
         \\set n :first + :client_id * :per_client + :i - 1\n\
         \\set s 1 + :n % :stores\n\
         \\set q 1 + :n / :stores\n",
    );
    let (mut statements, mut transactions) = (0, 0);
    for unit in &recorded.statements {
        transactions += 1;
        if unit.in_transaction {
            text.push_str("begin;\n");
        }
        for statement in &unit.statements {
            statements += 1;
            let _ = writeln!(text, "{};", filled(statement, recorded));
        }
        if unit.in_transaction {
            text.push_str("commit;\n");
        }
    }
    Ok(Script { text, statements, transactions })
}

/// The statement with an expression for each parameter.
fn filled(statement: &Statement, recorded: &Recorded) -> String {
    let mut text = String::new();
    let mut rest = statement.text.as_str();
    while let Some((before, after)) = rest.split_once('$') {
        text.push_str(before);
        let digits = after.len() - after.trim_start_matches(|digit: char| digit.is_ascii_digit()).len();
        let at = after[..digits].parse::<usize>().ok().and_then(|at| at.checked_sub(1));
        match at.and_then(|at| statement.parameters.get(at)) {
            Some(value) => text.push_str(&expression(value.as_deref(), recorded)),
            None => {
                text.push('$');
                text.push_str(&after[..digits]);
            }
        }
        rest = &after[digits..];
    }
    text.push_str(rest);
    text
}

fn expression(value: Option<&str>, recorded: &Recorded) -> String {
    let Some(value) = value else { return "null".to_owned() };
    if let Some(inner) = value.strip_prefix('{').and_then(|rest| rest.strip_suffix('}'))
        && inner.split(',').any(|one| id(one).is_some() || near(one).is_some())
    {
        let one = |(nth, one): (usize, &str)| match id(one) {
            // Fresh ids of one list are not each other's.
            Some(fresh)
                if nth > 0 && ![recorded.store, recorded.order, recorded.attempt].contains(&fresh) =>
            {
                format!("lpad('{nth}' || lpad(:n, 24, '0'), 32, '0')::uuid")
            }
            Some(_) | None => expression(Some(one), recorded),
        };
        let elements: Vec<String> = inner.split(',').enumerate().map(one).collect();
        return format!("array[{}]", elements.join(", "));
    }
    if let Some(id) = id(value) {
        // A fresh id is as good as the order's own: it is unique in its table.
        let number = if id == recorded.store { "s" } else { "n" };
        return format!("lpad(:{number}, 32, '0')::uuid");
    }
    if value.strip_prefix("\\x") == Some(recorded.token_hash.as_str()) {
        return "decode(lpad(:n, 64, '0'), 'hex')".to_owned();
    }
    match (near(value), value.parse::<i64>()) {
        (Some(after), _) => format!("(:q + ({}))", after - 1),
        (None, Ok(NUMBER)) => ":q".to_owned(),
        (None, Ok(_) | Err(_)) => literal(value),
    }
}

fn id(value: &str) -> Option<Uuid> {
    Uuid::parse_str(value).ok().filter(|_| value.len() == 36)
}

/// How far after the recorded store's marked event this stands, if it is a place in its log.
fn near(value: &str) -> Option<i64> {
    value.parse::<i64>().ok().map(|seq| seq - SEQ).filter(|after| after.abs() <= NEAR)
}

/// pgbench takes a colon for the beginning of a variable, in quotes too.
fn literal(value: &str) -> String {
    let quoted = value.replace('\'', "''");
    if value.contains(':') {
        format!("U&'{}'", quoted.replace('\\', "\\\\").replace(':', "\\003A"))
    } else {
        format!("'{quoted}'")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shop::number;

    fn recorded() -> Recorded {
        Recorded {
            statements: Vec::new(),
            store: number(5),
            order: number(7),
            attempt: number(8),
            token_hash: "ab".repeat(32),
        }
    }

    #[test]
    fn ids_of_a_list_differ_as_they_did() {
        let list = format!("{{{},{},{}}}", number(21), number(22), number(7));
        assert_eq!(
            expression(Some(&list), &recorded()),
            "array[lpad(:n, 32, '0')::uuid, lpad('1' || lpad(:n, 24, '0'), 32, '0')::uuid, lpad(:n, 32, '0')::uuid]"
        );
        assert_eq!(expression(Some("{7770000,7770002}"), &recorded()), "array[(:q + (-1)), (:q + (1))]");
        assert_eq!(expression(Some("{a,b}"), &recorded()), "'{a,b}'");
    }

    #[test]
    fn known_values_become_the_next_orders_and_others_stay() {
        let parameter = |text: &str| Some(text.to_owned());
        let statement = Statement {
            text: "update t set a = $1, b = $2, c = $11 where s = $3 and x = $4".to_owned(),
            parameters: vec![
                parameter("12:30"),
                None,
                parameter(&number(5).to_string()),
                parameter("7770001"),
                None,
                None,
                None,
                None,
                None,
                None,
                parameter("it's"),
            ],
        };
        assert_eq!(
            filled(&statement, &recorded()),
            "update t set a = U&'12\\003A30', b = null, c = 'it''s' where s = lpad(:s, 32, '0')::uuid and x = (:q + (0))"
        );
    }
}
