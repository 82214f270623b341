//! ESC/POS: the bytes for the printer, and a picture of what they print.

mod bitmap;
mod charset;
mod commands;
mod encode;
mod render;

pub use bitmap::Bitmap;
pub use charset::{fits_one_column, in_cp949, in_ks_x_1001, rom_has};
pub use encode::{Cut, encode};
pub use render::{Printed, render};

pub(in crate::print) use commands::{ASK_WHEN_DONE, ask_status};
