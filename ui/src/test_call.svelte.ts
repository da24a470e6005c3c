// The test call of this window: whether it goes on, and what came of the last.

import { reasonOf } from "./answer";
import type { Backend } from "./backend";
import type { TestCall } from "./wire";

export class TestLine {
  isBusy = $state.raw(false);
  result = $state.raw<TestCall | null>(null);
  readonly #backend: Backend;

  constructor(backend: Backend) {
    this.#backend = backend;
  }

  async place(): Promise<void> {
    if (this.isBusy) return;
    this.isBusy = true;
    this.result = null;
    try {
      this.result = await this.#backend.testCall();
    } catch (thrown) {
      this.result = { call: "broken", reason: reasonOf(thrown) };
    }
    this.isBusy = false;
  }

  async hangUp(): Promise<void> {
    // The call tells by its own end whether that has worked.
    await this.#backend.endTestCall().catch(() => undefined);
  }
}
