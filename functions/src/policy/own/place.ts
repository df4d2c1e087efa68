import type { Texts } from '../../texts/index.ts';
import type { SubjectOf } from '../schema.ts';

/** The kinds of data that the backend itself keeps, each with its words. */
export type OwnDataType = keyof Texts['ownRecords']['dataTypes'];

/**
 * The periods that end the backend's own data; a company may set each of them. Of the first four it
 * always does, and we have no words.
 */
export type OwnPeriod = 'certificates' | 'claims' | 'exports' | 'officerSheets' | keyof Texts['ownRecords']['periods'];

/** One way in which rows of a place end, in the order in which the policy lists them. */
export type OwnEnd =
  /** With the account, or counted from its deletion. */
  | 'account'
  /** As proof: retained after the account's end, then deleted. */
  | 'proof'
  /** As proof of a living account: a period after a time in the row. */
  | { readonly proofFrom: string }
  | { readonly field: string; readonly period: OwnPeriod }
  /** With the account only these fields go: the row is somebody else's, too. */
  | { readonly loses: readonly string[] };

/** A place in which the backend writes. */
export interface OwnPlace {
  readonly system: 'firestore' | 'storage';
  readonly database?: 'compliance';
  readonly bucket?: 'exports' | 'evidence';
  /** As in a record of a policy. */
  readonly path: string;
  /** `nobody`: no row is about one person by name. */
  readonly subject: Exclude<SubjectOf, { none: unknown }> | 'nobody';
  readonly timestamp: string | null;
  readonly dataTypes: readonly OwnDataType[];
  readonly ends: readonly OwnEnd[];
  /** `both`: the person wrote it. `access`: it is about them. `neither`: it is in no export. */
  readonly export: 'both' | 'access' | 'neither';
  /** Fields that are data of somebody else (Art. 15(4)). */
  readonly leaveOut?: readonly string[];
  /** As in a record of a policy. */
  readonly ownWords?: true;
  readonly subcollections?: true;
  readonly endsWith?: string;
}
