import { relative, sep } from 'node:path';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/**
 * The files that take longest, the longest first. Begun last, one of them keeps everybody waiting.
 */
const LONG = [
  'emulator/export/faults',
  'emulator/erasure/outlives',
  'rules/firestore',
  'suites/shop',
  'emulator/rights/answers',
  'suites/example',
  'emulator/erasure/fault-matrix',
  'emulator/erasure/starts',
  'suites/lifecycle',
  'suites/functions',
  'emulator/erasure/erasure',
  'emulator/erasure/replay',
  'emulator/rights/rectification',
  'emulator/rights/links',
  'conformance/brevo',
  'conformance/brevo-export',
  'conformance/stripe',
  'conformance/firestore',
  'emulator/consent/chaos',
  'emulator/consent/guardians',
  'emulator/erasure/holds',
  'emulator/erasure/attacks',
  'emulator/export/matrix',
  'emulator/erasure/suppression',
  'emulator/rights/requests',
  'emulator/export/officer',
  'emulator/consent/reconsent',
  'emulator/consent/receipt',
  'emulator/consent/effects',
  'emulator/consent/reconcile',
  'emulator/export/export',
  'emulator/checkpoints/builder',
  'emulator/erasure/accounts',
  'emulator/export/access',
  'emulator/retention/retention',
  'emulator/erasure/tenants',
  'unit/systems/adding',
  'unit/policy/places/written',
  'unit/officerTasks/exportHistories',
  'unit/officerTasks/erasureHistories',
  'unit/histories/anyHistory',
  'unit/consent/way',
  'unit/cli/cli',
  'unit/systems/calls',
  'unit/erasure/lastAnswer/lastAnswer',
  'unit/consent/histories',
  'unit/export/verify/verify',
  'unit/export/faults',
  'unit/erasure/attacksNamed',
  'unit/rights/queue',
  'unit/export/report/accessible',
];

/** Returns a file's place among the longest; an unlisted file comes behind them. */
function place({ moduleId }: TestSpecification): number {
  const name = relative(import.meta.dirname, moduleId)
    .split(sep)
    .join('/')
    .replace(/(\.all|\.sampled)?\.test\.ts$/, '');
  const at = LONG.indexOf(name);
  return at === -1 ? LONG.length : at;
}

/** Kinds whose files share a process, one after the other, until a file of another kind comes. */
const kind = ({ project }: TestSpecification): number => (project.config.isolate ? 1 : 0);

/**
 * Sorts the longest files first. A machine without a cache of earlier runs, as CI is, would begin
 * with the largest files and end with the slowest project.
 */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const group = ({ project }: TestSpecification): number => project.config.sequence.groupOrder;
    return (await super.sort(files)).sort((a, b) => group(a) - group(b) || kind(a) - kind(b) || place(a) - place(b));
  }
}
