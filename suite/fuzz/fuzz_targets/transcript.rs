//! See `fuzz::transcript`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| fuzz::transcript::check(data));
