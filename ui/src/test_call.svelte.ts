// The test call of this window: whether it goes on, and what came of the last.

import { reasonOf } from "./answer";
import type { Door, TestCall } from "./door";

export class TestLine {
  isBusy = $state.raw(false);
  result = $state.raw<TestCall | null>(null);
  readonly #door: Door;

  constructor(door: Door) {
    this.#door = door;
  }

  async place(): Promise<void> {
    if (this.isBusy) return;
    this.isBusy = true;
    this.result = null;
    try {
      this.result = await this.#door.testCall();
    } catch (thrown) {
      this.result = { call: "broken", reason: reasonOf(thrown) };
    }
    this.isBusy = false;
  }

  async hangUp(): Promise<void> {
    // The call tells by its own end whether that has worked.
    await this.#door.hangUp().catch(() => undefined);
  }
}
