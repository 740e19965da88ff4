//! See `fuzz::smtp_session`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| fuzz::smtp_session::check(data));
