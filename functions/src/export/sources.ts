import { systemWords } from '../policy/generate/words.ts';
import type { Policy, Text } from '../policy/schema.ts';
import { inLanguages } from '../texts/index.ts';
import { CONSENT_RECEIPT } from './receipt.ts';

/** The name of a source as people read it. */
export function nameOf(policy: Policy, id: string): Text {
  if (id === CONSENT_RECEIPT) return inLanguages(policy, ({ archive }) => archive.receiptName);
  const name = policy.recipients[id]?.name ?? systemWords[id] ?? id;
  return policy.records[id]?.name ?? inLanguages(policy, () => name);
}
