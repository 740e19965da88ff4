//! A browser that shows one page.

use std::{cell::Cell, fs, path::Path, time::Duration};

use base64::{Engine, prelude::BASE64_STANDARD};
use fantoccini::{
    Client, ClientBuilder, Locator,
    actions::{InputSource, KeyAction, KeyActions},
    error::CmdError,
    key::Key,
    wd::{TimeoutConfiguration, WebDriverCompatibleCommand},
};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};
use tempfile::TempDir;

use crate::{driver::Driver, tools::Tools};

/// The longest that a test may take; the longest takes half a minute on two busy cores.
const LIMIT: Duration = Duration::from_secs(240);

/// The longest that a condition of the page may take to hold.
const SOON: Duration = Duration::from_secs(60);

/// Waits, frame by frame, until the expression of the first argument holds.
const UNTIL: &str = "
    const [condition, done] = arguments;
    const holds = new Function(`return (${condition})`);
    const look = () => { if (holds()) done(true); else requestAnimationFrame(look); };
    look();";

/// A browser with a profile of its own, which goes with it.
#[derive(Debug)]
pub(crate) struct Browser {
    client: Client,
    // Ended before its folder is removed.
    _driver: Driver,
    folder: TempDir,
    tools: Tools,
    shown: Cell<usize>,
}

/// Runs a test in a new browser, which ends with it; says that it is skipped where there is none.
pub(crate) fn with_browser(test: impl AsyncFnOnce(&Browser)) {
    let Some(tools) = Tools::find() else { return };
    let folder = TempDir::with_prefix("page-").expect("a temporary folder");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime").block_on(async {
        let test = async {
            let browser = Browser::start(tools, folder).await;
            test(&browser).await;
            browser.client.clone().close().await.expect("closed");
        };
        tokio::time::timeout(LIMIT, Box::pin(test)).await.expect("a test ends within its limit");
    });
}

impl Browser {
    async fn start(tools: Tools, folder: TempDir) -> Self {
        let driver = Driver::start(&tools.chromedriver, folder.path()).await;
        let profile = folder.path().join("profile");
        let options = json!({
            "binary": tools.chromium,
            "args": [
                "--headless=new",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-dev-shm-usage",
                "--disable-quic",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
                "--no-first-run",
                // Every test would have to wait for the end of a smooth scroll.
                "--force-prefers-reduced-motion",
                "--lang=fr",
                format!("--user-data-dir={}", profile.display()),
            ],
        });
        let Value::Object(wanted) = json!({
            "goog:chromeOptions": options,
            "goog:loggingPrefs": { "browser": "ALL", "performance": "ALL" },
        }) else {
            unreachable!("an object is an object")
        };
        let client = ClientBuilder::new(hyper_util::client::legacy::connect::HttpConnector::new())
            .capabilities(wanted)
            .connect(&driver.url)
            .await
            .expect("chromedriver opens a session");
        let patient = TimeoutConfiguration::new(Some(LIMIT), Some(LIMIT), None);
        client.update_timeouts(patient).await.expect("set");
        let browser = Self { client, _driver: driver, folder, tools, shown: Cell::new(0) };
        browser.width(1280).await;
        browser
    }

    /// Shows a page from a file of its own, as whoever opens a report does.
    pub(crate) async fn show(&self, page: &str) {
        self.show_at(page, "").await;
    }

    /// Shows a page at one of its places, such as `#conclusion`.
    pub(crate) async fn show_at(&self, page: &str, place: &str) {
        let number = self.shown.get() + 1;
        self.shown.set(number);
        let file = self.folder.path().join(format!("report-{number}.html"));
        fs::write(&file, page).expect("written");
        self.client.goto(&format!("file://{}{place}", file.display())).await.expect("shown");
    }

    /// What a script gives, the body of a function.
    pub(crate) async fn run<T: DeserializeOwned>(&self, script: &str) -> T {
        self.run_with(script, Vec::new()).await
    }

    /// What a script gives, with these arguments.
    pub(crate) async fn run_with<T: DeserializeOwned>(&self, script: &str, with: Vec<Value>) -> T {
        let given = self.client.execute(script, with).await.unwrap_or_else(failed(script));
        serde_json::from_value(given.clone()).unwrap_or_else(|error| panic!("{error}: {given}"))
    }

    /// What a promise gives.
    pub(crate) async fn await_promise<T: DeserializeOwned>(&self, promise: &str) -> T {
        let script = format!("const done = arguments[0]; ({promise}).then(done);");
        let given = self.client.execute_async(&script, Vec::new()).await;
        let given = given.unwrap_or_else(failed(promise));
        serde_json::from_value(given.clone()).unwrap_or_else(|error| panic!("{error}: {given}"))
    }

    /// Waits until an expression holds.
    pub(crate) async fn until(&self, condition: &str) {
        let waited = self.client.execute_async(UNTIL, vec![condition.into()]);
        match tokio::time::timeout(SOON, waited).await {
            Ok(held) => drop(held.unwrap_or_else(failed(condition))),
            Err(_) => panic!("never: {condition}"),
        }
    }

    /// Clicks the element of a selector, as a reader would: what is hidden cannot be clicked.
    pub(crate) async fn click(&self, selector: &str) {
        let element = self.client.find(Locator::Css(selector)).await;
        let element = element.unwrap_or_else(failed(selector));
        element.click().await.unwrap_or_else(failed(selector));
    }

