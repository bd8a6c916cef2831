import { readFile } from 'node:fs/promises';
import { isDeepStrictEqual } from 'node:util';
import type { StoreDefinition } from '../driver/index.ts';
import { describeDefinition } from './describe.ts';

/**
 * What a description file says otherwise than the definition, in words. A driver works by its definition, whatever the file says.
 * The schema is not compared: it derives from the settings, and another version of core may derive another.
 */
export async function descriptionDrift(file: string, definition: StoreDefinition): Promise<string | undefined> {
  let said: unknown;
  try {
    said = JSON.parse(await readFile(file, 'utf8'));
  } catch {
    // Texts of JSON.parse quote the file, which is of no use here.
    return `${file} is missing or is no JSON: it describes the driver to those that do not import it`;
  }
  const { schema: _, ...facts } = describeDefinition(definition);
  const meant = JSON.parse(JSON.stringify(facts)) as Record<string, unknown>;
  const given = typeof said === 'object' && said !== null ? (said as Record<string, unknown>) : {};
  const wrong = Object.keys(meant).filter((member) => !isDeepStrictEqual(given[member], meant[member]));
  if (wrong.length === 0) return undefined;
  return `${file} says otherwise than the driver's definition: ${wrong.join(', ')}`;
}
