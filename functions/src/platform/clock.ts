/** The time in epoch milliseconds. Comes in as data everywhere, so that a test says what time it is. */
export type Clock = () => number;

/** A moment in epoch milliseconds. */
export type Instant = number;

export const systemClock: Clock = () => Date.now();
