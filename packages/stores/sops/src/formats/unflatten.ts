import { FileFault } from '../file-fault.ts';
import type { SopsMap, SopsNode } from './tree.ts';

const STEP = /__(?:map|list)_/;

/**
 * What sops wrote about a file, where the format has no nesting: `age__list_0__map_enc` is `enc` of the first of `age`.
 * Lists become Maps by number. * Fails with `FileFault`.
 */
export function unflatten(flat: SopsMap): SopsMap {
  const root = new Map<string, SopsNode>();
  for (const [path, value] of flat) {
    const [first = '', ...steps] = path.split(STEP);
    let place: { readonly map: Map<string, SopsNode>; readonly name: string } = { map: root, name: first };
    for (const step of steps) {
      const below = place.map.get(place.name) ?? new Map<string, SopsNode>();
      if (!(below instanceof Map)) throw contradiction(path);
      place.map.set(place.name, below);
      place = { map: below, name: step };
    }
    if (place.map.has(place.name)) throw contradiction(path);
    place.map.set(place.name, value);
  }
  return root;
}

const contradiction = (path: string): FileFault =>
  new FileFault(`sops_${path} contradicts what else sops wrote about the file`, 'restore the file from the repository');
