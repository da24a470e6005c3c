// What the window shows: the latest snapshot, whether it can be relied on, and what came of each order.

import { asFailure, type Answer } from "./answer";
import type { Clock } from "./clock";
import type { Backend } from "./backend";
import {
  areSameHolders,
  holders,
  isSettled,
  ports,
  processes,
} from "./service";
import type {
  DesktopOffers,
  Failure,
  Holder,
  Order,
  Service,
  ServiceName,
  Snapshot,
} from "./wire";

/** A confirmation that is being asked for. */
export interface Confirmation {
  service: ServiceName;
  /** Exactly those who are shown, and who are ended if the person agrees. */
  shown: Holder[];
  /** Who held the port, as far as the snapshot knew, when they were shown. */
  known: Holder[];
  /** Why the last agreement came to nothing, if that is why it is asked again. */
  trouble: Disagreement["failure"] | null;
}

/** Why an agreement comes to nothing, and is asked for again. */
type Disagreement = Extract<Failure, { failure: "changed" | "unconfirmed" }>;

// A question that is open for three ticks is unanswered; an answer is renewed after five.
const TICKS_UNTIL_LOST = 3;
const TICKS_UNTIL_ASKED_AGAIN = 5;

// An attempt to bind that follows a wait is over at once as a rule: shown only if it lasts, the card doesn't flicker.
const SHORTEST_ATTEMPT_SHOWN = 400;

export class Screen {
  snapshot = $state.raw<Snapshot | null>(null);
  isLost = $state.raw(false);
  /** What the desktop offers, as far as that is known. */
  desktop = $state.raw<DesktopOffers>({ tray: true, all_are_asked: true });
  confirmation = $state.raw<Confirmation | null>(null);
  answers = $state.raw<Partial<Record<ServiceName, Answer>>>({});
  now = $state.raw(0);

  readonly #backend: Backend;
  readonly #clock: Clock;
  /** When the program was last heard. */
  #heardAt = $state.raw<number | null>(null);
  #ticksSinceAnswer = 0;
  #ticksSinceQuestion = 0;
  #isQuestionOpen = false;
  #changes = 0;
  #heldBack: () => void = () => undefined;
  #wanted: ServiceName | null = null;

  constructor(backend: Backend, clock: Clock) {
    this.#backend = backend;
    this.#clock = clock;
    this.now = clock.now();
  }

