//! The window, driven by WebKit's own driver.

use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::path::Path;
use std::process::Stdio;
use std::time::Instant;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::family::family;
use super::session::{APP, Running, Session};
use super::until::PATIENCE;

/// Waits inside the page until `EXPRESSION` is true. It is written into the script, for the page itself may not make
/// programs from texts. The argument is a callback.
const UNTIL: &str = r"
    const [done] = arguments;
    const check = () => {
        // Not what was seen: it may be drawn anew before the driver has a name for it.
        if (EXPRESSION) { watcher.disconnect(); done(true); }
    };
    const watcher = new MutationObserver(check);
    watcher.observe(document, { subtree: true, childList: true, attributes: true, characterData: true });
    check();
";

/// The app, started by the driver. Both end with this.
pub(crate) struct Window {
    session: String,
    driver: Running,
}

impl Window {
    /// Starts the app in that session, with its window under control.
    pub(crate) fn open(session: &Session, arguments: &[&str]) -> Self {
        let address = free_address();
        let mut command = session.command("WebKitWebDriver");
        command.arg("--host=127.0.0.1").arg(format!("--port={}", address.port()));
        // The app inherits these from the driver.
        command.env("TAURI_AUTOMATION", "true").env("TAURI_WEBVIEW_AUTOMATION", "true");
        let driver = Running::start(command.stdout(Stdio::null()));
        let deadline = Instant::now() + PATIENCE;
        while TcpStream::connect(address).is_err() {
            assert!(Instant::now() < deadline, "the driver does not listen");
            std::thread::yield_now();
        }
        let wanted = json!({ "webkitgtk:browserOptions": { "binary": APP, "args": arguments } });
        let begun = post(
            &format!("http://{address}/session"),
            &json!({ "capabilities": { "alwaysMatch": wanted } }),
        );
        let id = begun["sessionId"].as_str().expect("a session");
        let window = Self { session: format!("http://{address}/session/{id}"), driver };
        let limit = json!({ "script": PATIENCE.as_millis() });
        post(&format!("{}/timeouts", window.session), &limit);
        window
    }

    /// The app, and all that it has started.
    pub(crate) fn processes(&self) -> Vec<u32> {
        family(self.driver.id()).split_off(1)
    }

    /// Waits until an expression is true in the page, and returns what it is.
    pub(crate) fn until(&self, expression: &str) -> Value {
        let script = UNTIL.replace("EXPRESSION", expression);
        post(&format!("{}/execute/async", self.session), &json!({ "script": script, "args": [] }))
    }

    /// Waits until a text stands in what a selector finds.
    pub(crate) fn shows(&self, selector: &str, text: &str) {
        self.until(&format!(
            "[...document.querySelectorAll({selector:?})].some((found) => found.textContent.includes({text:?}))"
        ));
    }

    /// Types a text into the field that a selector finds, in place of what stands there.
    pub(crate) fn types(&self, selector: &str, text: &str) {
        self.until(&format!("document.querySelector({selector:?})"));
        let script = format!(
            "const field = document.querySelector({selector:?}); field.value = {text:?}; \
             field.dispatchEvent(new Event('input', {{ bubbles: true }}));"
        );
        post(&format!("{}/execute/sync", self.session), &json!({ "script": script, "args": [] }));
    }

    /// Clicks what a selector finds, when it is there and can be clicked. Native clicks fail with some drivers.
    pub(crate) fn click(&self, selector: &str) {
        post(&format!("{}/execute/sync", self.session), &self.clicking(selector));
    }

    /// The same for a click that the window may go with, before the driver has an answer.
    pub(crate) fn click_at_last(&self, selector: &str) {
        let _ =
            ureq::post(format!("{}/execute/sync", self.session)).send_json(self.clicking(selector));
    }

    /// Keeps a picture of the page, for whoever wants to see it: `target/tmp/NAME.png`.
    pub(crate) fn photograph(&self, name: &str) {
        let taken = ureq::get(format!("{}/screenshot", self.session)).call();
        let taken: Value = taken.expect("a picture").body_mut().read_json().expect("JSON");
        let picture = STANDARD.decode(taken["value"].as_str().expect("a text")).expect("base64");
        let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}.png"));
        std::fs::write(file, picture).expect("room");
    }

    fn clicking(&self, selector: &str) -> Value {
        self.until(&format!("document.querySelector({selector:?})?.matches(':enabled')"));
        json!({ "script": format!("document.querySelector({selector:?}).click()"), "args": [] })
    }
}

impl Drop for Window {
    fn drop(&mut self) {
        // The session may have ended with the app, which is just as well.
        let _ = ureq::delete(&self.session).call();
    }
}

fn post(address: &str, body: &Value) -> Value {
    let agent = ureq::Agent::config_builder().http_status_as_error(false).build().new_agent();
    let mut answer = agent.post(address).send_json(body).expect("the driver answers");
    let mut answer: Value = answer.body_mut().read_json().expect("JSON");
    assert!(answer["value"]["error"].is_null(), "{address} refuses {body}: {}", answer["value"]);
    answer["value"].take()
}

fn free_address() -> SocketAddr {
    let socket =
        socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None).expect("a socket");
    socket.bind(&SocketAddr::from((Ipv4Addr::LOCALHOST, 0)).into()).expect("a port");
    socket.local_addr().ok().and_then(|address| address.as_socket()).expect("its address")
}
