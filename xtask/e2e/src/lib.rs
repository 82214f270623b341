//! Simple Order (간편주문) as people use it: real processes on one machine, a real browser on the chat page, the real window.
//!
//! A [`World`] is everything for one test. It is closed with [`World::close`], which looks whether anything was lost, doubled or
//! left undone.

pub mod api;
pub mod authenticator;
pub mod browser;
pub mod chat;
pub mod chat_page;
pub mod counter;
pub mod counter_page;
pub mod customer;
pub mod database;
pub mod devices;
pub mod display;
pub mod driver;
mod framebuffer;
pub mod http;
pub mod kakao_pay_page;
pub mod keys;
pub mod order_page;
pub mod ordering;
pub mod pictures;
pub mod playing;
pub mod port;
pub mod printer;
pub mod process;
pub mod programs;
pub mod proof;
pub mod rush;
pub mod sandbox;
pub mod wait;
pub mod window;
mod wire;
pub mod world;

pub use world::World;
