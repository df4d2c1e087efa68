import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { startServer, type RunningServer, type ServerOptions } from '../base.ts';
import type { Answer, Call, StandIn } from '../standin.ts';
import type { Clock } from '../clock.ts';
import { Router } from '../router.ts';
import { account } from './account.ts';
import { campaign, campaignBody, unsubscribe, unsubscriptionBody } from './campaigns.ts';
import { contacts } from './contacts.ts';
import { emailLog } from './email-log.ts';
import { sending } from './emails.ts';
import { BrevoFailure, internalError, tooManyRequests, unknownCall } from './errors.ts';
import { limitsBody, RateLimits } from './limits.ts';
import { lists } from './lists.ts';
import { readJson, readQuery } from './params.ts';
import { BrevoState, settingsBody, type BrevoContext, type Settings } from './state.ts';
import { webhooks } from './webhooks.ts';

/**
 * A local Brevo for the real SDK: `new BrevoClient({ apiKey, baseUrl: `${url}/v3` })`. It accepts
 * any key, and refuses a call without one with 401.
 */
export function startBrevo(options: ServerOptions = {}): Promise<RunningServer> {
  return startServer((clock) => new LocalBrevo(clock), options);
}

class LocalBrevo implements StandIn {
  readonly name = 'brevo';
  readonly controls;
  readonly #clock: Clock;
  readonly #router = new Router<BrevoContext, Answer>();
  readonly #limits: RateLimits;
  #settings: Settings = {
    processPolls: 2,
    processMs: 0,
    logDeletion: 'process',
    statisticsDays: null,
    timeZone: 'UTC',
    refusedKeys: [],
  };
  #state: BrevoState;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#limits = new RateLimits(clock);
    this.#state = new BrevoState(clock, () => this.#settings);
    this.controls = {
      settings: {
        schema: settingsBody.partial(),
        get: () => this.#settings,
        put: (value: unknown) => {
          this.#settings = settingsBody.parse({ ...this.#settings, ...settingsBody.partial().parse(value) });
        },
      },
      limits: {
        schema: limitsBody.partial(),
        get: () => this.#limits.limits,
        put: (value: unknown) => {
          this.#limits.limits = limitsBody.parse({ ...this.#limits.limits, ...limitsBody.partial().parse(value) });
          this.#limits.clear();
        },
      },
      campaigns: {
        schema: campaignBody,
        get: () => [...this.#state.contacts.values()].flatMap(({ campaigns }) => campaigns),
        put: (value: unknown) => campaign(this.#state, campaignBody.parse(value)),
      },
      unsubscriptions: {
        schema: unsubscriptionBody,
        get: () =>
          [...this.#state.contacts.values()].flatMap(({ campaigns }) =>
            campaigns.filter(({ kind }) => kind === 'unsubscribed').map(({ eventTime }) => eventTime),
          ),
        put: (value: unknown) => unsubscribe(this.#state, unsubscriptionBody.parse(value)),
      },
      deliveries: {
        schema: z.never(),
        get: () => this.#state.deliveries,
        put: () => undefined,
      },
    };
    for (const add of [lists, contacts, sending, emailLog, account, webhooks]) add(this.#router);
  }

  reset(): void {
    this.#state = new BrevoState(this.#clock, () => this.#settings);
    this.#limits.clear();
  }

  answer(call: Call): Answer {
    const key = call.headers['api-key'];
    if (key === undefined || key === '') return unauthorized('authentication not found in headers');
    if (this.#settings.refusedKeys.includes(key)) return unauthorized('Key not found');
    const { allowed, headers } = this.#limits.count(call.method, call.path);
    const answer = allowed ? this.#execute(call) : tooManyRequests();
    return { ...answer, headers: { ...headers, 'sib-request-id': randomUUID(), ...answer.headers } };
  }

  fault(kind: '429' | '500', call: Call): Answer {
    const { headers } = this.#limits.count(call.method, call.path);
    if (kind === '500') return { ...internalError(), headers };
    return {
      ...tooManyRequests(),
      headers: { ...headers, 'x-sib-ratelimit-remaining': '0', 'x-sib-ratelimit-reset': '1' },
    };
  }

  #execute(call: Call): Answer {
    try {
      const handle = this.#router.find(call.method, call.path);
      if (!handle) throw unknownCall(call.method, call.path);
      this.#state.settle();
      return handle({ state: this.#state, query: readQuery(call.search), body: readJson(call.body) });
    } catch (error) {
      if (error instanceof BrevoFailure) return error.answer();
      throw error;
    }
  }
}

/**
 * Both texts as Brevo answers them (getbrevo/brevo-python issue 13, sendinblue/APIv3-python-library
 * issue 63).
 */
const unauthorized = (message: string): Answer => new BrevoFailure(401, 'unauthorized', message).answer();
