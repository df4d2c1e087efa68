import { randomUUID } from 'node:crypto';
import { Timestamp, type DocumentData } from 'firebase-admin/firestore';
import { effectJob, onRestrictionWritten, SERVICE_STEPS } from '../../../../functions/src/consent/effects.ts';
import type { ChangeJob } from '../../../../functions/src/consent/job.ts';
import { enterWithdrawal } from '../../../../functions/src/consent/letters/withdrawal.ts';
import { refreshProtection } from '../../../../functions/src/consent/protection.ts';
import { followService } from '../../../../functions/src/consent/service.ts';
import { changeRunner } from '../../../../functions/src/consent/steps.ts';
import { newJob } from '../../../../functions/src/jobs/catalog.ts';
import { runJob } from '../../../../functions/src/jobs/run.ts';
import { openContent } from '../../../../functions/src/officerTasks/sheet.ts';
import { listTasks } from '../../../../functions/src/officerTasks/store.ts';
import type { Context } from '../../../../functions/src/platform/context.ts';
import { ComplianceError } from '../../../../functions/src/platform/errors.ts';
import { allRecords } from '../../../../functions/src/policy/lookup.ts';
import type { PersonQuery } from '../../../../functions/src/proof/findPerson.ts';
import { carryForRequest } from '../../../../functions/src/rectification/start.ts';
import { rectifyRunner } from '../../../../functions/src/rectification/steps.ts';
import { recordDisclosure } from '../../../../functions/src/rights/disclosures/record.ts';
import { requestAsHolder } from '../../../../functions/src/rights/onBehalf/ask.ts';
import { onPrivacyRequestCreated } from '../../../../functions/src/rights/receive.ts';
import { endRestriction } from '../../../../functions/src/rights/restriction/lift.ts';
import { setRestriction } from '../../../../functions/src/rights/restriction/set.ts';
import { restrictionRunner } from '../../../../functions/src/rights/restriction/steps.ts';
import { takeBrevoEvents } from '../../../../functions/src/rights/ways/brevoEvents.ts';
import { enterRequest } from '../../../../functions/src/rights/ways/enter.ts';
import { createLink, tokenOf, type Link } from '../../../../functions/src/rights/ways/link.ts';
import { openLink } from '../../../../functions/src/rights/ways/openLink.ts';
import { requestRunner } from '../../../../functions/src/rights/ways/steps.ts';
import { noteAddress } from '../../../../functions/src/subject/addresses.ts';
import { addressKey, isUnmistakable } from '../../../../functions/src/subject/emails.ts';
import { marketingToken } from '../../../../functions/src/subject/marketingLink.ts';
import { addressOf } from '../../../../functions/src/subject/proven.ts';
import { pseudonymOf } from '../../../../functions/src/subject/pseudonym.ts';
import { identifiers, type Me, type Person } from '../../../attacks/table.ts';
import { changeHead } from '../../../kit/sealed/ledger.ts';
import { state, storedPower } from '../../../kit/sealed/statements.ts';
import { sheetKeys } from '../../officerTasks/helpers.ts';
import { announceTo } from './announced.ts';
import { CREATED, NOW } from './times.ts';
import { traced, type Elsewhere } from './trace.ts';

/** The rights besides copies, consents and erasure, and every way in which they are asked for. */
export const RIGHTS = [
  ...(['rectification', 'restriction', 'disclosure', 'guardianRequest', 'appRequests'] as const),
  ...(['withdrawalByLetter', 'announcement'] as const),
  ...(['objection', 'objectionByLink', 'objectionByMessage', 'objectionByLetter', 'brevoWebhook', 'renewal'] as const),
] as const;
export type Right = (typeof RIGHTS)[number];

const OFFICER = { actor: 'officer', officer: `v1_${'o'.repeat(43)}` } as const;
const DAY = 86_400_000;

const runners = {
  rectify: async (c: Context) => rectifyRunner(c),
  restriction: async (c: Context) => restrictionRunner(c),
  change: async (c: Context) => changeRunner(c),
  request: async (c: Context) => requestRunner(c),
};

/** A person with rights, and the victim that they try to reach. */
interface Asker {
  readonly me: Me;
  /** Absent: they attack nobody. */
  readonly victim?: Person | undefined;
}

/**
 * Lets each right serve somebody with a living account, by every way in which they can ask for it.
 *
 * @returns everything that it wrote, or told an officer as proven
 */
