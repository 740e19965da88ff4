//! See `fuzz::target_file`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| fuzz::target_file::check(data));
