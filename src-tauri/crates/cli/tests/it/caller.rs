//! A caller who stays on the line and says nothing.

use std::net::{Ipv4Addr, SocketAddr};

use testcall::{Dialect, Stream};
use tokio::runtime::Runtime;

use crate::home::{Home, Running};

/// Calls until it is dropped.
pub(crate) struct Caller {
    _runtime: Runtime,
}

impl Caller {
    pub(crate) fn of(home: &Home) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .expect("a thread");
        let calling = started(home, Stream::new(Dialect::Twilio, "MZ1", "CA1"));
        runtime.spawn(async { calling.await.stay(|_| [0; audio::FRAME_SAMPLES]).await });
        Self { _runtime: runtime }
    }
}

/// A call that goes on, and everything that it takes.
pub(crate) struct Call {
    _caller: Caller,
    /// What is told on port 9999, from the start of the call on.
    pub(crate) monitor: Running,
    _serve: Running,
    pub(crate) home: Home,
}

impl Call {
    pub(crate) fn new() -> Self {
        let home = Home::new();
        let serve = home.serve();
        let monitor = home.follow(&["monitor", "--json"]);
        monitor.until_json(|event| event["type"] == "subscribed");
        let caller = Caller::of(&home);
        monitor.until_json(|event| event["type"] == "call_started");
        Self { _caller: caller, monitor, _serve: serve, home }
    }
}

/// A caller whose stream has started.
pub(crate) fn started(
    home: &Home,
    stream: Stream,
) -> impl Future<Output = testcall::Caller> + use<> {
    let bridge = SocketAddr::from((Ipv4Addr::LOCALHOST, home.bridge));
    async move {
        let dialled = testcall::Caller::dial(bridge, format!("ws://{bridge}/"), stream).await;
        let mut caller = dialled.expect("the bridge answers");
        caller.start().await.expect("the bridge reads");
        caller
    }
}
