import { relative, sep } from 'node:path';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/**
 * The files that take longest, the longest first. Begun last, one of them keeps everybody waiting.
 */
const LONG = [
  'emulator/export-faults',
  'emulator/outlives',
  'rules/firestore',
  'emulator/policy-shop',
  'emulator/policy-example',
  'emulator/fault-matrix',
  'emulator/starts',
  'emulator/suite-lifecycle',
  'emulator/suite-functions',
  'emulator/erasure',
  'emulator/replay',
  'conformance/brevo',
  'conformance/brevo-export',
  'conformance/stripe',
  'conformance/firestore',
  'emulator/consent-chaos',
  'emulator/guardians',
  'emulator/holds',
  'emulator/attacks',
  'emulator/export-matrix',
  'emulator/suppression',
  'emulator/requests',
  'emulator/export-officer',
  'emulator/reconsent',
  'emulator/receipt',
  'emulator/consent-effects',
  'emulator/reconcile',
  'emulator/export',
  'emulator/checkpoint-builder',
  'emulator/accounts',
  'emulator/export-access',
  'emulator/retention',
  'emulator/tenants',
  'unit/systems/adding',
  'unit/consent/histories',
  'unit/export/verify',
  'unit/export/faults',
  'unit/erasure/attacksNamed',
  'unit/rights/queue',
  'unit/export/accessible',
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

/**
 * Sorts the longest files first. A machine without a cache of earlier runs, as CI is, would begin
 * with the largest files and end with the slowest project.
 */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const group = ({ project }: TestSpecification): number => project.config.sequence.groupOrder;
    return (await super.sort(files)).sort((a, b) => group(a) - group(b) || place(a) - place(b));
  }
}
