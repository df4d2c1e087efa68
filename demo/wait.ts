import { setTimeout as pause } from 'node:timers/promises';

export interface WaitOptions {
  /** Milliseconds until the last value is taken as it is. */
  readonly within: number;
  /** Milliseconds between two reads. */
  readonly every?: number;
}

/**
 * Reads until `enough`, or until the time is over. Returns the last value either way, so that a
 * table shows it.
 *
 * @example const job = await until(() => readJob(id), (job) => job?.status === 'completed', {
 *   within: 60_000 })
 */
export async function until<T>(
  read: () => Promise<T>,
  enough: (value: T) => boolean,
  options: WaitOptions,
): Promise<T> {
  const deadline = Date.now() + options.within;
  for (;;) {
    const value = await read();
    if (enough(value) || Date.now() >= deadline) return value;
    await pause(options.every ?? 200);
  }
}
