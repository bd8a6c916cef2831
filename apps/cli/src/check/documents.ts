import { nearestOf } from '@coffer/core/driver';
import type { YamlValue } from '@coffer/core/internal';
import { memberAt } from '../places.ts';
import type { Finding } from './finding.ts';

const API_VERSION = 'dapr.io/v1alpha1';
/** Kinds that have a place in a resource directory and nothing for Coffer to do. */
const OTHER_KINDS = ['Subscription', 'HTTPEndpoint', 'MCPServer'];
const KINDS = ['Component', 'Resiliency', 'Configuration', ...OTHER_KINDS];

/** Documents of a resource file that nothing loads, and why. */
export function* documentFindings(
  file: string,
  documents: readonly (YamlValue | undefined)[],
  configurationFiles: readonly string[],
): Iterable<Finding> {
  for (const [index, document] of documents.entries()) {
    if (document?.kind !== 'map') continue;
    const given = memberAt(document, ['kind']);
    const kind = given?.kind === 'scalar' ? given.text : '';
    const place = { file, line: (given ?? document).line, column: (given ?? document).column };
    const version = memberAt(document, ['apiVersion']);
    const isOurs = version?.kind === 'scalar' && version.text === API_VERSION;
    if (!KINDS.includes(kind)) {
      const nearest = nearestOf(kind, KINDS);
      yield {
        severity: 'warning',
        ...place,
        message: kind === '' ? 'the document has no kind, and nothing loads it' : `nothing loads a document of kind ${kind}`,
        hint: nearest === undefined || kind === '' ? 'a component says kind: Component' : `did you mean ${nearest}?`,
      };
    } else if (kind === 'Component' && !isOurs) {
      const at = version ?? document;
      yield {
        severity: 'warning',
        file,
        line: at.line,
        column: at.column,
        message: 'nothing loads this component: its apiVersion is another one',
        hint: `write apiVersion: ${API_VERSION}`,
      };
    } else if (kind === 'Resiliency' && index > 0) {
      yield {
        severity: 'warning',
        ...place,
        message: 'only the first document of a file is read as a Resiliency',
        hint: 'move it into a file of its own',
      };
    } else if (kind === 'Configuration' && !configurationFiles.includes(file)) {
      yield {
        severity: 'note',
        ...place,
        message: 'a Configuration is not read from here',
        hint: `name it with --config ${file}`,
      };
    } else if (OTHER_KINDS.includes(kind)) {
      yield { severity: 'note', ...place, message: `Coffer does not read documents of kind ${kind}` };
    }
  }
}
