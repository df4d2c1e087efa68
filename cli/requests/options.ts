import { Argument, Option } from 'commander';
import type { Context } from '../../functions/src/platform/context.ts';
import type { Decided, Refused } from '../../functions/src/rights/answers/decide.ts';
import { findRequest, type FoundRequest, type NotFound } from '../../functions/src/rights/answers/find.ts';
import { UnknownError, type Common } from '../common.ts';

/** The parts that the commands about one request share. */

export interface Named extends Common {
  readonly uid?: string;
}

export const key = (): Argument => new Argument('<request>', 'its name, as `request list` and `due` show it');

export const uidOption = (): Option =>
  new Option('--uid <uid>', 'of the person, if the identity map has lost them; checked against the request');

const notFound: Readonly<Record<NotFound, string>> = {
  unknown: 'there is no request of this name',
  nobody: 'nobody knows any more which account this request is of: give --uid',
  another: 'this request is not of the person with this uid',
};

/**
 * Finds the request of a command.
 *
 * @throws UnknownError that says what is missing
 */
export async function findOrFail(context: Context, id: string, { uid }: Named): Promise<FoundRequest> {
  const found = await findRequest(context, id, uid);
  if (typeof found === 'string') throw new UnknownError(notFound[found]);
  return found;
}

/** Why an officer's decision changed nothing. */
const refusals: Readonly<Record<Refused, string>> = {
  paused: 'its clock stands already',
  notPaused: 'its clock is not paused',
  time: 'the date lies before the receipt, in another pause, or in the future',
  overdue: 'the time to answer is over, and nothing that is late becomes timely: answer it',
  extended: 'it was extended before, and an extension comes once',
  policy: 'the policy allows no such extension (rights.answerWithin.extension)',
  final: 'it is closed',
  queued: 'it is queued, and begins by itself: until then it can only be refused',
  working: 'its job works on it: see `request show`; `jobs cancel` ends a job',
  begun: 'its erasure has begun to delete, and answers it: nothing can be refused any more',
  alsoAsked: 'the account was deleted as well, or an officer ordered it: the erasure goes on, and answers it',
  notCarriedOut:
    'nothing is done for it yet: `restriction set --request` restricts; a no to advertising is carried out by its job (`request show`), else enter the letter again with `--detail marketing=true`. It is answered then',
  parts:
    'its archive is there, and waits for parts: `export missing` names them, the last `export add` or `export give` completes it',
  erased: 'the erasure of this person has begun, and answers it',
  notHeld: 'nobody disagrees with it, or it has begun',
  irreversible: 'an erasure cannot be undone: without the word of the person nobody lets it go on',
  reason:
    'this reason does not refuse this: compellingGround refuses an objection alone, and of a legitimate interest no law that keeps data and no rights of others do (Art. 21(1)); nothing outweighs a no to a consent',
  noObjection: 'only an objection is upheld',
  noPurpose: 'the request names no purpose of the policy: read its words, and give --purpose',
  byHand:
    'the machine cannot end this for them: nobody has an account, the law or the account itself rests on it; do it by hand (`consent withdraw`, `erasure start`), then `request answer`',
  wider:
    'its restriction stops more than this purpose: narrow it first, `restriction set --request REQUEST --purpose PURPOSE`',
  notUpheld: 'nothing has stopped for it yet: `request uphold` stops it, and answers the person',
  stopped: 'another objection has ended this purpose: uphold this one as well, so that the answer is true',
  changed: 'it changed meanwhile: look at it again',
};

/** Says why a decision changed nothing. */
export const refusalOf = ({ because }: Extract<Decided, { ok: false }>): string => refusals[because];