export async function rightsTouchedBy(
  base: Context,
  elsewhere: Elsewhere,
  asker: Asker,
): Promise<Readonly<Record<Right, ReadonlySet<string>>>> {
  const queue: string[] = [];
  const context: Context = {
    ...base,
    config: {
      ...base.config,
      officerSheetKey: sheetKeys.publicKey,
      linksUrl: new URL('https://links.example/links'),
      brevoSender: { name: 'AMIKEO', email: 'bonjour@amikeo.example' },
      rectifyAfterMs: 1,
    },
    queue: {
      // Copies and erasures are capabilities of their own.
      enqueue: async (name, job) => {
        if (!['exportTask', 'erasureTask'].includes(name)) queue.push(job);
      },
    },
  };
  const touched = new Map<Right, ReadonlySet<string>>();
  for (const right of RIGHTS) {
    queue.length = 0;
    await saysYes(context, asker.me);
    const ran = new Set<string>();
    const seen = new Set<string>();
    const tools: Tools = {
      elsewhere,
      // A job enqueues the next: an objection tells of its end.
      work: async () => {
        for (let job = queue.shift(); job !== undefined; job = queue.shift()) {
          ran.add(job);
          await runJob(context, runners, job);
        }
        for (const told of await toldToOfficers(context, ran)) seen.add(told);
      },
    };
    const written = await traced(context, elsewhere, async () => {
      await WAYS[right](context, asker, tools);
      await tools.work();
    });
    touched.set(right, new Set([...seen, ...written]));
  }
  return Object.fromEntries(touched) as Record<Right, ReadonlySet<string>>;
}

/** Identifiers that a sheet calls proven: an officer acts on them elsewhere. */
async function toldToOfficers(context: Context, jobs: ReadonlySet<string>): Promise<string[]> {
  const told: string[] = [];
  for (const job of jobs) {
    for (const { id } of (await listTasks(context, { job })).tasks) {
      const sheet = (await context.clients.own().doc(`officerSheets/${id}`).get()).data();
      if (sheet === undefined) continue;
      for (const { kind, value, proven } of openContent(id, sheet, { 1: sheetKeys.privateKey }).known) {
        if (!proven) continue;
        const system = kind === 'uid' ? 'own ' : kind === 'email' || kind === 'phone' ? '' : 'stripe ';
        told.push(`${system}${value}`);
      }
    }
  }
  return told;
}

/** The asker as a letter can name them. One that names another mailbox is about its owner. */
const named = (asker: Asker): PersonQuery[] => [
  { uid: asker.me.uid },
  ...(isOwn(asker) ? [{ email: asker.me.email }] : []),
];

/** Carries out an officer's order; a refusal is an answer. */
async function orRefused(work: () => Promise<unknown>): Promise<void> {
  await work().catch((error: unknown) => {
    if (!(error instanceof ComplianceError)) throw error;
  });
}

/** Puts a chain into the state after a yes, so that each right has something to end. */
const saysYes = (context: Context, { uid }: Me): Promise<void> =>
  changeHead(context, pseudonymOf(uid, context.keys), {
    current: { messages: 'given', analytics: 'given' },
    since: { messages: NOW - DAY, analytics: NOW - DAY },
    consents: {},
  });

/** Is this mailbox the asker's own? Nobody reads that of another. */
const isOwn = ({ me, victim }: Asker): boolean => me.email !== victim?.email && isUnmistakable(me.email);

interface Tools {
  readonly elsewhere: Elsewhere;
  /** Runs every job that waits, and notes the sheets of its tasks. */
  readonly work: () => Promise<void>;
}
type Way = (context: Context, asker: Asker, tools: Tools) => Promise<void>;

/** The event of a request that the asker wrote in the app. */
const asked = (context: Context, { uid }: Me, requestId: string, data: DocumentData): Promise<void> =>
  onPrivacyRequestCreated(context, {
    ...{ id: randomUUID(), uid, requestId, time: NOW },
    data: { createdAt: Timestamp.fromMillis(NOW), ...data },
  });

