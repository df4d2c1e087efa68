import { Timestamp } from 'firebase-admin/firestore';
import { contract } from '../../functions/src/policy/contract.ts';
import { newJob } from '../../functions/src/jobs/catalog.ts';
import { toDocument } from '../../functions/src/jobs/store.ts';
import { emptyHead } from '../../functions/src/ledger/chain.ts';
import { headPath, sealedHead } from '../../functions/src/ledger/documents.ts';
import type { PseudonymKeys } from '../../functions/src/platform/keys.ts';
import type { JobKind } from '../../functions/src/platform/queues.ts';
import { pseudonymOf } from '../../functions/src/subject/pseudonym.ts';
import type { LoadPlan } from './load.ts';

/** The first event of each function, small and ordinary. */

type Values = Readonly<Record<string, unknown>>;
type Event = Omit<LoadPlan, 'file' | 'name'>;

/** A function's first event, and the trigger that delivers it. */
export interface FirstEvent extends Event {
  readonly trigger: Trigger;
}
export type Trigger =
  'written' | 'created' | 'updated' | 'userCreated' | 'userDeleted' | 'schedule' | 'task' | 'call' | 'request';

const NOW = Date.now();
const JOB = 'first';
/** The token of Brevo's webhook in these runs: not a secret. */
export const WEBHOOK_TOKEN = 'token';

/**
 * A value as Firestore's API has it. `moment` writes timestamps: gRPC and JSON do it differently.
 */
function encoded(value: unknown, moment: (at: Timestamp) => unknown): unknown {
  if (value instanceof Timestamp) return { timestampValue: moment(value) };
  if (typeof value === 'string') return { stringValue: value };
  if (typeof value === 'boolean') return { booleanValue: value };
  if (typeof value === 'number')
    return Number.isInteger(value) ? { integerValue: String(value) } : { doubleValue: value };
  if (Array.isArray(value)) return { arrayValue: { values: value.map((one) => encoded(one, moment)) } };
  if (value instanceof Uint8Array) return { bytesValue: Buffer.from(value).toString('base64') };
  if (typeof value !== 'object' || value === null) return { nullValue: 'NULL_VALUE' };
  return { mapValue: { fields: fields(value as Values, moment) } };
}

const fields = (values: Values, moment: (at: Timestamp) => unknown): Values =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [name, encoded(value, moment)]));

const inGrpc = (at: Timestamp): unknown => ({ seconds: at.seconds, nanos: at.nanoseconds });
const inJson = (at: Timestamp): unknown => at.toDate().toISOString();

/** A CloudEvent about a document, as Eventarc delivers it. */
function written(trigger: Trigger, document: string, database: string, after: Values, before?: Values): FirstEvent {
  const time = new Date(NOW).toISOString();
  const state = (values: Values): object => ({
    name: `projects/demo-bench/databases/${database}/documents/${document}`,
    fields: fields(values, inJson),
    createTime: time,
    updateTime: time,
  });
  const data = { value: state(after), ...(before === undefined ? {} : { oldValue: state(before) }) };
  const event = {
    specversion: '1.0',
    id: 'f3a0c9d2-0000-4000-8000-000000000001',
    type: 'google.cloud.firestore.document.v1.written',
    source: `//firestore.googleapis.com/projects/demo-bench/databases/${database}`,
    time,
    datacontenttype: 'application/json',
    project: 'demo-bench',
    database,
    document,
    data,
  };
  return { trigger, raw: true, event, documents: {} };
}

const at = (template: string, ids: Readonly<Record<string, string>>): string =>
  template.replaceAll(/\{(\w+)\}/g, (_, id: string) => ids[id] ?? 'first');

const inApp = (template: string, after: Values, ids: Readonly<Record<string, string>> = {}): FirstEvent =>
  written('written', at(template, { uid: 'person', ...ids }), '(default)', after);

const inOwn = (document: string, after: Values): FirstEvent => written('written', document, 'compliance', after);

/** An event of Auth. */
const account = (trigger: 'userCreated' | 'userDeleted'): FirstEvent => {
  const time = new Date(NOW).toISOString();
  const data = { uid: 'person', email: 'person@example.com', metadata: { creationTime: time, lastSignInTime: time } };
  return { trigger, raw: false, event: { specversion: '1.0', id: 'first', time, data }, documents: {} };
};

const schedule: FirstEvent = {
  trigger: 'schedule',
  raw: false,
  event: { scheduleTime: new Date(NOW).toISOString() },
  documents: {},
};

/**
 * A task of a job whose stored input fits nothing: loads its runner and its shape, blocks the job,
 * and ends. A job that runs would measure its work.
 */
