import { doc, serverTimestamp, setDoc } from 'firebase/firestore';
import { Timestamp } from 'firebase-admin/firestore';
import { setConsent } from '../../client/index.ts';
import { openApp, purposeOf } from '../app.ts';
import { readHead } from '../read/backend.ts';
import { same, type Row } from '../report.ts';
import { person, pseudonym, type Stage } from '../stage.ts';
import { until } from '../wait.ts';
import type { Flow, Played } from './flow.ts';

const TIMEOUT = { within: 60_000 };

interface Rejected {
  readonly path: string;
  readonly issues: readonly { readonly code: string; readonly field: string }[];
}

interface Seen {
  readonly uid: string;
  /** The entries of `rejectedEvents` about this person. */
  readonly rejected: readonly Rejected[];
  /** The client's error for an unknown purpose; undefined if this Firestore has no rules. */
  readonly refusal: string | undefined;
  readonly next: string | undefined;
}

function rowsOf({ uid, rejected, refusal, next }: Seen): Row[] {
  const fields = (event: Rejected | undefined) => [...new Set(event?.issues.map((issue) => issue.field))].sort();
  const rejectedFor = (code: string) => rejected.find((event) => event.issues.some((issue) => issue.code === code));
  const malformed = rejected.find((event) => fields(event).includes('granted'));
  const telling = rejected.filter((event) => JSON.stringify(event).includes(uid));
  return [
    same('A malformed consent from a server: rejected for', ['granted', 'policyVersion', 'source'], fields(malformed)),
    same(
      'A consent for a purpose that nobody declared',
      'unknown_purpose',
      rejectedFor('unknown_purpose')?.issues[0]?.code,
    ),
    same('Rejected events that name the person', 0, telling.length),
    ...(refusal === undefined
      ? []
      : [same('The same from a client: refused by the rules', 'permission-denied', refusal)]),
    same('The next consent arrives', 'given', next),
  ];
}

export const badInput: Flow = {
  title: '5 · Bad input: nothing is lost, nothing is held up',
  async run(stage: Stage, say): Promise<Played> {
    const { app, compliance } = stage.clients;
    const who = person(stage, 'consents');
    const { uid } = who.account;
    const chain = pseudonym(stage, uid);

    say('a server writes consents that are none');
    const updatedAt = Timestamp.now();
    await app
      .doc(`users/${uid}/consents/monitoring`)
      .set({ granted: 'yes', policyVersion: 7, source: 'fax', updatedAt });
    await app
      .doc(`users/${uid}/consents/selling`)
      .set({ granted: true, policyVersion: '2025-06-15', source: 'web', updatedAt });

    const device = await openApp(stage, who);
    try {
      const fields = { granted: true, policyVersion: '2025-06-15', source: 'web', updatedAt: serverTimestamp() };
      const refusal =
        stage.suite.backend === 'official'
          ? await setDoc(doc(device.db, `users/${uid}/consents/resale`), fields).then(
              () => 'accepted',
              (error: unknown) => (error as { code?: string }).code ?? String(error),
            )
          : undefined;
      await setConsent(device, purposeOf('userDatabase'), true, { policyVersion: '2025-06-15', source: 'web' });
      const head = await until(
        () => readHead(compliance, chain),
        (found) => found?.current['userDatabase'] === 'given',
        TIMEOUT,
      );
      const rejected = await until(
        async () => {
          const { docs } = await compliance.collection('rejectedEvents').get();
          return docs.map((one) => one.data() as Rejected).filter((event) => event.path.includes(chain));
        },
        (found) => found.length >= 2,
        TIMEOUT,
      );
      return { rows: rowsOf({ uid, rejected, refusal, next: head?.current['userDatabase'] }) };
    } finally {
      await device.close();
    }
  },
};
