//! See `fuzz::dn_text`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| fuzz::dn_text::check(data));