    /// Types into whatever has the focus.
    pub(crate) async fn keys(&self, keys: &str) {
        let all = KeyActions::new("keyboard".to_owned());
        let all = keys.chars().fold(all, |all, value| {
            all.then(KeyAction::Down { value }).then(KeyAction::Up { value })
        });
        self.client.perform_actions(all).await.expect("typed");
    }

    /// Presses one key.
    pub(crate) async fn press(&self, key: Key) {
        self.keys(&char::from(key).to_string()).await;
    }

    /// Presses the tabulator with the shift key held.
    pub(crate) async fn back_tab(&self) {
        let [shift, tab] = [Key::Shift, Key::Tab].map(char::from);
        let keys = KeyActions::new("keyboard".to_owned())
            .then(KeyAction::Down { value: shift })
            .then(KeyAction::Down { value: tab })
            .then(KeyAction::Up { value: tab })
            .then(KeyAction::Up { value: shift });
        self.client.perform_actions(keys).await.expect("typed");
    }

    /// Makes the window this many pixels wide.
    pub(crate) async fn width(&self, width: u32) {
        let metrics =
            json!({ "width": width, "height": 900, "deviceScaleFactor": 1, "mobile": false });
        self.devtools("Emulation.setDeviceMetricsOverride", metrics).await;
    }

    /// Sets the medium, `screen` or `print`, and what the reader prefers, `light` or `dark`.
    pub(crate) async fn media(&self, medium: &str, scheme: &str) {
        let scheme = json!([{ "name": "prefers-color-scheme", "value": scheme }]);
        self.devtools("Emulation.setEmulatedMedia", json!({ "media": medium, "features": scheme }))
            .await;
    }

    /// Lets pages run scripts, or not, from the next one shown on.
    pub(crate) async fn scripts(&self, allowed: bool) {
        self.devtools("Emulation.setScriptExecutionDisabled", json!({ "value": !allowed })).await;
    }

    /// Unfolds, or folds, all that can be.
    pub(crate) async fn unfold(&self, open: bool) {
        let script =
            "document.querySelectorAll('details').forEach((d) => { d.open = arguments[0]; })";
        self.run_with::<()>(script, vec![open.into()]).await;
    }

    /// The page as a picture, whole.
    pub(crate) async fn picture(&self) -> Vec<u8> {
        let whole = json!({ "format": "png", "captureBeyondViewport": true });
        let picture = self.devtools("Page.captureScreenshot", whole).await;
        let text = picture["data"].as_str().expect("a picture");
        BASE64_STANDARD.decode(text).expect("base64")
    }

    /// Prints the page, and gives the PDF.
    pub(crate) async fn print(&self) -> Vec<u8> {
        let pdf = self.devtools("Page.printToPDF", json!({ "preferCSSPageSize": true })).await;
        BASE64_STANDARD.decode(pdf["data"].as_str().expect("a PDF")).expect("base64")
    }

    /// What the browser's console has said since it was last asked.
    pub(crate) async fn console(&self) -> Vec<String> {
        let said = self.log("browser").await;
        said.iter().map(|entry| format!("{}: {}", entry["level"], entry["message"])).collect()
    }

    /// The addresses asked for by any page since the browser was last asked, blocked ones included,
    /// but for those of the empty page that the browser starts with, and for what is no request.
    pub(crate) async fn requests(&self) -> Vec<String> {
        let log = self.log("performance").await;
        let events = log.iter().map(|entry| {
            let text = entry["message"].as_str().expect("an event");
            serde_json::from_str::<Value>(text).expect("an event in JSON")
        });
        events
            .filter(|event| event["message"]["method"] == "Network.requestWillBeSent")
            .map(|event| {
                let url = &event["message"]["params"]["request"]["url"];
                url.as_str().expect("an address").to_owned()
            })
            .filter(|url| !url.starts_with("chrome://") && !url.starts_with("data:"))
            .collect()
    }

    /// axe-core's script.
    pub(crate) fn axe(&self) -> &Path {
        &self.tools.axe
    }

    async fn log(&self, kind: &'static str) -> Vec<Value> {
        let given = self.client.issue_cmd(Vendor { path: "se/log", body: json!({ "type": kind }) });
        match given.await.unwrap_or_else(failed(kind)) {
            Value::Array(entries) => entries,
            other => panic!("no log: {other}"),
        }
    }

    async fn devtools(&self, command: &str, params: Value) -> Map<String, Value> {
        let body = json!({ "cmd": command, "params": params });
        let given = self.client.issue_cmd(Vendor { path: "goog/cdp/execute", body });
        match given.await.unwrap_or_else(failed(command)) {
            Value::Object(object) => object,
            other => panic!("{command}: {other}"),
        }
    }
}

fn failed<T>(what: &str) -> impl FnOnce(CmdError) -> T + '_ {
    move |error| panic!("{what}: {error}")
}

/// A command of chromedriver that WebDriver does not have.
#[derive(Debug)]
struct Vendor {
    path: &'static str,
    body: Value,
}

impl WebDriverCompatibleCommand for Vendor {
    fn endpoint(
        &self,
        base: &url::Url,
        session: Option<&str>,
    ) -> Result<url::Url, url::ParseError> {
        base.join(&format!("session/{}/{}", session.unwrap_or_default(), self.path))
    }

    fn method_and_body(&self, _: &url::Url) -> (http::Method, Option<String>) {
        (http::Method::POST, Some(self.body.to_string()))
    }
}
