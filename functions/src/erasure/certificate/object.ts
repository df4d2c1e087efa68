import type { Bucket } from '@google-cloud/storage';
import { isNoObject } from '../../platform/codes.ts';
import { download } from '../../platform/downloads.ts';
import { ComplianceError } from '../../platform/errors.ts';

/**
 * Returns the text of an object; null if there is none.
 *
 * @param isExpected false: the text is compared with the bucket's own data of the object, since a
 * wrong answer must not pass for its content
 * @throws ComplianceError `certificate.answer` if it did not come as it is there: a failed attempt
 */
export async function readObject(
  bucket: Bucket,
  name: string,
  isExpected: (text: string) => boolean,
): Promise<string | null> {
  const file = bucket.file(name);
  try {
    const content = await download(file);
    const text = content.toString('utf8');
    if (isExpected(text)) return text;
    const [{ size }] = await file.getMetadata();
    if (Number(size) === content.length) return text;
    throw new ComplianceError('certificate.answer', 'the evidence bucket answered something else than the object');
  } catch (error) {
    if (isNoObject(error)) return null;
    throw error;
  }
}
