//! Makes a program's disk fail: a preloaded library.
