import type { CertificateFacts } from './certificate.ts';
import type { CertificateOutcome } from './shape.ts';
import type { Job, StepId } from '../../jobs/types.ts';
import { DAY_MS, iso, type Instant } from '../../platform/time.ts';
import { defined } from '../../platform/defined.ts';
import { ComplianceError } from '../../platform/errors.ts';
import { addPeriod } from '../../policy/calendar.ts';
import { ruleInWords, systemWords } from '../../policy/generate/words.ts';
import { allRecords, recipientsOfSystem } from '../../policy/lookup.ts';
import type { Policy, PolicyRecord, RecordId, Text } from '../../policy/schema.ts';
import { statedVersion } from '../../policy/versions/inForce.ts';
import type { Subject } from '../../subject/identity.ts';
import type { OfficersWord } from '../../systems/system.ts';
import { inLanguages, textsIn } from '../../texts/index.ts';
import { textWithoutNames, withoutNames } from './namesNobody.ts';
import type { CertificateState } from './state.ts';
import { OFFICERS_STEP } from '../../officerTasks/task.ts';
import type { ErasureJob } from '../job.ts';
import { resultOf, type RecipientResult, type RecordResult, type Settled } from '../result.ts';

/** The facts that a certificate needs beside the policy and the job. */
export interface Issue {
  /** The step that issues it: `certificate`; of an interim one, a step that waits. */
  readonly step: StepId;
  /** 1 for the first certificate of an erasure. */
  readonly number: number;
  /** SHA-256 of the certificate before. */
  readonly supersedes: string | null;
  /** The end of the person's chain; null while it is open. */
  readonly ledger: CertificateFacts['ledger'];
  /** The soft delete of the buckets with a person's files, in seconds; null if it is not known. */
  readonly softDeleteSeconds: number | null;
  /** The person, never to be named in it. */
  readonly subject: Subject | null;
}

/**
 * States the facts of a certificate. Pure, and the same each time for the same job: no clock is
 * asked, `issued` is when the last step had finished that comes before.
 *
 * @throws ComplianceError `certificate.early` if a step is not finished that it speaks of
 */
export function certificateFacts(policy: Policy, job: ErasureJob, issue: Issue): CertificateFacts {
  const { number, supersedes, ledger, subject } = issue;
  const interim = issue.step !== 'certificate';
  const issued = issuedAt(job, issue.step);
  const results = resultOf(policy, job, issued);
  const records = results.filter((result): result is RecordResult => 'record' in result);
  const recipients = results.filter((result): result is RecipientResult => 'recipient' in result);
  const { name, address, country, email, timeZone, supervisoryAuthority: authority } = policy.controller;
  const known = new Set(records.map(({ record }) => record));
  return {
    ...{ id: job.id, number, interim, supersedes, ledger },
    statement: inLanguages(policy, ({ certificate }) => certificate.statement),
    controller: {
      ...{ name, address, country, email, timeZone },
      dataProtectionOfficer: policy.controller.dataProtectionOfficer ?? null,
      supervisoryAuthority: { name: authority.name, url: authority.url },
    },
    policyVersion: statedVersion(policy),
    pseudonym: job.pseudonym ?? '',
    startedBy: job.input.startedBy,
    ...defined({ officer: job.input.officer }),
    times: {
      asked: iso(job.input.startedAt),
      began: iso(finished(job, 'begin')),
      accountEnded: iso(job.input.deletedAt),
      readBack: iso(finished(job, 'check')),
      secondLook: iso(finished(job, 'secondLook')),
      thirdLook: iso(finished(job, 'thirdLook')),
      completed: interim ? null : iso(finished(job, OFFICERS_STEP)),
      issued: iso(issued),
    },
    records: records.map((result) => ({
      ...ofRecord(policy, result.record),
      state: result.state,
      outcomes: result.outcomes.map((outcome) => asStated(policy, outcome, issued, subject)),
    })),
    recipients: recipients.map((result) => ({
      ...ofRecipient(policy, job, result),
      state: result.state,
      records: [...result.records],
      outcomes: result.outcomes.map((outcome) => asStated(policy, outcome, issued, subject)),
    })),
    remains: Object.entries(policy.remains).map(([id, copy]) => ({
      ...{ id, name: copy.name },
      ...lastsFor(copy, issue.softDeleteSeconds, (within) => addPeriod(issued, within, timeZone), issued),
    })),
    kept: allRecords(policy)
      .filter(({ id, record }) => isPseudonymous(record) && !known.has(id))
      .map(({ id, record }) => ({ record: id, name: record.name, rule: rulesOf(policy, record) })),
  };
}

/** How long a copy lasts: as its setting was read, else as the policy declares. */
function lastsFor(
  { within, setting }: Policy['remains'][string],
  softDelete: number | null,
  after: (period: string) => Instant,
  issued: Instant,
): Pick<CertificateFacts['remains'][number], 'within' | 'until' | 'basis'> {
  if (setting === undefined || softDelete === null)
    return { within, until: iso(after(within)), basis: setting === undefined ? 'declared' : 'notRead' };
  const days = (softDelete * 1000) / DAY_MS;
  return {
    within: Number.isInteger(days) ? `P${days}D` : `PT${softDelete}S`,
    until: iso(issued + softDelete * 1000),
    basis: 'setting',
  };
}

