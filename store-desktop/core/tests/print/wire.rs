//! The way to the printer, alone.

use std::time::{Duration, Instant};

use store_desktop_core::print::transport::{Broken, Wire};
use store_desktop_core::print::{PrintCode, Transport};

use super::fake_printer::{FakePrinter, Mood};

const TICKET: &[u8] = b"\x1b@hello\n\x1dVB\x00";

fn tcp(printer: &FakePrinter) -> Transport {
    Transport::Tcp { address: printer.address.clone() }
}

#[tokio::test]
async fn a_printer_that_answers_confirms_what_it_printed() {
    let printer = FakePrinter::start(Mood::Well).await;
    let mut wire = Wire::open(&tcp(&printer)).await.unwrap();
    let health = wire.look().await.unwrap();
    assert!(health.answers && health.problem.is_none());
    assert!(wire.send(TICKET, true, true).await.unwrap().confirmed);
    assert_eq!(printer.tickets(), vec![TICKET.to_vec()]);
}

#[tokio::test]
async fn a_printer_that_says_nothing_is_believed() {
    let printer = FakePrinter::start(Mood::Mute).await;
    let mut wire = Wire::open(&tcp(&printer)).await.unwrap();
    assert!(!wire.look().await.unwrap().answers);
    assert!(!wire.send(TICKET, false, false).await.unwrap().confirmed);
    assert_eq!(printer.whole(), 1);
}

#[tokio::test]
async fn no_paper_is_told_before_a_byte_leaves() {
    let printer = FakePrinter::start(Mood::NoPaper).await;
    let mut wire = Wire::open(&tcp(&printer)).await.unwrap();
    assert_eq!(wire.look().await.unwrap().problem, Some(PrintCode::PaperOut));
    assert!(printer.tickets().is_empty());
}

#[tokio::test]
async fn a_printer_that_dies_in_the_middle_leaves_doubt() {
    for mood in [Mood::DiesAfter(4), Mood::StallsAfter(4), Mood::EmptiesAfter(4)] {
        let printer = FakePrinter::start(mood).await;
        let mut wire = Wire::open(&tcp(&printer)).await.unwrap();
        assert!(wire.look().await.unwrap().answers);
        let began = Instant::now();
        let broken = wire.send(TICKET, true, true).await.unwrap_err();
        assert!(broken.begun, "{mood:?}");
        assert!(began.elapsed() < Duration::from_secs(15), "{mood:?} took {:?}", began.elapsed());
        if mood == Mood::EmptiesAfter(4) {
            assert_eq!(broken, Broken { begun: true, code: PrintCode::PaperOut });
        }
    }
}

#[tokio::test]
async fn nobody_there_is_known_soon() {
    let printer = FakePrinter::start(Mood::Well).await;
    printer.stop().await;
    let began = Instant::now();
    assert_eq!(Wire::open(&tcp(&printer)).await.err(), Some(PrintCode::PrinterUnreachable));
    let gone = Transport::Device { path: "/dev/there-is-no-printer".to_owned() };
    assert_eq!(Wire::open(&gone).await.err(), Some(PrintCode::PrinterUnreachable));
    assert!(began.elapsed() < Duration::from_secs(4));
}

#[tokio::test]
async fn a_file_gets_the_bytes_and_gives_no_answers() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("lp0");
    std::fs::write(&path, b"\x12\x12\x12").unwrap();
    let device = Transport::Device { path: path.display().to_string() };
    let mut wire = Wire::open(&device).await.unwrap();
    // What lies in the file already is no answer.
    assert!(!wire.look().await.unwrap().answers);
    wire.send(TICKET, false, false).await.unwrap();
    assert!(std::fs::read(&path).unwrap().ends_with(TICKET));
}

#[cfg(unix)]
#[tokio::test]
async fn a_device_that_takes_nothing_does_not_hold_us_for_ever() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("lp0");
    let made = std::process::Command::new("mkfifo").arg(&path).status().unwrap();
    assert!(made.success());
    // Opened for reading and writing, so that somebody is there, who never reads.
    let _reader = std::fs::OpenOptions::new().read(true).write(true).open(&path).unwrap();
    let mut wire = Wire::open(&Transport::Device { path: path.display().to_string() }).await.unwrap();
    let began = Instant::now();
    let broken = wire.send(&vec![b'x'; 1 << 20], false, false).await.unwrap_err();
    assert!(broken.begun && broken.code == PrintCode::PrinterStalled);
    assert!(began.elapsed() < Duration::from_secs(14), "{:?}", began.elapsed());
}
