// Voice models that are set to answer calls, seen through the whole window.

import { expect, test } from "vitest";

import { FakeBackend, scene } from "./fakes";
import { find, isThere, openWindow, text } from "./window";

const openScene = (name: string) => openWindow(new FakeBackend(scene(name)));
const inModel = (selector: string) => `[data-model] ${selector}`;

test.each([
  ["refused", /^Nobody listens there\. Start the server, /],
  ["no_such_name", /^The name of its host can't be found\. Is the name right/],
  [
    "speaks_tls",
    /^It speaks TLS, .* Write wss:\/\/127\.0\.0\.1:8998 and self_signed = true/,
  ],
  ["speaks_plain", /^It doesn't speak TLS, .* Write ws:\/\/127\.0\.0\.1:8998/],
  ["certificate", /^Its certificate .* self_signed = true/],
  ["unauthorized", /^It wants a key or a password \(401\)\. /],
  [
    "redirect",
    /^It sends calls elsewhere, to https:\/\/gpu\.example\.org\/\. /,
  ],
  [
    "not_found",
    /^It has nothing at that path \(404\)\. MOSHI servers have \/api\/chat\./,
  ],
  [
    "not_moshi",
    /^No MOSHI server answers there, but something else \(200\)\. /,
  ],
  ["mute", /^It accepts connections and never answers\. /],
  ["not_installed", /^Moshi can't be started: .* Install what is missing/],
  ["crashed", /^Moshi crashed: it ended with exit code 1; .* in the log\. /],
])(
  "a model that is %s is not well anywhere, and told with what helps",
  async (cause, told) => {
    await openScene(`model_${cause}`);
    expect(find(".top .mark").dataset["condition"]).toBe("needs_you");
    expect(text("[data-fact=headline]")).toBe(
      "The voice model isn't available.",
    );
    expect(find(inModel(".mark")).dataset).toMatchObject({
      condition: "needs_you",
      state: "unreachable",
    });
    expect(text(inModel("[data-fact=sentence]"))).toMatch(told);
    expect(text(inModel("[data-fact=sentence]"))).toContain(
      "Meanwhile the line check answers calls.",
    );
    expect(text(inModel("[data-fact=asked]"))).toBe("Asked just now");
  },
);

test("a model that can be reached is well, with its server", async () => {
  await openScene("model_reachable");
  expect(find(".top .mark").dataset["condition"]).toBe("well");
  expect(text(inModel(".mark"))).toBe("Reachable");
  expect(text(inModel("[data-fact=server]"))).toBe("127.0.0.1:8998");
  expect(text("[data-fact=headline]")).toBe(
    "Both services are listening; the voice model can be reached.",
  );
});

test("one that can't be had is told of where another answers, and the whole is well", async () => {
  await openScene("models_one_gone");
  expect(find(".top .mark").dataset["condition"]).toBe("well");
  expect(text("[data-model='127.0.0.1:8998'] [data-fact=sentence]")).toContain(
    "Another model answers calls.",
  );
});

test("a model that was not asked yet is neither well nor in trouble", async () => {
  await openScene("model_unknown");
  expect(find(".top .mark").dataset["condition"]).toBe("busy");
  expect(isThere(inModel("[data-fact=asked]"))).toBe(false);
});

test("with the line check there are no models to tell of", async () => {
  await openScene("listening");
  expect(isThere("[data-model]")).toBe(false);
});
