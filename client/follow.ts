import type { Auth, Unsubscribe } from 'firebase/auth';

/** Begins to listen to something of one person; returns the end of it. */
export type Listen<State, Failure> = (
  uid: string,
  next: (state: State | null) => void,
  failed: (error: Failure) => void,
) => Unsubscribe;

/**
 * Tells something of the signed-in person, from one sign-in to the next: a listener for each of
 * them. Nothing that stood for one person is left when they sign out, when somebody else signs in,
 * or when their listener fails.
 *
 * @param next null: there is nothing, or nothing is known any more
 * @param failed is called after `next` was told null; the listener is over then
 * @returns ends it
 */
export function followSignIn<State, Failure>(
  auth: Pick<Auth, 'onAuthStateChanged'>,
  listen: Listen<State, Failure>,
  next: (state: State | null) => void,
  failed?: (error: Failure) => void,
): Unsubscribe {
  let end: Unsubscribe = () => undefined;
  let isTold = false;
  const tell = (state: State | null): void => {
    isTold = state !== null;
    next(state);
  };
  const endOfSignIn = auth.onAuthStateChanged((user) => {
    end();
    end = () => undefined;
    if (user === null || isTold) tell(null);
    if (user === null) return;
    end = listen(user.uid, tell, (error) => {
      tell(null);
      failed?.(error);
    });
  });
  return () => {
    endOfSignIn();
    end();
  };
}