function task(kind: JobKind, step: string, keys: PseudonymKeys): FirstEvent {
  const job = newJob({ id: JOB, kind, input: {}, dueAt: NOW, steps: [{ id: step }] }, NOW - 1000);
  const documents = { [`jobs/${JOB}`]: fields(toDocument(job, keys), inGrpc) };
  return { trigger: 'task', raw: false, event: { data: { jobId: JOB } }, documents };
}

/** A call of an app. `signedIn`: with a token of the account that is there. */
function call(data: Values, signedIn: boolean): FirstEvent {
  const token = { firebase: {}, auth_time: Math.floor(NOW / 1000) };
  const rawRequest = { headers: {}, socket: { remoteAddress: '192.0.2.1' } };
  const event = { data, rawRequest, ...(signedIn ? { auth: { uid: 'person', token } } : {}) };
  return { trigger: 'call', raw: false, event, documents: {} };
}

const person = { email: 'person@example.com', firstName: 'First', lastName: 'Last', message: 'Hello' };

/**
 * The head of a person who is in the ledger already, as at most events. The very first one looks
 * for it with a query more.
 */
function known(keys: PseudonymKeys): LoadPlan['documents'] {
  const chain = pseudonymOf('person', keys);
  return { [headPath(chain)]: fields(sealedHead(chain, emptyHead(chain), keys), inGrpc) };
}

/** @param keys seal the jobs and the head that functions find */
export const firstEvents = (keys: PseudonymKeys): Readonly<Record<string, FirstEvent>> => {
  const head = known(keys);
  const all = Object.entries(eventsWith(keys));
  return Object.fromEntries(
    all.map(([name, event]) => [name, { ...event, documents: { ...head, ...event.documents } }]),
  );
};

const eventsWith = (keys: PseudonymKeys): Readonly<Record<string, FirstEvent>> => ({
  consentWritten: inApp(
    contract.consents,
    { granted: true, policyVersion: '2025-06-15', source: 'app', updatedAt: Timestamp.fromMillis(NOW) },
    { purpose: 'feedbackPlatforms' },
  ),
  devicePermissionWritten: inApp(
    contract.devicePermissions,
    { permission: 'camera', granted: true, deviceId: 'phone', updatedAt: Timestamp.fromMillis(NOW) },
    { id: 'phone_camera' },
  ),
  ageBandWritten: inOwn('ageBands/person', { band: 'adult' }),
  guardianshipWritten: inOwn('guardianships/first', { child: 'person' }),
  restrictionWritten: inOwn('restrictions/person', {}),
  profileWritten: written(
    'written',
    'users/person',
    '(default)',
    { firstName: 'Ada', lastName: 'Lovelace' },
    { firstName: 'Ada', lastName: 'Byron' },
  ),
  privacyRequestCreated: {
    ...inApp(contract.privacyRequests, { type: 'portability', createdAt: Timestamp.fromMillis(NOW) }),
    trigger: 'created',
  },
  privacyRequestUpdated: written(
    'updated',
    at(contract.privacyRequests, { uid: 'person' }),
    '(default)',
    { type: 'portability', createdAt: Timestamp.fromMillis(NOW), cancelled: true },
    { type: 'portability', createdAt: Timestamp.fromMillis(NOW) },
  ),
  accountCreated: account('userCreated'),
  accountDeleted: account('userDeleted'),
  retentionDaily: schedule,
  tick: schedule,
  erasureTask: task('erasure', 'start', keys),
  retentionTask: task('retention', 'split', keys),
  exportTask: task('export', 'archive', keys),
  changeTask: task('change', 'mark', keys),
  ledgerTask: task('checkpoint', 'claim', keys),
  contact: call(person, false),
  contactRequestCreated: written('created', 'contactRequests/first', '(default)', {
    ...person,
    uid: 'person',
    createdAt: Timestamp.fromMillis(NOW),
  }),
  requestByEmail: call({ email: 'person@example.com', asks: 'marketing' }, false),
  // The button of a link that never was: the same work as for one that is over.
  links: { trigger: 'request', raw: true, event: {}, path: `/${'t'.repeat(43)}`, documents: {} },
  brevoWebhook: {
    trigger: 'request',
    raw: true,
    event: { event: 'unsubscribe', email: 'person@example.com', ts_event: Math.floor(NOW / 1000) },
    headers: { authorization: `Bearer ${WEBHOOK_TOKEN}` },
    documents: {},
  },
  guardianConsent: call(
    {
      child: 'other',
      purpose: 'feedbackPlatforms',
      granted: true,
      policyVersion: '2025-06-15',
      source: 'app',
      requestId: 'first-answer',
    },
    true,
  ),
  guardianRequest: call({ child: 'other', type: 'access', requestId: 'first-request' }, true),
  exportLink: call({ requestId: 'first' }, true),
  consentReceipt: call({}, true),
  serverStatements: {
    trigger: 'request',
    raw: true,
    event: { submit: 'restriction', uid: 'person' },
    documents: {},
  },
});
