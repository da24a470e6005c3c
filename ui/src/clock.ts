// Time, passed in: the window reads it here and nowhere else.

export interface Clock {
  /** This moment, in milliseconds since 1970. */
  now(): number;
  /** Calls `tick` once a second until the returned function is called. */
  everySecond(tick: () => void): () => void;
  /** Calls `then` once, unless the returned function is called before. */
  after(milliseconds: number, then: () => void): () => void;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  everySecond(tick) {
    const timer = setInterval(tick, 1000);
    return () => clearInterval(timer);
  },
  after(milliseconds, then) {
    const timer = setTimeout(then, milliseconds);
    return () => clearTimeout(timer);
  },
};

const format = (parts: Intl.DateTimeFormatOptions) =>
  new Intl.DateTimeFormat("en-GB", parts);

const clockTime = format({ hour: "2-digit", minute: "2-digit" });
const exactTime = format({
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
});
const day = format({ day: "numeric", month: "short" });
const dayAndYear = format({ day: "numeric", month: "short", year: "numeric" });

/** `14:02` today, `21 Nov, 14:02` this year, `21 Nov 2025, 14:02` before. */
export function moment(at: number, now: number): string {
  const time = clockTime.format(at);
  if (dayAndYear.format(at) === dayAndYear.format(now)) return time;
  const sameYear = new Date(at).getFullYear() === new Date(now).getFullYear();
  return `${(sameYear ? day : dayAndYear).format(at)}, ${time}`;
}

/** `14:02:09` today and where no today is given, `21 Nov, 14:02:09` before. */
export function exactMoment(at: number, today = at): string {
  const time = exactTime.format(at);
  if (startOfDay(at) === startOfDay(today)) return time;
  return `${day.format(at)}, ${time}`;
}

/** The moment at which that day began here. */
export const startOfDay = (at: number): number =>
  new Date(at).setHours(0, 0, 0, 0);

/** `45 s`, `4 min`, `2 h 5 min`, `3 days`: as exact as a glance needs. */
export function span(milliseconds: number): string {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48)
    return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${minutes % 60} min`;
  return `${Math.floor(hours / 24)} days`;
}

/** How long ago it was, or that it was just now. */
export const ago = (at: number, now: number): string =>
  now - at < 15_000 ? "just now" : `${span(now - at)} ago`;

/** Whole seconds until then, never less than none. */
export const secondsUntil = (at: number, now: number): number =>
  Math.max(0, Math.ceil((at - now) / 1000));
