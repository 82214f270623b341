//! Reading the four stores. Nothing is judged here.

pub mod books;
pub mod journal;
pub mod postgres;
pub mod rows;
pub mod streams;
