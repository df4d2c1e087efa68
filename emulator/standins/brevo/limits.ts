import { z } from 'zod';
import type { Clock } from '../clock.ts';

/** `PUT /_control/limits`. The lengths let a test or the demo live through an hour in a second. */
export const limitsBody = z.strictObject({
  enforced: z.boolean(),
  secondMs: z.number().int().min(1),
  hourMs: z.number().int().min(1),
  /**
   * Does a limit hold for every span of that length, whenever it begins? Brevo does not say; this
   * is the strictest.
   */
  rolling: z.boolean(),
});
export type Limits = z.infer<typeof limitsBody>;

interface Rule {
  name: string;
  fits(method: string, path: string): boolean;
  perSecond?: number;
  perHour: number;
}

/**
 * The first that fits counts (https://developers.brevo.com/docs/api-limits, "General rate limits").
 */
const rules: Rule[] = [
  {
    name: 'send',
    fits: (method, path) =>
      (method === 'POST' && path === '/v3/smtp/email') || (method === 'GET' && path === '/v3/smtp/blockedContacts'),
    perSecond: 1_000,
    perHour: 3_600_000,
  },
  {
    name: 'emails',
    fits: (method, path) => method === 'GET' && path === '/v3/smtp/emails',
    perSecond: 2,
    perHour: 7_200,
  },
  { name: 'smtp', fits: (_, path) => path.startsWith('/v3/smtp/'), perHour: 300 },
  { name: 'contacts', fits: (_, path) => /^\/v3\/contacts(\/|$)/.test(path), perSecond: 10, perHour: 36_000 },
  { name: 'others', fits: () => true, perHour: 100 },
];

interface Window {
  start: number;
  used: number;
  /** Times of its calls, for rolling windows; oldest first. */
  made: number[];
}

/** The rest of a limit after a call. */
export interface Allowance {
  allowed: boolean;
  /**
   * `x-sib-ratelimit-limit`, `-remaining` and `-reset`
   * (https://developers.brevo.com/docs/limit-headers).
   */
  headers: Record<string, string>;
}

/** Counts calls in fixed windows that begin with their first call, or in rolling ones. */
export class RateLimits {
  readonly #clock: Clock;
  readonly #windows = new Map<string, Window>();
  limits: Limits = { enforced: false, secondMs: 1_000, hourMs: 3_600_000, rolling: false };

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  clear(): void {
    this.#windows.clear();
  }

  /** Counts a call, unless it is over an enforced limit. */
  count(method: string, path: string): Allowance {
    const rule = rules.find((r) => r.fits(method, path));
    if (!rule) throw new Error('the last rule fits everything');
    const { secondMs, hourMs, enforced } = this.limits;
    const spans = [{ limit: rule.perHour, ms: hourMs }];
    if (rule.perSecond !== undefined) spans.unshift({ limit: rule.perSecond, ms: secondMs });
    const states = spans.map((span, i) => ({ ...span, window: this.#window(`${rule.name}${i}`, span.ms) }));
    const allowed = !enforced || states.every(({ window, limit }) => window.used < limit);
    if (allowed)
      for (const { window } of states) {
        window.used += 1;
        if (this.limits.rolling) window.made.push(this.#clock.now());
      }
    const over = states.filter(({ window, limit }) => window.used >= limit);
    // The headers tell of the limit that stops the caller for longest, otherwise of the tightest
    // one.
    return { allowed, headers: this.#headers(over.at(-1) ?? states[0]) };
  }

  #headers(state: { limit: number; ms: number; window: Window } | undefined): Record<string, string> {
    if (!state) return {};
    const { limit, ms, window } = state;
    return {
      'x-sib-ratelimit-limit': String(limit),
      'x-sib-ratelimit-remaining': String(Math.max(0, limit - window.used)),
      'x-sib-ratelimit-reset': String(Math.max(1, Math.ceil((window.start + ms - this.#clock.now()) / 1000))),
    };
  }

  #window(key: string, ms: number): Window {
    const now = this.#clock.now();
    const known = this.#windows.get(key);
    if (this.limits.rolling) {
      const made = (known?.made ?? []).filter((at) => at > now - ms);
      const rolled = { start: made[0] ?? now, used: made.length, made };
      this.#windows.set(key, rolled);
      return rolled;
    }
    if (known && now >= known.start && now < known.start + ms) return known;
    const fresh = { start: now, used: 0, made: [] };
    this.#windows.set(key, fresh);
    return fresh;
  }
}
