import { beforeEach, describe, expect, it } from 'vitest';
import { emptyHead, type Entry, type Head } from '../../../functions/src/ledger/chain.ts';
import type { Draft } from '../../../functions/src/ledger/entry.ts';
import { headRef } from '../../../functions/src/ledger/documents.ts';
import { amikeo } from '../../../functions/policies/amikeo/index.ts';
import type { Receipt } from '../../../functions/src/proof/receipt/receipt.ts';
import { receiptFiles } from '../../../functions/src/proof/receipt/files.ts';
import { testContext } from '../requests/helpers.ts';
import { answer, at, CHAIN, chainOf } from './helpers.ts';
import { putChain } from '../../kit/sealed/ledger.ts';

const NOW = at('2026-06-01T00:00:00Z');
const life: Draft[] = [
  answer('given', at('2026-02-01T10:00:00Z')),
  { kind: 'request', state: 'access.requested', occurredAt: NOW, recordedAt: NOW },
];
let context = { ...testContext(NOW), policy: amikeo };
beforeEach(() => void (context = { ...testContext(NOW), policy: amikeo }));

async function stored(drafts: readonly Draft[] = life): Promise<{ head: Head; entries: Entry[] }> {
  const { head, entries } = chainOf(drafts);
  await putChain(context, { chain: CHAIN, head, entries });
  return { head, entries };
}

const files = async (head: Head, more: { accountCreatedAt?: number | null; language?: 'en' | 'fr' } = {}) => {
  const { json, html } = await receiptFiles(context, {
    ...{ chain: CHAIN, head, accountCreatedAt: null, issuedAt: NOW, language: 'fr' },
    ...more,
  });
  return { receipt: JSON.parse(json) as Receipt, html };
};

describe('the files of a consent receipt', () => {
  it('are of the person’s chain, verified, in their language', async () => {
    const { head } = await stored();
    const { receipt, html } = await files(head);
    expect(receipt).toMatchObject({
      ...{ issued: '2026-06-01T00:00:00.000Z', language: 'fr', pii_principal_id: CHAIN },
      consent_records: [{ current_state: 'given', agreed: true }],
      integrity: { verified: true, chains: [{ chain: CHAIN, seq: 2, hash: head.hash }] },
    });
    expect(html).toContain('<html lang="fr">');
    expect((await files(head, { language: 'en' })).html).toContain('<html lang="en">');
  });

  it('are as the head was when it was read: later entries are in none of it, and are no fault', async () => {
    const { head } = chainOf(life);
    await stored([...life, answer('withdrawn', NOW + 1)]);
    expect((await files(head)).receipt).toMatchObject({
      consent_records: [{ current_state: 'given' }],
      integrity: { verified: true },
    });
  });

  it('say if the ledger was changed', async () => {
    const { head, entries } = await stored();
    await headRef(context.own, CHAIN)
      .collection('entries')
      .doc(entries[0]?.id ?? '')
      .update({ state: 'refused' });
    const { receipt, html } = await files(head);
    expect(receipt.integrity.verified).toBe(false);
    expect(html).toContain('Il y a un problème dans le registre');
  });

  it('of a person who never answered: say so, and name the open questions', async () => {
    const { receipt, html } = await files(emptyHead(CHAIN));
    expect(receipt).toMatchObject({ consent_records: [], integrity: { verified: true } });
    expect(receipt.not_answered.length).toBeGreaterThan(3);
    expect(html).toContain('Vous n’avez encore répondu à aucune question.');
  });

  it('are never of another account that had the uid before', async () => {
    const { head } = await stored();
    const recorded = at('2026-02-01T10:00:01Z') / 1000;
    expect((await files(head, { accountCreatedAt: recorded })).receipt.consent_records).toHaveLength(1);
    await expect(files(head, { accountCreatedAt: recorded + 1 })).rejects.toMatchObject({ code: 'receipt.account' });
  });

  it('go on into the chain that this one continues under a newer key', async () => {
    const { head, entries } = await stored();
    const link = { chain: CHAIN, seq: head.seq, hash: head.hash };
    const next = `v2_${'b'.repeat(43)}`;
    const { receipt } = await (async () => {
      const newer = { ...emptyHead(next), continues: { ...link, at: NOW } };
      const { json } = await receiptFiles(context, {
        ...{ chain: next, head: newer, accountCreatedAt: null, issuedAt: NOW, language: 'en' },
      });
      return { receipt: JSON.parse(json) as Receipt };
    })();
    expect(entries).toHaveLength(2);
    expect(receipt.integrity.chains.map(({ chain }) => chain)).toEqual([CHAIN, next]);
    expect(receipt.consent_records).toHaveLength(1);
  });
});