  /** Begins to listen and to ask; ends with the returned function. */
  open(): () => void {
    const subscriptions = [
      this.#backend.onSnapshot((snapshot) => {
        this.#changes += 1;
        this.#hear(snapshot);
      }),
      this.#backend.onConfirmFree((service) => this.#want(service)),
    ];
    Promise.all(subscriptions).catch(() => (this.isLost = true));
    // The events must be heard before the first question, or a change in between would be missed.
    void Promise.allSettled(subscriptions).then(() => this.#ask());
    void this.#backend.pendingConfirmation().then((service) => {
      if (service) this.#want(service);
    }, ignore);
    this.#askAboutDesktop();
    const stop = this.#clock.everySecond(() => this.#tick());
    return () => {
      stop();
      this.#heldBack();
      for (const subscription of subscriptions)
        void subscription.then((end) => end(), ignore);
    };
  }

  /** The moment for which the snapshot holds: this one, or when the program was last heard. */
  get toldAt(): number {
    return this.isLost ? (this.#heardAt ?? this.now) : this.now;
  }

  service(name: ServiceName): Service | null {
    return (
      this.snapshot?.services.find((service) => service.name === name) ?? null
    );
  }

  /** Gives an order and keeps what comes of it; resolves to the failure, if it failed. */
  async give(order: Order): Promise<Failure | null> {
    const pending: Answer = { answer: "pending", order };
    this.#keep(order, pending);
    let answer: Answer;
    try {
      const outcome = await this.#backend.order(order);
      answer = { answer: "carried_out", order, outcome };
    } catch (thrown) {
      const wasWell = this.service(order.service)?.condition === "well";
      answer = { answer: "failed", order, failure: asFailure(thrown), wasWell };
    }
    // Of two orders that overlap, the later one is the one that is spoken of.
    if (this.answers[order.service] === pending) this.#keep(order, answer);
    return answer.answer === "failed" ? answer.failure : null;
  }

  /** Asks the person whether the holders of that service's port may be ended, or asks again where that came to nothing. */
  confirm(name: ServiceName, trouble: Disagreement | null = null): void {
    const service = this.service(name);
    if (!service) return;
    const known = holders(service);
    this.confirmation = {
      service: name,
      shown: trouble?.failure === "unconfirmed" ? trouble.holders : known,
      known,
      trouble: trouble?.failure ?? null,
    };
  }

  cancel(): void {
    this.confirmation = null;
  }

  /** Ends exactly those who were shown. */
  async end(): Promise<void> {
    const agreed = this.confirmation;
    if (!agreed) return;
    const victims = processes(agreed.shown);
    const failure = await this.give({
      order: "free_port",
      service: agreed.service,
      victims,
    });
    if (this.confirmation !== agreed) return;
    if (failure?.failure === "changed" || failure?.failure === "unconfirmed") {
      await this.#ask();
      if (this.confirmation === agreed) this.confirm(agreed.service, failure);
    } else this.confirmation = null;
  }

  /** Whether those who hold the port that is asked about are being ended. */
  get isEnding(): boolean {
    const answer = this.confirmation && this.answers[this.confirmation.service];
    return answer?.answer === "pending" && answer.order.order === "free_port";
  }

  /** Whether the holders have changed under the eyes of the person who is asked to confirm. */
  get hasDrifted(): boolean {
    const { confirmation } = this;
    // That they go is what was asked for.
    if (this.isEnding) return false;
    const service = confirmation && this.service(confirmation.service);
    if (!service || !isSettled(service)) return false;
    const held = holders(service);
    return (
      !areSameHolders(held, confirmation.known) &&
      !areSameHolders(held, confirmation.shown)
    );
  }

  #want(service: ServiceName): void {
    this.#wanted = service;
    this.#meetWish();
  }

  // The window may be asked for a confirmation before it knows anything to show in it.
  #meetWish(): void {
    if (!this.#wanted || !this.snapshot) return;
    const wanted = this.#wanted;
    this.#wanted = null;
    this.confirm(wanted);
  }

  async #ask(): Promise<void> {
    const changes = this.#changes;
    this.#isQuestionOpen = true;
    this.#ticksSinceQuestion = 0;
    try {
      const snapshot = await this.#backend.snapshot();
      this.#isQuestionOpen = false;
      // An event that came meanwhile is more recent than this answer.
      if (changes === this.#changes) this.#hear(snapshot);
      else this.#heard();
    } catch {
      this.#isQuestionOpen = false;
      this.isLost = true;
    }
  }

  #tick(): void {
    this.now = this.#clock.now();
    this.#ticksSinceAnswer += 1;
    this.#ticksSinceQuestion += 1;
    // Ticks are counted, not time, for a machine that slept has not kept anybody waiting.
    if (
      this.#isQuestionOpen &&
      this.#ticksSinceAnswer >= TICKS_UNTIL_LOST &&
      this.#ticksSinceQuestion >= TICKS_UNTIL_LOST
    )
      this.isLost = true;
    if (this.#ticksSinceQuestion >= TICKS_UNTIL_ASKED_AGAIN) {
      void this.#ask();
      this.#askAboutDesktop();
    }
  }

  // Panels come a little after the window at login, and are restarted now and then.
  #askAboutDesktop(): void {
    void this.#backend
      .desktop()
      .then((offers) => (this.desktop = offers), ignore);
  }

  #hear(snapshot: Snapshot): void {
    this.#heldBack();
    this.#heard();
    const show = () => (this.snapshot = snapshot);
    if (this.#isPassing(snapshot))
      this.#heldBack = this.#clock.after(SHORTEST_ATTEMPT_SHOWN, show);
    else show();
    this.#meetWish();
  }

  #heard(): void {
    this.#ticksSinceAnswer = 0;
    this.isLost = false;
    this.now = this.#clock.now();
    this.#heardAt = this.now;
  }

  #isPassing(snapshot: Snapshot): boolean {
    return snapshot.services.some((service) => {
      const shown = this.service(service.name);
      return ports(service).some(
        ({ address, state }) =>
          state.state === "binding" &&
          shown !== null &&
          ports(shown).find((before) => before.address === address)?.state
            .state === "waiting",
      );
    });
  }

  #keep(order: Order, answer: Answer): void {
    this.answers = { ...this.answers, [order.service]: answer };
  }
}

const ignore = (): void => undefined;
