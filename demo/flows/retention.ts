import type { Timestamp } from 'firebase-admin/firestore';
import {
  CONSENT_PURPOSES,
  PERIODS,
  allDocuments,
  everSaidNo,
  lastAnswer,
  type Row as Document,
} from '../../fixtures/index.ts';
import { cutoff } from '../../functions/src/policy/calendar.ts';
import { isSuperseded } from '../../functions/src/policy/versions/inForce.ts';
import { openJobs } from '../read/backend.ts';
import { readMarked, readDocuments, type Documents } from '../read/documents.ts';
import { same, sameSet, unchanged, type Row } from '../report.ts';
import type { Stage } from '../stage.ts';
import { until } from '../wait.ts';
import { writtenBy } from './consent.ts';
import type { Flow, Played } from './flow.ts';

interface Run {
  readonly status: string;
  readonly startedAt: Timestamp;
  readonly records: Readonly<Record<string, { readonly deleted?: number; readonly error?: unknown }>>;
}

export interface Seen {
  /** Every loaded document, with its own age. */
  readonly documents: readonly Document[];
  /** Paths that the flow before this one wrote as a client. */
  readonly written: readonly string[];
  readonly before: Documents;
  readonly after: Documents;
  readonly run: Run | undefined;
  /** Consents that the same night asks again: the expected ones, and the marked ones. */
  readonly asked: { readonly expected: readonly string[]; readonly marked: readonly string[] };
}

const recordsOf = (run: Run | undefined) => Object.entries(run?.records ?? {});

export function rowsOf({ documents, written, before, after, run, asked }: Seen): Row[] {
  const paths = (some: readonly Document[]) => some.map((document) => document.path);
  const expired = documents.filter((document) => document.expired);
  const over = new Set(paths(expired));
  const kept = new Map([...before].filter(([path]) => !over.has(path)));
  const decoys = new Map(
    [...kept].filter(([path]) => paths(documents.filter((d) => d.place === 'decoy')).includes(path)),
  );
  const failed = recordsOf(run).flatMap(([id, { error }]) => (error === undefined || error === null ? [] : [id]));
  const deleted = recordsOf(run).reduce((sum, [, record]) => sum + (record.deleted ?? 0), 0);
  return [
    sameSet('Before: all documents are there', [...paths(documents), ...written], before.keys()),
    same('The run in retentionRuns', 'finished', run?.status ?? 'none'),
    same('The run: records with an error', [], failed),
    same('The run: documents deleted', expired.length, deleted),
    ...Object.entries(PERIODS).map(([place, period]) => {
      const old = paths(expired.filter((document) => document.place === place));
      return same(
        `${place} over ${period}, of ${old.length}`,
        '0 left',
        `${old.filter((path) => after.has(path)).length} left`,
      );
    }),
    sameSet('After: exactly what is within its period', kept.keys(), after.keys()),
    unchanged('After: its content', kept, after),
    unchanged('After: old documents under other parents', decoys, after),
    sameSet('Asked again: consents over six months old', asked.expected, asked.marked),
  ];
}

/**
 * Returns the consents that are given and due again: to an older version of the text, or older than
 * the policy's period. Years of answers are loaded within seconds, and a refusal counts from its
 * receipt. So nothing stands for a person with any refusal, not even an "earlier" answer.
 */
function dueAgain({ policy, world }: Stage): string[] {
  const old = cutoff(policy.rights.reconsentAfter.period, Date.now(), policy.controller);
  return world.people.flatMap(({ histories }) =>
    CONSENT_PURPOSES.flatMap((purpose) => {
      const history = histories.find(({ path }) => path.endsWith(`/consents/${purpose}`));
      if (history === undefined || everSaidNo(histories, purpose)) return [];
      const { policyVersion, updatedAt } = lastAnswer(history) as { policyVersion: string; updatedAt: Date };
      const isOld = isSuperseded(policy, purpose, policyVersion, Date.now());
      return isOld || updatedAt.getTime() <= old ? [history.path] : [];
    }),
  );
}

/**
 * Kinds of the jobs that the night starts: comparing, asking again, withdrawing marketing, writing
 * to people.
 */
const NIGHTLY = ['reconcile', 'reconsent', 'change', 'notice'];

export const retention: Flow = {
  title: '2 · Retention: what is over its period goes, nothing else',
  async run(stage: Stage, say): Promise<Played> {
    const { app, compliance } = stage.clients;
    const runs = async () => (await compliance.collection('retentionRuns').get()).docs;
    const earlier = new Set((await runs()).map((doc) => doc.id));
    const before = await readDocuments(app, stage.world);

    say('firing retentionDaily');
    await stage.suite.fire('retentionDaily');
    const run = await until(
      async () => (await runs()).find((doc) => !earlier.has(doc.id))?.data() as Run | undefined,
      (found) => found?.status.startsWith('finished') === true,
      { within: 90_000 },
    );
    say('waiting until everybody whose consents are due again was asked');
    await until(
      async () => (await Promise.all(NIGHTLY.map((kind) => openJobs(compliance, kind)))).flat(),
      (open) => open.length === 0,
      { within: 120_000, every: 300 },
    );
    say('reading everything back');
    return {
      rows: rowsOf({
        documents: [...allDocuments(stage.world), ...stage.loaded.customers],
        written: writtenBy(stage),
        before,
        after: await readDocuments(app, stage.world),
        run,
        asked: { expected: dueAgain(stage), marked: await readMarked(app) },
      }),
    };
  },
};
