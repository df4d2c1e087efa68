import { doc, serverTimestamp, setDoc } from 'firebase/firestore';
import { onPrivacyState, setConsent, type PrivacyState } from '../../client/index.ts';
import { openApp, purposeOf, type App } from '../app.ts';
import { readHead, readLedger, type LedgerEntry } from '../read/backend.ts';
import { readBrevo, type BrevoView } from '../read/others.ts';
import { same, type Row } from '../report.ts';
import { person, pseudonym, type Stage } from '../stage.ts';
import { until } from '../wait.ts';
import type { Flow, Played } from './flow.ts';
import { readShown, shownRows } from './shown.ts';

const DEVICE = 'b3c1f6d2-7c55-4f0e-9d0a-3f6f0a6f2c11';
const POLICY_VERSION = '2025-06-15';
const TIMEOUT = { within: 60_000 };

/** The person's acts, in this order; the ledger must tell the same. */
const EXPECTED = [
  'messages given',
  'analytics refused',
  'feedbackPlatforms given',
  'feedbackPlatforms withdrawn',
  'camera granted',
  'camera denied',
];

const STANDS = { analytics: 'refused', feedbackPlatforms: 'withdrawn', messages: 'withdrawn' };

const answer = (app: App, purpose: keyof typeof STANDS, granted: boolean): Promise<void> =>
  setConsent(app, purposeOf(purpose), granted, {
    policyVersion: POLICY_VERSION,
    source: 'app',
    locale: 'fr-FR',
    deviceId: DEVICE,
  });

function allow(app: App, granted: boolean): Promise<void> {
  return setDoc(doc(app.db, `users/${app.user.uid}/devicePermissions/${DEVICE}_camera`), {
    permission: 'camera',
    granted,
    deviceId: DEVICE,
    updatedAt: serverTimestamp(),
    platform: 'android',
  });
}

/** Paths of the documents that this flow leaves in the app's database. */
export function writtenBy(stage: Stage): string[] {
  const { uid } = person(stage, 'consents').account;
  const answers = Object.keys(STANDS).map((purpose) => `users/${uid}/consents/${purpose}`);
  return [...answers, `users/${uid}/devicePermissions/${DEVICE}_camera`];
}

interface Seen {
  readonly entries: readonly LedgerEntry[];
  readonly current: Readonly<Record<string, string>> | undefined;
  readonly marketing: BrevoView | undefined;
  readonly noMarketing: BrevoView | undefined;
  /** The state that the backend shows the app. */
  readonly state: PrivacyState | null;
}

const tell = (entry: LedgerEntry): string => `${entry.purpose ?? entry.permission ?? entry.kind} ${entry.state}`;

/** True if each entry names the hash of the one before it, and none is missing. */
const linked = (entries: readonly LedgerEntry[]): boolean =>
  entries.length > 0 &&
  entries.every((entry, i) => entry.seq === i + 1 && (i === 0 || entry.previousHash === entries[i - 1]?.hash));

function rowsOf({ entries, current, marketing, noMarketing, state }: Seen): Row[] {
  const decided = entries.filter(({ kind }) => kind !== 'effect');
  const told = decided.map(tell);
  const chain = (count: number, whole: boolean) =>
    `${count} decisions, ${whole ? 'each hashed with the one before' : 'broken'}`;
  return [
    same('Ledger: the decisions', [...EXPECTED, 'messages withdrawn'].sort(), told.toSorted()),
    same('Ledger: the chain', chain(EXPECTED.length + 1, true), chain(decided.length, linked(entries))),
    same('Ledger: what stands', STANDS, Object.fromEntries(Object.entries(current ?? {}).sort())),
    same('The state that the app reads: what stands', STANDS, statesIn(state)),
    same('Brevo, after marketing e-mail was given', 'may be written to', status(marketing)),
    same('Brevo, after it was withdrawn', 'may not be written to', status(noMarketing)),
  ];
}

const statesIn = (state: PrivacyState | null): Record<string, string> =>
  Object.fromEntries(
    Object.entries(state?.purposes ?? {})
      .map(([purpose, shown]) => [purpose, shown.state] as const)
      .sort(),
  );

const status = (contact: BrevoView | undefined): string =>
  contact === undefined ? 'no contact' : contact.blacklisted ? 'may not be written to' : 'may be written to';

export const consent: Flow = {
  title: '1 · Consent: given, refused, withdrawn; device permission',
  async run(stage: Stage, say): Promise<Played> {
    const { account } = person(stage, 'consents');
    const { compliance, brevo } = stage.clients;
    const email = account.email ?? '';
    const chain = pseudonym(stage, account.uid);
    const entries = (count: number) =>
      until(
        () => readLedger(compliance, chain),
        (list) => list.filter(({ kind }) => kind !== 'effect').length >= count,
        TIMEOUT,
      );

    const app = await openApp(stage, person(stage, 'consents'));
    const seen: { state: PrivacyState | null } = { state: null };
    const stop = onPrivacyState(app, (state) => void (seen.state = state));
    try {
      say(`${account.displayName} answers in the app`);
      await answer(app, 'messages', true);
      await answer(app, 'analytics', false);
      await answer(app, 'feedbackPlatforms', true);
      await answer(app, 'feedbackPlatforms', false);
      await allow(app, true);
      await allow(app, false);
      await entries(EXPECTED.length);
      say('waiting for Brevo');
      const marketing = await until(
        () => readBrevo(brevo, email),
        (contact) => contact?.blacklisted === false,
        TIMEOUT,
      );
      say('marketing e-mail is withdrawn');
      await answer(app, 'messages', false);
      const all = await entries(EXPECTED.length + 1);
      const noMarketing = await until(
        () => readBrevo(brevo, email),
        (contact) => contact?.blacklisted === true,
        TIMEOUT,
      );
      const state = await until(
        async () => seen.state,
        (shown) => statesIn(shown)['messages'] === 'withdrawn',
        TIMEOUT,
      );
      const head = await readHead(compliance, chain);
      say('the person asks for a receipt, a regulator for a proof');
      const shown = shownRows(stage, await readShown(stage, app, chain), STANDS);
      const rows = rowsOf({ entries: all, current: head?.current, marketing, noMarketing, state });
      return { rows: [...rows, ...shown] };
    } finally {
      stop();
      await app.close();
    }
  },
};
