/** The part of zip-stream 7 that is used; the package has no types of its own. */
declare module 'zip-stream' {
  import type { Transform } from 'node:stream';

  export interface EntryOptions {
    name: string;
    date?: Date;
    mode?: number;
    store?: boolean;
  }

  export default class ZipStream extends Transform {
    constructor(options?: { level?: number; forceZip64?: boolean });
    /** One entry at a time: the next one after the callback. */
    entry(
      source: NodeJS.ReadableStream | Buffer,
      options: EntryOptions,
      callback: (error: Error | null) => void,
    ): this | undefined;
    finalize(): void;
  }
}
