//! The pages of the reports in a real browser: Debian's Chromium, headless, driven by its own
//! chromedriver, each test with a browser of its own.
//!
//! Without the two programs the tests are skipped ([`fixtures::skip`]); with `MSSANTE_REQUIRE_TOOLS=1`
//! they fail.

mod accessibility;
mod axe;
mod browser;
mod driver;
mod filters;
mod keyboard;
mod links;
mod matrix;
mod opening;
mod pages;
mod paper;
mod pictures;
mod scripts;
mod tools;
mod widths;
