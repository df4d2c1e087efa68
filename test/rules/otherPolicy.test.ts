/**
 * The rules of another policy than AMIKEO's, on Google's own emulator: rows that a field gives to
 * somebody.
 */
import { Timestamp, deleteDoc, doc, getDoc, setDoc, updateDoc, type Firestore } from 'firebase/firestore';
import { describe, expect, it } from 'vitest';
import { shop } from '../../functions/policies/shop/index.ts';
import { renderRules } from '../../functions/src/policy/generate/rules.ts';
import { granted, withClients } from './runner.ts';

const { FIRESTORE_EMULATOR_HOST: address, FIRESTORE_BACKEND: backend } = process.env;
/** Uids of a lane of the runner: the owner's, and one that begins like it. */
const [OWNER, OTHER] = ['lane0', 'lane0x'];
const TIME = Timestamp.fromMillis(Date.UTC(2026, 2, 1));

describe.skipIf(address === undefined || backend !== 'official')('the rules of the shop', () => {
  it('let an author write and read their own reviews, and a member their profile; nobody else, and nothing more', async () => {
    const url = new URL(`http://${address ?? ''}`);
    const emulator = { host: url.hostname, port: Number(url.port) };
    const review = { author: OWNER, text: 'Solide.', writtenAt: TIME };
    await withClients(emulator, renderRules(shop), '(default)', async (clients) => {
      const mine = clients.as('owner', 0);
      const theirs = clients.as('other', 0);
      const at = (client: Firestore, path = 'reviews/r') => doc(client, path);
      const ask = async (what: string, request: Promise<unknown>, expected: boolean) => {
        expect([what, await granted(request)]).toEqual([what, expected]);
      };
      await ask('create for somebody else', setDoc(at(theirs), review), false);
      await ask('create without a time', setDoc(at(mine), { ...review, writtenAt: 'now' }), false);
      await ask('create with a server’s field', setDoc(at(mine), { ...review, verifiedPurchase: true }), false);
      await ask('create', setDoc(at(mine), review), true);
      await ask('read', getDoc(at(mine)), true);
      await ask('read by another', getDoc(at(theirs)), false);
      await ask('change', updateDoc(at(mine), { text: 'Très solide.' }), true);
      await ask('change by another', updateDoc(at(theirs), { text: 'Nul.' }), false);
      await ask('take over', updateDoc(at(theirs), { author: OTHER }), false);
      await ask('give away', updateDoc(at(mine), { author: OTHER }), false);
      await setDoc(at(clients.admin), { ...review, verifiedPurchase: true });
      await ask('change a server’s field', updateDoc(at(mine), { verifiedPurchase: false }), false);
      await ask('leave a server’s field', updateDoc(at(mine), { text: 'Solide, vraiment.' }), true);
      await ask('delete', deleteDoc(at(mine)), false);

      await ask('a profile', setDoc(at(mine, `members/${OWNER}`), { name: 'Ada', address: '1 rue Haute' }), true);
      await ask('a long name', setDoc(at(mine, `members/${OWNER}`), { name: 'a'.repeat(201) }), false);
      await ask('a profile of another', setDoc(at(theirs, `members/${OWNER}`), { name: 'Ada' }), false);
      for (const path of [
        `users/${OWNER}`,
        `orders/o`,
        `contactRequests/c`,
        `users/${OWNER}/devicePermissions/d_camera`,
      ])
        await ask(path, setDoc(at(mine, path), { uid: OWNER, buyer: OWNER, createdAt: TIME }), false);
    });
  });
});
