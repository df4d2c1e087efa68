import { doc, setDoc } from 'firebase/firestore';
import { describe, expect, it } from 'vitest';
import { rules as ours } from './amikeoRules.ts';
import { mergeRules } from '../../scripts/generate/into.ts';
import { contract, foreignPaths } from './contract.ts';
import { casesOf, kindsOf, sampleOf } from './matrix.ts';
import { actors, owns, runCases, withClients, type Emulator } from './runner.ts';

const { FIRESTORE_EMULATOR_HOST: address, FIRESTORE_BACKEND: backend } = process.env;
const isOfficial = address !== undefined && backend === 'official';

function emulator(): Emulator {
  const url = new URL(`http://${address ?? ''}`);
  return { host: url.hostname, port: Number(url.port) };
}

/** An app's own file: its rule for notes, and a function with a name that ours have, too. */
const app = `rules_version = '2';
service cloud.firestore {
  match /databases/{database}/documents {
    function isPerson(uid) { return uid == 'nobody'; }
    match /notes/{id} {
      allow create: if request.auth != null && !isPerson(request.auth.uid);
    }
  }
}
`;
const rules = mergeRules(app, [ours]).text ?? '';

/** Beside an app's rules ours must grant and refuse as they do alone. */
describe.skipIf(!isOfficial)("our rules merged into an app's file", () => {
  it.each(actors)('grant and refuse the %s as the contract says', async (actor) => {
    let failures: readonly string[] = [];
    // Malformed requests are refused by the same text as alone (firestore.sampled.test.ts).
    const groups = [...contract, ...foreignPaths].map((path) => {
      const cases = casesOf(path, 'wellFormed');
      return { path, cases: owns(actor) ? sampleOf(cases, true) : kindsOf(cases) };
    });
    await withClients(emulator(), rules, '(default)', async (clients) => {
      failures = await runCases(clients, actor, groups);
    });
    expect(failures).toEqual([]);
  });

  it("leave the app's own rules as they were", async () => {
    await withClients(emulator(), rules, '(default)', async (clients) => {
      await setDoc(doc(clients.as('owner', 0), 'notes/n'), { text: 'mine' });
      await expect(setDoc(doc(clients.as('anonymous', 0), 'notes/m'), { text: 'x' })).rejects.toThrow(/permission/i);
    });
  });
});
