//! An independent check of everything that Simple Order keeps.
