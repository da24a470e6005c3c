//! A caller, as Twilio puts one through.

use std::net::SocketAddr;

use testcall::{Caller, Dialect, FromBridge, Stream};
use tokio::runtime::Runtime;
use tokio::time::timeout;

use super::until::PATIENCE;

/// A call that is answered.
pub(crate) struct Call {
    runtime: Runtime,
    caller: Caller,
}

impl Call {
    /// Calls, and returns when the other end is heard.
    pub(crate) fn place(address: SocketAddr) -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.expect("a runtime");
        let stream = Stream::new(Dialect::Twilio, "MZ1", "CA1");
        let answered = async {
            let dialled = Caller::dial(address, format!("ws://{address}/"), stream).await;
            let mut caller = dialled.expect("the call is taken");
            caller.start().await.expect("the call goes on");
            while !matches!(caller.hear().await.expect("sound"), FromBridge::Sound(_)) {}
            caller
        };
        let caller = runtime.block_on(async { timeout(PATIENCE, answered).await });
        Self { runtime, caller: caller.expect("it is answered in time") }
    }

    /// Stays on the line until the other end hangs up, and tells with which code.
    pub(crate) fn ended_with(self) -> u16 {
        let Self { runtime, caller } = self;
        let staying = caller.stay(|_| [0; 160]);
        let closed = runtime.block_on(async { timeout(PATIENCE, staying).await });
        let closed = closed.expect("it hangs up in time").expect("the carrier understands it");
        closed.code.expect("it says why")
    }
}
