//! The table for people.

use std::fmt::Write as _;

use crate::measure::{Limit, Measure, Unit};

const HEAD: [&str; 8] = ["row", "measure", "ours", "peer", "ratio", "floor", "goal", "holds?"];

/// One line per measure, columns aligned.
pub fn table(measures: &[(&'static str, Measure)]) -> String {
    let mut lines = vec![HEAD.map(str::to_owned)];
    lines.extend(measures.iter().map(|(row, measure)| line(row, measure)));
    let width = |column: usize| lines.iter().map(|line| line[column].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..HEAD.len()).map(width).collect();
    let mut text = String::new();
    for (number, cells) in lines.iter().enumerate() {
        for (cell, width) in cells.iter().zip(&widths) {
            let _ = write!(text, "| {cell:width$} ");
        }
        text.push_str("|\n");
        if number == 0 {
            for width in &widths {
                let _ = write!(text, "|{:-<1$}", "", width + 2);
            }
            text.push_str("|\n");
        }
    }
    text
}

fn line(row: &str, measure: &Measure) -> [String; HEAD.len()] {
    let peer = measure.peer.as_ref();
    [
        row.to_owned(),
        measure.name.clone(),
        shown(measure.ours, measure.unit),
        peer.map_or_else(String::new, |peer| format!("{}: {}", peer.name, shown(peer.theirs, measure.unit))),
        measure.ratio().map_or_else(String::new, |ratio| format!("{ratio:.2}×")),
        limit(measure.floor, measure.unit),
        limit(measure.goal, measure.unit),
        verdict(measure).to_owned(),
    ]
}

/// `FLOOR BROKEN`, `floor`, `goal`, or nothing when it is only told.
fn verdict(measure: &Measure) -> &'static str {
    match (measure.holds(measure.floor), measure.holds(measure.goal)) {
        (Some(false), _) => "FLOOR BROKEN",
        (_, Some(true)) => "goal",
        (Some(true), Some(false)) => "floor",
        (Some(true), None) => "yes",
        (None, Some(false)) => "not yet",
        (None, None) => "",
    }
}

fn limit(limit: Option<Limit>, unit: Unit) -> String {
    match limit {
        None => String::new(),
        Some(Limit::AtLeast(least)) => format!("≥ {}", shown(least, unit)),
        Some(Limit::AtMost(most)) => format!("≤ {}", shown(most, unit)),
        Some(Limit::RatioAtLeast(least)) => format!("≥ {least}×"),
        Some(Limit::RatioAtMost(most)) => format!("≤ {most}×"),
    }
}

/// `12.3 ms`, `4,200 /s`, `25 KB`.
pub fn shown(number: f64, unit: Unit) -> String {
    if !number.is_finite() {
        return "∞".to_owned();
    }
    match unit {
        Unit::Seconds if number < 1e-3 => format!("{:.0} µs", number * 1e6),
        Unit::Seconds if number < 1.0 => format!("{:.1} ms", number * 1e3),
        Unit::Seconds => format!("{number:.2} s"),
        Unit::PerSecond => format!("{} /s", grouped(number)),
        Unit::Bytes if number < 1_024.0 * 1_024.0 => format!("{:.1} KB", number / 1_024.0),
        Unit::Bytes => format!("{:.0} MB", number / (1_024.0 * 1_024.0)),
        Unit::Count => grouped(number),
    }
}

fn grouped(number: f64) -> String {
    let digits = format!("{:.0}", number);
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_for_people() {
        assert_eq!(shown(0.000_16, Unit::Seconds), "160 µs");
        assert_eq!(shown(0.0123, Unit::Seconds), "12.3 ms");
        assert_eq!(shown(1_234_567.0, Unit::Count), "1,234,567");
        assert_eq!(shown(900.0, Unit::PerSecond), "900 /s");
        assert_eq!(shown(f64::INFINITY, Unit::Seconds), "∞");
    }

    #[test]
    fn a_broken_floor_is_seen() {
        let measure = Measure::new("p99", Unit::Seconds, &[0.3]).floor(Limit::AtMost(0.25));
        assert!(table(&[("row", measure)]).contains("FLOOR BROKEN"));
    }
}
