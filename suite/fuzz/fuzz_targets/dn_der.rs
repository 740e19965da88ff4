//! See `fuzz::dn_der`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| fuzz::dn_der::check(data));
