import type { ProvenEmail } from '../subject/identity.ts';

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
