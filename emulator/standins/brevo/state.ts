import { randomUUID } from 'node:crypto';
import type { Brevo } from '@getbrevo/brevo';
import { z } from 'zod';
import type { Clock } from '../clock.ts';

export type AttributeValue = Brevo.CreateContactRequest.Attributes.Value;

export interface Contact {
  id: number;
  email?: string | undefined;
  /** Upper-case names; `SMS` and `EXT_ID` identify the contact too. */
  attributes: Record<string, AttributeValue>;
  emailBlacklisted: boolean;
  smsBlacklisted: boolean;
  listIds: Set<number>;
  listUnsubscribed: Set<number>;
  /** Events of campaigns, oldest first. */
  campaigns: CampaignEvent[];
  createdAt: string;
  modifiedAt: string;
}

export interface CampaignEvent {
  kind:
    'messagesSent' | 'delivered' | 'opened' | 'clicked' | 'hardBounces' | 'softBounces' | 'complaints' | 'unsubscribed';
  campaignId: number;
  eventTime: string;
  url: string;
}

export interface ContactList {
  id: number;
  name: string;
  folderId: number;
  createdAt: string;
}

/** One transactional e-mail to one recipient. */
export interface SentEmail {
  uuid: string;
  messageId: string;
  email: string;
  from: string;
  subject: string;
  body: string;
  templateId?: number | undefined;
  tags: string[];
  attachmentCount: number;
  date: string;
  events: { event: Brevo.GetEmailEventReportResponse.Events.Item.Event; date: string }[];
}

/** Where an event of a campaign is told, and the token that comes with it. */
export interface Webhook {
  readonly id: number;
  readonly url: string;
  readonly events: readonly string[];
  readonly auth?: { readonly token: string } | undefined;
}

/** A call of a webhook, and its answer; null: there was none. */
export interface Delivery {
  readonly url: string;
  readonly status: number | null;
}

export interface Process {
  id: number;
  name: string;
  startedAt: number;
  /** How often somebody looked. */
  polls: number;
  /** The effect of its completion; undefined once it is done. */
  effect?: (() => void) | undefined;
}

/** `PUT /_control/settings` of the local Brevo. */
export const settingsBody = z.strictObject({
  /** A process is completed once it was looked at this often … */
  processPolls: z.number().int().min(0),
  /** … and this old, in milliseconds. */
  processMs: z.number().int().min(0),
  /**
   * The answer to a deletion of logs: `{ process_id }` as Brevo's guide says, or nothing (204) as
   * its reference does.
   */
  logDeletion: z.enum(['process', '204']),
  /** How many days back statistics can be asked for; null: without an end. */
  statisticsDays: z.number().int().min(1).nullable(),
  /** The time zone that days are counted in: Brevo does not name it. */
  timeZone: z.string(),
  /** Keys that are refused, to see the effect of a wrong one. */
  refusedKeys: z.array(z.string()),
});

export type Settings = z.infer<typeof settingsBody>;

/** Everything that the account holds. */
export class BrevoState {
  readonly clock: Clock;
  readonly settings: () => Settings;
  readonly contacts = new Map<number, Contact>();
  readonly lists = new Map<number, ContactList>();
  /** Folders by id; every account has a first one. */
  readonly folders = new Map<number, string>([[1, 'Your First Folder']]);
  readonly processes = new Map<number, Process>();
  readonly webhooks = new Map<number, Webhook>();
  readonly deliveries: Delivery[] = [];
  emails: SentEmail[] = [];
  /** Keys of messages that were taken, with the moment of it. */
  readonly idempotencyKeys = new Map<string, number>();
  #lastId = 0;

  constructor(clock: Clock, settings: () => Settings) {
    this.clock = clock;
    this.settings = settings;
  }

  nextId(): number {
    this.#lastId += 1;
    return this.#lastId;
  }

  /** As Brevo writes times: `2026-01-31T12:00:00.000Z`. */
  time(): string {
    return new Date(this.clock.now()).toISOString();
  }

  messageId(): string {
    return `<${randomUUID()}@smtp-relay.mailin.fr>`;
  }

  startProcess(name: string, effect: () => void): Process {
    const process: Process = { id: this.nextId(), name, startedAt: this.clock.now(), polls: 0, effect };
    this.processes.set(process.id, process);
    return process;
  }

  /** Completes the processes that are old enough and were polled often enough. */
  settle(): void {
    const { processMs, processPolls } = this.settings();
    for (const process of this.processes.values()) {
      if (!process.effect || process.polls < processPolls || this.clock.now() < process.startedAt + processMs) continue;
      process.effect();
      process.effect = undefined;
    }
  }
}

/** The inputs of one call. */
export interface BrevoContext {
  state: BrevoState;
  query: Record<string, string | string[]>;
  /** The JSON body, `{}` without one. */
  body: unknown;
}
