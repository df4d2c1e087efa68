import { Timestamp } from 'firebase-admin/firestore';
import { amikeo } from '../../../functions/policies/amikeo/index.ts';
import { refreshProtection } from '../../../functions/src/consent/protection.ts';
import { changeRunner } from '../../../functions/src/consent/steps.ts';
import { erasureRunner } from '../../../functions/src/erasure/steps.ts';
import { reconcilePerson } from '../../../functions/src/consent/reconcile.ts';
import { privacyRequestUpdated } from '../../../functions/src/handlers/requests.ts';
import type { Runners } from '../../../functions/src/jobs/catalog.ts';
import { runJob } from '../../../functions/src/jobs/run.ts';
import { tick } from '../../../functions/src/jobs/tick.ts';
import { headRef } from '../../../functions/src/ledger/documents.ts';
import { latestHead } from '../../../functions/src/ledger/find.ts';
import { DAY_MS } from '../../../functions/src/platform/time.ts';
import type { Regime, Say } from '../../../functions/src/policy/regimes.ts';
import { requestAsHolder } from '../../../functions/src/rights/onBehalf/ask.ts';
import { queueRunner } from '../../../functions/src/rights/queue.ts';
import { requestKey, type RequestType } from '../../../functions/src/requests/request.ts';
import { recordUnder } from '../../../functions/src/requests/find.ts';
import { pseudonymOf, pseudonymsOf } from '../../../functions/src/subject/pseudonym.ts';
import { state, storedPower } from '../../kit/sealed/statements.ts';
import { testContext } from '../requests/helpers.ts';

export const NOW = Date.parse('2026-06-01T09:00:00Z');

/** A person, `kim`, and people with a power to act for them; both databases in memory. */
export class Family {
  readonly context = { ...testContext(NOW), policy: amikeo };
  #calls = 0;
  #events = 0;

  /** States a power of somebody over Kim, as the servers do. */
  async power(holder: string, regime: Regime, more: object = {}): Promise<void> {
    await this.stateOnly(holder, regime, more);
    await refreshProtection(this.context, 'kim');
  }

  /** The same, while the event of it is still on its way. */
  async stateOnly(holder: string, regime: Regime, more: object = {}): Promise<void> {
    const from = Timestamp.fromMillis(NOW - DAY_MS);
    const stated = { child: 'kim', holder, from, ...storedPower(regime, NOW), ...more };
    await state(this.context, `guardianships/${holder}`, { ...stated, statedAt: Timestamp.fromMillis(this.now++) });
  }

  /** Lets the power of somebody end now, as a server's withdrawal does. */
  endPower(holder: string, regime: Regime): Promise<void> {
    return this.power(holder, regime, { until: Timestamp.fromMillis(this.now) });
  }

  get now(): number {
    return this.context.time.now;
  }
  set now(at: number) {
    this.context.time.now = at;
  }

  /** A new version of the pseudonym key is deployed. */
  changeKey(): void {
    const current = this.context.keys.current + 1;
    const keys = { current, keys: { ...this.context.keys.keys, [current]: `key ${current} for tests` } };
    Object.assign(this.context, { keys });
  }

  ask(holder: string, type: RequestType, more: object = {}) {
    const data = { child: 'kim', type, requestId: `request-${this.#calls++}`, ...more };
    const caller = { uid: holder, accountCreatedAt: 1, signedInAt: this.now };
    return requestAsHolder(this.context, { caller, data, language: 'en' });
  }

  /** Asks, and returns the id of the person's document. */
  async asked(holder: string, type: RequestType, more: object = {}): Promise<string> {
    const answer = await this.ask(holder, type, more);
    if (!answer.ok) throw new Error(answer.code);
    return answer.result.id;
  }

  document(id: string) {
    return this.context.app.doc(`users/kim/privacyRequests/${id}`);
  }
  async shown(id: string) {
    return (await this.document(id).get()).data();
  }
  async recorded(id: string) {
    return (await this.#found(id))?.record ?? null;
  }
  /** Its name in `requests`, under whichever key. */
  async nameOf(id: string): Promise<string> {
    return requestKey((await this.#found(id))?.chain ?? '', id, this.context.keys);
  }
  #found(id: string) {
    const { keys } = this.context;
    return recordUnder(this.context, pseudonymsOf('kim', keys), (chain) => requestKey(chain, id, keys));
  }
  /** Its name in `requests`, under today's key. */
  keyOf(id: string): string {
    return requestKey(pseudonymOf('kim', this.context.keys), id, this.context.keys);
  }

  /** Kim writes a word on their own document; returns its event, which may come late or twice. */
  async write(id: string, fields: { say: Say } | { cancelled: true }): Promise<() => Promise<void>> {
    const before = await this.document(id).get();
    await this.document(id).update(fields);
    const written = await this.document(id).get();
    this.now += 1000;
    const updateTime = Timestamp.fromMillis(this.now);
    const after = { data: () => written.data(), updateTime };
    const event = {
      // The event itself tells whole seconds only.
      ...{ id: `word-${this.#events++}`, time: new Date(Math.floor(this.now / 1000) * 1000).toISOString() },
      ...{ params: { uid: 'kim', id }, data: { before, after } },
    };
    return () => privacyRequestUpdated(this.context, event as never);
  }
  async says(id: string, say: Say): Promise<void> {
    await (
      await this.write(id, { say })
    )();
  }

  /** Days go by, and the jobs whose time has come run. */
  async days(count: number): Promise<void> {
    this.now += count * DAY_MS;
    await this.runJobs();
  }

  /** Runs each job of answers, requests and erasures once whose time has come. */
  async runJobs(): Promise<void> {
    const runners = {
      change: async () => changeRunner(this.context),
      request: async () => queueRunner(this.context),
      erasure: async () => erasureRunner(this.context, reconcilePerson),
    } as unknown as Runners;
    this.context.enqueued.length = 0;
    await tick(this.context);
    const jobs = this.context.enqueued.map((line) => line.replace(/^\w+ /, ''));
    for (const job of jobs) if (!job.startsWith('export_')) await runJob(this.context, runners, job);
  }

  async entries(): Promise<string[]> {
    const found = await headRef(this.context.own, pseudonymOf('kim', this.context.keys))
      .collection('entries')
      .orderBy('seq')
      .get();
    return found.docs
      .filter((one) => one.get('kind') === 'request')
      .map((one) => `${String(one.get('state'))} ${String(one.get('actor'))}`);
  }
  async head() {
    return (await latestHead(this.context, 'kim')).head;
  }
  async jobs(): Promise<string[]> {
    const found = await this.context.own.collection('jobs').get();
    return found.docs.map(({ id }) => id.split('_')[0] ?? '').sort();
  }
}
