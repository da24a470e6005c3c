// The backend in a plain browser: to a real xSwarm Voice if the page's address says where it is, else to a stand-in.

import type { Clock } from "../src/clock";
import type { Backend } from "../src/backend";
import { standIn } from "./stand_in";
import { webSocket } from "./web_socket";

/**
 * `#token=…` leads to the supervisor on port 9999, `#supervisor=127.0.0.1:12345&token=…` to one elsewhere, if its setting
 * `origins` lets this page in. What follows the `#` never leaves the browser.
 */
export function backend({ hash, search }: Location, clock: Clock): Backend {
  const way = new URLSearchParams(hash.slice(1));
  const token = way.get("token");
  if (token === null) return standIn(search, clock);
  return webSocket({
    address: way.get("supervisor") ?? "127.0.0.1:9999",
    token,
  });
}
