//! See `fuzz::whitelist`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| fuzz::whitelist::check(data));
