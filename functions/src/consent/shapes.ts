import { Timestamp } from 'firebase-admin/firestore';
import * as z from 'zod';
import type { Issue } from '../platform/intake.ts';

const timestamp = z.custom<Timestamp>((value) => value instanceof Timestamp, { error: 'timestamp' });
const short = z.string().min(1).max(200);

/** `users/{uid}/consents/{purpose}` as the contract has it: nothing more, nothing longer. */
export const consentDocument = z.strictObject({
  granted: z.boolean(),
  policyVersion: z.iso.date(),
  source: z.enum(['app', 'web']),
  updatedAt: timestamp,
  locale: short.optional(),
  appVersion: short.optional(),
  deviceId: short.optional(),
  givenAt: timestamp.optional(),
  /** The backend's own mark that the person is to be asked again. */
  reconsentRequired: z.boolean().optional(),
});
export type ConsentDocument = z.infer<typeof consentDocument>;

/** `users/{uid}/devicePermissions/{deviceId}_{permission}` as the contract has it. */
export const devicePermissionDocument = z.strictObject({
  permission: z.enum(['camera', 'microphone', 'storage', 'imageLibrary']),
  granted: z.boolean(),
  deviceId: short,
  updatedAt: timestamp,
  platform: short.optional(),
});
export type DevicePermissionDocument = z.infer<typeof devicePermissionDocument>;

/** What is wrong with a document: codes and field names, no values. A name that the contract does not know is not repeated either. */
export function issuesOf(error: z.ZodError): Issue[] {
  return error.issues.map((issue) => ({
    code: issue.code,
    field: issue.path.length > 0 ? String(issue.path[0]) : '(document)',
  }));
}
