/** What a file holds, before anything is decrypted. Maps keep the order of the file, on which the file's code depends. */
export type SopsMap = ReadonlyMap<string, SopsNode>;
/** A string is a text of the file, encrypted or not. */
export type SopsNode = string | Plain | SopsMap | readonly SopsNode[];

/** A value that is no text: it is never an encrypted one. */
export interface Plain {
  /** As it is served. */
  readonly text: string;
  /** What of it the file's code covers; undefined for null, which it does not. */
  readonly counted: string | Buffer | undefined;
}

export interface SopsFile {
  /** Without what sops wrote about the file. YAML can have several. */
  readonly documents: readonly SopsMap[];
  /** What sops wrote about the file. */
  readonly sops: SopsMap;
}

export function isList(node: SopsNode): node is readonly SopsNode[] {
  return Array.isArray(node);
}

export function isPlain(node: SopsNode): node is Plain {
  return typeof node === 'object' && 'counted' in node;
}

/** Levels of nesting that a file may have. */
export const DEEPEST = 500;
