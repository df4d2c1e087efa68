import { requestByEmail } from '../../../../../functions/src/rights/ways/byEmail.ts';
import { failedPage } from '../../../../../functions/src/rights/ways/linkPage.ts';
import { openLink } from '../../../../../functions/src/rights/ways/openLink.ts';
import { runners } from '../../../../../functions/src/runners.ts';
import type { Context } from '../../../../../functions/src/platform/context.ts';
import { DAY_MS, HOUR_MS } from '../../../../../functions/src/platform/time.ts';
import { addressKey, addressPseudonym } from '../../../../../functions/src/subject/emails.ts';
import { changeHead } from '../../../../kit/sealed/ledger.ts';
import type { Course, Event } from '../drive.ts';
import { LINKS_URL } from '../machine.ts';
import type { Scenario } from '../matrix.ts';
import { email, plant, type Person } from '../person.ts';
import type { World } from '../world.ts';
import { isOver, notAsPromised, othersTouched, wrongAtAnyMoment, type Visitor, type Wish } from './judge.ts';

/**
 * The ways on which somebody asks by e-mail. `marketing`: with an account and a yes to messages.
 * `contact`: Brevo alone knows the address. `access`: with an account. `nobody`: of whom there is
 * nothing.
 */
const starts = ['marketing', 'contact', 'access', 'nobody'] as const;
export type LinkStart = (typeof starts)[number];

export const wishes: Readonly<Record<LinkStart, Wish>> = {
  marketing: { email, asks: 'marketing', hasAccount: true },
  contact: { email: 'ada.pro@example.com', asks: 'marketing', hasAccount: false },
  access: { email, asks: 'access', hasAccount: true },
  nobody: { email: 'nobody@example.com', asks: 'access', hasAccount: false },
};

/** Above the lease of a request's job. */
const LEASE_MS = 5 * 60_000 + 1000;
const NETWORK = '192.0.2.7';

export interface LinkCourse extends Course {
  readonly visitor: Visitor;
}

/** The token of the last link that was sent to an address. */
async function lastToken({ origins }: World, to: string): Promise<string | undefined> {
  return (await tokensTo(origins.brevo, to)).at(-1);
}

/** The tokens of all links that were sent to an address, oldest first. */
async function tokensTo(brevo: string, to: string): Promise<string[]> {
  const requests = (await (await fetch(`${brevo}/_control/requests`)).json()) as {
    readonly path: string;
    readonly status: number | null;
    readonly body: { readonly to?: readonly { readonly email: string }[]; readonly textContent?: string } | null;
  }[];
  return requests.flatMap(({ path, status, body }) => {
    if (path !== '/v3/smtp/email' || status !== 201 || body?.to?.[0]?.email !== to) return [];
    const token = body.textContent?.split(`${LINKS_URL.href}/`)[1];
    return token === undefined ? [] : [/^[\w-]*/.exec(token)?.[0] ?? ''];
  });
}

/**
 * A person asks, opens the link that comes, and presses the button; and does each again that
 * failed. If a link does not come, or does not work, they ask once more a day later.
 */
export function linkCourse(by: LinkStart, world: World): LinkCourse {
  const { email: address, asks } = wishes[by];
  const visitor: Visitor = { seen: [], presses: 0, isDone: false };
  let next: Event | undefined;
  /** A visit as `handlers/pages.ts` answers it: an error is a page. Drive then comes again. */
  const visiting = (name: string, visit: (context: Context) => Promise<string>): Event => ({
    name,
    run: async (context) => {
      try {
        visitor.seen.push(await visit(context));
      } catch (error) {
        visitor.seen.push(`503 ${failedPage(context.policy, 'en')}`);
        throw error;
      }
    },
  });
  const askLater = (): void => {
    if (visitor.isDone) return;
    world.clock.pass(DAY_MS);
    next = ask;
  };
  const ask: Event = visiting('ask', async (context) => {
    const answer = await requestByEmail(context, {
      data: { email: address, asks },
      address: NETWORK,
      language: 'en',
    });
    if (answer.ok) next = open;
    else askLater();
    return JSON.stringify(answer);
  });
  const open = visiting('open', async (context) => {
    const token = await lastToken(world, address);
    if (token === undefined) {
      askLater();
      return 'no link came';
    }
    const { status, page } = await openLink(context, { method: 'GET', token, language: 'en' });
    if (status === 200) next = pressing(token);
    else askLater();
    return `${status} ${page}`;
  });
  const pressing = (token: string): Event =>
    visiting('press', async (context) => {
      visitor.presses += 1;
      const { status, page } = await openLink(context, { method: 'POST', token, language: 'en' });
      if (status === 200) {
        visitor.isDone = true;
        next = undefined;
      } else askLater();
      return `${status} ${page}`;
    });
  return {
    visitor,
    leaseMs: LEASE_MS,
    runners,
    start: async () => [ask],
    follow(jobs) {
      // The message comes first, as long as it is tried again soon.
      const soon = world.clock.now() + HOUR_MS;
      if (next === undefined || jobs.some(({ wakeAt }) => wakeAt !== null && wakeAt < soon)) return [];
      const event = next;
      next = undefined;
      return [event];
    },
  };
}

async function plantFor(world: World, by: LinkStart): Promise<Person> {
  const person = await plant(world);
  const { email: address, hasAccount } = wishes[by];
  world.named(addressKey(address, world.keys), '{addressKey}');
  if (!hasAccount) world.named(addressPseudonym(address, world.keys), '{chain}');
  if (by === 'marketing')
    await changeHead({ clients: { own: () => world.own }, keys: world.keys }, person.chain, {
      current: { messages: 'given' },
      since: { messages: 1 },
    });
  return person;
}

/**
 * In every case: nothing happens without the button. No link is used twice. If a page says that it
 * is done, the wish is carried out, or stands blocked for an officer, and is once they let it try
 * again. If marketing is said to have stopped, it has. Nobody else is touched or named.
 */
export const links: Scenario<LinkCourse> = {
  starts,
  plant: (world, by) => plantFor(world, by as LinkStart),
  course: (by, world) => linkCourse(by as LinkStart, world),
  job: () => undefined,
  isOver,
  atAnyMoment: ({ world, course, combination: { by } }, state) =>
    wrongAtAnyMoment(world, state, wishes[by as LinkStart], course.visitor),
  atRest: ({ before, combination: { by } }, state) => othersTouched(before, state, wishes[by as LinkStart]),
  atTheEnd: async ({ world, course, combination: { by } }, state) =>
    notAsPromised(state, wishes[by as LinkStart], course.visitor, {
      tokens: await tokensTo(world.origins.brevo, wishes[by as LinkStart].email),
    }),
};
