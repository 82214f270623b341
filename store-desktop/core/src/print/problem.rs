//! Why something is not on paper: stable codes, with a sentence that says what to do next.

use serde::{Deserialize, Serialize};

macro_rules! print_codes {
    ($($(#[$doc:meta])* $name:ident = $text:literal, $ko:literal, $en:literal;)+) => {
        /// What a person should know about a printer or a ticket.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
        #[serde(rename_all = "snake_case")]
        pub enum PrintCode {
            $($(#[$doc])* $name,)+
        }

        impl PrintCode {
            /// Every code.
            pub const ALL: &'static [Self] = &[$(Self::$name,)+];

            /// The stable name.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text,)+ }
            }

            pub fn korean(self) -> &'static str {
                match self { $(Self::$name => $ko,)+ }
            }

            pub fn english(self) -> &'static str {
                match self { $(Self::$name => $en,)+ }
            }
        }
    };
}

print_codes! {
    /// Nobody answers at its address, or its device is not there.
    PrinterUnreachable = "printer_unreachable", "프린터에 연결할 수 없어요. 전원과 케이블, 주소를 확인해 주세요.", "The printer cannot be reached. Check its power, cable and address.";
    /// It answered before and does not now.
    PrinterSilent = "printer_silent", "프린터가 대답하지 않아요. 껐다가 켜 주세요.", "The printer does not answer. Switch it off and on.";
    PaperOut = "paper_out", "용지가 없어요. 새 용지를 넣어 주세요.", "The printer is out of paper. Put in a new roll.";
    PaperLow = "paper_low", "용지가 얼마 남지 않았어요. 새 용지를 준비해 주세요.", "The paper is nearly used up. Have a new roll ready.";
    CoverOpen = "cover_open", "프린터 덮개가 열려 있어요. 닫아 주세요.", "The printer's cover is open. Close it.";
    PrinterOffline = "printer_offline", "프린터가 쉬고 있어요. 프린터의 온라인 버튼을 눌러 주세요.", "The printer is offline. Press its online button.";
    PrinterBroken = "printer_broken", "프린터에 오류가 생겼어요. 종이 걸림을 확인하고 껐다가 켜 주세요.", "The printer reports an error. Look for jammed paper and switch it off and on.";
    /// It took some bytes and then no more.
    PrinterStalled = "printer_stalled", "인쇄가 중간에 멈췄어요. 프린터를 확인해 주세요.", "The printer stopped in the middle. Look at it.";
    /// Bytes left and the end was not seen: by a crash, a cut or a printer that stopped.
    MaybePrinted = "maybe_printed", "확인 필요: 이미 인쇄되었을 수 있어요. 종이를 보고 '다시 인쇄'나 '지우기'를 눌러 주세요.", "Check: it may have been printed. Look at the paper, then press print again or discard.";
    /// It waited too long.
    Stale = "stale", "오래 기다린 전표예요. 아직 필요하면 '인쇄'를, 아니면 '지우기'를 눌러 주세요.", "This ticket waited too long. Print it if it is still needed, or discard it.";
    OrderEnded = "order_ended", "이미 끝난 주문의 전표예요. 필요하면 '인쇄'를, 아니면 '지우기'를 눌러 주세요.", "The order has ended. Print the ticket if it is still needed, or discard it.";
    /// It left the counter's memory with its business day.
    OrderGone = "order_gone", "지난 영업일의 주문이라 인쇄할 수 없어요. 주문 내역에서 확인해 주세요.", "The order is of an earlier day and cannot be printed. Find it in the history.";
    /// The order was cancelled before its kitchen ticket was printed.
    NotNeeded = "not_needed", "주문이 취소되어 인쇄하지 않았어요.", "The order was cancelled, so it was not printed.";
    /// A person said so.
    Discarded = "discarded", "직원이 지운 전표예요.", "A person discarded it.";
    /// Its printer was taken out of the settings.
    NoPrinter = "no_printer", "이 전표를 인쇄할 프린터가 없어요. 설정에서 프린터를 확인해 주세요.", "There is no printer for this ticket. Check the printers in the settings.";
    /// The journal does not take the note that it is being printed.
    NotNoted = "not_noted", "디스크에 기록하지 못해 인쇄를 미뤘어요. 디스크를 확인해 주세요.", "The disk does not take a note of it, so it is not printed yet. Check the disk.";
}

impl PrintCode {
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|code| code.as_str() == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_has_sentences_and_reads_back() {
        for code in PrintCode::ALL {
            assert_eq!(serde_json::to_string(code).unwrap(), format!("{:?}", code.as_str()));
            assert_eq!(PrintCode::from_name(code.as_str()), Some(*code));
            assert!(code.korean().ends_with('.') && code.english().ends_with('.'), "{code:?}");
        }
    }
}
