// What somebody gives as orders in one call: the words that are being typed, and what came of the last order.

import { asFailure } from "./answer";
import type { Backend } from "./backend";
import type { CallOrder } from "./wire";
import { steering as words } from "./words";

export class Steering {
  text = $state("");
  /** What is to be said of the last order; empty before the first. */
  told = $state.raw("");
  readonly #steer: Backend["steer"];
  #orders = 0;

  constructor(steer: Backend["steer"]) {
    this.#steer = steer;
  }

  suggest(call: number): void {
    const text = this.text.trim();
    void this.#giveWords({ order: "suggest", text, priority: "normal", call });
  }

  say(call: number): void {
    const text = this.text.trim();
    void this.#giveWords({ order: "speak", text, call, stream_sid: null });
  }

  hangUp(call: number): void {
    void this.#give({ order: "hang_up", call });
  }

  async #giveWords(order: Extract<CallOrder, { text: string }>): Promise<void> {
    const { text } = order;
    if (text === "") return;
    this.text = "";
    const isGiven = await this.#give(order);
    // What came to nothing may be said in another way, unless something else is being typed.
    if (!isGiven && this.text === "") this.text = text;
  }

  /** Says whether it was carried out. */
  async #give(order: CallOrder): Promise<boolean> {
    const number = (this.#orders += 1);
    // Of two orders that overlap, the later one is the one that is spoken of.
    const tell = (told: string) => {
      if (number === this.#orders) this.told = told;
    };
    tell(words.pending(order));
    try {
      tell(words.done(await this.#steer(order)));
      return true;
    } catch (thrown) {
      tell(words.failed(asFailure(thrown)));
      return false;
    }
  }
}
