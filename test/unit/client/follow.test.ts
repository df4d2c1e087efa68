import type { User } from 'firebase/auth';
import { describe, expect, it } from 'vitest';
import { followSignIn } from '../../../client/follow.ts';

/** The state that the client tells an app, when people sign in and out. */

/** A listener to the state of one person. */
interface Listener {
  readonly uid: string;
  readonly next: (state: string | null) => void;
  readonly failed: (error: string) => void;
  isOver: boolean;
}

function open() {
  let change: (user: Pick<User, 'uid'> | null) => void = () => undefined;
  let isFollowed = true;
  const onAuthStateChanged = (next: typeof change) => {
    change = next;
    return () => void (isFollowed = false);
  };
  const listeners: Listener[] = [];
  const told: (string | null)[] = [];
  const reasons: string[] = [];
  const stop = followSignIn<string, string>(
    { onAuthStateChanged },
    (uid, next, failed) => {
      const listener = { uid, next, failed, isOver: false };
      listeners.push(listener);
      return () => void (listener.isOver = true);
    },
    (state) => void told.push(state),
    (error) => void reasons.push(error),
  );
  /** Signs in, or out with null; returns the listener that stands then. */
  const signIn = (uid: string | null): Listener => {
    change(uid === null ? null : { uid });
    const listener = listeners.at(-1);
    if (listener === undefined) throw new Error('nothing listens');
    return listener;
  };
  return { told, reasons, stop, signIn, isFollowed: () => isFollowed };
}

describe('the state that an app is told', () => {
  it('is that of the person who is signed in', () => {
    const { told, signIn } = open();
    const ada = signIn('ada');
    expect([ada.uid, told]).toEqual(['ada', []]);
    ada.next('yes');
    expect(told).toEqual(['yes']);
  });

  it('is nothing from the sign-out on, and for the next person only what stands for them', () => {
    const { told, signIn } = open();
    const ada = signIn('ada');
    ada.next('yes');
    signIn(null);
    expect([told, ada.isOver]).toEqual([['yes', null], true]);
    const eve = signIn('eve');
    eve.next(null);
    expect([eve.uid, told]).toEqual(['eve', ['yes', null, null]]);
  });

  it('is nothing at once if somebody else signs in without a sign-out', () => {
    const { told, signIn } = open();
    const ada = signIn('ada');
    ada.next('yes');
    signIn('eve');
    expect([told, ada.isOver]).toEqual([['yes', null], true]);
  });

  it('is nothing if the listener fails, as for an erased account, and the reason follows', () => {
    const { told, reasons, signIn } = open();
    const ada = signIn('ada');
    ada.next('yes');
    ada.failed('permission-denied');
    expect([told, reasons]).toEqual([['yes', null], ['permission-denied']]);
  });

  it('is nothing if nobody is signed in at all', () => {
    const { told, signIn } = open();
    expect(() => signIn(null)).toThrow('nothing listens');
    expect(told).toEqual([null]);
  });

  it('ends with its listeners', () => {
    const { stop, signIn, isFollowed } = open();
    const ada = signIn('ada');
    stop();
    expect([ada.isOver, isFollowed()]).toEqual([true, false]);
  });
});
