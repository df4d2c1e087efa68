import type { ProvenEmail } from '../subject/identity.ts';

/** What an erasure does about the requests of the person: the composition root hands it over, since capabilities do not know each other. */
export interface RequestPort {
  /** Ends a request, or says that it waits, and shows that to the person. False where it had ended before. */
  finish(
    ref: { readonly key: string; readonly uid: string; readonly requestId: string },
    end: {
      readonly status: 'completed' | 'cancelled';
      readonly reason?: string;
      readonly answer?: Record<string, unknown>;
    },
  ): Promise<boolean>;
  /** Says why it is as it is, without ending it. */
  explain(
    ref: { readonly key: string; readonly uid: string; readonly requestId: string },
    reason: string,
  ): Promise<void>;
  /** Another erasure that the same person asks for, and that is still open. */
  openErasure(chain: string, except: string): Promise<{ readonly key: string; readonly requestId: string } | null>;
  /** Ends every request of a person that is still open: nobody is left to answer. */
  finishAll(chain: string, uid: string, answer: Record<string, unknown>): Promise<void>;
}

/** How a person is told. Answers whether a message went out. */
export interface Teller {
  tell(message: {
    readonly id: string;
    readonly to: ProvenEmail;
    readonly locale: string | undefined;
    readonly what: 'asked' | 'begun';
    /** `asked`: until when it can be taken back. `begun`: by when everything is done. */
    readonly until: number;
  }): Promise<boolean>;
}