const isPseudonymous = ({ subject }: PolicyRecord): boolean =>
  'pseudonymVariable' in subject || 'pseudonymField' in subject;

function finished(job: Job, id: StepId): Instant {
  const step = job.steps[id];
  if (step?.state !== 'done' || step.finishedAt === undefined)
    throw new ComplianceError('certificate.early', `the step ${id} is not finished: no certificate speaks of it yet`);
  return step.finishedAt;
}

/** When the last of the steps had finished that come before this one. */
function issuedAt(job: Job, id: StepId): Instant {
  const before = new Set<StepId>();
  const collect = (step: StepId): void => {
    for (const other of job.steps[step]?.after ?? []) {
      if (before.has(other)) continue;
      before.add(other);
      collect(other);
    }
  };
  collect(id);
  if (before.size === 0) throw new ComplianceError('certificate.early', `this erasure has no step ${id}`);
  return Math.max(...[...before].map((step) => finished(job, step)));
}

const rulesOf = (policy: Policy, record: PolicyRecord): Text =>
  inLanguages(policy, ({ rules }, language) =>
    record.fate.map((rule) => ruleInWords(rule, policy, language)).join(rules.separator),
  );

function ofRecord(policy: Policy, id: RecordId) {
  const record = Object.hasOwn(policy.records, id) ? policy.records[id] : undefined;
  const system = record?.system ?? 'unknown';
  return {
    record: id,
    name: record?.name ?? inLanguages(policy, () => id),
    system: { id: system, name: systemWords[system] ?? system },
    place: record?.path ?? textsIn('en').certificate.former,
    recipients: recipientsOfSystem(policy, system).map((one) => ({ recipient: one.id, name: one.recipient.name })),
    asked:
      record === undefined ? inLanguages(policy, ({ certificate }) => certificate.former) : rulesOf(policy, record),
  };
}

/**
 * The states in which nobody can say that a recipient was told of everything: something is an
 * officer's, or not known. One that refused was told.
 */
const NOT_TOLD: ReadonlySet<CertificateState> = new Set<CertificateState>([
  ...(['pending', 'disproportionate', 'impossible', 'unconfirmed', 'manual', 'unknown'] as const),
]);

function ofRecipient(policy: Policy, job: Job, { recipient: id, by, state, outcomes }: RecipientResult) {
  const recipient = Object.hasOwn(policy.recipients, id) ? policy.recipients[id] : undefined;
  const systems = recipient !== undefined && 'systems' in recipient.reach ? recipient.reach.systems : [];
  const answered = outcomes.flatMap((outcome) =>
    outcome.outcome === 'refused' || (outcome.outcome === 'done' && outcome.how === 'confirmed')
      ? [outcome.closedAt]
      : [],
  );
  const told = [...systems.flatMap((system) => job.steps[system]?.finishedAt ?? []), ...answered];
  return {
    recipient: id,
    name: recipient?.name ?? id,
    role: recipient?.role ?? 'unknown',
    countries: [...(recipient?.countries ?? [])],
    by,
    notified: told.length === 0 || NOT_TOLD.has(state) ? null : iso(Math.max(...told)),
  };
}

const officersWord = ({ closedBy, closedAt, proof }: OfficersWord) => ({
  ...{ by: closedBy, on: iso(closedAt) },
  ...defined({ proof }),
});

/**
 * Returns an outcome as the certificate states it: moments as ISO 8601, and nothing that names a
 * person.
 */
function asStated(policy: Policy, outcome: Settled, issued: Instant, subject: Subject | null): CertificateOutcome {
  if (!('at' in outcome)) return { outcome: outcome.outcome, count: 0 };
  const at = iso(outcome.at ?? issued);
  const anonymous = (text: Text): Text => textWithoutNames(text, subject);
  const { count } = outcome;
  switch (outcome.outcome) {
    case 'done':
      return outcome.how === 'confirmed'
        ? { outcome: 'done', count, at, how: outcome.how, officer: officersWord(outcome) }
        : { outcome: 'done', count, at, ...defined({ how: outcome.how }) };
    case 'unconfirmed':
    case 'refused':
    case 'impossible':
    case 'disproportionate':
      return { outcome: outcome.outcome, count, at, what: anonymous(outcome.what), officer: officersWord(outcome) };
    case 'expiring':
      return { outcome: 'expiring', count, at, what: anonymous(outcome.what), until: iso(outcome.until) };
    case 'submitted':
      return { outcome: 'submitted', count, at, providerId: outcome.providerId, finishBy: iso(outcome.finishBy) };
    case 'manual':
      return { outcome: 'manual', count, at, what: anonymous(outcome.what), by: iso(outcome.by) };
    case 'retained': {
      const { ground, until, held, ids } = outcome;
      const article = withoutNames(ground.article, subject, 'en');
      // The ground of a hold is an officer's text, and can name a person or a lawsuit: the article
      // stays, the words are these.
      const text = held === true ? inLanguages(policy, ({ certificate }) => certificate.held) : anonymous(ground.text);
      return {
        ...{ outcome: 'retained', count, at },
        ground: { article, text },
        until: until === null ? null : iso(until),
        ...(held === true ? { held } : {}),
        ...(ids === undefined ? {} : { ids: [...ids] }),
      };
    }
  }
}
