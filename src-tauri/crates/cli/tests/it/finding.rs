//! Servers of speech models that run though nobody has named them: found, told, and never used unasked.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::Value;

use crate::home::{Home, supervisor_listens};

/// A server that answers each request with that status.
struct Server {
    address: SocketAddr,
    asked: Arc<AtomicUsize>,
}

impl Server {
    fn answering(status: &'static str) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
        let address = listener.local_addr().expect("its address");
        let asked = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&asked);
        std::thread::spawn(move || {
            for mut stream in listener.incoming().map_while(Result::ok) {
                let mut head = Vec::new();
                let mut piece = [0; 512];
                while !head.ends_with(b"\r\n\r\n") {
                    match stream.read(&mut piece) {
                        Ok(length @ 1..) => head.extend_from_slice(&piece[..length]),
                        Ok(_) | Err(_) => break,
                    }
                }
                let head = String::from_utf8_lossy(&head).to_lowercase();
                // Who takes the upgrade would have had a call.
                assert!(!head.contains("upgrade"), "it was not used unasked: {head}");
                count.fetch_add(1, Ordering::Relaxed);
                let answer = format!("HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n");
                // The asker may have what it wanted already.
                let _ = stream.write_all(answer.as_bytes());
            }
        });
        Self { address, asked }
    }

    fn settings(&self) -> String {
        format!("look_at = {}\ncheck = 0.2\n", self.address.port())
    }
}

fn set(home: &Home, bridge: &str, moshi: &str) {
    home.set_further(bridge);
    let path = home.path("settings.toml");
    let text = std::fs::read_to_string(&path).expect("it is there");
    home.set(&format!("{text}[moshi]\n{moshi}"));
}

#[test]
fn a_server_that_nobody_has_named_is_told_with_who_it_is_and_gets_no_call() {
    let (home, server) = (Home::new(), Server::answering("400 Bad Request"));
    set(&home, "", &server.settings());
    let _serve = home.serve();
    let watch = home.follow(&["status", "--watch", "--json"]);
    let told = watch.until_json(|told| told["found"][0]["sentence"].is_string());
    let found = &told["found"][0];
    assert_eq!(found["server"], server.address.to_string());
    assert_eq!(found["url"], format!("ws://{}", server.address));
    assert_eq!(told["engine"], "line_check");
    let pid = format!("({})", std::process::id());
    assert!(found["holder"].as_str().is_some_and(|holder| holder.contains(&pid)), "{found}");
    let said = format!("is running at {}. It gets no calls until you say so.", server.address);
    for command in ["status", "doctor"] {
        let told = home.run(&[command]);
        assert!(told.out.contains(&said) && told.out.contains(&pid), "{}", told.out);
        assert_eq!(told.code, Some(0), "it is no trouble: {}", told.out);
    }
    assert_eq!(
        server.asked.load(Ordering::Relaxed),
        1,
        "who has shown what it is isn't asked again"
    );
}

#[test]
fn a_server_that_was_found_answers_calls_once_somebody_says_so() {
    let (home, server) = (Home::new(), Server::answering("400 Bad Request"));
    let far = "servers = [\"wss://gpu.example.org:8998\"]";
    set(&home, "", &format!("# mine\n{far}\n{}", server.settings()));
    let _serve = home.serve();
    let watch = home.follow(&["status", "--watch", "--json"]);
    watch.until_json(|told| told["found"][0]["sentence"].is_string());
    let url = format!("ws://{}", server.address);
    let command = format!("xswarm engine moshi --server {url}");
    let told = home.run(&["engine"]);
    assert!(told.out.contains(&command), "{}", told.out);

    let other = home.run(&["engine", "moshi", "--server", "ws://127.0.0.1:1"]);
    assert_eq!(other.code, Some(8), "{}", other.err);
    assert!(other.err.contains("o server is found at ws://127.0.0.1:1"), "{}", other.err);

    let other = home.run(&["engine", "line-check", "--server", &url]);
    assert_eq!(other.code, Some(8), "{}", other.err);
    assert!(other.err.contains("he line check asks no server"), "{}", other.err);

    let words: Vec<&str> = command.split(' ').skip(1).collect();
    let told = home.run(&words);
    assert_eq!(told.code, Some(0), "{}", told.err);
    let answered =
        format!("From the next one on, calls are answered by MOSHI, at {} first.", server.address);
    assert!(told.out.contains(&answered), "{}", told.out);
    let told = watch.until_json(|told| told["models"][0]["health"]["health"] == "reachable");
    assert_eq!(told["models"][0]["server"], server.address.to_string());
    watch.until_json(|told| told["found"] == serde_json::json!([]));
    let kept = std::fs::read_to_string(home.path("settings.toml")).expect("it is there");
    assert!(kept.contains("# mine") && kept.contains(&url), "{kept}");
    assert!(kept.contains("\"wss://gpu.example.org:8998\"]"), "the others stay: {kept}");
}

#[test]
fn a_server_of_something_else_is_not_offered() {
    let (home, server) = (Home::new(), Server::answering("404 Not Found"));
    set(&home, "", &server.settings());
    let _serve = home.serve();
    while server.asked.load(Ordering::Relaxed) == 0 {
        std::thread::yield_now();
    }
    let status: Value = serde_json::from_str(&home.run(&["status", "--json"]).out).expect("JSON");
    assert_eq!(status["found"], serde_json::json!([]));
}

#[test]
fn a_server_that_answers_calls_is_not_offered_besides() {
    let (home, server) = (Home::new(), Server::answering("400 Bad Request"));
    let named = format!("servers = [\"ws://{}\"]\n{}", server.address, server.settings());
    set(&home, "engine = \"moshi\"", &named);
    let serve = home.start(&["serve"]);
    serve.until(&supervisor_listens(&home));
    let watch = home.follow(&["status", "--watch", "--json"]);
    let told = watch.until_json(|told| told["models"][0]["health"]["health"] == "reachable");
    assert_eq!(told["found"], serde_json::json!([]));
}
