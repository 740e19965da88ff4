//! See `fuzz::compare`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| fuzz::compare::check(data));