const WAYS: Readonly<Record<Right, Way>> = {
  rectification: async (context, { me: { uid } }) => {
    await carryForRequest(context, { uid, request: { key: `v1_${'k'.repeat(43)}_${randomUUID()}`, round: 0 } });
  },

  restriction: async (context, { me: { uid } }, { work }) => {
    const order = { uid, name: 'officer-accuracy', ground: 'accuracy' } as const;
    await setRestriction(context, order, OFFICER);
    await onRestrictionWritten(context, { id: randomUUID(), uid });
    await work();
    await endRestriction(context, order, { ...OFFICER, toldAt: NOW });
    await onRestrictionWritten(context, { id: randomUUID(), uid });
  },

  disclosure: async (context, asker) => {
    const [{ id: record } = { id: '' }] = allRecords(context.policy);
    for (const person of named(asker)) {
      const given = { authority: 'Tribunal', basis: 'art. 60-1, 2026/1', records: [record], disclosedAt: NOW - DAY };
      await orRefused(() => recordDisclosure(context, { person, ...given }));
    }
  },

  // The asker holds a power over a person of their own, and somebody holds one over the asker.
  guardianRequest: async (context, { me: { uid }, victim }) => {
    const holder = `guardian-of-${Buffer.from(uid).toString('hex')}`;
    for (const [child, by] of [
      [`ward-of-${Buffer.from(uid).toString('hex')}`, uid],
      [uid, holder],
    ] as const) {
      const fields = { child, holder: by, from: Timestamp.fromMillis(NOW - DAY), ...storedPower('mandate', NOW - DAY) };
      const backend = { own: context.clients.own(), keys: context.keys };
      await state(backend, `guardianships/${Buffer.from(child).toString('hex')}`, {
        ...fields,
        until: Timestamp.fromMillis(NOW + DAY),
        statedAt: Timestamp.fromMillis(NOW - DAY),
      });
      await refreshProtection(context, child);
      const others = victim === undefined ? [] : Object.values(identifiers(victim));
      for (const asked of [child, ...others]) {
        const data = { child: asked, type: 'restriction', requestId: `wish-${randomUUID()}` };
        const caller = { uid: by, accountCreatedAt: CREATED, signedInAt: NOW };
        await requestAsHolder(context, { caller, data, language: 'en' });
      }
    }
  },

  withdrawalByLetter: async (context, asker) => {
    for (const person of named(asker))
      await orRefused(() =>
        enterWithdrawal(context, person, { purpose: 'analytics', channel: 'letter', receivedAt: NOW }),
      );
  },

  announcement: (context, { me: { uid } }) => announceTo(context, uid),

  objection: (context, { me }) => asked(context, me, 'objection', { type: 'objection', details: { marketing: true } }),

  // Takes every request that the asker has written, in any shape.
  appRequests: async (context, { me }) => {
    const all = await context.clients.app().collection(`users/${me.uid}/privacyRequests`).get();
    for (const one of all.docs) await asked(context, me, one.id, one.data());
  },

  objectionByLink: async (context, asker) => {
    if (!isOwn(asker)) return;
    const { email } = asker.me;
    const subjectKey = addressKey(email, context.keys);
    const name = await createLink(context, { subjectKey, asks: 'marketing', language: 'en', silent: false });
    await noteAddress(context, email);
    const link = (await context.clients.own().doc(`links/${name}`).get()).data() as Link;
    await openLink(context, { method: 'POST', token: tokenOf(name, link, context.keys), language: 'en' });
  },

  objectionByMessage: async (context, { me: { uid } }) => {
    const email = await addressOf(context, { uid });
    // A message goes to a proven address alone.
    if (email === undefined) return;
    const token = marketingToken({ uid, accountCreatedAt: CREATED }, email, context.keys);
    await openLink(context, { method: 'POST', token, language: 'en' });
  },

  objectionByLetter: async (context, asker) => {
    const letter = { channel: 'letter', receivedAt: NOW, type: 'objection', power: 'self', method: 'none' } as const;
    for (const person of named(asker))
      await orRefused(() => enterRequest(context, { ...letter, person, proven: false, details: { marketing: true } }));
  },

  // They unsubscribed at Brevo. Anybody may tell of anybody.
  brevoWebhook: async (context, asker, { elsewhere: { brevo } }) => {
    const { me, victim } = asker;
    if (isOwn(asker))
      await fetch(`${brevo}/_control/unsubscriptions`, { method: 'PUT', body: JSON.stringify({ email: me.email }) });
    const told = [
      ...(isOwn(asker) ? [me.email] : []),
      ...Object.values(victim === undefined ? {} : identifiers(victim)),
    ];
    for (const email of told) await takeBrevoEvents(context, { event: 'unsubscribed', email, ts_event: 1 });
  },

  renewal: async (context, { me: { uid } }) => {
    const chain = pseudonymOf(uid, context.keys);
    const taken = { id: randomUUID(), uid, purpose: 'coreService', chain, state: 'withdrawn' };
    await changeHead(context, chain, { current: { coreService: 'withdrawn' } });
    const plan = effectJob(context, taken);
    if (plan === undefined) throw new Error('nothing follows from a no to the service');
    await followService(context, newJob(plan, NOW) as ChangeJob, SERVICE_STEPS.renewal);
  },
};
