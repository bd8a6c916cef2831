/** A setting whose name says which header, query parameter or request metadata it is. */
export interface PrefixedSetting {
  /** As the component spells it. */
  readonly setting: string;
  /** What comes after the prefix. */
  readonly name: string;
  /** Without white space around it. */
  readonly value: string;
}

export interface PrefixedSettings {
  readonly header: readonly PrefixedSetting[];
  readonly query: readonly PrefixedSetting[];
  readonly default: readonly PrefixedSetting[];
  /** Settings that have none of the prefixes. */
  readonly unknown: readonly string[];
}

const PREFIXED = /^(header|query|default)\.(.+)$/is;

export function sortPrefixed(settings: Readonly<Record<string, string>>): PrefixedSettings {
  const sorted = { header: [] as PrefixedSetting[], query: [] as PrefixedSetting[], default: [] as PrefixedSetting[] };
  const unknown: string[] = [];
  for (const [setting, value] of Object.entries(settings)) {
    const [, prefix, name = ''] = PREFIXED.exec(setting) ?? [];
    if (prefix === undefined) unknown.push(setting);
    else sorted[prefix.toLowerCase() as keyof typeof sorted].push({ setting, name, value: value.trim() });
  }
  return { ...sorted, unknown };
}
